import { useEffect, useMemo, useRef, type KeyboardEvent, type MouseEvent, type RefObject } from 'react';
import { groupedHex } from '../../base/format.ts';
import { hex } from '../../base/bits.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { useLive } from '../widgets/Live.tsx';
import { addressDigits, asciiOf, BYTES_PER_ROW, rowCount } from './hexModel.ts';

const HEX_HZ = 15;
const COLUMNS = Array.from({ length: BYTES_PER_ROW }, (_, column) => column);
const WHEEL_ROW_PX = 24;

/** The bytes of the job that have arrived in this memory so far. */
export interface ArrivedRange {
  readonly from: number;
  readonly to: number;
}

interface HexGridProps {
  readonly view: MachineView;
  readonly memory: MemoryDescription;
  readonly top: number;
  readonly visibleRows: number;
  readonly arrived: () => ArrivedRange | undefined;
  /** Offset of the byte that is chosen. */
  readonly byte: number | undefined;
  readonly onMove: (top: number) => void;
  readonly onByte: (offset: number) => void;
}

interface RowCells {
  readonly row: HTMLTableRowElement;
  readonly address: HTMLTableCellElement;
  readonly bytes: readonly HTMLTableCellElement[];
  readonly text: HTMLTableCellElement;
}

function makeRow(body: HTMLTableSectionElement): RowCells {
  const row = document.createElement('tr');
  const address = document.createElement('th');
  address.scope = 'row';
  const bytes = COLUMNS.map(() => document.createElement('td'));
  const text = document.createElement('td');
  text.className = 'hex-text';
  row.append(address, ...bytes, text);
  body.append(row);
  return { row, address, bytes, text };
}

/** The part of the class list that says where a byte comes from. */
function byteClass(value: number, offset: number, arrived: ArrivedRange | undefined): string {
  if (arrived !== undefined && offset >= arrived.from && offset < arrived.to) return 'byte-arrived';
  return value === 0 ? 'byte-zero' : 'byte-set';
}

function set(element: HTMLElement, text: string, className: string): void {
  if (element.textContent !== text) element.textContent = text;
  if (element.className !== className) element.className = className;
}

/** Writes the bytes into the rows that are there; touches only what has changed. */
function paint(cells: readonly RowCells[], props: HexGridProps, buffer: Uint8Array): void {
  const { memory, top, view } = props;
  const start = top * BYTES_PER_ROW;
  const length = Math.max(0, Math.min(cells.length * BYTES_PER_ROW, memory.sizeBytes - start));
  const bytes = buffer.subarray(0, length);
  if (length > 0 && !view.readMemory(memory.index, start, bytes)) return;
  const arrived = props.arrived();
  const digits = addressDigits(memory);
  for (const [index, cell] of cells.entries()) {
    const offset = start + index * BYTES_PER_ROW;
    const inside = offset < memory.sizeBytes;
    const isFront =
      arrived !== undefined &&
      arrived.to > arrived.from &&
      arrived.to - 1 >= offset &&
      arrived.to - 1 < offset + BYTES_PER_ROW;
    set(cell.address, inside ? groupedHex((memory.busAddress ?? 0) + offset, digits) : '', 'hex-address');
    if (cell.row.className !== (isFront ? 'hex-front' : '')) cell.row.className = isFront ? 'hex-front' : '';
    let text = '';
    for (const [column, element] of cell.bytes.entries()) {
      const value = bytes[index * BYTES_PER_ROW + column];
      set(
        element,
        value === undefined ? '' : hex(value, 2),
        value === undefined
          ? ''
          : `${byteClass(value, offset + column, arrived)}${offset + column === props.byte ? ' byte-chosen' : ''}`,
      );
      text += value === undefined ? '' : asciiOf(value);
    }
    set(cell.text, text, 'hex-text');
  }
}

/** Turns of the wheel as rows. React's own wheel listener is passive and could not keep the page still. */
function useWheel(scroller: RefObject<HTMLElement | null>, top: number, onMove: (top: number) => void): void {
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const rows = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY / WHEEL_ROW_PX : event.deltaY;
      onMove(top + (rows < 0 ? Math.floor(rows) : Math.ceil(rows)));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [scroller, onMove, top]);
}

/** Where a key moves the view to; undefined = not a key of this grid. */
function movedTop(key: string, top: number, visibleRows: number, memory: MemoryDescription): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowUp: top - 1,
    ArrowDown: top + 1,
    PageUp: top - visibleRows,
    PageDown: top + visibleRows,
    Home: 0,
    End: rowCount(memory),
  };
  return moves[key];
}

/** The byte that is chosen next: arrows left and right walk along, Enter begins at the top; undefined = not such a key. */
function movedByte(key: string, byte: number | undefined, top: number, memory: MemoryDescription): number | undefined {
  const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, Enter: 0 };
  const step = steps[key];
  if (step === undefined) return undefined;
  const from = byte ?? top * BYTES_PER_ROW - step;
  return Math.max(0, Math.min(memory.sizeBytes - 1, from + step));
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

/** Rows of sixteen bytes, read from the machine as it runs. Only what is visible exists. */
export function HexGrid(props: HexGridProps) {
  const { memory, top, visibleRows, onMove } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const scroller = useRef<HTMLElement>(null);
  const cells = useRef<RowCells[]>([]);
  const buffer = useMemo(() => new Uint8Array(Math.max(1, visibleRows) * BYTES_PER_ROW), [visibleRows]);
  useEffect(() => {
    const section = body.current;
    if (section === null) return;
    section.replaceChildren();
    cells.current = Array.from({ length: visibleRows }, () => makeRow(section));
  }, [visibleRows]);
  useLive(() => paint(cells.current, props, buffer), HEX_HZ);
  useWheel(scroller, top, onMove);
  const onKey = (event: KeyboardEvent): void => {
    const byte = movedByte(event.key, props.byte, top, memory);
    if (byte !== undefined) {
      event.preventDefault();
      props.onByte(byte);
      return;
    }
    const next = movedTop(event.key, top, visibleRows, memory);
    if (next === undefined) return;
    event.preventDefault();
    onMove(next);
  };
  const onPress = (event: MouseEvent): void => {
    const cell = event.target instanceof Element ? event.target.closest('td') : null;
    const row = cells.current.findIndex(({ bytes }) => bytes.some((candidate) => candidate === cell));
    const column = cells.current[row]?.bytes.findIndex((candidate) => candidate === cell) ?? -1;
    const offset = (top + row) * BYTES_PER_ROW + column;
    if (row >= 0 && column >= 0 && offset < memory.sizeBytes) props.onByte(offset);
  };
  return (
    // A scrolling region has to be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      className="hex-scroll"
      ref={scroller}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label={`Bytes of ${memory.label}`}
      onKeyDown={onKey}
      onClick={onPress}
    >
      <table className="hex">
        <HexHead />
        <tbody ref={body} />
      </table>
    </section>
  );
}
