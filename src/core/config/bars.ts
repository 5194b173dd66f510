/*
 * Base address registers: masks from sizes, addresses to and from dwords.
 * Source: enumeration reference, section 4.1 (B-3, B-4, B-6).
 */
import { highDword, isPowerOfTwo, lowDword } from '../../base/bits.ts';
import { invariant } from '../../base/invariant.ts';
import type { BarSpec } from '../pcie/machineSpec.ts';
import type { ConfigSpace } from './configSpace.ts';
import { BAR_BASE, BASE_ADDRESS } from './header.ts';
import type { RegisterMasks } from './register.ts';

/** Read-only bits 3:0 of a BAR's (lower) dword. */
export function barTypeBits(bar: BarSpec): number {
  if (bar.space === 'io') return 0x1;
  return (bar.widthBits === 64 ? 0x4 : 0) | (bar.prefetchable ? 0x8 : 0);
}

/** Masks of a register of which software may write `writable`. */
export function writableMasks(writable: number): RegisterMasks {
  return { writable: writable >>> 0, clearable: 0, sticky: 0, keptByFunctionReset: 0 };
}

/**
 * Writable bits of the dwords of a BAR: address bits at or above log2(size) (B-4).
 * @param sizeBytes power of two.
 * @returns one mask, or lower and upper of a 64-bit BAR.
 */
export function barWritableMasks(bar: BarSpec, sizeBytes: number): readonly number[] {
  invariant(isPowerOfTwo(sizeBytes), () => `BAR ${bar.index}: size ${sizeBytes} is not a power of two`);
  const low = sizeBytes >= 2 ** 32 ? 0 : lowDword(2 ** 32 - sizeBytes);
  if (bar.space === 'io') return [(low & ~0x3) >>> 0];
  const lower = (low & ~0xf) >>> 0;
  if (bar.widthBits === 32) return [lower];
  const upper = sizeBytes > 2 ** 32 ? lowDword(2 ** 32 - sizeBytes / 2 ** 32) : 0xffffffff;
  return [lower, upper];
}

/** Sets the masks of a BAR at `base` (10h for headers) to those of `sizeBytes`. Its value stays. */
export function setBarSize(config: ConfigSpace, bar: BarSpec, sizeBytes: number, base: number = BAR_BASE): void {
  barWritableMasks(bar, sizeBytes).forEach((mask, dword) => {
    const offset = base + 4 * (bar.index + dword);
    config.attach(BASE_ADDRESS, offset, dword === 0 ? barTypeBits(bar) : 0, writableMasks(mask));
  });
}

/** The hardware's own write of a BAR: `address` with its type bits. */
export function pokeBar(config: ConfigSpace, bar: BarSpec, address: number, base: number = BAR_BASE): void {
  const offset = base + 4 * bar.index;
  config.poke(offset, 4, (lowDword(address) | barTypeBits(bar)) >>> 0);
  if (bar.widthBits === 64) config.poke(offset + 4, 4, highDword(address));
}
