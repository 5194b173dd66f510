import { expect, it } from 'vitest';
import { TraceHash } from './traceHash.ts';

function hashOf(...words: readonly (readonly [number, number, number, number])[]): string {
  const hash = new TraceHash();
  for (const four of words) hash.absorb(...four);
  return hash.text();
}

it('is the same for the same words and differs with each of them and with their order', () => {
  const base = hashOf([1, 2, 3, 4], [5, 6, 7, 8]);
  expect(base).toMatch(/^[0-9a-f]{16}$/);
  expect(hashOf([1, 2, 3, 4], [5, 6, 7, 8])).toBe(base);
  const others = [
    hashOf([5, 6, 7, 8], [1, 2, 3, 4]),
    hashOf([2, 2, 3, 4], [5, 6, 7, 8]),
    hashOf([1, 3, 3, 4], [5, 6, 7, 8]),
    hashOf([1, 2, 4, 4], [5, 6, 7, 8]),
    hashOf([1, 2, 3, 5], [5, 6, 7, 8]),
    hashOf([1, 2, 3, 4]),
  ];
  expect(new Set([base, ...others]).size).toBe(7);
});
