/*
 * One direction of a link, from the queue at its sender to the logic at its receiver.
 *
 *   queues ─ arbitration ─┬─ port latency ─┬─ wire ─┬─ propagation ─┬─ port or switch latency ─▶ receiver
 *                         now          first bit  last bit      arrives                     onArrive
 *
 * All constant delays are pipelines, so one decision fixes everything that follows: when the wire is free, the TLP is
 * chosen and its arrival is certain. A hop costs one event for the arrival, and one for the end of the TLP if another
 * waits for the wire. DLLPs are worked out when somebody looks (feedback.ts). What can go wrong is in linkEnd.ts.
 */
import type { EventQueue } from '../../sim/eventQueue.ts';
import { BLOCKED } from './blocked.ts';
import { CreditAccount } from './creditAccount.ts';
import { EVENT, eventWord } from './events.ts';
import type { FabricParts, Receiver, SourceListener, TransmitterOptions } from './fabricParts.ts';
import { Feedback } from './feedback.ts';
import { Flight } from './flight.ts';
import type { Journal } from './journal.ts';
import { LinkEnd } from './linkEnd.ts';
import type { LinkLayer } from './linkLayer.ts';
import type { LinkTiming } from './linkTiming.ts';
import { RouteMemory } from './routeMemory.ts';
import { SourceQueues } from './sourceQueues.ts';
import { NONE, type TlpPool } from './tlpPool.ts';
import { Wire } from './wire.ts';

/** How freed credits return: by UpdateFC, without DLLPs, by UpdateFC that may be lost. In figures below. */
const RETURN = { paced: 0, atOnce: 1, watched: 2 } as const;

/**
 * @spec PCIe Base 5.0 §2.6.1 (flow control), §2.4.1 (ordering); performance reference, sections 2 to 4
 * @simplifies One virtual channel.
 */
export class Transmitter {
  readonly index: number;
  readonly receiver: Receiver;
  readonly receiverPort: number;
  readonly queues: SourceQueues;
  readonly credits: CreditAccount;
  /** Where the receiver sent the last requests: for the receiver. */
  readonly route = new RouteMemory();
  /** What is on its way. */
  readonly flight: Flight;
  /** What can go wrong. */
  readonly end: LinkEnd;
  private readonly _events: EventQueue;
  private readonly _pool: TlpPool;
  private readonly _journal: Journal;
  private readonly _transmitters: readonly Transmitter[];
  private readonly _wire: Wire;
  private readonly _feedback: Feedback;
  private readonly _wireFreeWord: number;
  private readonly _creditsWord: number;
  private readonly _listeners: (SourceListener | undefined)[] = [];
  private _reverse: Transmitter = this;
  private _timing: LinkTiming;

  // Times are doubles from the start (a fraction, then their value): engines then never change the representation.
  private _creditEvent_ps = 0.5;
  private _propagation_ps = 0.5;
  private _portLatency_ps = 0.5;
  private _flit_ps = 0.5;
  private _framingBytes = 0;
  /** TLPs whose framing has been counted. */
  private _framed = 0;
  private _acknowledges = false;
  /** RETURN */
  private _returns = 0;
  /** Set where something can go wrong. */
  private _layer: LinkLayer | undefined;
  /** Why no TLP starts even if the wire is free, as bits (BLOCKED, `waking` in figures). 0 = nothing is in its way. */
  private _blocked = 0;
  private _stalled = false;
  /** Buffer that is free when the wire is: `transmitter · 4 + class` or NONE, and its data credits. */
  private _releaseBuffer = NONE;
  private _releaseData = 0;

  constructor(parts: FabricParts, options: TransmitterOptions) {
    this._events = parts.events;
    this._pool = parts.pool;
    this._journal = parts.journal;
    this._transmitters = parts.transmitters;
    this.index = options.index;
    this.receiver = options.receiver;
    this.receiverPort = options.receiverPort;
    this.credits = new CreditAccount(options.credits);
    this.queues = new SourceQueues(parts.pool, this.credits, parts.orderingExceptions);
    this._timing = options.timing;
    const wire = new Wire(parts.events, parts.journal, options.index, options.timing);
    const feedback = new Feedback(this.credits, options.timing.timerLimit_ps);
    this._wire = wire;
    this._feedback = feedback;
    this.flight = new Flight(parts, options, wire);
    this.end = new LinkEnd({ fabric: parts, sender: this, wire, feedback, listeners: this._listeners });
    this._wireFreeWord = eventWord(EVENT.wireFree, options.index);
    this._creditsWord = eventWord(EVENT.credits, options.index);
    this._creditEvent_ps = -1;
    this.setTiming(options.timing);
  }

