/* Arithmetic of the hex view: rows, addresses, and what the person typed. No DOM. */
import type { MemoryDescription } from '../../engine/protocol.ts';
import { busAddressOf } from '../../store/memoryPlaces.ts';

export const BYTES_PER_ROW = 16;

export function rowCount(memory: MemoryDescription): number {
  return Math.ceil(memory.sizeBytes / BYTES_PER_ROW);
}

/** The row to put on top so that the view stays inside the memory. */
export function clampRow(row: number, memory: MemoryDescription, visibleRows: number): number {
  return Math.max(0, Math.min(Math.floor(row), rowCount(memory) - visibleRows));
}

/** Hexadecimal digits that every address of this memory fits into. */
export function addressDigits(memory: MemoryDescription): number {
  const last = busAddressOf(memory, memory.sizeBytes - 1) ?? memory.sizeBytes - 1;
  return Math.max(8, last.toString(16).length);
}

const PRINTABLE_FIRST = 0x20;
const PRINTABLE_LAST = 0x7e;

/** The character of a byte, or a dot for what does not print. */
export function asciiOf(byte: number): string {
  return byte >= PRINTABLE_FIRST && byte <= PRINTABLE_LAST ? String.fromCharCode(byte) : '.';
}
