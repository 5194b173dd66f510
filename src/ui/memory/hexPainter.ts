/*
 * Paints the bytes in view into the rows that are there, from the frame loop: React never hears of a byte. Touches only
 * what has changed.
 */
import type { MachineView } from '../../engine/clientInterface.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { type EditColumn, type EditState, selectionOf } from '../../store/memoryEdit.ts';
import { FreshBytes } from '../../store/memoryFresh.ts';
import { busAddressOf } from '../../store/memoryPlaces.ts';
import type { WriterMap } from '../../store/memoryWriters.ts';
import { addressDigits, BYTES_PER_ROW } from './hexModel.ts';
import { HexRow, LOOK } from './hexRows.ts';
import type { WriterStyles } from './writerStyles.ts';

/** The bytes of the job that have arrived in this memory so far. */
export interface ArrivedRange {
  readonly from: number;
  readonly to: number;
}

/** Who wrote the bytes in view; brought up to date by the painter, read by the legend too. */
export interface Writers {
  readonly map: WriterMap;
  readonly styles: WriterStyles;
  /** Brings both up to date for a window. */
  readonly update: (offset: number, lengthBytes: number) => void;
}

export interface HexPicture {
  readonly view: MachineView;
  readonly memory: MemoryDescription;
  /** First row in view. */
  readonly top: number;
  readonly arrived: () => ArrivedRange | undefined;
  readonly writers: Writers;
  readonly edit: EditState;
}

/** Look of a byte by what the editor does with it. */
function editLook(
  edit: EditState,
  selection: ReturnType<typeof selectionOf>,
  offset: number,
  column: EditColumn,
): number {
  let look = edit.pending.has(offset) ? LOOK.pending : 0;
  if (selection === undefined) return look;
  const isWide = selection.last > selection.first;
  if (isWide && offset >= selection.first && offset <= selection.last) look |= LOOK.selected;
  if (offset !== edit.cursor) return look;
  if (edit.column !== column) return look | LOOK.echo;
  return look | LOOK.cursor | (edit.isLow ? LOOK.low : 0);
}

export class HexPainter {
  readonly #rows: HexRow[] = [];
  readonly #fresh = new FreshBytes();
  #bytes = new Uint8Array(0);

  /** Puts so many rows into a table's body. */
  attach(body: HTMLTableSectionElement, count: number): void {
    this.#rows.length = 0;
    for (let index = 0; index < count; index += 1) this.#rows.push(new HexRow());
    body.replaceChildren(...this.#rows.map((row) => row.element));
  }

  /** @param fades marks of what has changed fade; else they stay until the next change. */
  paint(picture: HexPicture, fades: boolean): void {
    const { memory, top, view, writers } = picture;
    const start = top * BYTES_PER_ROW;
    const length = Math.max(0, Math.min(this.#rows.length * BYTES_PER_ROW, memory.sizeBytes - start));
    if (this.#bytes.length !== length) this.#bytes = new Uint8Array(length);
    const bytes = this.#bytes;
    if (length > 0 && !view.readMemory(memory.index, start, bytes)) return;
    this.#fresh.update({ source: view, offset: start, bytes, now_ms: performance.now(), fades });
    writers.update(start, length);
    const arrived = picture.arrived();
    const digits = addressDigits(memory);
    const front = arrived !== undefined && arrived.to > arrived.from ? arrived.to - 1 : -1;
    for (let index = 0; index < this.#rows.length; index += 1) {
      const row = this.#rows[index];
      const offset = start + index * BYTES_PER_ROW;
      if (row === undefined) continue;
      row.setAddress(offset < memory.sizeBytes ? (busAddressOf(memory, offset) ?? offset) : undefined, digits);
      row.setFront(front >= offset && front < offset + BYTES_PER_ROW);
      this.#paintRow(row, index * BYTES_PER_ROW, offset, picture, arrived);
    }
  }

  /** @param place of the row's first byte in the window. @param offset of it in the memory. */
  #paintRow(
    row: HexRow,
    place: number,
    offset: number,
    { edit, writers }: HexPicture,
    arrived: ArrivedRange | undefined,
  ): void {
    const selection = selectionOf(edit);
    const bytes = this.#bytes;
    for (let column = 0; column < BYTES_PER_ROW; column += 1) {
      const at = offset + column;
      const inWindow = place + column;
      const value = inWindow < bytes.length ? (edit.pending.get(at) ?? bytes[inWindow]) : undefined;
      const zero = value === 0 ? LOOK.zero : 0;
      const isArrived = arrived !== undefined && at >= arrived.from && at < arrived.to;
      const look =
        (writers.styles.styles[inWindow] ?? 0) |
        zero |
        (isArrived ? LOOK.arrived : 0) |
        ((this.#fresh.levels[inWindow] ?? 0) << LOOK.freshShift);
      row.setByte(
        column,
        value,
        look | editLook(edit, selection, at, 'hex'),
        zero | editLook(edit, selection, at, 'text'),
      );
    }
  }

  /** The byte of the window and the column under a pointer. */
  cellAt(target: EventTarget): { readonly place: number; readonly column: EditColumn } | undefined {
    const element = target instanceof Element ? target.closest('td, span') : null;
    for (const [index, row] of this.#rows.entries()) {
      const byte = row.bytes.findIndex((cell) => cell === element);
      if (byte >= 0) return { place: index * BYTES_PER_ROW + byte, column: 'hex' };
      const character = row.characters.findIndex((cell) => cell === element);
      if (character >= 0) return { place: index * BYTES_PER_ROW + character, column: 'text' };
    }
    return undefined;
  }
}
