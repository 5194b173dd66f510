import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import { TimeIndex } from './timeIndex.ts';

const CELLS = 2 ** 13;

/** A log of that many records in so many cells, their times out of order by up to 400. */
function logOf(records: number) {
  const random = new Random(7);
  const start_ps = new Float64Array(CELLS);
  const index = new TimeIndex(start_ps);
  const firstOf = (end: number): number => Math.max(0, end - CELLS);
  for (let record = 0; record < records; record += 1) {
    start_ps[record % CELLS] = record * 100 + random.below(400) + (record % 1500 === 0 ? 30_000 : 0);
    index.note(record, firstOf(record + 1));
  }
  return { start_ps, index, first: firstOf(records) };
}

/** The same, looked for one by one. */
function slowly(start_ps: Float64Array, at_ps: number, first: number, end: number): number {
  let record = end;
  while (record > first && (start_ps[(record - 1) % CELLS] ?? 0) > at_ps) record -= 1;
  return record;
}

describe('the instant in a log that is nearly in order', () => {
  it.each([0, 1, 255, 256, 257, 5000, CELLS, CELLS + 777, 3 * CELLS + 1])('is found, %d records', (records) => {
    const { start_ps, index, first } = logOf(records);
    for (let at_ps = first * 100 - 5000; at_ps < records * 100 + 40_000; at_ps += 3331) {
      expect(index.firstAfter(at_ps, first, records)).toBe(slowly(start_ps, at_ps, first, records));
    }
  });

  it('is found after the newest records were taken back and others have followed', () => {
    const records = 2 * CELLS;
    const { start_ps, index, first } = logOf(records);
    const kept = records - 3000;
    index.rebuild(first, kept);
    for (let record = kept; record < kept + 900; record += 1) {
      start_ps[record % CELLS] = record * 100 - 150;
      index.note(record, first);
    }
    for (let at_ps = first * 100 - 500; at_ps < records * 100; at_ps += 2777) {
      expect(index.firstAfter(at_ps, first, kept + 900)).toBe(slowly(start_ps, at_ps, first, kept + 900));
    }
  });
});
