/*
 * Finding out what a function's BARs need, by the sizing protocol, and which windows a bridge has.
 * Source: enumeration reference B-1…B-7, 6.1.
 */
import { fromDwords } from '../../base/bits.ts';
import {
  BAR_BASE,
  BAR_COUNT,
  COMMAND,
  IO_BASE,
  PREFETCHABLE_BASE,
  PREFETCHABLE_BASE_UPPER,
  PREFETCHABLE_TYPE,
  ROM_BASE,
} from '../config/header.ts';
import type { HostProcess } from '../pcie/requests.ts';
import type { ConfigPlace } from './configRequests.ts';
import { configRead, configWrite, during } from './configRequests.ts';

/** One BAR as its registers told. */
export interface SizedBar {
  /** Dword index: 0…5; 6 for the ROM. */
  readonly index: number;
  readonly space: 'memory' | 'io';
  readonly is64: boolean;
  readonly prefetchable: boolean;
  readonly sizeBytes: number;
  /** What it held before. */
  readonly address: number;
}

const DECODE_BITS = 0x3;
const ALL_ONES = 0xffffffff;
/** Address bits of a ROM register. */
const ROM_ADDRESS_MASK = 0xfffff800;

/** Writes all ones, reads, restores. @returns [before, read back]. */
function* probe(place: ConfigPlace, offset: number, ones: number): HostProcess<readonly [number, number]> {
  const before = yield* configRead(place, offset, 4);
  yield* configWrite(place, offset, 4, ones);
  const mask = yield* configRead(place, offset, 4);
  yield* configWrite(place, offset, 4, before);
  return [before, mask];
}

/** Address bits of a BAR: one dword, or two. */
interface AddressBits {
  readonly low: number;
  readonly high: number;
}

/**
 * Size from the address bits read back: the lowest one. 0 if the register is not a BAR: nothing writable, or
 * it held exactly what it reads back and that is not all ones above the size (a read-only register).
 * @param top the address bits of a register that is all ones.
 */
function sizeFrom(before: AddressBits, mask: AddressBits, top: AddressBits): number {
  const lowest = (dword: number): number => (dword & -dword) >>> 0;
  const size = mask.low !== 0 ? lowest(mask.low) : lowest(mask.high) * 2 ** 32;
  if (size === 0) return 0;
  const readOnly = before.low === mask.low && before.high === mask.high;
  const onesAbove =
    mask.low !== 0
      ? (top.low & -mask.low) >>> 0 === mask.low && mask.high === top.high
      : (top.high & -mask.high) >>> 0 === mask.high;
  return readOnly && !onesAbove ? 0 : size;
}

/**
 * Sizes the BAR whose (lower) dword is at `base` + 4 · `index`.
 * @returns undefined where there is none, or where all ones say that it is broken (B-4).
 */
function* sizeBar(place: ConfigPlace, base: number, index: number): HostProcess<SizedBar | undefined> {
  const offset = base + 4 * index;
  const [before, mask] = yield* probe(place, offset, ALL_ONES);
  if (mask === ALL_ONES || mask === 0) return undefined;
  if ((mask & 1) === 1) {
    // Upper halves may be hard-wired to zero: 16-bit I/O decoding is enough.
    const sizeBytes = sizeFrom(
      { low: before & 0xfffc, high: 0 },
      { low: mask & 0xfffc, high: 0 },
      { low: 0xfffc, high: 0 },
    );
    return sizeBytes === 0
      ? undefined
      : { index, space: 'io', is64: false, prefetchable: false, sizeBytes, address: (before & ~0x3) >>> 0 };
  }
  const is64 = ((mask >> 1) & 3) === 2;
  const prefetchable = (mask & 8) !== 0;
  const [upper, upperMask] = is64 ? yield* probe(place, offset + 4, ALL_ONES) : [0, 0];
  const low = (before & ~0xf) >>> 0;
  const sizeBytes = sizeFrom(
    { low, high: upper },
    { low: (mask & ~0xf) >>> 0, high: upperMask },
    { low: 0xfffffff0, high: is64 ? ALL_ONES : 0 },
  );
  const address = fromDwords(upper, low);
  return sizeBytes === 0 ? undefined : { index, space: 'memory', is64, prefetchable, sizeBytes, address };
}

