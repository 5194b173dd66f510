import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../../base/invariant.ts';
import { CACHE_LINE_BYTES, LastLevelCache } from './lastLevelCache.ts';

interface Held {
  readonly line: number;
  dirty: boolean;
  used: number;
}

/** The same cache as lists: slow, and plain to see that it is right. */
class Model {
  readonly sets: (Held | undefined)[][];
  clock = 0;
  readonly ioWays: number;

  constructor(sets: number, ways: number, ioWays: number) {
    this.sets = Array.from({ length: sets }, () => Array.from({ length: ways }, () => undefined));
    this.ioWays = ioWays;
  }

  setOf(line: number): (Held | undefined)[] {
    return at(this.sets, line % this.sets.length);
  }

  find(line: number): Held | undefined {
    return this.setOf(line).find((held) => held?.line === line);
  }

  /** @returns the line that must be written back, −1 if there is none. */
  access(line: number, dirty: boolean, byDevice: boolean): number {
    const found = this.find(line);
    this.clock++;
    if (found !== undefined) {
      found.used = this.clock;
      found.dirty ||= dirty;
      return -1;
    }
    const set = this.setOf(line);
    const ways = byDevice ? this.ioWays : set.length;
    let victim = 0;
    for (let way = 1; way < ways; way++) if ((set[way]?.used ?? 0) < (set[victim]?.used ?? 0)) victim = way;
    const old = set[victim];
    set[victim] = { line, dirty, used: this.clock };
    return old?.dirty === true ? old.line : -1;
  }
}

const access = fc.record({
  kind: fc.constantFrom('deviceWrite' as const, 'deviceRead' as const, 'coreWrite' as const, 'coreRead' as const),
  line: fc.nat(40),
});

describe('the last-level cache', () => {
  it('finds, replaces and writes back what a list of its lines does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(4),
        fc.array(access, { maxLength: 200 }),
        (sets, ways, io, accesses) => {
          const ioWays = 1 + (io % ways);
          const cache = new LastLevelCache({ sizeBytes: sets * ways * CACHE_LINE_BYTES, ways, ioWays });
          const model = new Model(sets, ways, ioWays);
          for (const { kind, line } of accesses) {
            const wasThere = model.find(line) !== undefined;
            if (kind === 'deviceRead') {
              expect(cache.deviceRead(line)).toBe(wasThere);
              if (wasThere) model.access(line, false, true);
              continue;
            }
            const evicted = model.access(line, kind !== 'coreRead', kind === 'deviceWrite');
            if (kind === 'coreRead') expect(cache.coreRead(line)).toBe(wasThere);
            else if (kind === 'coreWrite') cache.coreWrite(line, 0);
            else cache.deviceWrite(line, 0);
            expect(cache.evicted).toBe(evicted);
          }
        },
      ),
    );
  });

  it('gives devices no more lines of a set than their ways, however much they write', () => {
    const cache = new LastLevelCache({ sizeBytes: 16 * CACHE_LINE_BYTES, ways: 16, ioWays: 3 });
    for (let line = 0; line < 13; line++) cache.coreRead(line);
    for (let line = 100; line < 200; line++) cache.deviceWrite(line, 0);
    const there = Array.from({ length: 100 }, (_, index) => 100 + index).filter((line) => cache.deviceRead(line));
    expect(there).toEqual([197, 198, 199]);
    // The cores' lines in the other ways have stayed.
    expect(Array.from({ length: 13 }, (_, line) => line).filter((line) => cache.deviceRead(line))).toHaveLength(10);
  });
});
