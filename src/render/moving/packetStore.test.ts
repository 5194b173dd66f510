import { beforeEach, describe, expect, test } from 'vitest';
import { HOP, HOP_WORDS } from '../../core/pcie/counters.ts';
import { FLOW, TLP_KIND } from '../../core/pcie/tlp.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { benchDescription } from '../benchMachine.ts';
import { layoutMachine } from '../layout/layoutMachine.ts';
import { PACKET_CAPACITY, PacketStore } from './packetStore.ts';
import { Ways } from './ways.ts';

const machine = benchDescription(defaultMachine);
const scene = layoutMachine(defaultMachine, machine, { density: 'full', width: 1048, height: 652 });
const ways = new Ways(scene, machine, defaultMachine);

const link = (upper: string): number => machine.links.find((candidate) => candidate.upper === upper)?.index ?? -1;
const UP_NIC = link('sw0-p1') * 2 + 1;
const DOWN_IOPMEM = link('sw0-p0') * 2;
const UP_SWITCH = link('rp0') * 2 + 1;
const DOWN_SWITCH = link('rp0') * 2;
const MEMORY_WRITE = machine.links.length * 2;
const MEMORY_READ = MEMORY_WRITE + 1;
const NS = 1000;
const NIC_ID = (4 << 8) * 0x1_0000;
const DMA_ID = 0x20 * 0x1_0000;
const WRITE = TLP_KIND.MWr | (FLOW.p2p << 16);
const READ = TLP_KIND.MRd | (1 << 8) | (FLOW.bounceOut << 16);
const ANSWER = TLP_KIND.CplD | (2 << 8) | (FLOW.bounceOut << 16);

interface Hop {
  readonly at: number;
  readonly segment: number;
  readonly serial: number;
  readonly what?: number;
  readonly transaction?: number;
  readonly address?: number;
}

let store: PacketStore;
const words = new Float64Array(HOP_WORDS);

/** Records a hop of 256 bytes. @returns the slot it got. */
function hop(parts: Hop): number {
  words[HOP.start_ps] = parts.at;
  words[HOP.end_ps] = parts.at + 19.3 * NS;
  words[HOP.segment] = parts.segment;
  words[HOP.what] = parts.what ?? WRITE;
  words[HOP.address] = parts.address ?? 0x1_0000_0000;
  words[HOP.lengthBytes] = 256;
  words[HOP.transaction] = parts.transaction ?? NIC_ID;
  words[HOP.serial] = parts.serial;
  store.accept(words, 0, parts.at);
  return (store.end - 1) & (PACKET_CAPACITY - 1);
}

/** A stream of peer writes, one every `period`: slots of the first and second hops. */
function stream(
  count: number,
  period: number,
  extra: (index: number) => number = () => 0,
): readonly (readonly [number, number])[] {
  const first = new Map<number, number>();
  const hops = Array.from({ length: count }, (_, index) => [
    { at: index * period, segment: UP_NIC, serial: index + 1 },
    { at: index * period + 106.5 * NS + extra(index), segment: DOWN_IOPMEM, serial: index + 1 },
  ]).flat();
  const second = new Map<number, number>();
  for (const parts of hops.toSorted((a, b) => a.at - b.at))
    (parts.segment === UP_NIC ? first : second).set(parts.serial, hop(parts));
  return [...first].map(([serial, slot]) => [slot, second.get(serial) ?? -1] as const);
}

const start = (slot: number): number => store.start_ps[slot] ?? Number.NaN;
const end = (slot: number): number => store.end_ps[slot] ?? Number.NaN;

beforeEach(() => {
  store = new PacketStore(ways);
});

describe('peer writes through a switch', () => {
  test('packets of a steady stream keep their spacing on every hop', () => {
    const slots = stream(30, 17.8 * NS).slice(10);
    for (let index = 1; index < slots.length; index += 1) {
      const [first = 0, second = 0] = slots[index] ?? [];
      const [firstBefore = 0, secondBefore = 0] = slots[index - 1] ?? [];
      expect(start(first) - start(firstBefore)).toBeCloseTo(17.8 * NS, 3);
      expect(start(second) - start(secondBefore)).toBeCloseTo(17.8 * NS, 3);
    }
  });

  test('a packet leaves the first link before it is on the second, and crosses the switch in between', () => {
    for (const [first, second] of stream(10, 50 * NS)) {
      const into = store.innerStart_ps[first] ?? 0;
      expect(into).toBeGreaterThanOrEqual(end(first));
      expect(store.innerEnd_ps[first]).toBe(start(second));
      expect(start(second) - into).toBeGreaterThan(ways.inner_ps(UP_NIC, DOWN_IOPMEM) / 2);
    }
  });

  test('a packet that waits in the switch is drawn that much later, and only that one', () => {
    const [, before = [0, 0], late = [0, 0], after = [0, 0]] = stream(4, 200 * NS, (index) =>
      index === 2 ? 70 * NS : 0,
    );
    expect(start(late[1]) - start(before[1])).toBeCloseTo(270 * NS, 3);
    expect(start(after[1]) - start(late[1])).toBeCloseTo(130 * NS, 3);
  });
});

describe('what begins or ends inside the host', () => {
  test('an answer is never drawn before its question has arrived', () => {
    const transaction = NIC_ID + 7;
    const request = hop({ at: 0, segment: UP_NIC, serial: 1, what: READ, transaction });
    hop({ at: 106.5 * NS, segment: UP_SWITCH, serial: 1, what: READ, transaction });
    const arrival = hop({ at: 180 * NS, segment: MEMORY_READ, serial: 1, what: READ, transaction, address: 4096 });
    const answer = hop({ at: 420 * NS, segment: DOWN_SWITCH, serial: 2, what: ANSWER, transaction });
    expect(start(arrival)).toBeGreaterThan(end(request));
    expect(store.leadStart_ps[answer]).toBeGreaterThanOrEqual(start(arrival));
    expect(start(answer) - (store.leadStart_ps[answer] ?? 0)).toBeGreaterThan(0);
  });

  test('a write to memory runs from the root port to a memory module', () => {
    const up = hop({ at: 0, segment: UP_SWITCH, serial: 9 });
    const memory = hop({ at: 60 * NS, segment: MEMORY_WRITE, serial: 9, address: 4096 });
    expect(ways.isMemory(store.innerTo[up] ?? -1)).toBe(true);
    expect(start(memory)).toBeGreaterThanOrEqual(end(up));
    expect(store.place[memory]).toBe(-1);
  });

  test('what an engine in the root complex reads runs from memory to the engine', () => {
    const slot = hop({ at: 0, segment: MEMORY_READ, serial: 3, what: READ, transaction: DMA_ID, address: 4096 });
    expect(ways.isMemory(store.leadFrom[slot] ?? -1)).toBe(true);
    expect(store.leadTo[slot]).toBe(ways.requesterPlace(4 << 3));
    expect(start(slot)).toBeGreaterThan(store.leadStart_ps[slot] ?? Infinity);
  });
});

test('packets that have left the picture are forgotten, and the oldest give way when there are too many', () => {
  stream(20, 50 * NS);
  store.expire(1e9);
  expect(store.end - store.first).toBe(0);
  for (let serial = 1; serial <= PACKET_CAPACITY + 10; serial += 1)
    hop({ at: serial, segment: UP_NIC, serial: 100_000 + serial });
  expect(store.end - store.first).toBe(PACKET_CAPACITY);
});