  /** Names the opposite direction. Once, before traffic. */
  pairWith(reverse: Transmitter): void {
    this._reverse = reverse;
  }

  /** The opposite direction; its receiver is the node that sends here. */
  get reverse(): Transmitter {
    return this._reverse;
  }

  get timing(): LinkTiming {
    return this._timing;
  }

  /** New numbers for the same wire: Max_Payload_Size was changed, and with it the timers; or speed or width. */
  setTiming(timing: LinkTiming): void {
    if (timing.framingBytes !== this._framingBytes) this.countFraming();
    this._timing = timing;
    this._framingBytes = timing.framingBytes;
    this._flit_ps = timing.flit_ps;
    this._propagation_ps = timing.propagation_ps;
    this._portLatency_ps = timing.portLatency_ps;
    this._wire.setTiming(timing);
    this.flight.setTiming(timing);
    this._feedback.timerLimit_ps = timing.timerLimit_ps;
    if (timing.layer !== undefined) this._layer?.setTiming(timing, timing.layer);
    this.follow();
  }

  /** The state of the link has changed, and with it the way of Acks and credits. */
  follow(): void {
    const { timerLimit_ps, dllpBytes } = this._timing;
    this._layer = this.end.layer;
    this._acknowledges = dllpBytes > 0 && this._layer === undefined;
    if (timerLimit_ps === 0 || this.end.isDown) this._returns = RETURN.atOnce;
    else this._returns = this._layer === undefined ? RETURN.paced : RETURN.watched;
  }

  /** A new source of TLPs. @param listener told when one of its TLPs starts. @returns its number. */
  addSource(listener?: SourceListener): number {
    const source = this.queues.addSource();
    this._listeners[source] = listener;
    return source;
  }

  /** True if a TLP could start now without its last bit leaving before `complete_ps` of its slot. */
  canCutThrough(slot: number): boolean {
    // Where the answer is no, the time at which it will be yes.
    this._events.due_ps = Math.ceil(this._pool.complete_ps(slot) - this.#wireTime_ps(slot));
    return this._events.due_ps <= this._events.now_ps;
  }

  /** How long a TLP occupies this wire, framing included. */
  duration_ps(slot: number): number {
    return this.#wireTime_ps(slot);
  }

  /** Bytes of a TLP on this wire, framing included. */
  bytesOnWire(slot: number): number {
    return this._pool.wireBytes(slot) + this._framingBytes;
  }

  #wireTime_ps(slot: number): number {
    return (this._pool.wireBytes(slot) + this._framingBytes) * this._wire.psPerByte;
  }

  /** The first TLP in flight is at its receiver's decision point. */
  onArrivalDue(): void {
    this.flight.onDue(this);
  }

  /** Puts a TLP into its queue; it starts now if it can. */
  enqueue(slot: number, source: number): void {
    if (this._blocked === 0 && this.queues.waiting === 0 && this._wire.tlpEnd_ps <= this._events.now_ps) {
      this.gather();
      if (this.credits.affords(this._pool.classOf(slot), this._pool.dataCredits(slot))) {
        this._pool.setSource(slot, source);
        this.#start(slot);
        return;
      }
    }
    this.queues.add(slot, source);
    this.#kick();
  }

  /** The wire has become free: the buffer of what left it is too. */
  onWireFree(): void {
    this._blocked &= ~1;
    const buffer = this._releaseBuffer;
    if (buffer >= 0) {
      this._releaseBuffer = -1;
      this.releaseBuffer(buffer, this._releaseData);
    }
    if (this.queues.waiting > 0) this.#kick();
  }

  /** Frees a receive buffer of any transmitter. @param buffer transmitter · 4 + class. */
  releaseBuffer(buffer: number, data: number): void {
    const owner = this._transmitters[buffer >> 2];
    if (owner !== undefined) owner.#release(buffer & 3, data);
  }

