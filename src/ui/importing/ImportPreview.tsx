import { useMemo } from 'react';
import { countText, sizeText } from '../../base/format.ts';
import type { ImportResult } from '../../import/importText.ts';
import { verdictWords } from '../../store/words.ts';
import type { TransferWay } from '../../topology/document.ts';
import { nodeName } from '../names.ts';
import { usePlans } from '../usePlans.ts';
import { VerdictGlyph } from '../widgets/VerdictGlyph.tsx';
import { PreviewTree } from './PreviewTree.tsx';

const WAYS: readonly TransferWay[] = ['p2p'];
const MOST_LISTED = 60;

/** What the proposed transfer of the new machine would be, asked of an engine before anything is opened. */
function FirstVerdict({ result }: { readonly result: ImportResult }) {
  const { document } = result;
  const plan = usePlans(document, document.transfer, WAYS).p2p;
  const { transfer } = document;
  const pair = `${nodeName(document, transfer.from)} to ${nodeName(document, transfer.to)}`;
  if (plan === undefined) return <p className="first-verdict muted">{`${pair}: building the machine …`}</p>;
  if (plan.kind === 'failed') return <p className="first-verdict">{plan.message}</p>;
  const { verdict, plan: job } = plan.machine;
  return (
    <div className="first-verdict">
      {verdict === undefined ? undefined : <VerdictGlyph kind={verdict.mapType} size={16} />}
      <div>
        <p>
          <strong>
            {verdict === undefined ? pair : `${pair}: ${verdictWords(verdict.mapType).name.toLowerCase()}`}
          </strong>
        </p>
        <p>{verdict?.sentence ?? job.refused?.message ?? job.legs[0]?.sentence ?? sizeText(transfer.bytes)}</p>
      </div>
    </div>
  );
}

function Assumptions({ result }: { readonly result: ImportResult }) {
  const { assumptions, warnings, counts } = result;
  const shown = assumptions.slice(0, MOST_LISTED);
  return (
    <section className="assumptions" aria-labelledby="assumptions-title">
      <h3 id="assumptions-title">What was assumed</h3>
      <ul>
        {shown.map((assumption) => (
          <li key={`${assumption.code} ${assumption.message} ${assumption.reason}`}>
            <strong>{assumption.message}</strong>
            <span>
              {assumption.reason}
              {assumption.nodes.length > 1 ? ` (${countText(assumption.nodes.length, 'device')})` : ''}
            </span>
          </li>
        ))}
        {assumptions.length > shown.length ? (
          <li>{`${assumptions.length - shown.length} more of the same kinds`}</li>
        ) : undefined}
        {warnings.slice(0, MOST_LISTED).map((warning) => (
          <li key={`${warning.code} ${warning.path} ${warning.message}`}>
            <strong>{warning.message}</strong>
            <span>{`${warning.path === '' ? '' : `${warning.path}. `}${warning.fix ?? ''}`}</span>
          </li>
        ))}
        {counts.identifiers > 0 ? (
          <li>
            <strong>{`${countText(counts.identifiers, 'identifier')} removed`}</strong>
            <span>Serial numbers and MAC addresses, before anything else saw them.</span>
          </li>
        ) : undefined}
      </ul>
    </section>
  );
}

/** The right half of the dialog once a text is understood. */
export function ImportPreview({ result }: { readonly result: ImportResult }) {
  const { counts } = result;
  const summary = useMemo(
    () =>
      [
        countText(counts.functions, 'function'),
        countText(counts.links, 'link'),
        countText(counts.switches, 'switch', 'switches'),
        countText(counts.endpoints, 'endpoint'),
      ].join(', '),
    [counts],
  );
  return (
    <>
      <header className="section-head">
        <h3>Preview</h3>
        <p className="muted">{summary}</p>
      </header>
      <PreviewTree document={result.document} />
      <FirstVerdict result={result} />
      <Assumptions result={result} />
    </>
  );
}
