import { describe, expect, it } from 'vitest';
import { KIB, MIB } from '../../base/units.ts';
import { FLOW_COUNTER, flowRow } from '../../core/pcie/counters.ts';
import type { FaultSpec } from '../../core/pcie/faults.ts';
import type { FlowSpec } from '../../topology/document.ts';
import { allKinds } from './allKinds.testing.ts';
import type { FlowRunner } from './flowRunner.ts';
import { guardBackground } from './flowRunners.ts';
import { accessWork, flow, flowMachine, reportOf, runFlows, transferWork } from './flows.testing.ts';

const MANY: readonly FlowSpec[] = [
  flow('nic-p2p', transferWork('nic0', 'iopmem0')),
  flow('nic-again', transferWork('nic0', 'iopmem0', { completion: 'polled' }), { start_ps: 5_000_000 }),
  flow('drive-bounce', transferWork('nvme0', 'iopmem1', { way: 'bounce', buffers: 2 })),
  flow('drive-to-wire', transferWork('nvme0', 'nic0')),
  flow('copy', transferWork('iopmem1', 'gpu0', { way: 'copy', bytes: 64 * KIB })),
  flow('reads', accessWork('gpu0', 'host', { pattern: 'random', operationBytes: 64 })),
  flow('writes', accessWork('dma1', 'iopmem1', { operation: 'write' })),
  flow('own-cmb', accessWork('nic1', 'nvme0', { operation: 'write', operations: 100 })),
  flow('stores', {
    kind: 'cpu',
    operation: 'store',
    target: 'iopmem0',
    mapping: 'WC',
    accessBytes: 64,
    bytes: 16 * KIB,
  }),
  flow('loads', { kind: 'cpu', operation: 'load', target: 'iopmem0', mapping: 'UC', accessBytes: 8, bytes: 1 * KIB }),
];

