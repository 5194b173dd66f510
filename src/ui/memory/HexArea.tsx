import { useCallback, useId, useLayoutEffect, useRef, useState } from 'react';
import { addressText } from '../../base/format.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { machineCounter } from '../../store/metrics.ts';
import type { LaneState } from '../../store/session.ts';
import { useDocument, useInspect } from '../model.ts';
import { useEvery } from '../widgets/Live.tsx';
import { ByteBar } from './ByteBar.tsx';
import { HexGrid, type ArrivedRange } from './HexGrid.tsx';
import { BYTES_PER_ROW, clampRow, offsetOf, rowCount } from './hexModel.ts';

const ROW_PX = 24;
const HEAD_PX = 28;
const LEAST_ROWS = 4;
const FOLLOW_HZ = 8;
const SCROLL_STEPS = 10_000;

/** Where the job's bytes are in this memory, as far as they have arrived. */
function arrivedIn(lane: LaneState, memory: MemoryDescription, totalBytes: number): ArrivedRange | undefined {
  const { machine, view, report } = lane;
  const destination = machine?.destination;
  if (destination === undefined || view === undefined || destination.memory !== memory.index) return undefined;
  const arrived = report?.outcome === 'finished' ? totalBytes : machineCounter(view, 'arrivedBytes');
  return { from: destination.offset, to: destination.offset + arrived };
}

/** How many rows fit, measured. */
function useVisibleRows() {
  const area = useRef<HTMLDivElement>(null);
  const [rows, setRows] = useState(LEAST_ROWS);
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return undefined;
    const measure = (): void => setRows(Math.max(LEAST_ROWS, Math.floor((element.clientHeight - HEAD_PX) / ROW_PX)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { area, rows };
}

function GoTo({ memory, onGo }: { readonly memory: MemoryDescription; readonly onGo: (offset: number) => void }) {
  const id = useId();
  const [text, setText] = useState('');
  const [bad, setBad] = useState(false);
  return (
    <form
      className="go-to"
      onSubmit={(event) => {
        event.preventDefault();
        const offset = offsetOf(text, memory);
        setBad(offset === undefined);
        if (offset !== undefined) onGo(offset);
      }}
    >
      <label htmlFor={id} className="visually-hidden">
        Go to offset or bus address
      </label>
      <input
        id={id}
        className="input mono"
        placeholder="Offset or bus address"
        value={text}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={bad}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          setText(event.target.value);
          setBad(false);
        }}
      />
      <button type="submit" className="button">
        Go
      </button>
      <output id={`${id}-hint`} className={bad ? 'hint hint-bad' : 'visually-hidden'}>
        {bad ? `Not in this memory: hexadecimal, offset below ${addressText(memory.sizeBytes)}.` : ''}
      </output>
    </form>
  );
}

interface DestinationToolsProps {
  /** The job's bytes arrive in this memory. */
  readonly present: boolean;
  readonly following: boolean;
  readonly onJump: () => void;
  readonly onFollow: (following: boolean) => void;
}

function DestinationTools({ present, following, onJump, onFollow }: DestinationToolsProps) {
  return (
    <>
      <button type="button" className="button" disabled={!present} onClick={onJump}>
        Jump to destination
      </button>
      <label className="check-field">
        <input
          type="checkbox"
          checked={following}
          disabled={!present}
          onChange={(event) => onFollow(event.target.checked)}
        />
        Follow the write front
      </label>
    </>
  );
}

interface HexAreaProps {
  readonly lane: LaneState;
  readonly memory: MemoryDescription;
}

/** The grid with its own scroll bar: a memory of terabytes has more rows than a page can be high. */
export function HexArea({ lane, memory }: HexAreaProps) {
  const bytes = useDocument((state) => state.document.transfer.bytes);
  const { area, rows } = useVisibleRows();
  /** undefined: where the job's bytes begin. */
  const place = useInspect((state) => state.memoryPlace);
  const [chosenTop, setTop] = useState<number | undefined>(
    place?.memory === memory.index ? Math.floor(place.offset / BYTES_PER_ROW) : undefined,
  );
  const [following, setFollowing] = useState(false);
  const [byte, setByte] = useState(place?.memory === memory.index ? place.offset : undefined);
  const move = useCallback(
    (row: number) => {
      setFollowing(false);
      setTop(clampRow(row, memory, rows));
    },
    [memory, rows],
  );
  const destination = lane.machine?.destination?.memory === memory.index ? lane.machine.destination : undefined;
  const destinationRow = destination === undefined ? 0 : Math.floor(destination.offset / BYTES_PER_ROW);
  const top = clampRow(chosenTop ?? destinationRow, memory, rows);
  const arrived = (): ArrivedRange | undefined => arrivedIn(lane, memory, bytes);
  useEvery(FOLLOW_HZ, () => {
    const range = following ? arrived() : undefined;
    if (range === undefined) return;
    const front = clampRow(Math.floor(range.to / BYTES_PER_ROW) - Math.floor(rows / 2), memory, rows);
    if (front !== top) setTop(front);
  });
  const lastTop = Math.max(1, rowCount(memory) - rows);
  return (
    <>
      <div className="hex-tools">
        <GoTo memory={memory} onGo={(offset) => move(offset / BYTES_PER_ROW)} />
        <DestinationTools
          present={destination !== undefined}
          following={following}
          onJump={() => move(destinationRow)}
          onFollow={setFollowing}
        />
      </div>
      <ByteBar lane={lane} memory={memory} offset={byte} />
      <div className={`hex-area flow-${lane.way}`} ref={area}>
        {lane.view === undefined ? undefined : (
          <HexGrid
            view={lane.view}
            memory={memory}
            top={top}
            visibleRows={rows}
            arrived={arrived}
            byte={byte}
            onMove={move}
            onByte={setByte}
          />
        )}
        <input
          type="range"
          className="hex-position"
          min={0}
          max={SCROLL_STEPS}
          value={Math.round((top / lastTop) * SCROLL_STEPS)}
          aria-label="Position in this memory"
          aria-valuetext={`offset ${addressText(top * BYTES_PER_ROW)}`}
          onChange={(event) => move((Number(event.target.value) / SCROLL_STEPS) * lastTop)}
        />
      </div>
    </>
  );
}
