/*
 * Host memory in detail: rates and latencies of the performance reference, sections 6 and 7.3, from real bookings.
 */
import { describe, expect, it } from 'vitest';
import { privateStorage } from '../../../base/storage.ts';
import { at, invariant } from '../../../base/invariant.ts';
import { KIB, MIB, PS_PER_NS, PS_PER_SECOND } from '../../../base/units.ts';
import { MACHINE_COUNTER, MEMORY_COUNTER } from '../../pcie/counters.ts';
import type { HostSpec, LinkEndSpec } from '../../pcie/machineSpec.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import { FLOW, FLOW_COUNT } from '../../pcie/tlp.ts';
import { buildHardware } from '../buildHardware.ts';
import { Cpu } from '../cpu.ts';
import { builtMachine, device, machineSpec, PATTERN, TestFunction } from '../machines.testing.ts';
import { SystemAddressMap } from '../systemAddressMap.ts';
import { LoadedChannels } from './channels.ts';

const GEN3_X8: LinkEndSpec = { maxGen: 3, maxWidth: 8 };
const GEN4_X16: LinkEndSpec = { maxGen: 4, maxWidth: 16 };
/** What a device spends before it issues and before it uses what came (section 4). */
const DEVICE_NS = 55 + 50;
const CHANNEL = 25.6e9;
const HIGH = 2 ** 32;

type Memory = Partial<HostSpec['memory']>;

function machine(memory: Memory, link: LinkEndSpec = GEN3_X8) {
  const hardware = builtMachine({ ports: [{ link, below: device('a', link) }], memory });
  return { hardware, a: new TestFunction(hardware, 'a') };
}

/** Latency of a 64-byte read of host memory, as the device sees it. */
function readLatency_ns(built: ReturnType<typeof machine>, address: number): number {
  const { hardware, a } = built;
  const begin_ps = hardware.now_ps;
  a.port.read(address, 64, 0, FLOW.p2p);
  hardware.runUntil(begin_ps + 1e9, 1e6);
  const last = a.done.at(-1);
  invariant(last !== undefined, () => 'the read did not end');
  return DEVICE_NS + (last[2] - begin_ps) / PS_PER_NS;
}

function memoryBytes(hardware: { readonly memoryCounters: Float64Array }, field: 0 | 1): number {
  let sum = 0;
  for (let flow = 0; flow < FLOW_COUNT; flow++) sum += at(hardware.memoryCounters, field * FLOW_COUNT + flow);
  return sum;
}

/** Rate at which a device moves bytes to or from host memory. */
function dmaRate(
  built: ReturnType<typeof machine>,
  direction: 'read' | 'write',
  bytes: number,
  address = HIGH,
): number {
  const { hardware, a } = built;
  const begin_ps = hardware.now_ps;
  hardware.watchArrival({ kind: 'hostMemory' });
  if (direction === 'write') a.writeAll(address, bytes, PATTERN, FLOW.bounceIn);
  else a.readAll(address, bytes, FLOW.bounceOut);
  const isOver = (): boolean =>
    direction === 'write'
      ? at(hardware.machineCounters, MACHINE_COUNTER.arrivedBytes) >= bytes
      : a.done.length === bytes / a.port.mrrsBytes;
  while (!isOver()) hardware.runUntil(hardware.now_ps + 1e6, Infinity);
  return (bytes * PS_PER_SECOND) / (hardware.now_ps - begin_ps);
}

