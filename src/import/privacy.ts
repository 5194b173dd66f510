/*
 * Serial numbers and MAC addresses identify a machine and its owner; nothing in the simulation needs them.
 * They are masked in the text and zeroed in the registers before anything else reads either.
 */
import type { FunctionBlock } from './blocks.ts';
import { InputLines, LINE_CLASS } from './lines.ts';
import { serialNumberOffset } from './rawConfig.ts';

const MASK = '▮▮';

/** Six (MAC, EUI-48) or eight (EUI-64, device serial number) pairs of hexadecimal digits. */
const HEX_PAIRS = /\b(?:[0-9a-f]{2}[-:]){5}(?:[0-9a-f]{2}[-:][0-9a-f]{2}[-:])?[0-9a-f]{2}\b/gi;
/** Vital product data: serial number, asset tag. */
const PRODUCT_DATA = /(\[(?:SN|AN)\][^:]*: *|(?:Serial number|Asset tag|UUID) *: *)(\S.*)$/i;
const ONLY_ZEROS = /^[0:.\- ]*$/;

/** The text of a line with its identifiers masked, and how many there were. */
export function maskLine(line: string): { readonly text: string; readonly count: number } {
  if (line.length > 4096) return { text: line, count: 0 };
  let count = 0;
  const masked = (value: string): string => {
    if (ONLY_ZEROS.test(value)) return value;
    count++;
    return value.replace(/[0-9a-f]{2}/gi, MASK);
  };
  const product = PRODUCT_DATA.exec(line);
  if (product !== null && !ONLY_ZEROS.test(product[2] ?? '')) {
    return { text: line.slice(0, product.index) + (product[1] ?? '') + MASK.repeat(4), count: 1 };
  }
  return { text: line.replace(HEX_PAIRS, masked), count };
}

/**
 * Masks identifiers in an input's text and marks the lines as removed.
 * @returns the input without them, and how many there were.
 */
export function maskInput(input: InputLines): { readonly input: InputLines; readonly count: number } {
  let total = 0;
  const removed: number[] = [];
  const lines = input.lines.map((line, index) => {
    const { text, count } = maskLine(line);
    if (count > 0) removed.push(index);
    total += count;
    return text;
  });
  if (total === 0) return { input, count: 0 };
  const result = new InputLines(input.name, lines, input.endsOpen);
  for (const line of removed) result.mark(line, LINE_CLASS.removed);
  return { input: result, count: total };
}

/** Zeroes the serial number in a block's registers and marks its rows. @returns whether there was one. */
export function removeSerialNumber(block: FunctionBlock): boolean {
  const offset = serialNumberOffset(block.image);
  if (offset === undefined) return false;
  const bytes = block.image.subarray(offset, offset + 8);
  if (bytes.every((byte) => byte === 0)) return false;
  bytes.fill(0);
  for (const row of [Math.floor(offset / 16), Math.floor((offset + 7) / 16)]) {
    const line = block.rows[row];
    if (line !== undefined) block.input.mark(line, LINE_CLASS.removed);
  }
  return true;
}
