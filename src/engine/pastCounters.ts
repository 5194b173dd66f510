/*
 * Counters of a machine a moment before the instant it was taken to: without them no rate could be told there, since
 * nobody has watched it come.
 */
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { MachineView } from './clientInterface.ts';

export type RateCounter = 'linkCounters' | 'functionCounters' | 'memoryCounters' | 'machineCounters';
type Counters = Pick<MachineView, RateCounter>;

/** Counters at one instant. */
export interface PastCounters {
  readonly at_ps: number;
  readonly values: Readonly<Record<RateCounter, Float64Array>>;
}

/** By the machine's own counters, whoever shows them. */
const kept = new WeakMap<Float64Array, PastCounters>();

/** Remembers the counters as they are now. */
export function keepPast(view: Counters): void {
  const { linkCounters, functionCounters, memoryCounters, machineCounters } = view;
  kept.set(machineCounters, {
    at_ps: machineCounters[MACHINE_COUNTER.now_ps] ?? 0,
    values: {
      linkCounters: linkCounters.slice(),
      functionCounters: functionCounters.slice(),
      memoryCounters: memoryCounters.slice(),
      machineCounters: machineCounters.slice(),
    },
  });
}

/** What was remembered last; undefined if nothing was. */
export function pastOf(view: Pick<MachineView, 'machineCounters'>): PastCounters | undefined {
  return kept.get(view.machineCounters);
}
