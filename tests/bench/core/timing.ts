/** What one round of a workload did: how much, in how many milliseconds. */
export interface Round {
  readonly amount: number;
  readonly ms: number;
}

/** Times a workload once. */
export function timed(work: () => number): Round {
  const start = performance.now();
  const amount = work();
  return { amount, ms: performance.now() - start };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Amount a second of several workloads, run in turn so that all see the same noise; the first round warms up and is
 * not counted.
 * @returns medians, in the order of `workloads`.
 */
export function compareRates(workloads: readonly (() => number)[], rounds: number): readonly number[] {
  const rates = workloads.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, work] of workloads.entries()) {
      const { amount, ms } = timed(work);
      if (round > 0) rates[index]?.push((amount / ms) * 1000);
    }
  }
  return rates.map(median);
}
