/*
 * Where TLPs go on a built machine, by its live registers: directly, through the root complex, nowhere.
 */
import { describe, expect, it } from 'vitest';
import { acsControlOf } from '../config/decode.ts';
import { ACS_BITS } from '../pcie/acs.ts';
import {
  FUNCTION_COUNTER,
  FUNCTION_COUNTER_COUNT,
  HOP,
  LINK_COUNTER,
  LINK_COUNTER_COUNT,
  MEMORY_COUNTER,
} from '../pcie/counters.ts';
import type { HostBridgeSpec, LinkEndSpec } from '../pcie/machineSpec.ts';
import { bdf } from '../pcie/bdf.ts';
import type { AccessBytes } from '../pcie/requests.ts';
import { COMPLETION_STATUS, type CompletionStatus, FLOW, FLOW_COUNT, TLP_KIND_NAMES } from '../pcie/tlp.ts';
import type { Bdf } from '../../base/units.ts';
import type { HopRecorder } from '../sim/hopRecorder.ts';
import type { Hardware } from './hardware.ts';
import { builtMachine, device, holdsPattern, PATTERN, switchOf, TestFunction } from './machines.testing.ts';
import { completionTimeout_ps } from '../config/completionTimeout.ts';

const COMPLETION_TIMEOUT_PS = completionTimeout_ps(0, false);
const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const X16: LinkEndSpec = { maxGen: 4, maxWidth: 16 };
const COMMAND = 0x04;
const MEMORY_AND_MASTER = 0x6;
const MEMORY_ONLY = 0x2;
const HOST_ADDRESS = 2 ** 32;

/** Segments of the hops, in order. */
class Segments implements HopRecorder {
  readonly seen: number[] = [];
  record(start_ps: number, end_ps: number, segment: number): void {
    expect(end_ps).toBeGreaterThanOrEqual(start_ps);
    this.seen.push(segment);
  }
}

interface Options {
  readonly acsControl?: number;
  readonly peerToPeer?: HostBridgeSpec['peerToPeer'];
  readonly hops?: HopRecorder;
  readonly mpsOfC?: number;
}

/** a and b below one switch at root port 0, c at root port 1. Links: 0 rp0, 1 and 2 the switch's, 3 rp1. */
function threeDevices({ acsControl = 0, peerToPeer, hops, mpsOfC }: Options = {}) {
  const ports = [
    { link: X8, below: device('a', X8), acsControl },
    { link: X8, below: device('b', X8), acsControl },
  ];
  const c = device('c', X8, mpsOfC === undefined ? {} : { mpsBytes: mpsOfC });
  const machine = {
    ports: [
      { link: X16, below: switchOf('sw', X16, ports) },
      { link: X8, below: c, ...(mpsOfC === undefined ? {} : { mpsBytes: mpsOfC }) },
    ],
  };
  const hardware = builtMachine({ ...machine, ...(peerToPeer === undefined ? {} : { peerToPeer }) }, hops);
  return {
    hardware,
    a: new TestFunction(hardware, 'a'),
    b: new TestFunction(hardware, 'b'),
    c: new TestFunction(hardware, 'c'),
  };
}

function run(hardware: Hardware): void {
  hardware.runUntil(hardware.now_ps + 1e9, 1e7);
}

