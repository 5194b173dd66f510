/*
 * Reading JSON of unknown shape: every step says where it went wrong instead of guessing.
 */

/** Thrown and caught inside one reader: the row has an unknown shape. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

export type JsonRecord = Readonly<Record<string, unknown>>;

/** @throws ShapeError naming `where`. */
export function wrongShape(where: string, wanted: string, value: unknown): never {
  const text = JSON.stringify(value) ?? String(value);
  throw new ShapeError(`${where}: ${wanted} expected, found ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`);
}

export function record(value: unknown, where: string): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) wrongShape(where, 'an object', value);
  return value as JsonRecord;
}

export function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) wrongShape(where, 'a list', value);
  return value as readonly unknown[];
}

export function text(value: unknown, where: string): string {
  if (typeof value !== 'string') wrongShape(where, 'text', value);
  return value;
}

export function integer(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) wrongShape(where, 'an integer', value);
  return value;
}

/** A number written in hexadecimal digits, with or without `0x`. */
export function hexNumber(value: unknown, where: string): number {
  const digits = /^(?:0x)?([0-9a-f]{1,8})$/i.exec(text(value, where))?.[1];
  if (digits === undefined) wrongShape(where, 'a hexadecimal number', value);
  return Number.parseInt(digits, 16);
}
