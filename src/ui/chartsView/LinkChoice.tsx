import { ChevronDown } from 'lucide-react';
import { useDocument } from '../model.ts';
import { segmentName } from '../names.ts';
import { Popover } from '../widgets/Popover.tsx';
import { allSegments, type ChartedLane } from './panels.ts';

interface LinkChoiceProps {
  readonly lanes: readonly ChartedLane[];
  /** Directions that are shown. */
  readonly segments: readonly number[];
  /** Those somebody chose; undefined = the busiest. */
  readonly chosen: readonly number[] | undefined;
  readonly onChange: (chosen: readonly number[] | undefined) => void;
}

/** Which links have tracks: the busiest, or any. */
export function LinkChoice({ lanes, segments, chosen, onChange }: LinkChoiceProps) {
  const document = useDocument((state) => state.document);
  const machine = lanes[0]?.machine;
  if (machine === undefined) return undefined;
  const toggle = (segment: number): void => {
    const next = segments.includes(segment)
      ? segments.filter((one) => one !== segment)
      : [...segments, segment].toSorted((a, b) => a - b);
    onChange(next);
  };
  return (
    <Popover
      button={
        <>
          {chosen === undefined ? 'Busiest links' : `${segments.length} links`}
          <ChevronDown size={14} aria-hidden="true" />
        </>
      }
      buttonClass="button small"
    >
      <fieldset className="charts-links">
        <legend>Links with tracks, by direction</legend>
        <button
          type="button"
          className="button small"
          disabled={chosen === undefined}
          onClick={() => onChange(undefined)}
        >
          Take the busiest four
        </button>
        <ul>
          {allSegments(machine).map((segment) => (
            <li key={segment}>
              <label>
                <input type="checkbox" checked={segments.includes(segment)} onChange={() => toggle(segment)} />
                <span>{segmentName(document, machine, segment)}</span>
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
    </Popover>
  );
}
