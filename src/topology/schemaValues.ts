/*
 * What the schema of documents is made of: numbers in ranges, texts, lists and identifiers, each with a message that
 * names its limits; and how large a document may be.
 */
import * as v from 'valibot';
import { isPowerOfTwo } from '../base/bits.ts';

/** They would not survive a line of text. */
// oxlint-disable-next-line no-control-regex
export const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

/** Most functions one document may have. */
export const MAX_FUNCTIONS = 4096;
export const MAX_HOST_BRIDGES = 256;
export const MAX_NAME_LENGTH = 80;
export const MAX_TEXT_LENGTH = 2000;
/** Flow 0 is the transfer; TLPs carry six bits of flow number. */
export const MAX_FLOWS = 63;
export const MAX_FAULTS = 256;
export const MAX_ASSUMPTIONS = 20_000;
/** Largest size and address: below this a double is exact. */
export const ADDRESS_LIMIT = 2 ** 52;

export const integer = (low: number, high: number) =>
  v.pipe(
    v.number('must be a number'),
    v.check(
      (value) => Number.isInteger(value) && value >= low && value <= high,
      `must be an integer in ${low}…${high}`,
    ),
  );
export const real = (low: number, high: number) =>
  v.pipe(
    v.number('must be a number'),
    v.check((value) => value >= low && value <= high, `must be a number in ${low}…${high}`),
  );
export const powerOfTwo = (low: number, high: number) =>
  v.pipe(
    v.number('must be a number'),
    v.check(
      (value) => isPowerOfTwo(value) && value >= low && value <= high,
      `must be a power of two in ${low}…${high}`,
    ),
  );
export const text = (maxLength: number) =>
  v.pipe(
    v.string('must be a text'),
    v.check((value) => value.length <= maxLength, `must have at most ${maxLength} characters`),
    v.check((value) => !CONTROL_CHARACTERS.test(value), 'must not contain control characters'),
  );
export const list = <T extends v.GenericSchema>(item: T, maxLength: number) =>
  v.pipe(
    v.array(item, 'must be a list'),
    v.check((value) => value.length <= maxLength, `must have at most ${maxLength} entries`),
  );

export const nodeId = v.pipe(
  v.string('must be an identifier'),
  v.check(
    (value) => value.length <= 64 && /^[a-z0-9][a-z0-9._-]*$/.test(value),
    'must start with a letter or digit and consist of at most 64 characters of a-z 0-9 . _ -',
  ),
);

export const address = integer(0, ADDRESS_LIMIT - 1);
export const sizeBytes = integer(1, ADDRESS_LIMIT);
export const busNumber = integer(0, 255);
export const latency = integer(0, 1e12);
export const bytesPerSecond = real(1e3, 1e15);
export const payloadSize = powerOfTwo(128, 4096);
export const tags = integer(1, 1024);
export const credits = integer(1, 65_535);
export const linkGen = v.picklist([1, 2, 3, 4, 5, 6], 'must be a generation, 1…6');
export const linkWidth = v.picklist([1, 2, 4, 8, 16], 'must be 1, 2, 4, 8 or 16 lanes');
export const space = v.picklist(['memory', 'io']);
