/*
 * JavaScript's bit operators work on 32 bits and take shift counts modulo 32.
 * Addresses are doubles below 2^52, so they go through these functions instead.
 */

const TWO_32 = 2 ** 32;

/** Bits 31:0 of an address, as an unsigned number. */
export function lowDword(value: number): number {
  return value >>> 0;
}

/** Bits 63:32 of an address, as an unsigned number. */
export function highDword(value: number): number {
  return Math.floor(value / TWO_32);
}

/** `high` · 2^32 + `low`, both taken as unsigned. */
export function fromDwords(high: number, low: number): number {
  return (high >>> 0) * TWO_32 + (low >>> 0);
}

/**
 * `value` modulo `size`, a power of two up to 2^31. For addresses and times on hot paths: the `%` of doubles above
 * 2^31 is a library call, this is two instructions.
 */
export function offsetIn(value: number, size: number): number {
  return (value >>> 0) & (size - 1);
}

/** The largest multiple of `alignment` (a positive integer) not above `value`. */
export function alignDown(value: number, alignment: number): number {
  return value - (value % alignment);
}

/** The smallest multiple of `alignment` (a positive integer) not below `value`. */
export function alignUp(value: number, alignment: number): number {
  const remainder = value % alignment;
  return remainder === 0 ? value : value + (alignment - remainder);
}

/** True for 1, 2, 4 … 2^52. */
export function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value > 0 && Number.isInteger(Math.log2(value));
}

/** Text of an unsigned number in hexadecimal, at least `digits` long, lower case, without prefix. */
export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
