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
  readonly #events: EventQueue;
  readonly #pool: TlpPool;
  readonly #wire: Wire;
  readonly #receiver: Receiver;
  /** Who gets what arrives: the receiver, unless some of it was lost. */
  #taker: TlpTaker;
  readonly #arriveWord: number;
  // Times are doubles from the start (a fraction, then their value): engines then never change the representation.
  // Of the TLP put on the wire last: its first bit leaves, its last one arrives, its time on the wire and its bytes there.
  start_ps = 0.5;
  last_ps = 0.5;
  wire_ps = 0.5;
  wireBytes = 0;
  #complete_ps = 0.5;
  #decision_ps = 0.5;
  #leadIn_ps = 0.5;
  #propagation_ps = 0.5;
  #decideLatency_ps = 0.5;
  #flit_ps = 0.5;
  /** TLPs on their way to the receiver, linked by `next`; only the first has an event. */
  #first = NONE;
  #last = NONE;

  constructor(parts: FabricParts, options: TransmitterOptions, wire: Wire) {
    this.index = options.index;
    this.traced = options.traced;
    this.cutsThrough = options.decideAfter === 'first';
    this.#events = parts.events;
    this.#pool = parts.pool;
    this.#wire = wire;
    this.#receiver = options.receiver;
    this.#taker = options.receiver;
    this.#arriveWord = eventWord(EVENT.arrive, options.index);
    this.start_ps = 0;
    this.last_ps = 0;
    this.wire_ps = 0;
    this.#complete_ps = 0;
    this.#decision_ps = 0;
    this.#leadIn_ps = options.leadIn_ps;
    this.#decideLatency_ps = options.decideLatency_ps;
    this.setTiming(options.timing);
  }

  setTiming(timing: LinkTiming): void {
    this.#propagation_ps = timing.propagation_ps;
    this.#flit_ps = timing.flit_ps;
  }

  /** So many bytes, framing included, go on the wire: now, or when it is free. The times are in the fields above. */
  book(bytes: number): void {
    const wire = this.#wire;
    wire.send(bytes);
    this.wireBytes = bytes;
    this.wire_ps = wire.wire_ps;
    this.start_ps = wire.start_ps + this.#leadIn_ps;
    this.last_ps = wire.tlpEnd_ps + this.#leadIn_ps + this.#propagation_ps;
    let first_ps = this.start_ps + this.#propagation_ps;
    if (this.#flit_ps > 0) {
      // Nothing in a flit is usable before its end.
      this.last_ps = Math.ceil(this.last_ps / this.#flit_ps) * this.#flit_ps;
      first_ps = Math.min(this.last_ps, (Math.floor(first_ps / this.#flit_ps) + 1) * this.#flit_ps);
    }
    this.#complete_ps = this.last_ps + this.#decideLatency_ps;
    this.#decision_ps = this.cutsThrough ? first_ps + this.#decideLatency_ps : this.#complete_ps;
  }

  /** Writes the times of {@link book} into a TLP. */
  stamp(slot: number): void {
    this.#pool.setComplete(slot, this.#complete_ps);
    this.#pool.setDue(slot, this.#decision_ps);
  }

  /** A TLP with its times is on its way to the receiver. */
  add(slot: number): void {
    const pool = this.#pool;
    pool.setNext(slot, -1);
    if (this.#first < 0) {
      this.#first = slot;
      this.#events.due_ps = this.#decision_ps;
      this.#events.add(this.#arriveWord);
    } else {
      pool.setNext(this.#last, slot);
    }
    this.#last = slot;
  }

  /** The first TLP is at its receiver's decision point. @param over whose flight it is. */
  onDue(over: Transmitter): void {
    const pool = this.#pool;
    const slot = this.#first;
    const following = pool.next(slot);
    this.#first = following;
    if (following >= 0) {
      this.#events.due_ps = pool.due_ps(following);
      this.#events.add(this.#arriveWord);
    }
    if (pool.dataCredits(slot) > 0) this.arrivedPayload += pool.lengthBytes(slot);
    this.#taker.onArrive(slot, over);
  }

  /** The link goes down: what has not come in full is lost; all, if the receiver is reset. @returns how many TLPs. */
  lose(receiver: Survivor): number {
    const pool = this.#pool;
    const whole_ps = receiver === 'reset' ? -1 : this.#events.now_ps + this.#decideLatency_ps;
    let whole = 0;
    let lost = 0;
    for (let slot = this.#first; slot >= 0; slot = pool.next(slot)) {
      if (pool.complete_ps(slot) > whole_ps) lost++;
      else whole++;
    }
    if (lost > 0) {
      this.#taker = new OutageTaker(pool, whole, lost, () => {
        this.#taker = this.#receiver;
      });
    }
    return lost;
  }
}
