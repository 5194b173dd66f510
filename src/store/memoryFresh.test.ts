import { describe, expect, it } from 'vitest';
import { FreshBytes } from './memoryFresh.ts';

const source = {};

function tracker() {
  const fresh = new FreshBytes();
  const update = (bytes: readonly number[], now_ms: number, fades: boolean, offset = 0): readonly number[] => {
    fresh.update({ source, offset, bytes: Uint8Array.from(bytes), now_ms, fades });
    return [...fresh.levels];
  };
  return update;
}

describe('bytes that have changed', () => {
  it('fade in steps while the machine runs', () => {
    const update = tracker();
    expect(update([1, 2, 3], 0, true)).toEqual([0, 0, 0]);
    expect(update([1, 9, 3], 100, true)).toEqual([0, 3, 0]);
    expect(update([1, 9, 3], 400, true)).toEqual([0, 2, 0]);
    expect(update([1, 9, 8], 800, true)).toEqual([0, 1, 3]);
    expect(update([1, 9, 8], 1200, true)).toEqual([0, 0, 2]);
  });

  it('stay marked while it stands, until the next change', () => {
    const update = tracker();
    update([1, 2, 3], 0, false);
    expect(update([7, 2, 3], 10, false)).toEqual([3, 0, 0]);
    expect(update([7, 2, 3], 1e6, false)).toEqual([3, 0, 0]);
    expect(update([7, 2, 4], 1e6, false)).toEqual([0, 0, 3]);
  });

  it('move with the window; what comes into view has no past', () => {
    const update = tracker();
    update([1, 2, 3, 4], 0, false);
    expect(update([1, 9, 3, 4], 1, false)).toEqual([0, 3, 0, 0]);
    expect(update([9, 3, 4, 50], 2, false, 1)).toEqual([3, 0, 0, 0]);
    expect(update([1, 9, 3, 4], 3, false, 0)).toEqual([0, 3, 0, 0]);
    expect(update([60, 61, 62, 63], 4, false, 100)).toEqual([0, 0, 0, 0]);
  });
});
