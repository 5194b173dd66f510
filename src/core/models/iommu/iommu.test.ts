import { describe, expect, it } from 'vitest';
import { Random } from '../../../base/random.ts';
import { privateStorage } from '../../../base/storage.ts';
import { GIB, KIB, MIB } from '../../../base/units.ts';
import { IommuDriver } from '../../host/iommu/iommuDriver.ts';
import type { IommuDriverOptions } from '../../host/iommu/iommuDriver.ts';
import {
  conventional,
  endpoint,
  hostFunction,
  machine,
  pciBridge,
  rootPort,
} from '../../host/p2pdma/machines.testing.ts';
import { viewOfSpec } from '../../host/p2pdma/specView.testing.ts';
import { MemoryArena, SparseMemory } from '../../sim/sparseMemory.ts';
import { FAULT, Iommu } from './iommu.ts';

const SIZE = 4 * GIB;
const TABLES_AT = GIB;
const WINDOW = { base: 0xc000_0000, limit: 0xfebf_ffff };
/** Index in the view, and requester ID, of the first device: 01:00.0. */
const FN = 3;
const OTHER = 4;

/** rp0 ── a (01:00.0), rp1 ── b (02:00.0), both isolated, each in a domain of its own. */
function setUp(
  parameters: ConstructorParameters<typeof Iommu>[1] = {},
  options: Partial<IommuDriverOptions> = {},
  iommu: 'translate' | 'passThrough' = 'translate',
) {
  const tree = [
    hostFunction('hb', 0x8086, 0x2020),
    rootPort('rp0', 1, [endpoint('a')], { acsControl: 0x1d }),
    rootPort('rp1', 2, [endpoint('b')], { acsControl: 0x1d }),
  ];
  const scanned = viewOfSpec(machine([{ id: 'h0', rootBus: 0, tree }], { iommu }));
  const memory = new SparseMemory(new MemoryArena(privateStorage), SIZE);
  let next = TABLES_AT;
  const pages = (): number => {
    next += 4 * KIB;
    return next - 4 * KIB;
  };
  const driver = new IommuDriver({ view: scanned, pages, windows: [WINDOW], ...options });
  const hardware = new Iommu({ memory, offsetOf: (address) => (address < SIZE ? address : -1) }, parameters);
  const write = (): void => {
    for (const request of driver.writeTables()) {
      if (request.kind === 'memoryWrite') memory.writeFrom(request.address, request.data.length, request.data, 0);
    }
  };
  write();
  for (const [segment, address] of driver.rootTables) hardware.setRootTable(segment, address);
  const id = (index: number): number => scanned.functions[index]?.bdf ?? -1;
  const read = (address: number, at_ps = 0, index = FN): number =>
    hardware.translate(0, id(index), address, false, at_ps);
  const store = (address: number, at_ps = 0, index = FN): number =>
    hardware.translate(0, id(index), address, true, at_ps);
  return { driver, hardware, write, read, store, id, memory };
}

