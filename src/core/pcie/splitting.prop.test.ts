import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CompletionLimits, type Piece, splitAtRcb, splitRequests } from './splitting.ts';

const limit = fc.constantFrom(128, 256, 512, 1024, 2048, 4096);
const limits: fc.Arbitrary<CompletionLimits> = fc.record({
  rcbBytes: fc.constantFrom(64, 128),
  mpsBytes: limit,
  chunk: fc.constantFrom('mps' as const, 'rcb' as const),
});
/** A read request: it stays within 4 KiB. */
const read = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 30 }), fc.integer({ min: 0, max: 4095 }), fc.nat())
  .map(([page, start, length]) => ({ address: page * 4096 + start, lengthBytes: 1 + (length % (4096 - start)) }));

function expectCover(pieces: readonly Piece[], lengthBytes: number): void {
  let next = 0;
  for (const piece of pieces) {
    expect(piece.offset).toBe(next);
    expect(piece.lengthBytes).toBeGreaterThan(0);
    next += piece.lengthBytes;
  }
  expect(next).toBe(lengthBytes);
}

it('requests cover a transfer once, fit the limit and stay within 4 KiB', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 40 }),
      fc.integer({ min: 1, max: 70_000 }),
      limit,
      (address, lengthBytes, limitBytes) => {
        const pieces = splitRequests(address, lengthBytes, limitBytes);
        expectCover(pieces, lengthBytes);
        for (const piece of pieces) {
          expect(piece.lengthBytes).toBeLessThanOrEqual(limitBytes);
          expect(((address + piece.offset) % 4096) + piece.lengthBytes).toBeLessThanOrEqual(4096);
        }
      },
    ),
  );
});

it('completions cover a read once, fit MPS and end on the boundary', () => {
  fc.assert(
    fc.property(read, limits, ({ address, lengthBytes }, completer) => {
      const pieces = splitAtRcb(address, lengthBytes, completer);
      expectCover(pieces, lengthBytes);
      for (const piece of pieces) {
        expect(piece.lengthBytes).toBeLessThanOrEqual(completer.mpsBytes);
        const end = address + piece.offset + piece.lengthBytes;
        if (piece !== pieces.at(-1)) expect(end % completer.rcbBytes).toBe(0);
      }
    }),
  );
});

it('a misaligned read of 512 bytes at MPS 256 takes three completions', () => {
  const pieces = splitAtRcb(0x1004, 512, { rcbBytes: 64, mpsBytes: 256, chunk: 'mps' });
  expect(pieces.map((piece) => piece.lengthBytes)).toEqual([252, 256, 4]);
});

it('an aligned read cut at the boundary takes one completion for each 64 bytes', () => {
  const pieces = splitAtRcb(0x1000, 256, { rcbBytes: 64, mpsBytes: 256, chunk: 'rcb' });
  expect(pieces.map((piece) => piece.lengthBytes)).toEqual([64, 64, 64, 64]);
});

it('a write of 257 bytes takes one more TLP than one of 256', () => {
  expect(splitRequests(0, 256, 256)).toHaveLength(1);
  expect(splitRequests(0, 257, 256)).toHaveLength(2);
});
