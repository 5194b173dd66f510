import { describe, expect, it } from 'vitest';
import { PS_PER_MS, PS_PER_NS, PS_PER_US } from '../base/units.ts';
import { pace } from './pacing.ts';

const still = { elapsed_ms: 16, scale_psPerSecond: 200 * PS_PER_NS, target_ps: 0, nows_ps: [0, 0], lead_ps: 0 };

describe('the target of a race', () => {
  it('moves with real time at the chosen scale', () => {
    expect(pace({ ...still, elapsed_ms: 10 }).target_ps).toBeCloseTo(2 * PS_PER_NS, 6);
  });

  it('adds fractions of a picosecond up until they count', () => {
    let target_ps = 0;
    for (let frame = 0; frame < 1000; frame += 1) {
      target_ps = pace({
        ...still,
        scale_psPerSecond: PS_PER_NS,
        elapsed_ms: 1,
        target_ps,
        nows_ps: [Math.floor(target_ps)],
      }).target_ps;
    }
    expect(target_ps).toBeCloseTo(PS_PER_NS, 3);
  });

  it('waits for a machine that cannot keep up, and says so', () => {
    const slow = pace({ ...still, target_ps: 30 * PS_PER_NS, nows_ps: [30 * PS_PER_NS, 5 * PS_PER_NS] });
    expect(slow.limited).toBe(true);
    expect(slow.target_ps).toBe(30 * PS_PER_NS);
    const recovered = pace({ ...still, target_ps: 30 * PS_PER_NS, nows_ps: [30 * PS_PER_NS, 29 * PS_PER_NS] });
    expect(recovered.limited).toBe(false);
    expect(recovered.target_ps).toBeGreaterThan(30 * PS_PER_NS);
  });

  it('does not jump after the page was hidden', () => {
    expect(pace({ ...still, elapsed_ms: 60_000 }).target_ps).toBeLessThanOrEqual(20 * PS_PER_NS);
  });

  it('never moves backwards', () => {
    const next = pace({ ...still, target_ps: PS_PER_MS, nows_ps: [0] });
    expect(next.target_ps).toBe(PS_PER_MS);
  });

  it('keeps a machine that is behind moving up to the one that was ahead', () => {
    expect(pace({ ...still, nows_ps: [PS_PER_MS, 0], target_ps: 0, elapsed_ms: 100 }).target_ps).toBeGreaterThan(0);
  });
});

describe('without a limit', () => {
  it('doubles the lead while the machines get there, and gives back where they do not', () => {
    let lead_ps = 0;
    let target_ps = 0;
    const leads: number[] = [];
    for (let frame = 0; frame < 10; frame += 1) {
      const next = pace({ elapsed_ms: 16, scale_psPerSecond: Infinity, target_ps, nows_ps: [target_ps], lead_ps });
      ({ lead_ps, target_ps } = next);
      leads.push(lead_ps);
    }
    expect(leads.at(-1)).toBe(PS_PER_US * 2 ** 9);
    const slow_ps = target_ps - lead_ps * 0.9;
    const late = pace({ elapsed_ms: 16, scale_psPerSecond: Infinity, target_ps, nows_ps: [slow_ps], lead_ps });
    expect(late.lead_ps).toBeLessThan(lead_ps);
  });

  it('does not slow down for a machine that has not had its turn', () => {
    const before = { elapsed_ms: 16, scale_psPerSecond: Infinity, target_ps: PS_PER_MS, lead_ps: 400 * PS_PER_US };
    const next = pace({ ...before, nows_ps: [PS_PER_MS - 400 * PS_PER_US] });
    expect(next.lead_ps).toBe(before.lead_ps);
  });

  it('keeps every machine busy: the lead settles above what one of them does in a frame', () => {
    const perFrame_ps = 100 * PS_PER_US;
    let state = { target_ps: 0, lead_ps: 0 };
    let now_ps = 0;
    for (let frame = 0; frame < 200; frame += 1) {
      // Every third frame the machine gets no time at all.
      now_ps = Math.min(state.target_ps, now_ps + (frame % 3 === 0 ? 0 : perFrame_ps));
      state = pace({ elapsed_ms: 16, scale_psPerSecond: Infinity, nows_ps: [now_ps], ...state });
      if (frame > 20) expect(state.target_ps - now_ps).toBeGreaterThanOrEqual(perFrame_ps);
      expect(state.lead_ps).toBeLessThanOrEqual(4 * perFrame_ps);
    }
  });

  it('keeps the faster machine within the lead of the slower one', () => {
    const next = pace({
      elapsed_ms: 16,
      scale_psPerSecond: Infinity,
      target_ps: 0,
      nows_ps: [0, 10 * PS_PER_US],
      lead_ps: PS_PER_US,
    });
    expect(next.target_ps).toBe(2 * PS_PER_US);
  });
});
