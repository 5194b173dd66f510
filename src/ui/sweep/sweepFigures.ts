/* What the sweep's chart and table show of its points: one figure for each run, in the unit of the chosen measure. */
import { durationText, fixedText, NO_VALUE, percentText, rateText } from '../../base/format.ts';
import { PS_PER_MS, PS_PER_SECOND, PS_PER_US } from '../../base/units.ts';
import type { SweepOutcome } from '../../store/sweepPool.ts';
import { SWEEP_WAY_NAMES, type SweepPoint, type SweepResult } from '../../store/sweepStore.ts';
import type { TransferWay } from '../../topology/document.ts';
import type { ChartTable } from '../charts/export.ts';
import type { LineMark, PlotLine } from '../charts/LinePlot.tsx';

export type Measure = 'throughput' | 'duration';

/** How figures of a measure are written: divided by `divide`, with fixed decimals. */
export interface MeasureUnit {
  readonly title: string;
  readonly unit: string;
  readonly divide: number;
  readonly decimals: number;
}

const DURATION_UNITS = [
  { unit: 's', divide: PS_PER_SECOND, decimals: 3 },
  { unit: 'ms', divide: PS_PER_MS, decimals: 3 },
  { unit: 'µs', divide: PS_PER_US, decimals: 2 },
] as const;

/** One unit for the whole chart: the largest that its longest run fills. */
export function measureUnit(measure: Measure, result: SweepResult): MeasureUnit {
  if (measure === 'throughput') return { title: 'Throughput', unit: 'GB/s', divide: 1e9, decimals: 2 };
  const longest = Math.max(0, ...figuresOf(result, measure));
  const row = DURATION_UNITS.find(({ divide }) => longest >= divide) ?? DURATION_UNITS[2];
  return { title: 'Duration', ...row };
}

/** Bytes a second, or picoseconds; undefined where the run has no result. */
export function figureOf(outcome: SweepOutcome | undefined, measure: Measure): number | undefined {
  if (outcome?.kind !== 'finished') return undefined;
  return measure === 'throughput' ? outcome.report.throughputBytesPerSecond : outcome.report.duration_ps;
}

/** The closed form in the same terms. */
export function closedFigure(point: SweepPoint, measure: Measure): number | undefined {
  const rate = point.closedForm?.bytesPerSecond;
  if (rate === undefined) return undefined;
  return measure === 'throughput' ? rate : (point.document.transfer.bytes / rate) * PS_PER_SECOND;
}

/** Everything a chart of this measure has to make room for. */
export function figuresOf(result: SweepResult, measure: Measure): readonly number[] {
  return result.points.flatMap((point) => [
    ...result.ways.flatMap((way) => figureOf(point.outcomes[way], measure) ?? []),
    ...[closedFigure(point, measure) ?? []].flat(),
  ]);
}

export function figureText(figure: number | undefined, { divide, decimals }: MeasureUnit): string {
  return figure === undefined ? NO_VALUE : fixedText(figure / divide, decimals);
}

/** `MPS 256 B` */
export function pointName({ parameter }: SweepResult, value: number): string {
  return `${parameter.short} ${parameter.text(value)}`;
}

/** `Sweep of MPS` with the place, if it has one and it is not everywhere. */
export function sweepTitle(result: SweepResult): string {
  const place = result.parameter.targets?.(result.base).find(({ id }) => id === result.target)?.label;
  return place === undefined ? result.parameter.label : `${result.parameter.label}, ${place}`;
}

/** What one run came to, in a sentence without its way and point. */
export function outcomeText(outcome: SweepOutcome): string {
  if (outcome.kind !== 'finished') return `${outcome.kind}: ${outcome.reason}`;
  const { report } = outcome;
  const limit = report.flows?.[0]?.limits[0];
  const limited = limit === undefined ? '' : `; limit: ${limit.text}, ${percentText(limit.share, 0)} of the time`;
  return `${rateText(report.throughputBytesPerSecond)}, ${durationText(report.duration_ps)}${limited}`;
}

const MARKS: Readonly<
  Record<TransferWay, { readonly flow: PlotLine['flow']; readonly mark: LineMark; readonly dashed: boolean }>
> = {
  p2p: { flow: 'p2p', mark: 'disc', dashed: false },
  bounce: { flow: 'bounce', mark: 'square', dashed: false },
  copy: { flow: 'bounce', mark: 'diamond', dashed: true },
};

export function markOf(way: TransferWay): (typeof MARKS)[TransferWay] {
  return MARKS[way];
}

const SEPARATOR = '/';

