/*
 * One suite for every kind of client: in this process, and in a worker with and without shared memory. The
 * workers are threads of Node running the bundle a browser would get; e2e/ repeats the essentials in a browser.
 * The machine is a small one whose numbers are known; simulatedMachine.test.ts covers the real one.
 */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  BEHAVIOUR,
  byteOfEvent,
  createFakeMachine,
  EVENT_BYTES,
  EVENT_PERIOD_ps,
} from '../../tests/support/fakeMachine.ts';
import { nodeWorker } from '../../tests/support/nodeWorker.ts';
import { HOP, MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { TopologyDocument, TransferSpec } from '../topology/document.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import type { MachineView } from './clientInterface.ts';
import { EngineFailure } from './engineFailure.ts';
import type { PortListener } from './enginePort.ts';
import { MessageClient } from './messageClient.ts';
import type { EngineEvent, RunReport } from './protocol.ts';
import { openInProcess } from './worker/inProcessPort.ts';
import { openWorker } from './workerPort.ts';
import type { StartWorker } from './workerPort.ts';

const TRANSFER: TransferSpec = { ...defaultMachine.transfer, bytes: 10_000 * EVENT_BYTES };
const END_ps = 10_000 * EVENT_PERIOD_ps;

let start: StartWorker;
beforeAll(async () => {
  start = await nodeWorker('tests/support/fakeEngineWorker.ts');
});

const KINDS: readonly { readonly name: string; readonly threaded: boolean; readonly make: () => MessageClient }[] = [
  {
    name: 'in this process',
    threaded: false,
    make: () => new MessageClient((listener) => Promise.resolve(openInProcess(listener, createFakeMachine))),
  },
  {
    name: 'in a worker with shared memory',
    threaded: true,
    make: () => new MessageClient((listener: PortListener) => openWorker(start, true, listener)),
  },
  {
    name: 'in a worker that sends copies',
    threaded: true,
    make: () => new MessageClient((listener: PortListener) => openWorker(start, false, listener)),
  },
];

const named = (name: string): TopologyDocument => ({ ...defaultMachine, name });

function viewOf(client: MessageClient): MachineView {
  const view = client.view;
  if (view === undefined) throw new Error('no view');
  return view;
}

/** The next event of that kind. */
function next<Kind extends EngineEvent['kind']>(
  client: MessageClient,
  kind: Kind,
): Promise<Extract<EngineEvent, { kind: Kind }>> {
  return new Promise((resolve) => {
    const stop = client.listen((event) => {
      if (event.kind !== kind) return;
      stop();
      resolve(event as Extract<EngineEvent, { kind: Kind }>);
    });
  });
}

/** Waits for what only time brings: a copy of memory that was asked for, a target reached. */
async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function failureOf(promise: Promise<unknown>): Promise<EngineFailure> {
  const outcome = await promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(EngineFailure);
  return outcome as EngineFailure;
}

/** Plenty: a test machine may be busy with other things. */
const TIMEOUT_ms = 30_000;

describe.each(KINDS)('a client of an engine $name', { timeout: TIMEOUT_ms }, ({ make, threaded }) => {
  let client: MessageClient;
  const open = async (name = 'plain', transfer = TRANSFER): Promise<MachineView> => {
    client?.dispose();
    client = make();
    await client.load(named(name), transfer, 'bounce', 7);
    return viewOf(client);
  };
  afterEach(() => client.dispose());

  it('shows the machine at time 0 after load', async () => {
    client = make();
    expect(client.view).toBeUndefined();
    const machine = await client.load(named('plain'), TRANSFER, 'p2p', 1);
    expect(machine.links).toHaveLength(2);
    const view = viewOf(client);
    expect(view.machineCounters[MACHINE_COUNTER.now_ps]).toBe(0);
    expect(view.series.length).toBe(0);
  });

  it('runs until a time, exactly, and stays there', async () => {
    const view = await open();
    expect(await client.runUntil(1_000_000)).toBe(1_000_000);
    expect(view.machineCounters[MACHINE_COUNTER.now_ps]).toBe(1_000_000);
    expect(view.machineCounters[MACHINE_COUNTER.events]).toBe(Math.floor(1_000_000 / EVENT_PERIOD_ps));
    expect(await client.pause()).toBe(1_000_000);
  });

  it('answers at once when the time asked for has passed', async () => {
    await open();
    await client.runUntil(5000);
    expect(await client.runUntil(10)).toBe(5000);
  });

  it('steps single events', async () => {
    const view = await open();
    expect(await client.step('event')).toBe(EVENT_PERIOD_ps);
    expect(await client.step('event')).toBe(2 * EVENT_PERIOD_ps);
    expect(view.machineCounters[MACHINE_COUNTER.arrivedBytes]).toBe(2 * EVENT_BYTES);
  });

  it('follows a moving target and wakes again after it was reached', async () => {
    const view = await open();
    for (const at_ps of [1000, 20_000, 20_000, 300_000]) {
      client.setTarget(at_ps);
      await eventually(() => view.machineCounters[MACHINE_COUNTER.now_ps] === at_ps);
    }
    expect(await client.pause()).toBe(300_000);
  });

  it('takes a target that was set while the machine was loading', async () => {
    client = make();
    const loading = client.load(named('plain'), TRANSFER, 'p2p', 1);
    client.setTarget(4321);
    await loading;
    await eventually(() => viewOf(client).machineCounters[MACHINE_COUNTER.now_ps] === 4321);
  });

  it('does not move after a pause until it gets a target again', async () => {
    const view = await open(BEHAVIOUR.endless);
    client.setTarget(Infinity);
    await eventually(() => (view.machineCounters[MACHINE_COUNTER.now_ps] ?? 0) > 0);
    const paused_ps = await client.pause();
    expect(view.machineCounters[MACHINE_COUNTER.now_ps]).toBe(paused_ps);
    await client.readConfig('f0');
    expect(await client.pause()).toBe(paused_ps);
    client.setTarget(Infinity);
    await eventually(() => (view.machineCounters[MACHINE_COUNTER.now_ps] ?? 0) > paused_ps);
  });

  it('answers a pending runUntil when it is paused', async () => {
    await open(BEHAVIOUR.endless);
    const running = client.runUntil(1e14);
    const paused_ps = await client.pause();
    expect(await running).toBe(paused_ps);
    expect(paused_ps).toBeLessThan(1e14);
  });

  it('reports the end once, with everything written before', async () => {
    const view = await open();
    const reports: RunReport[] = [];
    client.listen((event) => event.kind === 'finished' && reports.push(event.report));
    expect(await client.runUntil(Infinity)).toBe(END_ps);
    client.setTarget(Infinity);
    await client.step('event');
    expect(await client.runUntil(2 * END_ps)).toBe(END_ps);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ way: 'bounce', duration_ps: END_ps, traceHash: '0000000000000007' });
    expect(view.machineCounters[MACHINE_COUNTER.arrivedBytes]).toBe(TRANSFER.bytes);
    expect(view.series.length).toBeGreaterThan(0);
    expect(view.series.arrived(view.series.length - 1)).toBe(TRANSFER.bytes);
  });

  it('reports an end reached by stepping, with the same series as a run', async () => {
    const count = 20;
    const view = await open('plain', { ...TRANSFER, bytes: count * EVENT_BYTES });
    const finished = next(client, 'finished');
    for (let event = 0; event < count; event += 1) await client.step('event');
    expect((await finished).report.duration_ps).toBe(count * EVENT_PERIOD_ps);
    const stepped = Array.from({ length: view.series.length }, (_, bin) => view.series.arrived(bin));
    const run = await open('plain', { ...TRANSFER, bytes: count * EVENT_BYTES });
    await client.runUntil(Infinity);
    expect(stepped).toEqual(Array.from({ length: run.series.length }, (_, bin) => run.series.arrived(bin)));
    expect(stepped.at(-1)).toBe(count * EVENT_BYTES);
  });

  it('passes every hop record on, in order, while the reader keeps up', async () => {
    const view = await open();
    const serials: number[] = [];
    for (let at_ps = 100_000; at_ps <= END_ps; at_ps += 100_000) {
      await client.runUntil(at_ps);
      const lost = view.drainHops((words, offset) => serials.push(words[offset + HOP.serial] ?? -1));
      expect(lost).toBe(0);
    }
    expect(serials).toEqual(Array.from({ length: Math.floor(1_300_000 / EVENT_PERIOD_ps) }, (_, n) => n + 1));
  });

  it('drops hop records, and counts them, when nobody reads', async () => {
    const view = await open('plain', { ...TRANSFER, bytes: 40_000 * EVENT_BYTES });
    await client.runUntil(Infinity);
    let seen = 0;
    const lost = view.drainHops(() => {
      seen += 1;
    });
    expect(seen).toBeGreaterThan(1000);
    expect(seen + lost).toBe(40_000);
  });

  it('shows the bytes that arrived, also in memory made while running', async () => {
    const view = await open('plain', { ...TRANSFER, bytes: 40_000 * EVENT_BYTES });
    await client.runUntil(Infinity);
    for (const event of [1, 20_000, 40_000]) {
      const bytes = new Uint8Array(EVENT_BYTES);
      await eventually(() => view.readMemory(0, (event - 1) * EVENT_BYTES, bytes));
      expect(bytes).toEqual(new Uint8Array(EVENT_BYTES).fill(byteOfEvent(event)));
    }
    const untouched = new Uint8Array(16).fill(1);
    await eventually(() => view.readMemory(0, 2 ** 33, untouched));
    expect(untouched).toEqual(new Uint8Array(16));
  });

  it('sees bytes change that it has read before', async () => {
    const view = await open();
    const byte = new Uint8Array(1);
    await client.runUntil(EVENT_PERIOD_ps);
    await eventually(() => view.readMemory(0, EVENT_BYTES, byte));
    expect(byte[0]).toBe(0);
    await client.runUntil(2 * EVENT_PERIOD_ps);
    await eventually(() => view.readMemory(0, EVENT_BYTES, byte) && byte[0] === byteOfEvent(2));
  });

  it('records the same series however the run was driven', async () => {
    const whole = await open();
    await client.runUntil(Infinity);
    const values = (view: MachineView): number[] =>
      Array.from({ length: view.series.length }, (_, bin) => view.series.link(bin, 0, 0));
    const reference = values(whole);
    const other = make();
    await other.load(named('plain'), TRANSFER, 'bounce', 7);
    await other.runUntil(12_345);
    await other.step('event');
    const finished = next(other, 'finished');
    other.setTarget(700_000);
    await other.runUntil(700_001);
    other.setTarget(Infinity);
    await finished;
    expect(values(viewOf(other))).toEqual(reference);
    other.dispose();
  });

  it('answers questions while the machine runs', async () => {
    await open(BEHAVIOUR.endless);
    client.setTarget(Infinity);
    expect(await client.readConfig('f0')).toEqual(Uint8Array.of(0xf8, 0x11, 0x15, 0xf1));
    expect((await client.verdict('f0', 'x')).provider).toBe('f0');
  });

  it('rejects a question about something that is not there, and stays usable', async () => {
    await open();
    expect((await failureOf(client.readConfig('nobody'))).code).toBe('UNKNOWN_NODE');
    expect((await failureOf(client.verdict('nobody', 'f0'))).code).toBe('UNKNOWN_FUNCTION');
    expect(await client.runUntil(1000)).toBe(1000);
  });

  it('keeps the machine when answering a question throws', async () => {
    await open(BEHAVIOUR.brokenVerdict);
    const failure = await failureOf(client.verdict('f0', 'f0'));
    expect(failure.code).toBe('ENGINE_INVARIANT');
    expect(failure.engineStack).toContain('broken verdict');
    expect(await client.runUntil(1000)).toBe(1000);
  });

  it('rejects a document with all its diagnostics', async () => {
    client = make();
    const failure = await failureOf(client.load(named(BEHAVIOUR.rejected), TRANSFER, 'p2p', 1));
    expect(failure.code).toBe('DOCUMENT_REJECTED');
    expect(failure.message).toContain('nothing fits');
    expect(failure.diagnostics).toMatchObject([{ code: 'NOTHING_FITS', fix: 'make it smaller' }]);
    await client.load(named('plain'), TRANSFER, 'p2p', 1);
    expect(await client.runUntil(1000)).toBe(1000);
  });

  it('tells of an exception while running, drops that machine, and loads the next', async () => {
    await open(BEHAVIOUR.broken);
    const failed = next(client, 'failed');
    client.setTarget(Infinity);
    const event = await failed;
    expect(event.code).toBe('ENGINE_INVARIANT');
    expect(event.message).toBe('event 1000');
    expect(event.stack).toContain('invariant');
    expect((await failureOf(client.runUntil(1e6))).code).toBe('NO_MACHINE');
    await client.load(named('plain'), TRANSFER, 'p2p', 1);
    expect(await client.runUntil(1000)).toBe(1000);
  });

  it('supersedes what waits when a newer machine is loaded', async () => {
    await open(BEHAVIOUR.endless);
    const running = client.runUntil(1e14);
    const first = client.load(named('plain'), TRANSFER, 'p2p', 1);
    const second = client.load(named('plain'), TRANSFER, 'p2p', 2);
    expect((await failureOf(running)).code).toBe('SUPERSEDED');
    expect((await failureOf(first)).code).toBe('SUPERSEDED');
    await second;
    expect(await client.runUntil(1000)).toBe(1000);
  });

  it('does not mix the events of an older machine into a newer one', async () => {
    await open();
    const reports: RunReport[] = [];
    client.listen((event) => event.kind === 'finished' && reports.push(event.report));
    client.setTarget(Infinity);
    await client.load(named('plain'), { ...TRANSFER, bytes: EVENT_BYTES }, 'p2p', 99);
    await client.runUntil(Infinity);
    expect(reports.map((report) => report.traceHash)).toEqual(['0000000000000063']);
  });

  it('refuses commands without a machine', async () => {
    client = make();
    expect((await failureOf(client.pause())).code).toBe('NO_MACHINE');
  });

  it('answers what waits when it is disposed', async () => {
    await open(BEHAVIOUR.endless);
    const running = client.runUntil(1e14);
    client.dispose();
    expect((await failureOf(running)).code).toBe('SUPERSEDED');
    expect(client.view).toBeUndefined();
  });

  it.runIf(threaded)('notices a lost engine and starts another with the next load', async () => {
    await open(BEHAVIOUR.crash);
    const failed = next(client, 'failed');
    const running = client.runUntil(Infinity);
    const [event, failure] = await Promise.all([failed, failureOf(running.then(() => client.runUntil(Infinity)))]);
    expect(event.code).toBe('ENGINE_LOST');
    expect(event.message).toContain('the engine fell over');
    expect(['ENGINE_LOST', 'NO_MACHINE']).toContain(failure.code);
    expect(client.view).toBeUndefined();
    await client.load(named('plain'), TRANSFER, 'p2p', 1);
    expect(await client.runUntil(1000)).toBe(1000);
  });
});