function conserved(hardware: Hardware): void {
  expect(hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
}

function payloadOn(hardware: Hardware, link: string, direction: 0 | 1): number {
  const found = hardware.links.find((candidate) => candidate.upper === link);
  const base = ((found?.index ?? NaN) * 2 + direction) * LINK_COUNTER_COUNT + LINK_COUNTER.payload;
  return hardware.linkCounters.slice(base, base + FLOW_COUNT).reduce((sum, bytes) => sum + bytes, 0);
}

function unsupportedAt(hardware: Hardware, node: string): number {
  return (
    hardware.functionCounters[
      hardware.functionOf(node).index * FUNCTION_COUNTER_COUNT + FUNCTION_COUNTER.unsupported
    ] ?? NaN
  );
}

describe('peers below one switch', () => {
  it('reach each other without touching the link above', () => {
    const { hardware, a, b } = threeDevices();
    a.writeAll(b.base, 10_000, PATTERN, FLOW.p2p);
    run(hardware);
    expect(holdsPattern(b.memory, 0, 10_000)).toBe(true);
    expect(payloadOn(hardware, 'rp0', 0) + payloadOn(hardware, 'rp0', 1)).toBe(0);
    expect(payloadOn(hardware, 'sw.0', 1)).toBe(10_000);
    expect(payloadOn(hardware, 'sw.1', 0)).toBe(10_000);
    conserved(hardware);
  });

  it('go up and down that link when the requester’s port redirects requests', () => {
    const { hardware, a, b } = threeDevices({ acsControl: ACS_BITS.p2pRequestRedirect });
    a.writeAll(b.base, 10_000, PATTERN, FLOW.p2p);
    run(hardware);
    expect(holdsPattern(b.memory, 0, 10_000)).toBe(true);
    expect(payloadOn(hardware, 'rp0', 1)).toBe(10_000);
    expect(payloadOn(hardware, 'rp0', 0)).toBe(10_000);
    conserved(hardware);
  });

  it('send completions through the root complex when only those are redirected', () => {
    const { hardware, a, b } = threeDevices({ acsControl: ACS_BITS.p2pCompletionRedirect });
    b.memory.writeFrom(0, 4, Uint8Array.of(1, 2, 3, 4), 0);
    a.readAll(b.base, 4096, FLOW.p2p);
    run(hardware);
    expect(a.received.readUint(0, 4)).toBe(0x04030201);
    expect(payloadOn(hardware, 'rp0', 1)).toBe(4096);
    expect(payloadOn(hardware, 'rp0', 0)).toBe(4096);
    conserved(hardware);
  });

  it('change their way at once when software writes the register', () => {
    const { hardware, a, b } = threeDevices();
    a.writeAll(b.base, 256, PATTERN, FLOW.p2p);
    run(hardware);
    const { config } = hardware.functionOf('sw.0');
    const acs = acsControlOf(config);
    expect(acs?.control).toBe(0);
    expect(payloadOn(hardware, 'rp0', 1)).toBe(0);
    config.write((acs?.offset ?? NaN) + 6, 2, ACS_BITS.p2pRequestRedirect);
    a.writeAll(b.base, 256, PATTERN, FLOW.p2p);
    run(hardware);
    expect(payloadOn(hardware, 'rp0', 1)).toBe(256);
    conserved(hardware);
  });

  it('with source validation, refuse requests with a foreign bus number', () => {
    const { hardware, a, b } = threeDevices({ acsControl: ACS_BITS.sourceValidation });
    a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
    run(hardware);
    expect(holdsPattern(b.memory, 0, 64)).toBe(true);
    // The device has captured its bus number; then the port above it is given another one.
    const captured = a.port.requesterId;
    hardware.configFabric.write(0, captured, COMMAND, 2, MEMORY_AND_MASTER);
    hardware.functionOf('sw.0').config.write(0x18, 4, 0x00404002);
    expect(a.port.requesterId).toBe(captured);
    a.port.write(b.base + 64, 64, PATTERN, 0, FLOW.p2p);
    a.port.read(b.base, 64, 3, FLOW.p2p);
    run(hardware);
    expect(b.memory.readUint(64, 4)).toBe(0);
    expect(unsupportedAt(hardware, 'sw.0')).toBe(2);
    expect(a.done.map(([context, status]) => [context, status])).toEqual([[3, COMPLETION_STATUS.CA]]);
    conserved(hardware);
  });
});

describe('an address nobody claims', () => {
  it('ends a read with UR and a write in silence, counted where it ended', () => {
    const { hardware, a } = threeDevices();
    const hole = 0x7f_0000_0000;
    a.port.read(hole, 64, 5, FLOW.control);
    a.port.write(hole, 64, PATTERN, 0, FLOW.control);
    run(hardware);
    expect(a.done.map(([context, status]) => [context, status])).toEqual([[5, COMPLETION_STATUS.UR]]);
    expect(unsupportedAt(hardware, 'rp0')).toBe(2);
    conserved(hardware);
  });

  it('is unsupported at the device when its memory space is disabled', () => {
    const { hardware, a, b } = threeDevices();
    hardware.functionOf('b').config.write(COMMAND, 2, 0x4);
    a.port.read(b.base, 64, 1, FLOW.p2p);
    run(hardware);
    expect(a.done[0]?.[1]).toBe(COMPLETION_STATUS.UR);
    expect(unsupportedAt(hardware, 'b')).toBe(1);
    hardware.functionOf('b').config.write(COMMAND, 2, MEMORY_AND_MASTER);
    a.port.read(b.base, 64, 2, FLOW.p2p);
    run(hardware);
    expect(a.done[1]?.[1]).toBe(COMPLETION_STATUS.SC);
    conserved(hardware);
  });

  it('is unsupported in the switch’s own window but in none of its ports’', () => {
    const { hardware, a, c } = threeDevices();
    // The second downstream port forgets its window: b's address is still inside the upstream port's.
    hardware.functionOf('sw.1').config.write(COMMAND, 2, 0x4);
    const b = hardware.functionOf('b').spec.firmware?.bars?.[4] ?? NaN;
    a.port.read(b, 64, 1, FLOW.p2p);
    c.port.read(b, 64, 2, FLOW.p2p);
    run(hardware);
    expect(a.done[0]?.[1]).toBe(COMPLETION_STATUS.UR);
    expect(c.done[0]?.[1]).toBe(COMPLETION_STATUS.UR);
    conserved(hardware);
  });
});

describe('a function without bus mastering', () => {
  it('may not send', () => {
    const { hardware, a, b } = threeDevices();
    hardware.functionOf('a').config.write(COMMAND, 2, MEMORY_ONLY);
    expect(a.port.mayRequest).toBe(false);
    expect(() => a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p)).toThrow('may not send');
  });
});

