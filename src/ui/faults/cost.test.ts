import { describe, expect, it } from 'vitest';
import { PS_PER_US } from '../../base/units.ts';
import { LINK_COUNTER, LINK_COUNTER_COUNT, MACHINE_COUNTER, MACHINE_COUNTER_COUNT } from '../../core/pcie/counters.ts';
import { EMPTY_SERIES } from '../../engine/clientInterface.ts';
import type { LaneState } from '../../store/session.ts';
import { emptyMachine, finishedReport } from '../../store/fakes.testing.ts';
import { COST_ROWS, outcomeSentence, splitOf } from './cost.ts';

/** 1 MB in the first 100 µs, 0.25 MB in the next; one link direction replayed 3 TLPs in 1 µs. */
function lane(change: Partial<LaneState> = {}): LaneState {
  const machineCounters = new Float64Array(MACHINE_COUNTER_COUNT);
  machineCounters[MACHINE_COUNTER.now_ps] = 200 * PS_PER_US;
  machineCounters[MACHINE_COUNTER.arrivedBytes] = 1.25e6;
  machineCounters[MACHINE_COUNTER.correctableErrors] = 3;
  const linkCounters = new Float64Array(4 * LINK_COUNTER_COUNT);
  linkCounters[LINK_COUNTER_COUNT + LINK_COUNTER.replayedTlps] = 2;
  linkCounters[3 * LINK_COUNTER_COUNT + LINK_COUNTER.replayedTlps] = 1;
  linkCounters[LINK_COUNTER_COUNT + LINK_COUNTER.replayBusy_ps] = PS_PER_US;
  const series = {
    ...EMPTY_SERIES,
    bin_ps: 10 * PS_PER_US,
    length: 20,
    arrived: (bin: number) => (bin < 10 ? (bin + 1) * 1e5 : 1e6 + (bin - 9) * 25_000),
  };
  const view = {
    machineCounters,
    linkCounters,
    functionCounters: new Float64Array(0),
    memoryCounters: new Float64Array(0),
    flowCounters: new Float64Array(0),
    series,
    drainHops: () => 0,
    readMemory: () => true,
  };
  return {
    way: 'p2p',
    status: 'ready',
    machine: emptyMachine('p2p'),
    view,
    hops: undefined,
    report: undefined,
    failure: undefined,
    instead: undefined,
    ...change,
  };
}

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

function figures(planned_ps: number | undefined): Readonly<Record<string, string>> {
  const state = lane();
  const split = splitOf('direct', state, [], planned_ps);
  return Object.fromEntries(COST_ROWS.map((row) => [row.label, plain(row.read(state, split))]));
}

describe('what faults cost', () => {
  it('is the rate before the first one and since', () => {
    expect(figures(100 * PS_PER_US)).toMatchObject({
      'Throughput before the first fault': '10.00 GB/s',
      'Throughput since': '2.50 GB/s',
      'TLPs sent again': '3',
      'Time spent replaying': '1.00 µs, 0.50 %',
      'Correctable errors': '3',
    });
  });

  it('has no before and since where nothing was hit yet', () => {
    expect(figures(undefined)['Throughput since']).toBe('–');
    expect(figures(300 * PS_PER_US)['Throughput since']).toBe('–');
  });

  it('counts from an injection that was taken, if it came first', () => {
    const injected = { lane: 'direct' as const, at_ps: 50 * PS_PER_US, arrivedBytes: 5e5, begun_ps: 0 };
    const injection = { serial: 0, fault: { kind: 'linkDown', link: 'p' } as const };
    const state = lane();
    const taken = splitOf(
      'direct',
      state,
      [{ ...injection, lanes: [{ ...injected, refused: undefined }] }],
      100 * PS_PER_US,
    );
    expect(taken?.at_ps).toBe(50 * PS_PER_US);
    const later = { ...injected, refused: undefined, at_ps: 300 * PS_PER_US };
    expect(splitOf('direct', state, [{ ...injection, lanes: [later] }], undefined)).toBeUndefined();
    expect(
      splitOf('direct', state, [{ ...injection, lanes: [{ ...injected, refused: 'no' }] }], undefined),
    ).toBeUndefined();
  });

  it('ends in one sentence', () => {
    expect(outcomeSentence(lane())).toBe('Still under way.');
    expect(outcomeSentence(lane({ report: finishedReport({ sourceCrc32: 1, destinationCrc32: 1 }) }))).toContain(
      'every byte arrived',
    );
    expect(outcomeSentence(lane({ report: finishedReport({ sourceCrc32: 1, destinationCrc32: 2 }) }))).toContain(
      'wrong bytes',
    );
    expect(outcomeSentence(lane({ report: finishedReport({ outcome: 'failed', reason: 'nic0 is gone.' }) }))).toBe(
      'It failed: nic0 is gone.',
    );
  });
});
