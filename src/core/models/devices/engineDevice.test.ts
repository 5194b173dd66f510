import { beforeEach, describe, expect, it } from 'vitest';
import { FakeFabric, FakeMemory, type FakeOptions, type FakePort } from '../../../../tests/support/fakeFabric.ts';
import { highDword, lowDword } from '../../../base/bits.ts';
import { buildConfigSpaces } from '../../config/buildConfigSpace.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import {
  DESCRIPTOR,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_CONTROL,
  ENGINE_CONTROL,
  ENGINE_FAULT_LOW,
  ENGINE_HEAD,
  ENGINE_OPERATION,
  ENGINE_RING_BASE_HIGH,
  ENGINE_RING_BASE_LOW,
  ENGINE_RING_ENTRIES,
  ENGINE_STATUS,
  ENGINE_TAIL,
  ENGINE_WRITE_BACK_LOW,
  WRITE_BACK_STATUS,
} from '../../config/devices/engineRegisters.ts';
import { extractField, insertFields } from '../../config/register.ts';
import { COMPLETION_STATUS, FLOW } from '../../pcie/tlp.ts';
import { defaultMachine } from '../../../topology/presets/defaultMachine.ts';
import { EngineDevice, type EngineDeviceParts } from './engineDevice.ts';
import { HandlerSocket } from './handlerSocket.ts';
import { MemorySide, WireSide } from './localSides.ts';
import { PatternSource } from './pattern.ts';

const HOST = 0x10_0000;
const RING = HOST + 0x1000;
const HEAD = HOST + 0x8000;
const PEER = 0x40_0000_0000;
const MSI_ADDRESS = 0xfee01000;

interface Descriptor {
  readonly operation: number;
  readonly busAddress: number;
  readonly other?: number;
  readonly lengthBytes: number;
  readonly flags?: Partial<Record<'report' | 'interrupt' | 'flush', number>>;
}

/** A driver reduced to what these tests need. */
class Bench {
  readonly fabric = new FakeFabric();
  readonly host: FakeMemory = this.fabric.addRegion(HOST, 0x10_0000);
  readonly peer: FakeMemory = this.fabric.addRegion(PEER, 0x10_0000);
  readonly inner = new FakeMemory(0x10_0000);
  readonly config: ConfigSpace;
  readonly port: FakePort;
  readonly device: EngineDevice;
  tail = 0;

  constructor(parts: Partial<EngineDeviceParts> = {}, options: FakeOptions = {}) {
    const socket = new HandlerSocket();
    const config = buildConfigSpaces(defaultMachine).get('nic0');
    if (config === undefined) throw new Error('the default machine has no nic0');
    this.config = config;
    this.port = this.fabric.port(socket, options);
    this.device = new EngineDevice(this.port, {
      config,
      engineBar: 0,
      local: new MemorySide(this.inner, 0),
      ownMemory: undefined,
      buffer: undefined,
      maximumReads: 32,
      rate: undefined,
      ...parts,
    });
    socket.plug(this.device);
  }

  write(offset: number, value: number): void {
    this.device.onRegisterWrite(0, offset, 4, value);
  }

  read(offset: number): number {
    return this.device.onRegisterRead(0, offset, 4);
  }

  enable(entries = 16): void {
    this.config.write(0x54, 4, MSI_ADDRESS);
    this.config.write(0x5c, 2, 0x41);
    this.config.write(0x52, 2, 1);
    this.write(ENGINE_RING_BASE_LOW.offsetBytes, lowDword(RING));
    this.write(ENGINE_RING_BASE_HIGH.offsetBytes, highDword(RING));
    this.write(ENGINE_RING_ENTRIES.offsetBytes, entries);
    this.write(ENGINE_WRITE_BACK_LOW.offsetBytes, HEAD);
    this.write(ENGINE_CONTROL.offsetBytes, 3);
    this.entries = entries;
  }

  entries = 16;

  submit(...descriptors: readonly Descriptor[]): void {
    const view = new DataView(this.host.bytes.buffer);
    for (const descriptor of descriptors) {
      const at = RING - HOST + (this.tail % this.entries) * DESCRIPTOR_BYTES;
      const other = descriptor.other ?? 0;
      view.setUint32(at + DESCRIPTOR.busAddress, lowDword(descriptor.busAddress), true);
      view.setUint32(at + DESCRIPTOR.busAddress + 4, highDword(descriptor.busAddress), true);
      view.setUint32(at + DESCRIPTOR.other, lowDword(other), true);
      view.setUint32(at + DESCRIPTOR.other + 4, highDword(other), true);
      view.setUint32(at + DESCRIPTOR.lengthBytes, descriptor.lengthBytes, true);
      const fields = { operation: descriptor.operation, flow: FLOW.p2p, report: 1, interrupt: 1, ...descriptor.flags };
      view.setUint32(at + DESCRIPTOR.control, insertFields(DESCRIPTOR_CONTROL, 0, fields), true);
      this.tail += 1;
    }
    this.write(ENGINE_TAIL.offsetBytes, this.tail);
  }

