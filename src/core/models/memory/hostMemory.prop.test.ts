/*
 * Random memories, random traffic of two devices: no byte is lost or counted twice, nothing is left behind, and the run
 * does not depend on when somebody looks.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../../base/invariant.ts';
import { MACHINE_COUNTER, MEMORY_COUNTER } from '../../pcie/counters.ts';
import type { HostSpec, LinkEndSpec } from '../../pcie/machineSpec.ts';
import { FLOW, FLOW_COUNT } from '../../pcie/tlp.ts';
import type { Hardware } from '../hardware.ts';
import { builtMachine, device, holdsPattern, PATTERN, TestFunction } from '../machines.testing.ts';

const LINK: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const MEMORY_BYTES = 2 ** 26;

type Memory = Partial<HostSpec['memory']>;

const memory: fc.Arbitrary<Memory> = fc.record({
  sizeBytes: fc.constant(MEMORY_BYTES),
  channels: fc.constantFrom(4, 8),
  sockets: fc.constantFrom(1, 2, 4),
  ioCache: fc.constantFrom('hit' as const, 'miss' as const, 'model' as const, 'model' as const),
  lastLevelCache: fc.record({
    sizeBytes: fc.constantFrom(2 ** 14, 2 ** 16, 2 ** 20),
    ways: fc.constant(8),
    ioWays: fc.integer({ min: 1, max: 8 }),
  }),
  backgroundBytesPerSecond: fc.constantFrom(0, 1e9, 60e9, 400e9),
  interconnectBytesPerSecond: fc.constantFrom(5e9, 41.6e9),
});

const transfer = fc.record({
  /** In the device's half of memory. */
  offset: fc.nat(MEMORY_BYTES / 2 - 2 ** 17),
  lengthBytes: fc.integer({ min: 1, max: 2 ** 16 }),
});

interface Run {
  readonly memory: Memory;
  readonly transfers: readonly (readonly { readonly offset: number; readonly lengthBytes: number }[])[];
}

const run: fc.Arbitrary<Run> = fc.record({
  memory,
  transfers: fc.array(fc.array(transfer, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 2 }),
});

function counted(hardware: Hardware, field: 0 | 1): number {
  let sum = 0;
  for (let flow = 0; flow < FLOW_COUNT; flow++) sum += at(hardware.memoryCounters, field * FLOW_COUNT + flow);
  return sum;
}

/** Long enough for all that is begun at once. */
const PHASE_PS = 1e9;

/** Runs to the end of the phase in slices; then everything must be over. */
function runPhase(hardware: Hardware, slice_ps: number): void {
  const end_ps = (Math.floor(hardware.now_ps / PHASE_PS) + 1) * PHASE_PS;
  while (hardware.now_ps < end_ps) hardware.runUntil(Math.min(end_ps, hardware.now_ps + slice_ps), Infinity);
}

/** Both devices write their ranges, then read them back. @returns what the run shows. */
function execute({ memory: spec, transfers }: Run, slice_ps: number) {
  const ports = ['a', 'b'].map((id) => ({ link: LINK, below: device(id, LINK) }));
  const hardware = builtMachine({ ports, memory: spec });
  const devices = ['a', 'b'].map((id) => new TestFunction(hardware, id));
  let bytes = 0;
  let lines = 0;
  for (let round = 0; round < 3; round++) {
    for (const [index, one] of devices.entries()) {
      const range = transfers[index]?.[round];
      if (range === undefined) continue;
      const address = (index * MEMORY_BYTES) / 2 + range.offset;
      bytes += range.lengthBytes;
      lines += range.lengthBytes / 64 + 2 * Math.ceil(range.lengthBytes / one.port.mpsBytes + 1);
      one.writeAll(address, range.lengthBytes, PATTERN, FLOW.bounceIn);
    }
    runPhase(hardware, slice_ps);
    for (const [index, one] of devices.entries()) {
      const range = transfers[index]?.[round];
      if (range === undefined) continue;
      const address = (index * MEMORY_BYTES) / 2 + range.offset;
      expect(holdsPattern(hardware.hostMemory.memory, address, range.lengthBytes)).toBe(true);
      one.readAll(address, range.lengthBytes, FLOW.bounceOut);
    }
    runPhase(hardware, slice_ps);
    for (const [index, one] of devices.entries()) {
      const range = transfers[index]?.[round];
      if (range !== undefined) expect(holdsPattern(one.received, 0, range.lengthBytes)).toBe(true);
    }
  }
  expect(hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
  const written = counted(hardware, MEMORY_COUNTER.writtenBytes);
  const read = counted(hardware, MEMORY_COUNTER.readBytes);
  if (spec.ioCache === 'hit') expect([written, read]).toEqual([0, 0]);
  else if (spec.ioCache === 'miss') expect([written, read]).toEqual([bytes, bytes]);
  else {
    // No line is written back more often than it was written, nor fetched more often than it was read.
    expect(written).toBeLessThanOrEqual(64 * lines);
    expect(read).toBeLessThanOrEqual(bytes);
  }
  const background = at(hardware.machineCounters, MACHINE_COUNTER.backgroundBytes);
  return { hash: hardware.traceHash(), written, read, background, done: devices.map((one) => one.done) };
}

describe('random memories', () => {
  it('lose no byte, leave nothing behind, and run alike however often somebody looks', () => {
    fc.assert(
      fc.property(run, fc.integer({ min: 50_000, max: 5_000_000 }), (one, slice_ps) => {
        expect(execute(one, slice_ps)).toEqual(execute(one, PHASE_PS));
      }),
      { numRuns: 25 },
    );
  });

  it('count no more of a background load than was asked for, and no more than there is', () => {
    fc.assert(
      fc.property(run, (one) => {
        const ports = ['a', 'b'].map((id) => ({ link: LINK, below: device(id, LINK) }));
        const hardware = builtMachine({ ports, memory: one.memory });
        const a = new TestFunction(hardware, 'a');
        a.writeAll(0, 2 ** 18, PATTERN, FLOW.bounceIn);
        hardware.runUntil(50e6, Infinity);
        const seconds = hardware.now_ps / 1e12;
        const achieved = at(hardware.machineCounters, MACHINE_COUNTER.backgroundBytes) / seconds;
        const asked = one.memory.backgroundBytesPerSecond ?? 0;
        expect(achieved).toBeLessThanOrEqual(asked * 1.15);
        expect(achieved).toBeLessThanOrEqual((one.memory.channels ?? 0) * 25.6e9 * 0.72);
        if (asked > 0) expect(achieved).toBeGreaterThan(0);
      }),
      { numRuns: 25 },
    );
  });
});
