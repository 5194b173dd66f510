/*
 * What charts over simulated time show, as plain data: panels of tracks of lines, and the figures of a line at an
 * instant, in a range and bin by bin. No drawing.
 */
import { PS_PER_US } from '../../base/units.ts';
import type { MachineView, SeriesView } from '../../engine/clientInterface.ts';
import type { ChartFlow } from './chartHandles.ts';

/** Something that adds up: its rate is shown. */
export interface TotalRead {
  readonly kind: 'total';
  /** Cumulative value at the end of a bin; 0 at the end of bin −1. */
  readonly total: (series: SeriesView, bin: number) => number;
  /** What one unit of it in a picosecond is, in the unit of the panel. */
  readonly scale: number;
}

/** Something that goes up and down: samples of it are shown. */
export interface SampleRead {
  readonly kind: 'sample';
  readonly mean: (series: SeriesView, bin: number) => number;
  readonly most: (series: SeriesView, bin: number) => number;
}

/** One machine's line in a track. */
export interface ChartLine {
  /** `P2P`, `Bounce` */
  readonly name: string;
  readonly flow: ChartFlow;
  readonly view: MachineView | undefined;
  readonly read: TotalRead | SampleRead;
}

export interface ChartTrack {
  readonly id: string;
  /** `nic0 to 02:01.0` */
  readonly label: string;
  readonly lines: readonly ChartLine[];
  /** Upper end of its scale, and the dotted line; undefined = its own highest value. */
  readonly limit: number | undefined;
}

export interface ChartPanel {
  readonly id: string;
  readonly title: string;
  /** `GB/s` */
  readonly unit: string;
  readonly decimals: number;
  readonly tracks: readonly ChartTrack[];
  /** What is said where there is no track. */
  readonly quiet: string;
  /** Least upper end of a scale without a limit. */
  readonly leastScale: number;
}

/** Rates are means over at least this, where bins are narrower: some dozens of packets of a fast link. */
export const LEAST_MEAN_PS = 0.5 * PS_PER_US;

/** The value of one bin, as tables and files hold it. */
export function binValue(read: TotalRead | SampleRead, series: SeriesView, bin: number): number {
  return read.kind === 'sample' ? read.mean(series, bin) : rateOver(read, series, bin, 1);
}

function rateOver(read: TotalRead, series: SeriesView, bin: number, bins: number): number {
  const before = Math.max(-1, bin - bins);
  const start = before < 0 ? 0 : read.total(series, before);
  return (Math.max(0, read.total(series, bin) - start) / ((bin - before) * series.bin_ps)) * read.scale;
}

/** The value of one bin as it is drawn: rates are smoothed over {@link LEAST_MEAN_PS}. */
export function drawnValue(read: TotalRead | SampleRead, series: SeriesView, bin: number): number {
  if (read.kind === 'sample') return read.mean(series, bin);
  return rateOver(read, series, bin, Math.max(1, Math.ceil(LEAST_MEAN_PS / series.bin_ps)));
}

/** The highest value in a bin: of its samples, or the rate as it is drawn. */
export function drawnMost(read: TotalRead | SampleRead, series: SeriesView, bin: number): number {
  return read.kind === 'sample' ? read.most(series, bin) : drawnValue(read, series, bin);
}

export interface TimeRange {
  readonly from_ps: number;
  readonly to_ps: number;
}

/** Mean over a range, as far as there are bins; undefined where there are none. Bins that are cut count in part. */
export function meanOver(read: TotalRead | SampleRead, series: SeriesView, range: TimeRange): number | undefined {
  const { length } = series;
  const { bin_ps } = series;
  const to_ps = Math.min(range.to_ps, length * bin_ps);
  const from_ps = Math.max(0, range.from_ps);
  if (to_ps <= from_ps) return undefined;
  let sum = 0;
  for (let bin = Math.floor(from_ps / bin_ps); bin < length && bin * bin_ps < to_ps; bin += 1) {
    const covered = Math.min(to_ps, (bin + 1) * bin_ps) - Math.max(from_ps, bin * bin_ps);
    sum += binValue(read, series, bin) * covered;
  }
  return sum / (to_ps - from_ps);
}

/** The highest value drawn in a range; undefined where there are no bins. */
export function mostOver(read: TotalRead | SampleRead, series: SeriesView, range: TimeRange): number | undefined {
  const { length } = series;
  const { bin_ps } = series;
  let most: number | undefined;
  for (
    let bin = Math.max(0, Math.floor(range.from_ps / bin_ps));
    bin < length && bin * bin_ps < range.to_ps;
    bin += 1
  ) {
    most = Math.max(most ?? 0, drawnMost(read, series, bin));
  }
  return most;
}

/** What is drawn at an instant, for the bin being filled that of the bin before; undefined where nothing has been recorded. */
export function valueAt(read: TotalRead | SampleRead, series: SeriesView, at_ps: number): number | undefined {
  const { length } = series;
  const bin = Math.floor(at_ps / series.bin_ps);
  if (length === 0 || bin > length) return undefined;
  return drawnValue(read, series, Math.min(length - 1, Math.max(0, bin)));
}

/** A table as it is saved: plain numbers, units in the headings. */
export interface PanelTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | undefined)[])[];
}

/** Digits after the point of figures in tables and files. */
export const TABLE_DECIMALS = 4;
/** Of microseconds: bins end at whole nanoseconds. */
export const TIME_DECIMALS = 3;
const rounded = (value: number): number => Number(value.toFixed(TABLE_DECIMALS));

/**
 * Every bin of every line, in order of time. Where machines have bins of different widths, rows are as wide as the
 * widest, and the others have their mean over it.
 */
export function panelTable(panel: ChartPanel): PanelTable {
  const lines = panel.tracks.flatMap((track) => track.lines.map((line) => ({ track, line })));
  // Reading the length first fixes which width the series has.
  const ends = lines.map(({ line }) => (line.view?.series.length ?? 0) * (line.view?.series.bin_ps ?? 0));
  const width_ps = Math.max(0, ...lines.map(({ line }) => line.view?.series.bin_ps ?? 0));
  const rows = width_ps === 0 ? 0 : Math.ceil(Math.max(0, ...ends) / width_ps);
  const several = panel.tracks.some((track) => track.lines.length > 1);
  return {
    columns: [
      'Bin ends at (µs)',
      ...lines.map(({ track, line }) => `${track.label}${several ? `, ${line.name}` : ''} (${panel.unit})`),
    ],
    rows: Array.from({ length: rows }, (_, row) => [
      ((row + 1) * width_ps) / PS_PER_US,
      ...lines.map(({ line }) => figureOver(line, { from_ps: row * width_ps, to_ps: (row + 1) * width_ps })),
    ]),
  };
}

function figureOver({ view, read }: ChartLine, range: TimeRange): number | undefined {
  const mean = view === undefined ? undefined : meanOver(read, view.series, range);
  return mean === undefined ? undefined : rounded(mean);
}
