/*
 * Sparse memory: bytes in and out by the sizes of TLPs, against `set(subarray)` on plain arrays.
 */
import { MemoryArena, SparseMemory } from '../../../src/core/sim/sparseMemory.ts';
import { crc32 } from '../../../src/core/sim/crc32.ts';
import type { BenchRow } from '../benchRow.ts';
import { compareRates, unprepared } from './timing.ts';

const SPAN = 32 * 2 ** 20;
const SLOT_BYTES = 4096;
const ROUNDS = 7;

const shared = (byteLength: number): ArrayBufferLike => new SharedArrayBuffer(byteLength);

function ours(chunk: number): () => number {
  const memory = new SparseMemory(new MemoryArena(shared), SPAN);
  const slots = new Uint8Array(64 * SLOT_BYTES);
  return () => {
    for (let offset = 0, slot = 0; offset < SPAN; offset += chunk, slot = (slot + 1) & 63) {
      memory.writeFrom(offset, chunk, slots, slot * SLOT_BYTES);
    }
    return SPAN;
  };
}

function raw(chunk: number): () => number {
  const memory = new Uint8Array(new SharedArrayBuffer(SPAN));
  const slots = new Uint8Array(64 * SLOT_BYTES);
  return () => {
    for (let offset = 0, slot = 0; offset < SPAN; offset += chunk, slot = (slot + 1) & 63) {
      memory.set(slots.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + chunk), offset);
    }
    return SPAN;
  };
}

/** The textbook CRC: one byte and one table lookup a step. */
function bytewiseCrc(bytes: Uint8Array): number {
  const table = Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    return remainder;
  });
  let crc = -1;
  for (let index = 0; index < bytes.length; index++)
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[index] ?? 0)) & 255] ?? 0);
  return ~crc >>> 0;
}

export function run(): BenchRow[] {
  const rows: BenchRow[] = [64, 256, 4096].map((chunk) => {
    const [value, baseline] = compareRates([unprepared(ours(chunk)), unprepared(raw(chunk))], ROUNDS);
    return {
      name: `sparse memory, writes of ${chunk} B`,
      value: (value ?? 0) / 1e9,
      unit: 'GB/s',
      baselineName: 'set(subarray) on one shared buffer',
      baselineValue: (baseline ?? 0) / 1e9,
    };
  });
  const bytes = new Uint8Array(8 * 2 ** 20).map((_, index) => index * 31);
  const [value, baseline] = compareRates(
    [
      unprepared(() => (crc32(bytes) === 0 ? 0 : bytes.length)),
      unprepared(() => (bytewiseCrc(bytes) === 0 ? 0 : bytes.length)),
    ],
    ROUNDS,
  );
  rows.push({
    name: 'CRC-32',
    value: (value ?? 0) / 1e9,
    unit: 'GB/s',
    baselineName: 'one byte a step',
    baselineValue: (baseline ?? 0) / 1e9,
  });
  return rows;
}
