/*
 * The errors of a run, oldest first: what detectors report, what was injected.
 */
import { MACHINE_COUNTER } from '../../pcie/counters.ts';
import type { ErrorRecord } from '../../pcie/faults.ts';
import { addTo } from '../../sim/cells.ts';

/** Records kept; when there are more, the oldest half is forgotten. */
const KEPT_RECORDS = 2048;

export class ErrorLog {
  readonly #machineCounters: Float64Array;
  #kept: ErrorRecord[] = [];
  #total = 0;

  constructor(machineCounters: Float64Array) {
    this.#machineCounters = machineCounters;
  }

  /** Records kept: the newest ones, in order. */
  get kept(): readonly ErrorRecord[] {
    return this.#kept;
  }

  /** Records so far, forgotten ones included. */
  get total(): number {
    return this.#total;
  }

  add(record: Omit<ErrorRecord, 'serial'>): void {
    if (this.#kept.length >= KEPT_RECORDS) this.#kept = this.#kept.slice(KEPT_RECORDS / 2);
    this.#kept.push({ serial: this.#total, ...record });
    this.#total++;
    if (record.severity === 'note') return;
    const isCorrectable = record.severity === 'correctable';
    addTo(
      this.#machineCounters,
      isCorrectable ? MACHINE_COUNTER.correctableErrors : MACHINE_COUNTER.uncorrectableErrors,
      1,
    );
  }
}
