/*
 * What a load of the CPU on memory does to a transfer: a bounce shares DRAM with it, peer-to-peer does not
 * (measurement iopmem-dram; performance reference, section 5).
 */
import { describe, expect, it } from 'vitest';
import { MIB } from '../../base/units.ts';
import { at } from '../../base/invariant.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { HostSpec } from '../../core/pcie/machineSpec.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import type { TopologyDocument, TransferWay } from '../../topology/document.ts';
import { machineFor, runJob, verdictOf } from './runs.testing.ts';

const BYTES = 4 * MIB;

function withMemory(memory: Partial<HostSpec['memory']>): TopologyDocument {
  const { host } = defaultMachine;
  return { ...defaultMachine, host: { ...host, memory: { ...host.memory, ...memory } } };
}

const BUSY = { bytes: BYTES, buffers: 2, chunkBytes: 65_536, completion: 'polled' } as const;

/** Rates of a transfer and of the background load beside it, bytes a second. */
function rates(way: TransferWay, memory: Partial<HostSpec['memory']>) {
  const machine = machineFor(withMemory(memory), ['nic0', 'iopmem0', way], BUSY);
  machine.runUntil(Infinity, Infinity);
  const { report } = machine;
  if (report === undefined) throw new Error('the job did not end');
  expect(verdictOf(report)).toBe('finished');
  const seconds = at(machine.machineCounters, MACHINE_COUNTER.now_ps) / 1e12;
  const background = at(machine.machineCounters, MACHINE_COUNTER.backgroundBytes) / seconds;
  return { transfer: report.throughputBytesPerSecond, background };
}

describe('a load of 20 GB/s on the memory of the default machine', () => {
  const loaded = { backgroundBytesPerSecond: 20e9 };

  it('slows a bounce by a fifth and more, and is slowed by it', () => {
    const alone = rates('bounce', {});
    const beside = rates('bounce', loaded);
    expect(beside.transfer).toBeLessThan(alone.transfer * 0.8);
    expect(beside.background).toBeLessThan(19.6e9);
  });

  it('slows the core of a bounce that copies, because its loads come later', () => {
    expect(rates('copy', loaded).transfer).toBeLessThan(rates('copy', {}).transfer * 0.9);
  });

  it('does not slow a peer-to-peer transfer by a thousandth, nor is it slowed', () => {
    const alone = rates('p2p', {});
    const beside = rates('p2p', loaded);
    expect(Math.abs(beside.transfer / alone.transfer - 1)).toBeLessThan(0.001);
    expect(beside.background / 20e9).toBeCloseTo(1, 2);
  });

  it('is in the report with what it got while the job ran', () => {
    const [direct, bounced] = (['p2p', 'bounce'] as const).map((way) =>
      runJob(withMemory({ backgroundBytesPerSecond: 30e9 }), ['nic0', 'iopmem0', way], BUSY),
    );
    expect(direct?.background?.askedBytesPerSecond).toBe(30e9);
    expect((direct?.background?.achievedBytesPerSecond ?? 0) / 30e9).toBeGreaterThan(0.98);
    expect((bounced?.background?.achievedBytesPerSecond ?? 0) / 30e9).toBeLessThan(0.85);
    expect(runJob(defaultMachine, ['nic0', 'iopmem0', 'p2p']).background).toBeUndefined();
  });

  it('is the same in every run of the same seed', () => {
    const traces = [1, 2].map(
      () => runJob(withMemory(loaded), ['nic0', 'iopmem0', 'bounce'], { bytes: MIB }).traceHash,
    );
    expect(traces[0]).toBe(traces[1]);
  });
});

describe('one channel that a bounce and the CPU both want', () => {
  it('gives each its share, and the bounce falls to about half', () => {
    const alone = rates('bounce', { channels: 1 });
    const beside = rates('bounce', { channels: 1, backgroundBytesPerSecond: 16e9 });
    expect(beside.transfer / alone.transfer).toBeGreaterThan(0.4);
    expect(beside.transfer / alone.transfer).toBeLessThan(0.65);
    expect(beside.background).toBeGreaterThan(7e9);
    expect(beside.background).toBeLessThan(12e9);
  });
});

describe('a bounce through the I/O share of the last-level cache', () => {
  it('uses no DRAM while its buffers fit, and does when they do not', () => {
    const small = runJob(withMemory({ ioCache: 'model' }), ['nic0', 'iopmem0', 'bounce'], {
      bytes: BYTES,
      buffers: 2,
      chunkBytes: 262_144,
    });
    expect(verdictOf(small)).toBe('finished');
    expect([small.memoryWrittenBytes, small.memoryReadBytes]).toEqual([0, 0]);
    const large = runJob(withMemory({ ioCache: 'model' }), ['nic0', 'iopmem0', 'bounce'], {
      bytes: 16 * MIB,
      buffers: 2,
      chunkBytes: 4 * MIB,
    });
    expect(verdictOf(large)).toBe('finished');
    expect(large.memoryWrittenBytes).toBeGreaterThan(8 * MIB);
    expect(large.memoryReadBytes).toBeGreaterThan(2 * MIB);
    expect(large.sourceCrc32).toBe(large.destinationCrc32);
  });
});
