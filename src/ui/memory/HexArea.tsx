import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { addressText } from '../../base/format.ts';
import type { MemoryDescription, MemoryPlace } from '../../engine/protocol.ts';
import { selectionOf } from '../../store/memoryEdit.ts';
import { machineCounter } from '../../store/metrics.ts';
import type { LaneId, LaneState } from '../../store/session.ts';
import { useDocument, useInspect } from '../model.ts';
import { useEvery } from '../widgets/Live.tsx';
import { EditBar } from './EditBar.tsx';
import { GoTo } from './GoTo.tsx';
import { HexGrid } from './HexGrid.tsx';
import type { ArrivedRange, Writers } from './hexPainter.ts';
import { BYTES_PER_ROW, clampRow, rowCount } from './hexModel.ts';
import { MemoryTools } from './MemoryTools.tsx';
import { SearchBar } from './SearchBar.tsx';
import { useGoThere } from './useGoThere.ts';
import { useHexEdit } from './useHexEdit.ts';
import { ValueReader } from './ValueReader.tsx';
import { WorkBar } from './WorkBar.tsx';

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

/** Which rows are in view: chosen, or following the write front. */
function useWindow(lane: LaneState, memory: MemoryDescription, rows: number, startsAt: number | undefined) {
  const bytes = useDocument((state) => state.document.transfer.bytes);
  const [chosenTop, setTop] = useState(startsAt === undefined ? undefined : Math.floor(startsAt / BYTES_PER_ROW));
  const [following, setFollowing] = useState(false);
  const destination = lane.machine?.destination?.memory === memory.index ? lane.machine.destination : undefined;
  const destinationRow = destination === undefined ? 0 : Math.floor(destination.offset / BYTES_PER_ROW);
  const top = clampRow(chosenTop ?? destinationRow, memory, rows);
  const move = useCallback(
    (row: number) => {
      setFollowing(false);
      setTop(clampRow(row, memory, rows));
    },
    [memory, rows],
  );
  /** Brings a byte into view, with as little movement as that takes; a page moves the view by as much. */
  const show = (offset: number, by: number): void => {
    const row = Math.floor(offset / BYTES_PER_ROW);
    const next = clampRow(top + by, memory, rows);
    if (row < next) move(row);
    else if (row >= next + rows) move(row - rows + 1);
    else if (next !== top) move(next);
  };
  const arrived = (): ArrivedRange | undefined => arrivedIn(lane, memory, bytes);
  useEvery(FOLLOW_HZ, () => {
    const range = following ? arrived() : undefined;
    if (range === undefined) return;
    const front = clampRow(Math.floor(range.to / BYTES_PER_ROW) - Math.floor(rows / 2), memory, rows);
    if (front !== top) setTop(front);
  });
  return { rows, top, move, show, arrived, following, setFollowing, destination, destinationRow };
}

type HexWindow = ReturnType<typeof useWindow>;

/** Where another view, a list or a field wants this one to go: there, whenever it is said anew. */
function useWishedPlace(memory: MemoryDescription, go: (offset: number) => void): void {
  const place = useInspect((state) => state.memoryPlace);
  const latest = useRef(go);
  const shown = useRef(place);
  useEffect(() => {
    latest.current = go;
  });
  useEffect(() => {
    if (place === undefined || place === shown.current) return;
    shown.current = place;
    if (place.memory === memory.index) latest.current(place.offset);
  }, [place, memory]);
}

function DestinationTools({ window, onJump }: { readonly window: HexWindow; readonly onJump: () => void }) {
  const present = window.destination !== undefined;
  return (
    <>
      <button type="button" className="button small" disabled={!present} onClick={onJump}>
        Jump to destination
      </button>
      <label className="check-field">
        <input
          type="checkbox"
          checked={window.following}
          disabled={!present}
          onChange={(event) => window.setFollowing(event.target.checked)}
        />
        Follow the write front
      </label>
    </>
  );
}