describe('page tables in host memory', () => {
  it('D-20: addresses are given from the top down below 4 GiB, and none lies in a window of a host bridge', () => {
    const { driver } = setUp();
    const first = driver.map(FN, 0x10_0000, 64 * KIB, 'both');
    expect(first).toBe(2 ** 32 - 64 * KIB);
    const taken = [first];
    for (let count = 0; count < 300; count++) taken.push(driver.map(FN, MIB * (count + 2), MIB, 'both'));
    for (const iova of taken) {
      expect(iova + MIB - 1 < WINDOW.base || iova > WINDOW.limit).toBe(true);
      expect(iova + MIB - 1 < 0xfee0_0000 || iova > 0xfeef_ffff).toBe(true);
      expect(iova).toBeLessThan(2 ** 32);
    }
    expect(new Set(taken).size).toBe(taken.length);
    // What is left below 4 GiB is too small: above, still from the top.
    expect(driver.map(FN, 0, 3.5 * GIB, 'both')).toBeGreaterThan(2 ** 47);
  });

  it('R-6: what software maps the hardware finds, byte for byte, and nothing else', () => {
    const { driver, write, read, store, hardware } = setUp({ iotlbEntries: 4 });
    const random = new Random(7);
    const mapped = Array.from({ length: 40 }, (_, index) => {
      const physical = index * 8 * MIB + random.below(MIB);
      const lengthBytes = 1 + random.below(64 * KIB);
      return { physical, lengthBytes, iova: driver.map(FN, physical, lengthBytes, 'both') };
    });
    write();
    for (const { physical, lengthBytes, iova } of mapped) {
      for (let look = 0; look < 5; look++) {
        const offset = random.below(lengthBytes);
        expect(read(iova + offset)).toBe(physical + offset);
        expect(store(iova + offset)).toBe(physical + offset);
      }
      expect(read(physical)).toBe(FAULT.notMapped);
      // The other function has other tables.
      expect(read(iova, 0, OTHER)).toBe(FAULT.notMapped);
    }
    expect(hardware.counters.faults).toBe(mapped.length * 2);
  });

  it('R-6: the wrong permission is a fault', () => {
    const { driver, write, read, store } = setUp();
    const out = driver.map(FN, MIB, 4096, 'toDevice');
    const back = driver.map(FN, 2 * MIB, 4096, 'fromDevice');
    write();
    expect([read(out), store(out)]).toEqual([MIB, FAULT.notWritable]);
    expect([read(back), store(back)]).toEqual([FAULT.notReadable, 2 * MIB]);
  });

  it.each([4 * KIB, 2 * MIB, GIB] as const)('pages of up to %i bytes translate the same', (pageBytes) => {
    const { driver, write, read, hardware } = setUp({}, { pageBytes });
    const physical = GIB + 3 * 4096;
    const iova = driver.map(FN, physical, 1.5 * GIB, 'both');
    write();
    for (let offset = 0; offset < 1.5 * GIB; offset += 37 * MIB + 4)
      expect(read(iova + offset)).toBe(physical + offset);
    if (pageBytes === 2 * MIB) expect(hardware.level).toBe(1);
  });

  it('in pass-through mode addresses are physical, and a function without a context faults all the same', () => {
    const { read, hardware } = setUp({}, {}, 'passThrough');
    expect(read(12_345)).toBe(12_345);
    expect(hardware.ready_ps).toBe(0);
    expect(hardware.translate(0, 0x700, 0, false, 0)).toBe(FAULT.noContext);
  });

  it('a function whose context is taken away faults from then on, the others go on', () => {
    const { driver, write, read, hardware, id } = setUp();
    const iova = driver.map(FN, MIB, 4096, 'both');
    const other = driver.map(OTHER, MIB, 4096, 'both');
    write();
    expect(read(iova)).toBe(MIB);
    expect(hardware.unmap(0, id(FN))).toBe(true);
    expect(read(iova)).toBe(FAULT.noContext);
    expect(read(other, 0, OTHER)).toBe(MIB);
    expect(hardware.unmap(0, id(FN))).toBe(false);
  });

  it('R-7: translated requests and translation requests are served for functions with ATS only', () => {
    const { driver, write, hardware, id } = setUp({}, { usesAts: (fn) => fn === FN });
    const iova = driver.map(FN, 5 * MIB, 4096, 'toDevice');
    write();
    expect(hardware.trusts(0, id(FN))).toBe(true);
    expect(hardware.trusts(0, id(OTHER))).toBe(false);
    expect(hardware.answer(0, id(FN), iova, 0)).toBe(5 * MIB);
    expect(hardware.flags).toBe(1);
    expect(hardware.answer(0, id(OTHER), iova, 0)).toBe(FAULT.notTrusted);
  });
});

