/* Payload rate over time as the path of an SVG step line. */
import type { SeriesView } from '../../engine/clientInterface.ts';
import { PS_PER_SECOND } from '../../base/units.ts';
import type { ThroughputTrack } from './chartHandles.ts';

/** Bytes per second of every bin so far. */
export function trackRates(track: ThroughputTrack, series: SeriesView): readonly number[] {
  const rates: number[] = [];
  let before = 0;
  for (let bin = 0; bin < series.length; bin += 1) {
    const value = track.read(series, bin);
    rates.push(((value - before) / series.bin_ps) * PS_PER_SECOND);
    before = value;
  }
  return rates;
}

export interface TrackScale {
  readonly x: (at_ps: number) => number;
  readonly y: (rate: number) => number;
  readonly bin_ps: number;
}

/** The step line of the rates, left to right; empty without rates. */
export function stepPath(rates: readonly number[], scale: TrackScale): string {
  let path = '';
  for (const [bin, rate] of rates.entries()) {
    const y = scale.y(rate).toFixed(1);
    path += `${bin === 0 ? `M${scale.x(0).toFixed(1)},${y}` : `V${y}`}H${scale.x((bin + 1) * scale.bin_ps).toFixed(1)}`;
  }
  return path;
}

/** The same, closed along the base line. */
export function areaPath(rates: readonly number[], scale: TrackScale): string {
  const line = stepPath(rates, scale);
  const base = scale.y(0).toFixed(1);
  return line === '' ? '' : `${line}V${base}H${scale.x(0).toFixed(1)}Z`;
}