describe('many flows at once', () => {
  it('all finish, each with its own bytes, and every check of the machine holds', () => {
    const report = runFlows(allKinds, MANY);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expect(report.flows?.map(({ id, outcome, reason }) => [id, outcome, reason])).toEqual(
      MANY.map(({ id }) => [id, 'finished', undefined]),
    );
    expect(reportOf(report, 'reads')).toMatchObject({ bytes: 64_000, operations: 1000 });
    expect(reportOf(report, 'stores')).toMatchObject({ bytes: 16 * KIB, operations: 256 });
    expect(report.outcome).toBe('finished');
  });

  it('is the same run again, and however it is cut', () => {
    const whole = runFlows(allKinds, MANY);
    const machine = flowMachine(allKinds, MANY);
    for (let at_ps = 0; machine.report === undefined; at_ps += 1_234_567) machine.runUntil(at_ps, 97);
    expect(machine.report.traceHash).toBe(whole.traceHash);
    expect(machine.report.flows).toEqual(whole.flows);
  });

  it('runs beside the transfer, which keeps its own result', () => {
    const document = { ...allKinds, transfer: { ...allKinds.transfer, bytes: 256 * KIB } };
    const alone = runFlows(document, [], 'p2p');
    const beside = runFlows(document, [flow('reads', accessWork('gpu0', 'iopmem0'))], 'p2p');
    expect(beside.outcome).toBe('finished');
    expect(beside.flows?.map(({ id }) => id)).toEqual(['transfer', 'reads']);
    expect(reportOf(beside, 'transfer').bytes).toBe(256 * KIB);
    expect(beside.bytes).toBe(alone.bytes);
    expect(beside.traceHash).not.toBe(alone.traceHash);
  });

  it('several jobs share the ring of one engine: more descriptors than it holds', () => {
    const jobs = Array.from({ length: 8 }, (_, index) =>
      flow(
        `job${index}`,
        transferWork('gpu0', 'iopmem0', { bytes: MIB, completion: index % 2 === 0 ? 'interrupt' : 'polled' }),
      ),
    );
    const report = runFlows(allKinds, jobs);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    const rates = report.flows?.map((one) => one.throughputBytesPerSecond) ?? [];
    expect(Math.max(...rates) / Math.min(...rates)).toBeLessThan(1.6);
  });

  it('starts each flow at its time', () => {
    const at_ps = 40_000_000;
    const report = runFlows(allKinds, [
      flow('now', transferWork('nic0', 'iopmem0')),
      flow('later', transferWork('nic1', 'host'), { start_ps: at_ps }),
    ]);
    expect(reportOf(report, 'later').begun_ps).toBeGreaterThanOrEqual(at_ps);
    expect(reportOf(report, 'now').begun_ps).toBeLessThan(at_ps / 2);
  });

  it('repeats background flows until the others are done, and then lets them end', () => {
    const report = runFlows(allKinds, [
      flow('front', transferWork('nic0', 'iopmem0', { bytes: MIB })),
      flow('behind', transferWork('nic1', 'host', { bytes: 16 * KIB }), { background: true }),
      flow('noise', accessWork('gpu0', 'host', { operations: 10 }), { background: true }),
    ]);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expect(reportOf(report, 'behind')).toMatchObject({ outcome: 'background' });
    expect(reportOf(report, 'behind').bytes).toBeGreaterThan(16 * KIB);
    expect(reportOf(report, 'noise').operations).toBeGreaterThan(10);
    expect(report.duration_ps).toBe(reportOf(report, 'front').finished_ps - reportOf(report, 'front').begun_ps);
  });

  it('stops background flows in the middle, and nothing of them is left', () => {
    const large = { bytes: 5 * MIB, chunkBytes: 64 * KIB };
    const report = runFlows(allKinds, [
      flow('front', transferWork('nic1', 'host', { bytes: 256 * KIB })),
      flow('direct', transferWork('gpu0', 'iopmem0', large), { background: true }),
      flow('bounce', transferWork('gpu0', 'nic0', { ...large, way: 'bounce', buffers: 2 }), { background: true }),
      flow('copy', transferWork('nic0', 'gpu0', { ...large, way: 'copy', buffers: 2 }), { background: true }),
    ]);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    for (const id of ['direct', 'bounce', 'copy']) {
      const { outcome, bytes } = reportOf(report, id);
      expect([id, outcome, bytes > 0, bytes < 5 * MIB]).toEqual([id, 'background', true, true]);
    }
  });

  it('a flow that cannot run is refused with a reason and does not stop the others', () => {
    const report = runFlows(allKinds, [
      flow('good', transferWork('nic0', 'iopmem0')),
      flow('memory', accessWork('iopmem0', 'host')),
      flow('nobody', accessWork('nic9', 'host')),
      flow('large', accessWork('gpu0', 'iopmem0', { windowBytes: 2 ** 34 })),
      flow('policy', transferWork('nic1', 'iopmem0')),
    ]);
    expect(report.outcome).toBe('finished');
    expect(report.flows?.map(({ outcome }) => outcome)).toEqual([
      'finished',
      'refused',
      'refused',
      'refused',
      'refused',
    ]);
    expect(reportOf(report, 'memory').reason).toContain('no engine');
    expect(reportOf(report, 'large').reason).toContain('no room');
    expect(reportOf(report, 'policy').reason).toContain('whitelist');
  });

  it('takes as many flows as TLPs have numbers for; what finds no room is refused', () => {
    const bounces = Array.from({ length: 63 }, (_, index) =>
      flow(`f${index}`, transferWork('gpu0', 'iopmem1', { way: 'bounce', bytes: 16 * KIB })),
    );
    const report = runFlows(allKinds, bounces);
    expect(report.outcome).toBe('finished');
    const refused = report.flows?.filter(({ outcome }) => outcome === 'refused') ?? [];
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ reason }) => reason?.includes('no room for its') === true)).toBe(true);
    expect(report.flows?.filter(({ outcome }) => outcome === 'finished').length).toBeGreaterThan(30);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
  });

  it('says why nothing runs: no flows, or none that anybody waits for', () => {
    expect(runFlows(allKinds, [])).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('no flows') });
    const background = [flow('behind', transferWork('nic1', 'host'), { background: true })];
    expect(runFlows(allKinds, background)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('background'),
    });
  });

  it('counts each flow where it arrives: counters, series and report agree', () => {
    const machine = flowMachine(allKinds, MANY);
    machine.runUntil(Infinity, Infinity);
    const segments = machine.description.links.length * 2;
    for (const [index, { id }] of MANY.entries()) {
      const row = flowRow(index + 1, segments);
      const bytes = machine.report?.flows?.find((one) => one.id === id)?.bytes;
      expect([id, machine.flowCounters[row + FLOW_COUNTER.arrivedBytes]]).toEqual([id, bytes]);
    }
  });
});

