/* What the plots show of the results: which points, of which kind, where. Plain data, no drawing. */
import { deviation, figureText, spanText, VERDICT_WORDS } from '../../validation/figures.ts';
import type { NumberPoint, ValidationResults } from '../../validation/points.ts';

export type PlotUnit = 'B/s' | 'ns';
/** In the order of the legend. */
export const PLOT_KINDS = ['write', 'read', 'readwrite', 'latency', 'validated', 'calibrated'] as const;
export type PlotKind = (typeof PLOT_KINDS)[number];

export interface PlotPoint {
  readonly point: NumberPoint;
  readonly kind: PlotKind;
  readonly model: number;
  /** Middle of the reference, in its scale's own sense. */
  readonly reference: number;
  readonly difference: number;
  /** Accepted differences. */
  readonly least: number;
  readonly most: number;
}

export const KIND_WORDS: Readonly<Record<PlotKind, string>> = {
  write: 'writes',
  read: 'reads',
  readwrite: 'reads and writes',
  latency: 'latency table',
  validated: 'measured, validated',
  calibrated: 'measured, calibrated',
};

function kindOf({ section, id, role }: NumberPoint): PlotKind {
  if (section === 'measurements') return role;
  if (section === 'latency') return 'latency';
  if (id.startsWith('RW-')) return 'readwrite';
  return id.startsWith('R-') ? 'read' : 'write';
}

/** Points of one unit that were run, by reference, so that arrows walk from left to right. */
export function plotPoints(results: ValidationResults, unit: PlotUnit): readonly PlotPoint[] {
  return [...results.throughput, ...results.latency, ...results.measurements]
    .flatMap((point): readonly PlotPoint[] => {
      const { model, reference, accepted } = point;
      const difference = deviation(point);
      if (point.unit !== unit || model === undefined || difference === undefined) return [];
      return [
        {
          point,
          kind: kindOf(point),
          model,
          reference: Math.sqrt(reference.low * reference.high),
          difference,
          least: accepted.low / reference.low - 1,
          most: accepted.high / reference.high - 1,
        },
      ];
    })
    .toSorted((a, b) => a.reference - b.reference || (a.point.id < b.point.id ? -1 : 1));
}

/** `+1.24 %`; nothing where the model is within a published range. */
export function differenceText(fraction: number | undefined): string {
  if (fraction === undefined) return '–';
  const text = (Math.abs(fraction) * 100).toFixed(2);
  if (text === '0.00') return '0.00 %';
  return `${fraction > 0 ? '+' : '−'}${text} %`;
}

/** What a point says to somebody who does not see it. */
export function pointSentence({ point, difference }: PlotPoint): string {
  const { title, unit, model, reference, verdict } = point;
  const gives = model === undefined ? 'not run' : `model ${figureText(model, unit)}`;
  return `${title}: ${gives}, reference ${spanText(reference, unit)}, ${differenceText(difference)}, ${VERDICT_WORDS[verdict]}`;
}

export interface PlotDomain {
  readonly low: number;
  readonly high: number;
}

/** Round ends around all references and models. */
export function plotDomain(points: readonly PlotPoint[]): PlotDomain {
  const values = points.flatMap(({ model, point }) => [model, point.reference.low, point.reference.high]);
  if (values.length === 0) return { low: 1, high: 10 };
  return { low: Math.min(...values) / 1.25, high: Math.max(...values) * 1.25 };
}
