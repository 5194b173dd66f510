/*
 * The rows of the hex view as elements. Painting touches only cells whose value or look has changed, and makes nothing:
 * every look is a number, and its class list is made once.
 */
import { hex } from '../../base/bits.ts';
import { groupedHex } from '../../base/format.ts';
import { asciiOf, BYTES_PER_ROW } from './hexModel.ts';
import { ORIGIN } from './writerStyles.ts';

/** Bits of a look. */
export const LOOK = {
  /** Origin and underline: WriterStyles. */
  style: 0x1f,
  zero: 0x20,
  arrived: 0x40,
  fresh: 0x180,
  freshShift: 7,
  pending: 0x200,
  selected: 0x400,
  cursor: 0x800,
  /** The cursor's byte in the column that is not typed in. */
  echo: 0x1000,
  low: 0x2000,
} as const;

const ORIGIN_CLASSES: Readonly<Record<number, string>> = {
  [ORIGIN.p2p]: 'byte-p2p',
  [ORIGIN.bounce]: 'byte-bounce',
  [ORIGIN.control]: 'byte-control',
  [ORIGIN.cpu]: 'byte-cpu',
  [ORIGIN.hand]: 'byte-hand',
};

const classLists = new Map<number, string>();

/** The class list of a look. */
export function classOfLook(look: number): string {
  const known = classLists.get(look);
  if (known !== undefined) return known;
  const origin = ORIGIN_CLASSES[look & 7];
  const underline = (look >> 3) & 3;
  const fresh = (look & LOOK.fresh) >> LOOK.freshShift;
  const words = [
    origin ?? ((look & LOOK.arrived) !== 0 ? 'byte-arrived' : (look & LOOK.zero) !== 0 ? 'byte-zero' : 'byte-set'),
    origin !== undefined && underline > 0 ? `underline-${underline}` : '',
    fresh > 0 ? `byte-fresh fresh-${fresh}` : '',
    (look & LOOK.selected) !== 0 ? 'byte-selected' : '',
    (look & LOOK.pending) !== 0 ? 'byte-pending' : '',
    (look & LOOK.cursor) !== 0 ? `byte-cursor${(look & LOOK.low) !== 0 ? ' byte-low' : ''}` : '',
    (look & LOOK.echo) !== 0 ? 'byte-echo' : '',
  ];
  const list = words.filter((word) => word !== '').join(' ');
  classLists.set(look, list);
  return list;
}

const OUTSIDE = -1;
const HEX = Array.from({ length: 256 }, (_, byte) => hex(byte, 2));
const ASCII = Array.from({ length: 256 }, (_, byte) => asciiOf(byte));

/** One row: its elements, and what they show. */
export class HexRow {
  readonly element = document.createElement('tr');
  readonly bytes: readonly HTMLTableCellElement[];
  readonly characters: readonly HTMLSpanElement[];
  readonly #address = document.createElement('th');
  readonly #values = new Int16Array(BYTES_PER_ROW).fill(-2);
  readonly #looks = new Int32Array(BYTES_PER_ROW * 2).fill(-1);
  #shownAddress: number | undefined = -1;
  #isFront = false;

  constructor() {
    this.#address.scope = 'row';
    this.#address.className = 'hex-address';
    this.bytes = Array.from({ length: BYTES_PER_ROW }, () => document.createElement('td'));
    this.characters = Array.from({ length: BYTES_PER_ROW }, () => document.createElement('span'));
    const text = document.createElement('td');
    text.className = 'hex-text';
    text.append(...this.characters);
    this.element.append(this.#address, ...this.bytes, text);
  }

  /** @param address undefined = this row lies beyond the end. */
  setAddress(address: number | undefined, digits: number): void {
    if (address === this.#shownAddress) return;
    this.#shownAddress = address;
    this.#address.textContent = address === undefined ? '' : groupedHex(address, digits);
  }

  /** The write front is in this row. */
  setFront(isFront: boolean): void {
    if (isFront === this.#isFront) return;
    this.#isFront = isFront;
    this.element.className = isFront ? 'hex-front' : '';
  }

  /** @param value undefined = beyond the end of the memory. */
  setByte(column: number, value: number | undefined, hexLook: number, textLook: number): void {
    const shown = value ?? OUTSIDE;
    const cell = this.bytes[column];
    const character = this.characters[column];
    if (cell === undefined || character === undefined) return;
    if (this.#values[column] !== shown) {
      this.#values[column] = shown;
      cell.textContent = value === undefined ? '' : (HEX[value] ?? '');
      character.textContent = value === undefined ? '' : (ASCII[value] ?? '');
    }
    if (this.#looks[column] !== hexLook) {
      this.#looks[column] = hexLook;
      cell.className = value === undefined ? '' : classOfLook(hexLook);
    }
    if (this.#looks[column + BYTES_PER_ROW] !== textLook) {
      this.#looks[column + BYTES_PER_ROW] = textLook;
      character.className = value === undefined ? '' : classOfLook(textLook);
    }
  }
}
