/* Latencies counted from whole runs, against a walk over all hops of each transaction. */
import { describe, expect, it } from 'vitest';
import { FLOW, flowClassOf } from '../core/pcie/tlp.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { LatencyCounts, LatencyTally } from './chartLatency.ts';
import { recordedRun } from './recordedRun.testing.ts';
import { transactionOf } from './inspectJoin.ts';
import type { PacketLog } from './inspectLog.ts';

const BYTES = 65_536;

/** Payload TLPs of the job that are posted: from their first hop to the end of their last. */
function writes(log: PacketLog): readonly number[] {
  const found: number[] = [];
  for (let record = log.first; record < log.end; record += 1) {
    if (log.isCpuAccess(record) || !log.isPosted(record) || log.hopBefore(record) >= 0) continue;
    if (flowClassOf(log.flow(record)) === FLOW.control || log.isInsideHost(record)) continue;
    const hops = log.hopsOf(log.serial[log.cell(record)] ?? 0);
    const last = hops.at(-1) ?? record;
    found.push((log.end_ps[log.cell(last)] ?? 0) - (log.start_ps[log.cell(record)] ?? 0));
  }
  return found;
}

function counted(latencies: readonly number[]): LatencyCounts {
  const counts = new LatencyCounts();
  for (const latency_ps of latencies) counts.add(latency_ps);
  return counts;
}

describe('latencies of a run', () => {
  it.each(['p2p', 'bounce', 'copy'] as const)('hold every write once, %s', async (way) => {
    const { log, machine } = await recordedRun(way, BYTES);
    const tally = new LatencyTally(log, defaultMachine, machine);
    while (tally.advance(97));
    const expected = counted(writes(log));
    expect(expected.total).toBeGreaterThanOrEqual(BYTES / 256);
    expect(tally.posted.total).toBe(expected.total);
    expect([...tally.posted.bins]).toEqual([...expected.bins]);
    expect(tally.unknown).toBe(0);
  });

  it('hold every read of payload once, with the time to its last completion', async () => {
    const reading = { ...defaultMachine, transfer: { ...defaultMachine.transfer, from: 'iopmem0', to: 'nvme0' } };
    const { log, machine } = await recordedRun('bounce', BYTES, reading);
    expect(machine.plan.refused).toBeUndefined();
    const tally = new LatencyTally(log, defaultMachine, machine);
    while (tally.advance(1000));
    const latencies: number[] = [];
    for (let record = log.first; record < log.end; record += 1) {
      const isRead = !log.isPosted(record) && !log.isCompletion(record) && !log.isCpuAccess(record);
      if (!isRead || log.hopBefore(record) >= 0 || log.isInsideHost(record)) continue;
      const { completions, latency_ps } = transactionOf(log, record);
      const isPayload = completions.some((one) => flowClassOf(log.flow(one)) !== FLOW.control);
      if (isPayload && latency_ps !== undefined) latencies.push(latency_ps);
    }
    expect(latencies.length).toBeGreaterThan(0);
    expect([...tally.read.bins]).toEqual([...counted(latencies).bins]);
  });
});

describe('counted latencies', () => {
  it('have quantiles within one percent', () => {
    const counts = counted(Array.from({ length: 1000 }, (_, index) => (index + 1) * 1000));
    expect(counts.quantile(0.5)).toBeGreaterThan(495_000);
    expect(counts.quantile(0.5)).toBeLessThan(505_000);
    expect(counts.quantile(0.99)).toBeGreaterThan(980_000);
    expect(counts.quantile(0.99)).toBeLessThan(1_000_000);
    expect(new LatencyCounts().quantile(0.5)).toBeUndefined();
  });

  it('have bars that add up to all of them', () => {
    const counts = counted([5, 20_000, 21_000, 400_000, 1e18]);
    for (const aDecade of [4, 16]) {
      const bars = counts.bars(aDecade);
      expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(counts.total);
      expect(bars.every(({ from_ps, to_ps }) => to_ps > from_ps)).toBe(true);
    }
    expect(new LatencyCounts().bars(16)).toEqual([]);
  });
});
