/*
 * For tests of links: machines with one link that matters, and how to look at it.
 */
import { expect } from 'vitest';
import { LINK_COUNTER, LINK_COUNTER_COUNT, MACHINE_COUNTER } from '../../pcie/counters.ts';
import type { FaultSpec, LinkDirection } from '../../pcie/faults.ts';
import type { LinkEndSpec } from '../../pcie/machineSpec.ts';
import { FLOW } from '../../pcie/tlp.ts';
import type { Hardware } from '../hardware.ts';
import { builtMachine, device, PATTERN, TestFunction, type TestPort } from '../machines.testing.ts';

/** A bus address in host memory. */
export const RAM = 0x100_0000;

/** Device d0 below root port rp0. */
export function oneDevice(link: LinkEndSpec, port: Partial<TestPort> = {}) {
  const hardware = builtMachine({ ports: [{ link, below: device('d0', link), ...port }] });
  return { hardware, d0: new TestFunction(hardware, 'd0') };
}

export type LinkCounter = keyof typeof LINK_COUNTER;

/** A counter of one direction of link `link`. */
export function counter(hardware: Hardware, direction: LinkDirection, field: LinkCounter, link = 0): number {
  const segment = link * 2 + (direction === 'up' ? 1 : 0);
  return hardware.linkCounters[segment * LINK_COUNTER_COUNT + LINK_COUNTER[field]] ?? 0;
}

/** Breaks things that can be broken. */
export function inject(hardware: Hardware, ...faults: readonly FaultSpec[]): void {
  for (const fault of faults) expect(hardware.inject(fault)).toBeUndefined();
}

/** What is wrong with a machine at rest. */
export function problems(hardware: Hardware): readonly string[] {
  return hardware
    .checkConservation()
    .filter((check) => !check.ok)
    .map((check) => `${check.name}: ${check.detail}`);
}

/** Runs until nothing is pending; then everything must be accounted for. */
export function finish(hardware: Hardware): void {
  expect(hardware.runUntil(Infinity, Infinity)).toBe('idle');
  expect(problems(hardware)).toEqual([]);
}

/** Names of the errors so far, without what was injected. */
export function errorNames(hardware: Hardware): readonly string[] {
  return hardware.errors.kept.map((record) => record.name).filter((name) => !name.startsWith('Injected'));
}

/** Runs until so many payload bytes have arrived in host memory. @returns the time, to 1 ns. */
export function timeOfArrival_ps(hardware: Hardware, lengthBytes: number): number {
  const arrived = (): number => hardware.machineCounters[MACHINE_COUNTER.arrivedBytes] ?? 0;
  for (const [ahead, slice_ps] of [
    [65_536, 1_000_000],
    [0, 1_000],
  ] as const) {
    while (arrived() < lengthBytes - ahead) {
      if (hardware.runUntil(hardware.now_ps + slice_ps, Infinity) === 'idle') return Infinity;
    }
  }
  return hardware.now_ps;
}

/** Time that d0 takes to write so much to host memory, to 1 ns. */
export function writeTime_ps(link: LinkEndSpec, lengthBytes: number, prepare?: (hardware: Hardware) => void) {
  const { hardware, d0 } = oneDevice(link);
  prepare?.(hardware);
  hardware.watchArrival({ kind: 'hostMemory' });
  d0.writeAll(RAM, lengthBytes, PATTERN, FLOW.p2p);
  return { hardware, time_ps: timeOfArrival_ps(hardware, lengthBytes) };
}

/**
 * How a direction has spent its time up to now: payload, headers, framing, DLLPs, ordered sets, replays, credit stall and
 * the rest. Counters count a packet when it starts, so look at a machine at rest.
 */
export function linkShare(hardware: Hardware, segment: number) {
  const base = segment * LINK_COUNTER_COUNT;
  const of = (field: number): number => hardware.linkCounters[base + field] ?? 0;
  const busy_ps =
    of(LINK_COUNTER.tlpBusy_ps) +
    of(LINK_COUNTER.dllpBusy_ps) +
    of(LINK_COUNTER.skpBusy_ps) +
    of(LINK_COUNTER.replayBusy_ps) +
    of(LINK_COUNTER.creditStall_ps);
  const tlpBytes = of(LINK_COUNTER.tlpBytes);
  const payloadBytes = [0, 1, 2, 3].reduce((sum, flow) => sum + of(LINK_COUNTER.payload + flow), 0);
  const framingBytes = of(LINK_COUNTER.framingBytes);
  const perByte_ps = tlpBytes === 0 ? 0 : of(LINK_COUNTER.tlpBusy_ps) / tlpBytes;
  const elapsed_ps = Math.max(1, hardware.now_ps);
  const spent = [
    payloadBytes * perByte_ps,
    (tlpBytes - payloadBytes - framingBytes) * perByte_ps,
    framingBytes * perByte_ps,
    of(LINK_COUNTER.dllpBusy_ps),
    of(LINK_COUNTER.skpBusy_ps),
    of(LINK_COUNTER.replayBusy_ps),
    of(LINK_COUNTER.creditStall_ps),
    elapsed_ps - busy_ps,
  ];
  const shares = spent.map((part_ps) => part_ps / elapsed_ps);
  return { shares, sum: shares.reduce((sum, share) => sum + share, 0) };
}
