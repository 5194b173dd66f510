import { describe, expect, it } from 'vitest';
import { LOAD_STEPS, loadStep } from './loadSteps.ts';

describe('steps of a load', () => {
  it('cover every share once, in order, and leave idle links without a line', () => {
    expect(loadStep(0)).toBe(-1);
    expect([0.0001, 0.0999, 0.1, 0.4999, 0.5, 0.9499, 0.95, 1].map(loadStep)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    let before = 0;
    for (const { below } of LOAD_STEPS) {
      expect(below).toBeGreaterThan(before);
      before = below;
    }
  });

  it('differ in their pattern, not only in colour', () => {
    const patterns = LOAD_STEPS.map(({ dash_px }) => dash_px.join(' '));
    expect(new Set(patterns).size).toBe(LOAD_STEPS.length);
  });
});
