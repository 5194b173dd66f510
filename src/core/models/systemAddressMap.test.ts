import { describe, expect, it } from 'vitest';
import { GIB } from '../../base/units.ts';
import { hostBridge } from '../../topology/build.ts';
import { SystemAddressMap } from './systemAddressMap.ts';

const WINDOW_BASE = 256 * GIB;

/** 512 GiB from 4 GiB on, and 3 GiB from 0. */
const memory = {
  ranges: [
    { base: 0, sizeBytes: 3 * GIB, offset: 0 },
    { base: 4 * GIB, sizeBytes: 512 * GIB, offset: 3 * GIB },
  ],
  offsetOf: (address: number) =>
    address < 3 * GIB ? address : address >= 4 * GIB && address < 516 * GIB ? address - GIB : -1,
};

describe('SystemAddressMap', () => {
  const map = new SystemAddressMap([hostBridge('pcie0')], memory);

  it('gives windows precedence over RAM that lies under them', () => {
    expect(map.ramOffsetOf(WINDOW_BASE)).toBe(-1);
    expect(map.ramOffsetOf(WINDOW_BASE + 256 * GIB - 1)).toBe(-1);
    expect(map.ramOffsetOf(WINDOW_BASE - 1)).toBe(255 * GIB - 1);
    expect(map.ramOffsetOf(0xc0000000)).toBe(-1);
    expect(map.ramOffsetOf(0x1000)).toBe(0x1000);
  });

  it('tells software about the rest only', () => {
    expect(map.usableRam()).toEqual([
      { base: 0, sizeBytes: 3 * GIB },
      { base: 4 * GIB, sizeBytes: 252 * GIB },
      { base: 512 * GIB, sizeBytes: 4 * GIB },
    ]);
  });
});
