import { describe, expect, it } from 'vitest';
import { MIB, PS_PER_SECOND } from '../../base/units.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { runJob, verdictOf } from './runs.testing.ts';

const P2P = ['nic0', 'iopmem0', 'p2p'] as const;
const BOUNCE = ['nic0', 'iopmem0', 'bounce'] as const;
const COPY = ['nic0', 'iopmem0', 'copy'] as const;
/** Gen4 x8, 256-byte writes (performance reference 3.7). */
const WRITE_BYTES_PER_SECOND = 14.366e9;

describe('the default race', () => {
  const bytes = 1_000_003;

  it('peer-to-peer puts no payload on the uplink and none into DRAM', () => {
    const report = runJob(defaultMachine, P2P, { bytes });
    expect(verdictOf(report)).toBe('finished');
    expect(report.uplink).toMatchObject({ upBytes: 0, downBytes: 0 });
    expect([report.memoryWrittenBytes, report.memoryReadBytes]).toEqual([0, 0]);
    expect(report.sourceCrc32).toBe(report.destinationCrc32);
    expect(report.interrupts).toBe(1);
  });

  it.each(['interrupt', 'polled'] as const)('a bounce (%s) puts N up, N down, and 2 N in DRAM', (completion) => {
    for (const buffers of [1, 2] as const) {
      const report = runJob(defaultMachine, BOUNCE, { bytes, buffers, completion, chunkBytes: 65_536 });
      expect(verdictOf(report)).toBe('finished');
      expect(report.uplink).toMatchObject({ upBytes: bytes, downBytes: bytes });
      expect([report.memoryWrittenBytes, report.memoryReadBytes]).toEqual([bytes, bytes]);
      expect(report.interrupts).toBe(completion === 'polled' ? 0 : 2 * Math.ceil(bytes / 65_536));
    }
  });

  it('a copy does the same with the CPU at work on the second leg', () => {
    const report = runJob(defaultMachine, COPY, { bytes, chunkBytes: 65_536 });
    expect(verdictOf(report)).toBe('finished');
    expect(report.uplink).toMatchObject({ upBytes: bytes, downBytes: bytes });
    expect([report.memoryWrittenBytes, report.memoryReadBytes]).toEqual([bytes, bytes]);
    const copying_ps = (bytes / 10e9) * PS_PER_SECOND;
    expect(report.cpuBusy_ps).toBeGreaterThan(copying_ps);
    expect(report.cpuBusy_ps).toBeLessThan(1.5 * copying_ps);
  });

  it('reaches the link’s rate within 1 % peer-to-peer, limited by the device links', () => {
    const report = runJob(defaultMachine, P2P, { bytes: 16 * MIB });
    expect(verdictOf(report)).toBe('finished');
    expect(report.throughputBytesPerSecond / WRITE_BYTES_PER_SECOND).toBeGreaterThan(0.99);
    expect(report.throughputBytesPerSecond / WRITE_BYTES_PER_SECOND).toBeLessThan(1.01);
    expect(report.links.find(({ link, direction }) => link === report.limitingLink && direction === 0)).toBeDefined();
    expect([2, 3]).toContain(report.limitingLink);
  });

  it('with one buffer and 1 MiB chunks a bounce takes the sum of its legs and the sync time, within 3 %', () => {
    const report = runJob(defaultMachine, BOUNCE, { bytes: 8 * MIB, chunkBytes: MIB });
    const leg_s = MIB / WRITE_BYTES_PER_SECOND;
    const expected = MIB / (2 * leg_s + 2e-6);
    expect(verdictOf(report)).toBe('finished');
    expect(report.throughputBytesPerSecond / expected).toBeGreaterThan(0.97);
    expect(report.throughputBytesPerSecond / expected).toBeLessThan(1.03);
  });

  it('with two buffers the legs overlap, so a bounce comes close to peer-to-peer on an idle machine', () => {
    const report = runJob(defaultMachine, BOUNCE, { bytes: 8 * MIB, chunkBytes: 256 * 1024, buffers: 2 });
    expect(verdictOf(report)).toBe('finished');
    expect(report.throughputBytesPerSecond).toBeGreaterThan(0.85 * WRITE_BYTES_PER_SECOND);
    expect(report.throughputBytesPerSecond).toBeLessThan(WRITE_BYTES_PER_SECOND);
  });

  it('polling is quicker than interrupts and keeps a core busy', () => {
    const options = { bytes: MIB, chunkBytes: 65_536 };
    const byInterrupt = runJob(defaultMachine, BOUNCE, { ...options, completion: 'interrupt' });
    const byPolling = runJob(defaultMachine, BOUNCE, { ...options, completion: 'polled' });
    expect(byPolling.duration_ps).toBeLessThan(byInterrupt.duration_ps);
    expect(byPolling.cpuBusy_ps).toBeGreaterThan(0.9 * byPolling.duration_ps);
    expect(byInterrupt.cpuBusy_ps).toBeLessThan(0.5 * byInterrupt.duration_ps);
  });

  it('the first byte of a bounce arrives a chunk later', () => {
    const direct = runJob(defaultMachine, P2P, { bytes });
    const staged = runJob(defaultMachine, BOUNCE, { bytes, chunkBytes: 262_144 });
    expect(direct.firstByte_ps).toBeGreaterThan(200_000);
    expect(direct.firstByte_ps).toBeLessThan(3_000_000);
    expect(staged.firstByte_ps - direct.firstByte_ps).toBeGreaterThan(
      (262_144 / WRITE_BYTES_PER_SECOND) * PS_PER_SECOND,
    );
  });

  it('divides the time of every link direction completely', () => {
    for (const job of [P2P, BOUNCE, COPY]) {
      const report = runJob(defaultMachine, job, { bytes });
      for (const share of report.links) {
        const { payload, headers, framing = 0, dllps, skip, replay = 0, creditStall, idle } = share;
        const sum = payload + headers + framing + dllps + skip + replay + creditStall + idle;
        expect(sum).toBeCloseTo(1, 9);
        expect(Math.min(payload, headers, dllps, skip, creditStall, idle)).toBeGreaterThanOrEqual(0);
      }
    }
  });
});