function ScrollBar({ window, memory }: { readonly window: HexWindow; readonly memory: MemoryDescription }) {
  const lastTop = Math.max(1, rowCount(memory) - window.rows);
  return (
    <input
      type="range"
      className="hex-position"
      min={0}
      max={SCROLL_STEPS}
      value={Math.round((window.top / lastTop) * SCROLL_STEPS)}
      aria-label="Position in this memory"
      aria-valuetext={`offset ${addressText(window.top * BYTES_PER_ROW)}`}
      onChange={(event) => window.move((Number(event.target.value) / SCROLL_STEPS) * lastTop)}
    />
  );
}

/** Gives the focus to a field that may just have been put on the page. */
function focusSoon(field: RefObject<HTMLElement | null>): void {
  requestAnimationFrame(() => field.current?.focus());
}

interface HexAreaProps {
  readonly laneId: LaneId;
  readonly lane: LaneState;
  readonly memory: MemoryDescription;
  readonly writers: Writers;
}

/** The grid with its own scroll bar: a memory of terabytes has more rows than a page can be high. */
export function HexArea({ laneId, lane, memory, writers }: HexAreaProps) {
  const place = useInspect((state) => state.memoryPlace);
  const startsAt = place?.memory === memory.index ? place.offset : undefined;
  const { area, rows } = useVisibleRows();
  const window = useWindow(lane, memory, rows, startsAt);
  const goThere = useGoThere();
  const region = useRef<HTMLElement>(null);
  const goField = useRef<HTMLInputElement>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const [isSearching, setSearching] = useState(false);
  const openSearch = (): void => {
    setSearching(true);
    focusSoon(searchField);
  };
  const closeSearch = (): void => {
    setSearching(false);
    region.current?.focus();
  };
  const edit = useHexEdit({
    lane: laneId,
    view: lane.view,
    memory,
    top: window.top,
    visibleRows: window.rows,
    startsAt,
    onSearch: openSearch,
    onGoTo: () => goField.current?.select(),
    onCursor: (offset, pages) => window.show(offset, pages * window.rows),
  });
  const go = (offset: number, lengthBytes = 1): void => {
    window.setFollowing(false);
    edit.place(offset, lengthBytes);
    const row = Math.floor(offset / BYTES_PER_ROW);
    if (row < window.top || row >= window.top + window.rows) window.move(row - 1);
  };
  useWishedPlace(memory, go);
  const goTo = (target: MemoryPlace): void => {
    if (target.memory !== memory.index) return goThere(target);
    edit.place(target.offset);
    return window.move(Math.floor(target.offset / BYTES_PER_ROW));
  };
  const jump = (): void => {
    edit.place(window.destination?.offset ?? 0);
    window.move(window.destinationRow);
  };
  const selection = selectionOf(edit.state);
  const first = selection?.first ?? window.top * BYTES_PER_ROW;
  const span = { offset: first, lengthBytes: selection === undefined ? 1 : selection.last - first + 1 };
  return (
    <>
      <div className="hex-tools">
        <GoTo memory={memory} field={goField} onGo={goTo} />
        <DestinationTools window={window} onJump={jump} />
        <MemoryTools
          lane={laneId}
          memory={memory}
          span={span}
          isSearching={isSearching}
          onSearch={() => (isSearching ? closeSearch() : openSearch())}
          onDone={go}
        />
      </div>
      {isSearching ? (
        <SearchBar lane={laneId} memory={memory} from={first} field={searchField} onFound={go} onClose={closeSearch} />
      ) : undefined}
      <EditBar laneId={laneId} lane={lane} memory={memory} edit={edit} />
      <div className={`hex-area flow-${lane.way}`} ref={area}>
        {lane.view === undefined ? undefined : (
          <HexGrid
            view={lane.view}
            memory={memory}
            top={window.top}
            visibleRows={window.rows}
            arrived={window.arrived}
            writers={writers}
            edit={edit.state}
            region={region}
            onScroll={window.move}
            onKey={edit.onKey}
            onPick={edit.onPick}
            onCopy={edit.onCopy}
            onPaste={edit.onPaste}
          />
        )}
        <ScrollBar window={window} memory={memory} />
        <ValueReader view={lane.view} memory={memory} offset={edit.state.cursor} />
      </div>
      <WorkBar />
    </>
  );
}
