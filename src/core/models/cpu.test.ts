import { describe, expect, it } from 'vitest';
import { FakeFabric, type FakeOptions } from '../../../tests/support/fakeFabric.ts';
import { MACHINE_COUNTER, MACHINE_COUNTER_COUNT } from '../pcie/counters.ts';
import type { HostProcess } from '../pcie/requests.ts';
import { FLOW } from '../pcie/tlp.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { Cpu, type CpuSite } from './cpu.ts';
import { TIME_SLICE_PS } from './cpuCosts.ts';
import type { Bdf } from '../../base/units.ts';
import { ConfigFabric } from './configFabric.ts';
import { buildConfigSpaces } from '../config/buildConfigSpace.ts';
import { MemoryArena, SparseMemory } from '../sim/sparseMemory.ts';
import { privateStorage } from '../../base/storage.ts';
import { Interconnect } from './memory/sockets.ts';
import { PatternSource } from './devices/pattern.ts';

const BAR = 0xc000_0000;
const RAM_BYTES = 2 ** 24;

/** A CPU with its own memory, on the fake fabric; host memory answers the core only. */
function bench(options: FakeOptions = {}, cores = 8) {
  const fabric = new FakeFabric();
  const bar = fabric.addRegion(BAR, 0x10_0000);
  const memory = new SparseMemory(new MemoryArena(privateStorage), RAM_BYTES);
  const counters = new Float64Array(MACHINE_COUNTER_COUNT);
  const booked: string[] = [];
  let interrupt: (vector: number) => void = () => undefined;
  const site: CpuSite = {
    cpuPort: (handler) => fabric.port(handler, { mpsBytes: 64, mrrsBytes: 64, ...options }),
    hostMemory: {
      memory,
      sizeBytes: RAM_BYTES,
      ranges: [{ base: 0, sizeBytes: RAM_BYTES, offset: 0 }],
      offsetOf: (address) => (address < RAM_BYTES ? address : -1),
      occupy: (_address, lengthBytes, direction) => {
        booked.push(`${direction} ${lengthBytes}`);
        return fabric.now_ps;
      },
      readLatency_ps: 225_000,
      delay_ps: 0,
      coreLoad_ps: () => 85_000,
      noteCoreStore: () => undefined,
      nodeRanges: [{ node: 0, base: 0, sizeBytes: RAM_BYTES, offset: 0 }],
      interconnect: new Interconnect(105_000, 41.6e9),
    },
    configFabric: new ConfigFabric(defaultMachine, buildConfigSpaces(defaultMachine)),
    machineCounters: counters,
    onInterrupt: (sink) => {
      interrupt = (vector) => sink(0xfee00000, vector, 0 as never);
    },
    spec: { ...defaultMachine, host: { ...defaultMachine.host, cpu: { ...defaultMachine.host.cpu, cores } } },
  };
  const cpu = new Cpu(site);
  const count = (field: number): number => counters[field] ?? -1;
  return { fabric, bar, memory, cpu, booked, count, interrupt: (vector: number) => interrupt(vector) };
}

