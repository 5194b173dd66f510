import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TransferWay } from '../../topology/document.ts';
import { ALL_KINDS_NODES, allKinds } from './allKinds.testing.ts';
import { runJob, verdictOf } from './runs.testing.ts';

describe('random transfers', () => {
  it('of any size, between any two devices, in any way, arrive byte for byte or are refused', () => {
    const node = fc.constantFrom(...ALL_KINDS_NODES);
    const job = fc.record({
      from: node,
      to: node,
      way: fc.constantFrom<TransferWay>('p2p', 'bounce', 'copy'),
      bytes: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 60_000 })),
      chunkBytes: fc.constantFrom(4096, 8192, 65_536),
      buffers: fc.constantFrom<1 | 2>(1, 2),
      completion: fc.constantFrom<'interrupt' | 'polled'>('interrupt', 'polled'),
      force: fc.boolean(),
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
    });
    fc.assert(
      fc.property(job, ({ from, to, way, ...options }) => {
        const report = runJob(allKinds, [from, to, way], options);
        if (report.outcome === 'refused') expect(report.reason?.length).toBeGreaterThan(20);
        else expect(verdictOf(report)).toBe('finished');
      }),
      { numRuns: 120, seed: 20161018 },
    );
  }, 120_000);
});
