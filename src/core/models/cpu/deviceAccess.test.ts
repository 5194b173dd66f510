/*
 * Loads and stores of a core to a BAR, by the memory type of the mapping: what leaves as TLPs, how fast, and that the
 * bytes are the right ones. Measured values: performance reference, section 7.
 */
import { describe, expect, it } from 'vitest';
import { privateStorage } from '../../../base/storage.ts';
import { KIB, PS_PER_NS, PS_PER_SECOND, PS_PER_US } from '../../../base/units.ts';
import { HOP, HOP_WORDS } from '../../pcie/counters.ts';
import type { LinkEndSpec, MachineSpec } from '../../pcie/machineSpec.ts';
import type { CpuAccessBytes, CpuMapping, HostProcess, HostRequest } from '../../pcie/requests.ts';
import { FLOW, TLP_KIND } from '../../pcie/tlp.ts';
import type { HopRecorder } from '../../sim/hopRecorder.ts';
import { buildHardware } from '../buildHardware.ts';
import { Cpu } from '../cpu.ts';
import { device, machineSpec, PATTERN, TestFunction } from '../machines.testing.ts';

const GEN3_X16: LinkEndSpec = { maxGen: 3, maxWidth: 16 };
const GPU_LATENCY_PS = 800 * PS_PER_NS;
/** 64-byte TLPs with 64-bit addresses on Gen3 x16, after DLLPs and SKP (measurement wc-wr-g3). */
const NOMINAL_64 = 11_427_544_627;

interface Seen {
  readonly kind: number;
  readonly lengthBytes: number;
  readonly address: number;
  readonly start_ps: number;
}

/** Requests that went down the link to the device. */
class Requests implements HopRecorder {
  readonly seen: Seen[] = [];

  record(...words: Parameters<HopRecorder['record']>): void {
    const word = (index: number): number => words[index] ?? -1;
    expect(words.length).toBe(HOP_WORDS);
    if (word(HOP.segment) !== 0) return;
    this.seen.push({
      kind: word(HOP.what) & 0xff,
      lengthBytes: word(HOP.lengthBytes),
      address: word(HOP.address),
      start_ps: word(HOP.start_ps),
    });
  }

  of(kind: number): readonly Seen[] {
    return this.seen.filter((hop) => hop.kind === kind);
  }
}

/** A GPU below the only root port of socket 0; socket 1 has a host bridge with nothing below it. */
function bench(change: (spec: MachineSpec) => MachineSpec = (spec) => spec) {
  const spec = machineSpec({ ports: [{ link: GEN3_X16, below: device('gpu', GEN3_X16) }] });
  const [bridge] = spec.hostBridges;
  if (bridge === undefined) throw new Error('a machine without a host bridge');
  const hops = new Requests();
  const hardware = buildHardware(
    change({
      ...spec,
      hostBridges: [
        { ...bridge, lastBus: 127 },
        { ...bridge, id: 'pcie1', name: 'pcie1', rootBus: 128, lastBus: 255, numaNode: 1 },
      ],
    }),
    { storage: privateStorage, seed: 1, hops },
  );
  const gpu = new TestFunction(hardware, 'gpu', { readLatency_ps: GPU_LATENCY_PS });
  const cpu = new Cpu(hardware);
  /** Runs requests one after the other. @returns how long each took. */
  function run(...requests: HostRequest[]): readonly number[] {
    const times: number[] = [];
    function* process(): HostProcess<void> {
      for (const request of requests) {
        const begin = Number(yield { kind: 'now' });
        yield request;
        times.push(Number(yield { kind: 'now' }) - begin);
      }
    }
    cpu.start(process());
    hardware.runUntil(hardware.now_ps + 10 * PS_PER_SECOND, Infinity);
    expect(times.length).toBe(requests.length);
    expect(hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
    return times;
  }
  return { hardware, gpu, hops, run };
}

interface Order {
  readonly mapping: CpuMapping;
  readonly accessBytes?: CpuAccessBytes;
  readonly hostBridge?: string;
}

function common(address: number, lengthBytes: number, order: Order) {
  return { address, lengthBytes, accessBytes: 8 as const, flow: FLOW.p2p, ...order };
}

function store(address: number, lengthBytes: number, order: Order): HostRequest {
  return { kind: 'cpuStore', bytes: PATTERN, ...common(address, lengthBytes, order) };
}

function load(into: Uint8Array, address: number, lengthBytes: number, order: Order): HostRequest {
  const sink = {
    writeFrom(offset: number, count: number, source: Uint8Array, sourceOffset: number): void {
      into.set(source.subarray(sourceOffset, sourceOffset + count), offset);
    },
  };
  return { kind: 'cpuLoad', into: sink, ...common(address, lengthBytes, order) };
}

function pattern(lengthBytes: number, first = 0): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  PATTERN.readInto(first, lengthBytes, bytes, 0);
  return bytes;
}

