import { describe, expect, it } from 'vitest';
import { at } from '../../base/invariant.ts';
import { NO_VALUE } from '../../base/format.ts';
import type { LaneState } from '../../store/session.ts';
import { emptyMachine, finishedReport } from '../../store/fakes.testing.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { BACKGROUND_ROWS, FIGURE_ROWS, IOMMU_ROWS } from './figureRows.ts';

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

function lane(change: Partial<LaneState> = {}): LaneState {
  return {
    way: 'p2p',
    status: 'ready',
    machine: emptyMachine('p2p'),
    view: undefined,
    hops: undefined,
    report: undefined,
    failure: undefined,
    instead: undefined,
    ...change,
  };
}

describe('figures of a race', () => {
  it('say what the CPU’s load on memory got while the job ran, beside what it asked for', () => {
    const row = at(BACKGROUND_ROWS, 0);
    const background = { askedBytesPerSecond: 30e9, achievedBytesPerSecond: 20.45e9 };
    const memory = { ...defaultMachine.host.memory, backgroundBytesPerSecond: 30e9 };
    const document = { ...defaultMachine, host: { ...defaultMachine.host, memory } };
    const bounced = lane({ way: 'bounce', report: finishedReport({ way: 'bounce', background }) });
    expect(plain(row.read(bounced, document))).toMatch(/^20\.4\d* GB\/s$/);
    expect(row.read(lane(), document)).toBe(NO_VALUE);
    expect(plain(row.difference({ document, direct: lane(), bounced }))).toMatch(/^30\.0+ GB\/s asked for$/);
  });

  it('say how many pages the IOMMU had to walk for, and what it refused', () => {
    const row = at(IOMMU_ROWS, 0);
    const iommu = { hits: 1900, misses: 100, faults: 3, waited_ps: 28e6 };
    const bounced = lane({ way: 'bounce', report: finishedReport({ way: 'bounce', iommu }) });
    expect(plain(row.read(bounced, defaultMachine))).toBe('100 of 2 000');
    expect(row.read(lane(), defaultMachine)).toBe(NO_VALUE);
    expect(plain(row.difference({ document: defaultMachine, direct: lane(), bounced }))).toBe(
      '0 and 3 requests refused',
    );
  });

  it('have a row each, under names of their own', () => {
    const labels = [...FIGURE_ROWS, ...BACKGROUND_ROWS, ...IOMMU_ROWS].map((row) => row.label);
    expect(new Set(labels).size).toBe(labels.length);
  });
});
