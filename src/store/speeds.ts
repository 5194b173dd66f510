/* The stops of the speed slider: 1, 2, 5 in every decade from 1 ns to 1 ms of simulated time a second, then no limit. */
import { PS_PER_NS } from '../base/units.ts';

const DECADES = 6;

/** Simulated picoseconds that pass in one second of real time; the last stop is Infinity. */
export const SPEEDS: readonly number[] = [
  ...Array.from({ length: DECADES }, (_, decade) => [1, 2, 5].map((step) => step * 10 ** decade * PS_PER_NS)).flat(),
  10 ** DECADES * PS_PER_NS,
  Infinity,
];

/** 500 µs per s: a 64 MiB transfer at 14 GB/s takes about nine seconds. */
export const DEFAULT_SPEED = SPEEDS.indexOf(500_000 * PS_PER_NS);

/** The speed at a stop. @param index 0…SPEEDS.length − 1; values outside are brought inside. */
export function speedAt(index: number): number {
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, Math.round(index)))] ?? Infinity;
}