const rateOf = (lengthBytes: number, time_ps: number | undefined): number =>
  (lengthBytes * PS_PER_SECOND) / (time_ps ?? NaN);

describe('an uncached mapping', () => {
  it('sends one posted TLP of at most 8 bytes for every store, 100 ns apart', () => {
    const { gpu, hops, run } = bench();
    run(store(gpu.base, 256, { mapping: 'UC', accessBytes: 16 }));
    const writes = hops.of(TLP_KIND.MWr);
    expect(writes.map((hop) => hop.lengthBytes)).toEqual(Array.from({ length: 32 }, () => 8));
    const gaps = writes.slice(1).map((hop, index) => hop.start_ps - (writes[index]?.start_ps ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(99 * PS_PER_NS);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(101 * PS_PER_NS);
    const stored = new Uint8Array(256);
    gpu.memory.readInto(0, 256, stored, 0);
    expect(stored).toEqual(pattern(256));
  });

  it('loads at most 8 bytes at a time and waits for each: 0.7 to 2.2 µs from a GPU (measurement mmio-rd)', () => {
    const { gpu, hops, run } = bench();
    gpu.memory.writeFrom(0, 64, pattern(64), 0);
    const into = new Uint8Array(64);
    const [time_ps] = run(load(into, gpu.base, 64, { mapping: 'UC', accessBytes: 64 }));
    expect(into).toEqual(pattern(64));
    const reads = hops.of(TLP_KIND.MRd);
    expect(reads.map((hop) => hop.lengthBytes)).toEqual(Array.from({ length: 8 }, () => 8));
    const each_ps = (time_ps ?? NaN) / 8;
    expect(each_ps).toBeGreaterThan(0.7 * PS_PER_US);
    expect(each_ps).toBeLessThan(2.2 * PS_PER_US);
    for (const [index, hop] of reads.slice(1).entries())
      expect(hop.start_ps - (reads[index]?.start_ps ?? 0)).toBeGreaterThan(GPU_LATENCY_PS);
  });

  it('takes one crossing there and one back longer from another socket: 105 ns', () => {
    const { gpu, run } = bench();
    const into = new Uint8Array(8);
    const [near_ps = 0, far_ps = 0] = run(
      load(into, gpu.base, 8, { mapping: 'UC' }),
      load(into, gpu.base, 8, { mapping: 'UC', hostBridge: 'pcie1' }),
    );
    expect((far_ps - near_ps) / PS_PER_NS).toBeCloseTo(105, 0);
  });

  it('gives all ones where nothing answers', () => {
    const { gpu, run } = bench();
    const into = new Uint8Array(16);
    run(load(into, gpu.base + 2 ** 36, 16, { mapping: 'UC' }));
    expect([...into]).toEqual(Array.from({ length: 16 }, () => 0xff));
  });
});

describe('a write-combining mapping', () => {
  const BYTES = 512 * KIB;

  it('makes one 64-byte TLP of every full line, whatever the width of the stores', () => {
    for (const accessBytes of [4, 8, 64] as const) {
      const { gpu, hops, run } = bench();
      run(store(gpu.base, 4 * KIB, { mapping: 'WC', accessBytes }));
      expect(hops.of(TLP_KIND.MWr).map((hop) => hop.lengthBytes)).toEqual(Array.from({ length: 64 }, () => 64));
      const stored = new Uint8Array(4 * KIB);
      gpu.memory.readInto(0, stored.length, stored, 0);
      expect(stored).toEqual(pattern(4 * KIB));
    }
  });

  it('lets lines that are not full leave in aligned pieces of at most 8 bytes', () => {
    const { gpu, hops, run } = bench();
    run(store(gpu.base + 44, 100, { mapping: 'WC', accessBytes: 4 }));
    // 44…63 is part of a line, 64…127 a whole one, 128…143 part of the next.
    expect(hops.of(TLP_KIND.MWr).map((hop) => hop.lengthBytes)).toEqual([4, 8, 8, 64, 8, 8]);
    const stored = new Uint8Array(100);
    gpu.memory.readInto(44, 100, stored, 0);
    expect(stored).toEqual(pattern(100));
  });

  it('reaches 0.83 to 0.95 of what 64-byte TLPs allow on Gen3 x16 (measurement wc-wr-g3)', () => {
    const { gpu, run } = bench();
    const [time_ps] = run(store(gpu.base, BYTES, { mapping: 'WC', accessBytes: 32 }));
    const fraction = rateOf(BYTES, time_ps) / NOMINAL_64;
    expect(fraction).toBeGreaterThan(0.83);
    expect(fraction).toBeLessThan(0.95);
  });

  it('is 0.70 ± 0.10 times as fast from another socket (measurement wc-wr-g3, K40m)', () => {
    const { gpu, run } = bench();
    const [near_ps = 0, far_ps = 0] = run(
      store(gpu.base, BYTES, { mapping: 'WC', accessBytes: 32 }),
      store(gpu.base, BYTES, { mapping: 'WC', accessBytes: 32, hostBridge: 'pcie1' }),
    );
    expect(near_ps / far_ps).toBeGreaterThan(0.6);
    expect(near_ps / far_ps).toBeLessThan(0.8);
  });

  it('is held back by a link that is slower than the core', () => {
    const narrow: LinkEndSpec = { maxGen: 3, maxWidth: 16, limitWidth: 4 };
    const spec = machineSpec({ ports: [{ link: narrow, below: device('gpu', narrow) }] });
    const { gpu, run } = bench((made) => ({ ...made, functions: spec.functions }));
    const [time_ps] = run(store(gpu.base, BYTES, { mapping: 'WC', accessBytes: 32 }));
    const fraction = rateOf(BYTES, time_ps) / (NOMINAL_64 / 4);
    expect(fraction).toBeGreaterThan(0.97);
    expect(fraction).toBeLessThan(1.05);
  });

  it.each([16, 32, 64] as const)(
    'is read at 0.4 to 0.8 GB/s by streaming loads of %i bytes (measurement mmio-rd-stream)',
    (accessBytes) => {
      const { gpu, hops, run } = bench();
      gpu.memory.writeFrom(0, 64 * KIB, pattern(64 * KIB), 0);
      const into = new Uint8Array(64 * KIB);
      const [time_ps] = run(load(into, gpu.base, into.length, { mapping: 'WC', accessBytes }));
      expect(into).toEqual(pattern(64 * KIB));
      expect(rateOf(into.length, time_ps)).toBeGreaterThan(0.4e9);
      expect(rateOf(into.length, time_ps)).toBeLessThan(0.8e9);
      expect(hops.of(TLP_KIND.MRd).every((hop) => hop.lengthBytes === 64)).toBe(true);
    },
  );

  it('is read 8 bytes at a time by ordinary loads, and keeps nothing', () => {
    const { gpu, hops, run } = bench();
    const into = new Uint8Array(64);
    run(load(into, gpu.base, 64, { mapping: 'WC' }), load(into, gpu.base, 64, { mapping: 'WC' }));
    expect(hops.of(TLP_KIND.MRd).map((hop) => hop.lengthBytes)).toEqual(Array.from({ length: 16 }, () => 8));
  });
});

describe('a write-through mapping', () => {
  it('fills a line once and finds it the second time', () => {
    const { gpu, hops, run } = bench();
    gpu.memory.writeFrom(0, 256, pattern(256), 0);
    const into = new Uint8Array(256);
    const [first_ps = 0, second_ps = 0] = run(
      load(into, gpu.base, 256, { mapping: 'WT' }),
      load(into, gpu.base, 256, { mapping: 'WT' }),
    );
    expect(into).toEqual(pattern(256));
    expect(hops.of(TLP_KIND.MRd).map((hop) => hop.lengthBytes)).toEqual([64, 64, 64, 64]);
    expect(second_ps).toBeLessThan(first_ps / 20);
  });

  it('goes on showing old bytes after the device has changed its memory, until the line is flushed', () => {
    const { gpu, run } = bench();
    const into = new Uint8Array(64);
    run(load(into, gpu.base, 64, { mapping: 'WT' }));
    gpu.memory.writeFrom(0, 64, pattern(64), 0);
    run(load(into, gpu.base, 64, { mapping: 'WT' }));
    expect(into).toEqual(new Uint8Array(64));
    run(
      { kind: 'flushLines', address: gpu.base, lengthBytes: 64, flow: FLOW.p2p },
      load(into, gpu.base, 64, { mapping: 'WT' }),
    );
    expect(into).toEqual(pattern(64));
  });

  it('stores to the device at once, and into the line that is kept', () => {
    const { gpu, hops, run } = bench();
    const into = new Uint8Array(64);
    run(
      load(into, gpu.base, 64, { mapping: 'WT' }),
      store(gpu.base, 64, { mapping: 'WT' }),
      load(into, gpu.base, 64, { mapping: 'WT' }),
    );
    expect(into).toEqual(pattern(64));
    expect(hops.of(TLP_KIND.MWr).map((hop) => hop.lengthBytes)).toEqual([64]);
    expect(hops.of(TLP_KIND.MRd)).toHaveLength(1);
    const stored = new Uint8Array(64);
    gpu.memory.readInto(0, 64, stored, 0);
    expect(stored).toEqual(pattern(64));
  });
});

describe('a write-back mapping', () => {
  it('fills lines before it changes them, and the device sees nothing before they are flushed', () => {
    const { gpu, hops, run } = bench();
    gpu.memory.writeFrom(0, 128, pattern(128, 1000), 0);
    run(store(gpu.base + 8, 16, { mapping: 'WB' }));
    expect(hops.of(TLP_KIND.MRd).map((hop) => hop.lengthBytes)).toEqual([64]);
    expect(hops.of(TLP_KIND.MWr)).toEqual([]);
    const seen = new Uint8Array(128);
    gpu.memory.readInto(0, 128, seen, 0);
    expect(seen).toEqual(pattern(128, 1000));
    run({ kind: 'flushLines', address: gpu.base, lengthBytes: 128, flow: FLOW.p2p });
    expect(hops.of(TLP_KIND.MWr).map((hop) => hop.lengthBytes)).toEqual([64]);
    const expected = pattern(128, 1000);
    expected.set(pattern(16), 8);
    gpu.memory.readInto(0, 128, seen, 0);
    expect(seen).toEqual(expected);
  });

  it('writes modified lines back when the cache has no room for more', () => {
    const { gpu, hops, run } = bench();
    const cacheBytes = 1024 * KIB;
    run(store(gpu.base, cacheBytes + 64 * KIB, { mapping: 'WB', accessBytes: 64 }));
    expect(hops.of(TLP_KIND.MWr)).toHaveLength((64 * KIB) / 64);
    run({ kind: 'flushLines', address: gpu.base, lengthBytes: cacheBytes + 64 * KIB, flow: FLOW.p2p });
    expect(hops.of(TLP_KIND.MWr)).toHaveLength((cacheBytes + 64 * KIB) / 64);
    const stored = new Uint8Array(cacheBytes + 64 * KIB);
    gpu.memory.readInto(0, stored.length, stored, 0);
    // Byte by byte: the matcher would take seconds for a megabyte.
    const sent = pattern(stored.length);
    expect(stored.findIndex((byte, index) => byte !== sent[index])).toBe(-1);
  });
});
