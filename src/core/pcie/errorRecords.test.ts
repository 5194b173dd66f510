import { describe, expect, it } from 'vitest';
import { condensedRecords } from './errorRecords.ts';
import type { ErrorRecord } from './faults.ts';

function record(serial: number, name: string, severity: ErrorRecord['severity'] = 'nonFatal'): ErrorRecord {
  return {
    serial,
    at_ps: serial,
    node: 'sw0',
    name,
    bit: 20,
    severity,
    advisory: false,
    header: [],
    message: undefined,
    rootPort: undefined,
    sentence: '',
    recovery: 'dropped',
  };
}

describe('a full list of error records', () => {
  it('keeps what began it, the first of each trouble and the newest', () => {
    const records = [
      record(0, 'Injected: surprise removal', 'note'),
      record(1, 'Surprise Down', 'fatal'),
      ...Array.from({ length: 14 }, (_, index) => record(index + 2, 'Unsupported Request')),
    ];
    expect(condensedRecords(records, 16).map(({ serial }) => serial)).toEqual([0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it('does not fill up with notes', () => {
    const records = Array.from({ length: 16 }, (_, serial) => record(serial, `note ${serial}`, 'note'));
    expect(condensedRecords(records, 16)).toHaveLength(8);
  });
});
