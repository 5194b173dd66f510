/*
 * How far the machines of a race may run in the next frame. All run towards one target; the target moves
 * with real time at the chosen scale, but never far ahead of the slowest machine, so the race stays in step
 * and the page stays honest when the engine cannot keep up.
 */
import { PS_PER_US } from '../base/units.ts';

const MS_PER_SECOND = 1000;
/** The most real time one frame may count: after a hidden tab or a long task the clock waits instead of jumping. */
const LONGEST_FRAME_MS = 100;
/** How much real time's worth the target may be ahead of the slowest machine. */
const LEAD_MS = 100;
const LEAST_LEAD_PS = PS_PER_US;
const MOST_LEAD_PS = 1e6 * PS_PER_US;

export interface PaceInput {
  readonly elapsed_ms: number;
  /** Simulated picoseconds per second; Infinity = as fast as possible. */
  readonly scale_psPerSecond: number;
  readonly target_ps: number;
  /** Where each machine that is still running has got to; at least one. */
  readonly nows_ps: readonly number[];
  /** Without a scale: how far ahead of the slowest the target was put last time. */
  readonly lead_ps: number;
}

export interface Pace {
  /** Not always an integer: fractions add up until they count. */
  readonly target_ps: number;
  readonly lead_ps: number;
  /** The machines are slower than the scale asks. */
  readonly limited: boolean;
}

/** The next target. It never moves backwards. */
export function pace(input: PaceInput): Pace {
  const slowest_ps = Math.min(...input.nows_ps);
  const fastest_ps = Math.max(...input.nows_ps);
  if (input.scale_psPerSecond === Infinity) return sprint(input, slowest_ps);
  const elapsed_ms = Math.min(input.elapsed_ms, LONGEST_FRAME_MS);
  const wished_ps = input.target_ps + (input.scale_psPerSecond * elapsed_ms) / MS_PER_SECOND;
  const limit_ps = Math.max(slowest_ps + (input.scale_psPerSecond * LEAD_MS) / MS_PER_SECOND, fastest_ps);
  return {
    target_ps: Math.max(input.target_ps, Math.min(wished_ps, limit_ps)),
    lead_ps: LEAST_LEAD_PS,
    limited: wished_ps > limit_ps,
  };
}

/**
 * Doubles the lead while every machine gets there within a frame. Where one does not, the lead goes back towards
 * twice what it did in this frame, so that no machine ever waits for the next frame. A machine that has not moved
 * has not had its turn yet: a smaller lead would not help it.
 */
function sprint(input: PaceInput, slowest_ps: number): Pace {
  const missing_ps = input.target_ps - slowest_ps;
  const progress_ps = input.lead_ps - missing_ps;
  const slower_ps = progress_ps <= 0 ? input.lead_ps : Math.max(input.lead_ps * 0.75, progress_ps * 2);
  const wish_ps = missing_ps <= 0 ? input.lead_ps * 2 : slower_ps;
  const lead_ps = Math.min(MOST_LEAD_PS, Math.max(LEAST_LEAD_PS, wish_ps));
  return { target_ps: Math.max(input.target_ps, slowest_ps + lead_ps), lead_ps, limited: false };
}
