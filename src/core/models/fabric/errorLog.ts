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
  private readonly _machineCounters: Float64Array;
  private _kept: ErrorRecord[] = [];
  private _total = 0;
  private readonly _bySeverity: Record<ErrorSeverity, number> = { correctable: 0, nonFatal: 0, fatal: 0 };

  constructor(machineCounters: Float64Array) {
    this._machineCounters = machineCounters;
  }

  /** Records kept, in order: notes, the first of each trouble, and the newest ones. */
  get kept(): readonly ErrorRecord[] {
    return this._kept;
  }

  /** Records so far, forgotten ones included. */
  get total(): number {
    return this._total;
  }

  get bySeverity(): Readonly<Record<ErrorSeverity, number>> {
    return this._bySeverity;
  }

  add(record: Omit<ErrorRecord, 'serial'>): void {
    if (this._kept.length >= KEPT_RECORDS) this._kept = [...condensedRecords(this._kept, KEPT_RECORDS)];
    this._kept.push({ serial: this._total, ...record });
    this._total++;
    if (record.severity === 'note') return;
    this._bySeverity[record.severity]++;
    const isCorrectable = record.severity === 'correctable';
    addTo(
      this._machineCounters,
      isCorrectable ? MACHINE_COUNTER.correctableErrors : MACHINE_COUNTER.uncorrectableErrors,
      1,
    );
  }
}
