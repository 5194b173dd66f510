import { describe, expect, it } from 'vitest';
import { PatternSource } from './pattern.ts';

function read(source: PatternSource, offset: number, length: number): Uint8Array {
  const target = new Uint8Array(length + 2).fill(0xee);
  source.readInto(offset, length, target, 1);
  expect(target[0]).toBe(0xee);
  expect(target[length + 1]).toBe(0xee);
  return target.slice(1, length + 1);
}

describe('PatternSource', () => {
  it('gives the same byte at an offset however the range is cut', () => {
    const source = new PatternSource(7);
    const whole = read(source, 0, 64);
    for (let offset = 0; offset < 16; offset++) {
      for (let length = 0; length < 20; length++) {
        expect(read(source, offset, length)).toEqual(whole.slice(offset, offset + length));
      }
    }
  });

  it('depends on the seed', () => {
    expect(read(new PatternSource(1), 0, 16)).not.toEqual(read(new PatternSource(2), 0, 16));
  });

  it('does not repeat at distances that a misplaced packet would have', () => {
    const source = new PatternSource(3);
    const first = read(source, 0, 64);
    for (const distance of [64, 256, 512, 4096, 65536, 2 ** 20, 2 ** 33]) {
      expect(read(source, distance, 64)).not.toEqual(first);
    }
  });
});
