import { durationText, rateFigure } from '../../base/format.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { rowsFor } from '../../store/editorParameters.ts';
import type { AnyParameter } from '../../store/parameters.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { linkText } from '../../topology/edit/links.ts';
import { ParameterList } from '../machine/ParameterField.tsx';
import { useDocument, useLane } from '../model.ts';
import { EmptyPort, HotPlug } from './HotPlug.tsx';
import { copyToAllLinks, figuresOf, linkOf, trainedOf, type LinkEnds } from './linkEdits.ts';
import { useEditor } from './useEditor.ts';

/** What an end can do, or everything else that is set at it. */
const CAPABILITY: ReadonlySet<string> = new Set(['maxGen', 'maxWidth']);

function linkRows(document: TopologyDocument, node: NodeId, capability: boolean): readonly AnyParameter[] {
  return rowsFor(document, node)
    .filter((row) => row.section === 'link' && CAPABILITY.has(row.parameter.id) === capability)
    .map((row) => row.parameter);
}

function EndFields({ fn, what }: { readonly fn: FunctionSpec; readonly what: string }) {
  const name = useEditor().nameOf(fn.id);
  const document = useDocument((state) => state.document);
  return (
    <section className="link-end" aria-label={`${what} ${name}`}>
      <h3>
        {what} <span>{name}</span>
      </h3>
      <ParameterList rows={linkRows(document, fn.id, true)} node={fn.id} where={name} />
    </section>
  );
}

/** What both ends agree on, and who holds it down. */
function Result({ ends }: { readonly ends: LinkEnds }) {
  const editor = useEditor();
  const { upper, lower } = ends;
  const trained = trainedOf(ends);
  if (lower?.link === undefined || upper.link === undefined)
    return <p className="link-result">Nothing is plugged in.</p>;
  if (trained === undefined) return <p className="link-result">The link is disabled: it stays down.</p>;
  const port = { ...upper.link };
  const lowers = [
    ...(lower.link.maxGen > trained.gen || lower.link.maxWidth > trained.width ? [editor.nameOf(lower.id)] : []),
    ...(port.maxGen > trained.gen || port.maxWidth > trained.width ? [editor.nameOf(upper.id)] : []),
  ];
  return (
    <p className="link-result">
      <span>trains</span> <strong>{linkText(trained)}</strong>
      {lowers.length === 0 ? undefined : <span>{`; ${lowers.join(' and ')} could do more`}</span>}
    </p>
  );
}

/** Closed forms of the link as it trains, with the payload sizes enumeration gave its lower end. */
function Gives({ ends }: { readonly ends: LinkEnds }) {
  const { machine } = useLane('direct');
  const trained = trainedOf(ends);
  if (trained === undefined) return undefined;
  const found = machine?.functions.find((fn) => fn.id === ends.lower?.id);
  const mpsBytes = found?.mpsBytes ?? ends.lower?.mpsBytes ?? ends.lower?.mpsSupportedBytes ?? 256;
  const mrrsBytes = found?.mrrsBytes ?? ends.lower?.mrrsBytes ?? 512;
  const figures = figuresOf(trained, mpsBytes, mrrsBytes);
  const rows: readonly (readonly [string, string])[] = [
    ['Line rate, one way', `${rateFigure(figures.lineBytesPerSecond).value} GB/s`],
    [`Writes of ${mpsBytes} B`, `${rateFigure(figures.writeBytesPerSecond).value} GB/s`],
    [`Reads of ${mrrsBytes} B`, `${rateFigure(figures.readBytesPerSecond).value} GB/s`],
    [`One ${mpsBytes} B write`, durationText(figures.writeTime_ps)],
  ];
  return (
    <section aria-label="This link gives">
      <h3>This link gives</h3>
      <table className="gives">
        <tbody>
          {rows.map(([label, value]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Both ends of a link, what they train to, and what it carries. */
export function LinkProperties({ node }: { readonly node: NodeId }) {
  const editor = useEditor();
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const ends = linkOf(document, node);
  if (ends === undefined) return undefined;
  const { upper, lower } = ends;
  const name = editor.nameOf(upper.id);
  const others = document.functions.filter(
    (fn) => fn.id !== upper.id && fn.link !== undefined && ['rootPort', 'downstreamPort'].includes(fn.kind),
  ).length;
  return (
    <>
      <section className="link-ends" aria-label="Link">
        <EndFields fn={upper} what="Port" />
        <Result ends={ends} />
        {lower === undefined ? undefined : <EndFields fn={lower} what="Card" />}
      </section>
      <Gives ends={ends} />
      <details>
        <summary>Limits and wire</summary>
        <ParameterList rows={linkRows(document, upper.id, false)} node={upper.id} where={name} />
      </details>
      {lower === undefined ? (
        <EmptyPort isHotPlug={upper.slot?.hotPlug === true} />
      ) : (
        <HotPlug link={upper.id} card={editor.nameOf(lower.id)} isHotPlug={upper.slot?.hotPlug === true} />
      )}
      <div className="property-actions">
        <button
          type="button"
          className="button small"
          disabled={others === 0}
          title={`Sets the port ends of ${others} other links as ${name} is set`}
          onClick={() => edit(`Copy the link of ${name} to all links`, copyToAllLinks(document, upper.id))}
        >
          Copy to all links
        </button>
      </div>
    </>
  );
}
