import { describe, expect, it } from 'vitest';
import { FLOW } from '../../src/core/pcie/tlp.ts';
import type { DeviceHandler } from '../../src/core/models/ports.ts';
import { FakeFabric, FakeMemory } from './fakeFabric.ts';

function recorder(): DeviceHandler & { readonly log: string[]; readonly data: Uint8Array } {
  const log: string[] = [];
  const data = new Uint8Array(4096);
  return {
    log,
    data,
    onRoom: () => void log.push('room'),
    onReadData: (context, requestOffset, lengthBytes, payload, offset) => {
      data.set(payload.subarray(offset, offset + lengthBytes), requestOffset);
      log.push(`data ${context}`);
    },
    onReadDone: (context, status) => void log.push(`done ${context} ${status}`),
    onRegisterWrite: () => undefined,
    onRegisterRead: () => 0,
    onTimer: (id) => void log.push(`timer ${id}`),
    onReset: () => undefined,
  };
}

describe('FakeFabric', () => {
  it('refuses requests that cross 4 KiB, exceed the limits or lack room', () => {
    const port = new FakeFabric().port(recorder(), { postedPlaces: 1, tags: 1 });
    const bytes = new FakeMemory(4096);
    expect(() => port.write(0xff0, 32, bytes, 0, FLOW.p2p)).toThrow(/4 KiB/);
    expect(() => port.write(0, 257, bytes, 0, FLOW.p2p)).toThrow(/length/);
    expect(() => port.read(0, 513, 0, FLOW.p2p)).toThrow(/length/);
    port.write(0, 4, bytes, 0, FLOW.p2p);
    expect(() => port.write(0, 4, bytes, 0, FLOW.p2p)).toThrow(/room/);
    port.read(0, 4, 0, FLOW.p2p);
    expect(() => port.read(0, 4, 1, FLOW.p2p)).toThrow(/tag/);
  });

  it('delivers bytes, answers reads in pieces and gives the tag back', () => {
    const fabric = new FakeFabric();
    const memory = fabric.addRegion(0x1000, 4096);
    const handler = recorder();
    const port = fabric.port(handler);
    port.writeDword(0x1010, 0x11223344, FLOW.control);
    fabric.runToIdle();
    expect([...memory.bytes.subarray(0x10, 0x14)]).toEqual([0x44, 0x33, 0x22, 0x11]);
    port.read(0x1000, 200, 7, FLOW.control);
    expect(port.tagsUsed).toBe(1);
    fabric.runToIdle();
    expect(handler.log).toEqual(['data 7', 'data 7', 'done 7 0']);
    expect(handler.data[0x10]).toBe(0x44);
    expect(port.tagsUsed).toBe(0);
  });

  it('answers a read of nothing with UR', () => {
    const fabric = new FakeFabric();
    const handler = recorder();
    fabric.port(handler).read(0x5000, 4, 3, FLOW.control);
    fabric.runToIdle();
    expect(handler.log).toEqual(['done 3 1']);
  });

  it('tells about room once after it had none', () => {
    const fabric = new FakeFabric();
    const handler = recorder();
    const port = fabric.port(handler, { postedPlaces: 1 });
    port.writeDword(0, 0, FLOW.control);
    fabric.runToIdle();
    expect(handler.log).toEqual([]);
    port.writeDword(0, 0, FLOW.control);
    expect(port.postedRoom()).toBe(0);
    fabric.runToIdle();
    expect(handler.log).toEqual(['room']);
  });
});
