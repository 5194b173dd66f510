/*
 * Random small machines, random traffic: nothing is lost, everything arrives, order is kept, runs repeat.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPLETION_STATUS, FLOW } from '../pcie/tlp.ts';
import { LINK_COUNTER, LINK_COUNTER_COUNT, MACHINE_COUNTER } from '../pcie/counters.ts';
import type { CreditSpec, LinkEndSpec } from '../pcie/machineSpec.ts';
import { SparseMemory } from '../sim/sparseMemory.ts';
import type { Hardware } from './hardware.ts';
import type { ByteSink, ByteSource } from './ports.ts';
import {
  builtMachine,
  device,
  switchOf,
  type TestDevice,
  TestFunction,
  type TestMachine,
  type TestPort,
} from './machines.testing.ts';

const BAR_BYTES = 2 ** 20;
const link: fc.Arbitrary<LinkEndSpec> = fc.record({
  maxGen: fc.constantFrom(1 as const, 3 as const, 4 as const, 5 as const, 6 as const),
  maxWidth: fc.constantFrom(1 as const, 4 as const, 8 as const, 16 as const),
});
const mpsBytes = fc.constantFrom(128, 256, 512);
/** Few buffers now and then, so that credits run out. */
const credits: fc.Arbitrary<CreditSpec> = fc.oneof(
  fc.constant({}),
  fc.record({
    postedHeader: fc.integer({ min: 1, max: 4 }),
    postedData: fc.integer({ min: 32, max: 64 }),
    nonPostedHeader: fc.integer({ min: 1, max: 3 }),
    completionHeader: fc.integer({ min: 1, max: 4 }),
    completionData: fc.integer({ min: 32, max: 64 }),
  }),
);

interface Shape {
  readonly machine: TestMachine;
  readonly devices: readonly string[];
}

/** Two or three devices below a switch, one more at a root port, sometimes one below a second switch. */
const shape: fc.Arbitrary<Shape> = fc
  .record({
    links: fc.array(link, { minLength: 8, maxLength: 8 }),
    buffers: fc.array(credits, { minLength: 8, maxLength: 8 }),
    below: fc.integer({ min: 2, max: 3 }),
    nested: fc.boolean(),
    acsControl: fc.constantFrom(0, 0x1d, 0x0c),
    forwarding: fc.constantFrom('cutThrough' as const, 'storeAndForward' as const),
    mpsBytes,
  })
  .map((choice) => {
    const at = (index: number): LinkEndSpec => choice.links[index] ?? { maxGen: 4, maxWidth: 4 };
    const some = (index: number): { readonly credits: CreditSpec } => ({ credits: choice.buffers[index] ?? {} });
    const one = (id: string, index: number): TestDevice =>
      device(id, at(index), { barBytes: BAR_BYTES, ...some(index) });
    const ports: TestPort[] = Array.from({ length: choice.below }, (_, index) => ({
      link: at(index),
      below: one(`d${index}`, index),
      acsControl: choice.acsControl,
      ...some(index + 2),
    }));
    const parameters = { forwarding: choice.forwarding };
    if (choice.nested) {
      const inner = switchOf('inner', at(5), [{ link: at(6), below: one('n0', 6), acsControl: choice.acsControl }], {
        parameters,
      });
      ports.push({ link: at(5), below: inner, acsControl: choice.acsControl });
    }
    const devices = [
      ...Array.from({ length: choice.below }, (_, index) => `d${index}`),
      ...(choice.nested ? ['n0'] : []),
      'r0',
    ];
    const machine: TestMachine = {
      ports: [
        { link: at(3), below: switchOf('sw', at(3), ports, { parameters, ...some(4) }) },
        { link: at(4), below: one('r0', 4), ...some(5) },
      ],
      mpsBytes: choice.mpsBytes,
    };
    return { machine, devices };
  });

interface Job {
  readonly from: number;
  readonly to: number;
  readonly kind: 'write' | 'read';
  readonly offset: number;
  readonly lengthBytes: number;
}

const job: fc.Arbitrary<Job> = fc.record({
  from: fc.nat(7),
  to: fc.nat(7),
  kind: fc.constantFrom('write' as const, 'read' as const),
  offset: fc.nat(5000),
  lengthBytes: fc.integer({ min: 1, max: 20_000 }),
});

