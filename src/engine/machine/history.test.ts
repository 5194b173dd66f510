import { describe, expect, it } from 'vitest';
import { privateStorage } from '../../base/storage.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import { crc32 } from '../../core/sim/crc32.ts';
import { KIB, MIB } from '../../base/units.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { findPreset } from '../../topology/presets/presets.ts';
import type { RunWay, StepUnit } from '../protocol.ts';
import { allKinds } from './allKinds.testing.ts';
import type { HistoryLimits } from './history.ts';
import { SimulatedMachine } from './simulatedMachine.ts';

const OFTEN: HistoryLimits = { budgetBytes: 256 * MIB, intervalHops: 500 };

function machineOf(document: TopologyDocument, way: RunWay, history?: HistoryLimits, bytes = 64 * KIB) {
  const made = SimulatedMachine.create({
    document,
    transfer: { ...document.transfer, bytes },
    way,
    seed: 7,
    storage: privateStorage,
    ...(history === undefined ? {} : { history }),
  });
  if (!made.ok) throw new Error(made.error.map(({ message }) => message).join('\n'));
  return made.value;
}

function runOn(machine: SimulatedMachine, at_ps = Infinity): void {
  while (machine.runUntil(at_ps, 10_000) === 'budget');
}

function goTo(machine: SimulatedMachine, at_ps: number): void {
  machine.travel?.approach(at_ps);
  runOn(machine, at_ps);
}

/** Counters, registers, memories and report. */
function stateOf(machine: SimulatedMachine): readonly unknown[] {
  const { description, machineCounters, linkCounters, functionCounters, memoryCounters, flowCounters } = machine;
  return [
    machine.now_ps,
    description.functions.map(({ id }) => crc32(machine.readConfig(id) ?? new Uint8Array(0))),
    machine.memories.map((memory) => memory.crc32(0, Math.min(memory.sizeBytes, 128 * KIB))),
    [machineCounters, linkCounters, functionCounters, memoryCounters, flowCounters].map((values) =>
      crc32(new Uint8Array(values.slice().buffer)),
    ),
    machine.report?.traceHash,
  ];
}

function preset(id: string): TopologyDocument {
  const found = findPreset(id);
  if (found === undefined) throw new Error(`no preset ${id}`);
  return found.document;
}

/** Errors on a link all the time, lost Acks, and a device that is pulled out and comes back. */
const BROKEN: TopologyDocument = {
  ...preset('default'),
  faults: [
    { at_ps: 500_000, fault: { kind: 'bitErrors', link: 'sw0-p0', direction: 'down', rate: 1e-6 } },
    { at_ps: 2_000_000, fault: { kind: 'loseAcks', link: 'sw0-p1', direction: 'up', count: 3 } },
    { at_ps: 3_000_000, fault: { kind: 'noAnswer', node: 'iopmem0', count: 2 } },
    { at_ps: 4_500_000, fault: { kind: 'surpriseRemoval', link: 'sw0-p0' } },
    { at_ps: 5_500_000, fault: { kind: 'hotAdd', link: 'sw0-p0' } },
  ],
};

/** Drivers, copies by a core, peer reads, redirected requests, many devices, faults. */
const RUNS: readonly (readonly [string, TopologyDocument, RunWay])[] = [
  ['peer writes', preset('default'), 'p2p'],
  ['a bounce', preset('default'), 'bounce'],
  ['a copy by the CPU', preset('default'), 'copy'],
  ['peer reads', preset('peer-read'), 'p2p'],
  ['redirected requests', preset('acs-redirect-allowed'), 'p2p'],
  ['two sockets', preset('two-sockets'), 'bounce'],
  ['one device of every kind', allKinds, 'bounce'],
  ['faults', BROKEN, 'bounce'],
  ['faults of a peer', BROKEN, 'p2p'],
];