  /** What the engine wrote back: [head, status]. */
  get writtenBack(): readonly number[] {
    const view = new DataView(this.host.bytes.buffer);
    return [view.getUint32(HEAD - HOST, true), view.getUint32(HEAD - HOST + 4, true)];
  }

  payloadTlps(kind: 'MRd' | 'MWr') {
    return this.fabric.tlps.filter((tlp) => tlp.kind === kind && tlp.flow === FLOW.p2p);
  }
}

function fill(memory: FakeMemory, seed: number): void {
  new PatternSource(seed).readInto(0, memory.bytes.length, memory.bytes, 0);
}

describe('an engine that sends from its inner side', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    fill(bench.inner, 5);
    bench.enable();
  });

  it('writes every byte once, in TLPs of at most MPS that end on multiples of it', () => {
    bench.submit({ operation: ENGINE_OPERATION.localToBus, busAddress: PEER + 0x64, other: 0x30, lengthBytes: 1001 });
    expect(bench.fabric.runToIdle()).toBe(true);
    expect(bench.peer.bytes.slice(0x64, 0x64 + 1001)).toEqual(bench.inner.bytes.slice(0x30, 0x30 + 1001));
    expect(bench.peer.bytes[0x63]).toBe(0);
    expect(bench.peer.bytes[0x64 + 1001]).toBe(0);
    const lengths = bench.payloadTlps('MWr').map((tlp) => tlp.lengthBytes);
    expect(lengths).toEqual([0x9c, 256, 256, 256, 1001 - 0x9c - 768]);
    expect(bench.device.isIdle).toBe(true);
  });

  it('writes its head back and then interrupts', () => {
    bench.submit({ operation: ENGINE_OPERATION.localToBus, busAddress: PEER, lengthBytes: 512 });
    bench.fabric.runToIdle();
    expect(bench.writtenBack).toEqual([1, WRITE_BACK_STATUS.ok]);
    expect(bench.fabric.interrupts).toEqual([0x41]);
    const control = bench.fabric.tlps.filter((tlp) => tlp.kind === 'MWr' && tlp.flow === FLOW.control);
    expect(control.map((tlp) => tlp.address)).toEqual([HEAD, MSI_ADDRESS]);
  });

  it('reports only the descriptors that ask for it', () => {
    const quiet = { report: 0, interrupt: 0 };
    const one = { operation: ENGINE_OPERATION.localToBus, busAddress: PEER, lengthBytes: 64 };
    bench.submit({ ...one, flags: quiet }, { ...one, flags: quiet }, one);
    bench.fabric.runToIdle();
    expect(bench.writtenBack).toEqual([3, WRITE_BACK_STATUS.ok]);
    expect(bench.fabric.interrupts.length).toBe(1);
    expect(bench.read(ENGINE_HEAD.offsetBytes)).toBe(3);
  });

  it('goes round its ring many times and fetches no descriptor twice', () => {
    const lengths: number[] = [];
    for (let round = 0; round < 40; round++) {
      const count = 1 + (round % 16);
      const batch = Array.from({ length: count }, (_, i) => ({
        operation: ENGINE_OPERATION.localToBus,
        busAddress: PEER + lengths.length + i,
        other: lengths.length + i,
        lengthBytes: 1,
        flags: { interrupt: 0 },
      }));
      bench.submit(...batch);
      lengths.push(...batch.map(() => 1));
      bench.fabric.runToIdle();
    }
    expect(bench.payloadTlps('MWr').length).toBe(lengths.length);
    expect(bench.peer.bytes.slice(0, lengths.length)).toEqual(bench.inner.bytes.slice(0, lengths.length));
  });

  it('ignores a doorbell that gives more than the ring holds', () => {
    bench.write(ENGINE_TAIL.offsetBytes, 17);
    bench.fabric.runToIdle();
    expect(bench.fabric.tlps).toEqual([]);
  });

  it('flushes: its completion comes after the bytes are at the target', () => {
    let arrivedBefore = 0;
    bench.submit({ operation: ENGINE_OPERATION.localToBus, busAddress: PEER, lengthBytes: 4096, flags: { flush: 1 } });
    bench.fabric.runToIdle();
    const tlps = bench.fabric.tlps;
    const flush = tlps.findIndex((tlp) => tlp.kind === 'MRd' && tlp.address === PEER + 4092);
    const report = tlps.findIndex((tlp) => tlp.address === HEAD);
    arrivedBefore = tlps.slice(0, flush).filter((tlp) => tlp.address >= PEER).length;
    expect(arrivedBefore).toBe(16);
    expect(flush).toBeGreaterThan(0);
    expect(report).toBeGreaterThan(flush);
    expect(bench.writtenBack).toEqual([1, WRITE_BACK_STATUS.ok]);
  });

  it('says when a flush was not answered', () => {
    const gap = 0x77_0000_0000;
    bench.submit({ operation: ENGINE_OPERATION.localToBus, busAddress: gap, lengthBytes: 64, flags: { flush: 1 } });
    bench.fabric.runToIdle();
    expect(bench.writtenBack).toEqual([1, WRITE_BACK_STATUS.flushFailed + COMPLETION_STATUS.UR * 256]);
  });

  it('raises MSI-X instead of MSI when that is enabled, and holds it while masked', () => {
    bench.config.write(0xd2, 2, 0x8000);
    bench.submit({ operation: ENGINE_OPERATION.localToBus, busAddress: PEER, lengthBytes: 64 });
    bench.fabric.runToIdle();
    expect(bench.fabric.interrupts).toEqual([]);
    expect(bench.device.onRegisterRead(0, 0x3000, 4)).toBe(1);
    bench.device.onRegisterWrite(0, 0x2000, 4, MSI_ADDRESS);
    bench.device.onRegisterWrite(0, 0x2008, 4, 0x77);
    bench.device.onRegisterWrite(0, 0x200c, 4, 0);
    bench.fabric.runToIdle();
    expect(bench.fabric.interrupts).toEqual([0x77]);
    expect(bench.device.onRegisterRead(0, 0x3000, 4)).toBe(0);
  });
});

