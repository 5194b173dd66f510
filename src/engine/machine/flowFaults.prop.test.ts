/* Flows on machines that break: whatever happens, the run ends, and says of every flow how. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIB } from '../../base/units.ts';
import type { FaultSpec } from '../../core/pcie/faults.ts';
import type { FlowWork } from '../../topology/document.ts';
import { allKinds } from './allKinds.testing.ts';
import { accessWork, flow, flowMachine, transferWork } from './flows.testing.ts';

const LINKS = ['rp0', 'rp1', 'sw0-p0', 'sw0-p1', 'sw0-p4'] as const;
const NODES = ['iopmem0', 'nic0', 'gpu0', 'nvme0', 'nic1', 'dma1'] as const;

const link = fc.constantFrom(...LINKS);
const node = fc.constantFrom(...NODES);
const count = fc.integer({ min: 1, max: 40 });
const direction = fc.constantFrom('up' as const, 'down' as const);
const fault: fc.Arbitrary<FaultSpec> = fc.oneof(
  fc.record({ kind: fc.constantFrom('surpriseRemoval' as const, 'linkDown' as const, 'hotReset' as const), link }),
  fc.record({ kind: fc.constant('corruptTlp' as const), link, direction, count }),
  fc.record({ kind: fc.constant('bitErrors' as const), link, direction, rate: fc.constantFrom(1e-7, 1e-5) }),
  fc.record({ kind: fc.constantFrom('functionLevelReset' as const, 'memoryDisable' as const), node }),
  fc.record({
    kind: fc.constantFrom(
      'noAnswer' as const,
      'completerAbort' as const,
      'strayAddress' as const,
      'malformed' as const,
    ),
    node,
    count,
  }),
);
const work: fc.Arbitrary<FlowWork> = fc.oneof(
  fc
    .record({
      from: fc.constantFrom('nic0', 'gpu0', 'nvme0', 'nic1'),
      to: fc.constantFrom('iopmem0', 'host', 'gpu0'),
      way: fc.constantFrom('p2p' as const, 'bounce' as const, 'copy' as const),
      completion: fc.constantFrom('interrupt' as const, 'polled' as const),
      bytes: fc.integer({ min: 1, max: 64 * KIB }),
    })
    .map(({ from, to, ...change }) => transferWork(from, to, change)),
  fc
    .record({
      engine: fc.constantFrom('nic0', 'gpu0', 'dma1'),
      target: fc.constantFrom('iopmem0', 'host', 'nvme0'),
      operation: fc.constantFrom('read' as const, 'write' as const),
      operations: fc.integer({ min: 1, max: 400 }),
    })
    .map(({ engine, target, ...change }) => accessWork(engine, target, change)),
  fc.record({
    kind: fc.constant('cpu' as const),
    operation: fc.constantFrom('load' as const, 'store' as const),
    target: fc.constantFrom('iopmem0', 'gpu0'),
    mapping: fc.constantFrom('UC' as const, 'WC' as const, 'WB' as const),
    accessBytes: fc.constant(8 as const),
    bytes: fc.integer({ min: 1, max: 256 }).map((words) => words * 8),
  }),
);

describe('flows on a machine that breaks', () => {
  it('end, each with an outcome and a reason where it failed', () => {
    const run = fc.record({
      works: fc.array(fc.record({ work, background: fc.boolean() }), { minLength: 1, maxLength: 5 }),
      faults: fc.array(fc.record({ at_ps: fc.integer({ min: 0, max: 60_000_000 }), fault }), {
        minLength: 1,
        maxLength: 3,
      }),
    });
    fc.assert(
      fc.property(run, ({ works, faults }) => {
        const flows = works.map(({ work: one, background }, index) => flow(`f${index}`, one, { background }));
        const machine = flowMachine({ ...allKinds, faults }, flows);
        for (let slices = 0; machine.report === undefined && slices < 200; slices++)
          machine.runUntil(Infinity, 100_000);
        expect(machine.report, 'the run ends').toBeDefined();
        for (const { outcome, reason, limits } of machine.report?.flows ?? []) {
          if (outcome === 'failed' || outcome === 'refused') expect(reason?.length).toBeGreaterThan(10);
          expect(limits.every(({ share }) => share > 0 && share <= 1)).toBe(true);
        }
      }),
      { numRuns: 30, seed: 7 },
    );
  }, 180_000);
});
