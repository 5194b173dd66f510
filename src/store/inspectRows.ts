/*
 * The rows of the packet list: numbers of records that pass a filter, found a slice at a time so that no look at a full
 * log holds up the page. Rows are numbered like records: the oldest go as the log forgets them.
 */
import { LOG_RECORDS, type PacketLog } from './inspectLog.ts';

/** What a row stands for: a TLP at its first crossing that passes, every crossing, or a request with its answers. */
export type RowLevel = 'packets' | 'hops' | 'transactions';

export type RecordTest = (record: number) => boolean;

const ROW_MASK = LOG_RECORDS - 1;

export class PacketRows {
  readonly log: PacketLog;
  readonly level: RowLevel;
  readonly #passes: RecordTest;
  /** LOG_RECORDS record numbers at most; row r in cell r mod LOG_RECORDS. Grows by doubling. */
  #records = new Uint32Array(2 ** 12);
  #first = 0;
  #end = 0;
  #scanned: number;
  #epoch: number;

  constructor(log: PacketLog, level: RowLevel, passes: RecordTest) {
    this.log = log;
    this.level = level;
    this.#passes = passes;
    this.#scanned = log.first;
    this.#epoch = log.epoch;
  }

  /** Number of the oldest row. */
  get first(): number {
    return this.#first;
  }

  /** One past the number of the newest row. */
  get end(): number {
    return this.#end;
  }

  /** Records not looked at yet. */
  get waiting(): number {
    return this.log.end - Math.max(this.#scanned, this.log.first);
  }

  /** The record a row stands for; −1 outside the list. */
  record(row: number): number {
    return row < this.#first || row >= this.#end ? -1 : (this.#records[row & (this.#records.length - 1)] ?? -1);
  }

  /** The row of a record, or −1: rows are in the order of their records. */
  rowOf(record: number): number {
    const row = this.rowFrom(record);
    return this.record(row) === record ? row : -1;
  }

  /** The first row of a record or of a newer one; {@link end} if there is none. */
  rowFrom(record: number): number {
    let low = this.#first;
    let high = this.#end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.record(middle) < record) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Looks at so many records more. @returns whether rows came or went. */
  advance(records: number): boolean {
    const { log } = this;
    const before = this.#first + this.#end;
    if (this.#epoch !== log.epoch) this.#restart();
    this.#scanned = Math.max(this.#scanned, log.first);
    const until = Math.min(log.end, this.#scanned + records);
    for (let record = this.#scanned; record < until; record += 1) this.#consider(record);
    this.#scanned = until;
    while (this.#first < this.#end && this.record(this.#first) < log.first) this.#first += 1;
    return this.#first + this.#end !== before;
  }

  /** Looks at everything again: what became of requests may have changed what passes. */
  rescan(): void {
    this.#restart();
  }

  #restart(): void {
    this.#epoch = this.log.epoch;
    this.#scanned = this.log.first;
    this.#first = this.#end;
  }

  #consider(record: number): void {
    const { log } = this;
    if (this.level === 'transactions') {
      this.#considerTransaction(record);
      return;
    }
    if (!this.#passes(record)) return;
    if (this.level === 'packets') {
      if (log.isCpuAccess(record)) return;
      // Only the first crossing that passes stands for the TLP.
      for (let hop = log.hopBefore(record); hop >= 0; hop = log.hopBefore(hop)) if (this.#passes(hop)) return;
    }
    this.#push(record);
  }

  /** A request stands for itself and the answers that are there when it is looked at. */
  #considerTransaction(record: number): void {
    const { log } = this;
    if (log.isCpuAccess(record) || log.isCompletion(record) || log.hopBefore(record) >= 0) return;
    let passes = this.#passes(record);
    if (!passes && !log.isPosted(record)) {
      log.eachAnswer(record, (answer) => {
        passes = this.#passes(answer);
        return !passes;
      });
    }
    if (passes) this.#push(record);
  }

  #push(record: number): void {
    if (this.#end - this.#first >= this.#records.length) this.#grow();
    this.#records[this.#end & (this.#records.length - 1)] = record;
    this.#end += 1;
  }

  #grow(): void {
    if (this.#records.length > ROW_MASK) {
      this.#first += 1;
      return;
    }
    const larger = new Uint32Array(this.#records.length * 2);
    for (let row = this.#first; row < this.#end; row += 1) {
      larger[row & (larger.length - 1)] = this.#records[row & (this.#records.length - 1)] ?? 0;
    }
    this.#records = larger;
  }
}