describe('DRAM channels', () => {
  /** Bytes a second that one channel moves when it is asked for more. */
  function saturated(isWrite: (access: number) => boolean): number {
    const channels = new LoadedChannels({ channels: 1, channelBytesPerSecond: CHANNEL, backgroundBytesPerSecond: 0 });
    const accesses = 20_000;
    let done_ps = 0;
    for (let access = 0; access < accesses; access++) done_ps = channels.book(0, 0, 256, isWrite(access));
    return (accesses * 256 * PS_PER_SECOND) / done_ps;
  }

  it('give reads 0.83 of their rate, and a 1:1 mix 0.71', () => {
    expect(saturated(() => false) / CHANNEL).toBeCloseTo(0.83, 2);
    expect(saturated((access) => access % 2 === 0) / CHANNEL).toBeCloseTo(0.71, 2);
  });

  it.each([
    [0, 1, 0.001],
    [0.5, 1.25, 0.05],
    [0.85, 1.7, 0.1],
    [1.5, 3, 0.2],
  ])('at %f of what they can do, a load of 85 ns takes %f times as long', (load, factor, tolerance) => {
    const capacity = 8 * CHANNEL * 0.71;
    const channels = new LoadedChannels({
      channels: 8,
      channelBytesPerSecond: CHANNEL,
      backgroundBytesPerSecond: load * capacity,
    });
    let wait_ps = 0;
    let probes = 0;
    for (let time_ps = 1e6; time_ps < 1e9; time_ps += 217_311) {
      channels.book(probes % 8, time_ps, 64, false);
      wait_ps += channels.granted_ps - time_ps;
      probes++;
    }
    expect(Math.abs(1 + wait_ps / probes / 85_000 - factor)).toBeLessThanOrEqual(tolerance);
    // What is asked for is done while that is possible; then as much as can be done.
    expect(channels.backgroundBytes(1e9) / 1e-3 / capacity).toBeCloseTo(Math.min(load, 1), 1);
  });

  it('count the background alike whenever anybody looks, and lose none of it while nobody comes', () => {
    const options = { channels: 2, channelBytesPerSecond: CHANNEL, backgroundBytesPerSecond: 20e9 };
    const often = new LoadedChannels(options);
    const seldom = new LoadedChannels(options);
    for (let step = 1; step <= 1000; step++) {
      for (let look = 0; look < 5; look++) often.backgroundBytes(step * 10_000 - 9_000 + look * 1_500);
      expect(often.book(step % 2, step * 10_000, 256, false)).toBe(seldom.book(step % 2, step * 10_000, 256, false));
    }
    expect(often.backgroundBytes(2e7)).toBe(seldom.backgroundBytes(2e7));
    // A second of silence, then one access: counted, not made one by one.
    seldom.book(0, 1e12, 64, false);
    seldom.book(1, 1e12, 64, false);
    expect(seldom.backgroundBytes(1e12) / 20e9).toBeCloseTo(1, 3);
  });
});

describe('a device that reads 64 bytes of host memory through Gen3 x8', () => {
  it('waits 413 to 440 ns ± 10 % when they are in the last-level cache (measurement pb-lat-llc)', () => {
    const built = machine({ ioCache: 'model' });
    // What a device writes is in the cache afterwards.
    built.a.port.write(HIGH, 64, PATTERN, 0, FLOW.p2p);
    built.hardware.runUntil(1e9, 1e6);
    const latency_ns = readLatency_ns(built, HIGH);
    expect(latency_ns).toBeGreaterThan(413 * 0.9);
    expect(latency_ns).toBeLessThan(440 * 1.1);
  });

  it('waits 480 to 520 ns ± 10 % when they are in DRAM (measurement pb-lat-dram)', () => {
    const latency_ns = readLatency_ns(machine({ ioCache: 'model' }), HIGH);
    expect(latency_ns).toBeGreaterThan(480 * 0.9);
    expect(latency_ns).toBeLessThan(520 * 1.1);
  });

  it('gains 50 to 90 ns by the cache (measurement pb-llc-gain)', () => {
    const gain_ns =
      readLatency_ns(machine({ ioCache: 'miss' }), HIGH) - readLatency_ns(machine({ ioCache: 'hit' }), HIGH);
    expect(gain_ns).toBeGreaterThan(50);
    expect(gain_ns).toBeLessThan(90);
  });

  it('waits 100 to 110 ns ± 25 % longer for memory of the other socket (measurement pb-numa)', () => {
    const built = machine({ sockets: 2 });
    const [near, far] = built.hardware.hostMemory.nodeRanges.filter((range) => range.base >= HIGH || range.node === 1);
    const nearAddress = built.hardware.hostMemory.nodeRanges.find((range) => range.node === 0)?.base;
    invariant(near !== undefined && far !== undefined && nearAddress !== undefined, () => 'no second socket');
    const extra_ns = readLatency_ns(built, far.base) - readLatency_ns(built, nearAddress);
    expect(extra_ns).toBeGreaterThan(100 * 0.75);
    expect(extra_ns).toBeLessThan(110 * 1.25);
  });
});