describe('Cpu', () => {
  it('reads and writes configuration registers by requests that are answered, and sees all ones where nothing is', () => {
    const { fabric, cpu } = bench();
    const registers = new Map<number, number>([[0x0408 * 4096 + 4, 0x0010_0006]]);
    const id = 0x0408 as Bdf;
    const seen: unknown[] = [];
    function* driver(): HostProcess<void> {
      seen.push(yield { kind: 'configRead', segment: 0, bdf: id, offset: 4, bytes: 4 });
      seen.push(yield { kind: 'configWrite', segment: 0, bdf: id, offset: 4, bytes: 4, value: 7 });
      seen.push(yield { kind: 'configRead', segment: 0, bdf: id, offset: 4, bytes: 4 });
      seen.push(yield { kind: 'now' });
      fabric.config = undefined;
      seen.push(yield { kind: 'configRead', segment: 0, bdf: id, offset: 0, bytes: 2 });
    }
    fabric.config = {
      read: (target, offset) => registers.get(target * 4096 + offset) ?? 0,
      write: (target, offset, _bytes, value) => void registers.set(target * 4096 + offset, value),
    };
    cpu.start(driver());
    expect(fabric.runToIdle()).toBe(true);
    expect(seen).toEqual([0x0010_0006, undefined, 7, 1_500_000, 0xffff]);
  });

  it('loads and stores device registers, little-endian, and sees all ones where nothing answers', () => {
    const { fabric, bar, cpu } = bench();
    const seen: unknown[] = [];
    function* driver(): HostProcess<void> {
      yield { kind: 'mmioWrite', address: BAR + 8, bytes: 4, value: 0xfedcba98 };
      yield { kind: 'mmioWrite', address: BAR + 12, bytes: 2, value: 0x1234 };
      seen.push(yield { kind: 'mmioRead', address: BAR + 8, bytes: 4 });
      seen.push(yield { kind: 'mmioRead', address: BAR + 12, bytes: 2 });
      seen.push(yield { kind: 'mmioRead', address: 0xdead_0000, bytes: 4 });
    }
    cpu.start(driver());
    fabric.runToIdle();
    expect(seen).toEqual([0xfedcba98, 0x1234, 0xffffffff]);
    expect([...bar.bytes.subarray(8, 16)]).toEqual([0x98, 0xba, 0xdc, 0xfe, 0x34, 0x12, 0, 0]);
    expect(cpu.liveProcesses).toBe(0);
  });

  it('spaces uncached stores of one core 100 ns apart', () => {
    const { fabric, cpu } = bench();
    function* driver(): HostProcess<void> {
      for (let i = 0; i < 5; i++) yield { kind: 'mmioWrite', address: BAR, bytes: 4, value: i };
    }
    cpu.start(driver());
    fabric.runToIdle();
    expect(fabric.tlps.map((tlp) => tlp.at_ps)).toEqual([0, 100_000, 200_000, 300_000, 400_000]);
  });

  it('reads and writes its own memory', () => {
    const { fabric, cpu, memory } = bench();
    let seen: unknown;
    function* driver(): HostProcess<void> {
      yield { kind: 'memoryWrite', address: 0x1000, data: Uint8Array.of(1, 2, 3) };
      seen = yield { kind: 'memoryRead', address: 0x1001, lengthBytes: 2 };
    }
    cpu.start(driver());
    fabric.runToIdle();
    expect(seen).toEqual(Uint8Array.of(2, 3));
    expect(memory.readUint(0x1000, 3)).toBe(0x030201);
  });

  it('runs processes side by side and hands semaphores on in order', () => {
    const { fabric, cpu } = bench();
    const log: string[] = [];
    function* waiter(name: string): HostProcess<void> {
      yield { kind: 'await', semaphore: 5 };
      log.push(`${name} ${String(yield { kind: 'now' })}`);
    }
    function* main(): HostProcess<void> {
      yield { kind: 'spawn', process: waiter('first') };
      yield { kind: 'spawn', process: waiter('second') };
      yield { kind: 'delay', duration_ps: 1000, busy: false };
      yield { kind: 'signal', semaphore: 5 };
      yield { kind: 'signal', semaphore: 5 };
      yield { kind: 'signal', semaphore: 5 };
      yield { kind: 'delay', duration_ps: 500, busy: false };
      yield { kind: 'await', semaphore: 5 };
      log.push('main');
    }
    cpu.start(main());
    fabric.runToIdle();
    expect(log).toEqual(['first 1000', 'second 1000', 'main']);
  });

  it('wakes the process that waits for an interrupt after its cost, or at once if it fired before', () => {
    const { fabric, cpu, count, interrupt } = bench();
    const times: unknown[] = [];
    function* driver(): HostProcess<void> {
      yield { kind: 'waitInterrupt', vector: 3 };
      times.push(yield { kind: 'now' });
      yield { kind: 'delay', duration_ps: 9_000_000, busy: false };
      yield { kind: 'waitInterrupt', vector: 3 };
      times.push(yield { kind: 'now' });
    }
    cpu.start(driver());
    fabric.schedule(1_000_000, () => interrupt(3));
    fabric.schedule(5_000_000, () => interrupt(3));
    fabric.schedule(5_500_000, () => interrupt(3));
    fabric.runToIdle();
    expect(times).toEqual([2_000_000, 11_000_000]);
    expect(count(MACHINE_COUNTER.interrupts)).toBe(3);
    expect(count(MACHINE_COUNTER.cpuBusy_ps)).toBe(3_000_000);
  });

  it('counts the time its cores are busy, not the time they sleep', () => {
    const { fabric, cpu, count } = bench();
    function* driver(): HostProcess<void> {
      yield { kind: 'delay', duration_ps: 700, busy: true };
      yield { kind: 'delay', duration_ps: 9_000, busy: false };
      yield { kind: 'delay', duration_ps: 300, busy: true };
    }
    cpu.start(driver());
    fabric.runToIdle();
    expect(count(MACHINE_COUNTER.cpuBusy_ps)).toBe(1000);
  });
});

