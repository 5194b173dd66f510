/*
 * The errors of a run, oldest first: what detectors report, what was injected.
 */
import { MACHINE_COUNTER } from '../../pcie/counters.ts';
import { condensedRecords } from '../../pcie/errorRecords.ts';
import type { ErrorRecord, ErrorSeverity } from '../../pcie/faults.ts';
import { addTo } from '../../sim/cells.ts';

/** Records kept; when there are more, about half of them are forgotten (`condensedRecords`). */
const KEPT_RECORDS = 2048;

export class ErrorLog {
  readonly #machineCounters: Float64Array;
  #kept: ErrorRecord[] = [];
  #total = 0;
  readonly #bySeverity: Record<ErrorSeverity, number> = { correctable: 0, nonFatal: 0, fatal: 0 };

  constructor(machineCounters: Float64Array) {
    this.#machineCounters = machineCounters;
  }

  /** Records kept, in order: notes, the first of each trouble, and the newest ones. */
  get kept(): readonly ErrorRecord[] {
    return this.#kept;
  }

  /** Records so far, forgotten ones included. */
  get total(): number {
    return this.#total;
  }

  get bySeverity(): Readonly<Record<ErrorSeverity, number>> {
    return this.#bySeverity;
  }

  add(record: Omit<ErrorRecord, 'serial'>): void {
    if (this.#kept.length >= KEPT_RECORDS) this.#kept = [...condensedRecords(this.#kept, KEPT_RECORDS)];
    this.#kept.push({ serial: this.#total, ...record });
    this.#total++;
    if (record.severity === 'note') return;
    this.#bySeverity[record.severity]++;
    const isCorrectable = record.severity === 'correctable';
    addTo(
      this.#machineCounters,
      isCorrectable ? MACHINE_COUNTER.correctableErrors : MACHINE_COUNTER.uncorrectableErrors,
      1,
    );
  }
}
