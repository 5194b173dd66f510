import { describe, expect, it } from 'vitest';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { addressDigits, asciiOf, clampRow, offsetOf, rowCount } from './hexModel.ts';

const bar: MemoryDescription = {
  index: 0,
  node: 'iopmem0',
  label: 'BAR 4',
  busAddress: 0x40_0000_0000,
  sizeBytes: 2 ** 28,
};
const media: MemoryDescription = { ...bar, busAddress: undefined, sizeBytes: 1000 };

describe('what an address field means', () => {
  it('is a bus address inside the memory, else an offset', () => {
    expect(offsetOf('0x40_02B3_E600', bar)).toBe(0x2b3e600);
    expect(offsetOf('2b3e600', bar)).toBe(0x2b3e600);
    expect(offsetOf('0', bar)).toBe(0);
  });

  it('is nothing outside it', () => {
    expect(offsetOf('0x40_1000_0000', bar)).toBeUndefined();
    expect(offsetOf('10000000', bar)).toBeUndefined();
    expect(offsetOf('3e8', media)).toBeUndefined();
    expect(offsetOf('3e7', media)).toBe(999);
    expect(offsetOf('here', bar)).toBeUndefined();
  });
});

describe('rows', () => {
  it('cover the memory, the last one in part', () => {
    expect(rowCount(media)).toBe(63);
    expect(rowCount(bar)).toBe(2 ** 24);
  });

  it('stay inside the memory', () => {
    expect(clampRow(-5, bar, 20)).toBe(0);
    expect(clampRow(1e9, media, 20)).toBe(43);
    expect(clampRow(10, media, 100)).toBe(0);
    expect(clampRow(7.9, bar, 20)).toBe(7);
  });

  it('have addresses of one width', () => {
    expect(addressDigits(bar)).toBe(10);
    expect(addressDigits(media)).toBe(8);
  });
});

it('shows what prints and a dot for the rest', () => {
  expect([0x41, 0x20, 0x7e, 0x7f, 0x00, 0xff].map(asciiOf).join('')).toBe('A ~...');
});
