import { describe, expect, it } from 'vitest';
import { FakeFabric, FakeMemory, type FakeOptions } from '../../../../tests/support/fakeFabric.ts';
import { highDword, lowDword } from '../../../base/bits.ts';
import { at } from '../../../base/invariant.ts';
import { buildConfigSpaces } from '../../config/buildConfigSpace.ts';
import {
  GENERATOR_BASE_HIGH,
  GENERATOR_BASE_LOW,
  GENERATOR_CONTROL,
  GENERATOR_COUNT,
  GENERATOR_DONE,
  GENERATOR_OPERATION_BYTES,
  GENERATOR_OUTSTANDING,
  GENERATOR_SEED,
  GENERATOR_STATUS,
  GENERATOR_WINDOW_LOW,
  GENERATOR_WRONG,
  generatorBase,
} from '../../config/devices/engineRegisters.ts';
import { extractField, insertFields, type Register } from '../../config/register.ts';
import { FLOW, flowByteOf } from '../../pcie/tlp.ts';
import { defaultMachine } from '../../../topology/presets/defaultMachine.ts';
import { EngineDevice } from './engineDevice.ts';
import { HandlerSocket } from './handlerSocket.ts';
import { MemorySide } from './localSides.ts';
import { PatternSource } from './pattern.ts';

const TARGET = 0x40_0000_0000;
const WINDOW = 16 * 1024;
const SEED = 77;
const BYTE = flowByteOf(FLOW.p2p, 9);

interface Order {
  readonly operations: number;
  readonly operationBytes?: number;
  readonly outstanding?: number;
  readonly write?: 0 | 1;
  readonly random?: 0 | 1;
  readonly endless?: 0 | 1;
  readonly address?: number;
}

class Bench {
  readonly fabric = new FakeFabric();
  readonly memory: FakeMemory = this.fabric.addRegion(TARGET, WINDOW);
  readonly device: EngineDevice;
  arrived = 0;
  operations = 0;

  constructor(options: FakeOptions = {}) {
    const config = buildConfigSpaces(defaultMachine).get('nic0');
    if (config === undefined) throw new Error('the default machine has no nic0');
    const socket = new HandlerSocket();
    const pattern = new PatternSource(SEED);
    pattern.readInto(0, WINDOW, this.memory.bytes, 0);
    this.device = new EngineDevice(this.fabric.port(socket, options), {
      config,
      engineBar: 0,
      local: new MemorySide(new FakeMemory(4096), 0),
      ownMemory: undefined,
      buffer: undefined,
      maximumReads: 32,
      rate: undefined,
      onArrived: (lengthBytes, flow) => {
        expect(flow).toBe(BYTE);
        this.arrived += lengthBytes;
      },
      onOperation: () => {
        this.operations += 1;
      },
    });
    socket.plug(this.device);
  }

  write(register: Register, value: number, channel = 0): void {
    this.device.onRegisterWrite(0, generatorBase(channel) + register.offsetBytes, 4, value);
  }

  read(register: Register, channel = 0): number {
    return this.device.onRegisterRead(0, generatorBase(channel) + register.offsetBytes, 4);
  }

  start(order: Order, channel = 0): void {
    const { write = 0, random = 0, endless = 0 } = order;
    const address = order.address ?? TARGET;
    this.write(GENERATOR_BASE_LOW, lowDword(address), channel);
    this.write(GENERATOR_BASE_HIGH, highDword(address), channel);
    this.write(GENERATOR_WINDOW_LOW, WINDOW, channel);
    this.write(GENERATOR_OPERATION_BYTES, order.operationBytes ?? 64, channel);
    this.write(GENERATOR_OUTSTANDING, order.outstanding ?? 4, channel);
    this.write(GENERATOR_COUNT, order.operations, channel);
    this.write(GENERATOR_SEED, SEED, channel);
    this.write(
      GENERATOR_CONTROL,
      insertFields(GENERATOR_CONTROL, 0, { run: 1, write, random, endless, flow: BYTE }),
      channel,
    );
  }

  isBusy(channel = 0): boolean {
    return extractField(GENERATOR_STATUS, 'busy', this.read(GENERATOR_STATUS, channel)) === 1;
  }
}

