import { CornerUpLeft, Trash2 } from 'lucide-react';
import type { MachineDescription } from '../../engine/protocol.ts';
import { breakpointOf, type Stop } from '../../store/timeStops.ts';
import type { StopHit } from '../../store/timeMarks.ts';
import { instantText } from '../../store/timeText.ts';
import { useDocument, useModel, useTime } from '../model.ts';
import { stopText } from './stopWords.ts';

interface StopRowProps {
  readonly stop: Stop;
  readonly machine: MachineDescription | undefined;
  /** Where it has stopped this run last. */
  readonly hit: StopHit | undefined;
}

function StopRow({ stop, machine, hit }: StopRowProps) {
  const { simulation, announcer } = useModel();
  const document = useDocument((state) => state.document);
  const text = stopText(stop.when, document, machine);
  const made = machine === undefined ? undefined : breakpointOf(stop, machine);
  return (
    <li className="mark-row">
      <label className="check-field">
        <input
          type="checkbox"
          checked={stop.isEnabled}
          onChange={(event) => simulation.marks.changeStop(stop.id, { isEnabled: event.target.checked })}
        />
        <span className="mark-text">
          {text}
          {made?.ok === false ? <span className="mark-note">{made.error}</span> : undefined}
          {hit === undefined ? undefined : <span className="mark-note">{`Met at ${instantText(hit.at_ps)}`}</span>}
        </span>
      </label>
      {hit === undefined ? undefined : (
        <button
          type="button"
          className="icon-button small"
          aria-label={`Go to where it was met: ${text}`}
          title="Go to where it was met"
          onClick={() => void simulation.seek(hit.at_ps)}
        >
          <CornerUpLeft size={15} aria-hidden="true" />
        </button>
      )}
      <button
        type="button"
        className="icon-button small"
        aria-label={`Delete: ${text}`}
        title="Delete this stop"
        onClick={() => {
          simulation.marks.removeStop(stop.id);
          announcer.say('Stop deleted.');
        }}
      >
        <Trash2 size={15} aria-hidden="true" />
      </button>
    </li>
  );
}

/** Every stop of this machine. */
export function StopList({ machine }: { readonly machine: MachineDescription | undefined }) {
  const stops = useTime((state) => state.stops);
  const hits = useTime((state) => state.hits);
  if (stops.length === 0) {
    return <p className="muted">No stops yet. A run goes on until what you describe below happens.</p>;
  }
  return (
    <ul className="mark-list" aria-label="Stops">
      {stops.map((stop) => (
        <StopRow key={stop.id} stop={stop} machine={machine} hit={hits.findLast((hit) => hit.stop === stop.id)} />
      ))}
    </ul>
  );
}
