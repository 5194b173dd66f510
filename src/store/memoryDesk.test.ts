/* The desk over a real engine on this thread, whose machine is the default one. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { countText, sizeText } from '../base/format.ts';
import { MIB } from '../base/units.ts';
import { createInProcessClient } from '../engine/inProcessClient.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { createAnnouncer } from './announcer.ts';
import { MemoryDesk } from './memoryDesk.ts';
import { UNDO_BUDGET_BYTES } from './memoryUndo.ts';
import { Session } from './session.ts';

vi.setConfig({ testTimeout: 60_000 });

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A desk, and the two memories it works on: a device's, and the host's. */
async function open() {
  const session = new Session({ makeClient: createInProcessClient, seed: 1 });
  stops.push(() => session.dispose());
  await session.load('direct', defaultMachine, 'p2p');
  const desk = new MemoryDesk(session, createAnnouncer());
  const { machine, view } = session.lane('direct');
  const memory = machine?.memories.find(({ node }) => node === 'iopmem1');
  if (machine === undefined || view === undefined || memory === undefined) throw new Error('no machine');
  const bytesAt = (offset: number, lengthBytes: number, index = memory.index): number[] => {
    const bytes = new Uint8Array(lengthBytes);
    expect(view.readMemory(index, offset, bytes)).toBe(true);
    return [...bytes];
  };
  return { session, desk, machine, memory, bytesAt };
}

const run = (offset: number, ...bytes: readonly number[]) => ({ offset, bytes: Uint8Array.from(bytes) });

describe('changes by hand', () => {
  it('are one step of undo each, whatever they consist of, and can be done again', async () => {
    const { desk, machine, memory, bytesAt } = await open();
    await desk.write('direct', memory.index, [run(16, 1, 2), run(40, 3)]);
    expect(await desk.fill('direct', memory.index, { offset: 17, lengthBytes: 4 }, Uint8Array.of(9, 8))).toEqual({
      kind: 'done',
      value: 4,
    });
    expect(bytesAt(16, 5)).toEqual([1, 9, 8, 9, 8]);
    expect(desk.stacksOf('direct', machine).past.map(({ name }) => name)).toEqual([
      `Edit of ${countText(3, 'byte')}`,
      `Fill of ${sizeText(4)}`,
    ]);
    await desk.undo('direct');
    expect([...bytesAt(16, 3), ...bytesAt(40, 1)]).toEqual([1, 2, 0, 3]);
    await desk.undo('direct');
    expect([...bytesAt(16, 3), ...bytesAt(40, 1)]).toEqual([0, 0, 0, 0]);
    expect(await desk.undo('direct')).toBeUndefined();
    await desk.redo('direct');
    await desk.redo('direct');
    expect(bytesAt(16, 5)).toEqual([1, 9, 8, 9, 8]);
    await desk.undo('direct');
    await desk.write('direct', memory.index, [run(0, 7)]);
    expect(desk.stacksOf('direct', machine).future).toEqual([]);
  });

  it('larger than a megabyte go in pieces and come back whole; zeros make no storage', async () => {
    const { desk, memory, bytesAt } = await open();
    const lengthBytes = 2 * MIB + 5;
    await desk.fill('direct', memory.index, { offset: 3, lengthBytes }, Uint8Array.of(1, 2, 3));
    expect([...bytesAt(0, 5), ...bytesAt(3 + MIB, 3), ...bytesAt(lengthBytes, 5)]).toEqual([
      0, 0, 0, 1, 2, 2, 3, 1, 2, 3, 1, 0, 0,
    ]);
    await desk.fill('direct', memory.index, { offset: 0, lengthBytes: memory.sizeBytes }, Uint8Array.of(0));
    expect(bytesAt(3, 3)).toEqual([0, 0, 0]);
    await desk.undo('direct');
    expect([...bytesAt(3, 3), ...bytesAt(lengthBytes, 5)]).toEqual(
      [1, 2, 3, 3, 1, 0, 0].slice(0, 3).concat([2, 3, 1, 0, 0]),
    );
    await desk.undo('direct');
    expect(bytesAt(3, 3)).toEqual([0, 0, 0]);
  });

  it('too large to keep what they replace say so, and end what could be undone', async () => {
    const { desk, machine, memory } = await open();
    await desk.write('direct', memory.index, [run(0, 1)]);
    const range = { offset: 0, lengthBytes: UNDO_BUDGET_BYTES + 1 };
    await desk.fill('direct', memory.index, range, Uint8Array.of(1));
    expect(desk.stacksOf('direct', machine)).toMatchObject({
      past: [],
      lost: `Fill of ${sizeText(UNDO_BUDGET_BYTES + 1)}`,
    });
  });

  it('are gone with their machine', async () => {
    const { session, desk, memory } = await open();
    await desk.write('direct', memory.index, [run(0, 1)]);
    await session.load('direct', defaultMachine, 'p2p');
    expect(desk.stacksOf('direct', session.lane('direct').machine).past).toEqual([]);
    expect(await desk.undo('direct')).toBeUndefined();
  });

  it('outside the memory are refused with words, and the machine goes on', async () => {
    const { desk, memory, bytesAt } = await open();
    const ended = await desk.write('direct', memory.index, [run(memory.sizeBytes - 1, 1, 2)]);
    expect(ended).toMatchObject({ kind: 'failed', message: expect.stringContaining('outside') });
    expect(await desk.write('direct', memory.index, [run(0, 5)])).toEqual({ kind: 'done', value: 1 });
    expect(bytesAt(0, 1)).toEqual([5]);
  });
});

