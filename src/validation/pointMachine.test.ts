import { describe, expect, it } from 'vitest';
import { privateStorage } from '../base/storage.ts';
import { SimulatedMachine } from '../engine/machine/simulatedMachine.ts';
import type { RunReport } from '../engine/protocol.ts';
import { pointMachine } from './pointMachine.ts';
import { throughputRows } from './throughputRows.ts';

function runOf(id: string): RunReport {
  const document = pointMachine({ id, section: 'throughput' })?.document;
  if (document === undefined) throw new Error(`${id} has no machine`);
  const { transfer } = document;
  const made = SimulatedMachine.create({ document, transfer, way: 'flows', seed: 1, storage: privateStorage });
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  made.value.runUntil(Infinity, Infinity);
  if (made.value.report === undefined) throw new Error(`${id} did not end`);
  return made.value.report;
}

/** Rows that need nothing of the far port that a root port does not do. */
const PLAIN = [
  'R-g3x8-m256-q512-r64-a64-e0-s512',
  'W-g4x16-m512-q512-r64-a64-e0-s4096',
  'R-g5x16-m256-q1024-r64-a64-e0-s512',
  'W-g6x4-m128-q512-r64-a64-e0-s256',
];

describe('the machine that opens for a throughput row', () => {
  it.each(PLAIN)('gives the rate of %s', (id) => {
    const report = runOf(id);
    expect(report.outcome).toBe('finished');
    const nominal = throughputRows().find((row) => row.id === id)?.expected.nominalBytesPerSecond ?? 0;
    const [flow] = report.flows ?? [];
    expect(flow?.limits[0]?.kind).toBe('wire');
    expect((flow?.throughputBytesPerSecond ?? 0) / nominal).toBeGreaterThan(0.98);
    expect((flow?.throughputBytesPerSecond ?? 0) / nominal).toBeLessThan(1.02);
  });

  it('says how it differs from the row where it cannot be the same', () => {
    const noteOf = (id: string): string => pointMachine({ id, section: 'throughput' })?.note ?? '';
    expect(noteOf('R-g2x8-m256-q512-r64c-a64-e0-s512')).toContain('not of the boundary');
    expect(noteOf('RW-g2x8-m256-q512-r64c-a64-e0-s64')).toContain('two flows');
    expect(pointMachine({ id: 'no such row', section: 'throughput' })).toBeUndefined();
  });
});