describe('several sockets', () => {
  it('share memory evenly and in order, so that software can allocate on a node', () => {
    const { hardware } = machine({ sockets: 4, sizeBytes: 8 * 2 ** 30 });
    const { nodeRanges, ranges } = hardware.hostMemory;
    const bytesOf = (node: number): number =>
      nodeRanges.filter((range) => range.node === node).reduce((sum, range) => sum + range.sizeBytes, 0);
    expect([0, 1, 2, 3].map(bytesOf)).toEqual(Array.from({ length: 4 }, () => 2 ** 31));
    expect(nodeRanges.map(({ node }) => node)).toEqual([0, 1, 1, 2, 3]);
    expect(nodeRanges.reduce((sum, range) => sum + range.sizeBytes, 0)).toBe(
      ranges.reduce((sum, range) => sum + range.sizeBytes, 0),
    );
    for (const range of nodeRanges) expect(hardware.hostMemory.offsetOf(range.base)).toBe(range.offset);
    const map = new SystemAddressMap(hardware.spec.hostBridges, hardware.hostMemory);
    const usable = [0, 1, 2, 3].flatMap((node) => map.usableRamOf(node));
    expect(usable.reduce((sum, range) => sum + range.sizeBytes, 0)).toBe(
      map.usableRam().reduce((sum, range) => sum + range.sizeBytes, 0),
    );
  });

  it('limit a device to the rate of the way between them', () => {
    const memory = { sockets: 2, channels: 8, interconnectBytesPerSecond: 5e9, sizeBytes: 8 * 2 ** 30 };
    const farOf = (built: ReturnType<typeof machine>): number =>
      built.hardware.hostMemory.nodeRanges.find((range) => range.node === 1 && range.base >= HIGH)?.base ?? NaN;
    for (const direction of ['read', 'write'] as const) {
      const built = machine(memory, GEN4_X16);
      const far = dmaRate(built, direction, 4 * MIB, farOf(built));
      expect(far / 5e9).toBeGreaterThan(0.9);
      expect(far / 5e9).toBeLessThan(1.02);
      expect(dmaRate(machine(memory, GEN4_X16), direction, 4 * MIB, 0x10_0000)).toBeGreaterThan(20e9);
    }
  });
});

describe('the I/O share of the last-level cache', () => {
  const SMALL = { ioCache: 'model', lastLevelCache: { sizeBytes: MIB, ways: 16, ioWays: 2 } } as const;
  const IO_BYTES = (MIB * 2) / 16;

  it('keeps what fits into its ways out of DRAM, written and read any number of times', () => {
    const built = machine(SMALL, GEN4_X16);
    for (let round = 0; round < 4; round++) {
      dmaRate(built, 'write', IO_BYTES);
      built.a.done.length = 0;
      dmaRate(built, 'read', IO_BYTES);
      built.hardware.machineCounters[MACHINE_COUNTER.arrivedBytes] = 0;
    }
    expect([0, 1].map((field) => memoryBytes(built.hardware, field === 0 ? 0 : 1))).toEqual([0, 0]);
  });

  it('writes back what a stream of four times its size pushes out, and nothing else', () => {
    const built = machine(SMALL, GEN4_X16);
    dmaRate(built, 'write', 4 * IO_BYTES);
    expect(memoryBytes(built.hardware, MEMORY_COUNTER.writtenBytes)).toBe(3 * IO_BYTES);
    // The last part is still there; what is not is read from DRAM and not kept.
    dmaRate(built, 'read', 4 * IO_BYTES);
    expect(memoryBytes(built.hardware, MEMORY_COUNTER.readBytes)).toBe(3 * IO_BYTES);
    built.a.done.length = 0;
    dmaRate(built, 'read', IO_BYTES);
    expect(memoryBytes(built.hardware, MEMORY_COUNTER.readBytes)).toBe(4 * IO_BYTES);
  });

  it('lets a stream past it no faster than DRAM takes what it pushes out', () => {
    const slow = { ...SMALL, channels: 1, channelBytesPerSecond: 10e9 };
    const rate = dmaRate(machine(slow, GEN4_X16), 'write', 8 * MIB);
    expect(rate).toBeLessThan(10e9 * 0.64);
    expect(rate).toBeGreaterThan(10e9 * 0.55);
  });

  it('shows what a device wrote to a core, which then has it in 21 ns, and to a device what a core wrote', () => {
    const built = machine(SMALL);
    const { hardware, a } = built;
    const cpu = new Cpu(hardware);
    a.port.write(0x20_0000, 64, PATTERN, 0, FLOW.control);
    hardware.runUntil(1e9, 1e6);
    const times: number[] = [];
    function* software(): HostProcess<void> {
      for (const address of [0x20_0000, 0x30_0000, 0x30_0000]) {
        const begin = Number(yield { kind: 'now' });
        yield { kind: 'memoryRead', address, lengthBytes: 8 };
        times.push(Number(yield { kind: 'now' }) - begin);
      }
      yield { kind: 'memoryWrite', address: 0x40_0000, data: Uint8Array.of(1, 2, 3, 4) };
    }
    cpu.start(software());
    hardware.runUntil(2e9, 1e6);
    expect(times).toEqual([21_000, 85_000, 21_000]);
    const read = memoryBytes(hardware, MEMORY_COUNTER.readBytes);
    const latency_ns = readLatency_ns(built, 0x40_0000);
    expect(latency_ns).toBeLessThan(440 * 1.1);
    expect(memoryBytes(hardware, MEMORY_COUNTER.readBytes)).toBe(read);
  });
});

