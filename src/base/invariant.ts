/** A broken promise of our own code. Only the top level of a worker, page or command catches it. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * Checks something our own code guarantees.
 * @param describe builds the message with the actual values; called only on failure.
 * @throws InvariantError when `condition` is false.
 */
export function invariant(condition: boolean, describe: () => string): asserts condition {
  if (!condition) throw new InvariantError(describe());
}

/**
 * Ends a `switch` over a union: the compiler proves that no member was forgotten.
 * @throws InvariantError if data from outside the type system gets here.
 */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable value ${JSON.stringify(value)}`);
}

/**
 * The value at an index known to be inside an array.
 * @throws InvariantError if the slot is absent.
 */
export function at<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) throw new InvariantError(`index ${index} outside 0…${values.length - 1}`);
  return value;
}
