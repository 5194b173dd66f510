import { invariant } from '../../base/invariant.ts';
import { hex } from '../../base/bits.ts';
import type { Bdf } from '../../base/units.ts';

/**
 * Packs a routing ID.
 * @param bus 0…255 @param device 0…31 @param fn 0…7 (ARI functions use device 0 and a packed number).
 * @throws InvariantError outside these ranges.
 */
export function bdf(bus: number, device: number, fn: number): Bdf {
  invariant(
    bus >= 0 && bus <= 255 && device >= 0 && device <= 31 && fn >= 0 && fn <= 7,
    () => `not a bus:device.function: ${bus}:${device}.${fn}`,
  );
  return ((bus << 8) | (device << 3) | fn) as Bdf;
}

/** Bus number, 0…255. */
export function busOf(id: Bdf): number {
  return id >> 8;
}

/** Device number, 0…31. */
export function deviceOf(id: Bdf): number {
  return (id >> 3) & 31;
}

/** Function number, 0…7. */
export function functionOf(id: Bdf): number {
  return id & 7;
}

/** `03:00.0`, as `lspci` prints it. */
export function bdfText(id: Bdf): string {
  return `${hex(busOf(id), 2)}:${hex(deviceOf(id), 2)}.${functionOf(id)}`;
}

/** `0000:03:00.0`; the segment has at least four digits. */
export function segmentBdfText(segment: number, id: Bdf): string {
  return `${hex(segment, 4)}:${bdfText(id)}`;
}
