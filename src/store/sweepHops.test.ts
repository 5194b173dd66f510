import { describe, expect, it } from 'vitest';
import { privateStorage } from '../base/storage.ts';
import { SimulatedMachine } from '../engine/machine/simulatedMachine.ts';
import type { RunReport, RunWay } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { presets } from '../topology/presets/presets.ts';
import { validateDocument } from '../topology/validate.ts';
import { closedFormLink, closedFormOf } from './sweepClosedForm.ts';
import { depthFlowOf, withDepth } from './sweepDepth.ts';
import { canHaveHops, hopsOf, withHops } from './sweepHops.ts';
import { planSweep, draftFor } from './sweepStore.ts';

const BYTES = 65_536;

function run(
  document: TopologyDocument,
  way: RunWay,
): { readonly machine: SimulatedMachine; readonly report: RunReport } {
  const made = SimulatedMachine.create({
    document,
    transfer: { ...document.transfer, bytes: BYTES },
    way,
    seed: 1,
    storage: privateStorage,
  });
  if (!made.ok) throw new Error(made.error[0]?.message);
  made.value.runUntil(Infinity, Infinity);
  const { report } = made.value;
  if (report === undefined) throw new Error('the run did not end');
  expect(report.reason).toBeUndefined();
  return { machine: made.value, report };
}

const errors = (document: TopologyDocument): number =>
  validateDocument(document).filter(({ severity }) => severity === 'error').length;

describe('switches between the ends of a transfer', () => {
  it('are as many as were asked for, in every preset that has cards at both ends', () => {
    let tried = 0;
    for (const { document } of presets.filter((preset) => canHaveHops(preset.document))) {
      for (const switches of [1, 2, 3, 6]) {
        const made = withHops(document, switches);
        expect(hopsOf(made), `${document.name}, ${switches}`).toBe(switches);
        expect(errors(made), `${document.name}, ${switches}`).toBe(errors(document));
        expect(made.transfer).toEqual(document.transfer);
      }
      tried += 1;
    }
    expect(tried).toBeGreaterThan(3);
  });

  it('leave one switch as it is, and the rest of the machine too', () => {
    expect(withHops(defaultMachine, 1)).toEqual(defaultMachine);
    const longer = withHops(defaultMachine, 3);
    const kept = new Set(longer.functions.map(({ id }) => id));
    expect(defaultMachine.functions.every(({ id }) => kept.has(id))).toBe(true);
    // Two switches with one port each, and nothing of the scaffolding.
    expect(longer.functions).toHaveLength(defaultMachine.functions.length + 4);
    expect(hopsOf(withHops(longer, 1))).toBe(1);
  });

  it('take the first byte longer and the stream no less, as the equation says', () => {
    const runs = [1, 2, 4].map((switches) => run(withHops(defaultMachine, switches), 'p2p'));
    const firsts = runs.map(({ report }) => report.firstByte_ps);
    expect(firsts[1]).toBeGreaterThan((firsts[0] ?? Infinity) + 100_000);
    expect(firsts[2]).toBeGreaterThan((firsts[1] ?? Infinity) + 200_000);
    for (const { machine } of runs) {
      expect((closedFormOf(machine.description, false) ?? 0) / 1e9).toBeCloseTo(14.37, 1);
      expect(closedFormLink(machine.description)).toBe('Gen4 x8');
    }
  });

  it('are not offered where an end is inside the root complex', () => {
    const inside = { ...defaultMachine, transfer: { ...defaultMachine.transfer, from: 'dma0' } };
    expect(canHaveHops(inside)).toBe(false);
    const draft = { ...draftFor('hops'), ways: ['p2p' as const], bytes: undefined };
    expect(planSweep(draft, inside)).toMatchObject({ field: 'target' });
    expect(planSweep(draft, defaultMachine)).toMatchObject({ values: [1, 2, 3, 4] });
  });
});

describe('queue depth', () => {
  const small = { ...defaultMachine, transfer: { ...defaultMachine.transfer, bytes: BYTES } };
  const rate = (depth: number, way: 'p2p' | 'bounce'): number => {
    const document = depthFlowOf(withDepth(small, 'nic0', depth), way);
    if (document === undefined) throw new Error('no flow');
    return run(document, 'flows').report.throughputBytesPerSecond;
  };

  it('raises throughput in proportion while the latency limits, and not beyond the link', () => {
    for (const way of ['p2p', 'bounce'] as const) {
      const [one, two, many] = [rate(1, way), rate(2, way), rate(128, way)];
      expect(two / one).toBeGreaterThan(1.9);
      expect(two / one).toBeLessThan(2.1);
      expect(many).toBeGreaterThan(5 * two);
      expect(many).toBeLessThan(15.75e9);
    }
  });

  it('has the reads of one way in each run, and none for a CPU copy', () => {
    const document = withDepth(defaultMachine, 'nic0', 7);
    expect(errors(document)).toBe(0);
    expect(depthFlowOf(document, 'p2p')?.flows?.map(({ work }) => work)).toMatchObject([
      { engine: 'nic0', target: 'iopmem0', outstanding: 7, operationBytes: 512 },
    ]);
    expect(depthFlowOf(document, 'bounce')?.flows?.map(({ work }) => work)).toMatchObject([{ target: 'host' }]);
    expect(depthFlowOf(document, 'copy')).toBeUndefined();
    const draft = { ...draftFor('depth'), bytes: undefined };
    expect(planSweep({ ...draft, ways: ['copy'] }, defaultMachine)).toMatchObject({ field: 'ways' });
    expect(planSweep({ ...draft, ways: ['p2p', 'copy'] }, defaultMachine)).toMatchObject({ ways: ['p2p'] });
  });
});
