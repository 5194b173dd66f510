import { doubleAt, grownDoubles, grownInt32s, int32At } from '../../sim/cells.ts';
import { NONE } from './tlpPool.ts';

const INITIAL_RECORDS = 64;

/**
 * TLPs that were sent and not acknowledged, by sequence number: `oldest` … `next` − 1. Numbers count on; 12 bits of them
 * would travel. The buffer owns the TLPs that the receiver has not accepted; of the others it knows their size only.
 */
export class ReplayBuffer {
  /** First not acknowledged, and what the next new TLP will get. */
  oldest = 0;
  next = 0;
  /** Bytes on the wire of all in it. */
  bytes = 0;
  /** By sequence number modulo their length: TLP (NONE = accepted), bytes on the wire, time of acceptance. */
  private _slots = new Int32Array(INITIAL_RECORDS);
  private _sizes = new Int32Array(INITIAL_RECORDS);
  private _accepted = new Float64Array(INITIAL_RECORDS);

  /** TLPs in it. */
  get count(): number {
    return this.next - this.oldest;
  }

  /** A new TLP. @returns its sequence number. */
  add(slot: number, bytes: number): number {
    if (this.count === this._slots.length) this.#grow();
    const place = this.next & (this._slots.length - 1);
    this._slots[place] = slot;
    this._sizes[place] = bytes;
    this._accepted[place] = Infinity;
    this.bytes += bytes;
    return this.next++;
  }

  /** The TLP, NONE if it has been accepted. */
  slotOf(sequence: number): number {
    return int32At(this._slots, sequence & (this._slots.length - 1));
  }

  /** Bytes on the wire. */
  sizeOf(sequence: number): number {
    return int32At(this._sizes, sequence & (this._sizes.length - 1));
  }

  /** When the receiver's data link layer has it; Infinity = that is not certain. */
  acceptedAt_ps(sequence: number): number {
    return doubleAt(this._accepted, sequence & (this._accepted.length - 1));
  }

  /** The receiver will accept it: the TLP is no longer the buffer's. */
  accept(sequence: number, at_ps: number): void {
    const place = sequence & (this._slots.length - 1);
    this._slots[place] = NONE;
    this._accepted[place] = at_ps;
  }

  /** The receiver expects `sequence`: what came before is no longer needed. */
  acknowledge(sequence: number): void {
    while (this.oldest < sequence) this.bytes -= this.sizeOf(this.oldest++);
  }

  /** Forgets everything. @returns the TLPs that were still its own. */
  clear(): readonly number[] {
    const own: number[] = [];
    for (let sequence = this.oldest; sequence < this.next; sequence++) {
      const slot = this.slotOf(sequence);
      if (slot !== NONE) own.push(slot);
    }
    this.oldest = this.next;
    this.bytes = 0;
    return own;
  }

  /** Doubles the records; each keeps its sequence number. */
  #grow(): void {
    const { length } = this._slots;
    const slots = grownInt32s(this._slots, 0);
    const sizes = grownInt32s(this._sizes, 0);
    const accepted = grownDoubles(this._accepted, 0);
    for (let sequence = this.oldest; sequence < this.next; sequence++) {
      const from = sequence & (length - 1);
      const to = sequence & (2 * length - 1);
      slots[to] = int32At(this._slots, from);
      sizes[to] = int32At(this._sizes, from);
      accepted[to] = doubleAt(this._accepted, from);
    }
    this._slots = slots;
    this._sizes = sizes;
    this._accepted = accepted;
  }
}
