/*
 * Timing by the processor time of this process, not by the clock on the wall: other programs on the machine then slow
 * a round down through caches only, and what is compared stays comparable.
 */

/** What one round of a workload did: how much, in how many milliseconds of processor time. */
export interface Round {
  readonly amount: number;
  readonly ms: number;
}

/** Times a workload once. */
export function timed(work: () => number): Round {
  const start = process.cpuUsage();
  const amount = work();
  const { user, system } = process.cpuUsage(start);
  return { amount, ms: (user + system) / 1000 };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Something to time: prepared anew for each round, outside the time that counts; the prepared work says its amount. */
export type Workload = () => () => number;

/** A workload that needs no preparation. */
export function unprepared(work: () => number): Workload {
  return () => work;
}

/**
 * Amount a second of several workloads, run in turn so that all see the same noise; the first two rounds warm up and are
 * not counted.
 * @returns medians, in the order of `workloads`.
 */
export function compareRates(workloads: readonly Workload[], rounds: number): readonly number[] {
  const rates = workloads.map((): number[] => []);
  for (let round = -2; round < rounds; round++) {
    for (const [index, prepare] of workloads.entries()) {
      const { amount, ms } = timed(prepare());
      if (round >= 0) rates[index]?.push((amount / ms) * 1000);
    }
  }
  return rates.map(median);
}
