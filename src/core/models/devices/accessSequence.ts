/** Which places of a window the operations of an access generator go to. */
export interface AccessPattern {
  readonly windowBytes: number;
  readonly operationBytes: number;
  readonly isRandom: boolean;
  /** 32 bits. */
  readonly seed: number;
}

/** Places of a window that operations can go to: whole operations, side by side. */
export function accessPlaces({ windowBytes, operationBytes }: AccessPattern): number {
  return Math.max(1, Math.floor(windowBytes / operationBytes));
}

/** Offset in the window of operation number `index`: one after the other, or by a hash of its number. */
export function accessOffset(pattern: AccessPattern, index: number): number {
  const places = accessPlaces(pattern);
  const place = pattern.isRandom
    ? Math.floor(
        (hash(pattern.seed, index) / 0x1_0000_0000 + hash(pattern.seed ^ 0x5bd1_e995, index)) *
          (places / 0x1_0000_0000),
      )
    : index % places;
  return Math.min(place, places - 1) * pattern.operationBytes;
}

/** 32 bits, unsigned. */
function hash(seed: number, index: number): number {
  let z = (seed + Math.imul(index + 1, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