describe('bridges to conventional PCI', () => {
  it('G-1: requests that carry the bridge’s secondary bus use the domain of what is behind it', () => {
    const below = pciBridge('pb', [conventional('x', 1), conventional('y', 2)]);
    const tree = [hostFunction('hb', 0x8086, 0x2020), rootPort('rp0', 1, [below], { acsControl: 0x1d })];
    const view = viewOfSpec(machine([{ id: 'h0', rootBus: 0, tree }], { iommu: 'translate' }));
    const bridge = view.functions.find(({ kind }) => kind === 'pcieToPciBridge');
    const devices = view.functions.filter(({ kind }) => kind === 'pciDevice');
    const memory = new SparseMemory(new MemoryArena(privateStorage), SIZE);
    let next = TABLES_AT;
    const driver = new IommuDriver({ view, windows: [WINDOW], pages: () => (next += 4 * KIB) });
    const iova = driver.map(devices[1]?.index ?? -1, 7 * MIB, 4 * KIB, 'both');
    for (const request of driver.writeTables()) {
      if (request.kind === 'memoryWrite') memory.writeFrom(request.address, request.data.length, request.data, 0);
    }
    const hardware = new Iommu({ memory, offsetOf: (address) => address });
    for (const [segment, address] of driver.rootTables) hardware.setRootTable(segment, address);
    const alias = (bridge?.buses?.secondary ?? 0) << 8;
    expect(hardware.translate(0, alias, iova, true, 0)).toBe(7 * MIB);
    expect(hardware.translate(0, devices[0]?.bdf ?? 0, iova, true, 0)).toBe(7 * MIB);
  });
});

describe('the IOTLB and its walks', () => {
  it('a miss costs one walk, a hit nothing, and a page on its way is not walked for twice', () => {
    const { driver, write, read, hardware } = setUp();
    const iova = driver.map(FN, 0, 8192, 'both');
    write();
    read(iova, 1000);
    expect(hardware.ready_ps).toBe(281_000);
    read(iova + 64, 2000);
    expect(hardware.ready_ps).toBe(281_000);
    read(iova + 64, 300_000);
    expect(hardware.ready_ps).toBe(300_000);
    expect(hardware.counters).toMatchObject({ hits: 2, misses: 1 });
  });

  it('only so many walks run at once; the next one waits for the first to end', () => {
    const { driver, write, read, hardware } = setUp({ walks: 5 });
    const iova = driver.map(FN, 0, 64 * KIB, 'both');
    write();
    const ends = Array.from({ length: 7 }, (_, page) => {
      read(iova + page * 4096, page);
      return hardware.ready_ps;
    });
    expect(ends).toEqual([280_000, 280_001, 280_002, 280_003, 280_004, 560_000, 560_001]);
    expect(hardware.counters.queued_ps).toBe(280_000 - 5 + 280_001 - 6);
  });

  it('keeps the translations used last', () => {
    const { driver, write, read, hardware } = setUp({ iotlbEntries: 3 });
    const iova = driver.map(FN, 0, 64 * KIB, 'both');
    write();
    const look = (page: number): boolean => {
      const before = hardware.counters.hits;
      read(iova + page * 4096);
      return hardware.counters.hits > before;
    };
    expect([0, 1, 2, 0, 3, 0, 1, 2].map(look)).toEqual([false, false, false, true, false, true, false, false]);
  });

  it.each([
    [256 * KIB, 0],
    [512 * KIB, 0.5],
    [64 * MIB, 1 - 64 / 16_384],
  ])('random accesses to a window of %i bytes miss at a rate of %d: the knee is past 256 KiB', (window, expected) => {
    const { driver, write, read, hardware } = setUp();
    const iova = driver.map(FN, 0, window, 'both');
    write();
    const random = new Random(3);
    for (let page = 0; page < 64; page++) read(iova + ((page * 4096) % window));
    const before = hardware.counters.misses;
    const accesses = 20_000;
    for (let access = 0; access < accesses; access++) read(iova + random.below(window / 64) * 64);
    expect((hardware.counters.misses - before) / accesses).toBeCloseTo(expected, 1);
  });
});
