import { doubleAt } from '../../sim/cells.ts';

/**
 * The last decision of a router about requests from one port: all addresses from `base` to `limit` go to `target`.
 * Forgotten whenever registers change.
 */
export class RouteMemory {
  base = 0.5;
  limit = 0.5;
  target = 0;

  constructor() {
    this.forget();
  }

  forget(): void {
    this.base = 1;
    this.limit = 0;
  }
}

/** Cuts the address space where any of several ranges begins or ends: between two cuts every address is treated alike. */
export class AddressCuts {
  private _cuts = new Float64Array(0);

  /** @param ranges inclusive; empty ones do no harm. */
  set(ranges: readonly { readonly base: number; readonly limit: number }[]): void {
    const cuts = ranges.flatMap((range) => (range.base <= range.limit ? [range.base, range.limit + 1] : []));
    this._cuts = Float64Array.from([0, ...cuts, Infinity]).sort();
  }

  /** Remembers a decision about an address for everything between the cuts around it. */
  remember(memory: RouteMemory, address: number, target: number): void {
    const cuts = this._cuts;
    let index = cuts.length - 1;
    while (index > 0 && doubleAt(cuts, index) > address) index--;
    memory.base = doubleAt(cuts, index);
    memory.limit = doubleAt(cuts, index + 1) - 1;
    memory.target = target;
  }
}