describe('cores', () => {
  /** Works, says when it is done, and does it again. */
  function* worker(name: string, log: string[], rounds: number, work_ps = 1_000_000): HostProcess<void> {
    for (let round = 0; round < rounds; round++) {
      yield { kind: 'delay', duration_ps: work_ps, busy: true };
      log.push(`${name} ${String(yield { kind: 'now' })}`);
    }
  }

  it('are as many as the machine has: of four processes two wait until two have ended', () => {
    const { fabric, cpu, count } = bench({}, 2);
    const log: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) cpu.start(worker(name, log, 1));
    fabric.runToIdle();
    expect(log).toEqual(['a 1000000', 'b 1000000', 'c 2000000', 'd 2000000']);
    expect(count(MACHINE_COUNTER.cpuBusy_ps)).toBe(4_000_000);
    expect(cpu.liveProcesses).toBe(0);
  });

  it('go to others while a process sleeps', () => {
    const { fabric, cpu } = bench({}, 1);
    const log: string[] = [];
    cpu.start(
      (function* sleeper(): HostProcess<void> {
        yield { kind: 'delay', duration_ps: 500_000, busy: false };
        log.push(`sleeper ${String(yield { kind: 'now' })}`);
      })(),
    );
    cpu.start(worker('worker', log, 2));
    fabric.runToIdle();
    // Its core was taken when it woke up: it runs when the other has ended.
    expect(log).toEqual(['worker 1000000', 'worker 2000000', 'sleeper 2000000']);
  });

  it('change hands after a slice, in turn, if others wait', () => {
    const { fabric, cpu } = bench({}, 1);
    const log: string[] = [];
    const half_ps = TIME_SLICE_PS / 2;
    function* hog(name: string): HostProcess<void> {
      for (let round = 0; round < 4; round++) {
        log.push(name);
        yield { kind: 'delay', duration_ps: half_ps, busy: true };
      }
    }
    for (const name of ['a', 'b', 'c']) cpu.start(hog(name));
    fabric.runToIdle();
    expect(log.join('')).toBe('aabbccaabbcc');
    expect(fabric.now_ps).toBe(12 * half_ps);
  });

  it('run a process that another has spawned when one is free', () => {
    const { fabric, cpu } = bench({}, 1);
    const log: string[] = [];
    cpu.start(
      (function* parent(): HostProcess<void> {
        yield { kind: 'spawn', process: worker('child', log, 1) };
        yield { kind: 'delay', duration_ps: 300_000, busy: true };
        log.push(`parent ${String(yield { kind: 'now' })}`);
        yield { kind: 'await', semaphore: 1 };
      })(),
    );
    fabric.runToIdle();
    expect(log).toEqual(['parent 300000', 'child 1300000']);
  });

  it('handle interrupts beside a process if one is free, else in its time', () => {
    for (const [cores, expected] of [
      [2, 5_000_000],
      [1, 7_000_000],
    ] as const) {
      const { fabric, cpu, count, interrupt } = bench({}, cores);
      const log: string[] = [];
      cpu.start(worker('worker', log, 1, 5_000_000));
      fabric.schedule(1_000_000, () => interrupt(3));
      fabric.schedule(1_200_000, () => interrupt(4));
      fabric.runToIdle();
      expect(log).toEqual([`worker ${expected}`]);
      expect(count(MACHINE_COUNTER.cpuBusy_ps)).toBe(7_000_000);
    }
  });

  it('handle the interrupts of one core one after the other', () => {
    const { fabric, cpu, interrupt } = bench({}, 1);
    const times: unknown[] = [];
    for (const vector of [3, 4]) {
      cpu.start(
        (function* driver(): HostProcess<void> {
          yield { kind: 'waitInterrupt', vector };
          times.push(yield { kind: 'now' });
        })(),
      );
    }
    fabric.schedule(1_000_000, () => interrupt(3));
    fabric.schedule(1_000_000, () => interrupt(4));
    fabric.runToIdle();
    expect(times).toEqual([3_000_000, 3_000_000]);
  });
});

