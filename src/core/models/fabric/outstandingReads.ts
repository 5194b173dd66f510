/*
 * The non-posted requests of one function that have not been answered, by tag.
 */
import { offsetIn } from '../../../base/bits.ts';
import { invariant } from '../../../base/invariant.ts';
import { TLP_KIND } from '../../pcie/tlp.ts';
import { byteAt, doubleAt, int32At } from '../../sim/cells.ts';
import type { TlpPool } from './tlpPool.ts';

/** A completion's header has so much of the address (semantics reference T-5). */
const LOWER_ADDRESS_BYTES = 128;

export class OutstandingReads {
  readonly tags: number;
  /** By tag: what the device gave with the read. */
  readonly context: Int32Array;
  /** By tag: bytes asked for; 0 = the tag is free. */
  readonly length: Int32Array;
  /** By tag: bytes that have come. */
  readonly received: Int32Array;
  /** By tag: READ_OUTCOME it will end with, once something went wrong. */
  readonly outcome: Uint8Array;
  /** By tag: address as in the pool. */
  readonly address: Float64Array;
  /** By tag: when it was sent; Infinity = it is about to be sent again. */
  readonly sent_ps: Float64Array;
  /** Free tags, used in turn so that a tag rests as long as possible: ring of `tags` entries. */
  private readonly _free: Int32Array;
  private _nextFree = 0;
  private _freeCount: number;

  /** @param tags 1…32768. */
  constructor(tags: number) {
    invariant(tags >= 1 && tags <= 32_768, () => `cannot have ${tags} tags`);
    this.tags = tags;
    this.context = new Int32Array(tags);
    this.length = new Int32Array(tags);
    this.received = new Int32Array(tags);
    this.outcome = new Uint8Array(tags);
    this.address = new Float64Array(tags);
    this.sent_ps = new Float64Array(tags);
    this._free = Int32Array.from({ length: tags }, (_, tag) => tag);
    this._freeCount = tags;
  }

  get freeCount(): number {
    return this._freeCount;
  }

  /** Reads that have not been answered. */
  get count(): number {
    return this.tags - this._freeCount;
  }

  /** Requests that are over so far. */
  over = 0;

  /** A tag for a request that is sent now. Requires freeCount > 0. */
  take(address: number, lengthBytes: number, context: number, now_ps: number): number {
    const tag = int32At(this._free, this._nextFree);
    this._nextFree = this._nextFree + 1 === this.tags ? 0 : this._nextFree + 1;
    this._freeCount--;
    this.context[tag] = context;
    this.length[tag] = lengthBytes;
    this.received[tag] = 0;
    this.sent_ps[tag] = now_ps;
    this.address[tag] = address;
    return tag;
  }

  free(tag: number): void {
    this.over += 1;
    this.length[tag] = 0;
    if (byteAt(this.outcome, tag) !== 0) this.outcome[tag] = 0;
    const end = this._nextFree + this._freeCount;
    this._free[end >= this.tags ? end - this.tags : end] = tag;
    this._freeCount++;
  }

  /** Bytes that a tag's request asked for; 0 if nothing waits for it. */
  lengthOf(tag: number): number {
    return tag < this.tags ? int32At(this.length, tag) : 0;
  }

  /** When the oldest of them was sent; Infinity if there is none. */
  oldest_ps(): number {
    let oldest_ps = Infinity;
    for (let tag = 0; tag < this.tags; tag++) {
      if (int32At(this.length, tag) !== 0) oldest_ps = Math.min(oldest_ps, doubleAt(this.sent_ps, tag));
    }
    return oldest_ps;
  }

  /** True if a tag's request was sent at `limit_ps` or before. */
  isOverdue(tag: number, limit_ps: number): boolean {
    return int32At(this.length, tag) !== 0 && doubleAt(this.sent_ps, tag) <= limit_ps;
  }

  /** False if a completion with data is for an earlier read with the same tag: byte count and lower address tell (T-5). */
  expects(pool: TlpPool, slot: number, tag: number): boolean {
    if (pool.kind(slot) === TLP_KIND.Cpl) return true;
    const received = int32At(this.received, tag);
    const address = doubleAt(this.address, tag) + received;
    return (
      pool.byteCount(slot) === int32At(this.length, tag) - received &&
      offsetIn(pool.address(slot), LOWER_ADDRESS_BYTES) === offsetIn(address, LOWER_ADDRESS_BYTES)
    );
  }
}
