/*
 * The three windows of a bridge: between addresses and register values.
 * Source: enumeration reference, section 6.1.
 */
import { highDword, lowDword } from '../../base/bits.ts';
import type { ConfigReader } from './capability.ts';
import type { ConfigSpace } from './configSpace.ts';
import {
  IO_BASE,
  IO_BASE_UPPER,
  IO_LIMIT,
  IO_LIMIT_UPPER,
  IO_TYPE,
  MEMORY_BASE,
  MEMORY_LIMIT,
  PREFETCHABLE_BASE,
  PREFETCHABLE_BASE_UPPER,
  PREFETCHABLE_LIMIT,
  PREFETCHABLE_LIMIT_UPPER,
  PREFETCHABLE_TYPE,
} from './header.ts';

/** Inclusive range. */
export interface AddressWindow {
  readonly base: number;
  readonly limit: number;
}

export type WindowKind = 'io' | 'memory' | 'prefetchable';

export interface BridgeWindows {
  /** undefined = closed (base above limit) or not there. */
  readonly io: AddressWindow | undefined;
  readonly memory: AddressWindow | undefined;
  readonly prefetchable: AddressWindow | undefined;
}

export const IO_WINDOW_GRANULARITY = 0x1000;
export const MEMORY_WINDOW_GRANULARITY = 0x100000;

function open(base: number, limit: number): AddressWindow | undefined {
  return base > limit ? undefined : { base, limit };
}

/** The I/O window as the registers say; a 16-bit bridge ignores the upper halves. */
export function decodeIoWindow(config: ConfigReader): AddressWindow | undefined {
  const base = config.read(IO_BASE.offsetBytes, 1);
  const limit = config.read(IO_LIMIT.offsetBytes, 1);
  const wide = (base & 0xf) === IO_TYPE.bits32;
  const upperBase = wide ? config.read(IO_BASE_UPPER.offsetBytes, 2) * 2 ** 16 : 0;
  const upperLimit = wide ? config.read(IO_LIMIT_UPPER.offsetBytes, 2) * 2 ** 16 : 0;
  return open((base >> 4) * 2 ** 12 + upperBase, (limit >> 4) * 2 ** 12 + 0xfff + upperLimit);
}

/** The 32-bit memory window. */
export function decodeMemoryWindow(config: ConfigReader): AddressWindow | undefined {
  const base = config.read(MEMORY_BASE.offsetBytes, 2) >> 4;
  const limit = config.read(MEMORY_LIMIT.offsetBytes, 2) >> 4;
  return open(base * 2 ** 20, limit * 2 ** 20 + 0xfffff);
}

/** The prefetchable window; a 32-bit one ignores the upper dwords. */
export function decodePrefetchableWindow(config: ConfigReader): AddressWindow | undefined {
  const base = config.read(PREFETCHABLE_BASE.offsetBytes, 2);
  const limit = config.read(PREFETCHABLE_LIMIT.offsetBytes, 2);
  const wide = (base & 0xf) === PREFETCHABLE_TYPE.bits64;
  const upperBase = wide ? config.read(PREFETCHABLE_BASE_UPPER.offsetBytes, 4) * 2 ** 32 : 0;
  const upperLimit = wide ? config.read(PREFETCHABLE_LIMIT_UPPER.offsetBytes, 4) * 2 ** 32 : 0;
  return open((base >> 4) * 2 ** 20 + upperBase, (limit >> 4) * 2 ** 20 + 0xfffff + upperLimit);
}

/** True if the registers of an optional window read zero: the bridge may not have it. */
function isAbsent(config: ConfigReader, offset: number, bytes: number): boolean {
  return config.read(offset, bytes) === 0;
}

/**
 * All windows of a type 1 header as its registers decode, whatever the command register says.
 * Optional windows whose registers are all zero are reported as absent.
 */
export function bridgeWindows(config: ConfigReader): BridgeWindows {
  return {
    io: isAbsent(config, IO_BASE.offsetBytes, 2) ? undefined : decodeIoWindow(config),
    memory: decodeMemoryWindow(config),
    prefetchable: isAbsent(config, PREFETCHABLE_BASE.offsetBytes, 4) ? undefined : decodePrefetchableWindow(config),
  };
}

/** One register write: where, how many bytes, what. */
export interface RegisterWrite {
  readonly offset: number;
  readonly bytes: 1 | 2 | 4;
  readonly value: number;
}

/**
 * The register values of a window, in the order in which software writes them.
 * @param window multiples of the granularity; undefined = closed.
 * @spec enumeration reference, section 6.1
 */
export function encodeWindow(kind: WindowKind, window: AddressWindow | undefined): readonly RegisterWrite[] {
  if (kind === 'io') return encodeIoWindow(window);
  const base = lowDword(window?.base ?? 0xfff00000) >>> 16;
  const limit = window === undefined ? 0 : lowDword(window.limit) >>> 16;
  const low = (base & 0xfff0) + (limit & 0xfff0) * 2 ** 16;
  if (kind === 'memory') return [{ offset: MEMORY_BASE.offsetBytes, bytes: 4, value: low }];
  return [
    // Closed first, so that no half-written window is ever open below 4 GiB.
    { offset: PREFETCHABLE_LIMIT_UPPER.offsetBytes, bytes: 4, value: 0 },
    { offset: PREFETCHABLE_BASE.offsetBytes, bytes: 4, value: low },
    { offset: PREFETCHABLE_BASE_UPPER.offsetBytes, bytes: 4, value: highDword(window?.base ?? 0) },
    { offset: PREFETCHABLE_LIMIT_UPPER.offsetBytes, bytes: 4, value: highDword(window?.limit ?? 0) },
  ];
}

function encodeIoWindow(window: AddressWindow | undefined): readonly RegisterWrite[] {
  const base = window?.base ?? 0xf000;
  const limit = window?.limit ?? 0;
  const upper = window === undefined ? 0 : (base >>> 16) + (limit >>> 16) * 2 ** 16;
  return [
    // Temporarily closed above 64 KiB, as the kernel does.
    { offset: IO_BASE_UPPER.offsetBytes, bytes: 4, value: 0x0000ffff },
    { offset: IO_BASE.offsetBytes, bytes: 2, value: ((base >>> 8) & 0xf0) + ((limit >>> 8) & 0xf0) * 2 ** 8 },
    { offset: IO_BASE_UPPER.offsetBytes, bytes: 4, value: upper },
  ];
}

/** The hardware's own write of a window: what a software write of the same values would leave. */
export function pokeBridgeWindow(config: ConfigSpace, kind: WindowKind, window: AddressWindow | undefined): void {
  for (const { offset, bytes, value } of encodeWindow(kind, window)) {
    const mask = config.writableMask(offset, bytes);
    const kept = config.read(offset, bytes);
    config.poke(offset, bytes, ((kept & ~mask) | (value & mask)) >>> 0);
  }
}