describe('searching', () => {
  it('goes on from a place, either way, and once round', async () => {
    const { desk, memory } = await open();
    await desk.write('direct', memory.index, [run(100, 1, 2, 3), run(5_000_000, 1, 2, 3)]);
    const from = (offset: number) => ({ memory: memory.index, offset, sizeBytes: memory.sizeBytes });
    const search = async (offset: number, backwards: boolean, ...needle: readonly number[]) => {
      const ended = await desk.search('direct', from(offset), Uint8Array.from(needle), backwards);
      return ended.kind === 'done' ? ended.value : ended.kind;
    };
    expect(await search(0, false, 1, 2, 3)).toEqual({ offset: 100, wrapped: false });
    expect(await search(100, false, 1, 2, 3)).toEqual({ offset: 5_000_000, wrapped: false });
    expect(await search(5_000_000, false, 1, 2, 3)).toEqual({ offset: 100, wrapped: true });
    expect(await search(100, true, 1, 2, 3)).toEqual({ offset: 5_000_000, wrapped: true });
    expect(await search(5_000_000, true, 1, 2, 3)).toEqual({ offset: 100, wrapped: false });
    expect(await search(0, false, 3, 2, 1)).toBeUndefined();
    // The only match is where it begins: round to itself.
    expect(await search(5_000_000, false, 0, 1, 2, 3, 0, 0, 0)).toEqual({ offset: 99, wrapped: true });
    expect(await search(memory.sizeBytes - 1, false, 1, 2, 3)).toEqual({ offset: 100, wrapped: true });
  });

  it('goes from block to block of what is not zero, over gigabytes of nothing', async () => {
    const { desk, memory, machine } = await open();
    const host = machine.memories[0];
    if (host === undefined) throw new Error('no host memory');
    const far = host.sizeBytes - 4096;
    await desk.write('direct', memory.index, [run(1000, 1, 0, 2), run(2000, 3)]);
    await desk.write('direct', 0, [run(far, 4)]);
    const data = async (index: number, offset: number, sizeBytes: number, backwards: boolean) => {
      const ended = await desk.findData('direct', { memory: index, offset, sizeBytes }, backwards);
      return ended.kind === 'done' ? ended.value : ended.kind;
    };
    const { index, sizeBytes } = memory;
    expect(await data(index, 0, sizeBytes, false)).toBe(1000);
    expect(await data(index, 1000, sizeBytes, false)).toBe(2000);
    expect(await data(index, 2000, sizeBytes, false)).toBeUndefined();
    expect(await data(index, 2000, sizeBytes, true)).toBe(1002);
    expect(await data(index, 1002, sizeBytes, true)).toBeUndefined();
    expect(await data(0, host.sizeBytes / 2, host.sizeBytes, false)).toBe(far);
  });

  it('stops when it is told to', async () => {
    const { desk, memory } = await open();
    const range = { offset: 0, lengthBytes: 20 * MIB };
    await desk.fill('direct', memory.index, range, Uint8Array.of(1));
    const place = { memory: memory.index, offset: 0, sizeBytes: memory.sizeBytes };
    const ended = desk.search('direct', place, Uint8Array.of(2), false);
    expect(desk.store.getState().work?.name).toBe('Searching');
    desk.cancel();
    expect(await ended).toEqual({ kind: 'cancelled' });
    expect(desk.store.getState().work).toBeUndefined();
  });
});

describe('comparing and reading', () => {
  it('counts what differs and joins runs across pieces', async () => {
    const { desk, memory } = await open();
    const lengthBytes = 20 * MIB;
    await desk.fill('direct', memory.index, { offset: 0, lengthBytes }, Uint8Array.of(1));
    const ended = await desk.compare(
      'direct',
      { memory: memory.index, offset: 0 },
      { memory: 0, offset: 0 },
      2 * lengthBytes,
    );
    expect(ended).toMatchObject({ kind: 'done', value: { comparedBytes: 2 * lengthBytes } });
    if (ended.kind !== 'done') return;
    const [first] = ended.value.ranges;
    // Host memory holds the kernel's own few pages: all else differs.
    expect(ended.value.differentBytes).toBeGreaterThan(lengthBytes - 64 * 1024);
    expect(first?.lengthBytes).toBeGreaterThan(8 * MIB);
  });

  it('reads a range in pieces, which are the bytes of it', async () => {
    const { desk, memory } = await open();
    await desk.write('direct', memory.index, [run(MIB + 3, 1, 2, 3)]);
    const ended = await desk.read('direct', memory.index, { offset: 4, lengthBytes: 2 * MIB });
    if (ended.kind !== 'done') throw new Error(ended.kind);
    expect(ended.value.map((piece) => piece.length)).toEqual([MIB, MIB]);
    expect([...(ended.value[0]?.subarray(-1) ?? []), ...(ended.value[1]?.subarray(0, 3) ?? [])]).toEqual([1, 2, 3, 0]);
  });

  it('loads a source, and gives up where it fails with what was written undoable', async () => {
    const { desk, machine, memory, bytesAt } = await open();
    const source = {
      sizeBytes: 2 * MIB,
      read: (offset: number, lengthBytes: number) =>
        offset === 0
          ? Promise.resolve(new Uint8Array(lengthBytes).fill(6))
          : Promise.reject(new Error('the file is gone')),
    };
    const ended = await desk.load('direct', { memory: memory.index, offset: 10 }, source, 'Load of a file');
    expect(ended).toEqual({ kind: 'failed', message: 'the file is gone' });
    expect(bytesAt(9, 2)).toEqual([0, 6]);
    expect(desk.stacksOf('direct', machine).past).toMatchObject([{ name: 'Load of a file', totalBytes: MIB }]);
    await desk.undo('direct');
    expect(bytesAt(9, 2)).toEqual([0, 0]);
  });
});
