import { describe, expect, it } from 'vitest';
import { DrainedBuffer, FilledBuffer } from './rateBuffers.ts';

const ONE_BYTE_PER_NS = 1e9;

describe('FilledBuffer', () => {
  it('delivers at its rate and no faster', () => {
    const wire = new FilledBuffer(ONE_BYTE_PER_NS, 1000);
    wire.restart(0);
    let now = 0;
    for (let i = 0; i < 100; i++) {
      now += wire.delay(now, 64);
      wire.take(now, 64);
    }
    expect(now).toBe(6_400_000);
  });

  it('stops while it is full, so a long pause yields no more than its capacity', () => {
    const wire = new FilledBuffer(ONE_BYTE_PER_NS, 1000);
    wire.restart(0);
    expect(wire.delay(1e9, 1000)).toBe(0);
    wire.take(1e9, 1000);
    expect(wire.delay(1e9, 1)).toBe(1000);
  });

  it('refuses bytes that are not there', () => {
    const wire = new FilledBuffer(ONE_BYTE_PER_NS, 1000);
    wire.restart(0);
    expect(() => wire.take(10_000, 64)).toThrow(/taken/);
  });
});

describe('DrainedBuffer', () => {
  it('lets in what fits and then as fast as it drains', () => {
    const sink = new DrainedBuffer(ONE_BYTE_PER_NS, 128);
    expect(sink.delay(0, 64)).toBe(0);
    sink.reserve(64);
    sink.reserve(64);
    expect(sink.delay(0, 64)).toBe(Infinity);
    sink.put(0, 64);
    expect(sink.delay(0, 64)).toBe(64_000);
    expect(sink.delay(64_000, 64)).toBe(0);
  });

  it('is drained one rate time after the last byte came', () => {
    const sink = new DrainedBuffer(ONE_BYTE_PER_NS, 128);
    sink.reserve(100);
    sink.put(5_000, 100);
    expect(sink.drainDelay(5_000)).toBe(100_000);
    expect(sink.drainDelay(105_000)).toBe(0);
  });

  it('counts what is reserved until it has come', () => {
    const sink = new DrainedBuffer(ONE_BYTE_PER_NS, 128);
    sink.reserve(10);
    expect(sink.reservedBytes).toBe(10);
    sink.put(0, 10);
    expect(sink.reservedBytes).toBe(0);
    expect(() => sink.put(0, 1)).toThrow(/reserved/);
  });
});
