/* Going back through the whole engine: client, session, run loop, machine. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { nodeWorker } from '../../tests/support/nodeWorker.ts';
import { KIB } from '../base/units.ts';
import { HOP, MACHINE_COUNTER } from '../core/pcie/counters.ts';
import { TLP_KIND } from '../core/pcie/tlp.ts';
import { findPreset } from '../topology/presets/presets.ts';
import { createInProcessClient } from './inProcessClient.ts';
import { MessageClient } from './messageClient.ts';
import type { Breakpoint, EngineEvent } from './protocol.ts';
import { openWorker } from './workerPort.ts';
import type { StartWorker } from './workerPort.ts';

const open: MessageClient[] = [];

let start: StartWorker;
beforeAll(async () => {
  start = await nodeWorker('src/engine/worker.ts');
});

const KINDS: readonly { readonly name: string; readonly make: () => MessageClient }[] = [
  { name: 'in this process', make: createInProcessClient },
  { name: 'in a worker with shared memory', make: () => new MessageClient((one) => openWorker(start, true, one)) },
  { name: 'in a worker that sends copies', make: () => new MessageClient((one) => openWorker(start, false, one)) },
];

afterEach(() => {
  for (const client of open.splice(0)) client.dispose();
});

async function loaded(make: () => MessageClient = createInProcessClient) {
  const client = make();
  open.push(client);
  const document = findPreset('default')?.document;
  if (document === undefined) throw new Error('there is a default machine');
  const machine = await client.load(document, { ...document.transfer, bytes: 64 * KIB }, 'p2p', 1);
  return { client, machine, view: client.view };
}

function drain(client: MessageClient): readonly string[] {
  const lines: string[] = [];
  client.view?.drainHops((words, offset) => {
    lines.push([HOP.start_ps, HOP.segment, HOP.serial].map((field) => words[offset + field]).join(' '));
  });
  return lines;
}

function nextEvent<Kind extends EngineEvent['kind']>(client: MessageClient, kind: Kind) {
  return new Promise<Extract<EngineEvent, { readonly kind: Kind }>>((resolve) => {
    const stop = client.listen((event) => {
      if (event.kind !== kind) return;
      stop();
      resolve(event as Extract<EngineEvent, { readonly kind: Kind }>);
    });
  });
}

const READS: Breakpoint = { id: 'b1', isEnabled: true, when: { kind: 'tlp', types: [TLP_KIND.MRd] } };

describe.each(KINDS)('an engine $name', { timeout: 30_000 }, ({ make }) => {
  it('goes to any instant and ends as it did, and says each time that it has finished', async () => {
    const { client } = await loaded(make);
    const first = nextEvent(client, 'finished');
    await client.runUntil(Number.MAX_SAFE_INTEGER);
    const { report } = await first;
    for (const at_ps of [4_000_000, 1_000_000, 6_000_000, 0]) expect(await client.seek(at_ps)).toBe(at_ps);
    const again = nextEvent(client, 'finished');
    await client.runUntil(Number.MAX_SAFE_INTEGER);
    expect((await again).report).toEqual(report);
  });

  it('shows memory and counters as they were', async () => {
    const { client, machine } = await loaded(make);
    const { memory = 0, offset = 0 } = machine.destination ?? {};
    const bytes = new Uint8Array(64);
    const isZero = (): boolean | undefined =>
      client.view?.readMemory(memory, offset, bytes) === true ? bytes.every((byte) => byte === 0) : undefined;
    await client.runUntil(6_000_000);
    await vi.waitFor(() => expect(isZero()).toBe(false), 20_000);
    await client.seek(100_000);
    await vi.waitFor(() => expect(isZero()).toBe(true), 20_000);
    await vi.waitFor(() => expect(client.view?.machineCounters[MACHINE_COUNTER.now_ps]).toBe(100_000), 20_000);
    await client.seek(6_000_000);
    await vi.waitFor(() => expect(isZero()).toBe(false), 20_000);
  });

  it('stops at a breakpoint, and steps back from there', async () => {
    const { client } = await loaded(make);
    await client.setBreakpoints([READS]);
    const broke = nextEvent(client, 'broke');
    client.setTarget(Infinity);
    const { now_ps } = await broke;
    expect(await client.pause()).toBe(now_ps);
    expect(await client.stepBack('event')).toBeLessThanOrEqual(now_ps);
    expect((await client.history()).furthest.now_ps).toBe(now_ps);
  });
});

describe('an engine', () => {
  it('records hops again only where the run goes on, not on the way to an instant', async () => {
    const { client } = await loaded();
    await client.runUntil(3_000_000);
    const known = drain(client);
    await client.seek(1_000_000);
    await client.seek(3_000_000);
    expect(drain(client)).toEqual([]);
    await client.seek(1_000_000);
    await client.runUntil(3_000_000);
    const repeated = drain(client);
    expect(repeated.length).toBeGreaterThan(20);
    expect(known.slice(-repeated.length)).toEqual(repeated);
  });

  it('has the same series after going back', async () => {
    const { client, view } = await loaded();
    await client.runUntil(Number.MAX_SAFE_INTEGER);
    const arrived = () => Array.from({ length: view?.series.length ?? 0 }, (_, bin) => view?.series.arrived(bin));
    const before = arrived();
    await client.seek(2_000_000);
    await client.runUntil(Number.MAX_SAFE_INTEGER);
    expect(arrived()).toEqual(before);
  });

  it('stops right where a breakpoint is fulfilled, and not again before somebody lets it go on', async () => {
    const { client } = await loaded();
    await client.setBreakpoints([READS]);
    const broke = nextEvent(client, 'broke');
    client.setTarget(Infinity);
    const { breakpoint, now_ps } = await broke;
    expect(breakpoint).toBe('b1');
    client.setTarget(Infinity);
    expect(await client.pause()).toBe(now_ps);
    await client.setBreakpoints([{ ...READS, isEnabled: false }]);
    const finished = nextEvent(client, 'finished');
    client.setTarget(Infinity);
    expect((await finished).report.outcome).toBe('finished');
  });

  it.each<readonly [string, Breakpoint['when'], RegExp]>([
    ['a time', { kind: 'time', at_ps: 2_345_678 }, /instant/],
    ['a memory', { kind: 'memoryWrite', memory: 0, first: 0, last: 0xffff }, /changed from/],
    [
      'a requester',
      { kind: 'tlp', requester: 0, addresses: { first: 0, last: Number.MAX_SAFE_INTEGER } },
      /begins to cross/,
    ],
  ])('stops at %s', async (_name, when, what) => {
    const { client, machine } = await loaded();
    const destination = machine.destination;
    const placed = when.kind === 'memoryWrite' && destination !== undefined;
    const { offset = 0, memory = 0 } = destination ?? {};
    const moved: Breakpoint['when'] = placed ? { ...when, memory, first: offset, last: offset + 4095 } : when;
    await client.setBreakpoints([{ id: 'x', isEnabled: true, when: moved }]);
    const broke = nextEvent(client, 'broke');
    const stopped_ps = await client.runUntil(Number.MAX_SAFE_INTEGER);
    const hit = await broke;
    expect(hit.now_ps).toBe(stopped_ps);
    expect(hit.what).toMatch(what);
    if (when.kind === 'time') expect(hit.now_ps).toBe(when.at_ps);
  });

  it('does not stop at breakpoints on the way to an instant it knows', async () => {
    const { client } = await loaded();
    await client.runUntil(5_000_000);
    await client.setBreakpoints([READS]);
    await client.seek(0);
    expect(await client.seek(4_000_000)).toBe(4_000_000);
  });

  it('says how far the run can be gone back, and that a change has made the rest void', async () => {
    const { client } = await loaded();
    await client.runUntil(5_000_000);
    await client.seek(2_000_000);
    const { place, furthest, keptBytes, budgetBytes } = await client.history();
    expect([place.now_ps, furthest.now_ps]).toEqual([2_000_000, 5_000_000]);
    expect(keptBytes).toBeGreaterThan(0);
    expect(keptBytes).toBeLessThan(budgetBytes);
    const branched = nextEvent(client, 'branched');
    await client.inject({ kind: 'linkDown', link: 'sw0-p0' });
    expect((await branched).at_ps).toBe(2_000_000);
    const after = await client.history();
    expect(after.furthest.now_ps).toBe(2_000_000);
    expect(after.changes).toHaveLength(1);
  });

  it('hands over the configuration write that was made while it stood', async () => {
    const { client } = await loaded();
    await client.runUntil(2_000_000);
    drain(client);
    const written: (number | undefined)[] = [];
    await client.writeConfig('sw0-p1', 0x14e, 2, 4);
    await client.pause();
    client.view?.drainHops((words, offset) => void written.push((words[offset + HOP.what] ?? 0) & 0xff));
    expect(written).toContain(TLP_KIND.CfgWr1);
  });

  it('steps back by each unit to where it was', async () => {
    const { client } = await loaded();
    for (const unit of ['event', 'hop', 'tlp', 'transaction'] as const) {
      await client.seek(3_000_000);
      const first = await client.step(unit);
      await client.step(unit);
      expect(await client.stepBack(unit), unit).toBe(first);
    }
  });
});
