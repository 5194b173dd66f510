/*
 * Completion Timeout Value of Device Control 2 as a time.
 */
import { PS_PER_MS, PS_PER_SECOND, PS_PER_US } from '../../base/units.ts';

/** One value of the field: the range it allows, and what this model takes from it. */
export interface CompletionTimeoutRange {
  readonly value: number;
  readonly least_ps: number;
  readonly most_ps: number;
  readonly chosen_ps: number;
}

/** Values that are not in the table are reserved and act like 0. */
export const COMPLETION_TIMEOUT_RANGES: readonly CompletionTimeoutRange[] = [
  range(0, 50 * PS_PER_US, 50 * PS_PER_MS, 10 * PS_PER_MS),
  range(1, 50 * PS_PER_US, 100 * PS_PER_US),
  range(2, 1 * PS_PER_MS, 10 * PS_PER_MS),
  range(5, 16 * PS_PER_MS, 55 * PS_PER_MS),
  range(6, 65 * PS_PER_MS, 210 * PS_PER_MS),
  range(9, 260 * PS_PER_MS, 900 * PS_PER_MS),
  range(10, 1 * PS_PER_SECOND, 3.5 * PS_PER_SECOND),
  range(13, 4 * PS_PER_SECOND, 13 * PS_PER_SECOND),
  range(14, 17 * PS_PER_SECOND, 64 * PS_PER_SECOND),
];

/**
 * How long a requester waits for a completion.
 * @param value Completion Timeout Value, 0…15. @returns Infinity if the timeout is disabled.
 * @spec PCIe Base 5.0 §7.5.3.16 (semantics reference E-1)
 * @simplifies Hardware may take any time of the range: the default range gives 10 ms, all others their upper end.
 */
export function completionTimeout_ps(value: number, isDisabled: boolean): number {
  if (isDisabled) return Infinity;
  const row = COMPLETION_TIMEOUT_RANGES.find((candidate) => candidate.value === value) ?? COMPLETION_TIMEOUT_RANGES[0];
  return row?.chosen_ps ?? Infinity;
}

function range(value: number, least_ps: number, most_ps: number, chosen_ps = most_ps): CompletionTimeoutRange {
  return { value, least_ps, most_ps, chosen_ps };
}
