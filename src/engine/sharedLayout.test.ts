import { describe, expect, it } from 'vitest';
import { privateStorage } from '../base/storage.ts';
import { flowRow, LINK_COUNTER_COUNT, MACHINE_COUNTER_COUNT, MEMORY_COUNTER_COUNT } from '../core/pcie/counters.ts';
import { FLOW_COUNT } from '../core/pcie/tlp.ts';
import {
  allocateControl,
  allocateHops,
  allocateSeries,
  checkShared,
  doubleCells,
  int32Cells,
  int64Cells,
  loadTarget,
  packSeriesHeader,
  placeRows,
  seriesExponent,
  seriesLength,
  seriesRow,
  storeTarget,
} from './sharedLayout.ts';

describe('the shared layout', () => {
  it('aligns every row to its type and starts a new cache line where the writer changes', () => {
    const { offsets, byteLength } = placeRows([
      { name: 'a', type: 'i32', count: 3, writer: 'page' },
      { name: 'b', type: 'f64', count: 1, writer: 'page' },
      { name: 'c', type: 'i32', count: 1, writer: 'engine' },
      { name: 'd', type: 'i64', count: 2, writer: 'engine' },
    ]);
    expect([...offsets]).toEqual([
      ['a', 0],
      ['b', 16],
      ['c', 64],
      ['d', 72],
    ]);
    expect(byteLength).toBe(128);
  });

  it('refuses two rows of one name', () => {
    const row = { name: 'a', type: 'i32', count: 1, writer: 'page' } as const;
    expect(() => placeRows([row, row])).toThrow(/called a/);
  });

  it('gives every control cell bytes of its own', () => {
    const control = allocateControl(privateStorage);
    const cells = [
      int64Cells(control, 'target_ps'),
      int32Cells(control, 'hopTail'),
      int32Cells(control, 'hopHead'),
      int32Cells(control, 'playState'),
      int32Cells(control, 'seriesHeader'),
      doubleCells(control, 'hopDropped'),
    ];
    const covered = cells
      .map((cell) => [cell.byteOffset, cell.byteOffset + cell.byteLength])
      .toSorted((x, y) => (x[0] ?? 0) - (y[0] ?? 0));
    for (let index = 1; index < covered.length; index += 1) {
      expect(covered[index]?.[0]).toBeGreaterThanOrEqual(covered[index - 1]?.[1] ?? Infinity);
    }
    const lineOf = (cell: ArrayBufferView): number => Math.floor(cell.byteOffset / 64);
    expect(lineOf(int32Cells(control, 'hopTail'))).not.toBe(lineOf(int32Cells(control, 'hopHead')));
  });

  it('keeps targets exactly, whole picoseconds or unlimited', () => {
    const cells = int64Cells(allocateControl(privateStorage), 'target_ps');
    for (const at_ps of [0, 1, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Infinity]) {
      storeTarget(cells, at_ps);
      expect(loadTarget(cells)).toBe(at_ps);
    }
    storeTarget(cells, 1234.9);
    expect(loadTarget(cells)).toBe(1234);
    expect(() => storeTarget(cells, -1)).toThrow(/negative/);
    expect(() => storeTarget(cells, NaN)).toThrow(/negative/);
  });

  it('packs exponent and length of the series into one cell', () => {
    for (const [exponent, length] of [
      [0, 0],
      [0, 512],
      [34, 256],
    ] as const) {
      const header = packSeriesHeader(exponent, length);
      expect(header).toBe(header | 0);
      expect([seriesExponent(header), seriesLength(header)]).toEqual([exponent, length]);
    }
  });

  it('alternates the banks of the series', () => {
    expect(seriesRow(0, 3, 10)).toBe(30);
    expect(seriesRow(1, 3, 10)).toBe(5150);
    expect(seriesRow(2, 3, 10)).toBe(30);
  });

  it('notices that the other side has fewer links', () => {
    const link = {
      index: 0,
      upper: 'a',
      lower: undefined,
      up: true,
      gen: 4,
      width: 8,
      bytesPerSecond: 1,
      propagation_ps: 0,
    } as const;
    const memory = {
      control: allocateControl(privateStorage),
      hops: allocateHops(privateStorage),
      series: allocateSeries(privateStorage, { links: 1, flows: 1, requesters: 1 }),
      machineCounters: privateStorage(MACHINE_COUNTER_COUNT * 8),
      linkCounters: privateStorage(2 * LINK_COUNTER_COUNT * 8),
      functionCounters: privateStorage(8),
      memoryCounters: privateStorage(MEMORY_COUNTER_COUNT * FLOW_COUNT * 8),
      flowCounters: privateStorage(flowRow(1, 2) * 8),
      memoryRoots: [],
      segments: [],
    };
    expect(() => checkShared(memory, { links: [link], functions: [] })).not.toThrow();
    expect(() => checkShared(memory, { links: [link, link], functions: [] })).toThrow(/series/);
    const moreSeries = { ...memory, series: allocateSeries(privateStorage, { links: 2, flows: 1, requesters: 1 }) };
    expect(() => checkShared(moreSeries, { links: [link, link], functions: [] })).toThrow(/linkCounters/);
  });
});
