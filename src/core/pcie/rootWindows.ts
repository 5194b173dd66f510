/*
 * The address ranges that host bridges forward to their root buses, as firmware describes them to software
 * and as the root complex decodes them.
 */
import { alignDown } from '../../base/bits.ts';
import { MIB } from '../../base/units.ts';
import type { HostBridgeSpec } from './machineSpec.ts';

/** Inclusive range of one space. */
export interface RootWindow {
  readonly space: 'io' | 'memory';
  readonly base: number;
  readonly limit: number;
}

/** Enumeration reference, section 6: the default machine's windows. */
const IO = { base: 0x1000, limit: 0xffff };
const MEMORY_32 = { base: 0xc0000000, limit: 0xfebfffff };
const MEMORY_64_BASE = 0x40_0000_0000;
const MEMORY_64_SLICE_BYTES = 256 * 1024 * MIB;
const IO_GRANULARITY = 0x1000;
const MEMORY_GRANULARITY = 16 * MIB;

/** Part `index` of `count` equal parts of a range, each a multiple of `granularity`. */
function slice(
  range: { readonly base: number; readonly limit: number },
  index: number,
  count: number,
  granularity: number,
) {
  if (count === 1) return range;
  const sizeBytes = alignDown((range.limit + 1 - range.base) / count, granularity);
  const base = range.base + index * sizeBytes;
  return { base, limit: base + sizeBytes - 1 };
}

/**
 * The windows of every host bridge: as its description says, else the defaults. Several host bridges of one
 * machine share one address map, so the defaults are disjoint slices: 32-bit memory and I/O are divided,
 * 64-bit memory gets 256 GiB each.
 * @returns in the order of `bridges`; I/O, then 32-bit, then 64-bit memory.
 * @spec enumeration reference, section 6
 */
export function rootWindows(bridges: readonly HostBridgeSpec[]): readonly (readonly RootWindow[])[] {
  const count = bridges.length;
  return bridges.map((bridge, index) => {
    const stated = bridge.windows;
    if (stated !== undefined) {
      return [
        ...(stated.io === undefined ? [] : [{ space: 'io' as const, ...stated.io }]),
        ...(stated.memory32 === undefined ? [] : [{ space: 'memory' as const, ...stated.memory32 }]),
        ...(stated.memory64 === undefined ? [] : [{ space: 'memory' as const, ...stated.memory64 }]),
      ];
    }
    const high = MEMORY_64_BASE + index * MEMORY_64_SLICE_BYTES;
    return [
      { space: 'io', ...slice(IO, index, count, IO_GRANULARITY) },
      { space: 'memory', ...slice(MEMORY_32, index, count, MEMORY_GRANULARITY) },
      { space: 'memory', base: high, limit: high + MEMORY_64_SLICE_BYTES - 1 },
    ];
  });
}
