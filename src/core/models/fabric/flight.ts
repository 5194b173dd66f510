/*
 * TLPs of one direction from their first bit to the point where the receiver decides about them.
 *
 *   start_ps ── wire_ps ──▶ (last bit leaves) ── propagation ──▶ last_ps ── decision latency ──▶ complete
 *        └── propagation, decision latency ──▶ decision of a receiver that cuts through
 */
import type { EventQueue } from '../../sim/eventQueue.ts';
import { EVENT, eventWord } from './events.ts';
import type { FabricParts, Receiver, TlpTaker, TransmitterOptions } from './fabricParts.ts';
import type { Departure } from './journal.ts';
import { OutageTaker, type Survivor } from './linkOutage.ts';
import type { LinkTiming } from './linkTiming.ts';
import { NONE, type TlpPool } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';
import type { Wire } from './wire.ts';

export class Flight implements Departure {
  readonly index: number;
  readonly traced: boolean;
  /** The receiver decides before the last bit. */
  readonly cutsThrough: boolean;
  /** Payload bytes that have reached the receiver's decision point. */
  arrivedPayload = 0;
  /** Payload bytes lost when the link went down. */
  lostPayload = 0;
  private readonly _events: EventQueue;
  private readonly _pool: TlpPool;
  private readonly _wire: Wire;
  private readonly _receiver: Receiver;
  /** Who gets what arrives: the receiver, unless some of it was lost. */
  private _taker: TlpTaker;
  private readonly _arriveWord: number;
  // Times are doubles from the start (a fraction, then their value): engines then never change the representation.
  // Of the TLP put on the wire last: its first bit leaves, its last one arrives, its time on the wire and its bytes there.
  start_ps = 0.5;
  last_ps = 0.5;
  wire_ps = 0.5;
  wireBytes = 0;
  private _complete_ps = 0.5;
  private _decision_ps = 0.5;
  private _leadIn_ps = 0.5;
  private _propagation_ps = 0.5;
  private _decideLatency_ps = 0.5;
  private _flit_ps = 0.5;
  /** TLPs on their way to the receiver, linked by `next`; only the first has an event. */
  private _first = NONE;
  private _last = NONE;

  constructor(parts: FabricParts, options: TransmitterOptions, wire: Wire) {
    this.index = options.index;
    this.traced = options.traced;
    this.cutsThrough = options.decideAfter === 'first';
    this._events = parts.events;
    this._pool = parts.pool;
    this._wire = wire;
    this._receiver = options.receiver;
    this._taker = options.receiver;
    this._arriveWord = eventWord(EVENT.arrive, options.index);
    this.start_ps = 0;
    this.last_ps = 0;
    this.wire_ps = 0;
    this._complete_ps = 0;
    this._decision_ps = 0;
    this._leadIn_ps = options.leadIn_ps;
    this._decideLatency_ps = options.decideLatency_ps;
    this.setTiming(options.timing);
  }

  setTiming(timing: LinkTiming): void {
    this._propagation_ps = timing.propagation_ps;
    this._flit_ps = timing.flit_ps;
  }

  /** So many bytes, framing included, go on the wire: now, or when it is free. The times are in the fields above. */
  book(bytes: number): void {
    const wire = this._wire;
    wire.send(bytes);
    this.wireBytes = bytes;
    this.wire_ps = wire.wire_ps;
    this.start_ps = wire.start_ps + this._leadIn_ps;
    this.last_ps = wire.tlpEnd_ps + this._leadIn_ps + this._propagation_ps;
    let first_ps = this.start_ps + this._propagation_ps;
    if (this._flit_ps > 0) {
      // Nothing in a flit is usable before its end.
      this.last_ps = Math.ceil(this.last_ps / this._flit_ps) * this._flit_ps;
      first_ps = Math.min(this.last_ps, (Math.floor(first_ps / this._flit_ps) + 1) * this._flit_ps);
    }
    this._complete_ps = this.last_ps + this._decideLatency_ps;
    this._decision_ps = this.cutsThrough ? first_ps + this._decideLatency_ps : this._complete_ps;
  }

  /** Writes the times of {@link book} into a TLP. */
  stamp(slot: number): void {
    this._pool.setComplete(slot, this._complete_ps);
    this._pool.setDue(slot, this._decision_ps);
  }

  /** A TLP with its times is on its way to the receiver. */
  add(slot: number): void {
    const pool = this._pool;
    pool.setNext(slot, -1);
    if (this._first < 0) {
      this._first = slot;
      this._events.due_ps = this._decision_ps;
      this._events.add(this._arriveWord);
    } else {
      pool.setNext(this._last, slot);
    }
    this._last = slot;
  }

  /** The first TLP is at its receiver's decision point. @param over whose flight it is. */
  onDue(over: Transmitter): void {
    const pool = this._pool;
    const slot = this._first;
    const following = pool.next(slot);
    this._first = following;
    if (following >= 0) {
      this._events.due_ps = pool.due_ps(following);
      this._events.add(this._arriveWord);
    }
    if (pool.dataCredits(slot) > 0) this.arrivedPayload += pool.lengthBytes(slot);
    this._taker.onArrive(slot, over);
  }

  /** The link goes down: what has not come in full is lost; all, if the receiver is reset. @returns how many TLPs. */
  lose(receiver: Survivor): number {
    const pool = this._pool;
    const whole_ps = receiver === 'reset' ? -1 : this._events.now_ps + this._decideLatency_ps;
    let whole = 0;
    let lost = 0;
    for (let slot = this._first; slot >= 0; slot = pool.next(slot)) {
      if (pool.complete_ps(slot) > whole_ps) lost++;
      else whole++;
    }
    if (lost > 0) {
      this._taker = new OutageTaker(pool, whole, lost, () => {
        this._taker = this._receiver;
      });
    }
    return lost;
  }
}
