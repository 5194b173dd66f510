import { describe, expect, it } from 'vitest';
import { RingReader, RingWriter } from './ring.ts';
import type { RingStorage } from './ring.ts';

const WORDS = 2;

function ring(records: number, start = 0): RingStorage {
  return {
    words: new Float64Array(records * WORDS),
    head: Int32Array.of(start),
    tail: Int32Array.of(start),
    dropped: new Float64Array(1),
  };
}

function write(writer: RingWriter, value: number): boolean {
  const offset = writer.claim();
  if (offset < 0) return false;
  writer.words[offset] = value;
  writer.words[offset + 1] = -value;
  return true;
}

function readAll(reader: RingReader): number[] {
  const values: number[] = [];
  reader.drain((words, offset) => {
    expect(words[offset + 1]).toBe(-(words[offset] ?? NaN));
    values.push(words[offset] ?? NaN);
  });
  return values;
}

describe('a ring of records', () => {
  it('shows nothing before it is published, then everything in order, once', () => {
    const storage = ring(8);
    const writer = new RingWriter(storage, WORDS);
    const reader = new RingReader(storage, WORDS);
    for (const value of [1, 2, 3]) write(writer, value);
    expect(reader.length).toBe(0);
    expect(readAll(reader)).toEqual([]);
    writer.publish();
    expect(reader.length).toBe(3);
    expect(readAll(reader)).toEqual([1, 2, 3]);
    expect(readAll(reader)).toEqual([]);
  });

  it('drops the newest and counts it when the reader is late, and never overwrites', () => {
    const storage = ring(4);
    const writer = new RingWriter(storage, WORDS);
    const reader = new RingReader(storage, WORDS);
    const written = [1, 2, 3, 4, 5, 6].map((value) => write(writer, value));
    expect(written).toEqual([true, true, true, true, false, false]);
    expect(reader.dropped).toBe(0);
    writer.publish();
    expect(reader.dropped).toBe(2);
    expect(readAll(reader)).toEqual([1, 2, 3, 4]);
  });

  it('takes records again within a batch after the reader made room', () => {
    const storage = ring(4);
    const writer = new RingWriter(storage, WORDS);
    const reader = new RingReader(storage, WORDS);
    for (let value = 0; value < 4; value += 1) write(writer, value);
    writer.publish();
    readAll(reader);
    let lost = 0;
    while (!write(writer, 99)) lost += 1;
    expect(lost).toBeLessThanOrEqual(64);
    writer.publish();
    expect(readAll(reader)).toEqual([99]);
    expect(reader.dropped).toBe(lost);
  });

  it('publishes long batches by itself', () => {
    const storage = ring(256);
    const writer = new RingWriter(storage, WORDS);
    const reader = new RingReader(storage, WORDS);
    for (let value = 0; value < 200; value += 1) write(writer, value);
    expect(reader.length).toBeGreaterThanOrEqual(128);
  });

  it('goes on when the record counts wrap at 2^31 and 2^32', () => {
    for (const start of [2 ** 31 - 3, -3]) {
      const storage = ring(4, start | 0);
      const writer = new RingWriter(storage, WORDS);
      const reader = new RingReader(storage, WORDS);
      const read: number[] = [];
      for (let value = 1; value <= 12; value += 1) {
        expect(write(writer, value)).toBe(true);
        writer.publish();
        read.push(...readAll(reader));
      }
      expect(read).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    }
  });

  it('accounts for every record: read + waiting + dropped = claimed, whatever the rhythm', () => {
    let seed = 1;
    const next = (bound: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed % bound;
    };
    const storage = ring(32);
    const writer = new RingWriter(storage, WORDS);
    const reader = new RingReader(storage, WORDS);
    const read: number[] = [];
    const accepted: number[] = [];
    for (let value = 1; value <= 20_000; value += 1) {
      if (write(writer, value)) accepted.push(value);
      if (next(20) === 0) writer.publish();
      if (next(40) === 0) read.push(...readAll(reader));
    }
    writer.publish();
    read.push(...readAll(reader));
    expect(read).toEqual(accepted);
    expect(reader.dropped).toBe(20_000 - accepted.length);
    expect(reader.dropped).toBeGreaterThan(0);
  });

  it('refuses a capacity that is not a power of two', () => {
    expect(() => new RingWriter(ring(6), WORDS)).toThrow(/power of two/);
  });
});