describe('functions of one device', () => {
  function twins(acsControl?: number) {
    const twin = device('a', X8, { sibling: 'a1', ...(acsControl === undefined ? {} : { acsControl }) });
    const hardware = builtMachine({ ports: [{ link: X8, below: twin }] });
    return { hardware, a: new TestFunction(hardware, 'a'), a1: new TestFunction(hardware, 'a1') };
  }

  it('reach each other inside it', () => {
    const { hardware, a, a1 } = twins();
    a.writeAll(a1.base, 5000, PATTERN, FLOW.p2p);
    run(hardware);
    a.readAll(a1.base, 5000, FLOW.p2p);
    run(hardware);
    expect(holdsPattern(a1.memory, 0, 5000)).toBe(true);
    expect(holdsPattern(a.received, 0, 5000)).toBe(true);
    expect(payloadOn(hardware, 'rp0', 0) + payloadOn(hardware, 'rp0', 1)).toBe(0);
    conserved(hardware);
  });

  it('go through the root complex when ACS of the sender redirects requests', () => {
    const { hardware, a, a1 } = twins(ACS_BITS.p2pRequestRedirect);
    a.writeAll(a1.base, 5000, PATTERN, FLOW.p2p);
    run(hardware);
    expect(holdsPattern(a1.memory, 0, 5000)).toBe(true);
    expect(payloadOn(hardware, 'rp0', 0)).toBe(5000);
    conserved(hardware);
  });
});

