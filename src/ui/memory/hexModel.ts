/* Arithmetic of the hex view: rows, addresses, and what the person typed. No DOM. */
import { parseAddress } from '../../base/format.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';

export const BYTES_PER_ROW = 16;

export function rowCount(memory: MemoryDescription): number {
  return Math.ceil(memory.sizeBytes / BYTES_PER_ROW);
}

/** The row to put on top so that the view stays inside the memory. */
export function clampRow(row: number, memory: MemoryDescription, visibleRows: number): number {
  return Math.max(0, Math.min(Math.floor(row), rowCount(memory) - visibleRows));
}

/**
 * What an address field means: a bus address if it lies in this memory's range, else an offset into it.
 * @returns the offset, or undefined if it is neither.
 */
export function offsetOf(text: string, memory: MemoryDescription): number | undefined {
  const value = parseAddress(text);
  if (value === undefined) return undefined;
  const { busAddress, sizeBytes } = memory;
  if (busAddress !== undefined && value >= busAddress && value < busAddress + sizeBytes) return value - busAddress;
  return value < sizeBytes ? value : undefined;
}

/** Hexadecimal digits that every address of this memory fits into. */
export function addressDigits(memory: MemoryDescription): number {
  const last = (memory.busAddress ?? 0) + memory.sizeBytes - 1;
  return Math.max(8, last.toString(16).length);
}

const PRINTABLE_FIRST = 0x20;
const PRINTABLE_LAST = 0x7e;

/** The character of a byte, or a dot for what does not print. */
export function asciiOf(byte: number): string {
  return byte >= PRINTABLE_FIRST && byte <= PRINTABLE_LAST ? String.fromCharCode(byte) : '.';
}
