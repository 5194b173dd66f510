/* Journeys of whole runs: what the rows say must be the time that passed, to the picosecond. */
import { describe, expect, it } from 'vitest';
import { TLP_KIND } from '../core/pcie/tlp.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { recordedRun, type RecordedRun } from './recordedRun.testing.ts';
import { transactionOf } from './inspectJoin.ts';
import { journeyOf, journeyTotals, type Journey } from './journey.ts';

const BYTES = 16_384;

/** Every journey of a run, once. */
function journeys({ log, document, machine }: RecordedRun): readonly Journey[] {
  const all: Journey[] = [];
  for (let record = log.first; record < log.end; record += 1) {
    if (log.isCpuAccess(record) || log.isCompletion(record) || log.hopBefore(record) >= 0) continue;
    const journey = journeyOf(log, document, machine, record);
    if (journey !== undefined) all.push(journey);
  }
  return all;
}

function firstOf(all: readonly Journey[], kind: number): Journey {
  const found = all.find((journey) => journey.log.kind(journey.request) === kind && journey.stops.length > 1);
  if (found === undefined) throw new Error(`no journey of kind ${kind}`);
  return found;
}

describe.each(['p2p', 'bounce', 'copy'] as const)('journeys of a run, %s', (way) => {
  it('have rows that touch, with spans that touch, and add up to the whole', async () => {
    const all = journeys(await recordedRun(way, BYTES));
    expect(all.length).toBeGreaterThan(50);
    for (const journey of all) {
      let at_ps = journey.begun_ps;
      for (const stop of journey.stops) {
        expect(stop.from_ps).toBe(at_ps);
        for (const span of stop.spans) {
          expect(span.from_ps).toBe(at_ps);
          expect(span.to_ps).toBeGreaterThan(at_ps);
          at_ps = span.to_ps;
        }
        expect(stop.to_ps).toBe(at_ps);
      }
      expect(at_ps).toBe(journey.ended_ps);
      const sum_ps = journeyTotals(journey).reduce((sum, { length_ps }) => sum + length_ps, 0);
      expect(sum_ps).toBe(journey.ended_ps - journey.begun_ps);
    }
  });

  it('last as long as the records of their transactions say', async () => {
    const made = await recordedRun(way, BYTES);
    for (const journey of journeys(made)) {
      const { latency_ps } = transactionOf(made.log, journey.request);
      if (latency_ps !== undefined) expect(journey.ended_ps - journey.begun_ps).toBe(latency_ps);
    }
  });
});

describe('a journey', () => {
  it('of the first peer write crosses a link, the switch and a link, and the switch takes its stated latency', async () => {
    const made = await recordedRun('p2p', BYTES);
    const write = journeys(made).find(
      (journey) => journey.log.kind(journey.request) === TLP_KIND.MWr && journey.stops.length === 3,
    );
    expect(write?.stops.map((stop) => stop.at)).toEqual(['link', 'inside', 'link']);
    const inside = write?.stops[1];
    expect(inside?.spans[0]).toMatchObject({ kind: 'switch', basis: 'stated' });
    expect((inside?.spans[0]?.to_ps ?? 0) - (inside?.spans[0]?.from_ps ?? 0)).toBe(105_000);
    expect(write?.isPosted).toBe(true);
  });

  it('of a read of host memory has the access as it was recorded, and the same journey for its completion', async () => {
    const made = await recordedRun('bounce', BYTES);
    const all = journeys(made);
    const read = firstOf(
      all.filter(({ completion, stops }) => completion >= 0 && stops.some((stop) => stop.at === 'memory')),
      TLP_KIND.MRd,
    );
    const memory = read.stops.find((stop) => stop.at === 'memory');
    expect(memory?.spans).toMatchObject([{ kind: 'memory', basis: 'recorded' }]);
    expect(read.stops.some((stop) => stop.at === 'turn' && stop.leg === 'request')).toBe(true);
    const again = journeyOf(made.log, made.document, made.machine, read.completion);
    expect(again).toEqual(read);
  });

  it('through a slower switch has that much more latency', async () => {
    const slow = structuredClone(defaultMachine);
    const functions = slow.functions.map((fn) =>
      fn.switch === undefined ? fn : { ...fn, switch: { ...fn.switch, latency_ps: 305_000 } },
    );
    const length = (all: readonly Journey[]): number => {
      const { begun_ps, ended_ps } = firstOf(
        all.filter((journey) => journey.stops.length === 3),
        TLP_KIND.MWr,
      );
      return ended_ps - begun_ps;
    };
    const before_ps = length(journeys(await recordedRun('p2p', BYTES)));
    const after_ps = length(journeys(await recordedRun('p2p', BYTES, { ...slow, functions })));
    expect(after_ps - before_ps).toBe(200_000);
  });

  it('of a store-and-forward switch waits for the last bit first', async () => {
    const functions = defaultMachine.functions.map((fn) =>
      fn.switch === undefined ? fn : { ...fn, switch: { ...fn.switch, forwarding: 'storeAndForward' as const } },
    );
    const made = await recordedRun('p2p', BYTES, { ...defaultMachine, functions });
    const write = firstOf(
      journeys(made).filter((journey) => journey.stops.length === 3),
      TLP_KIND.MWr,
    );
    expect(write.stops[1]?.spans.slice(0, 2).map((span) => span.kind)).toEqual(['bits', 'switch']);
  });
});
