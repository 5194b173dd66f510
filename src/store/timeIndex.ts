/*
 * Finds an instant in a log whose records are nearly, but not quite, in the order of their times: a link that is busy is
 * given its next TLP before the TLP can start. For every block of records the least time from there to the end is kept;
 * that never decreases from block to block, so it can be searched.
 */
const BLOCK_RECORDS = 256;

/** Blocks an index has room for. Twice those that are full: the oldest and the newest may both be begun. */
function blocksOf(records: number): number {
  return Math.max(2, (2 * records) / BLOCK_RECORDS);
}

/** Bytes an index of so many records takes. */
export function timeIndexBytes(records: number): number {
  return blocksOf(records) * Float64Array.BYTES_PER_ELEMENT;
}

export class TimeIndex {
  readonly #start_ps: Float64Array;
  readonly #least_ps: Float64Array;

  /** @param start_ps times by cell; their number is a power of two. Record n is in cell n mod that number. */
  constructor(start_ps: Float64Array) {
    this.#start_ps = start_ps;
    this.#least_ps = new Float64Array(blocksOf(start_ps.length));
  }

  /** Takes in the newest record. @param first the oldest record that is kept. */
  note(record: number, first: number): void {
    const start_ps = this.#time(record);
    let block = Math.floor(record / BLOCK_RECORDS);
    const own = this.#cell(block);
    this.#least_ps[own] = record % BLOCK_RECORDS === 0 ? start_ps : Math.min(this.#least_ps[own] ?? 0, start_ps);
    const oldest = Math.floor(first / BLOCK_RECORDS);
    for (block -= 1; block >= oldest && (this.#least_ps[this.#cell(block)] ?? 0) > start_ps; block -= 1) {
      this.#least_ps[this.#cell(block)] = start_ps;
    }
  }

  /** Starts again for the records from `first` up to `end`: the newest were taken back. */
  rebuild(first: number, end: number): void {
    let least_ps = Infinity;
    for (let record = end - 1; record >= first; record -= 1) {
      least_ps = Math.min(least_ps, this.#time(record));
      if (record % BLOCK_RECORDS === 0 || record === first) {
        this.#least_ps[this.#cell(Math.floor(record / BLOCK_RECORDS))] = least_ps;
      }
    }
  }

  /** The first record of those at the end that all start after an instant; `end` if there is none. */
  firstAfter(at_ps: number, first: number, end: number): number {
    let low = Math.floor(first / BLOCK_RECORDS);
    let high = Math.ceil(end / BLOCK_RECORDS);
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#least_ps[this.#cell(middle)] ?? 0) > at_ps) high = middle;
      else low = middle + 1;
    }
    let record = Math.min(end, low * BLOCK_RECORDS);
    while (record > first && this.#time(record - 1) > at_ps) record -= 1;
    return Math.max(first, record);
  }

  #cell(block: number): number {
    return block & (this.#least_ps.length - 1);
  }

  #time(record: number): number {
    return this.#start_ps[record & (this.#start_ps.length - 1)] ?? 0;
  }
}
