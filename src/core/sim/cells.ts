/*
 * Reading one element of a typed array at an index that is known to be inside.
 *
 * With `noUncheckedIndexedAccess` every read may be undefined for the compiler. These functions say what is
 * true and fail loudly where it is not. There is one for each array type because a shared generic one would
 * see all element kinds and stop being fast.
 *
 * The innermost classes of the packet path (TlpPool, EventQueue, queues, credits) say `cells[index] as number` instead,
 * for indices they have made themselves. An engine that inlines a function counts its length, and the length of
 * whatever was inlined into it before, against a budget of the caller: with these functions the budget of a caller is
 * spent after a dozen fields, and which calls remain depends on which function happened to become hot first.
 */
import { InvariantError } from '../../base/invariant.ts';

function outside(index: number, length: number): never {
  throw new InvariantError(`index ${index} outside 0…${length - 1}`);
}

/** The double at `index`. @throws InvariantError outside the array. */
export function doubleAt(cells: Float64Array, index: number): number {
  const value = cells[index];
  return value === undefined ? outside(index, cells.length) : value;
}

/** The 32-bit integer at `index`. @throws InvariantError outside the array. */
export function int32At(cells: Int32Array, index: number): number {
  const value = cells[index];
  return value === undefined ? outside(index, cells.length) : value;
}

/** The byte at `index`. @throws InvariantError outside the array. */
export function byteAt(cells: Uint8Array, index: number): number {
  const value = cells[index];
  return value === undefined ? outside(index, cells.length) : value;
}

/** The element at `index` of a list of objects. @throws InvariantError outside the list. */
export function itemAt<T extends object>(items: readonly T[], index: number): T {
  const item = items[index];
  return item === undefined ? outside(index, items.length) : item;
}

/** `cells[index] += amount`. @throws InvariantError outside the array. */
export function addTo(cells: Float64Array, index: number, amount: number): void {
  cells[index] = (cells[index] as number) + amount;
}

/** An array of twice the size (at least `atLeast`) with the same beginning. */
export function grownDoubles(cells: Float64Array, atLeast: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(Math.max(atLeast, cells.length * 2));
  grown.set(cells);
  return grown;
}

/** An array of twice the size (at least `atLeast`) with the same beginning. */
export function grownInt32s(cells: Int32Array, atLeast: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(Math.max(atLeast, cells.length * 2));
  grown.set(cells);
  return grown;
}

/** An array of twice the size (at least `atLeast`) with the same beginning. */
export function grownBytes(cells: Uint8Array, atLeast: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.max(atLeast, cells.length * 2));
  grown.set(cells);
  return grown;
}
