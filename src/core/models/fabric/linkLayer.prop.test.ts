/*
 * Random machines, random traffic, random wrong bits and injected faults: nothing is lost but with a link that goes down,
 * everything arrives once and in order, machines come to rest, runs repeat, and the time of every link is accounted for.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINK_COUNTER, LINK_COUNTER_COUNT } from '../../pcie/counters.ts';
import type { FaultSpec } from '../../pcie/faults.ts';
import type { CreditSpec, LinkEndSpec } from '../../pcie/machineSpec.ts';
import { FLOW } from '../../pcie/tlp.ts';
import { SparseMemory } from '../../sim/sparseMemory.ts';
import type { Hardware } from '../hardware.ts';
import { builtMachine, device, switchOf, TestFunction, type TestMachine } from '../machines.testing.ts';
import { linkShare, problems } from './links.testing.ts';

const BAR_BYTES = 2 ** 20;
const DEVICES = ['d0', 'd1', 'r0'];
const PORTS = ['rp0', 'rp1', 'sw.0', 'sw.1'];

const shape = fc.record({
  gen: fc.array(fc.constantFrom(1 as const, 3 as const, 4 as const, 5 as const, 6 as const), {
    minLength: 4,
    maxLength: 4,
  }),
  width: fc.array(fc.constantFrom(1 as const, 4 as const, 16 as const), { minLength: 4, maxLength: 4 }),
  forwarding: fc.constantFrom('cutThrough' as const, 'storeAndForward' as const),
  mpsBytes: fc.constantFrom(128, 256, 512),
  credits: fc.oneof(
    fc.constant<CreditSpec>({}),
    fc.record({
      postedHeader: fc.integer({ min: 1, max: 4 }),
      postedData: fc.integer({ min: 32, max: 64 }),
      nonPostedHeader: fc.integer({ min: 1, max: 3 }),
      completionHeader: fc.integer({ min: 1, max: 4 }),
      completionData: fc.integer({ min: 32, max: 64 }),
    }),
  ),
});
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

/** d0 and d1 below a switch, r0 at a root port of its own. */
function machineOf(choice: Shape, extra: Partial<LinkEndSpec>): TestMachine {
  const { credits, mpsBytes } = choice;
  const link = (index: number): LinkEndSpec => ({
    maxGen: choice.gen[index] ?? 4,
    maxWidth: choice.width[index] ?? 4,
    ...extra,
  });
  const one = (id: string, index: number) => device(id, link(index), { barBytes: BAR_BYTES, credits });
  const ports = ['d0', 'd1'].map((id, index) => ({ link: link(index), below: one(id, index), credits }));
  const below = switchOf('sw', link(2), ports, { parameters: { forwarding: choice.forwarding }, credits });
  return {
    ports: [
      { link: link(2), below },
      { link: link(3), below: one('r0', 3), credits },
    ],
    mpsBytes,
  };
}

const job = fc.record({
  to: fc.nat(2),
  kind: fc.constantFrom('write' as const, 'read' as const),
  offset: fc.nat(5000),
  lengthBytes: fc.integer({ min: 1, max: 12_000 }),
});
/** One job of each device. */
const jobs = fc.array(job, { minLength: 3, maxLength: 3 });
type Jobs = typeof jobs extends fc.Arbitrary<infer T> ? T : never;

interface Played {
  readonly hardware: Hardware;
  /** Names what has not arrived as it should. */
  readonly wrong: () => readonly string[];
}

function start(machine: TestMachine, work: Jobs): Played {
  const hardware = builtMachine(machine);
  const functions = DEVICES.map((id) => new TestFunction(hardware, id));
  const checks: (() => string | undefined)[] = [];
  for (const [from, { to, kind, offset, lengthBytes }] of work.entries()) {
    const source = functions[from];
    const target = functions[to];
    if (source === undefined || target === undefined || source === target) continue;
    const place = from * 65_536 + offset;
    const bytes = Uint8Array.from({ length: lengthBytes }, (_, at) => (at * 7 + from * 31 + (at >> 8)) & 0xff);
    const data = new SparseMemory(hardware.arena, lengthBytes);
    data.writeFrom(0, lengthBytes, bytes, 0);
    if (kind === 'write') {
      source.writeAll(target.base + place, lengthBytes, data, FLOW.p2p);
      checks.push(() => (data.equals(0, lengthBytes, target.memory, place) ? undefined : `write of ${from}`));
    } else {
      target.memory.writeFrom(place, lengthBytes, bytes, 0);
      source.readAll(target.base + place, lengthBytes, FLOW.p2p);
      checks.push(() => {
        const isGood = source.done.every(([, status]) => status === 0);
        return isGood && data.equals(0, lengthBytes, source.received, 0) ? undefined : `read of ${from}`;
      });
    }
  }
  return { hardware, wrong: () => checks.flatMap((check) => check() ?? []) };
}

const port = fc.constantFrom(...PORTS);
const direction = fc.constantFrom('up' as const, 'down' as const);
const count = fc.integer({ min: 1, max: 3 });
/** What delays traffic but loses nothing. */
const nuisance: fc.Arbitrary<FaultSpec> = fc.oneof(
  fc.record({ kind: fc.constant('corruptTlp' as const), link: port, direction, count }),
  fc.record({ kind: fc.constant('loseAcks' as const), link: port, direction, count }),
  fc.record({ kind: fc.constant('bitErrors' as const), link: port, direction, rate: fc.constantFrom(0, 1e-6, 1e-4) }),
  fc.record({ kind: fc.constant('retrain' as const), link: port }),
);
/** What loses TLPs. */
const outage: fc.Arbitrary<FaultSpec> = fc.oneof(
  fc.record({ kind: fc.constant('linkDown' as const), link: port }),
  fc.record({ kind: fc.constant('linkUp' as const), link: port }),
  fc.record({ kind: fc.constant('hotReset' as const), link: port }),
);
const at = fc.integer({ min: 0, max: 20_000_000 });
const plan = <T>(fault: fc.Arbitrary<T>) => fc.array(fc.tuple(at, fault), { maxLength: 8 });
const rate = fc.constantFrom(0, 1e-7, 1e-5, 1e-4);

