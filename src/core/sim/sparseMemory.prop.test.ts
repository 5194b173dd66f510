import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';
import { MemoryArena, SparseMemory } from './sparseMemory.ts';
import { SparseMemoryReader } from './sparseMemoryReader.ts';

const GIB = 2 ** 30;
const KIB = 1024;
const plain = (byteLength: number): ArrayBufferLike => new ArrayBuffer(byteLength);
const shared = (byteLength: number): ArrayBufferLike => new SharedArrayBuffer(byteLength);

/** Writes around page borders, at odd places, of many lengths. */
const write = fc.record({
  offset: fc.oneof(
    fc.integer({ min: 0, max: 256 * KIB }),
    fc.constantFrom(64 * KIB - 3, 128 * KIB - 256, 128 * KIB - 4),
  ),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 700 }),
});

/** Place of the first byte that differs, −1 if none does. */
function firstDifference(got: Uint8Array, expected: Uint8Array): number {
  for (let index = 0; index < expected.length; index++) if (got[index] !== expected[index]) return index;
  return -1;
}

describe('sparse memory', () => {
  it('holds what was written last, and zeros elsewhere', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
        const size = 260 * KIB;
        const memory = new SparseMemory(new MemoryArena(plain), size);
        const expected = new Uint8Array(size);
        for (const { offset, bytes } of writes) {
          const length = Math.min(bytes.length, size - offset);
          memory.writeFrom(offset, length, bytes, 0);
          expected.set(bytes.subarray(0, length), offset);
        }
        const got = new Uint8Array(size);
        memory.readInto(0, size, got, 0);
        expect(firstDifference(got, expected)).toBe(-1);
        expect(memory.crc32(0, size)).toBe(crc32(expected));
      }),
    );
  });

  it('takes and gives numbers of 1 to 8 bytes, little-endian, across pages', () => {
    const memory = new SparseMemory(new MemoryArena(plain), GIB);
    memory.writeUint(64 * KIB - 2, 4, 0x04030201);
    expect(memory.readUint(64 * KIB - 2, 1)).toBe(1);
    expect(memory.readUint(64 * KIB, 2)).toBe(0x0403);
    expect(memory.readUint(64 * KIB - 2, 4)).toBe(0x04030201);
    memory.writeUint64(GIB - 8, 0xfedc_ba98_7654_3210n);
    expect(memory.readUint64(GIB - 8)).toBe(0xfedc_ba98_7654_3210n);
    expect(memory.readUint(GIB - 4, 4)).toBe(0xfedc_ba98);
  });

  it('refuses what lies outside, also within its last page', () => {
    const memory = new SparseMemory(new MemoryArena(plain), 4096);
    memory.writeUint(0, 4, 1);
    const bytes = new Uint8Array(16);
    expect(() => memory.readInto(4090, 16, bytes, 0)).toThrow('outside a memory of 4096');
    expect(() => memory.writeFrom(4090, 16, bytes, 0)).toThrow('outside a memory of 4096');
    expect(() => memory.readUint(-1, 1)).toThrow('outside');
  });

  it('costs nothing until it is written: 64 GiB take a table', () => {
    const arena = new MemoryArena(plain);
    const memory = new SparseMemory(arena, 64 * GIB);
    expect(memory.readUint(63 * GIB, 4)).toBe(0);
    expect(arena.segments).toHaveLength(0);
    memory.writeUint(63 * GIB, 4, 7);
    expect(arena.segments).toHaveLength(1);
    expect(memory.readUint(63 * GIB, 4)).toBe(7);
  });

  it('compares ranges byte by byte', () => {
    const arena = new MemoryArena(plain);
    const one = new SparseMemory(arena, GIB);
    const two = new SparseMemory(arena, GIB);
    const bytes = new Uint8Array(100_000).fill(9);
    one.writeFrom(10, bytes.length, bytes, 0);
    two.writeFrom(70_000, bytes.length, bytes, 0);
    expect(one.equals(10, bytes.length, two, 70_000)).toBe(true);
    two.writeUint(70_000 + 99_999, 1, 8);
    expect(one.equals(10, bytes.length, two, 70_000)).toBe(false);
  });

  it('is read by another thread through its root table and the segments it knows', () => {
    const buffers: ArrayBufferLike[] = [];
    const arena = new MemoryArena(shared, (buffer) => buffers.push(buffer));
    const memory = new SparseMemory(arena, 8 * GIB);
    const reader = new SparseMemoryReader(memory.root, []);
    const target = new Uint8Array(4);
    memory.writeUint(5 * GIB + 65_534, 4, 0xaabbccdd);
    reader.readInto(5 * GIB + 65_534, 4, target);
    expect([...target]).toEqual([0, 0, 0, 0]);
    for (const buffer of buffers) reader.addSegment(buffer);
    reader.readInto(5 * GIB + 65_534, 4, target);
    expect([...target]).toEqual([0xdd, 0xcc, 0xbb, 0xaa]);
  });
});

describe('CRC-32', () => {
  it('of "123456789" is cbf43926', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it('is the same in pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(crc32(bytes));
      }),
    );
  });
});
