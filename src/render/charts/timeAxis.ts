/* The time axis under the tracks: an end that changes in steps, and round ticks. */
import { ticks } from 'd3-array';
import { PS_PER_MS, PS_PER_NS, PS_PER_US } from '../../base/units.ts';

const STEPS: readonly number[] = [1, 1.5, 2, 3, 4, 6, 8, 10];

/**
 * The right end of the axis for an instant that must be on it: the next of a row of round values, so that the
 * picture keeps still while the playhead moves. @param at_ps ≥ 0. @returns picoseconds, > at_ps, at least 10 ns.
 */
export function axisEnd_ps(at_ps: number): number {
  const least = Math.max(at_ps * 1.02, 10 * PS_PER_NS);
  const decade = 10 ** Math.floor(Math.log10(least));
  const step = STEPS.find((candidate) => candidate * decade >= least) ?? 10;
  return step * decade;
}

export interface AxisTick {
  readonly at_ps: number;
  readonly text: string;
}

/** Round ticks from 0 to the end; the first one carries the unit. */
export function axisTicks(end_ps: number, count: number): readonly AxisTick[] {
  const unit = unitOf(end_ps);
  return ticks(0, end_ps / unit.ps, count).map((value) => ({
    at_ps: value * unit.ps,
    text: value === 0 ? `0 ${unit.name}` : String(Number(value.toPrecision(6))),
  }));
}

/** An instant in the axis' own unit, with as many decimals as a pixel can show. */
export function instantText(at_ps: number, end_ps: number): string {
  return (at_ps / unitOf(end_ps).ps).toFixed(3);
}

function unitOf(end_ps: number): { readonly name: string; readonly ps: number } {
  if (end_ps >= PS_PER_MS) return { name: 'ms', ps: PS_PER_MS };
  if (end_ps >= PS_PER_US) return { name: 'µs', ps: PS_PER_US };
  return { name: 'ns', ps: PS_PER_NS };
}
