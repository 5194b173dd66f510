/*
 * The time axis of charts: round ends that change rarely, and the unit of its ticks.
 */
import { PS_PER_MS, PS_PER_NS, PS_PER_SECOND, PS_PER_US } from '../../base/units.ts';

export interface TimeUnit {
  readonly name: string;
  readonly ps: number;
}

const UNITS: readonly TimeUnit[] = [
  { name: 's', ps: PS_PER_SECOND },
  { name: 'ms', ps: PS_PER_MS },
  { name: 'µs', ps: PS_PER_US },
  { name: 'ns', ps: PS_PER_NS },
];
const LADDER: readonly number[] = [1, 2, 5, 10];
/** For what does not grow any more. */
const FINE_LADDER: readonly number[] = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
const LEAST_PS = PS_PER_US;

/** The least of 1, 2, 5, 10, 20 … that is not below `value_ps`; at least 1 µs. */
export function roundUp(value_ps: number, ladder: readonly number[] = LADDER): number {
  const wanted = Math.max(LEAST_PS, value_ps);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return (ladder.find((step) => step * power >= wanted * (1 - 1e-9)) ?? 10) * power;
}

/** The unit in which `end_ps` has one to three digits before the point. */
export function unitFor(end_ps: number): TimeUnit {
  return UNITS.find((unit) => end_ps >= unit.ps * 0.999) ?? { name: 'ns', ps: PS_PER_NS };
}

export interface TimeSpan {
  readonly from_ps: number;
  readonly to_ps: number;
}

/** How full the axis may get before it is extended. */
const FULL_FRACTION = 0.9;
const END_FRACTION = 0.97;
const PAGE_LEAD = 0.25;
const PAGE_TEETH = 6;

/** From 0 to a round end behind `now_ps` and `mark_ps`; keeps the end it has while that is enough. */
export function wholeSpan(now_ps: number, mark_ps: number | undefined, before: TimeSpan | undefined): TimeSpan {
  const needed = Math.max(now_ps / FULL_FRACTION, mark_ps ?? 0);
  const isEnough = before !== undefined && before.from_ps === 0 && needed <= before.to_ps && needed > before.to_ps / 20;
  return isEnough ? before : { from_ps: 0, to_ps: roundUp(needed) };
}

/** All of a run that is over: no more room than the playhead's label needs. */
export function endSpan(end_ps: number, before: TimeSpan | undefined): TimeSpan {
  const to_ps = roundUp(end_ps / END_FRACTION, FINE_LADDER);
  return before?.from_ps === 0 && before.to_ps === to_ps ? before : { from_ps: 0, to_ps };
}

/** A window on the last part of a run, that turns over like a page when the time reaches its end. */
export function pageSpan(now_ps: number, before: TimeSpan | undefined): TimeSpan {
  const width = roundUp(now_ps / PAGE_TEETH);
  const keeps =
    before !== undefined &&
    Math.abs(before.to_ps - before.from_ps - width) < 1 &&
    now_ps >= before.from_ps &&
    now_ps <= before.from_ps + (before.to_ps - before.from_ps) * 0.96;
  if (keeps) return before;
  const step = width / 10;
  const from_ps = Math.max(0, Math.floor((now_ps - width * PAGE_LEAD) / step) * step);
  return { from_ps, to_ps: from_ps + width };
}

export interface Tick {
  readonly at_ps: number;
  readonly label: string | undefined;
}

const MINOR = 5;

/** Ticks of a span: about `count` with labels, four small ones between. */
export function ticksOf(span: TimeSpan, count: number): { readonly ticks: readonly Tick[]; readonly unit: TimeUnit } {
  const unit = unitFor(span.to_ps);
  const wish = (span.to_ps - span.from_ps) / count;
  const power = 10 ** Math.floor(Math.log10(wish));
  const major = (LADDER.find((step) => step * power >= wish * 0.999) ?? 10) * power;
  const decimals = Math.max(0, -Math.floor(Math.log10(major / unit.ps) + 1e-9));
  const minor = major / MINOR;
  const first = Math.ceil(span.from_ps / minor - 1e-6);
  const last = Math.floor(span.to_ps / minor + 1e-6);
  const ticks: Tick[] = [];
  for (let index = first; index <= last; index += 1) {
    const at_ps = index * minor;
    const text = (at_ps / unit.ps).toFixed(decimals);
    ticks.push({ at_ps, label: index % MINOR === 0 ? text : undefined });
  }
  return { ticks, unit };
}
