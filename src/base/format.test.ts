import { describe, expect, it } from 'vitest';
import {
  addressText,
  bytesText,
  bytesTextLike,
  clockFigure,
  crcText,
  durationText,
  fixedText,
  integerText,
  parseAddress,
  parseSize,
  percentText,
  rateText,
  ratioText,
  shortBdf,
  sizeText,
  timeScaleText,
} from './format.ts';
import { KIB, MIB, PS_PER_MS, PS_PER_NS, PS_PER_US } from './units.ts';

/** Thin and no-break spaces as plain ones, so that the expectations can be read. */
const plain = (text: string): string => text.replace(/[\u202f\u00a0]/g, ' ');

describe('numbers as text', () => {
  it('parts thousands with a narrow no-break space', () => {
    expect(integerText(177_126)).toBe('177\u202f126');
    expect(plain(integerText(1_234_567.6))).toBe('1 234 568');
    expect(integerText(999)).toBe('999');
    expect(integerText(-1000)).toBe('−1\u202f000');
  });

  it('keeps the decimals and never prints a negative zero', () => {
    expect(plain(fixedText(1234.5, 2))).toBe('1 234.50');
    expect(fixedText(-0.001, 2)).toBe('0.00');
    expect(fixedText(-0.5, 1)).toBe('−0.5');
  });

  it('prints rates in units of 10^9 bytes a second', () => {
    expect(plain(rateText(14.371e9))).toBe('14.37 GB/s');
    expect(plain(rateText(0))).toBe('0.00 GB/s');
  });

  it('prints memory in powers of two', () => {
    expect(plain(bytesText(0))).toBe('0 B');
    expect(plain(bytesText(1023))).toBe('1 023 B');
    expect(plain(bytesText(43.24 * MIB))).toBe('43.24 MiB');
    expect(plain(bytesTextLike(256 * KIB, 64 * MIB))).toBe('0.25 MiB');
    expect(plain(bytesTextLike(100, 512))).toBe('100 B');
  });

  it('prints a given size without needless decimals', () => {
    expect(plain(sizeText(64 * MIB))).toBe('64 MiB');
    expect(plain(sizeText(1.5 * MIB))).toBe('1.5 MiB');
    expect(plain(sizeText(4 * KIB))).toBe('4 KiB');
    expect(plain(sizeText(1000))).toBe('1 000 B');
    expect(plain(sizeText(MIB + 4))).toBe('1 048 580 B');
  });

  it('chooses the unit of a duration by its size', () => {
    expect(plain(durationText(4.671 * PS_PER_MS))).toBe('4.671 ms');
    expect(plain(durationText(75.4 * PS_PER_US))).toBe('75.40 µs');
    expect(plain(durationText(250.8 * PS_PER_NS))).toBe('250.8 ns');
    expect(plain(durationText(16))).toBe('16 ps');
    expect(plain(durationText(0))).toBe('0 ns');
  });

  it('shows the clock to the nanosecond and the picoseconds apart', () => {
    const figure = clockFigure(3_200_418_250);
    expect(plain(figure.toNanoseconds)).toBe('3.200 418');
    expect(figure.picoseconds).toBe('250');
    expect(plain(clockFigure(0).toNanoseconds)).toBe('0.000 000');
  });

  it('says how fast simulated time passes', () => {
    expect(plain(timeScaleText(200 * PS_PER_NS))).toBe('200 ns per s');
    expect(plain(timeScaleText(PS_PER_MS))).toBe('1 ms per s');
    expect(timeScaleText(Infinity)).toBe('as fast as possible');
  });

  it('prints fractions and ratios', () => {
    expect(plain(percentText(0.9124))).toBe('91.2 %');
    expect(ratioText(2.463)).toBe('2.46×');
    expect(ratioText(301.4)).toBe('301×');
  });

  it('groups addresses by four digits from the right', () => {
    expect(addressText(0x4002b3e600)).toBe('0x40_02B3_E600');
    expect(addressText(0)).toBe('0x0');
    expect(addressText(0x10, 8)).toBe('0x0000_0010');
    expect(crcText(0x9b1c44e0)).toBe('9b1c_44e0');
  });

  it('leaves out domain 0000 only', () => {
    expect(shortBdf('0000:03:00.0')).toBe('03:00.0');
    expect(shortBdf('10000:03:00.0')).toBe('10000:03:00.0');
  });
});

describe('sizes and addresses as typed', () => {
  it.each([
    ['64 MiB', 64 * MIB],
    ['64m', 64 * MIB],
    ['1.5 KiB', 1536],
    ['4096', 4096],
    ['0x1000', 4096],
    ['1 GB', 1e9],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toEqual({ ok: true, value: bytes });
  });

  it.each(['', 'lots', '12 parsecs', '0.3 B', '-5'])('refuses %j', (text) => {
    expect(parseSize(text).ok).toBe(false);
  });

  it('reads what it prints', () => {
    expect(parseAddress(addressText(0x4002b3e600))).toBe(0x4002b3e600);
    expect(parseAddress('zz')).toBeUndefined();
  });
});
