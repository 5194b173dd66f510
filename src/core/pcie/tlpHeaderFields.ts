/*
 * The four dwords of a Header Log taken apart into named fields: the inverse of tlpHeader.ts, for people to read.
 * Facts: semantics reference 7.1 and 7.2, non-flit mode.
 */
import { fromDwords, hex } from '../../base/bits.ts';
import { bdfText } from './bdf.ts';
import type { Bdf } from '../../base/units.ts';

export interface HeaderField {
  readonly name: string;
  /** 0…3 */
  readonly dword: number;
  /** Inclusive, 31…0. */
  readonly msb: number;
  readonly lsb: number;
  /** Unshifted. */
  readonly value: number;
  /** What the value means: `256 B`, `04:00.0`, `UR`. */
  readonly text: string;
}

export interface DecodedHeader {
  /** `MWr`, `CplD`, `ERR_NONFATAL`… or `type 0x1f` for what this table does not know. */
  readonly kind: string;
  readonly fields: readonly HeaderField[];
  /** Of memory and I/O requests. */
  readonly address: number | undefined;
}

type Meaning = (value: number) => string;

const plain: Meaning = (value) => String(value);
const hexed: Meaning = (value) => `0x${hex(value, 1)}`;
const bdf: Meaning = (value) => bdfText(value as Bdf);
const flag: Meaning = (value) => (value === 0 ? 'no' : 'yes');
const bits: Meaning = (value) => value.toString(2).padStart(4, '0');
const dwords: Meaning = (value) => `${(value === 0 ? 1024 : value) * 4} B`;
const STATUS_NAMES: Readonly<Record<number, string>> = { 0: 'SC', 1: 'UR', 2: 'CRS', 4: 'CA' };
const status: Meaning = (value) => STATUS_NAMES[value] ?? `reserved ${value}`;
const byteCount: Meaning = (value) => `${value === 0 ? 4096 : value} B`;
const ADDRESS_TYPES = ['untranslated', 'translation request', 'translated', 'reserved'] as const;
const addressType: Meaning = (value) => ADDRESS_TYPES[value] ?? plain(value);

type FieldRow = readonly [name: string, dword: number, msb: number, lsb: number, meaning: Meaning];

const COMMON: readonly FieldRow[] = [
  ['Fmt', 0, 31, 29, (value) => `${(value & 1) === 0 ? 3 : 4} DW${(value & 2) === 0 ? '' : ', data'}`],
  ['Type', 0, 28, 24, hexed],
  ['IDO', 0, 18, 18, flag],
  ['TD', 0, 15, 15, flag],
  ['EP', 0, 14, 14, flag],
  ['RO', 0, 13, 13, flag],
  ['NS', 0, 12, 12, flag],
];
const REQUEST: readonly FieldRow[] = [
  ['Requester ID', 1, 31, 16, bdf],
  ['Tag', 1, 15, 8, hexed],
];
const ENABLES: readonly FieldRow[] = [
  ['Last BE', 1, 7, 4, bits],
  ['First BE', 1, 3, 0, bits],
];
const LENGTH: FieldRow = ['Length', 0, 9, 0, dwords];
const ADDRESS_TYPE: FieldRow = ['AT', 0, 11, 10, addressType];
const CONFIG: readonly FieldRow[] = [
  ['Target', 2, 31, 16, bdf],
  ['Register', 2, 11, 2, (value) => `0x${hex(value * 4, 3)}`],
];
const COMPLETION: readonly FieldRow[] = [
  ['Completer ID', 1, 31, 16, bdf],
  ['Status', 1, 15, 13, status],
  ['Byte Count', 1, 11, 0, byteCount],
  ['Requester ID', 2, 31, 16, bdf],
  ['Tag', 2, 15, 8, hexed],
  ['Lower Address', 2, 6, 0, hexed],
];
const MESSAGE_NAMES: Readonly<Record<number, string>> = { 0x30: 'ERR_COR', 0x31: 'ERR_NONFATAL', 0x33: 'ERR_FATAL' };
const MESSAGE: readonly FieldRow[] = [['Message Code', 1, 7, 0, (value) => MESSAGE_NAMES[value] ?? hexed(value)]];

function fieldAt(header: readonly number[], [name, dword, msb, lsb, meaning]: FieldRow): HeaderField {
  const width = msb - lsb + 1;
  const value = ((header[dword] ?? 0) >>> lsb) & (width === 32 ? -1 : (1 << width) - 1);
  return { name, dword, msb, lsb, value: value >>> 0, text: meaning(value >>> 0) };
}

const REQUEST_KINDS: Readonly<Record<number, readonly [read: string, write: string]>> = {
  0b00000: ['MRd', 'MWr'],
  0b00010: ['IORd', 'IOWr'],
  0b00100: ['CfgRd0', 'CfgWr0'],
  0b00101: ['CfgRd1', 'CfgWr1'],
  0b01010: ['Cpl', 'CplD'],
  0b01100: ['FetchAdd', 'FetchAdd'],
  0b01101: ['Swap', 'Swap'],
  0b01110: ['CAS', 'CAS'],
};

/** Requests that carry an address. */
const WITH_ADDRESS: ReadonlySet<number> = new Set([0b00000, 0b00010, 0b01100, 0b01101, 0b01110]);
const CONFIG_TYPES: ReadonlySet<number> = new Set([0b00100, 0b00101]);
const COMPLETION_TYPE = 0b01010;

function rowsOf(type: number): readonly FieldRow[] {
  if (type === COMPLETION_TYPE) return [...COMMON, LENGTH, ...COMPLETION];
  if (CONFIG_TYPES.has(type)) return [...COMMON, LENGTH, ...REQUEST, ...ENABLES, ...CONFIG];
  if (type >>> 3 === 0b10) return [...COMMON, ...REQUEST, ...MESSAGE];
  return [...COMMON, ADDRESS_TYPE, LENGTH, ...REQUEST, ...ENABLES];
}

/**
 * Takes the dwords of a Header Log apart.
 * @param header four dwords, unsigned; missing ones count as 0.
 * @spec PCIe Base 5.0 §2.2 (semantics reference 7.1, 7.2, T-1, T-5)
 */
export function decodeHeader(header: readonly number[]): DecodedHeader {
  const first = (header[0] ?? 0) >>> 0;
  const format = first >>> 29;
  const type = (first >>> 24) & 0x1f;
  const fields = rowsOf(type).map((row) => fieldAt(header, row));
  const names = REQUEST_KINDS[type];
  const kind =
    names?.[(format & 2) === 0 ? 0 : 1] ??
    (type >>> 3 === 0b10 ? (MESSAGE_NAMES[(header[1] ?? 0) & 0xff] ?? 'Msg') : `type 0x${hex(type, 2)}`);
  if (!WITH_ADDRESS.has(type)) return { kind, fields, address: undefined };
  const isLong = (format & 1) === 1;
  const low = ((header[isLong ? 3 : 2] ?? 0) & ~3) >>> 0;
  const address = isLong ? fromDwords((header[2] ?? 0) >>> 0, low) : low;
  const place = { msb: 31, lsb: 2, value: low, text: `0x${hex(address, 8)}` };
  const upper = fieldAt(header, ['Address [63:32]', 2, 31, 0, (value) => `0x${hex(value, 8)}`]);
  const own = { name: 'Address', dword: isLong ? 3 : 2, ...place };
  return { kind, fields: [...fields, ...(isLong ? [upper] : []), own], address };
}
