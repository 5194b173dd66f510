import { describe, expect, it } from 'vitest';
import { EMPTY_SERIES, type MachineView, type SeriesView } from '../../engine/clientInterface.ts';
import {
  binValue,
  type ChartPanel,
  drawnMost,
  drawnValue,
  meanOver,
  mostOver,
  panelTable,
  type SampleRead,
  type TotalRead,
  valueAt,
} from './panelData.ts';

const RATE: TotalRead = { kind: 'total', total: (series, bin) => series.arrived(bin), scale: 1 };
const SAMPLED: SampleRead = {
  kind: 'sample',
  mean: (series, bin) => series.taken(bin, 0),
  most: (series, bin) => series.mostTaken(bin, 0),
};

/** Bytes that each bin adds. */
function series(added: readonly number[], bin_ps: number): SeriesView {
  const totals = added.map((_, bin) => added.slice(0, bin + 1).reduce((sum, bytes) => sum + bytes, 0));
  return {
    ...EMPTY_SERIES,
    bin_ps,
    length: added.length,
    arrived: (bin) => (bin < 0 ? 0 : (totals[bin] ?? 0)),
    taken: (bin) => added[bin] ?? 0,
    mostTaken: (bin) => 2 * (added[bin] ?? 0),
  };
}

function view(of: SeriesView): MachineView {
  return {
    machineCounters: new Float64Array(0),
    linkCounters: new Float64Array(0),
    functionCounters: new Float64Array(0),
    memoryCounters: new Float64Array(0),
    flowCounters: new Float64Array(0),
    series: of,
    drainHops: () => 0,
    readMemory: () => false,
  };
}

const WIDE = 1_000_000;

describe('figures of a line', () => {
  const wide = series([WIDE, 3 * WIDE, 0, 2 * WIDE], WIDE);

  it('are rates of what a bin added, and samples as they are', () => {
    expect([0, 1, 2, 3].map((bin) => binValue(RATE, wide, bin))).toEqual([1, 3, 0, 2]);
    expect(binValue(SAMPLED, wide, 1)).toBe(3 * WIDE);
    expect(drawnMost(SAMPLED, wide, 1)).toBe(6 * WIDE);
  });

  it('average over a range, bins that are cut in part', () => {
    expect(meanOver(RATE, wide, { from_ps: 0, to_ps: 4 * WIDE })).toBe(1.5);
    expect(meanOver(RATE, wide, { from_ps: WIDE / 2, to_ps: 2 * WIDE })).toBeCloseTo((0.5 + 3) / 1.5);
    expect(meanOver(RATE, wide, { from_ps: 3 * WIDE, to_ps: 9 * WIDE })).toBe(2);
    expect(meanOver(RATE, wide, { from_ps: 5 * WIDE, to_ps: 9 * WIDE })).toBeUndefined();
    expect(mostOver(RATE, wide, { from_ps: 0, to_ps: 4 * WIDE })).toBe(3);
    expect(mostOver(SAMPLED, wide, { from_ps: 2 * WIDE, to_ps: 4 * WIDE })).toBe(4 * WIDE);
    expect(mostOver(RATE, series([], WIDE), { from_ps: 0, to_ps: WIDE })).toBeUndefined();
  });

  it('are drawn as means over half a microsecond where bins are narrower', () => {
    const narrow = series([600_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 100_000);
    expect(binValue(RATE, narrow, 0)).toBe(6);
    expect(drawnValue(RATE, narrow, 0)).toBe(6);
    expect(drawnValue(RATE, narrow, 4)).toBeCloseTo(1.2);
    expect(drawnValue(RATE, narrow, 5)).toBe(0);
    expect(drawnValue(RATE, wide, 1)).toBe(3);
  });

  it('at an instant are those of its bin, and none where nothing was recorded', () => {
    expect(valueAt(RATE, wide, WIDE)).toBe(3);
    expect(valueAt(RATE, wide, 4 * WIDE)).toBe(2);
    expect(valueAt(RATE, wide, 5 * WIDE)).toBeUndefined();
    expect(valueAt(RATE, series([], WIDE), 0)).toBeUndefined();
  });

  it('never fall below zero where a count was corrected', () => {
    expect(binValue(RATE, series([WIDE, -WIDE], WIDE), 1)).toBe(0);
  });
});

describe('the table of a panel', () => {
  const panel = (lines: readonly SeriesView[]): ChartPanel => ({
    id: 'p',
    title: 'Panel',
    unit: 'GB/s',
    decimals: 2,
    quiet: '',
    leastScale: 1,
    tracks: [
      {
        id: 't',
        label: 'Track',
        limit: undefined,
        lines: lines.map((one, index) => ({
          name: index === 0 ? 'P2P' : 'Bounce',
          flow: 'p2p',
          view: view(one),
          read: RATE,
        })),
      },
    ],
  });

  it('has a row for each bin', () => {
    expect(panelTable(panel([series([WIDE, 3 * WIDE], WIDE)]))).toEqual({
      columns: ['Bin ends at (µs)', 'Track (GB/s)'],
      rows: [
        [1, 1],
        [2, 3],
      ],
    });
  });

  it('has rows of the widest bins, and nothing where a machine has ended', () => {
    const table = panelTable(panel([series([WIDE, 3 * WIDE], WIDE), series([2 * WIDE, 4 * WIDE], 2 * WIDE)]));
    expect(table.columns).toEqual(['Bin ends at (µs)', 'Track, P2P (GB/s)', 'Track, Bounce (GB/s)']);
    expect(table.rows).toEqual([
      [2, 2, 1],
      [4, undefined, 2],
    ]);
  });

  it('is empty before anything was recorded', () => {
    expect(panelTable(panel([series([], WIDE)])).rows).toEqual([]);
    expect(panelTable({ ...panel([]), tracks: [] }).rows).toEqual([]);
  });
});
