import { doubleAt, int32At } from '../../sim/cells.ts';
import { NONE } from './tlpPool.ts';

interface Range {
  readonly base: number;
  readonly limit: number;
  readonly target: number;
}

/** Which of several targets claims an address. Rebuilt when registers change; looked up for every request. */
export class AddressMap {
  #base = new Float64Array(0);
  #limit = new Float64Array(0);
  #target = new Int32Array(0);
  #last = 0;
  #remembers = false;

  /**
   * Takes new ranges (inclusive). Where several claim an address the first in the list answers.
   * @simplifies Overlapping claims, which are an error of software, are decided by order instead of by collision.
   */
  set(ranges: readonly Range[]): void {
    const open = ranges.filter((range) => range.base <= range.limit);
    this.#base = Float64Array.from(open, (range) => range.base);
    this.#limit = Float64Array.from(open, (range) => range.limit);
    this.#target = Int32Array.from(open, (range) => range.target);
    this.#last = 0;
    // With overlaps the memory of the last hit would decide; without them it never does.
    const isOverlapped = open.some((a, i) => open.some((b, j) => i < j && a.base <= b.limit && b.base <= a.limit));
    this.#remembers = !isOverlapped;
  }

  /** The target of the range an address lies in, or NONE. */
  find(address: number): number {
    const base = this.#base;
    const limit = this.#limit;
    const last = this.#last;
    if (last < base.length && this.#remembers && address >= doubleAt(base, last) && address <= doubleAt(limit, last)) {
      return int32At(this.#target, last);
    }
    for (let index = 0; index < base.length; index++) {
      if (address < doubleAt(base, index) || address > doubleAt(limit, index)) continue;
      this.#last = index;
      return int32At(this.#target, index);
    }
    return NONE;
  }
}
