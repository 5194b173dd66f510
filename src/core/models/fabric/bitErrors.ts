import { invariant } from '../../../base/invariant.ts';
import { Random } from '../../../base/random.ts';

const SERIES_TERMS = 14;

/**
 * Wrong units (bits, or flits) of one direction of a link. Instead of asking for every unit, the number of good ones
 * before the next wrong one is drawn: as long as that is not reached, a packet costs one comparison.
 * @spec geometric distribution with the probability of a wrong unit
 */
export class BitErrors {
  /** Of the last packet that was hit: units before its first wrong one. */
  firstWrong = 0;
  private readonly _random: Random;
  private _rate = 0;
  /** Good units before the next wrong one. */
  private _good = 0.5;

  /** @param seed any 32-bit integer. */
  constructor(seed: number) {
    this._random = new Random(seed);
    this._good = Infinity;
  }

  get rate(): number {
    return this._rate;
  }

  /** @param rate probability that a unit is wrong, 0…0.5. */
  set rate(rate: number) {
    invariant(rate >= 0 && rate <= 0.5, () => `not an error rate: ${rate}`);
    if (rate === this._rate) return;
    this._rate = rate;
    this._good = rate === 0 ? Infinity : this.#draw();
  }

  /** So many units pass. @returns true if one of them is wrong. */
  hits(units: number): boolean {
    if (this._good >= units) {
      this._good -= units;
      return false;
    }
    this.firstWrong = this._good;
    let at = this._good;
    do at += 1 + this.#draw();
    while (at < units);
    this._good = at - units;
    return true;
  }

  #draw(): number {
    // In (0, 1].
    const uniform = (this._random.nextUint32() + 1) / 2 ** 32;
    return Math.floor(logarithm(uniform) / logarithmOfGood(this._rate));
  }
}

/**
 * Natural logarithm of a number in (0, 1], from additions, multiplications and divisions only: unlike Math.log, these
 * give the same bits on every engine.
 */
export function logarithm(value: number): number {
  let mantissa = value;
  let halvings = 0;
  while (mantissa < 0.75) {
    mantissa *= 2;
    halvings++;
  }
  // ln m = 2 artanh((m − 1) / (m + 1)), and |z| is at most 0.2.
  const z = (mantissa - 1) / (mantissa + 1);
  let power = z;
  let sum = 0;
  for (let term = 0; term < SERIES_TERMS; term++) {
    sum += power / (2 * term + 1);
    power *= z * z;
  }
  return 2 * sum - halvings * Math.LN2;
}

/** ln(1 − rate), exact also where 1 − rate would lose its digits. */
function logarithmOfGood(rate: number): number {
  if (rate > 0.01) return logarithm(1 - rate);
  let power = rate;
  let sum = 0;
  for (let term = 1; term <= SERIES_TERMS; term++) {
    sum -= power / term;
    power *= rate;
  }
  return sum;
}

/** Probability that at least one of `bits` bits is wrong: 1 − (1 − rate)^bits. */
export function anyWrong(rate: number, bits: number): number {
  const expected = rate * bits;
  // The first terms of the binomial series where the power would lose its digits.
  if (expected < 1e-4) return expected * (1 - ((bits - 1) * rate * (1 - ((bits - 2) * rate) / 3)) / 2);
  let good = 1;
  let power = 1 - rate;
  for (let rest = bits; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) good *= power;
    power *= power;
  }
  return 1 - good;
}
