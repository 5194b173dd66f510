/*
 * The worked values of the performance reference, section 4. A device spends 55 ns before it issues and 50 ns before it
 * uses what came; those are the device model's, so they are added here.
 */
import { describe, expect, it } from 'vitest';
import { invariant } from '../../base/invariant.ts';
import { FLOW } from '../pcie/tlp.ts';
import type { LinkEndSpec, SwitchParameters } from '../pcie/machineSpec.ts';
import { builtMachine, device, PATTERN, switchOf, TestFunction } from './machines.testing.ts';
import { MACHINE_COUNTER } from '../pcie/counters.ts';

const ISSUE_NS = 55;
const DELIVER_NS = 50;
const GEN3_X8: LinkEndSpec = { maxGen: 3, maxWidth: 8 };
const GEN4_X16: LinkEndSpec = { maxGen: 4, maxWidth: 16 };

function expectNear(got_ns: number, expected_ns: number): void {
  expect(Math.abs(got_ns / expected_ns - 1), `${got_ns} ns instead of ${expected_ns} ns`).toBeLessThanOrEqual(0.01);
}

function readFromHost(ioCache: 'hit' | 'miss'): number {
  const hardware = builtMachine({ ports: [{ link: GEN3_X8, below: device('a', GEN3_X8) }], memory: { ioCache } });
  const a = new TestFunction(hardware, 'a');
  // Above 4 GiB, so that the header has 16 bytes.
  a.port.read(2 ** 32, 64, 0, FLOW.control);
  hardware.runUntil(1e9, 1e6);
  invariant(a.done[0] !== undefined, () => 'the read did not end');
  return ISSUE_NS + a.done[0][2] / 1000 + DELIVER_NS;
}

function belowOneSwitch(forwarding: NonNullable<SwitchParameters['forwarding']>) {
  const below = switchOf(
    'sw',
    GEN4_X16,
    [
      { link: GEN4_X16, below: device('a', GEN4_X16) },
      { link: GEN4_X16, below: device('b', GEN4_X16) },
    ],
    { parameters: { forwarding, latency_ps: 105_000 } },
  );
  const hardware = builtMachine({ ports: [{ link: GEN4_X16, below }] });
  return { hardware, a: new TestFunction(hardware, 'a'), b: new TestFunction(hardware, 'b') };
}

function writeToPeer(forwarding: NonNullable<SwitchParameters['forwarding']>): number {
  const { hardware, a, b } = belowOneSwitch(forwarding);
  hardware.watchArrival({ kind: 'function', node: 'b' });
  a.port.write(b.base, 256, PATTERN, 0, FLOW.p2p);
  hardware.runUntil(1e9, 1e6);
  return ISSUE_NS + (hardware.machineCounters[MACHINE_COUNTER.firstByte_ps] ?? NaN) / 1000;
}

describe('latency', () => {
  it('a 64-byte read of host memory through Gen3 x8 takes 412 ns when it hits the last-level cache', () => {
    expectNear(readFromHost('hit'), 412);
  });

  it('the same read takes 487 ns from DRAM', () => {
    expectNear(readFromHost('miss'), 487);
  });

  it('a 256-byte write through one cut-through switch takes 242 ns to its last byte', () => {
    expectNear(writeToPeer('cutThrough'), 242);
  });

  it('a store-and-forward switch makes it 251 ns', () => {
    expectNear(writeToPeer('storeAndForward'), 251);
  });

  it('a 512-byte peer read through one switch takes 729 ns', () => {
    const { hardware, a, b } = belowOneSwitch('cutThrough');
    a.port.read(b.base, 512, 0, FLOW.p2p);
    hardware.runUntil(1e9, 1e6);
    invariant(a.done[0] !== undefined, () => 'the read did not end');
    expectNear(ISSUE_NS + a.done[0][2] / 1000 + DELIVER_NS, 729);
  });

  it('42 such reads in flight fill the link', () => {
    const { hardware, a, b } = belowOneSwitch('cutThrough');
    const bytes = 2 ** 20;
    a.readAll(b.base, bytes, FLOW.p2p);
    hardware.runUntil(1e12, 1e7);
    const last = a.done.at(-1);
    invariant(last !== undefined && a.done.length === bytes / 512, () => `${a.done.length} reads ended`);
    // 28.975 GB/s is what one direction carries in completions of 256 bytes (performance reference 3.7).
    expect(bytes / (last[2] / 1000) / 28.975).toBeGreaterThan(0.97);
    expect(hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
  });
});
