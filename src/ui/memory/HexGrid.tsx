import {
  useEffect,
  useId,
  useRef,
  useState,
  type ClipboardEvent,
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
} from 'react';
import type { EditColumn } from '../../store/memoryEdit.ts';
import { useModel } from '../model.ts';
import { useReducedMotion } from '../useMedia.ts';
import { useLive } from '../widgets/Live.tsx';
import { BYTES_PER_ROW } from './hexModel.ts';
import { HexPainter, type HexPicture } from './hexPainter.ts';

const HEX_HZ = 15;
const COLUMNS = Array.from({ length: BYTES_PER_ROW }, (_, column) => column);
const WHEEL_ROW_PX = 24;

export interface HexGridProps extends HexPicture {
  readonly visibleRows: number;
  readonly region: RefObject<HTMLElement | null>;
  readonly onScroll: (top: number) => void;
  readonly onKey: (event: KeyboardEvent) => void;
  readonly onPick: (offset: number, column: EditColumn, isExtending: boolean) => void;
  readonly onCopy: (event: ClipboardEvent) => void;
  readonly onPaste: (event: ClipboardEvent) => void;
}

/** Turns of the wheel as rows. React's own wheel listener is passive and could not keep the page still. */
function useWheel(region: RefObject<HTMLElement | null>, top: number, onScroll: (top: number) => void): void {
  useEffect(() => {
    const element = region.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const rows = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY / WHEEL_ROW_PX : event.deltaY;
      onScroll(top + (rows < 0 ? Math.floor(rows) : Math.ceil(rows)));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [region, onScroll, top]);
}

function HexHead() {
  return (
    <thead>
      <tr>
        <th scope="col">
          <span className="visually-hidden">Address</span>
        </th>
        {COLUMNS.map((column) => (
          <th key={column} scope="col">
            {column.toString(16).toUpperCase()}
          </th>
        ))}
        <th scope="col">
          <span className="visually-hidden">Text</span>
        </th>
      </tr>
    </thead>
  );
}

/** Rows of sixteen bytes, read from the machine as it runs, to be typed over. Only what is visible exists. */
export function HexGrid(props: HexGridProps) {
  const { memory, top, visibleRows, region, onScroll, onPick } = props;
  const { player } = useModel().simulation;
  const reduced = useReducedMotion();
  const id = useId();
  const body = useRef<HTMLTableSectionElement>(null);
  const [painter] = useState(() => new HexPainter());
  useEffect(() => {
    if (body.current !== null) painter.attach(body.current, visibleRows);
  }, [painter, visibleRows]);
  useLive(() => painter.paint(props, player.store.getState().phase === 'playing' && !reduced), HEX_HZ);
  useWheel(region, top, onScroll);
  const pick = (event: PointerEvent, isExtending: boolean): void => {
    const cell = painter.cellAt(event.target);
    const offset = cell === undefined ? memory.sizeBytes : top * BYTES_PER_ROW + cell.place;
    if (cell !== undefined && offset < memory.sizeBytes) onPick(offset, cell.column, isExtending);
  };
  return (
    // A scrolling region has to be reachable with the keyboard, and this one is typed in.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      className="hex-scroll"
      ref={region}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label={`Bytes of ${memory.label}`}
      aria-describedby={id}
      onKeyDown={props.onKey}
      onPointerDown={(event) => event.button === 0 && pick(event, event.shiftKey)}
      onPointerMove={(event) => event.buttons === 1 && pick(event, true)}
      onCopy={props.onCopy}
      onPaste={props.onPaste}
    >
      <p id={id} className="visually-hidden">
        Arrows move, Shift selects. Type digits to change bytes: Enter applies, Escape drops. Tab goes to the text
        column.
      </p>
      <table className="hex">
        <HexHead />
        <tbody ref={body} />
      </table>
    </section>
  );
}