describe('between root ports', () => {
  it('writes and reads pass with the extra latency of the root complex', () => {
    const near = threeDevices();
    near.a.port.read(near.b.base, 64, 0, FLOW.p2p);
    run(near.hardware);
    const far = threeDevices();
    far.a.port.read(far.c.base, 64, 0, FLOW.p2p);
    run(far.hardware);
    const extra = (far.a.done[0]?.[2] ?? NaN) - (near.a.done[0]?.[2] ?? NaN);
    expect(extra).toBeGreaterThan(2 * 200_000);
    conserved(far.hardware);
  });

  it('reads that are refused end with UR', () => {
    const { hardware, a, c } = threeDevices({ peerToPeer: { write: 'forward', read: 'unsupported' } });
    a.port.read(c.base, 64, 0, FLOW.p2p);
    a.port.write(c.base, 64, PATTERN, 0, FLOW.p2p);
    run(hardware);
    expect(a.done[0]?.[1]).toBe(COMPLETION_STATUS.UR);
    expect(holdsPattern(c.memory, 0, 64)).toBe(true);
    conserved(hardware);
  });

  it('reads that are dropped time out, and their tags come back', () => {
    const { hardware, a, c } = threeDevices({ peerToPeer: { write: 'drop', read: 'drop' } });
    a.port.read(c.base, 64, 0, FLOW.p2p);
    a.port.write(c.base, 64, PATTERN, 0, FLOW.p2p);
    hardware.runUntil(COMPLETION_TIMEOUT_PS - 1, 1e6);
    expect(a.done).toHaveLength(0);
    hardware.runUntil(2 * COMPLETION_TIMEOUT_PS, 1e6);
    expect(a.done).toHaveLength(1);
    expect(holdsPattern(c.memory, 0, 64)).toBe(false);
    conserved(hardware);
  });

  it('a capped root complex passes no more than its rate', () => {
    const cap = 2e9;
    const { hardware, a, c } = threeDevices({
      peerToPeer: { write: 'forward', read: 'forward', capBytesPerSecond: cap },
    });
    hardware.watchArrival({ kind: 'function', node: 'c' });
    const bytes = 2 ** 20;
    a.writeAll(c.base, bytes, a.memory, FLOW.p2p);
    hardware.runUntil(Infinity, 1e7);
    const rate = (bytes / hardware.now_ps) * 1e12;
    expect(rate).toBeLessThanOrEqual(cap);
    expect(rate).toBeGreaterThan(0.97 * cap);
    conserved(hardware);
  });

  it('the root complex cuts payloads to what the target’s port allows', () => {
    const { hardware, c, b } = threeDevices({ mpsOfC: 512 });
    // The port above b runs with 256 bytes, c sends 512.
    c.port.write(b.base, 512, PATTERN, 0, FLOW.p2p);
    run(hardware);
    expect(holdsPattern(b.memory, 0, 512)).toBe(true);
    const tlps =
      hardware.linkCounters[
        (hardware.links.find((link) => link.upper === 'rp0')?.index ?? NaN) * 2 * LINK_COUNTER_COUNT
      ];
    expect(tlps).toBe(2);
    conserved(hardware);
  });
});

