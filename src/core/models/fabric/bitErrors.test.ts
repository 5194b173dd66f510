import { describe, expect, it } from 'vitest';
import { anyWrong, BitErrors, logarithm } from './bitErrors.ts';

describe('wrong bits', () => {
  it('never come at rate 0', () => {
    const errors = new BitErrors(1);
    expect([1, 1e6, 1e15].map((bits) => errors.hits(bits))).toEqual([false, false, false]);
  });

  it.each([1e-2, 1e-3, 1e-4])('come as often as the rate %f says, however the bits are cut', (rate) => {
    for (const bits of [1, 64, 2240]) {
      const errors = new BitErrors(7);
      errors.rate = rate;
      const packets = 200_000;
      let hit = 0;
      for (let count = 0; count < packets; count++) if (errors.hits(bits)) hit++;
      const expected = packets * anyWrong(rate, bits);
      expect(Math.abs(hit - expected)).toBeLessThan(4.5 * Math.sqrt(expected));
    }
  });

  it('are the same for the same seed, and others for another', () => {
    const pattern = (seed: number): string => {
      const errors = new BitErrors(seed);
      errors.rate = 1e-3;
      return Array.from({ length: 200 }, () => (errors.hits(500) ? 'x' : '.')).join('');
    };
    expect(pattern(5)).toBe(pattern(5));
    expect(pattern(5)).not.toBe(pattern(6));
  });

  it('name the first wrong unit of a packet', () => {
    const errors = new BitErrors(3);
    errors.rate = 0.1;
    for (let count = 0; count < 1000; count++) {
      if (!errors.hits(20)) continue;
      expect(errors.firstWrong).toBeGreaterThanOrEqual(0);
      expect(errors.firstWrong).toBeLessThan(20);
    }
  });

  it('take a logarithm that agrees with the engine’s', () => {
    for (let value = 1; value > 1e-10; value *= 0.83) {
      expect(Math.abs(logarithm(value) - Math.log(value))).toBeLessThan(1e-14 * (1 + Math.abs(Math.log(value))));
    }
  });

  it('hit a flit with the probability of the closed form, also at tiny rates', () => {
    for (const rate of [1e-15, 1e-12, 1e-9, 1e-6, 1e-3]) {
      const exact = -Math.expm1(2048 * Math.log1p(-rate));
      expect(Math.abs(anyWrong(rate, 2048) / exact - 1)).toBeLessThan(1e-9);
    }
  });
});