describe('a run that is gone back in', () => {
  it.each(RUNS)('%s: is at every instant what it was, and ends as it did', (_name, document, way) => {
    const plain = machineOf(document, way);
    runOn(plain);
    const machine = machineOf(document, way, OFTEN);
    runOn(machine);
    expect(machine.report, 'keeping a history changes nothing').toEqual(plain.report);
    const end = stateOf(machine);
    const end_ps = machine.machineCounters[MACHINE_COUNTER.finished_ps] ?? 0;
    const middle_ps = Math.floor(end_ps * 0.4);
    const middle = machineOf(document, way);
    runOn(middle, middle_ps);
    for (const share of [0.7, 0.4, 0.95, 0.1, 0.4]) {
      goTo(machine, share === 0.4 ? middle_ps : Math.floor(end_ps * share));
      if (share === 0.4) expect(stateOf(machine)).toEqual(stateOf(middle));
    }
    expect(machine.report, 'a run that is gone back in is not over').toBeUndefined();
    runOn(machine);
    expect(stateOf(machine)).toEqual(end);
  });

  it.each(['event', 'hop', 'tlp', 'transaction'] as const)('steps back by one %s to where it was', (unit: StepUnit) => {
    const machine = machineOf(preset('default'), 'p2p', OFTEN);
    goTo(machine, 5_000_000);
    machine.step(unit);
    const before = stateOf(machine);
    machine.step(unit);
    machine.step(unit);
    machine.travel?.stepBack(unit);
    machine.travel?.stepBack(unit);
    expect(stateOf(machine)).toEqual(before);
  });

  it('stops at the start', () => {
    const machine = machineOf(preset('default'), 'p2p', OFTEN);
    machine.step('event');
    machine.travel?.stepBack('transaction');
    machine.travel?.stepBack('event');
    expect(machine.travel?.state.place).toEqual({ now_ps: 0, events: 0, hops: 0 });
  });

  it('has the bytes of a memory as they were before the TLP that wrote them', () => {
    const machine = machineOf(preset('default'), 'p2p', OFTEN);
    const place = machine.description.destination;
    if (place === undefined) throw new Error('the default machine has a destination');
    const read = (): readonly number[] => {
      const bytes = new Uint8Array(256);
      machine.readMemory(place.memory, place.offset, bytes);
      return [...bytes];
    };
    const zeros = read();
    while (read().every((byte) => byte === 0)) machine.step('event');
    const written = read();
    machine.travel?.stepBack('event');
    expect(read()).toEqual(zeros);
    machine.step('event');
    expect(read()).toEqual(written);
  });
});

describe('what is done by hand', () => {
  function changed() {
    const machine = machineOf(preset('default'), 'p2p', OFTEN);
    goTo(machine, 6_000_000);
    machine.pokeMemory(0, 4096, Uint8Array.of(1, 2, 3));
    machine.writeConfig('nic0', 0x3c, 1, 0x55);
    expect(machine.inject({ kind: 'linkDown', link: 'sw0-p0' })).toBeUndefined();
    return machine;
  }

  it('is done again where it was done', () => {
    const machine = changed();
    runOn(machine);
    const end = stateOf(machine);
    goTo(machine, 3_000_000);
    const bytes = new Uint8Array(3);
    machine.readMemory(0, 4096, bytes);
    expect([...bytes], 'not done yet').toEqual([0, 0, 0]);
    runOn(machine);
    expect(stateOf(machine)).toEqual(end);
    expect(machine.travel?.state.changes.map(({ at_ps }) => at_ps)).toHaveLength(3);
  });

  it('makes another run of it, without what came after', () => {
    const machine = changed();
    runOn(machine);
    let branched_ps = -1;
    machine.travel?.onBranch((at_ps) => (branched_ps = at_ps));
    goTo(machine, 3_000_000);
    machine.pokeMemory(0, 8192, Uint8Array.of(9));
    expect(branched_ps).toBe(3_000_000);
    expect(machine.travel?.state.changes).toHaveLength(1);
    runOn(machine);
    expect(machine.report?.outcome, 'the link never went down').toBe('finished');
    const again = machineOf(preset('default'), 'p2p');
    runOn(again, 3_000_000);
    again.pokeMemory(0, 8192, Uint8Array.of(9));
    runOn(again);
    expect(stateOf(machine)).toEqual(stateOf(again));
  });
});

describe('memory for going back', () => {
  it('stays within its budget: checkpoints are thinned out, and every instant is still reached', () => {
    const machine = machineOf(preset('default'), 'bounce', { budgetBytes: 8 * MIB, intervalHops: 200 }, 512 * KIB);
    runOn(machine);
    const end = stateOf(machine);
    const state = machine.travel?.state;
    expect(state?.keptBytes).toBeLessThan(8 * MIB);
    expect(state?.checkpoints).toBeGreaterThan(3);
    goTo(machine, 30_000_000);
    const plain = machineOf(preset('default'), 'bounce', undefined, 512 * KIB);
    runOn(plain, 30_000_000);
    expect(stateOf(machine)).toEqual(stateOf(plain));
    runOn(machine);
    expect(stateOf(machine)).toEqual(end);
  });
});
