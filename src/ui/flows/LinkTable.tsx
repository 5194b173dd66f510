import { percentText } from '../../base/format.ts';
import type { LinkTimeShare } from '../../engine/protocol.ts';
import { useDocument, useLane } from '../model.ts';
import { segmentName } from '../names.ts';

interface Part {
  readonly id: string;
  readonly name: string;
  readonly read: (share: LinkTimeShare) => number;
}

const PARTS: readonly Part[] = [
  { id: 'payload', name: 'Payload', read: ({ payload }) => payload },
  { id: 'headers', name: 'Headers', read: ({ headers }) => headers },
  { id: 'framing', name: 'Framing', read: ({ framing = 0 }) => framing },
  { id: 'dllps', name: 'DLLPs', read: ({ dllps }) => dllps },
  { id: 'skip', name: 'Skip sets', read: ({ skip }) => skip },
  { id: 'replay', name: 'Replay', read: ({ replay = 0 }) => replay },
  { id: 'stall', name: 'No credits', read: ({ creditStall }) => creditStall },
  { id: 'idle', name: 'Idle', read: ({ idle }) => idle },
];
/** Directions that sent less are said in one line. */
const NOTABLE = 0.001;

function Bar({ share }: { readonly share: LinkTimeShare }) {
  return (
    <div className="flow-bar" aria-hidden="true">
      {PARTS.map(({ id, read }) =>
        read(share) > 0 ? (
          <span key={id} className={`flow-part flow-part-${id}`} style={{ flexGrow: read(share) }} />
        ) : undefined,
      )}
    </div>
  );
}

/** How each direction of each link spent its time; every row adds up to 100 %. */
export function LinkTable() {
  const document = useDocument((state) => state.document);
  const { machine, report } = useLane('flows');
  if (machine === undefined || report === undefined || report.links.length === 0) {
    return <p className="flow-hint">Run the flows: then every link shows how it spent its time.</p>;
  }
  const busy = report.links
    .filter(({ payload, headers }) => payload + headers >= NOTABLE)
    .toSorted((a, b) => a.idle + a.creditStall - b.idle - b.creditStall);
  const quiet = report.links.length - busy.length;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable
    <section className="flow-scroll" aria-label="Time of the links" tabIndex={0}>
      <table className="dense flow-links">
        <caption className="visually-hidden">How links spent their time</caption>
        <thead>
          <tr>
            <th scope="col">Link</th>
            <th scope="col">Time</th>
            {PARTS.map(({ id, name }) => (
              <th key={id} scope="col" className="number">
                <span className={`flow-swatch-part flow-part-${id}`} aria-hidden="true" />
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {busy.map((share) => (
            <tr key={`${share.link} ${share.direction}`}>
              <th scope="row">{segmentName(document, machine, share.link * 2 + share.direction)}</th>
              <td>
                <Bar share={share} />
              </td>
              {PARTS.map(({ id, read }) => (
                <td key={id} className={`number${read(share) === 0 ? ' quiet' : ''}`}>
                  {percentText(read(share), 1)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {quiet === 0 ? undefined : <p className="flow-hint">{`${quiet} other directions sent next to nothing.`}</p>}
    </section>
  );
}
