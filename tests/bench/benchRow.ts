/** One line of the performance table: ours beside a baseline timed in the same run. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  /** e.g. `million packet-hops/s`; more is better unless `lowerIsBetter`. */
  readonly unit: string;
  readonly baselineName: string;
  /** Undefined where the baseline cannot run here; `note` says why. */
  readonly baselineValue: number | undefined;
  readonly lowerIsBetter?: boolean;
  /** What docs/performance.md promises; the run fails when it is missed. */
  readonly promise?: { readonly what: 'atLeast' | 'atMost'; readonly value: number };
  readonly note?: string;
}
