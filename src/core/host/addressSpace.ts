/*
 * A window and what lies in it: lowest address that fits, natural alignment (enumeration reference X-3).
 */
import { alignUp } from '../../base/bits.ts';

export interface AddressRange {
  readonly base: number;
  /** Inclusive. */
  readonly limit: number;
}

export interface SpaceFlags {
  readonly space: 'memory' | 'io';
  readonly prefetchable: boolean;
  readonly is64: boolean;
}

export class AddressSpace {
  readonly range: AddressRange;
  readonly flags: SpaceFlags;
  /** Ascending and disjoint. */
  private readonly _taken: AddressRange[] = [];

  constructor(range: AddressRange, flags: SpaceFlags) {
    this.range = range;
    this.flags = flags;
  }

  /** @returns the lowest free multiple of `alignment` within [from, to] with room for `sizeBytes`, or undefined. */
  find(sizeBytes: number, alignment: number, from: number, to: number): number | undefined {
    const limit = Math.min(to, this.range.limit);
    let start = alignUp(Math.max(from, this.range.base), alignment);
    for (const taken of this._taken) {
      if (start + sizeBytes - 1 < taken.base) break;
      if (taken.limit >= start) start = alignUp(taken.limit + 1, alignment);
    }
    return start + sizeBytes - 1 <= limit ? start : undefined;
  }

  /** True if the whole range lies inside this window. */
  contains(range: AddressRange): boolean {
    return range.base >= this.range.base && range.limit <= this.range.limit;
  }

  /** The taken range that overlaps `range`, if any. */
  conflict(range: AddressRange): AddressRange | undefined {
    return this._taken.find((taken) => range.base <= taken.limit && range.limit >= taken.base);
  }

  take(range: AddressRange): void {
    const index = this._taken.findIndex((taken) => taken.base > range.base);
    this._taken.splice(index < 0 ? this._taken.length : index, 0, range);
  }

  release(range: AddressRange): void {
    const index = this._taken.findIndex((taken) => taken.base === range.base && taken.limit === range.limit);
    if (index >= 0) this._taken.splice(index, 1);
  }

  /** Last address taken, or undefined if empty. */
  get lastTaken(): number | undefined {
    return this._taken.at(-1)?.limit;
  }
}
