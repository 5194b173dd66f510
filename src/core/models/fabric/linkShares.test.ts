import { describe, expect, it } from 'vitest';
import type { LinkEndSpec } from '../../pcie/machineSpec.ts';
import { FLOW } from '../../pcie/tlp.ts';
import { builtMachine, device, PATTERN, TestFunction } from '../machines.testing.ts';
import { counter, finish, linkShare, oneDevice, RAM } from './links.testing.ts';

const GEN4: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const UP = 1;

describe('the time of a link', () => {
  it('that is saturated is all payload, headers, framing, DLLPs and ordered sets', () => {
    const { hardware, d0 } = oneDevice(GEN4);
    const lengthBytes = 2 ** 21;
    d0.writeAll(RAM, lengthBytes, PATTERN, FLOW.p2p);
    // Before the last TLP, at an instant at which the wire is busy: what is on it counts as spent.
    hardware.runUntil(100_000_000, Infinity);
    const { shares, sum } = linkShare(hardware, UP);
    const [payload = 0, headers = 0, framing = 0, dllps = 0, orderedSets = 0, replays, stall, idle = 1] = shares;
    expect(sum).toBeCloseTo(1, 9);
    // 12 bytes of header (32-bit address) and 8 of framing for 256 of payload.
    expect(headers / payload).toBeCloseTo(12 / 256, 9);
    expect(framing / payload).toBeCloseTo(8 / 256, 9);
    expect(orderedSets).toBeGreaterThan(0.0025);
    expect(dllps).toBe(0);
    expect([replays, stall]).toEqual([0, 0]);
    expect(Math.abs(idle)).toBeLessThan(0.001);
  });

  it('counts a wait for credits while it lasts, and not the DLLPs that use it', () => {
    const link = GEN4;
    const credits = { postedHeader: 4, postedData: 64 };
    const hardware = builtMachine({
      ports: [
        { link, below: device('d0', link) },
        { link, below: device('d1', link, { credits }) },
      ],
    });
    // d1 takes one write in 25.6 µs.
    const [d0, d1] = [new TestFunction(hardware, 'd0'), new TestFunction(hardware, 'd1', { bytesPerSecond: 10e6 })];
    d0.writeAll(d1.base, 2 ** 13, PATTERN, FLOW.p2p);
    d1.readAll(RAM, 2 ** 16, FLOW.p2p);
    hardware.runUntil(20_000_000, Infinity);
    hardware.settleCounters();
    const waiting = counter(hardware, 'down', 'creditStall_ps', 1);
    expect(waiting / 20_000_000).toBeGreaterThan(0.7);
    finish(hardware);
    for (const segment of [0, 1, 2, 3]) {
      const { shares, sum } = linkShare(hardware, segment);
      expect(sum).toBeCloseTo(1, 9);
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
    }
    expect(counter(hardware, 'down', 'creditStall_ps', 1)).toBeGreaterThan(waiting);
  });
});