describe('planned faults', () => {
  it('happen at their times, wherever the run is cut', () => {
    const document = {
      ...allKinds,
      faults: [{ at_ps: 20_000_000, fault: { kind: 'functionLevelReset' as const, node: 'gpu0' } }],
    };
    const flows = [
      flow('hit', accessWork('gpu0', 'host', { operations: 100_000 })),
      flow('spared', transferWork('nic0', 'iopmem0', { bytes: MIB })),
    ];
    const report = runFlows(document, flows);
    expect(reportOf(report, 'hit')).toMatchObject({ outcome: 'failed' });
    expect(reportOf(report, 'hit').reason?.length).toBeGreaterThan(20);
    expect(reportOf(report, 'spared')).toMatchObject({ outcome: 'finished' });
    const machine = flowMachine(document, flows);
    for (let at_ps = 0; machine.report === undefined; at_ps += 777_777) machine.runUntil(at_ps, 89);
    expect(machine.report.traceHash).toBe(report.traceHash);
  });
});

describe('a flow whose device is broken', () => {
  const reads = flow('reads', accessWork('gpu0', 'iopmem0', { operations: 20_000 }));
  const spared = flow('spared', transferWork('nic1', 'host', { bytes: MIB }));

  function broken(fault: FaultSpec, flows: readonly FlowSpec[]) {
    const report = runFlows({ ...allKinds, faults: [{ at_ps: 30_000_000, fault }] }, flows);
    expect(reportOf(report, 'spared')).toMatchObject({ outcome: 'finished', reason: undefined });
    return report;
  }

  it.each([
    ['its target is pulled out', { kind: 'surpriseRemoval', link: 'sw0-p0' }, /Unsupported Request|in time/],
    ['its target stops answering', { kind: 'noAnswer', node: 'iopmem0', count: 1000 }, /completion timeout/],
    ['it is pulled out itself', { kind: 'surpriseRemoval', link: 'sw0-p4' }, /registers no longer answer/],
  ] as const)('ends with a reason where %s, and the others go on', (_, fault, reason) => {
    const report = broken(fault, [reads, spared]);
    expect(report.outcome).toBe('failed');
    expect(reportOf(report, 'reads')).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(reason) });
  });

  it('names the bytes that never came where writes vanish', () => {
    const writes = flow('writes', transferWork('gpu0', 'iopmem0', { bytes: MIB }));
    const report = broken({ kind: 'linkDown', link: 'sw0-p0' }, [writes, spared]);
    const { outcome, reason } = reportOf(report, 'writes');
    expect([outcome, reason]).toEqual(['failed', expect.stringMatching(/^Destination holds .* bytes differ/)]);
  });
});

describe('the guard of background flows', () => {
  function runner(number: number, isBackground: boolean, onStop: () => void): FlowRunner {
    return {
      number,
      id: `f${number}`,
      name: `f${number}`,
      isBackground,
      start_ps: 0,
      progress: { state: 'running', begun_ps: 1, finished_ps: 0, failure: undefined },
      over_ps: 0,
      *probe() {},
      *run() {},
      stop: onStop,
      checks: () => [],
      latency: () => undefined,
      processes: 1,
      parts: [],
      software: [],
    };
  }

  /** Looks until it ends, at most ten times. @returns how often it looked, and whether it stopped the background. */
  function watch(delivered: (look: number) => number): readonly [number, boolean] {
    let stopped = false;
    let looks = 0;
    const runners = [runner(1, false, () => undefined), runner(2, true, () => (stopped = true))];
    const guard = guardBackground(runners, () => delivered(looks));
    let step = guard.next(undefined);
    while (looks < 10 && step.done !== true) {
      const { value: request } = step;
      // It sleeps, then looks: one look each.
      if (request.kind === 'observe') looks += 1;
      step = guard.next(request.kind === 'observe' ? request.read() : undefined);
    }
    return [looks, stopped];
  }

  it('stops them when nobody who is waited for gets anything between two looks', () => {
    expect(watch(() => 7)).toEqual([2, true]);
  });

  it('lets them run while bytes arrive', () => {
    expect(watch((look) => look)).toEqual([10, false]);
  });
});
