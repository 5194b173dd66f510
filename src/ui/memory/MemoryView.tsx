import { Check, OctagonX } from 'lucide-react';
import { useCallback, useId, useLayoutEffect, useRef, useState } from 'react';
import '../styles/memory.css';
import { addressText, bytesText, crcText, NO_VALUE, sizeText } from '../../base/format.ts';
import type { MachineDescription, MemoryDescription } from '../../engine/protocol.ts';
import { machineCounter } from '../../store/metrics.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import type { LaneState } from '../../store/session.ts';
import { wayWords } from '../../store/words.ts';
import { useDocument, useLane, useView } from '../model.ts';
import { memoryName, nodeName } from '../names.ts';
import { SidePanel } from '../shell/SidePanel.tsx';
import { LoadBar } from '../shell/LoadBar.tsx';
import { SheetButton } from '../watch/WatchView.tsx';
import { LiveText, useEvery } from '../widgets/Live.tsx';
import { Segmented } from '../widgets/Segmented.tsx';
import { HexGrid, type ArrivedRange } from './HexGrid.tsx';
import { BYTES_PER_ROW, clampRow, offsetOf, rowCount } from './hexModel.ts';

const ROW_PX = 24;
const HEAD_PX = 28;
const LEAST_ROWS = 4;
const FOLLOW_HZ = 8;
const SCROLL_STEPS = 10_000;

/** The memory the person chose, else the job's destination, else the first. */
function chosenMemory(
  machine: MachineDescription | undefined,
  index: number | undefined,
): MemoryDescription | undefined {
  const memories = machine?.memories ?? [];
  return memories.find((memory) => memory.index === (index ?? machine?.destination?.memory)) ?? memories[0];
}

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

/** CRC of what arrived against what was sent, from the run's own report. */
function CrcLine({ lane }: { readonly lane: LaneState }) {
  const { report } = lane;
  if (report?.outcome !== 'finished')
    return <p className="muted">CRC-32 of both ends is compared when the run ends.</p>;
  const same = report.sourceCrc32 === report.destinationCrc32;
  return (
    <p className={same ? 'check-good' : 'check-bad'}>
      {same ? <Check size={15} aria-hidden="true" /> : <OctagonX size={15} aria-hidden="true" />}
      <strong>{same ? 'CRC-32 agrees at both ends' : 'CRC-32 differs'}</strong>
      <code>
        {same
          ? crcText(report.destinationCrc32)
          : `${crcText(report.sourceCrc32)} sent, ${crcText(report.destinationCrc32)} arrived`}
      </code>
      <span className="push">{`${sizeText(report.bytes)} checked`}</span>
    </p>
  );
}

function placeWords(document: TopologyDocument, memory: MemoryDescription): string {
  if (memory.node === 'host') return 'DRAM behind the memory controller';
  const owner = nodeName(document, memory.node);
  return memory.busAddress === undefined
    ? `inside ${owner}, reached by its own engine only`
    : `behind a BAR of ${owner}`;
}

function MemoryFacts({ lane, memory }: { readonly lane: LaneState; readonly memory: MemoryDescription }) {
  const document = useDocument((state) => state.document);
  const { machine, view } = lane;
  const destination = machine?.destination;
  const isDestination = destination?.memory === memory.index;
  const arrived = (): string => (view === undefined ? NO_VALUE : bytesText(machineCounter(view, 'arrivedBytes')));
  return (
    <div className="side-scroll">
      <header className="panel-head">
        <h2>{memoryName(document, memory)}</h2>
      </header>
      <p className="panel-sub">{placeWords(document, memory)}</p>
      <table className="dense">
        <tbody>
          <tr>
            <th scope="row">Size</th>
            <td>{sizeText(memory.sizeBytes)}</td>
          </tr>
          <tr>
            <th scope="row">First bus address</th>
            <td className="mono">{memory.busAddress === undefined ? 'none' : addressText(memory.busAddress)}</td>
          </tr>
          <tr>
            <th scope="row">Last bus address</th>
            <td className="mono">
              {memory.busAddress === undefined ? 'none' : addressText(memory.busAddress + memory.sizeBytes - 1)}
            </td>
          </tr>
        </tbody>
      </table>
      <section aria-labelledby="job-title">
        <h3 id="job-title">The job’s bytes</h3>
        {isDestination ? (
          <table className="dense">
            <tbody>
              <tr>
                <th scope="row">Begin at offset</th>
                <td className="mono">{addressText(destination.offset)}</td>
              </tr>
              <tr>
                <th scope="row">Arrived</th>
                <td>
                  <LiveText read={arrived} />
                </td>
              </tr>
            </tbody>
          </table>
        ) : (
          <p className="muted">
            {destination === undefined
              ? 'This job ends at a wire or a medium: no memory receives its bytes.'
              : 'They arrive in another memory.'}
          </p>
        )}
      </section>
      <section aria-labelledby="hex-legend">
        <h3 id="hex-legend">Colours</h3>
        <ul className={`hex-legend flow-${lane.way}`}>
          <li>
            <span className="byte-arrived">6a</span> arrived in this run
          </li>
          <li>
            <span className="byte-set">3e</span> not zero, written otherwise
          </li>
          <li>
            <span className="byte-zero">00</span> zero, or never written
          </li>
        </ul>
      </section>
    </div>
  );
}