describe('an engine that reads to its inner side', () => {
  it('places every byte although answers overtake each other', () => {
    const bench = new Bench({}, { shuffleSeed: 9, tags: 8 });
    fill(bench.peer, 6);
    bench.enable();
    bench.submit(
      { operation: ENGINE_OPERATION.busToLocal, busAddress: PEER + 0x1ff, other: 7, lengthBytes: 9000 },
      { operation: ENGINE_OPERATION.busToLocal, busAddress: PEER + 0x8000, other: 20_000, lengthBytes: 3 },
    );
    expect(bench.fabric.runToIdle()).toBe(true);
    expect(bench.inner.bytes.slice(7, 9007)).toEqual(bench.peer.bytes.slice(0x1ff, 0x1ff + 9000));
    expect(bench.inner.bytes.slice(20_000, 20_004)).toEqual(
      Uint8Array.of(...bench.peer.bytes.slice(0x8000, 0x8003), 0),
    );
    expect(bench.inner.bytes[6]).toBe(0);
    expect(bench.port.tagsUsed).toBe(0);
    expect(bench.writtenBack).toEqual([2, WRITE_BACK_STATUS.ok]);
    expect(bench.device.isIdle).toBe(true);
  });

  it('halts when a read fails, tells software where, and works again after a reset', () => {
    const bench = new Bench();
    bench.enable();
    bench.submit({ operation: ENGINE_OPERATION.busToLocal, busAddress: 0x5000, lengthBytes: 64 });
    bench.fabric.runToIdle();
    expect(bench.writtenBack).toEqual([0, WRITE_BACK_STATUS.readFailed + COMPLETION_STATUS.UR * 256]);
    expect(bench.fabric.interrupts.length).toBe(1);
    expect(extractField(ENGINE_STATUS, 'halted', bench.read(ENGINE_STATUS.offsetBytes))).toBe(1);
    expect(bench.read(ENGINE_FAULT_LOW.offsetBytes)).toBe(0x5000);

    bench.write(ENGINE_CONTROL.offsetBytes, 2 ** 31);
    bench.tail = 0;
    bench.enable();
    bench.submit({ operation: ENGINE_OPERATION.busToLocal, busAddress: PEER, lengthBytes: 64 });
    bench.fabric.runToIdle();
    expect(bench.writtenBack).toEqual([1, WRITE_BACK_STATUS.ok]);
  });

  it('ignores answers to reads from before a reset', () => {
    const bench = new Bench();
    fill(bench.peer, 8);
    bench.enable();
    bench.submit({ operation: ENGINE_OPERATION.busToLocal, busAddress: PEER, lengthBytes: 4096 });
    for (let i = 0; i < 8; i++) bench.fabric.runToIdle(1);
    bench.write(ENGINE_CONTROL.offsetBytes, 2 ** 31);
    const before = bench.inner.bytes.slice();
    bench.fabric.runToIdle();
    expect(Buffer.compare(bench.inner.bytes, before)).toBe(0);
    expect(bench.device.isIdle).toBe(true);
    expect(bench.port.tagsUsed).toBe(0);
  });

  it('refuses an operation it does not have', () => {
    const bench = new Bench();
    bench.enable();
    bench.submit({ operation: ENGINE_OPERATION.busToBus, busAddress: PEER, other: HOST, lengthBytes: 64 });
    bench.fabric.runToIdle();
    expect(bench.writtenBack).toEqual([0, WRITE_BACK_STATUS.badDescriptor]);
  });
});

