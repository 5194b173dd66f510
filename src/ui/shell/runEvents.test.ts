import { describe, expect, it } from 'vitest';
import type { ErrorRecord } from '../../core/pcie/faults.ts';
import { emptyMachine } from '../../store/fakes.testing.ts';
import { newSentences } from './useRunEvents.ts';

function record(serial: number, name: string): ErrorRecord {
  return {
    serial,
    at_ps: serial,
    node: 'nic0',
    name,
    bit: undefined,
    severity: 'nonFatal',
    advisory: false,
    header: [],
    message: undefined,
    rootPort: undefined,
    sentence: `${name} number ${serial}.`,
    recovery: '',
  };
}

const machine = emptyMachine('p2p');
const none = { machine, records: [], total: 0 };

describe('what is said of error records', () => {
  it('is each sentence of a few, and only of new ones', () => {
    const records = [record(0, 'Bad TLP'), record(1, 'Link down')];
    expect(newSentences({ machine, records, total: 2 }, none)).toEqual(['Bad TLP number 0.', 'Link down number 1.']);
    expect(newSentences({ machine, records, total: 2 }, { machine, records: records.slice(0, 1), total: 1 })).toEqual([
      'Link down number 1.',
    ]);
  });

  it('is the first of many, and how often each kind followed', () => {
    const records = [
      record(0, 'Injected: surprise removal'),
      ...Array.from({ length: 5 }, (_, index) => record(index + 1, 'Unsupported Request')),
      record(6, 'Surprise Down'),
    ];
    expect(newSentences({ machine, records, total: 7 }, none)).toEqual([
      'Injected: surprise removal number 0.',
      'Then Unsupported Request 5 times, Surprise Down.',
    ]);
  });

  it('starts anew with another machine', () => {
    const records = [record(0, 'Bad TLP')];
    const other = { ...machine };
    expect(newSentences({ machine: other, records, total: 1 }, { machine, records, total: 1 })).toHaveLength(1);
  });
});
