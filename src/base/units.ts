import { invariant } from './invariant.ts';

declare const tag: unique symbol;

/** A primitive that must not be mixed up with another of the same representation. */
export type Branded<T, Name extends string> = T & { readonly [tag]: Name };

/** Simulated time: an integer count of picoseconds; 2^53 ps is about 2.5 hours. */
export type Picoseconds = Branded<number, 'ps'>;
/** A bus or physical address below 2^52, so exact in a double. */
export type Address = Branded<number, 'address'>;
/** bus[15:8] device[7:3] function[2:0]; the segment is kept beside it. */
export type Bdf = Branded<number, 'bdf'>;

export const PS_PER_NS = 1_000;
export const PS_PER_US = 1_000_000;
export const PS_PER_MS = 1_000_000_000;
export const PS_PER_SECOND = 1_000_000_000_000;

export const KIB = 1024;
export const MIB = 1024 * 1024;
export const GIB = 1024 * 1024 * 1024;

/** @throws InvariantError unless `value` is a non-negative safe integer. */
export function picoseconds(value: number): Picoseconds {
  invariant(Number.isSafeInteger(value) && value >= 0, () => `not a time in picoseconds: ${value}`);
  return value as Picoseconds;
}

/** @throws InvariantError unless `value` is an integer in 0…2^52−1. */
export function address(value: number): Address {
  invariant(Number.isInteger(value) && value >= 0 && value < 2 ** 52, () => `not an address: ${value}`);
  return value as Address;
}
