/* The calculator against the machine itself: what it says must be what requests on the wire used. */
import { describe, expect, it, vi } from 'vitest';
import { invariant } from '../../base/invariant.ts';
import { privateStorage } from '../../base/storage.ts';
import type { HostSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { TLP_KIND } from '../../core/pcie/tlp.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import type { AddressNames, AddressQuestion } from '../protocol.ts';
import { SimulatedMachine } from './simulatedMachine.ts';

vi.setConfig({ testTimeout: 60_000 });

const BYTES = 64 * 1024;
const COMMAND = 4;

/** The default machine, run to its end. @returns it, and the addresses of payload writes its engine sent. */
function made(iommu: HostSpec['iommu'], way: 'p2p' | 'bounce' = 'p2p', run = true) {
  const document = { ...defaultMachine, host: { ...defaultMachine.host, iommu } };
  const sent: number[] = [];
  const created = SimulatedMachine.create({
    document,
    transfer: { ...document.transfer, bytes: BYTES, force: true },
    way,
    seed: 3,
    storage: privateStorage,
    hops: {
      record: (_start, _end, segment, what, address) => {
        const isUp = segment % 2 === 1 && segment < document.functions.length * 2;
        if (isUp && (what & 0xff) === TLP_KIND.MWr && (what & 0x30000) !== 0) sent.push(address);
      },
    },
  });
  invariant(created.ok, () => JSON.stringify(created));
  const machine = created.value;
  if (run) machine.runUntil(Infinity, Infinity);
  return { machine, sent, from: document.transfer.from };
}

function ask(machine: SimulatedMachine, node: NodeId, question: AddressQuestion): AddressNames {
  const names = machine.nameAddress(node, question);
  invariant(names !== undefined, () => node);
  return names;
}

describe('with the IOMMU off', () => {
  it('a byte behind a BAR has the same number for everybody, and each of its names leads back to it', () => {
    const { machine, from } = made('off', 'p2p', false);
    const memory = machine.description.memories.find(({ node }) => node === 'iopmem0');
    invariant(memory?.busAddress !== undefined, () => 'iopmem0');
    const place = { memory: memory.index, offset: 0x1234 };
    const names = ask(machine, from, { by: 'memory', ...place });
    const address = memory.busAddress + 0x1234;
    expect([names.bus.value, names.physical.value, names.iova.value]).toEqual([address, address, address]);
    expect(names.iova.why).toContain('off');
    expect(names.bus.why).toContain('02:');
    for (const by of ['bus', 'physical', 'iova'] as const) {
      expect(ask(machine, from, { by, address }).place.at).toEqual(place);
    }
  });

  it('memory behind no BAR has no address', () => {
    const { machine, from } = made('off', 'p2p', false);
    const media = machine.description.memories.find(({ busAddress }) => busAddress === undefined);
    invariant(media !== undefined, () => 'no such memory');
    const names = ask(machine, from, { by: 'memory', memory: media.index, offset: 0 });
    expect([names.bus.value, names.physical.value, names.iova.value]).toEqual([undefined, undefined, undefined]);
    expect(names.bus.why).toContain('behind no BAR');
  });

  it('RAM goes on above the windows for devices, and what nobody answers is said', () => {
    const { machine, from } = made('off', 'p2p', false);
    const [host] = machine.description.memories;
    const [low, high] = host?.pieces ?? [];
    invariant(low !== undefined && high !== undefined, () => 'two pieces of RAM');
    expect(ask(machine, from, { by: 'memory', memory: 0, offset: low.sizeBytes }).bus.value).toBe(2 ** 32);
    expect(ask(machine, from, { by: 'bus', address: 2 ** 32 + 5 }).place.at).toEqual({
      memory: 0,
      offset: high.offset + 5,
    });
    const nobody = ask(machine, from, { by: 'bus', address: 2 ** 51 });
    expect(nobody.place.at).toBeUndefined();
    expect(nobody.bus.why).toContain('nobody answers');
    expect(ask(machine, from, { by: 'bus', address: low.sizeBytes + 0x10 }).bus.why).toContain('Unsupported Request');
  });

  it('registers count as they are now: a BAR that is moved, decoding that is switched off', () => {
    const { machine, from } = made('off', 'p2p', false);
    const memory = machine.description.memories.find(({ node }) => node === 'iopmem0');
    invariant(memory?.busAddress !== undefined, () => 'iopmem0');
    const { busAddress } = memory;
    const bar = machine.description.functions.find(({ id }) => id === 'iopmem0')?.bars[0]?.index ?? 0;
    machine.writeConfig('iopmem0', COMMAND, 2, 0);
    expect(ask(machine, from, { by: 'bus', address: busAddress }).bus.why).toContain('Memory Space Enable of iopmem0');
    machine.writeConfig('iopmem0', COMMAND, 2, 0x6);
    machine.writeConfig('iopmem0', 0x10 + 4 * bar + 4, 4, 0x7f);
    const moved = ask(machine, from, { by: 'memory', memory: memory.index, offset: 0 });
    expect(moved.bus.value).toBe(0x7f * 2 ** 32 + (busAddress % 2 ** 32));
    expect(moved.bus.why).toContain('No window of');
  });
});

describe('behind a translating IOMMU', () => {
  it.each(['p2p', 'bounce'] as const)('the addresses an engine used lead to its %s destination, and back', (way) => {
    const { machine, sent, from } = made('translate', way);
    expect(sent.length).toBeGreaterThan(BYTES / 512);
    const destination = way === 'p2p' ? machine.description.destination : undefined;
    let translated = 0;
    for (const address of sent.slice(0, 200)) {
      const names = ask(machine, from, { by: 'iova', address });
      invariant(names.physical.value !== undefined && names.place.at !== undefined, () => names.iova.why);
      if (names.physical.value !== address) translated += 1;
      expect(names.place.at.memory).toBe(destination?.memory ?? 0);
      if (destination !== undefined) {
        expect(names.place.at.offset - destination.offset).toBeGreaterThanOrEqual(0);
        expect(names.place.at.offset - destination.offset).toBeLessThan(BYTES);
      }
      expect(ask(machine, from, { by: 'physical', address: names.physical.value }).iova.value).toBe(address);
      expect(names.iova.why).toMatch(/domain \d+ of nic0, to be/);
    }
    expect(translated).toBeGreaterThan(0);
  });

  it('says what is not mapped, either way', () => {
    const { machine, from } = made('translate', 'bounce', false);
    const names = ask(machine, from, { by: 'physical', address: 0x1000 });
    expect(names.iova).toMatchObject({ value: undefined });
    expect(names.iova.why).toContain('Not mapped');
    const nowhere = ask(machine, from, { by: 'iova', address: 0x1000 });
    expect(nowhere.physical.value).toBeUndefined();
    expect(nowhere.iova.why).toContain('Not mapped');
  });
});

it('passing through means physical addresses, in a domain all the same', () => {
  const { machine, from } = made('passThrough', 'p2p', false);
  const names = ask(machine, from, { by: 'iova', address: 0x1000 });
  expect(names.physical.value).toBe(0x1000);
  expect(names.iova.why).toMatch(/domain \d+ passes nic0 through/);
  expect(machine.nameAddress('nobody', { by: 'bus', address: 0 })).toBeUndefined();
});
