import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { privateStorage } from '../../base/storage.ts';
import { KIB } from '../../base/units.ts';
import { FLOW_COUNTER, flowRow } from '../../core/pcie/counters.ts';
import type { FlowSpec, TopologyDocument } from '../../topology/document.ts';
import { presets } from '../../topology/presets/presets.ts';
import type { LinkTimeShare } from '../protocol.ts';
import { SharedSeriesView } from '../machineView.ts';
import { allocateControl, allocateSeries, int32Cells, seriesShape } from '../sharedLayout.ts';
import { SeriesRecorder } from '../worker/seriesRecorder.ts';
import { ALL_KINDS_NODES, allKinds } from './allKinds.testing.ts';
import { accessWork, flow, flowMachine, runFlows, transferWork } from './flows.testing.ts';
import { runJob } from './runs.testing.ts';

function partsOf(share: LinkTimeShare): readonly number[] {
  const { payload, headers, framing = NaN, dllps, skip, replay = NaN, creditStall, idle } = share;
  return [payload, headers, framing, dllps, skip, replay, creditStall, idle];
}

function expectWhole(links: readonly LinkTimeShare[]): void {
  expect(links.length).toBeGreaterThan(0);
  for (const share of links) {
    const parts = partsOf(share);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 9);
    expect(Math.min(...parts)).toBeGreaterThanOrEqual(-1e-12);
  }
}

const work = fc.oneof(
  fc
    .record({
      from: fc.constantFrom('nic0', 'gpu0', 'nvme1', 'nic1', 'iopmem0'),
      to: fc.constantFrom('iopmem0', 'host', 'gpu0', 'nvme0'),
      way: fc.constantFrom('p2p' as const, 'bounce' as const, 'copy' as const),
      bytes: fc.integer({ min: 1, max: 200 * KIB }),
      buffers: fc.constantFrom<1 | 2>(1, 2),
    })
    .map(({ from, to, ...change }) => transferWork(from, to, change)),
  fc
    .record({
      engine: fc.constantFrom('nic0', 'gpu0', 'nvme0', 'dma1', 'dma0'),
      target: fc.constantFrom(...ALL_KINDS_NODES),
      operation: fc.constantFrom('read' as const, 'write' as const),
      pattern: fc.constantFrom('sequential' as const, 'random' as const),
      // The memory endpoint ignores writes to other addresses.
      operationBytes: fc.integer({ min: 1, max: 1024 }).map((dwords) => dwords * 4),
      outstanding: fc.integer({ min: 1, max: 64 }),
      operations: fc.integer({ min: 1, max: 200 }),
    })
    .map(({ engine, target, ...change }) => accessWork(engine, target, change)),
);
const someFlows = fc
  .array(fc.record({ work, start_ps: fc.integer({ min: 0, max: 50_000_000 }) }), { minLength: 1, maxLength: 6 })
  .map((list) => list.map(({ work: one, start_ps }, index) => flow(`f${index}`, one, { start_ps })));

/** Runs flows as an engine does, with a series of all they deliver. */
function recorded(document: TopologyDocument, flows: readonly FlowSpec[]) {
  const machine = flowMachine(document, flows);
  const shape = seriesShape(machine.description, machine.functionCounters.byteLength);
  const memory = { control: allocateControl(privateStorage), series: allocateSeries(privateStorage, shape) };
  const recorder = new SeriesRecorder(machine, int32Cells(memory.control, 'seriesHeader'), memory.series);
  while (machine.report === undefined) {
    if (machine.runUntil(recorder.nextEdge_ps, Infinity) === 'reached') recorder.capture();
  }
  // The bin in which the run ended.
  recorder.capture();
  return { machine, view: new SharedSeriesView(memory, shape) };
}

describe('the time of every link', () => {
  it('is divided completely, whatever flows run', () => {
    fc.assert(
      fc.property(someFlows, (flows) => {
        const report = runFlows(allKinds, flows);
        if (report.outcome === 'refused') return;
        expect(report.checks.filter((check) => !check.ok)).toEqual([]);
        expectWhole(report.links);
      }),
      { numRuns: 40, seed: 41 },
    );
  }, 120_000);

  it.each(
    presets
      .filter(({ document }) => (document.flows ?? []).length === 0)
      .map(({ id, document }) => [id, document] as const),
  )(
    'is divided completely in preset %s',
    (_, document) => {
      for (const way of ['p2p', 'bounce', 'copy'] as const) {
        const { from, to } = document.transfer;
        const report = runJob(document, [from, to, way], { bytes: 100 * KIB });
        if (report.outcome !== 'refused') expectWhole(report.links);
      }
    },
    60_000,
  );
});

describe('the time of a link with bit errors', () => {
  it('is divided completely, with what was sent again', () => {
    const noisy = {
      ...allKinds,
      functions: allKinds.functions.map((fn) =>
        fn.id === 'sw0-p0' && fn.link !== undefined ? { ...fn, link: { ...fn.link, bitErrorRate: 2e-6 } } : fn,
      ),
    };
    const report = runFlows(noisy, [flow('writes', transferWork('nic0', 'iopmem0', { bytes: 1024 * KIB }))]);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expectWhole(report.links);
    expect(Math.max(...report.links.map(({ replay = 0 }) => replay))).toBeGreaterThan(0.001);
  });
});

describe('the bytes of a flow over time', () => {
  it('never fall, and end at its counters and its report', () => {
    fc.assert(
      fc.property(someFlows, (flows) => {
        const { machine, view } = recorded(allKinds, flows);
        const last = view.length - 1;
        for (let number = 1; number <= flows.length; number++) {
          const row = flowRow(number, machine.description.links.length * 2);
          const counted = machine.flowCounters[row + FLOW_COUNTER.arrivedBytes];
          const told = machine.report?.flows?.find(({ id }) => id === `f${number - 1}`)?.bytes ?? 0;
          expect([number, view.flow(last, number)]).toEqual([number, counted]);
          expect([number, told]).toEqual([number, counted]);
          for (let bin = 1; bin <= last; bin++) {
            expect(view.flow(bin, number)).toBeGreaterThanOrEqual(view.flow(bin - 1, number));
          }
        }
      }),
      { numRuns: 25, seed: 42 },
    );
  }, 120_000);
});
