import { describe, expect, it } from 'vitest';
import type { NumberPoint, ValidationResults } from '../../validation/points.ts';
import { differenceText, plotDomain, plotPoints, pointSentence } from './plotModel.ts';

const POINT: NumberPoint = {
  id: 'R-g3x8',
  section: 'throughput',
  title: 'A row',
  unit: 'B/s',
  model: 7.2e9,
  reference: { low: 7e9, high: 7e9 },
  accepted: { low: 6.93e9, high: 7.21e9 },
  verdict: 'inside',
  role: 'validated',
  calibrates: undefined,
  limitedBy: undefined,
  reason: undefined,
  checks: [],
};

const results = (measurements: readonly NumberPoint[]): ValidationResults => ({
  version: 1,
  model: '0',
  summary: [],
  throughput: [POINT],
  latency: [],
  semantics: [],
  measurements,
});

describe('points of a plot', () => {
  it('are those of one unit that were run, by their reference', () => {
    const measured: NumberPoint = {
      ...POINT,
      id: 'm',
      section: 'measurements',
      reference: { low: 1e9, high: 4e9 },
      model: 3e9,
      role: 'calibrated',
    };
    const notRun: NumberPoint = { ...measured, id: 'n', model: undefined };
    const time: NumberPoint = { ...measured, id: 't', unit: 'ns' };
    const points = plotPoints(results([measured, notRun, time]), 'B/s');
    expect(points.map(({ point, kind }) => [point.id, kind])).toEqual([
      ['m', 'calibrated'],
      ['R-g3x8', 'read'],
    ]);
    expect(points[0]?.reference).toBeCloseTo(2e9);
    expect(points[0]?.difference).toBe(0);
    expect(points[1]?.difference).toBeCloseTo(0.02857, 4);
  });

  it('say all their figures in one sentence', () => {
    const [point] = plotPoints(results([]), 'B/s');
    expect(point === undefined ? '' : pointSentence(point)).toBe(
      'A row: model 7.200 GB/s, reference 7.000 GB/s, +2.86 %, inside',
    );
  });

  it('lie inside the domain, which is wider than they are', () => {
    const { low, high } = plotDomain(plotPoints(results([]), 'B/s'));
    expect(low).toBeLessThan(7e9);
    expect(high).toBeGreaterThan(7.2e9);
  });
});

it('a difference has a sign, but none where it rounds to nothing', () => {
  expect([0.012345, -0.05, -0.000001, undefined].map(differenceText)).toEqual(['+1.23 %', '−5.00 %', '0.00 %', '–']);
});
