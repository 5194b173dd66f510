import { describe, expect, it } from 'vitest';
import { MACHINE_COUNTER, MACHINE_COUNTER_COUNT } from '../../pcie/counters.ts';
import type { ErrorRecord } from '../../pcie/faults.ts';
import { ErrorLog } from './errorLog.ts';

function record(name: string, severity: ErrorRecord['severity']): Omit<ErrorRecord, 'serial'> {
  return {
    at_ps: 0,
    node: 'sw0',
    name,
    bit: undefined,
    severity,
    advisory: false,
    header: [],
    message: undefined,
    rootPort: undefined,
    sentence: '',
    recovery: '',
  };
}

describe('the log of errors', () => {
  it('counts all records and keeps what explains the many', () => {
    const counters = new Float64Array(MACHINE_COUNTER_COUNT);
    const log = new ErrorLog(counters);
    log.add(record('Injected: surprise removal', 'note'));
    log.add(record('Surprise Down', 'fatal'));
    for (let count = 0; count < 10_000; count++) log.add(record('Unsupported Request', 'nonFatal'));
    log.add(record('Bad TLP', 'correctable'));
    expect(log.total).toBe(10_003);
    expect(log.bySeverity).toEqual({ correctable: 1, nonFatal: 10_000, fatal: 1 });
    expect(counters[MACHINE_COUNTER.uncorrectableErrors]).toBe(10_001);
    expect(log.kept.length).toBeLessThanOrEqual(2048);
    expect(log.kept.slice(0, 2).map(({ serial, name }) => [serial, name])).toEqual([
      [0, 'Injected: surprise removal'],
      [1, 'Surprise Down'],
    ]);
    expect(log.kept.at(-1)?.serial).toBe(10_002);
  });
});