/** Runs one job after the other from each device; several devices at once. */
function play(
  { machine, devices }: Shape,
  jobs: readonly Job[],
  slice_ps?: number,
): { hardware: Hardware; wrong: readonly string[] } {
  const hardware = builtMachine(machine);
  const functions = devices.map((id) => new TestFunction(hardware, id));
  const wrong: string[] = [];
  const started = new Set<number>();
  const expected: (() => void)[] = [];
  for (const [index, { from, to, kind, offset, lengthBytes }] of jobs.entries()) {
    const source = functions[from % functions.length];
    const target = functions[to % functions.length];
    if (source === undefined || target === undefined || source === target || started.has(from % functions.length))
      continue;
    started.add(from % functions.length);
    // Each source has its own quarter of every memory.
    const place = (from % functions.length) * 65_536 + offset;
    const bytes = Uint8Array.from({ length: lengthBytes }, (_, at) => (at * 7 + index * 31 + (at >> 8)) & 0xff);
    const data = new SparseMemory(hardware.arena, lengthBytes);
    data.writeFrom(0, lengthBytes, bytes, 0);
    if (kind === 'write') {
      source.writeAll(target.base + place, lengthBytes, data, FLOW.p2p);
      expected.push(() => {
        if (!data.equals(0, lengthBytes, target.memory, place)) wrong.push(`write ${index} did not arrive`);
      });
    } else {
      target.memory.writeFrom(place, lengthBytes, bytes, 0);
      source.readAll(target.base + place, lengthBytes, FLOW.p2p);
      expected.push(() => {
        if (!data.equals(0, lengthBytes, source.received, 0)) wrong.push(`read ${index} brought other bytes`);
        if (source.done.some(([, status]) => status !== COMPLETION_STATUS.SC)) wrong.push(`read ${index} failed`);
      });
    }
  }
  if (slice_ps === undefined) hardware.runUntil(Infinity, Infinity);
  else runInSlices(hardware, slice_ps);
  for (const check of expected) check();
  return { hardware, wrong };
}

/** Stops at times that mean nothing, and in the middle of instants; long pauses are skipped. */
function runInSlices(hardware: Hardware, slice_ps: number): void {
  for (let next_ps = hardware.nextEvent_ps(); next_ps !== Infinity; next_ps = hardware.nextEvent_ps()) {
    const isPause = next_ps > hardware.now_ps + 100 * slice_ps;
    hardware.runUntil(isPause ? next_ps : hardware.now_ps + slice_ps, 37);
  }
}

const jobs = fc.array(job, { minLength: 1, maxLength: 6 });

describe('random traffic on random machines', () => {
  it('returns every credit, tag and buffer, and every byte arrives', () => {
    fc.assert(
      fc.property(shape, jobs, (machine, work) => {
        const { hardware, wrong } = play(machine, work);
        expect(wrong).toEqual([]);
        expect(hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same trace twice, also when it is run in slices', () => {
    fc.assert(
      fc.property(shape, jobs, fc.integer({ min: 1_000, max: 3_000_000 }), (machine, work, slice_ps) => {
        const whole = play(machine, work).hardware;
        const again = play(machine, work).hardware;
        const sliced = play(machine, work, slice_ps).hardware;
        expect(again.traceHash()).toBe(whole.traceHash());
        expect(sliced.traceHash()).toBe(whole.traceHash());
        // Slices end at times of their own, and DLLPs go on until then: compare what TLPs did.
        for (let base = 0; base < whole.linkCounters.length; base += LINK_COUNTER_COUNT) {
          for (const field of [
            LINK_COUNTER.tlps,
            LINK_COUNTER.tlpBytes,
            LINK_COUNTER.tlpBusy_ps,
            LINK_COUNTER.creditStall_ps,
          ]) {
            expect(sliced.linkCounters[base + field]).toBe(whole.linkCounters[base + field]);
          }
        }
        expect(sliced.machineCounters[MACHINE_COUNTER.hops]).toBe(whole.machineCounters[MACHINE_COUNTER.hops]);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps the order of posted writes, and a read sees every write sent before it', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 300 }), ({ machine, devices }, count) => {
        const hardware = builtMachine(machine);
        const arrivals: number[] = [];
        const target = new TestFunction(hardware, devices[0] ?? '', { memory: recordingMemory(hardware, arrivals) });
        const sender = new TestFunction(hardware, devices.at(-1) ?? '');
        let sent = 0;
        let hasRead = false;
        sender.pump = () => {
          while (sent < count && sender.port.postedRoom() > 0) sender.port.writeDword(target.base, ++sent, FLOW.p2p);
          if (sent < count || hasRead || sender.port.readRoom() === 0) return;
          hasRead = true;
          sender.port.read(target.base, 4, 0, FLOW.p2p);
        };
        sender.pump();
        hardware.runUntil(Infinity, Infinity);
        expect(arrivals).toEqual(Array.from({ length: count }, (_, index) => index + 1));
        expect(sender.received.readUint(0, 4)).toBe(count);
        expect(hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

/** Memory that notes the number in every write. */
function recordingMemory(hardware: Hardware, arrivals: number[]): ByteSource & ByteSink {
  const memory = new SparseMemory(hardware.arena, BAR_BYTES);
  return {
    readInto: (offset, lengthBytes, target, targetOffset) => memory.readInto(offset, lengthBytes, target, targetOffset),
    writeFrom: (offset, lengthBytes, source, sourceOffset) => {
      memory.writeFrom(offset, lengthBytes, source, sourceOffset);
      arrivals.push(memory.readUint(offset, lengthBytes));
    },
  };
}
