/* A debugger's access to memory over every kind of engine: on this thread, in a worker, and where memory is not shared. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFakeMachine, FAKE_MEMORY_BYTES } from '../../tests/support/fakeMachine.ts';
import { nodeWorker } from '../../tests/support/nodeWorker.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { FAILURE_CODE } from './engineFailure.ts';
import type { PortListener } from './enginePort.ts';
import { MessageClient } from './messageClient.ts';
import { MAX_NEEDLE_BYTES, MAX_PIECE_BYTES } from './protocol.ts';
import { openInProcess } from './worker/inProcessPort.ts';
import { openWorker, type StartWorker } from './workerPort.ts';

vi.setConfig({ testTimeout: 60_000 });

let start: StartWorker;
beforeAll(async () => {
  start = await nodeWorker('tests/support/fakeEngineWorker.ts');
});

const KINDS: readonly { readonly name: string; readonly make: () => MessageClient }[] = [
  {
    name: 'in this process',
    make: () => new MessageClient((listener) => Promise.resolve(openInProcess(listener, createFakeMachine))),
  },
  {
    name: 'in a worker with shared memory',
    make: () => new MessageClient((listener: PortListener) => openWorker(start, true, listener)),
  },
  {
    name: 'in a worker that sends copies',
    make: () => new MessageClient((listener: PortListener) => openWorker(start, false, listener)),
  },
];

const FAR = 2 ** 33;
/** Plenty: a test machine may be busy with other things. */
const PATIENCE = { timeout: 30_000, interval: 5 };

describe.each(KINDS)('memory of an engine $name', ({ make }) => {
  let client: MessageClient;
  const open = async (): Promise<MessageClient> => {
    client = make();
    await client.load(defaultMachine, defaultMachine.transfer, 'p2p', 1);
    return client;
  };
  afterEach(() => client.dispose());

  it('is written, and whoever looks sees it', async () => {
    const { memory, view } = await open();
    const bytes = new Uint8Array(4);
    // Copies are asked for: the old bytes may be at hand when the new ones are written.
    await vi.waitFor(() => expect(view?.readMemory(0, FAR, bytes)).toBe(true), PATIENCE);
    expect(await memory.write(0, FAR, Uint8Array.of(1, 2, 3))).toMatchObject({
      lengthBytes: 3,
      before: Uint8Array.of(0, 0, 0),
    });
    const isThere = view?.readMemory(0, FAR, bytes);
    if (isThere === true) expect([...bytes]).toEqual([1, 2, 3, 0]);
    await vi.waitFor(() => {
      expect(view?.readMemory(0, FAR, bytes)).toBe(true);
      expect([...bytes]).toEqual([1, 2, 3, 0]);
    }, PATIENCE);
    expect([...(await memory.read(0, FAR, 4))]).toEqual([1, 2, 3, 0]);
    expect((await memory.write(0, FAR + 1, Uint8Array.of(9))).before).toEqual(Uint8Array.of(2));
  });

  it('is filled, searched and compared', async () => {
    const { memory } = await open();
    const filled = await memory.fill(0, { offset: FAR, lengthBytes: 2 * MAX_PIECE_BYTES }, Uint8Array.of(1, 2, 3), 1);
    expect(filled.lengthBytes).toBe(MAX_PIECE_BYTES);
    expect([...(await memory.read(0, FAR, 4))]).toEqual([2, 3, 1, 2]);
    const zeros = await memory.fill(0, { offset: 0, lengthBytes: FAR }, Uint8Array.of(0), 0);
    expect(zeros).toMatchObject({ lengthBytes: FAR, before: undefined });
    const whole = { offset: 0, lengthBytes: FAKE_MEMORY_BYTES };
    expect(await memory.search(0, whole, Uint8Array.of(0, 2, 3, 1), false)).toMatchObject({ offset: FAR - 1 });
    expect(await memory.search(0, whole, Uint8Array.of(9, 9), true)).toMatchObject({ offset: undefined });
    const compared = await memory.compare({ memory: 0, offset: 0 }, { memory: 0, offset: FAR - 2 }, 5);
    expect(compared).toMatchObject({ comparedBytes: 5, differentBytes: 3, ranges: [{ offset: 2, lengthBytes: 3 }] });
  });

  it('answers for addresses, and says what there is not; the machine goes on', async () => {
    const { memory } = await open();
    expect(await memory.nameAddress('f0', { by: 'bus', address: 0x1000 })).toMatchObject({ bus: { value: 0x1000 } });
    const failure = { code: FAILURE_CODE.outsideMemory };
    await expect(memory.nameAddress('f9', { by: 'bus', address: 0 })).rejects.toMatchObject({
      code: FAILURE_CODE.unknownNode,
    });
    await expect(memory.write(0, FAKE_MEMORY_BYTES - 1, Uint8Array.of(1, 2))).rejects.toMatchObject(failure);
    await expect(memory.write(7, 0, Uint8Array.of(1))).rejects.toMatchObject(failure);
    await expect(memory.write(0, 0, new Uint8Array(MAX_PIECE_BYTES + 1))).rejects.toMatchObject(failure);
    const long = new Uint8Array(MAX_NEEDLE_BYTES + 1);
    await expect(memory.search(0, { offset: 0, lengthBytes: FAR }, long, false)).rejects.toMatchObject(failure);
    await expect(memory.fill(0, { offset: -1, lengthBytes: 9 }, Uint8Array.of(1), 0)).rejects.toMatchObject(failure);
    expect(await client.runUntil(1000)).toBe(1000);
  });
});
