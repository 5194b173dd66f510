import { describe, expect, it } from 'vitest';
import { type AccessPattern, accessOffset, accessPlaces } from './accessSequence.ts';

const SMALL: AccessPattern = { windowBytes: 1000, operationBytes: 64, isRandom: false, seed: 1 };

describe('places of an access generator', () => {
  it('are whole operations side by side, and begin again at the end of the window', () => {
    expect(accessPlaces(SMALL)).toBe(15);
    expect([0, 1, 14, 15].map((index) => accessOffset(SMALL, index))).toEqual([0, 64, 896, 0]);
  });

  it('in random order stay inside, differ with the seed, and use all of the window', () => {
    const random = { ...SMALL, isRandom: true };
    const offsets = Array.from({ length: 400 }, (_, index) => accessOffset(random, index));
    expect(new Set(offsets).size).toBe(15);
    expect(Math.max(...offsets)).toBe(896);
    expect(offsets.every((offset) => offset % 64 === 0)).toBe(true);
    expect(offsets).toEqual(Array.from({ length: 400 }, (_, index) => accessOffset(random, index)));
    expect(offsets).not.toEqual(Array.from({ length: 400 }, (_, index) => accessOffset({ ...random, seed: 2 }, index)));
  });

  it('reach beyond 4 GiB', () => {
    const wide = { ...SMALL, windowBytes: 2 ** 40, isRandom: true };
    const offsets = Array.from({ length: 100 }, (_, index) => accessOffset(wide, index));
    expect(Math.max(...offsets)).toBeGreaterThan(2 ** 39);
    expect(Math.max(...offsets)).toBeLessThan(2 ** 40);
  });
});
