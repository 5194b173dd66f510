/* The bits of a register as cells, with what is between its fields; and values as people type them. */
import { hex } from '../../base/bits.ts';
import { sizeText } from '../../base/format.ts';
import { accessAt, type PlacedRegister } from '../../core/config/registerMap.ts';
import { fieldMask } from '../../core/config/register.ts';
import { fieldAbout, fieldName, fieldShort } from './fieldWords.ts';

export interface BitCell {
  /** Undefined where the table has no field: reserved, or not modelled. */
  readonly field: string | undefined;
  readonly name: string;
  readonly short: string;
  readonly msb: number;
  readonly lsb: number;
  readonly value: number;
  readonly access: string;
  readonly about: string;
  /** What the value stands for, where the table says. */
  readonly meaning: string | undefined;
}

function gap(msb: number, lsb: number, value: number): BitCell {
  return {
    field: undefined,
    name: 'Reserved',
    short: '',
    msb,
    lsb,
    value: Math.floor(value / 2 ** lsb) % 2 ** (msb - lsb + 1),
    access: 'RO',
    about: 'Reserved, or not part of this model.',
    meaning: undefined,
  };
}

/** Cells from the highest bit to bit 0; together they are the whole register. */
export function bitCells(at: PlacedRegister, value: number): readonly BitCell[] {
  const fields = Object.entries(at.register.fields).toSorted(([, a], [, b]) => b.lsb - a.lsb);
  const cells: BitCell[] = [];
  let next = at.register.widthBits - 1;
  for (const [name, field] of fields) {
    const width = field.widthBits ?? 1;
    const msb = field.lsb + width - 1;
    if (msb < next) cells.push(gap(next, msb + 1, value));
    const own = Math.floor(value / 2 ** field.lsb) % 2 ** width;
    const access = accessAt(at, name);
    cells.push({
      field: name,
      name: fieldName(name),
      short: fieldShort(name),
      msb,
      lsb: field.lsb,
      value: own,
      access,
      about: fieldAbout(name, access),
      meaning: field.decode === undefined ? undefined : sizeText(field.decode(own)),
    });
    next = field.lsb - 1;
  }
  if (next >= 0) cells.push(gap(next, 0, value));
  return cells;
}

/** Access of a register as a whole, as lists show it. */
export function registerAccess(at: PlacedRegister): string {
  const all = Object.keys(at.register.fields).map((name) => accessAt(at, name));
  if (all.some((access) => access === 'RW' || access === 'RWS')) return 'RW';
  return all.some((access) => access.startsWith('RW1C')) ? 'RW1C' : 'RO';
}

/** `0x0010_0006` with the digits of the register. */
export function registerText(value: number, widthBits: number): string {
  const digits = hex(value, widthBits / 4).toUpperCase();
  return `0x${digits.length === 8 ? `${digits.slice(0, 4)}_${digits.slice(4)}` : digits}`;
}

/** @returns the value, or undefined if it is not hexadecimal or too wide. */
export function parseRegister(text: string, widthBits: number): number | undefined {
  const digits = text.replace(/^0x/i, '').replaceAll('_', '').trim();
  if (!/^[0-9a-f]{1,8}$/i.test(digits)) return undefined;
  const value = Number.parseInt(digits, 16);
  return value < 2 ** widthBits ? value : undefined;
}

/** The register's value with one field changed. Bits that a written one would clear are written as 0, unless they are the field. */
export function withField(at: PlacedRegister, value: number, field: string, code: number): number {
  let result = value;
  for (const [name, spec] of Object.entries(at.register.fields)) {
    const isOwn = name === field;
    if (!isOwn && !accessAt(at, name).startsWith('RW1C')) continue;
    const mask = fieldMask(spec);
    result = ((result & ~mask) | (isOwn ? (code * 2 ** spec.lsb) & mask : 0)) >>> 0;
  }
  return result >>> 0;
}