describe('host memory', () => {
  it('stores what devices write, counts it, and gives it back', () => {
    const { hardware, a } = threeDevices();
    a.writeAll(HOST_ADDRESS, 8192, PATTERN, FLOW.bounceIn);
    run(hardware);
    const offset = hardware.hostMemory.offsetOf(HOST_ADDRESS);
    expect(holdsPattern(hardware.hostMemory.memory, offset, 8192)).toBe(true);
    a.readAll(HOST_ADDRESS, 8192, FLOW.bounceOut);
    run(hardware);
    expect(holdsPattern(a.received, 0, 8192)).toBe(true);
    const count = (field: number, flow: number): number | undefined =>
      hardware.memoryCounters[field * FLOW_COUNT + flow];
    expect(count(MEMORY_COUNTER.writtenBytes, FLOW.bounceIn)).toBe(8192);
    expect(count(MEMORY_COUNTER.readBytes, FLOW.bounceOut)).toBe(8192);
    conserved(hardware);
  });

  it('is no faster than its channels', () => {
    const slow = builtMachine({
      ports: [{ link: X16, below: device('a', X16) }],
      memory: { channels: 1, channelBytesPerSecond: 10e9 },
    });
    const a = new TestFunction(slow, 'a');
    const bytes = 2 ** 20;
    a.readAll(HOST_ADDRESS, bytes, FLOW.bounceOut);
    slow.runUntil(1e12, 1e7);
    const last = a.done.at(-1)?.[2] ?? NaN;
    // Reads reach 0.83 of the channel's rate.
    expect((bytes / last) * 1e12).toBeLessThan(8.3e9);
    expect((bytes / last) * 1e12).toBeGreaterThan(8.1e9);
  });

  it('leaves DRAM alone when accesses hit in the cache', () => {
    const hardware = builtMachine({ ports: [{ link: X8, below: device('a', X8) }], memory: { ioCache: 'hit' } });
    const a = new TestFunction(hardware, 'a');
    a.writeAll(HOST_ADDRESS, 4096, PATTERN, FLOW.bounceIn);
    hardware.runUntil(1e9, 1e6);
    expect(holdsPattern(hardware.hostMemory.memory, hardware.hostMemory.offsetOf(HOST_ADDRESS), 4096)).toBe(true);
    expect(hardware.memoryCounters.every((value) => value === 0)).toBe(true);
  });

  it('lies below the device window and from 4 GiB on', () => {
    const { hostMemory } = threeDevices().hardware;
    expect(hostMemory.ranges).toEqual([
      { base: 0, sizeBytes: 0xc000_0000, offset: 0 },
      { base: 2 ** 32, sizeBytes: 0x4000_0000, offset: 0xc000_0000 },
    ]);
    expect(hostMemory.offsetOf(0xc000_0000)).toBe(-1);
    expect(hostMemory.offsetOf(2 ** 32 + 0x4000_0000)).toBe(-1);
  });
});

describe('interrupts', () => {
  it('arrive after the writes sent before them, with data and requester', () => {
    const { hardware, a } = threeDevices();
    const seen: [number, number, number][] = [];
    let stored = -1;
    hardware.onInterrupt((address, data, requester) => {
      stored = hardware.hostMemory.memory.readUint(hardware.hostMemory.offsetOf(HOST_ADDRESS), 4);
      seen.push([address, data, requester]);
    });
    a.port.writeDword(HOST_ADDRESS, 0xdeadbeef, FLOW.control);
    a.port.writeDword(0xfee0_0000, 0x4021, FLOW.control);
    run(hardware);
    expect(seen).toEqual([[0xfee0_0000, 0x4021, a.port.requesterId]]);
    expect(stored).toBe(0xdeadbeef);
    conserved(hardware);
  });
});

describe('the CPU', () => {
  it('loads from and stores to a device’s memory', () => {
    const { hardware, b, a } = threeDevices();
    const cpu = hardware.cpuPort(a);
    cpu.writeDword(b.base + 8, 0x01020304, FLOW.control);
    cpu.read(b.base + 8, 4, 77, FLOW.control);
    run(hardware);
    expect(b.memory.readUint(8, 4)).toBe(0x01020304);
    expect(a.received.readUint(77, 4)).toBe(0x01020304);
    conserved(hardware);
  });
});

