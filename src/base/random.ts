/** A seeded generator (SplitMix32): the same seed gives the same numbers on every machine. */
export class Random {
  private _state: number;

  /** @param seed any 32-bit integer. */
  constructor(seed: number) {
    this._state = seed | 0;
  }

  /** @returns an integer in 0…2^32−1. */
  nextUint32(): number {
    this._state = (this._state + 0x9e3779b9) | 0;
    let z = this._state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** @returns an integer in 0…`bound`−1. `bound` is 1…2^32. */
  below(bound: number): number {
    return Math.floor((this.nextUint32() / 2 ** 32) * bound);
  }
}
