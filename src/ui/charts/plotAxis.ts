/* Scales of line charts: both kinds of axis, with ticks that have room. Positions only, no drawing. */
import { clampedScale, logScale, type PlotScale, type ScaledTick } from '../../render/charts/scatterScales.ts';

export type AxisKind = 'log' | 'linear';

export interface PixelSpan {
  readonly start: number;
  readonly end: number;
}

/** Zero has no place on a logarithmic axis; it is drawn so far before the first value. */
const ZERO_GAP_PX = 56;
/** The outermost values stay off the frame, so that their marks are whole. */
const INSET_PX = 18;
const TICK_PX_A_LETTER = 6.6;
const TICK_GAP_PX = 12;
const LINEAR_TICKS = 6;

/**
 * The axis of what was varied, with ticks at its own values: the left-most always, others where there is room.
 * @param values ascending, not empty.
 */
export function valueAxis(
  values: readonly number[],
  kind: AxisKind,
  span: PixelSpan,
  text: (value: number) => string,
): PlotScale {
  const place = kind === 'log' ? logPlace(values, span) : linearPlace(values, span);
  const ticks: ScaledTick[] = [];
  let free = -Infinity;
  for (const value of values) {
    const at = place(value);
    const half = (text(value).length * TICK_PX_A_LETTER) / 2;
    if (at - half < free) continue;
    ticks.push({ at, value });
    free = at + half + TICK_GAP_PX;
  }
  return { at: place, ticks };
}

function linearPlace(values: readonly number[], { start, end }: PixelSpan): (value: number) => number {
  const low = values[0] ?? 0;
  const high = values.at(-1) ?? 1;
  if (high <= low) return () => (start + end) / 2;
  return clampedScale(low, high, start + INSET_PX, end - INSET_PX, 2).at;
}

function logPlace(values: readonly number[], { start, end }: PixelSpan): (value: number) => number {
  const positive = values.filter((value) => value > 0);
  const hasZero = positive.length < values.length;
  const first = start + INSET_PX + (hasZero ? ZERO_GAP_PX : 0);
  const low = positive[0];
  const high = positive.at(-1);
  if (low === undefined || high === undefined) return () => (start + end) / 2;
  const scale = high > low ? logScale(low, high, first, end - INSET_PX).at : () => (first + end) / 2;
  return (value) => (value > 0 ? scale(value) : start + INSET_PX);
}

/** A round number of two digits, not below `value`. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (
    ([1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9].find((step) => step * power >= value * 0.9999) ?? 10) *
    power
  );
}

/** The axis of what came out: from zero where it is linear, around the values where it is logarithmic. */
export function figureAxis(figures: readonly number[], kind: AxisKind, span: PixelSpan): PlotScale {
  const positive = figures.filter((figure) => figure > 0);
  const most = positive.length === 0 ? 1 : Math.max(...positive);
  if (kind === 'linear') return clampedScale(0, roundUp(most * 1.04), span.start, span.end, LINEAR_TICKS);
  const least = positive.length === 0 ? 0.1 : Math.min(...positive);
  return logScale(least / 1.5, Math.max(most * 1.5, least * 10), span.start, span.end);
}
