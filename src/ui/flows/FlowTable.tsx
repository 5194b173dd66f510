import { Copy, Pencil, Trash2 } from 'lucide-react';
import { durationText, NO_VALUE, percentText } from '../../base/format.ts';
import { duplicateFlow, canAddFlow, flowsOf, removeFlow } from '../../store/flowEdits.ts';
import type { FlowSpec } from '../../topology/document.ts';
import { useDocument, useLane } from '../model.ts';
import { LiveText } from '../widgets/Live.tsx';
import { latencyText, refusalOfFlow, reportOfFlow, stateText, throughputText } from './flowFigures.ts';
import { amountText, wayText, whatText } from './flowWords.ts';

const HEADS = ['Flow', 'What and way', 'Size', 'Start', 'State', 'Throughput', 'Latency', 'Limited by'] as const;
const NUMBERS: ReadonlySet<string> = new Set(['Size', 'Start', 'Throughput', 'Latency']);

/** The largest limit, and the others behind it. */
function LimitCell({ flow }: { readonly flow: FlowSpec }) {
  const lane = useLane('flows');
  const report = reportOfFlow(lane, flow.id);
  const reason = report?.reason ?? refusalOfFlow(lane, flow.id);
  if (reason !== undefined) return <span className="flow-reason">{reason}</span>;
  const [first, ...rest] = report?.limits ?? [];
  if (first === undefined) return <span className="quiet">{NO_VALUE}</span>;
  return (
    <>
      <strong>{first.text}</strong> {percentText(first.share, 0)}
      {rest.length === 0 ? undefined : (
        <span className="flow-rest">
          {rest
            .slice(0, 2)
            .map(({ text, share }) => `${text} ${percentText(share, 0)}`)
            .join(', ')}
        </span>
      )}
    </>
  );
}

function FlowRow({
  flow,
  number,
  current,
  onEdit,
}: {
  readonly flow: FlowSpec;
  readonly number: number;
  readonly current: boolean;
  readonly onEdit: () => void;
}) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const lane = useLane('flows');
  return (
    <tr className={current ? 'flow-current' : undefined}>
      <th scope="row" className="flow-words">
        {flow.name}
        {flow.background === true ? <span className="flow-note">in the background</span> : undefined}
      </th>
      <td className="flow-words">
        {whatText(document, flow.work)}
        <span className="flow-rest">{wayText(flow.work)}</span>
      </td>
      <td className="number">{amountText(flow.work)}</td>
      <td className="number">{durationText(flow.start_ps)}</td>
      <td>
        <LiveText read={() => stateText(lane, number, flow.id)} />
      </td>
      <td className="number">
        <LiveText read={() => throughputText(lane, number, flow.id)} />
      </td>
      <td className="number">{latencyText(lane, flow.id)}</td>
      <td className="flow-limit">
        <LimitCell flow={flow} />
      </td>
      <td className="flow-actions">
        <button type="button" className="icon-button small" aria-label={`Change ${flow.name}`} onClick={onEdit}>
          <Pencil size={13} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="icon-button small"
          aria-label={`Duplicate ${flow.name}`}
          disabled={!canAddFlow(document)}
          onClick={() => edit(`Duplicate ${flow.name}`, duplicateFlow(document, flow.id))}
        >
          <Copy size={13} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="icon-button small"
          aria-label={`Delete ${flow.name}`}
          onClick={() => edit(`Delete ${flow.name}`, removeFlow(document, flow.id))}
        >
          <Trash2 size={13} aria-hidden="true" />
        </button>
      </td>
    </tr>
  );
}

/** All flows of the document, what they do and what they reached. */
export function FlowTable({
  editing,
  onEdit,
}: {
  readonly editing: string | undefined;
  readonly onEdit: (flow: FlowSpec) => void;
}) {
  const flows = useDocument((state) => flowsOf(state.document));
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable
    <section className="flow-scroll" aria-label="Flows of this machine" tabIndex={0}>
      <table className="dense flow-table">
        <caption className="visually-hidden">Flows</caption>
        <thead>
          <tr>
            {HEADS.map((head) => (
              <th key={head} scope="col" className={NUMBERS.has(head) ? 'number' : undefined}>
                {head}
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {flows.map((flow, index) => (
            <FlowRow
              key={flow.id}
              flow={flow}
              number={index + 1}
              current={flow.id === editing}
              onEdit={() => onEdit(flow)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}
