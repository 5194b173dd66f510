import { describe, expect, it } from 'vitest';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { addressDigits, asciiOf, clampRow, rowCount } from './hexModel.ts';

const bar: MemoryDescription = {
  index: 0,
  node: 'iopmem0',
  label: 'BAR 4',
  busAddress: 0x40_0000_0000,
  sizeBytes: 2 ** 28,
};
const media: MemoryDescription = { ...bar, busAddress: undefined, sizeBytes: 1000 };

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