describe('a copy by the CPU', () => {
  const copyOf = (from: number, to: number, lengthBytes: number) =>
    function* (): HostProcess<void> {
      yield { kind: 'copy', from, to, lengthBytes, flow: FLOW.bounceOut };
    };
  function pattern(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    new PatternSource(1).readInto(0, length, bytes, 0);
    return bytes;
  }

  it('moves memory to memory at the rate of one core and books both channels', () => {
    const { fabric, cpu, memory, count, booked } = bench();
    const bytes = pattern(100_001);
    memory.writeFrom(0x1003, bytes.length, bytes, 0);
    cpu.start(copyOf(0x1003, 0x80_0000, bytes.length)());
    fabric.runToIdle();
    const result = new Uint8Array(bytes.length);
    memory.readInto(0x80_0000, bytes.length, result, 0);
    expect(result).toEqual(bytes);
    expect(fabric.now_ps).toBe(10_000_100);
    expect(count(MACHINE_COUNTER.cpuBusy_ps)).toBe(10_000_100);
    expect(count(MACHINE_COUNTER.cpuCopiedBytes)).toBe(bytes.length);
    const total = (direction: string) =>
      booked
        .filter((entry) => entry.startsWith(direction))
        .reduce((sum, entry) => sum + Number(entry.split(' ')[1]), 0);
    expect([total('read'), total('write')]).toEqual([bytes.length, bytes.length]);
  });

  it('stores to a BAR in TLPs of one line at the rate of one core', () => {
    const { fabric, cpu, memory, bar } = bench({ perWrite_ps: 1000 });
    const bytes = pattern(64_000 + 7);
    memory.writeFrom(0, bytes.length, bytes, 0);
    cpu.start(copyOf(0, BAR + 4, bytes.length)());
    fabric.runToIdle();
    expect(bar.bytes.subarray(4, 4 + bytes.length)).toEqual(bytes);
    expect(bar.bytes[3]).toBe(0);
    expect(bar.bytes[4 + bytes.length]).toBe(0);
    const lengths = fabric.tlps.map((tlp) => tlp.lengthBytes);
    expect(lengths[0]).toBe(60);
    expect(lengths.slice(1, -1).every((length) => length === 64)).toBe(true);
    const span_ps = (fabric.tlps.at(-1)?.at_ps ?? 0) - (fabric.tlps[1]?.at_ps ?? 0);
    expect(span_ps / (fabric.tlps.length - 2)).toBeCloseTo(6400, 0);
  });

  it('is slowed by a fabric that pushes back', () => {
    const { fabric, cpu, bar, memory } = bench({ perWrite_ps: 20_000, postedPlaces: 2 });
    const bytes = pattern(6400);
    memory.writeFrom(0, bytes.length, bytes, 0);
    cpu.start(copyOf(0, BAR, bytes.length)());
    fabric.runToIdle();
    expect(bar.bytes.subarray(0, bytes.length)).toEqual(bytes);
    expect(fabric.tlps.at(-1)?.at_ps).toBeGreaterThan(97 * 20_000);
  });

  it('reads a BAR slowly: ten lines at a time, 0.5 GB/s at most', () => {
    const { fabric, cpu, bar, memory } = bench({ readLatency_ps: 400_000, shuffleSeed: 5 });
    bar.bytes.set(pattern(30_003));
    cpu.start(copyOf(BAR + 1, 0x3000, 30_001)());
    fabric.runToIdle();
    const result = new Uint8Array(30_001);
    memory.readInto(0x3000, result.length, result, 0);
    expect(result).toEqual(bar.bytes.slice(1, 30_002));
    expect(fabric.now_ps).toBeGreaterThan(30_001 / 0.5e9 / 1e-12);
  });

  it('copies from BAR to BAR, whatever the alignment', () => {
    const { fabric, cpu, bar } = bench({ postedPlaces: 3 });
    bar.bytes.set(pattern(10_000));
    cpu.start(copyOf(BAR + 5, BAR + 0x8009, 9_000)());
    fabric.runToIdle();
    expect(bar.bytes.slice(0x8009, 0x8009 + 9_000)).toEqual(bar.bytes.slice(5, 9_005));
    expect(bar.bytes[0x8008]).toBe(0);
    expect(cpu.liveProcesses).toBe(0);
  });

  it('takes bytes a device did not answer for as all ones', () => {
    const { fabric, cpu, memory } = bench();
    cpu.start(copyOf(0xdead_0000, 0x100, 8)());
    fabric.runToIdle();
    expect(memory.readUint(0x100, 6)).toBe(2 ** 48 - 1);
  });
});
