import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { MemoryArena, SparseMemory } from '../../core/sim/sparseMemory.ts';
import type { ByteRange } from '../protocol.ts';
import { comparePiece, fillPiece, searchPiece, type SearchRange } from './memoryTools.ts';

vi.setConfig({ testTimeout: 60_000 });

const PAGE = 64 * 1024;
const SIZE = 6 * PAGE + 100;
const storage = (byteLength: number): ArrayBufferLike => new ArrayBuffer(byteLength);

/** Few values and places near pages' borders, so that patterns repeat, overlap and cross. */
const content = fc.array(
  fc.record({
    offset: fc.oneof(
      fc.integer({ min: 0, max: SIZE - 1 }),
      fc
        .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: -12, max: 12 }))
        .map(([page, by]) => Math.max(0, page * PAGE + by)),
    ),
    bytes: fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 1, maxLength: 24 }),
  }),
  { maxLength: 8 },
);

type Writes = readonly { readonly offset: number; readonly bytes: readonly number[] }[];

/** The same bytes twice: sparse, and plain for the naive answer. */
function make(writes: Writes): { readonly memory: SparseMemory; readonly plain: Uint8Array } {
  const memory = new SparseMemory(new MemoryArena(storage), SIZE);
  const plain = new Uint8Array(SIZE);
  for (const { offset, bytes } of writes) {
    const data = Uint8Array.from(bytes.slice(0, SIZE - offset));
    memory.writeFrom(offset, data.length, data, 0);
    plain.set(data, offset);
  }
  return { memory, plain };
}

const range = fc
  .tuple(fc.integer({ min: 0, max: SIZE }), fc.integer({ min: 0, max: SIZE }), fc.boolean())
  .map(([a, b, whole]): ByteRange => {
    if (whole) return { offset: 0, lengthBytes: SIZE };
    return { offset: Math.min(a, b), lengthBytes: Math.abs(a - b) };
  });

/** Every place is tried. */
function naiveSearch(plain: Uint8Array, { offset, lengthBytes, needle, backwards }: SearchRange): number | undefined {
  const last = offset + lengthBytes - needle.length;
  if (needle.length === 0) {
    const part = plain.subarray(offset, offset + lengthBytes);
    const found = backwards ? part.findLastIndex((byte) => byte !== 0) : part.findIndex((byte) => byte !== 0);
    return found < 0 ? undefined : offset + found;
  }
  const matches = (place: number): boolean => needle.every((byte, index) => plain[place + index] === byte);
  if (backwards) {
    for (let place = last; place >= offset; place--) if (matches(place)) return place;
  } else {
    for (let place = offset; place <= last; place++) if (matches(place)) return place;
  }
  return undefined;
}

/** Piece after piece, as whoever asks does. */
function search(memory: SparseMemory, whole: SearchRange, budget: number): number | undefined {
  let { offset, lengthBytes } = whole;
  for (;;) {
    const piece = searchPiece(memory, { ...whole, offset, lengthBytes }, budget);
    if (piece.offset !== undefined) return piece.offset;
    expect(piece.searchedBytes).toBeGreaterThan(0);
    if (!whole.backwards) offset += piece.searchedBytes;
    lengthBytes -= piece.searchedBytes;
    if (lengthBytes <= 0) return undefined;
  }
}

