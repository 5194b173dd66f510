/*
 * I/O virtual addresses of one domain, given out from the top down, below 4 GiB as long as there is room: requests
 * with such addresses have short headers, and devices with 32-bit addressing can use them.
 */
import { alignDown } from '../../../base/bits.ts';
import { IOVA_BITS, TABLE_BYTES } from '../../config/iommuTables.ts';

/** Inclusive. */
export interface AddressRange {
  readonly base: number;
  readonly limit: number;
}

const FOUR_GIB = 2 ** 32;
/** Writes there are interrupts, whatever is mapped. */
const INTERRUPTS: AddressRange = { base: 0xfee0_0000, limit: 0xfeef_ffff };

/**
 * @spec semantics reference D-20
 * @simplifies The windows of all host bridges are reserved, not only those of the device's own.
 */
export class IovaSpace {
  /** Ranges nobody gets, and those given out; ascending. */
  private readonly _taken: AddressRange[];

  /** @param windows memory windows of the host bridges. */
  constructor(windows: readonly AddressRange[]) {
    const first = { base: 0, limit: TABLE_BYTES - 1 };
    this._taken = [first, INTERRUPTS, ...windows].sort((a, b) => a.base - b.base);
  }

  /**
   * The highest free range below 4 GiB, or below the end of the address space.
   * @param alignBytes power of two. @param skew what the address shall be modulo `alignBytes`.
   * @returns its first address, or undefined if no range is long enough.
   */
  take(lengthBytes: number, alignBytes: number, skew: number): number | undefined {
    const found =
      this.#below(FOUR_GIB, lengthBytes, alignBytes, skew) ??
      this.#below(2 ** IOVA_BITS, lengthBytes, alignBytes, skew);
    if (found === undefined) return undefined;
    const range = { base: found, limit: found + lengthBytes - 1 };
    const at = this._taken.findIndex(({ base }) => base > found);
    this._taken.splice(at < 0 ? this._taken.length : at, 0, range);
    return found;
  }

  /** Gives a range back. */
  release(base: number): void {
    const at = this._taken.findIndex((range) => range.base === base);
    if (at >= 0) this._taken.splice(at, 1);
  }

  #below(end: number, lengthBytes: number, alignBytes: number, skew: number): number | undefined {
    let top = end;
    for (let index = this._taken.length - 1; index >= -1; index--) {
      const range = this._taken[index];
      const candidate = alignDown(top - lengthBytes - skew, alignBytes) + skew;
      if (candidate >= 0 && candidate > (range?.limit ?? -1)) return candidate;
      if (range !== undefined && range.base < top) top = range.base;
    }
    return undefined;
  }
}
