import { describe, expect, it } from 'vitest';
import { LatencySamples } from './latencySamples.ts';

describe('latencies of operations', () => {
  it('are exact while they are few', () => {
    const samples = new LatencySamples();
    expect(samples.isEmpty).toBe(true);
    for (let value = 100; value >= 1; value--) samples.add(value);
    expect([samples.minimum_ps, samples.quantile(0.5), samples.quantile(0.99), samples.maximum_ps]).toEqual([
      1, 51, 100, 100,
    ]);
  });

  it('keep extremes exactly and quantiles closely when they are many', () => {
    const samples = new LatencySamples();
    const count = 1_000_000;
    // Every value once, in an order that has nothing to do with time.
    for (let index = 0; index < count; index++) samples.add((index * 7919) % count);
    expect(samples.minimum_ps).toBe(0);
    expect(samples.maximum_ps).toBe(count - 1);
    expect(samples.quantile(0.5) / count).toBeCloseTo(0.5, 2);
    expect(samples.quantile(0.99) / count).toBeCloseTo(0.99, 2);
  });
});
