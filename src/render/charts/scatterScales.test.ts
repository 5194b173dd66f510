import { describe, expect, it } from 'vitest';
import { clampedScale, logScale } from './scatterScales.ts';

describe('a logarithmic scale', () => {
  it('puts equal ratios at equal distances', () => {
    const { at } = logScale(0.1, 1000, 0, 400);
    expect(at(0.1)).toBeCloseTo(0);
    expect(at(1)).toBeCloseTo(100);
    expect(at(10) - at(1)).toBeCloseTo(at(1000) - at(100));
  });

  it('has round ticks inside its ends, ascending, and more of them where there is room', () => {
    const wide = logScale(0.13, 140, 0, 500).ticks.map(({ value }) => value);
    const narrow = logScale(0.13, 140, 0, 120).ticks.map(({ value }) => value);
    expect(wide).toEqual([0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]);
    expect(narrow).toEqual([1, 10, 100]);
    const near = logScale(200, 900, 0, 400).ticks.map(({ value }) => value);
    expect(near.length).toBeGreaterThan(4);
  });
});

it('a clamped scale keeps what is beyond its ends at them', () => {
  const { at } = clampedScale(-0.2, 0.2, 100, 0, 5);
  expect(at(0)).toBeCloseTo(50);
  expect(at(5)).toBe(0);
  expect(at(-5)).toBe(100);
});
