/*
 * Random transfers on a machine with every kind of device, with random faults at random times: a run ends finished or
 * failed with a reason, never with an exception, and nothing leaks.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasLinkBelow } from '../../core/config/places.ts';
import type { FaultSpec, LinkDirection, PlannedFault } from '../../core/pcie/faults.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { FlowSpec, TopologyDocument, TransferWay } from '../../topology/document.ts';
import { allKinds } from './allKinds.testing.ts';
import { accessWork, flow, flowMachine, transferWork } from './flows.testing.ts';
import { machineFor } from './runs.testing.ts';

const LINKS = allKinds.functions.filter((fn) => hasLinkBelow(fn.kind)).map(({ id }) => id);
const NODES = allKinds.functions.map(({ id }) => id);
const PARTIES = [...allKinds.functions.filter((fn) => fn.model !== undefined).map(({ id }) => id), 'host'];
const LEAKS = new Set(['credits returned', 'tags returned', 'no TLP left', 'queues empty', 'payload in = out']);

const direction = fc.constantFrom<LinkDirection>('up', 'down');
const link = fc.constantFrom<NodeId>(...LINKS);
const node = fc.constantFrom<NodeId>(...NODES);
const count = fc.integer({ min: 1, max: 6 });
const fault: fc.Arbitrary<FaultSpec> = fc.oneof(
  fc.record({ kind: fc.constant('bitErrors' as const), link, direction, rate: fc.constantFrom(1e-6, 1e-5) }),
  fc.record({ kind: fc.constantFrom('corruptTlp' as const, 'loseAcks' as const), link, direction, count }),
  fc.record({
    kind: fc.constantFrom(
      'linkDown' as const,
      'linkUp' as const,
      'retrain' as const,
      'surpriseRemoval' as const,
      'hotAdd' as const,
      'hotReset' as const,
    ),
    link,
  }),
  fc.record({
    kind: fc.constantFrom('functionLevelReset' as const, 'memoryDisable' as const, 'unmapIommu' as const),
    node,
  }),
  fc.record({
    kind: fc.constant('poison' as const),
    node,
    what: fc.constantFrom('writes' as const, 'completions' as const),
    count,
  }),
  fc.record({
    kind: fc.constantFrom(
      'corruptDigest' as const,
      'malformed' as const,
      'spoofRequester' as const,
      'strayAddress' as const,
      'completerAbort' as const,
      'noAnswer' as const,
      'unexpectedCompletion' as const,
    ),
    node,
    count,
  }),
);
const planned: fc.Arbitrary<PlannedFault> = fc.record({ at_ps: fc.integer({ min: 0, max: 50e6 }), fault });
const transfer = fc.record({
  from: fc.constantFrom(...PARTIES),
  to: fc.constantFrom(...PARTIES),
  way: fc.constantFrom<TransferWay>('p2p', 'bounce'),
  completion: fc.constantFrom('interrupt' as const, 'polled' as const),
  iommu: fc.constantFrom('off' as const, 'translate' as const),
});

/** Flows of every kind beside each other. */
const FLOWS: readonly FlowSpec[] = [
  flow('t1', transferWork('nic0', 'iopmem0', { bytes: 65_536 })),
  flow('t2', transferWork('nvme0', 'gpu0', { bytes: 65_536, way: 'bounce', completion: 'polled' }), { start_ps: 2e6 }),
  flow('r1', accessWork('nic1', 'iopmem1', { operations: 200 })),
  flow('w1', accessWork('dma1', 'host', { operation: 'write', operations: 300, pattern: 'random' })),
  flow('r2', accessWork('gpu0', 'host', { operations: 100 })),
  flow('c1', { kind: 'cpu', operation: 'store', target: 'iopmem0', mapping: 'WC', accessBytes: 64, bytes: 16_384 }),
  flow('c2', { kind: 'cpu', operation: 'load', target: 'iopmem1', mapping: 'UC', accessBytes: 8, bytes: 1024 }),
];

describe('random faults among many flows', () => {
  it('end every flow finished, failed with a reason or refused, and nothing leaks', () => {
    fc.assert(
      fc.property(
        fc.subarray([...FLOWS], { minLength: 1 }),
        fc.array(planned, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('off' as const, 'translate' as const),
        (flows, faults, iommu) => {
          const machine = flowMachine({ ...allKinds, host: { ...allKinds.host, iommu }, faults }, flows);
          machine.runUntil(Infinity, Infinity);
          const { report } = machine;
          expect(report?.checks.filter((check) => !check.ok && LEAKS.has(check.name))).toEqual([]);
          expect(['finished', 'failed', 'refused']).toContain(report?.outcome);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('random faults in random transfers', () => {
  it('end finished, failed with a reason or refused, and nothing leaks', () => {
    fc.assert(
      fc.property(transfer, fc.array(planned, { minLength: 1, maxLength: 3 }), (chosen, faults) => {
        const { from, to, way, completion, iommu } = chosen;
        fc.pre(from !== to);
        const document: TopologyDocument = { ...allKinds, host: { ...allKinds.host, iommu }, faults };
        const machine = machineFor(document, [from, to, way], { completion, force: true });
        machine.runUntil(Infinity, Infinity);
        const { report } = machine;
        expect(report?.checks.filter((check) => !check.ok && LEAKS.has(check.name))).toEqual([]);
        if (report?.outcome === 'failed') expect(report.reason).toMatch(/\w+/);
        else expect(['finished', 'refused']).toContain(report?.outcome);
      }),
      { numRuns: 60 },
    );
  });
});
