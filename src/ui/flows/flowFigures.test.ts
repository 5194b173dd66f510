import { describe, expect, it } from 'vitest';
import type { FlowReport } from '../../core/pcie/flowReport.ts';
import { togetherText } from './flowFigures.ts';

function flow(begun_ps: number, finished_ps: number, throughputBytesPerSecond: number): FlowReport {
  return {
    id: `at ${begun_ps}`,
    name: `at ${begun_ps}`,
    outcome: 'finished',
    reason: undefined,
    bytes: 1,
    operations: 0,
    begun_ps,
    finished_ps,
    throughputBytesPerSecond,
    limits: [],
  };
}

describe('what flows reach together', () => {
  it('is the sum of their rates, as published sums are', () => {
    expect(togetherText({ flows: [flow(0, 9, 2e9), flow(4, 12, 3e9)] })).toMatch(/^5\.00\sGB\/s in all$/);
    expect(togetherText({ flows: [flow(0, 9, 2e9)] })).toMatch(/^2\.00\sGB\/s$/);
  });

  it('is no figure where one ended before another began, or none finished', () => {
    expect(togetherText({ flows: [flow(0, 9, 2e9), flow(20, 29, 3e9)] })).toBe('one after another');
    expect(togetherText({})).toBe('finished');
  });
});
