/*
 * The clock and the pending events: a 4-ary heap whose keys lie in typed arrays.
 *
 *   key        time of the event, picoseconds        Float64Array
 *   sequence   order of scheduling, modulo 2^32      Int32Array
 *   word       what happens                          Int32Array
 *
 * Taking the first event leaves a hole at the root; the next event scheduled falls into it. Most events
 * schedule a successor, so most of the time one walk down the heap does for both.
 */
import { invariant } from '../../base/invariant.ts';
import { grownDoubles, grownInt32s } from './cells.ts';

const INITIAL_CAPACITY = 1024;

/**
 * Pending events in a total order: earlier time first, at equal times first come, first served.
 * Only {@link take} advances the clock. Nothing is allocated while the number of pending events stays
 * below the largest it has been.
 */
export class EventQueue {
  private _key = new Float64Array(INITIAL_CAPACITY);
  private _sequence = new Int32Array(INITIAL_CAPACITY);
  private _word = new Int32Array(INITIAL_CAPACITY);
  /** Entries in the heap, counting the hole. */
  private _size = 0;
  private _lastSequence = 0;
  /** True while the root has been taken and not replaced. */
  private _hole = false;
  // Engines box doubles that they pass to functions; on the packet path times travel in these fields instead. A
  // fraction first, so that a field is a double once and for all.
  /** Simulated now, an integer count of picoseconds. Written by this class only. */
  now_ps = 0.5;
  /** When the next event to be added is due. */
  due_ps = 0.5;
  /** {@link take} takes nothing that is due later. */
  limit_ps = 0.5;

  constructor() {
    this.now_ps = 0;
    this.due_ps = 0;
    this.limit_ps = Infinity;
  }

  /** Number of pending events. */
  get size(): number {
    return this._hole ? this._size - 1 : this._size;
  }

  /**
   * Adds an event.
   * @param at_ps integer, not before now. @param word 0…2^31−1; {@link take} returns it.
   */
  schedule(at_ps: number, word: number): void {
    this.due_ps = at_ps;
    this.add(word);
  }

  /** {@link schedule} at {@link due_ps}. */
  add(word: number): void {
    const at_ps = this.due_ps;
    const sequence = (this._lastSequence + 1) | 0;
    this._lastSequence = sequence;
    if (this._hole) {
      this._hole = false;
      this.#sink(sequence, word);
      return;
    }
    let index = this._size++;
    if (index === this._key.length) this.#grow();
    const key = this._key;
    const order = this._sequence;
    const words = this._word;
    while (index > 0) {
      const parent = (index - 1) >> 2;
      const parentKey = key[parent] as number;
      // An equal parent was scheduled earlier and stays in front.
      if (parentKey <= at_ps) break;
      key[index] = parentKey;
      order[index] = order[parent] as number;
      words[index] = words[parent] as number;
      index = parent;
    }
    key[index] = at_ps;
    order[index] = sequence;
    words[index] = word;
  }

  /** Time of the first pending event; Infinity if there is none. */
  nextTime(): number {
    if (this._hole) this.#fillHole();
    return this._size === 0 ? Infinity : (this._key[0] as number);
  }

  /**
   * Removes the first event, moves the clock to its time and returns its word; −1 if none is due up to
   * {@link limit_ps}.
   */
  take(): number {
    if (this._hole) this.#fillHole();
    if (this._size === 0) return -1;
    const at_ps = this._key[0] as number;
    if (at_ps > this.limit_ps) return -1;
    this._hole = true;
    this.now_ps = at_ps;
    return this._word[0] as number;
  }

  /**
   * Moves the clock to a time at which nothing happens.
   * @throws InvariantError if that would go back or pass a pending event.
   */
  advanceTo(at_ps: number): void {
    invariant(at_ps >= this.now_ps && at_ps <= this.nextTime(), () => `cannot move the clock to ${at_ps} ps`);
    this.now_ps = at_ps;
  }

  #fillHole(): void {
    this._hole = false;
    const last = --this._size;
    if (last === 0) return;
    this.due_ps = this._key[last] as number;
    this.#sink(this._sequence[last] as number, this._word[last] as number);
  }

  /**
   * Puts an entry, due at `due_ps`, where the hole at the root is or further down. Written out for four children, which
   * also keeps it from being copied into every caller: the packet path then fits the instruction cache.
   */
  #sink(sequence: number, word: number): void {
    const at_ps = this.due_ps;
    const key = this._key;
    const order = this._sequence;
    const words = this._word;
    const size = this._size;
    let index = 0;
    let child = 1;
    while (child < size) {
      let least = child;
      let leastKey = key[child] as number;
      if (child + 3 < size) {
        const second = key[child + 1] as number;
        if (second < leastKey || (second === leastKey && this.#isOlder(child + 1, least))) {
          least = child + 1;
          leastKey = second;
        }
        const third = key[child + 2] as number;
        if (third < leastKey || (third === leastKey && this.#isOlder(child + 2, least))) {
          least = child + 2;
          leastKey = third;
        }
        const fourth = key[child + 3] as number;
        if (fourth < leastKey || (fourth === leastKey && this.#isOlder(child + 3, least))) {
          least = child + 3;
          leastKey = fourth;
        }
      } else {
        for (let other = child + 1; other < size; other++) {
          const otherKey = key[other] as number;
          if (otherKey < leastKey || (otherKey === leastKey && this.#isOlder(other, least))) {
            least = other;
            leastKey = otherKey;
          }
        }
      }
      if (leastKey > at_ps || (leastKey === at_ps && (((order[least] as number) - sequence) | 0) >= 0)) break;
      key[index] = leastKey;
      order[index] = order[least] as number;
      words[index] = words[least] as number;
      index = least;
      child = (index << 2) + 1;
    }
    key[index] = at_ps;
    order[index] = sequence;
    words[index] = word;
  }

  /** Sequence numbers wrap: their difference, not their value, says which is older. */
  #isOlder(index: number, other: number): boolean {
    return (((this._sequence[index] as number) - (this._sequence[other] as number)) | 0) < 0;
  }

  #grow(): void {
    this._key = grownDoubles(this._key, INITIAL_CAPACITY);
    this._sequence = grownInt32s(this._sequence, INITIAL_CAPACITY);
    this._word = grownInt32s(this._word, INITIAL_CAPACITY);
  }
}
