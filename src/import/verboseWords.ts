/*
 * Words of lspci's detail lines: sizes, addresses, flags.
 */

/** Capability whose lines follow; '' before the first. */
export interface TextContext {
  capability: string;
}

/** Addresses and sizes at or above this are exact in no double and real in no machine. */
export const ADDRESS_LIMIT = 2 ** 52;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40, P: 2 ** 50 };

/** Bytes of `16K`, `256`, `262176M`, `64GB`. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15})([KMGTP]?)B?$/.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
  return bytes > 0 && bytes < ADDRESS_LIMIT ? bytes : undefined;
}

/** An address in hexadecimal; undefined for `<unassigned>` and what no machine has. */
export function parseAddress(text: string): number | undefined {
  if (!/^[0-9a-f]{1,16}$/i.test(text)) return undefined;
  const value = parseInt(text, 16);
  return value > 0 && value < ADDRESS_LIMIT ? value : undefined;
}

/** `Name+` and `Name-` of a line: true, false, or undefined if the name is not there. */
export function flagIn(text: string, name: string): boolean | undefined {
  const at = text.indexOf(name);
  if (at < 0) return undefined;
  const sign = text.charAt(at + name.length);
  return sign === '+' ? true : sign === '-' ? false : undefined;
}

/** A payload or read request size as the registers can hold it: 128…4096, a power of two. */
export function parsePayloadSize(text: string): number | undefined {
  const bytes = Number(text);
  return Number.isInteger(Math.log2(bytes)) && bytes >= 128 && bytes <= 4096 ? bytes : undefined;
}
