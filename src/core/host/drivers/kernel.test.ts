import { describe, expect, it } from 'vitest';
import { GIB, MIB } from '../../../base/units.ts';
import { Kernel } from './kernel.ts';

describe('Kernel', () => {
  it('gives pages that do not overlap, above 4 GiB first', () => {
    const kernel = new Kernel([
      { base: 0, sizeBytes: 2 * GIB },
      { base: 4 * GIB, sizeBytes: 3 * MIB },
    ]);
    const first = kernel.allocate(1);
    const second = kernel.allocate(MIB);
    expect(first).toBe(4 * GIB);
    expect(second).toBe(4 * GIB + 4096);
    expect(kernel.allocate(4 * MIB)).toBe(MIB);
    expect(kernel.allocate(MIB)).toBe(4 * GIB + 4096 + MIB);
  });

  it('says how much it can still give in one piece, and no more', () => {
    const kernel = new Kernel([{ base: 0, sizeBytes: 3 * MIB }]);
    expect(kernel.largestFreeBytes).toBe(2 * MIB);
    kernel.allocate(MIB);
    expect(kernel.largestFreeBytes).toBe(MIB);
    expect(() => kernel.allocate(MIB + 1)).toThrow(/memory left/);
  });

  it('never gives a vector or a semaphore twice', () => {
    const kernel = new Kernel([]);
    const vectors = Array.from({ length: 50 }, () => kernel.allocateVector());
    const semaphores = Array.from({ length: 50 }, () => kernel.allocateSemaphore());
    expect(new Set(vectors).size).toBe(50);
    expect(Math.min(...vectors)).toBeGreaterThanOrEqual(0x30);
    expect(new Set(semaphores).size).toBe(50);
  });
});
