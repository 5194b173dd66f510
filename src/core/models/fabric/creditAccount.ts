/*
 * Flow control of one direction of a link: what the receiver advertised, what the sender has left, and what the
 * receiver has freed but not yet told. Header and data credits for each of three classes.
 *
 *   sender: left ──take──▶ (TLP in the receiver's buffer) ──release──▶ freed ──UpdateFC──▶ left
 */
import { int32At } from '../../sim/cells.ts';

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

/** What the receiver is doing about freed credits of a class. */
export const UPDATE_STATE = { idle: 0, timing: 1, queued: 2 } as const;

/** An amount no machine uses up; marks an infinite class. */
const ENDLESS = 0x3fff_ffff;

function finite(value: number): number {
  return value === Infinity ? ENDLESS : value;
}

export class CreditAccount {
  /** Indexed by class, as all arrays here. */
  readonly advertisedHeader: Int32Array;
  readonly advertisedData: Int32Array;
  readonly freedHeader = new Int32Array(3);
  readonly freedData = new Int32Array(3);
  /** UPDATE_STATE */
  readonly updateState = new Int32Array(3);
  readonly #header: Int32Array;
  readonly #data: Int32Array;
  /** On their way in an UpdateFC. */
  readonly #flyingHeader = new Int32Array(3);
  readonly #flyingData = new Int32Array(3);

  constructor(limits: CreditLimits) {
    this.advertisedHeader = Int32Array.of(
      finite(limits.postedHeader),
      finite(limits.nonPostedHeader),
      finite(limits.completionHeader),
    );
    this.advertisedData = Int32Array.of(
      finite(limits.postedData),
      finite(limits.nonPostedData),
      finite(limits.completionData),
    );
    this.#header = this.advertisedHeader.slice();
    this.#data = this.advertisedData.slice();
  }

  /** True if the sender has credits for a TLP of this class with so much data. */
  affords(tlpClass: number, data: number): boolean {
    return int32At(this.#header, tlpClass) > 0 && int32At(this.#data, tlpClass) >= data;
  }

  /** The sender sends: one header credit and `data` data credits are used. */
  take(tlpClass: number, data: number): void {
    if (int32At(this.advertisedHeader, tlpClass) !== ENDLESS)
      this.#header[tlpClass] = int32At(this.#header, tlpClass) - 1;
    if (int32At(this.advertisedData, tlpClass) !== ENDLESS) this.#data[tlpClass] = int32At(this.#data, tlpClass) - data;
  }

  /** The receiver has emptied a buffer. @returns true if there is now something to tell the sender. */
  release(tlpClass: number, data: number): boolean {
    const header = int32At(this.advertisedHeader, tlpClass) === ENDLESS ? 0 : 1;
    const words = int32At(this.advertisedData, tlpClass) === ENDLESS ? 0 : data;
    this.freedHeader[tlpClass] = int32At(this.freedHeader, tlpClass) + header;
    this.freedData[tlpClass] = int32At(this.freedData, tlpClass) + words;
    return header + words > 0;
  }

  /** Freed credits go into an UpdateFC. The caller has read `freedHeader` and `freedData`. */
  depart(tlpClass: number): void {
    this.#flyingHeader[tlpClass] = int32At(this.#flyingHeader, tlpClass) + int32At(this.freedHeader, tlpClass);
    this.#flyingData[tlpClass] = int32At(this.#flyingData, tlpClass) + int32At(this.freedData, tlpClass);
    this.freedHeader[tlpClass] = 0;
    this.freedData[tlpClass] = 0;
  }

  /** An UpdateFC reaches the sender. */
  arrive(tlpClass: number, header: number, data: number): void {
    this.#flyingHeader[tlpClass] = int32At(this.#flyingHeader, tlpClass) - header;
    this.#flyingData[tlpClass] = int32At(this.#flyingData, tlpClass) - data;
    this.#header[tlpClass] = int32At(this.#header, tlpClass) + header;
    this.#data[tlpClass] = int32At(this.#data, tlpClass) + data;
  }

  /** Credits that are neither with the sender nor on their way back: what TLPs in buffers hold. */
  missing(): { readonly header: number; readonly data: number } {
    let header = 0;
    let data = 0;
    for (let c = 0; c < 3; c++) {
      header +=
        int32At(this.advertisedHeader, c) -
        int32At(this.#header, c) -
        int32At(this.freedHeader, c) -
        int32At(this.#flyingHeader, c);
      data +=
        int32At(this.advertisedData, c) -
        int32At(this.#data, c) -
        int32At(this.freedData, c) -
        int32At(this.#flyingData, c);
    }
    return { header, data };
  }

  /** Credits on their way back (freed or in an UpdateFC). */
  returning(): number {
    let total = 0;
    for (let c = 0; c < 3; c++) {
      total +=
        int32At(this.freedHeader, c) +
        int32At(this.freedData, c) +
        int32At(this.#flyingHeader, c) +
        int32At(this.#flyingData, c);
    }
    return total;
  }
}

/** UpdateFCs under way, as reusable slots: which account and class, and how much. */
export class CreditUpdates {
  readonly #key: number[] = [];
  readonly #header: number[] = [];
  readonly #data: number[] = [];
  readonly #free: number[] = [];

  /** @param key transmitter · 4 + class. @returns a slot to put on the event queue. */
  send(key: number, header: number, data: number): number {
    const slot = this.#free.pop() ?? this.#key.length;
    this.#key[slot] = key;
    this.#header[slot] = header;
    this.#data[slot] = data;
    return slot;
  }

  keyOf(slot: number): number {
    return this.#key[slot] ?? 0;
  }

  headerOf(slot: number): number {
    return this.#header[slot] ?? 0;
  }

  dataOf(slot: number): number {
    return this.#data[slot] ?? 0;
  }

  /** Gives the slot back. */
  received(slot: number): void {
    this.#free.push(slot);
  }
}
