/* What a range can be filled with. */
import { Random } from '../base/random.ts';
import { err, ok, type Result } from '../base/result.ts';
import { MAX_PATTERN_BYTES } from '../engine/protocol.ts';
import type { PieceSource } from './memoryDesk.ts';
import { parseHexBytes } from './memoryPlaces.ts';

export type PatternKind = 'zeros' | 'ones' | 'counter' | 'random' | 'hex';

/** A pattern that repeats, or bytes that are made as they are needed. */
export type Pattern =
  | { readonly kind: 'repeat'; readonly bytes: Uint8Array }
  | { readonly kind: 'random'; readonly seed: number };

const COUNTER = Uint8Array.from({ length: 256 }, (_, index) => index);

/** @param text the bytes of `hex`, the seed of `random`. */
export function parsePattern(kind: PatternKind, text: string): Result<Pattern, string> {
  switch (kind) {
    case 'zeros':
      return ok({ kind: 'repeat', bytes: Uint8Array.of(0) });
    case 'ones':
      return ok({ kind: 'repeat', bytes: Uint8Array.of(0xff) });
    case 'counter':
      return ok({ kind: 'repeat', bytes: COUNTER });
    case 'random': {
      const seed = /^\d{1,10}$/u.test(text.trim()) ? Number(text) : NaN;
      if (!(seed < 2 ** 32)) return err('Write a seed: a whole number from 0 to 4294967295.');
      return ok({ kind: 'random', seed });
    }
    case 'hex': {
      const bytes = parseHexBytes(text, MAX_PATTERN_BYTES);
      return bytes.ok ? ok({ kind: 'repeat', bytes: bytes.value }) : bytes;
    }
  }
}

/** The same seed gives the same bytes, whatever pieces are asked for, as long as they are asked for in order. */
export function randomSource(seed: number, sizeBytes: number): PieceSource {
  const random = new Random(seed);
  return {
    sizeBytes,
    read: (_offset, lengthBytes) => {
      const bytes = new Uint8Array(lengthBytes);
      for (let index = 0; index < lengthBytes; index += 1) bytes[index] = random.nextUint32() & 0xff;
      return Promise.resolve(bytes);
    },
  };
}