/** Names one run in the chart: `bounce/3`. */
export function runId(way: TransferWay, index: number): string {
  return `${way}${SEPARATOR}${index}`;
}

export interface RunRef {
  readonly way: TransferWay;
  readonly index: number;
  readonly point: SweepPoint;
}

/** The run behind a mark. */
export function runOf(result: SweepResult, id: string | undefined): RunRef | undefined {
  const [word, place] = (id ?? '').split(SEPARATOR);
  const way = result.ways.find((candidate) => candidate === word);
  const index = Number(place);
  const point = result.points[index];
  return way === undefined || point === undefined ? undefined : { way, index, point };
}

/** One line for each way, with the points that have come back. */
export function linesOf(result: SweepResult, measure: Measure): readonly PlotLine[] {
  return result.ways.map((way) => ({
    id: way,
    ...MARKS[way],
    points: result.points.flatMap((point, index) => {
      const outcome = point.outcomes[way];
      if (outcome === undefined) return [];
      const name = `${SWEEP_WAY_NAMES[way]}, ${pointName(result, point.value)}`;
      return [
        {
          id: runId(way, index),
          x: point.value,
          y: figureOf(outcome, measure),
          sentence: `${name}: ${outcomeText(outcome)}. Opens this run.`,
        },
      ];
    }),
  }));
}

export function computedLine(
  result: SweepResult,
  measure: Measure,
): readonly { readonly x: number; readonly y: number }[] {
  return result.points.flatMap((point) => {
    const y = closedFigure(point, measure);
    return y === undefined ? [] : [{ x: point.value, y }];
  });
}

/** `Gen4 x8`, or how many different links limit along the way. */
export function closedFormWords(result: SweepResult): string | undefined {
  const links = new Set(result.points.flatMap(({ closedForm }) => closedForm?.link ?? []));
  if (links.size === 0) return undefined;
  return links.size === 1 ? [...links].join('') : 'limiting link';
}

/** Why there is no closed form beside the runs; undefined where there is one, or nothing has come back yet. */
export function closedFormAbsence(result: SweepResult): string | undefined {
  if (closedFormWords(result) !== undefined) return undefined;
  if (!result.ways.includes('p2p')) return 'No closed form: the equations are of P2P.';
  const ran = result.points.some(({ outcomes }) => outcomes.p2p?.kind === 'finished');
  return ran ? 'No closed form: the equations are of links below switches, and this path is another.' : undefined;
}

/** Runs without a figure, each reason once with the points it is about. */
export function troubles(
  result: SweepResult,
): readonly { readonly key: string; readonly where: string; readonly reason: string }[] {
  const byReason = new Map<string, { way: TransferWay; kind: string; reason: string; values: number[] }>();
  for (const { value, outcomes } of result.points) {
    for (const way of result.ways) {
      const outcome = outcomes[way];
      if (outcome === undefined || outcome.kind === 'finished') continue;
      const key = `${way} ${outcome.kind} ${outcome.reason}`;
      const row = byReason.get(key) ?? { way, kind: outcome.kind, reason: outcome.reason, values: [] };
      row.values.push(value);
      byReason.set(key, row);
    }
  }
  return [...byReason].map(([key, { way, kind, reason, values }]) => ({
    key,
    where: `${SWEEP_WAY_NAMES[way]} ${kind} at ${values.map((value) => result.parameter.text(value)).join(', ')}`,
    reason,
  }));
}

/** All figures as they came out, for a file: both measures, whatever the chart shows. */
export function exportTable(result: SweepResult): ChartTable {
  const columns = [
    result.parameter.label,
    'Value',
    'Bytes',
    ...result.ways.flatMap((way) => {
      const name = SWEEP_WAY_NAMES[way];
      return [`${name} bytes per second`, `${name} duration ps`, `${name} outcome`, `${name} trace hash`];
    }),
    'Closed form P2P bytes per second',
    'Closed form link',
  ];
  const rows = result.points.map((point) => [
    result.parameter.text(point.value).replace(/\s/g, ' '),
    point.value,
    point.document.transfer.bytes,
    ...result.ways.flatMap((way) => {
      const outcome = point.outcomes[way];
      if (outcome === undefined) return [undefined, undefined, 'not run', undefined];
      if (outcome.kind !== 'finished') return [undefined, undefined, `${outcome.kind}: ${outcome.reason}`, undefined];
      const { throughputBytesPerSecond, duration_ps, traceHash } = outcome.report;
      return [throughputBytesPerSecond, duration_ps, outcome.kind, traceHash];
    }),
    point.closedForm?.bytesPerSecond,
    point.closedForm?.link,
  ]);
  return { columns, rows };
}