/** Sizes `count` BAR dwords from `base` on. */
export function* sizeBars(
  place: ConfigPlace,
  base: number,
  count: number,
  name: 'sizeBar' | 'sizeVirtualBar' = 'sizeBar',
): HostProcess<readonly SizedBar[]> {
  const bars: SizedBar[] = [];
  for (let index = 0; index < count; index++) {
    const bar = yield* during(name, place, sizeBar(place, base, index), index);
    if (bar === undefined) continue;
    bars.push(bar);
    if (bar.is64) index++;
  }
  return bars;
}

/** Sizes the expansion ROM; `enabled` if its own bit 0 was set. */
function* sizeRom(
  place: ConfigPlace,
  offset: number,
): HostProcess<{ readonly bar: SizedBar; readonly enabled: boolean } | undefined> {
  const [before, mask] = yield* probe(place, offset, ROM_ADDRESS_MASK);
  if (mask === ALL_ONES) return undefined;
  const address = (before & ROM_ADDRESS_MASK) >>> 0;
  const bits = (low: number): AddressBits => ({ low, high: 0 });
  const sizeBytes = sizeFrom(bits(address), bits((mask & ROM_ADDRESS_MASK) >>> 0), bits(ROM_ADDRESS_MASK));
  if (sizeBytes === 0) return undefined;
  const bar: SizedBar = { index: 6, space: 'memory', is64: false, prefetchable: true, sizeBytes, address };
  return { bar, enabled: (before & 1) === 1 };
}

export interface HeaderResources {
  readonly bars: readonly SizedBar[];
  readonly rom: { readonly bar: SizedBar; readonly enabled: boolean } | undefined;
}

/** All BARs and the ROM of a header, with decoding off meanwhile (B-2). */
export function* sizeHeader(place: ConfigPlace, headerType: 0 | 1): HostProcess<HeaderResources> {
  return yield* during('pauseDecoding', place, sizeWithoutDecoding(place, headerType));
}

function* sizeWithoutDecoding(place: ConfigPlace, headerType: 0 | 1): HostProcess<HeaderResources> {
  const command = yield* configRead(place, COMMAND.offsetBytes, 2);
  if ((command & DECODE_BITS) !== 0) yield* configWrite(place, COMMAND.offsetBytes, 2, command & ~DECODE_BITS);
  const bars = yield* sizeBars(place, BAR_BASE, BAR_COUNT[headerType]);
  const rom = yield* during('sizeRom', place, sizeRom(place, ROM_BASE[headerType]));
  if ((command & DECODE_BITS) !== 0) yield* configWrite(place, COMMAND.offsetBytes, 2, command);
  return { bars, rom };
}

/** Which optional windows a bridge has. */
export interface WindowAbilities {
  readonly io: boolean;
  readonly prefetchable: boolean;
  readonly prefetchable64: boolean;
}

/** Probes the optional windows: a register that reads zero may be closed at zero or not be there (6.1). */
export function* probeWindows(place: ConfigPlace): HostProcess<WindowAbilities> {
  let io = yield* configRead(place, IO_BASE.offsetBytes, 2);
  if (io === 0) {
    yield* configWrite(place, IO_BASE.offsetBytes, 2, 0xe0f0);
    io = yield* configRead(place, IO_BASE.offsetBytes, 2);
    yield* configWrite(place, IO_BASE.offsetBytes, 2, 0);
  }
  let prefetchable = yield* configRead(place, PREFETCHABLE_BASE.offsetBytes, 4);
  if (prefetchable === 0) {
    yield* configWrite(place, PREFETCHABLE_BASE.offsetBytes, 4, 0xffe0fff0);
    prefetchable = yield* configRead(place, PREFETCHABLE_BASE.offsetBytes, 4);
    yield* configWrite(place, PREFETCHABLE_BASE.offsetBytes, 4, 0);
  }
  let prefetchable64 = false;
  if ((prefetchable & 0xf) === PREFETCHABLE_TYPE.bits64) {
    const [, mask] = yield* probe(place, PREFETCHABLE_BASE_UPPER.offsetBytes, ALL_ONES);
    prefetchable64 = mask !== 0;
  }
  return { io: io !== 0, prefetchable: prefetchable !== 0, prefetchable64 };
}
