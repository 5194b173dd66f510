/*
 * The reads an engine has asked for, oldest first. Their data may come in any order of requests (tags); they
 * leave in the order they were asked, so that a wire or a target sees the bytes in order.
 */
import { invariant } from '../../../base/invariant.ts';

export class ReadQueue {
  readonly capacity: number;
  /** Descriptor slot. */
  readonly slot: Uint8Array;
  /** Offset in the inner sink, or bus address of the target. */
  readonly target: Float64Array;
  /** Bus address asked for. */
  readonly source: Float64Array;
  readonly lengthBytes: Int32Array;
  readonly arrived: Int32Array;
  /** Bytes already sent on to the target (busToBus). */
  readonly written: Int32Array;
  /** 1 = all completions have come. */
  readonly finished: Uint8Array;

  private _first = 0;
  private _count = 0;

  /** @param capacity 1…32767 outstanding reads. */
  constructor(capacity: number) {
    invariant(capacity >= 1 && capacity < 32768, () => `${capacity} outstanding reads`);
    this.capacity = capacity;
    this.slot = new Uint8Array(capacity);
    this.target = new Float64Array(capacity);
    this.source = new Float64Array(capacity);
    this.lengthBytes = new Int32Array(capacity);
    this.arrived = new Int32Array(capacity);
    this.written = new Int32Array(capacity);
    this.finished = new Uint8Array(capacity);
  }

  get count(): number {
    return this._count;
  }

  get isFull(): boolean {
    return this._count === this.capacity;
  }

  /** The oldest entry, which all others wait for. Requires count > 0. */
  get first(): number {
    return this._first;
  }

  /** @returns the entry's number, 0…capacity−1. */
  push(slot: number, source: number, target: number, lengthBytes: number): number {
    invariant(this._count < this.capacity, () => 'more reads than places');
    const entry = (this._first + this._count) % this.capacity;
    this._count += 1;
    this.slot[entry] = slot;
    this.source[entry] = source;
    this.target[entry] = target;
    this.lengthBytes[entry] = lengthBytes;
    this.arrived[entry] = 0;
    this.written[entry] = 0;
    this.finished[entry] = 0;
    return entry;
  }

  /** Removes the oldest entry. */
  shift(): void {
    invariant(this._count > 0, () => 'no read to remove');
    this._first = (this._first + 1) % this.capacity;
    this._count -= 1;
  }

  clear(): void {
    this._first = 0;
    this._count = 0;
  }
}