describe('searching a sparse memory', () => {
  it('finds what trying every place finds, in one piece and in many, forwards and backwards', () => {
    fc.assert(
      fc.property(
        content,
        range,
        fc.array(fc.constantFrom(0, 1, 2), { maxLength: 9 }),
        fc.boolean(),
        fc.constantFrom(1, PAGE + 1, Infinity),
        (writes, where, pattern, backwards, budget) => {
          fc.pre(where.lengthBytes > 0);
          const { memory, plain } = make(writes);
          const wanted = { ...where, needle: Uint8Array.from(pattern), backwards };
          expect(search(memory, wanted, budget)).toBe(naiveSearch(plain, wanted));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('passes over what was never written: a memory of 4 TiB takes no longer than what is in it', () => {
    const memory = new SparseMemory(new MemoryArena(storage), 4 * 2 ** 40);
    const place = 3 * 2 ** 40 + 12_345;
    memory.writeFrom(place, 3, Uint8Array.of(7, 8, 9), 0);
    const whole = { offset: 0, lengthBytes: memory.sizeBytes, needle: Uint8Array.of(7, 8, 9) };
    expect(searchPiece(memory, { ...whole, backwards: false }).offset).toBe(place);
    expect(searchPiece(memory, { ...whole, backwards: true }).offset).toBe(place);
    const zeros = { ...whole, needle: new Uint8Array(64) };
    expect(searchPiece(memory, { ...zeros, backwards: false }).offset).toBe(0);
    expect(searchPiece(memory, { ...zeros, backwards: true }).offset).toBe(memory.sizeBytes - 64);
  });
});

describe('comparing two sparse memories', () => {
  it('finds what comparing every byte finds', () => {
    fc.assert(
      fc.property(
        content,
        content,
        fc.tuple(fc.integer({ min: 0, max: 3 * PAGE }), fc.integer({ min: 0, max: 3 * PAGE })),
        fc.integer({ min: 1, max: 3 * PAGE }),
        fc.constantFrom(1, Infinity),
        (ours, theirs, [first, second], lengthBytes, budget) => {
          const a = make(ours);
          const b = make([...ours, ...theirs]);
          const expected: { offset: number; lengthBytes: number }[] = [];
          let different = 0;
          for (let index = 0; index < lengthBytes; index++) {
            if (a.plain[first + index] === b.plain[second + index]) continue;
            different += 1;
            const last = expected.at(-1);
            if (last !== undefined && last.offset + last.lengthBytes === index) last.lengthBytes += 1;
            else expected.push({ offset: index, lengthBytes: 1 });
          }
          const bytes = new Set<number>();
          let differentBytes = 0;
          for (let done = 0; done < lengthBytes;) {
            const piece = comparePiece(
              { memory: a.memory, offset: first + done },
              { memory: b.memory, offset: second + done },
              lengthBytes - done,
              budget,
            );
            for (const run of piece.ranges) {
              for (let index = 0; index < run.lengthBytes; index++) bytes.add(done + run.offset + index);
            }
            differentBytes += piece.differentBytes;
            expect(piece.comparedBytes).toBeGreaterThan(0);
            done += piece.comparedBytes;
          }
          expect(differentBytes).toBe(different);
          expect([...bytes]).toEqual(
            expected.flatMap((run) => Array.from({ length: run.lengthBytes }, (_, index) => run.offset + index)),
          );
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe('filling a sparse memory', () => {
  it('puts the pattern everywhere, gives back what was there, and makes no page for zeros', () => {
    fc.assert(
      fc.property(
        content,
        range,
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 }),
        (writes, where, bytes) => {
          const { memory, plain } = make(writes);
          const pattern = Uint8Array.from(bytes);
          const expected = Uint8Array.from(plain);
          for (let index = 0; index < where.lengthBytes; index++)
            expected[where.offset + index] = bytes[index % bytes.length] ?? 0;
          const undo: { readonly offset: number; readonly before: Uint8Array }[] = [];
          const written = memory.nextWritten(0);
          for (let done = 0; done < where.lengthBytes;) {
            const offset = where.offset + done;
            const piece = fillPiece(
              memory,
              { offset, lengthBytes: where.lengthBytes - done, pattern, phase: done % pattern.length },
              (at, data) => memory.writeFrom(at, data.length, data, 0),
            );
            if (piece.before !== undefined) undo.push({ offset, before: piece.before });
            done += piece.lengthBytes;
          }
          const now = new Uint8Array(SIZE);
          memory.readInto(0, SIZE, now, 0);
          expect(Buffer.compare(now, expected)).toBe(0);
          if (pattern.every((byte) => byte === 0)) expect(memory.nextWritten(0)).toBe(written);
          for (const { offset, before } of undo.toReversed()) memory.writeFrom(offset, before.length, before, 0);
          memory.readInto(0, SIZE, now, 0);
          expect(Buffer.compare(now, plain)).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