describe('a memory-to-memory engine', () => {
  it('copies between any two addresses, in order, with any alignment', () => {
    const bench = new Bench(
      { local: undefined, buffer: new FakeMemory(8 * 4096), maximumReads: 8 },
      { shuffleSeed: 4 },
    );
    fill(bench.peer, 6);
    bench.enable();
    const target = HOST + 0x2_0003;
    bench.submit({
      operation: ENGINE_OPERATION.busToBus,
      busAddress: PEER + 0x101,
      other: target,
      lengthBytes: 20_000,
    });
    expect(bench.fabric.runToIdle()).toBe(true);
    expect(bench.host.bytes.slice(0x2_0003, 0x2_0003 + 20_000)).toEqual(bench.peer.bytes.slice(0x101, 0x101 + 20_000));
    expect(bench.host.bytes[0x2_0002]).toBe(0);
    const writes = bench.payloadTlps('MWr').map((tlp) => tlp.address);
    expect(writes).toEqual(writes.toSorted((a, b) => a - b));
    expect(bench.device.isIdle).toBe(true);
  });
});

describe('an engine with a wire', () => {
  function wireBench(rate: number): { bench: Bench; wire: WireSide; sent: FakeMemory } {
    const sent = new FakeMemory(0x10_0000);
    const traffic = { bytesIn: () => undefined, bytesOut: () => undefined };
    const wire = new WireSide(new PatternSource(3), sent, { bytesPerSecond: rate, fifoBytes: 4096 }, traffic);
    const bench = new Bench({ local: wire }, { shuffleSeed: 2 });
    bench.enable();
    return { bench, wire, sent };
  }

  it('stores what the far end sends, in order, no faster than the wire', () => {
    const { bench, wire } = wireBench(1e9);
    wire.offer(100_000);
    bench.submit(
      { operation: ENGINE_OPERATION.localToBus, busAddress: PEER, lengthBytes: 50_000 },
      { operation: ENGINE_OPERATION.localToBus, busAddress: PEER + 50_000, other: 50_000, lengthBytes: 50_000 },
    );
    bench.fabric.runToIdle();
    const expected = new Uint8Array(100_000);
    new PatternSource(3).readInto(0, 100_000, expected, 0);
    expect(bench.peer.bytes.slice(0, 100_000)).toEqual(expected);
    const tlps = bench.payloadTlps('MWr');
    const span_ps = (tlps.at(-1)?.at_ps ?? 0) - (tlps[0]?.at_ps ?? 0);
    expect(span_ps).toBeGreaterThan(99_000_000);
    expect(span_ps).toBeLessThan(101_000_000);
  });

  it('waits when the far end has nothing more to send', () => {
    const { bench, wire } = wireBench(1e9);
    wire.offer(300);
    bench.submit({ operation: ENGINE_OPERATION.localToBus, busAddress: PEER, lengthBytes: 512 });
    expect(bench.fabric.runToIdle()).toBe(true);
    expect(bench.payloadTlps('MWr').length).toBe(1);
    expect(bench.device.isIdle).toBe(false);
  });

  it('sends in order although answers overtake each other, and is done when the wire is', () => {
    const { bench, sent } = wireBench(1e9);
    fill(bench.peer, 6);
    bench.submit({ operation: ENGINE_OPERATION.busToLocal, busAddress: PEER, lengthBytes: 30_001 });
    bench.fabric.runToIdle();
    expect(sent.bytes.slice(0, 30_001)).toEqual(bench.peer.bytes.slice(0, 30_001));
    const report = bench.fabric.tlps.find((tlp) => tlp.address === HEAD);
    expect(report?.at_ps).toBeGreaterThan(30_001_000);
    expect(bench.device.isIdle).toBe(true);
  });
});