interface HexAreaProps {
  readonly lane: LaneState;
  readonly memory: MemoryDescription;
}

/** The grid with its own scroll bar: a memory of terabytes has more rows than a page can be high. */
function HexArea({ lane, memory }: HexAreaProps) {
  const bytes = useDocument((state) => state.document.transfer.bytes);
  const { area, rows } = useVisibleRows();
  /** undefined: where the job's bytes begin. */
  const [chosenTop, setTop] = useState<number>();
  const [following, setFollowing] = useState(false);
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
        <button
          type="button"
          className="button"
          disabled={destination === undefined}
          onClick={() => move(destinationRow)}
        >
          Jump to destination
        </button>
        <label className="check-field">
          <input
            type="checkbox"
            checked={following}
            disabled={destination === undefined}
            onChange={(event) => setFollowing(event.target.checked)}
          />
          Follow the write front
        </label>
      </div>
      <div className={`hex-area flow-${lane.way}`} ref={area}>
        {lane.view === undefined ? undefined : (
          <HexGrid view={lane.view} memory={memory} top={top} visibleRows={rows} arrived={arrived} onMove={move} />
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

/** Bytes of any memory of the machine, as they are now. */
export function MemoryView() {
  const laneId = useView((state) => state.lane);
  const set = useView((state) => state.set);
  const index = useView((state) => state.memory);
  const document = useDocument((state) => state.document);
  const lane = useLane(laneId);
  const { machine } = lane;
  const memory = chosenMemory(machine, index);
  const id = useId();
  return (
    <div className="memory">
      <section className="memory-main" aria-label="Memory">
        <header className="memory-head">
          <h2>Memory</h2>
          <label htmlFor={id} className="visually-hidden">
            Which memory
          </label>
          <select
            id={id}
            className="select"
            value={memory?.index ?? ''}
            onChange={(event) => set({ memory: Number(event.target.value) })}
          >
            {(machine?.memories ?? []).map((row) => (
              <option key={row.index} value={row.index}>
                {`${memoryName(document, row)}, ${sizeText(row.sizeBytes)}`}
              </option>
            ))}
          </select>
          <Segmented
            label="Machine"
            value={laneId}
            options={[
              { value: 'direct', label: `${wayWords('p2p').name} machine` },
              { value: 'bounced', label: `${wayWords('bounce').name} machine` },
            ]}
            onChange={(value) => set({ lane: value })}
          />
          <SheetButton />
        </header>
        {memory === undefined ? (
          <p className="empty">
            {lane.status === 'loading' ? NO_VALUE : 'No device of this machine has memory to show.'}
          </p>
        ) : (
          <HexArea key={`${laneId} ${memory.index}`} lane={lane} memory={memory} />
        )}
        <footer className="memory-foot">
          <LoadBar />
          <CrcLine lane={lane} />
        </footer>
      </section>
      <SidePanel label="Facts of this memory">
        {memory === undefined ? undefined : <MemoryFacts lane={lane} memory={memory} />}
      </SidePanel>
    </div>
  );
}
