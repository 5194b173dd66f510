/*
 * Rates from a series of cumulative values in equal bins.
 */
import { PS_PER_SECOND, PS_PER_US } from '../../base/units.ts';
import type { SeriesView } from '../../engine/clientInterface.ts';

export type ReadBin = (series: SeriesView, bin: number) => number;

/** The cumulative value at an instant: straight between the ends of bins, the last value after them. */
export function cumulativeAt(series: SeriesView, read: ReadBin, at_ps: number): number {
  // Reading the length once fixes the state that the width and the bins are read from.
  const { length } = series;
  if (length === 0 || at_ps <= 0) return 0;
  const place = at_ps / series.bin_ps - 1;
  if (place >= length - 1) return read(series, length - 1);
  const bin = Math.floor(place);
  const before = bin < 0 ? 0 : read(series, bin);
  return before + (read(series, bin + 1) - before) * (place - bin);
}

const WINDOW_PS = 5 * PS_PER_US;
const LEAST_BINS = 4;

/** Bytes per second over the last 5 µs of data (a few bins where those are wider). */
export function lastRate(series: SeriesView, read: ReadBin, now_ps: number): number {
  const { length } = series;
  const { bin_ps } = series;
  const known_ps = Math.min(now_ps, length * bin_ps);
  const from_ps = Math.max(0, known_ps - Math.max(WINDOW_PS, bin_ps * LEAST_BINS));
  return meanRate(series, read, from_ps, known_ps);
}

/** Bytes per second between two instants. */
export function meanRate(series: SeriesView, read: ReadBin, from_ps: number, to_ps: number): number {
  if (to_ps <= from_ps) return 0;
  return (
    ((cumulativeAt(series, read, to_ps) - cumulativeAt(series, read, from_ps)) / (to_ps - from_ps)) * PS_PER_SECOND
  );
}
