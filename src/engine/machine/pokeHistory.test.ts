/* Bytes changed by hand where memory was never written: going back past the change, and on through it again. */
import { expect, it, vi } from 'vitest';
import { invariant } from '../../base/invariant.ts';
import { privateStorage } from '../../base/storage.ts';
import { MIB } from '../../base/units.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { SimulatedMachine } from './simulatedMachine.ts';

vi.setConfig({ testTimeout: 60_000 });

const FAR = 200 * 2 ** 20;

function started() {
  const created = SimulatedMachine.create({
    document: defaultMachine,
    transfer: { ...defaultMachine.transfer, bytes: 64 * 1024 },
    way: 'p2p',
    seed: 1,
    storage: privateStorage,
    history: { budgetBytes: 64 * MIB, intervalHops: 500 },
  });
  invariant(created.ok, () => JSON.stringify(created));
  const machine = created.value;
  const memory = machine.description.memories.findIndex(({ node }) => node === 'iopmem1');
  const read = (): readonly number[] => {
    const bytes = new Uint8Array(3);
    machine.readMemory(memory, FAR, bytes);
    return [...bytes];
  };
  return { machine, memory, read };
}

it.each(['event', 'tlp'] as const)('a change is undone and made again by single steps of one %s', (unit) => {
  const { machine, memory, read } = started();
  for (let steps = 0; steps < 12; steps += 1) machine.step(unit);
  machine.pokeMemory(memory, FAR, Uint8Array.of(1, 2, 3));
  machine.travel?.stepBack(unit);
  expect(read()).toEqual([0, 0, 0]);
  machine.step(unit);
  machine.step(unit);
  expect(read()).toEqual([1, 2, 3]);
  machine.travel?.stepBack(unit);
  machine.travel?.stepBack(unit);
  machine.travel?.stepBack(unit);
  expect(read()).toEqual([0, 0, 0]);
  machine.runUntil(Infinity, Infinity);
  expect(machine.report).toMatchObject({ outcome: 'finished' });
  expect(read()).toEqual([1, 2, 3]);
});

it('several changes at one place are made again in their order', () => {
  const { machine, memory, read } = started();
  machine.runUntil(3_000_000, Infinity);
  for (const byte of [5, 6, 7]) machine.pokeMemory(memory, FAR, Uint8Array.of(byte));
  machine.travel?.stepBack('event');
  machine.runUntil(4_000_000, Infinity);
  expect(read()).toEqual([7, 0, 0]);
});
