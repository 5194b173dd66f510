import type { EventQueue } from '../../sim/eventQueue.ts';
import { EVENT, eventWord } from './events.ts';
import { NONE, type TlpPool } from './tlpPool.ts';

/**
 * TLPs that come out in the order in which they went in, each at its own time. Only the first has an event: a line of
 * a hundred TLPs costs the event queue no more than a line of one.
 */
export class DelayLine {
  private readonly _events: EventQueue;
  private readonly _pool: TlpPool;
  private readonly _word: number;
  private readonly _onThrough: (slot: number) => void;
  private _first = NONE;
  private _last = NONE;

  /** @param index number of the line in its fabric. @param onThrough gets each TLP when it is through. */
  constructor(events: EventQueue, pool: TlpPool, index: number, onThrough: (slot: number) => void) {
    this._events = events;
    this._pool = pool;
    this._word = eventWord(EVENT.lineDue, index);
    this._onThrough = onThrough;
  }

  /** Puts a TLP in; it comes out at `events.due_ps`, which is not before that of the TLP put in last. */
  add(slot: number): void {
    const pool = this._pool;
    pool.setDue(slot, this._events.due_ps);
    pool.setNext(slot, -1);
    if (this._first < 0) {
      this._first = slot;
      this._events.add(this._word);
    } else {
      pool.setNext(this._last, slot);
    }
    this._last = slot;
  }

  /** The first TLP's time has come. */
  onDue(): void {
    const pool = this._pool;
    const slot = this._first;
    const following = pool.next(slot);
    this._first = following;
    if (following >= 0) {
      this._events.due_ps = pool.due_ps(following);
      this._events.add(this._word);
    }
    this._onThrough(slot);
  }
}