describe('configuration requests as TLPs', () => {
  /** What a processor reads and writes through its port, one request at a time. */
  function processor(hardware: Hardware, handler: TestFunction) {
    const port = hardware.cpuPort(handler);
    let context = 0;
    const finish = (): CompletionStatus | undefined => {
      run(hardware);
      return handler.done.find(([done]) => done === context)?.[1];
    };
    return {
      read(id: Bdf, offset: number, bytes: AccessBytes): readonly [CompletionStatus | undefined, number] {
        port.configRead(id, offset, bytes, (context += 16));
        return [finish(), handler.received.readUint(context, bytes)];
      },
      write(id: Bdf, offset: number, bytes: AccessBytes, value: number): CompletionStatus | undefined {
        port.configWrite(id, offset, bytes, value, (context += 16));
        return finish();
      },
    };
  }

  it('read the same as the registers hold, at every depth', () => {
    const { hardware, a } = threeDevices();
    const cpu = processor(hardware, a);
    // rp0 00:01.0, upstream port 01:00.0, downstream ports 02:00.0 and 02:01.0, a 03:00.0, b 04:00.0, c 05:00.0
    const places = { rp0: bdf(0, 1, 0), sw: bdf(1, 0, 0), 'sw.1': bdf(2, 1, 0), a: bdf(3, 0, 0), c: bdf(5, 0, 0) };
    for (const [node, id] of Object.entries(places)) {
      expect(cpu.read(id, 0, 4)).toEqual([COMPLETION_STATUS.SC, hardware.functionOf(node).config.read(0, 4)]);
      expect(cpu.read(id, 0x0a, 2)).toEqual([COMPLETION_STATUS.SC, hardware.functionOf(node).config.read(0x0a, 2)]);
    }
    conserved(hardware);
  });

  it('write registers that take effect on traffic', () => {
    const { hardware, a, b } = threeDevices();
    const cpu = processor(hardware, b);
    expect(cpu.write(bdf(3, 0, 0), COMMAND, 2, MEMORY_ONLY)).toBe(COMPLETION_STATUS.SC);
    expect(hardware.functionOf('a').config.read(COMMAND, 2)).toBe(MEMORY_ONLY);
    expect(a.port.mayRequest).toBe(false);
    conserved(hardware);
  });

  it('end with UR where nobody is', () => {
    const { hardware, a } = threeDevices();
    const cpu = processor(hardware, a);
    for (const id of [bdf(0, 9, 0), bdf(2, 5, 0), bdf(3, 0, 1), bdf(9, 0, 0)]) {
      expect(cpu.read(id, 0, 4)[0]).toBe(COMPLETION_STATUS.UR);
    }
    conserved(hardware);
  });

  it('travel as type 1 and arrive as type 0', () => {
    const kinds: string[] = [];
    const hops: HopRecorder = {
      record: (_start, _end, segment, what) => kinds.push(`${segment} ${TLP_KIND_NAMES[what & 0xff]}`),
    };
    const { hardware, a } = threeDevices({ hops });
    const segmentOf = (upper: string): number =>
      (hardware.links.find((link) => link.upper === upper)?.index ?? NaN) * 2;
    processor(hardware, a).read(bdf(4, 0, 0), 0, 4);
    const [root, port] = [segmentOf('rp0'), segmentOf('sw.1')];
    expect(kinds).toEqual([`${root} CfgRd1`, `${port} CfgRd0`, `${port + 1} CplD`, `${root + 1} CplD`]);
  });
});

describe('hop records', () => {
  it('follow a TLP from link to link, and into memory', () => {
    const hops = new Segments();
    const { hardware, a, c } = threeDevices({ hops });
    const link = (upper: string): number =>
      (hardware.links.find((candidate) => candidate.upper === upper)?.index ?? NaN) * 2;
    a.port.write(c.base, 64, PATTERN, 0, FLOW.p2p);
    run(hardware);
    expect(hops.seen).toEqual([link('sw.0') + 1, link('rp0') + 1, link('rp1')]);
    hops.seen.length = 0;
    c.port.write(HOST_ADDRESS, 64, PATTERN, 0, FLOW.bounceIn);
    run(hardware);
    expect(hops.seen).toEqual([link('rp1') + 1, hardware.links.length * 2]);
    expect(HOP.segment).toBe(2);
  });
});