describe('a background load of the cores', () => {
  const ONE_CHANNEL = { channels: 1, channelBytesPerSecond: CHANNEL };

  it('slows devices that use memory, and is slowed by them', () => {
    const background = 16e9;
    const alone = dmaRate(machine(ONE_CHANNEL, GEN4_X16), 'write', 4 * MIB);
    const loaded = machine({ ...ONE_CHANNEL, backgroundBytesPerSecond: background }, GEN4_X16);
    const rate = dmaRate(loaded, 'write', 4 * MIB);
    const seconds = loaded.hardware.now_ps / PS_PER_SECOND;
    const achieved = at(loaded.hardware.machineCounters, MACHINE_COUNTER.backgroundBytes) / seconds;
    expect(rate).toBeLessThan(alone * 0.75);
    expect(achieved).toBeLessThan(background * 0.9);
    // Together they take what the channel gives, no more.
    const busy = rate / (CHANNEL * 0.62) + achieved / (CHANNEL * 0.71);
    expect(busy).toBeGreaterThan(0.93);
    expect(busy).toBeLessThan(1.01);
  });

  it('gets all it asks for when nobody else needs memory', () => {
    const { hardware } = machine({ ...ONE_CHANNEL, backgroundBytesPerSecond: 10e9 });
    hardware.runUntil(1e9, 1e6);
    expect(at(hardware.machineCounters, MACHINE_COUNTER.backgroundBytes) / 1e-3 / 10e9).toBeCloseTo(1, 1);
  });

  it('makes a core that copies slower', () => {
    function copyRate(memory: Memory): number {
      const { hardware } = machine({ ...ONE_CHANNEL, ...memory });
      const cpu = new Cpu(hardware);
      let end_ps = 0;
      function* software(): HostProcess<void> {
        yield { kind: 'copy', from: 0x100_0000, to: 0x200_0000, lengthBytes: MIB, flow: FLOW.bounceOut };
        end_ps = Number(yield { kind: 'now' });
      }
      cpu.start(software());
      hardware.runUntil(1e10, Infinity);
      return (MIB * PS_PER_SECOND) / end_ps;
    }
    const idle = copyRate({});
    const half = copyRate({ backgroundBytesPerSecond: 9e9 });
    const full = copyRate({ backgroundBytesPerSecond: 40e9 });
    expect(half).toBeLessThan(idle * 0.9);
    expect(full).toBeLessThan(half * 0.8);
    expect(full).toBeGreaterThan(0.5e9);
  });
});

describe('a copy by one core', () => {
  it.each([
    [undefined, 10e9],
    [5.6e9, 5.6e9],
    [11.5e9, 11.5e9],
  ])('runs at the rate of the core, 5.6 to 11.5 GB/s (measurement memcpy): %s', (copyBytesPerSecond, expected) => {
    const spec = machineSpec({ ports: [{ link: GEN3_X8, below: device('a', GEN3_X8) }], memory: { channels: 8 } });
    const host = {
      ...spec.host,
      cpu: { ...spec.host.cpu, ...(copyBytesPerSecond === undefined ? {} : { copyBytesPerSecond }) },
    };
    const hardware = buildHardware({ ...spec, host }, { storage: privateStorage, seed: 1 });
    let end_ps = 0;
    function* software(): HostProcess<void> {
      yield { kind: 'copy', from: 0x100_0000, to: 0x200_0000, lengthBytes: 256 * KIB, flow: FLOW.bounceOut };
      end_ps = Number(yield { kind: 'now' });
    }
    new Cpu(hardware).start(software());
    hardware.runUntil(1e10, Infinity);
    const rate = (256 * KIB * PS_PER_SECOND) / end_ps;
    expect(rate / expected).toBeCloseTo(1, 2);
    expect(rate).toBeGreaterThan(5.5e9);
    expect(rate).toBeLessThan(11.6e9);
  });
});
