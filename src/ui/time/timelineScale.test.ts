import { describe, expect, it } from 'vitest';
import { PS_PER_MS, PS_PER_US } from '../../base/units.ts';
import { instantForKey, roundAbove, spanOf } from './timelineScale.ts';

describe('the scale of the timeline', () => {
  it.each([
    [0, PS_PER_US],
    [1, PS_PER_US],
    [PS_PER_US, PS_PER_US],
    [PS_PER_US + 1, 2 * PS_PER_US],
    [3 * PS_PER_US, 5 * PS_PER_US],
    [6 * PS_PER_US, 10 * PS_PER_US],
    [2 * PS_PER_MS, 2 * PS_PER_MS],
    [4.7 * PS_PER_MS, 5 * PS_PER_MS],
  ])('%i ps have room in %i ps', (at_ps, span_ps) => {
    expect(roundAbove(at_ps)).toBe(span_ps);
  });

  it('is the run once its end is known', () => {
    expect(spanOf(4_671_000, 4_671_000)).toBe(4_671_000);
    expect(spanOf(4_671_000, undefined)).toBe(5_000_000);
    // Where no machine will run the end is at once.
    expect(spanOf(0, 0)).toBe(PS_PER_US);
  });
});

describe('a key of the timeline', () => {
  it.each([
    ['ArrowLeft', 490],
    ['ArrowRight', 510],
    ['PageDown', 400],
    ['PageUp', 600],
    ['Home', 0],
    ['End', 800],
    ['x', undefined],
  ])('%s', (key, at_ps) => {
    expect(instantForKey(key, 500, 1000, 800)).toBe(at_ps);
  });

  it('stays on what has been run', () => {
    expect(instantForKey('PageUp', 750, 1000, 800)).toBe(800);
    expect(instantForKey('PageDown', 50, 1000, 800)).toBe(0);
  });
});