function errorTimes(hardware: Hardware | undefined) {
  return hardware?.errors.kept.map(({ at_ps, name }) => [at_ps, name]);
}

/** Runs to the end, breaking things on the way. @param slice_ps stop so often, at times that mean nothing. */
function play({ hardware }: Played, faults: readonly (readonly [number, FaultSpec])[], slice_ps = Infinity): void {
  for (const [at_ps, fault] of [...faults].sort(([a], [b]) => a - b)) {
    while (hardware.now_ps < at_ps) hardware.runUntil(Math.min(at_ps, hardware.now_ps + slice_ps), Infinity);
    hardware.inject(fault);
  }
  const slices = slice_ps === Infinity ? 0 : 200;
  for (let count = 0; count < slices; count++) hardware.runUntil(hardware.now_ps + slice_ps, 37);
  expect(hardware.runUntil(20_000_000_000_000, 5_000_000)).not.toBe('budget');
  expect(hardware.runUntil(Infinity, 5_000_000)).toBe('idle');
  expectShares(hardware);
}

/** No direction of a machine at rest was busy for more time than there was. */
function expectShares(hardware: Hardware): void {
  for (let segment = 0; segment < 2 * hardware.links.length; segment++) {
    const { shares, sum } = linkShare(hardware, segment);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
    expect(Math.abs(sum - 1)).toBeLessThanOrEqual(1e-9);
  }
}

describe('links on which things go wrong', () => {
  it('deliver every byte once and lose no credit, buffer or TLP, whatever the error rate and the faults', () => {
    fc.assert(
      fc.property(shape, jobs, rate, plan(nuisance), (choice, work, bitErrorRate, faults) => {
        const played = start(machineOf(choice, { bitErrorRate }), work);
        play(played, faults);
        expect(played.wrong()).toEqual([]);
        expect(problems(played.hardware)).toEqual([]);
      }),
      { numRuns: 120 },
    );
  });

  it('leak nothing and come to rest when links go down and up in the middle of it', () => {
    fc.assert(
      fc.property(shape, jobs, rate, plan(fc.oneof(nuisance, outage)), (choice, work, bitErrorRate, faults) => {
        const played = start(machineOf(choice, { bitErrorRate }), work);
        play(played, faults);
        expect(problems(played.hardware)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('give the same trace for the same seed, also when it is run in slices', () => {
    const slice = fc.integer({ min: 1_000, max: 3_000_000 });
    fc.assert(
      fc.property(shape, jobs, plan(fc.oneof(nuisance, outage)), slice, (choice, work, faults, slice_ps) => {
        const [one, two, sliced] = [undefined, undefined, slice_ps].map((step_ps) => {
          const played = start(machineOf(choice, { bitErrorRate: 1e-5 }), work);
          play(played, faults, step_ps);
          return played.hardware;
        });
        expect(two?.linkCounters).toEqual(one?.linkCounters);
        for (const other of [two, sliced]) {
          expect(other?.traceHash()).toBe(one?.traceHash());
          expect(errorTimes(other)).toEqual(errorTimes(one));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('keep posted writes in order', () => {
    fc.assert(
      fc.property(shape, rate, fc.integer({ min: 1, max: 200 }), (choice, bitErrorRate, writes) => {
        const hardware = builtMachine(machineOf(choice, { bitErrorRate }));
        const arrivals: number[] = [];
        const memory = new SparseMemory(hardware.arena, BAR_BYTES);
        const target = new TestFunction(hardware, 'd1', {
          memory: {
            readInto: (offset, length, into, intoOffset) => memory.readInto(offset, length, into, intoOffset),
            writeFrom: (offset, length, from, fromOffset) => {
              memory.writeFrom(offset, length, from, fromOffset);
              arrivals.push(memory.readUint(offset, length));
            },
          },
        });
        const sender = new TestFunction(hardware, 'r0');
        let sent = 0;
        sender.pump = () => {
          while (sent < writes && sender.port.postedRoom() > 0) sender.port.writeDword(target.base, ++sent, FLOW.p2p);
        };
        sender.pump();
        expect(hardware.runUntil(Infinity, Infinity)).toBe('idle');
        expect(arrivals).toEqual(Array.from({ length: writes }, (_, index) => index + 1));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the data link layer with nothing to do', () => {
  it('changes no time and no byte', () => {
    fc.assert(
      fc.property(shape, jobs, (choice, work) => {
        const [bare, full] = [{}, { replayBufferBytes: 2 ** 20 }].map((extra) => {
          const played = start(machineOf(choice, extra), work);
          play(played, []);
          return played.hardware;
        });
        expect(full?.traceHash()).toBe(bare?.traceHash());
        const tlpFields = [LINK_COUNTER.tlps, LINK_COUNTER.tlpBytes, LINK_COUNTER.framingBytes, LINK_COUNTER.dllps];
        for (let base = 0; base < (bare?.linkCounters.length ?? 0); base += LINK_COUNTER_COUNT) {
          for (const field of tlpFields)
            expect(full?.linkCounters[base + field]).toBe(bare?.linkCounters[base + field]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
