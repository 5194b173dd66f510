import { describe, expect, it } from 'vitest';
import type { ErrorRecord } from '../../core/pcie/faults.ts';
import type { FaultLabState, LaneErrors } from '../../store/faultLab.ts';
import { logRows, recoveries } from './logRows.ts';

function record(serial: number, at_ps: number, change: Partial<ErrorRecord> = {}): ErrorRecord {
  return {
    serial,
    at_ps,
    node: 'p0',
    name: 'Bad TLP',
    bit: 6,
    severity: 'correctable',
    advisory: false,
    header: [],
    message: 'ERR_COR',
    rootPort: 'rp0',
    sentence: '',
    recovery: 'replayed',
    ...change,
  };
}

function lanes(direct: readonly ErrorRecord[], bounced: readonly ErrorRecord[] = []): FaultLabState['lanes'] {
  const of = (records: readonly ErrorRecord[]): LaneErrors => ({ machine: undefined, records, total: records.length });
  return { direct: of(direct), bounced: of(bounced), flows: of([]) };
}

describe('the error log', () => {
  it('folds repetitions and shows both machines, newest first', () => {
    const rows = logRows(
      lanes(
        [record(0, 10), record(1, 20), record(2, 30, { severity: 'fatal', name: 'Surprise Down' })],
        [record(0, 25)],
      ),
      'all',
    );
    expect(rows.map(({ lane, record: { name }, count, last_ps }) => [lane, name, count, last_ps])).toEqual([
      ['direct', 'Surprise Down', 1, 30],
      ['bounced', 'Bad TLP', 1, 25],
      ['direct', 'Bad TLP', 2, 20],
    ]);
  });

  it('keeps the key of a row while it grows', () => {
    const before = logRows(lanes([record(0, 10)]), 'all');
    const after = logRows(lanes([record(0, 10), record(1, 20)]), 'all');
    expect(after[0]?.key).toBe(before[0]?.key);
  });

  it('filters by severity', () => {
    const all = [record(0, 1), record(1, 2, { severity: 'nonFatal' }), record(2, 3, { severity: 'note' })];
    expect(logRows(lanes(all), 'uncorrectable').map(({ record: { serial } }) => serial)).toEqual([1]);
    expect(logRows(lanes(all), 'note').map(({ record: { serial } }) => serial)).toEqual([2]);
  });

  it('counts what recovered, without what was done on purpose', () => {
    const all = [record(0, 1), record(1, 2), record(2, 3, { recovery: 'reset' }), record(3, 4, { severity: 'note' })];
    expect(recoveries(all)).toEqual([
      { text: 'replayed', count: 2 },
      { text: 'reset', count: 1 },
    ]);
  });
});
