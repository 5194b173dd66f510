import type { EventQueue } from '../../sim/eventQueue.ts';
import { EVENT, eventWord } from './events.ts';
import { NONE, type TlpPool } from './tlpPool.ts';

/**
 * TLPs that come out in the order in which they went in, each at its own time. Only the first has an event: a line of
 * a hundred TLPs costs the event queue no more than a line of one.
 */
export class DelayLine {
  readonly #events: EventQueue;
  readonly #pool: TlpPool;
  readonly #word: number;
  readonly #onThrough: (slot: number) => void;
  #first = NONE;
  #last = NONE;

  /** @param index number of the line in its fabric. @param onThrough gets each TLP when it is through. */
  constructor(events: EventQueue, pool: TlpPool, index: number, onThrough: (slot: number) => void) {
    this.#events = events;
    this.#pool = pool;
    this.#word = eventWord(EVENT.lineDue, index);
    this.#onThrough = onThrough;
  }

  /** Puts a TLP in; it comes out at `events.due_ps`, which is not before that of the TLP put in last. */
  add(slot: number): void {
    const pool = this.#pool;
    pool.setDue(slot, this.#events.due_ps);
    pool.setNext(slot, -1);
    if (this.#first < 0) {
      this.#first = slot;
      this.#events.add(this.#word);
    } else {
      pool.setNext(this.#last, slot);
    }
    this.#last = slot;
  }

  /** The first TLP's time has come. */
  onDue(): void {
    const pool = this.#pool;
    const slot = this.#first;
    const following = pool.next(slot);
    this.#first = following;
    if (following >= 0) {
      this.#events.due_ps = pool.due_ps(following);
      this.#events.add(this.#word);
    }
    this.#onThrough(slot);
  }
}
