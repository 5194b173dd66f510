import { describe, expect, it } from 'vitest';
import { PS_PER_MS, PS_PER_US } from '../../base/units.ts';
import { axisEnd_ps, axisTicks, instantText } from './timeAxis.ts';

describe('time axis', () => {
  it('ends at a round value beyond the instant', () => {
    expect(axisEnd_ps(4.7 * PS_PER_MS)).toBe(6 * PS_PER_MS);
    expect(axisEnd_ps(0)).toBe(10_000);
    for (let at_ps = 1; at_ps < 1e13; at_ps *= 1.37) expect(axisEnd_ps(at_ps)).toBeGreaterThan(at_ps);
  });

  it('keeps still while the instant moves inside one step', () => {
    expect(axisEnd_ps(4.1 * PS_PER_MS)).toBe(axisEnd_ps(5.8 * PS_PER_MS));
  });

  it('labels ticks in one unit, named at zero', () => {
    const texts = axisTicks(5 * PS_PER_MS, 5).map((tick) => tick.text);
    expect(texts).toEqual(['0 ms', '1', '2', '3', '4', '5']);
    expect(instantText(3.2 * PS_PER_US, 6 * PS_PER_US)).toBe('3.200');
  });
});