  /** The receiver has freed a buffer; the sender will be told. */
  #release(tlpClass: number, data: number): void {
    if (this.credits.isEndless(tlpClass)) return;
    const feedback = this._feedback;
    if (feedback.next_ps <= this._events.now_ps) this.settle();
    this.credits.release(tlpClass, data);
    feedback.at_ps = this._events.now_ps;
    if (this._returns === 0) {
      if (!feedback.isPlanned(tlpClass)) feedback.plan(tlpClass);
    } else if (this._returns === 1) {
      feedback.at_ps += this._propagation_ps;
      feedback.depart(tlpClass);
    } else {
      this._layer?.freed(tlpClass);
    }
    if (this._stalled) this.#awaitCredits();
  }

  /**
   * The receiver will free a buffer when the wire of another transmitter is free. If no UpdateFC of the class can leave
   * before that time, the release can be noted now and needs no event.
   * @returns false if it cannot.
   */
  #releaseAhead(tlpClass: number, data: number, sender: Transmitter): boolean {
    if (this.credits.isEndless(tlpClass)) return true;
    const feedback = this._feedback;
    if (feedback.next_ps <= this._events.now_ps) this.settle();
    feedback.at_ps = sender._wire.tlpEnd_ps;
    if (this._returns === 1) {
      this.credits.release(tlpClass, data);
      feedback.at_ps += this._propagation_ps;
      feedback.depart(tlpClass);
    } else {
      if (!feedback.isPlanned(tlpClass)) feedback.plan(tlpClass);
      else if (!feedback.isPlannedFrom(tlpClass)) return false;
      this.credits.release(tlpClass, data);
      if (this._returns === 2) this._layer?.freed(tlpClass);
    }
    if (this._stalled) this.#awaitCredits();
    return true;
  }

  /** Credits may have come back. */
  onCredits(): void {
    if (this.queues.waiting > 0) this.#kick();
  }

  /** Puts the DLLPs on the opposite wire that were due about this direction up to now. */
  settle(): void {
    const feedback = this._feedback;
    const reverse = this._reverse;
    while (feedback.next_ps <= this._events.now_ps) {
      const kind = feedback.takeDue();
      reverse._wire.sendDllp(feedback.at_ps);
      if (this._layer !== undefined) {
        this._layer.dllpSent(kind);
        continue;
      }
      // 3 = ACK, in figures as in TlpPool.
      if (kind !== 3) {
        feedback.at_ps = reverse.dllpArrival_ps();
        feedback.depart(kind);
      } else if (this.flight.last_ps > feedback.at_ps) {
        // The TLP started last had not arrived when the Ack left.
        feedback.at_ps = this.flight.last_ps;
        feedback.plan(3);
      }
    }
  }

  /** When the DLLP that has just been put on the wire is understood at the other end. */
  dllpArrival_ps(): number {
    const end_ps = this._wire.busyUntil_ps + this._propagation_ps + this._portLatency_ps;
    const arrival_ps = this._flit_ps > 0 ? (Math.floor(end_ps / this._flit_ps) + 1) * this._flit_ps : end_ps;
    return arrival_ps + this._portLatency_ps;
  }

  /** DLLPs of the opposite direction take the wire before the next TLP; credits that have come back are counted. */
  gather(): void {
    const { now_ps } = this._events;
    if (this._reverse._feedback.next_ps <= now_ps) this._reverse.settle();
    const feedback = this._feedback;
    if (feedback.next_ps <= now_ps) this.settle();
    while (feedback.news_ps <= now_ps) feedback.absorb();
  }

  /** Sends if the wire is free, otherwise makes sure that someone looks when it is. */
  #kick(): void {
    if (this._blocked !== 0) {
      if (this._blocked >= BLOCKED.down) this.end.dropQueued();
      return;
    }
    if (this._wire.tlpEnd_ps <= this._events.now_ps) this.#serve();
    else if (this.queues.canSend()) this.#wakeWhenFree();
    else this.#stall();
  }

  #wakeWhenFree(): void {
    this._blocked |= 1;
    this._events.due_ps = this._wire.tlpEnd_ps;
    this._events.add(this._wireFreeWord);
  }

  /** The wire is free: the TLP whose turn it is starts, if one may. */
  #serve(): void {
    this.gather();
    const slot = this.queues.take();
    if (slot < 0) {
      this.#stall();
      return;
    }
    this.#start(slot);
  }

  /** What waits lacks credits, from the time on at which the wire is free. */
  #stall(): void {
    if (!this._stalled) {
      this._stalled = true;
      this._wire.beginStall();
    }
    this.#awaitCredits();
  }

  /** Look again when there may be credits and the wire is free. */
  #awaitCredits(): void {
    const feedback = this._feedback;
    const { now_ps } = this._events;
    let at_ps = Math.min(feedback.news_ps, feedback.nextUpdate_ps());
    if (at_ps === Infinity) return;
    if (at_ps < now_ps) at_ps = now_ps;
    if (at_ps < this._wire.tlpEnd_ps) at_ps = this._wire.tlpEnd_ps;
    if (this._creditEvent_ps > now_ps && this._creditEvent_ps <= at_ps) return;
    this._creditEvent_ps = at_ps;
    this._events.due_ps = at_ps;
    this._events.add(this._creditsWord);
  }

  /**
   * Commits a TLP to the wire, and with it its arrival. Long, so that engines keep one copy of it instead of one in each
   * caller (see EventQueue).
   */
  #start(slot: number): void {
    const pool = this._pool;
    const { flight } = this;
    flight.book(pool.wireBytes(slot) + this._framingBytes);
    if (this._stalled) {
      this._stalled = false;
      this._wire.endStall(this._wire.start_ps);
    }
    const tlpClass = pool.classOf(slot);
    const data = pool.dataCredits(slot);
    this.credits.take(tlpClass, data);
    const buffer = pool.buffer(slot);
    const bufferData = pool.bufferData(slot);
    pool.setBuffer(slot, (this.index << 2) | tlpClass, data);
    pool.setVia(slot, this.index);
    flight.stamp(slot);
    if (this._layer === undefined) {
      flight.add(slot);
      const feedback = this._feedback;
      if (this._acknowledges && !feedback.isPlanned(3)) {
        feedback.at_ps = flight.last_ps;
        feedback.plan(3);
      }
    } else if (this._layer.carry(slot, flight.wireBytes)) {
      flight.add(slot);
    }
    this._journal.tlpStarted(flight, slot);
    if (buffer >= 0) this.#leaveBuffer(buffer, bufferData);
    if (this._blocked === 0 && this.queues.waiting > 0) {
      // Only after the last credit it is worth asking whether the end of this TLP will change anything.
      if (this.credits.affords(tlpClass, data) || this.queues.canSend()) this.#wakeWhenFree();
      else this.#stall();
    }
    this._listeners[pool.source(slot)]?.onSent(tlpClass);
  }

  /** The receive buffer of the TLP just started will be free when its last bit has left. */
  #leaveBuffer(buffer: number, data: number): void {
    const owner = this._transmitters[buffer >> 2];
    if (owner === undefined) return;
    if (owner.#releaseAhead(buffer & 3, data, this)) return;
    this._releaseBuffer = buffer;
    this._releaseData = data;
    this.#wakeWhenFree();
  }

  /** Credits the sender is without now, of its receiver's buffers. Changes nothing. @param part 0 = headers, 1 = data. */
  creditsUsed(tlpClass: number, part: 0 | 1): number {
    return this.credits.used(tlpClass, part) - this._feedback.arrived(tlpClass, part, this._events.now_ps);
  }

  /** Brings the counters up to date that are not kept with every TLP. */
  count(): void {
    this.countFraming();
    if (this._stalled) this._wire.countStall();
  }

  /** Framing follows from the number of TLPs. */
  countFraming(): void {
    const { index } = this;
    const tlps = this._journal.tlps(index);
    this._journal.countFraming(index, (tlps - this._framed) * this._framingBytes);
    this._framed = tlps;
  }

  /** A TLP that came now would start now, credits permitting. */
  get isIdle(): boolean {
    return this._blocked === 0 && this.queues.waiting === 0 && this._wire.tlpEnd_ps <= this._events.now_ps;
  }

  /** No new TLP starts until {@link unblock} takes the same reasons away. @param reasons BLOCKED. */
  block(reasons: number): void {
    this._blocked |= reasons;
    this.endStall();
  }

  unblock(reasons: number): void {
    if ((this._blocked & reasons) === 0) return;
    this._blocked &= ~reasons;
    if (this._blocked === 0 && this.queues.waiting > 0) this.#kick();
  }

  /** Something other than credits keeps TLPs waiting from now on. */
  endStall(): void {
    if (!this._stalled) return;
    this._stalled = false;
    this._wire.endStallNow();
  }
}
