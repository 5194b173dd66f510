import { describe, expect, it } from 'vitest';
import { figureSource } from './figureSource.ts';
import { MEASUREMENTS } from './measurementTable.ts';

const of = (id: string): string | undefined => {
  const entry = MEASUREMENTS.find((candidate) => candidate.id === id);
  return entry && figureSource(entry.run);
};

describe('where a figure is read', () => {
  it('names the flows as the page does', () => {
    expect(of('wc-wr-g3-remote')).toBe('rate of “Stores, other socket” over that of “Stores, own socket”');
    expect(of('nvme-gpu-bdw')).toBe('rates of all flows added up');
  });

  it('names the other machine of a figure of two', () => {
    expect(of('six-gpu-ring')).toBe('rates of all flows added up, over that of “Six GPUs: through host memory”');
  });

  it('is no bare id, whatever the measurement', () => {
    for (const { run } of MEASUREMENTS) expect(figureSource(run)).not.toMatch(/“[a-z]+-?[a-z]*”|“m-/);
  });
});
