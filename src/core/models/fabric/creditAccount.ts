/*
 * Flow control of one direction of a link, as amounts: what the receiver advertised, what the sender has left, and what
 * the receiver has freed but not yet told. Header and data credits for each of three classes.
 *
 *   sender: left ──take──▶ (TLP in the receiver's buffer) ──release──▶ freed ──UpdateFC──▶ left
 */

/** A receiver's buffers; a data credit is 16 bytes. Infinity = never runs out and is never updated. */
export interface CreditLimits {
  readonly postedHeader: number;
  readonly postedData: number;
  readonly nonPostedHeader: number;
  readonly nonPostedData: number;
  readonly completionHeader: number;
  readonly completionData: number;
}

export const INFINITE_CREDITS: CreditLimits = {
  postedHeader: Infinity,
  postedData: Infinity,
  nonPostedHeader: Infinity,
  nonPostedData: Infinity,
  completionHeader: Infinity,
  completionData: Infinity,
};

/** An amount no machine uses up; marks an infinite class. In figures below, see TlpPool. */
const ENDLESS = 0x3fff_ffff;
/** Words of a class: left, freed and under way, each header then data; then what was advertised. */
const CLASS_WORDS = 8;

function finite(value: number): number {
  return value === Infinity ? ENDLESS : value;
}

export class CreditAccount {
  /** [class · 8 +] 0, 1 left   2, 3 freed   4, 5 under way   6, 7 advertised; even = header, odd = data. */
  private readonly _words = new Int32Array(3 * CLASS_WORDS);

  constructor(limits: CreditLimits) {
    const advertised = [
      [limits.postedHeader, limits.postedData],
      [limits.nonPostedHeader, limits.nonPostedData],
      [limits.completionHeader, limits.completionData],
    ] as const;
    for (const [tlpClass, [header, data]] of advertised.entries()) {
      const base = tlpClass << 3;
      this._words.set([finite(header), finite(data), 0, 0, 0, 0, finite(header), finite(data)], base);
    }
  }

  /** True if the sender has credits for a TLP of this class with so much data. */
  affords(tlpClass: number, data: number): boolean {
    const base = tlpClass << 3;
    return (this._words[base] as number) > 0 && (this._words[base | 1] as number) >= data;
  }

  /** True if the receiver's buffers are large enough for so much data at all. */
  holds(tlpClass: number, data: number): boolean {
    return (this._words[(tlpClass << 3) | 7] as number) >= data;
  }

  /** The sender sends: one header credit and `data` data credits are used. */
  take(tlpClass: number, data: number): void {
    const words = this._words;
    const base = tlpClass << 3;
    if ((words[base | 6] as number) < 0x3fff_ffff) words[base] = (words[base] as number) - 1;
    if ((words[base | 7] as number) < 0x3fff_ffff) words[base | 1] = (words[base | 1] as number) - data;
  }

  /** True if the class is endless: its buffers are never told about. */
  isEndless(tlpClass: number): boolean {
    const base = tlpClass << 3;
    return (this._words[base | 6] as number) === 0x3fff_ffff && (this._words[base | 7] as number) === 0x3fff_ffff;
  }

  /** The receiver has emptied a buffer. */
  release(tlpClass: number, data: number): void {
    const words = this._words;
    const base = tlpClass << 3;
    if ((words[base | 6] as number) < 0x3fff_ffff) words[base | 2] = (words[base | 2] as number) + 1;
    if ((words[base | 7] as number) < 0x3fff_ffff) words[base | 3] = (words[base | 3] as number) + data;
  }

  /** The TLP never came: the sender has its credits back. */
  restore(tlpClass: number, data: number): void {
    const words = this._words;
    const base = tlpClass << 3;
    if ((words[base | 6] as number) < 0x3fff_ffff) words[base] = (words[base] as number) + 1;
    if ((words[base | 7] as number) < 0x3fff_ffff) words[base | 1] = (words[base | 1] as number) + data;
  }

  freedHeader(tlpClass: number): number {
    return this._words[(tlpClass << 3) | 2] as number;
  }

  freedData(tlpClass: number): number {
    return this._words[(tlpClass << 3) | 3] as number;
  }

  /** What was freed goes into an UpdateFC; the caller has read the amounts. */
  depart(tlpClass: number): void {
    const words = this._words;
    const base = tlpClass << 3;
    words[base | 4] = (words[base | 4] as number) + (words[base | 2] as number);
    words[base | 5] = (words[base | 5] as number) + (words[base | 3] as number);
    words[base | 2] = 0;
    words[base | 3] = 0;
  }

  /** An UpdateFC reaches the sender. */
  arrive(tlpClass: number, header: number, data: number): void {
    const words = this._words;
    const base = tlpClass << 3;
    words[base] = (words[base] as number) + header;
    words[base | 1] = (words[base | 1] as number) + data;
    words[base | 4] = (words[base | 4] as number) - header;
    words[base | 5] = (words[base | 5] as number) - data;
  }

  /** TLPs with so much data each that the receiver has room for: by their headers, and by their data. */
  capacity(tlpClass: number, dataEach: number): { readonly headers: number; readonly data: number } {
    const base = tlpClass << 3;
    const data = this._words[base | 7] as number;
    return { headers: this._words[base | 6] as number, data: dataEach === 0 ? Infinity : data / dataEach };
  }

  /** What the receiver advertised. @param part 0 = headers, 1 = data. */
  advertised(tlpClass: number, part: 0 | 1): number {
    const limit = this._words[(tlpClass << 3) | 6 | part] as number;
    return limit === ENDLESS ? Infinity : limit;
  }

  /** What the sender has used and not been told back. @param part 0 = headers, 1 = data. */
  used(tlpClass: number, part: 0 | 1): number {
    const base = tlpClass << 3;
    return (this._words[base | 6 | part] as number) - (this._words[base | part] as number);
  }

  /** Credits that are neither with the sender nor on their way back: what TLPs in buffers hold. */
  missing(): { readonly header: number; readonly data: number } {
    const missing = [0, 0];
    for (const [index, value] of this._words.entries()) {
      const part = index % 2;
      const sign = index % CLASS_WORDS >= 6 ? 1 : -1;
      missing[part] = (missing[part] ?? 0) + sign * value;
    }
    return { header: missing[0] ?? 0, data: missing[1] ?? 0 };
  }
}
