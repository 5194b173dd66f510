import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { byteEnablesOf, bytesOfEnables } from './byteEnables.ts';

it('a write of 3 bytes at offset 1 enables lanes 1 to 3', () => {
  expect(byteEnablesOf(0x1001, 3)).toEqual({ address: 0x1000, lengthDw: 1, first: 0b1110, last: 0 });
});

it('a write of 8 bytes at offset 2 touches three double words', () => {
  expect(byteEnablesOf(0x1002, 8)).toEqual({ address: 0x1000, lengthDw: 3, first: 0b1100, last: 0b0011 });
});

it('a request of one double word has no last byte enables', () => {
  expect(byteEnablesOf(8, 4)).toEqual({ address: 8, lengthDw: 1, first: 0b1111, last: 0 });
});

it('byte enables name exactly the bytes they were made from', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 1, max: 4096 }), (address, lengthBytes) => {
      expect(bytesOfEnables(byteEnablesOf(address, lengthBytes))).toEqual({ address, lengthBytes });
    }),
  );
});
