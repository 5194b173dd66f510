import { doubleAt, int32At } from '../../sim/cells.ts';
import { NONE } from './tlpPool.ts';

interface Range {
  readonly base: number;
  readonly limit: number;
  readonly target: number;
}

/** Which of several targets claims an address. Rebuilt when registers change; looked up for every request. */
export class AddressMap {
  private _base = new Float64Array(0);
  private _limit = new Float64Array(0);
  private _target = new Int32Array(0);
  private _last = 0;
  private _remembers = false;

  /**
   * Takes new ranges (inclusive). Where several claim an address the first in the list answers.
   * @simplifies Overlapping claims, which are an error of software, are decided by order instead of by collision.
   */
  set(ranges: readonly Range[]): void {
    const open = ranges.filter((range) => range.base <= range.limit);
    this._base = Float64Array.from(open, (range) => range.base);
    this._limit = Float64Array.from(open, (range) => range.limit);
    this._target = Int32Array.from(open, (range) => range.target);
    this._last = 0;
    // With overlaps the memory of the last hit would decide; without them it never does.
    const isOverlapped = open.some((a, i) => open.some((b, j) => i < j && a.base <= b.limit && b.base <= a.limit));
    this._remembers = !isOverlapped;
  }

  /** The target of the range an address lies in, or NONE. */
  find(address: number): number {
    const base = this._base;
    const limit = this._limit;
    const last = this._last;
    if (last < base.length && this._remembers && address >= doubleAt(base, last) && address <= doubleAt(limit, last)) {
      return int32At(this._target, last);
    }
    for (let index = 0; index < base.length; index++) {
      if (address < doubleAt(base, index) || address > doubleAt(limit, index)) continue;
      this._last = index;
      return int32At(this._target, index);
    }
    return NONE;
  }
}
