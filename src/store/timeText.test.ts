import { describe, expect, it } from 'vitest';
import { instantText, parseInstant } from './timeText.ts';

const plain = (text: string): string => text.replace(/\s/g, ' ');

describe('an instant', () => {
  it.each([
    ['12.5 µs', 12_500_000],
    ['12.5us', 12_500_000],
    ['12.5 μs', 12_500_000],
    ['0.1 µs', 100_000],
    ['250 ns', 250_000],
    ['3.200 418 ms', 3_200_418_000],
    ['7 ps', 7],
    ['1.5 s', 1.5e12],
    ['0 ns', 0],
    ['1.500 ns', 1500],
  ])('is read from %s', (text, at_ps) => {
    expect(parseInstant(text)).toEqual({ ok: true, value: at_ps });
  });

  it.each(['', '12', '12.5', '-3 ns', '1,5 µs', '3 hours', '1.2345 ns', '0.5 ps', '99999999 s', 'ns'])(
    'is not read from %j, and what was expected is said',
    (text) => {
      const read = parseInstant(text);
      expect(read.ok).toBe(false);
      expect(read.ok ? '' : read.error).toMatch(/\.$/);
    },
  );

  it.each([
    [0, '0 ns'],
    [7, '7 ps'],
    [250_000, '250 ns'],
    [250_800, '250.8 ns'],
    [12_345_678, '12.345 678 µs'],
    [3_200_418_250, '3.200 418 25 ms'],
    [1_234_000_000_000, '1 234 ms'],
  ])('%i ps is written %s', (at_ps, text) => {
    expect(plain(instantText(at_ps))).toBe(text);
    expect(parseInstant(instantText(at_ps))).toEqual({ ok: true, value: at_ps });
  });
});
