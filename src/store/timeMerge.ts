/*
 * When a machine that has gone back runs on, it sends its records again. Those that the log knows are passed over; one
 * that was lost the first time (the machine ran faster than the page takes) belongs between others that are known:
 *
 *     log   … 7  8 │ 12  13  15 …        known before, 9 to 11 and 14 were lost
 *     fresh         9  10  11  14
 *     then  … 7  8  9  10  11  12  13  14  15 …
 *
 * What is later than the fresh records is taken off the log and put back behind them, as far as this costs less than a
 * millisecond; what is later still is forgotten: it comes again with the machine.
 */
import { invariant } from '../base/invariant.ts';
import { HOP, HOP_WORDS } from '../core/pcie/counters.ts';
import type { PacketLog } from './inspectLog.ts';

/** Later records that are put back. */
export const LATER_KEPT = 2 ** 14;
/** As many as one look at the engine's ring can bring. */
const FRESH_MOST = 2 ** 14;

export class LateRecords {
  /** Made when they are needed first: in most runs nothing is lost. */
  #fresh = new Float64Array(0);
  #later = new Float64Array(0);
  /** New numbers of what was put back, in the old order. */
  #numbers = new Float64Array(0);
  #count = 0;
  #place = 0;
  #back = 0;

  /** Records that wait to be put into the log. */
  get count(): number {
    return this.#count;
  }

  /** Takes a record that the log does not know, and that is not its newest. */
  take(words: Float64Array, offset: number): void {
    if (this.#fresh.length === 0) this.#fresh = new Float64Array(FRESH_MOST * HOP_WORDS);
    invariant(this.#count < FRESH_MOST, () => 'more records than the ring of the engine holds');
    const place = this.#count * HOP_WORDS;
    for (let word = 0; word < HOP_WORDS; word += 1) this.#fresh[place + word] = words[offset + word] ?? 0;
    this.#count += 1;
  }

  /** Puts what was taken where it belongs. Records get other numbers: {@link renumbered} says which. */
  mergeInto(log: PacketLog): void {
    let least_ps = Infinity;
    for (let fresh = 0; fresh < this.#count; fresh += 1) least_ps = Math.min(least_ps, this.#freshTime(fresh));
    this.#takeOff(log, log.firstAfter(least_ps));
    let next = 0;
    for (let later = 0; later < this.#back; later += 1) {
      const place = later * HOP_WORDS;
      const later_ps = this.#later[place + HOP.start_ps] ?? 0;
      for (; next < this.#count && this.#freshTime(next) < later_ps; next += 1) addOnce(log, this.#fresh, next);
      this.#numbers[later] = log.end;
      addOnce(log, this.#later, later);
    }
    for (; next < this.#count; next += 1) addOnce(log, this.#fresh, next);
    this.#count = 0;
  }

  /** The number now of a record from before the last merge; −1 = it was forgotten. */
  renumbered(record: number): number {
    if (record < this.#place) return record;
    return record - this.#place < this.#back ? (this.#numbers[record - this.#place] ?? -1) : -1;
  }

  #freshTime(index: number): number {
    return this.#fresh[index * HOP_WORDS + HOP.start_ps] ?? 0;
  }

  #takeOff(log: PacketLog, place: number): void {
    if (this.#later.length === 0) {
      this.#later = new Float64Array(LATER_KEPT * HOP_WORDS);
      this.#numbers = new Float64Array(LATER_KEPT);
    }
    this.#place = place;
    this.#back = Math.min(LATER_KEPT, log.end - place);
    for (let index = 0; index < this.#back; index += 1) log.copyTo(place + index, this.#later, index * HOP_WORDS);
    log.truncate(place);
  }
}

/** The same record may have come twice since the last merge. */
function addOnce(log: PacketLog, words: Float64Array, index: number): void {
  const offset = index * HOP_WORDS;
  if (log.find(words, offset) < 0) log.add(words, offset);
}