describe('an access generator', () => {
  it('reads its window, finds the bytes it expects, and says when it is done', () => {
    const bench = new Bench();
    bench.start({ operations: 500, random: 1 });
    expect(bench.isBusy()).toBe(true);
    bench.fabric.runToIdle();
    expect(bench.isBusy()).toBe(false);
    expect([bench.read(GENERATOR_DONE), bench.read(GENERATOR_WRONG)]).toEqual([500, 0]);
    expect([bench.operations, bench.arrived]).toEqual([500, 500 * 64]);
    expect(bench.device.isIdle).toBe(true);
  });

  it('counts bytes that are not those expected', () => {
    const bench = new Bench();
    bench.memory.bytes[70] = at(bench.memory.bytes, 70) ^ 1;
    bench.start({ operations: 256 });
    bench.fabric.runToIdle();
    expect(bench.read(GENERATOR_WRONG)).toBe(1);
  });

  it('cuts large operations at Max_Read_Request_Size and counts each once', () => {
    const bench = new Bench({ mrrsBytes: 512 });
    bench.start({ operations: 12, operationBytes: 4096, outstanding: 2 });
    bench.fabric.runToIdle();
    expect(bench.fabric.tlps.filter(({ kind }) => kind === 'MRd').length).toBe(12 * 8);
    expect([bench.operations, bench.read(GENERATOR_WRONG)]).toEqual([12, 0]);
  });

  it('has no more operations under way than it is told, and measures each from issue to delivery', () => {
    const one = new Bench();
    one.start({ operations: 100, outstanding: 1 });
    one.fabric.runToIdle();
    const [generator] = one.device.generators;
    // 510 ns round trip of this fabric, 55 ns to issue, 50 ns to deliver.
    expect(generator?.latencies.quantile(0.5)).toBe(615_000);
    const span_ps = (generator?.ended_ps ?? 0) - (generator?.begun_ps ?? 0);
    // One after the other; the first read of this fabric waits until 200 ns after time 0.
    expect(span_ps).toBe(100 * 615_000 + 145_000);
  });

  it('writes bytes that are found in the target afterwards', () => {
    const bench = new Bench();
    const expected = bench.memory.bytes.slice();
    bench.memory.bytes.fill(0);
    bench.start({ operations: WINDOW / 256, operationBytes: 256, write: 1 });
    bench.fabric.runToIdle();
    expect(bench.memory.bytes).toEqual(expected);
    expect(bench.operations).toBe(WINDOW / 256);
  });

  it('goes on until it is stopped where it is endless, and runs beside other channels', () => {
    const bench = new Bench();
    bench.start({ operations: 1, endless: 1 });
    bench.start({ operations: 50, operationBytes: 128 }, 2);
    bench.fabric.runToIdle(3000);
    expect(bench.isBusy(2)).toBe(false);
    expect(bench.isBusy()).toBe(true);
    bench.write(GENERATOR_CONTROL, 0);
    bench.fabric.runToIdle();
    expect(bench.isBusy()).toBe(false);
    expect(bench.read(GENERATOR_DONE)).toBeGreaterThan(100);
    expect(bench.device.isIdle).toBe(true);
  });

  it('stops with the status of a read that fails', () => {
    const bench = new Bench();
    bench.start({ operations: 50, address: TARGET + 2 ** 30 });
    bench.fabric.runToIdle();
    const status = bench.read(GENERATOR_STATUS);
    expect(extractField(GENERATOR_STATUS, 'failed', status)).toBe(1);
    expect(extractField(GENERATOR_STATUS, 'completionStatus', status)).toBe(1);
    expect(bench.isBusy()).toBe(false);
  });

  it('forgets everything at a reset, and can begin again', () => {
    const bench = new Bench();
    bench.start({ operations: 1000 });
    bench.fabric.runToIdle(60);
    bench.device.onReset();
    bench.fabric.runToIdle();
    const before = bench.operations;
    expect(before).toBeLessThan(1000);
    bench.start({ operations: 20 });
    bench.fabric.runToIdle();
    expect(bench.operations - before).toBe(20);
    expect(bench.read(GENERATOR_WRONG)).toBe(0);
  });
});
