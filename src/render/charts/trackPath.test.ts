import { describe, expect, it } from 'vitest';
import type { SeriesView } from '../../engine/clientInterface.ts';
import type { ThroughputTrack } from './chartHandles.ts';
import { areaPath, stepPath, trackRates } from './trackPath.ts';

const cumulative = [100, 300, 300];
const series: SeriesView = {
  bin_ps: 1000,
  length: cumulative.length,
  arrived: (bin) => cumulative[bin] ?? 0,
  memory: () => 0,
  link: () => 0,
};
const track: ThroughputTrack = {
  id: 'a',
  label: 'a',
  direction: undefined,
  flow: 'p2p',
  read: (view, bin) => view.arrived(bin),
  limitBytesPerSecond: undefined,
};
const scale = { x: (at_ps: number) => at_ps / 100, y: (rate: number) => 10 - rate / 1e11, bin_ps: 1000 };

describe('tracks', () => {
  it('the rate of a bin is what it added, by its width', () => {
    expect(trackRates(track, series)).toEqual([1e11, 2e11, 0]);
  });

  it('rates become steps, and an area down to the base line', () => {
    const rates = trackRates(track, series);
    expect(stepPath(rates, scale)).toBe('M0.0,9.0H10.0V8.0H20.0V10.0H30.0');
    expect(areaPath(rates, scale)).toBe('M0.0,9.0H10.0V8.0H20.0V10.0H30.0V10.0H0.0Z');
    expect(areaPath([], scale)).toBe('');
  });
});
