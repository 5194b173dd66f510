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
  readonly #events: EventQueue;
  readonly #pool: TlpPool;
  readonly #journal: Journal;
  readonly #transmitters: readonly Transmitter[];
  readonly #wire: Wire;
  readonly #feedback: Feedback;
  readonly #wireFreeWord: number;
  readonly #creditsWord: number;
  readonly #listeners: (SourceListener | undefined)[] = [];
  #reverse: Transmitter = this;
  #timing: LinkTiming;

  // Times are doubles from the start (a fraction, then their value): engines then never change the representation.
  #creditEvent_ps = 0.5;
  #propagation_ps = 0.5;
  #portLatency_ps = 0.5;
  #flit_ps = 0.5;
  #framingBytes = 0;
  /** TLPs whose framing has been counted. */
  #framed = 0;
  #acknowledges = false;
  /** RETURN */
  #returns = 0;
  /** Set where something can go wrong. */
  #layer: LinkLayer | undefined;
  /** Why no TLP starts even if the wire is free, as bits (BLOCKED, `waking` in figures). 0 = nothing is in its way. */
  #blocked = 0;
  #stalled = false;
  /** Buffer that is free when the wire is: `transmitter · 4 + class` or NONE, and its data credits. */
  #releaseBuffer = NONE;
  #releaseData = 0;

  constructor(parts: FabricParts, options: TransmitterOptions) {
    this.#events = parts.events;
    this.#pool = parts.pool;
    this.#journal = parts.journal;
    this.#transmitters = parts.transmitters;
    this.index = options.index;
    this.receiver = options.receiver;
    this.receiverPort = options.receiverPort;
    this.credits = new CreditAccount(options.credits);
    this.queues = new SourceQueues(parts.pool, this.credits, parts.orderingExceptions);
    this.#timing = options.timing;
    const wire = new Wire(parts.events, parts.journal, options.index, options.timing);
    const feedback = new Feedback(this.credits, options.timing.timerLimit_ps);
    this.#wire = wire;
    this.#feedback = feedback;
    this.flight = new Flight(parts, options, wire);
    this.end = new LinkEnd({ fabric: parts, sender: this, wire, feedback, listeners: this.#listeners });
    this.#wireFreeWord = eventWord(EVENT.wireFree, options.index);
    this.#creditsWord = eventWord(EVENT.credits, options.index);
    this.#creditEvent_ps = -1;
    this.setTiming(options.timing);
  }

  /** Names the opposite direction. Once, before traffic. */
  pairWith(reverse: Transmitter): void {
    this.#reverse = reverse;
  }

  /** The opposite direction; its receiver is the node that sends here. */
  get reverse(): Transmitter {
    return this.#reverse;
  }

  get timing(): LinkTiming {
    return this.#timing;
  }

  /** New numbers for the same wire: Max_Payload_Size was changed, and with it the timers; or speed or width. */
  setTiming(timing: LinkTiming): void {
    if (timing.framingBytes !== this.#framingBytes) this.countFraming();
    this.#timing = timing;
    this.#framingBytes = timing.framingBytes;
    this.#flit_ps = timing.flit_ps;
    this.#propagation_ps = timing.propagation_ps;
    this.#portLatency_ps = timing.portLatency_ps;
    this.#wire.setTiming(timing);
    this.flight.setTiming(timing);
    this.#feedback.timerLimit_ps = timing.timerLimit_ps;
    if (timing.layer !== undefined) this.#layer?.setTiming(timing, timing.layer);
    this.follow();
  }

  /** The state of the link has changed, and with it the way of Acks and credits. */
  follow(): void {
    const { timerLimit_ps, dllpBytes } = this.#timing;
    this.#layer = this.end.layer;
    this.#acknowledges = dllpBytes > 0 && this.#layer === undefined;
    if (timerLimit_ps === 0 || this.end.isDown) this.#returns = RETURN.atOnce;
    else this.#returns = this.#layer === undefined ? RETURN.paced : RETURN.watched;
  }

  /** A new source of TLPs. @param listener told when one of its TLPs starts. @returns its number. */
  addSource(listener?: SourceListener): number {
    const source = this.queues.addSource();
    this.#listeners[source] = listener;
    return source;
  }

  /** True if a TLP could start now without its last bit leaving before `complete_ps` of its slot. */
  canCutThrough(slot: number): boolean {
    // Where the answer is no, the time at which it will be yes.
    this.#events.due_ps = Math.ceil(this.#pool.complete_ps(slot) - this.#wireTime_ps(slot));
    return this.#events.due_ps <= this.#events.now_ps;
  }

  /** How long a TLP occupies this wire, framing included. */
  duration_ps(slot: number): number {
    return this.#wireTime_ps(slot);
  }

  /** Bytes of a TLP on this wire, framing included. */
  bytesOnWire(slot: number): number {
    return this.#pool.wireBytes(slot) + this.#framingBytes;
  }

  #wireTime_ps(slot: number): number {
    return (this.#pool.wireBytes(slot) + this.#framingBytes) * this.#wire.psPerByte;
  }

  /** The first TLP in flight is at its receiver's decision point. */
  onArrivalDue(): void {
    this.flight.onDue(this);
  }

  /** Puts a TLP into its queue; it starts now if it can. */
  enqueue(slot: number, source: number): void {
    if (this.#blocked === 0 && this.queues.waiting === 0 && this.#wire.tlpEnd_ps <= this.#events.now_ps) {
      this.gather();
      if (this.credits.affords(this.#pool.classOf(slot), this.#pool.dataCredits(slot))) {
        this.#pool.setSource(slot, source);
        this.#start(slot);
        return;
      }
    }
    this.queues.add(slot, source);
    this.#kick();
  }

  /** The wire has become free: the buffer of what left it is too. */
  onWireFree(): void {
    this.#blocked &= ~1;
    const buffer = this.#releaseBuffer;
    if (buffer >= 0) {
      this.#releaseBuffer = -1;
      this.releaseBuffer(buffer, this.#releaseData);
    }
    if (this.queues.waiting > 0) this.#kick();
  }

  /** Frees a receive buffer of any transmitter. @param buffer transmitter · 4 + class. */
  releaseBuffer(buffer: number, data: number): void {
    const owner = this.#transmitters[buffer >> 2];
    if (owner !== undefined) owner.#release(buffer & 3, data);
  }

  /** The receiver has freed a buffer; the sender will be told. */
  #release(tlpClass: number, data: number): void {
    if (this.credits.isEndless(tlpClass)) return;
    const feedback = this.#feedback;
    if (feedback.next_ps <= this.#events.now_ps) this.settle();
    this.credits.release(tlpClass, data);
    feedback.at_ps = this.#events.now_ps;
    if (this.#returns === 0) {
      if (!feedback.isPlanned(tlpClass)) feedback.plan(tlpClass);
    } else if (this.#returns === 1) {
      feedback.at_ps += this.#propagation_ps;
      feedback.depart(tlpClass);
    } else {
      this.#layer?.freed(tlpClass);
    }
    if (this.#stalled) this.#awaitCredits();
  }

  /**
   * The receiver will free a buffer when the wire of another transmitter is free. If no UpdateFC of the class can leave
   * before that time, the release can be noted now and needs no event.
   * @returns false if it cannot.
   */
  #releaseAhead(tlpClass: number, data: number, sender: Transmitter): boolean {
    if (this.credits.isEndless(tlpClass)) return true;
    const feedback = this.#feedback;
    if (feedback.next_ps <= this.#events.now_ps) this.settle();
    feedback.at_ps = sender.#wire.tlpEnd_ps;
    if (this.#returns === 1) {
      this.credits.release(tlpClass, data);
      feedback.at_ps += this.#propagation_ps;
      feedback.depart(tlpClass);
    } else {
      if (!feedback.isPlanned(tlpClass)) feedback.plan(tlpClass);
      else if (!feedback.isPlannedFrom(tlpClass)) return false;
      this.credits.release(tlpClass, data);
      if (this.#returns === 2) this.#layer?.freed(tlpClass);
    }
    if (this.#stalled) this.#awaitCredits();
    return true;
  }

  /** Credits may have come back. */
  onCredits(): void {
    if (this.queues.waiting > 0) this.#kick();
  }

  /** Puts the DLLPs on the opposite wire that were due about this direction up to now. */
  settle(): void {
    const feedback = this.#feedback;
    const reverse = this.#reverse;
    while (feedback.next_ps <= this.#events.now_ps) {
      const kind = feedback.takeDue();
      reverse.#wire.sendDllp(feedback.at_ps);
      if (this.#layer !== undefined) {
        this.#layer.dllpSent(kind);
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
    const end_ps = this.#wire.busyUntil_ps + this.#propagation_ps + this.#portLatency_ps;
    const arrival_ps = this.#flit_ps > 0 ? (Math.floor(end_ps / this.#flit_ps) + 1) * this.#flit_ps : end_ps;
    return arrival_ps + this.#portLatency_ps;
  }

  /** DLLPs of the opposite direction take the wire before the next TLP; credits that have come back are counted. */
  gather(): void {
    const { now_ps } = this.#events;
    if (this.#reverse.#feedback.next_ps <= now_ps) this.#reverse.settle();
    const feedback = this.#feedback;
    if (feedback.next_ps <= now_ps) this.settle();
    while (feedback.news_ps <= now_ps) feedback.absorb();
  }

  /** Sends if the wire is free, otherwise makes sure that someone looks when it is. */
  #kick(): void {
    if (this.#blocked !== 0) {
      if (this.#blocked >= BLOCKED.down) this.end.dropQueued();
      return;
    }
    if (this.#wire.tlpEnd_ps <= this.#events.now_ps) this.#serve();
    else if (this.queues.canSend()) this.#wakeWhenFree();
    else this.#stall();
  }

  #wakeWhenFree(): void {
    this.#blocked |= 1;
    this.#events.due_ps = this.#wire.tlpEnd_ps;
    this.#events.add(this.#wireFreeWord);
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
    if (!this.#stalled) {
      this.#stalled = true;
      this.#wire.beginStall();
    }
    this.#awaitCredits();
  }

  /** Look again when there may be credits and the wire is free. */
  #awaitCredits(): void {
    const feedback = this.#feedback;
    const { now_ps } = this.#events;
    let at_ps = Math.min(feedback.news_ps, feedback.nextUpdate_ps());
    if (at_ps === Infinity) return;
    if (at_ps < now_ps) at_ps = now_ps;
    if (at_ps < this.#wire.tlpEnd_ps) at_ps = this.#wire.tlpEnd_ps;
    if (this.#creditEvent_ps > now_ps && this.#creditEvent_ps <= at_ps) return;
    this.#creditEvent_ps = at_ps;
    this.#events.due_ps = at_ps;
    this.#events.add(this.#creditsWord);
  }

  /**
   * Commits a TLP to the wire, and with it its arrival. Long, so that engines keep one copy of it instead of one in each
   * caller (see EventQueue).
   */
  #start(slot: number): void {
    const pool = this.#pool;
    const { flight } = this;
    flight.book(pool.wireBytes(slot) + this.#framingBytes);
    if (this.#stalled) {
      this.#stalled = false;
      this.#wire.endStall(this.#wire.start_ps);
    }
    const tlpClass = pool.classOf(slot);
    const data = pool.dataCredits(slot);
    this.credits.take(tlpClass, data);
    const buffer = pool.buffer(slot);
    const bufferData = pool.bufferData(slot);
    pool.setBuffer(slot, (this.index << 2) | tlpClass, data);
    pool.setVia(slot, this.index);
    flight.stamp(slot);
    if (this.#layer === undefined) {
      flight.add(slot);
      const feedback = this.#feedback;
      if (this.#acknowledges && !feedback.isPlanned(3)) {
        feedback.at_ps = flight.last_ps;
        feedback.plan(3);
      }
    } else if (this.#layer.carry(slot, flight.wireBytes)) {
      flight.add(slot);
    }
    this.#journal.tlpStarted(flight, slot);
    if (buffer >= 0) this.#leaveBuffer(buffer, bufferData);
    if (this.#blocked === 0 && this.queues.waiting > 0) {
      // Only after the last credit it is worth asking whether the end of this TLP will change anything.
      if (this.credits.affords(tlpClass, data) || this.queues.canSend()) this.#wakeWhenFree();
      else this.#stall();
    }
    this.#listeners[pool.source(slot)]?.onSent(tlpClass);
  }

  /** The receive buffer of the TLP just started will be free when its last bit has left. */
  #leaveBuffer(buffer: number, data: number): void {
    const owner = this.#transmitters[buffer >> 2];
    if (owner === undefined) return;
    if (owner.#releaseAhead(buffer & 3, data, this)) return;
    this.#releaseBuffer = buffer;
    this.#releaseData = data;
    this.#wakeWhenFree();
  }

  /** Brings the counters up to date that are not kept with every TLP. */
  count(): void {
    this.countFraming();
    if (this.#stalled) this.#wire.countStall();
  }

  /** Framing follows from the number of TLPs. */
  countFraming(): void {
    const { index } = this;
    const tlps = this.#journal.tlps(index);
    this.#journal.countFraming(index, (tlps - this.#framed) * this.#framingBytes);
    this.#framed = tlps;
  }

  /** A TLP that came now would start now, credits permitting. */
  get isIdle(): boolean {
    return this.#blocked === 0 && this.queues.waiting === 0 && this.#wire.tlpEnd_ps <= this.#events.now_ps;
  }

  /** No new TLP starts until {@link unblock} takes the same reasons away. @param reasons BLOCKED. */
  block(reasons: number): void {
    this.#blocked |= reasons;
    this.endStall();
  }

  unblock(reasons: number): void {
    if ((this.#blocked & reasons) === 0) return;
    this.#blocked &= ~reasons;
    if (this.#blocked === 0 && this.queues.waiting > 0) this.#kick();
  }

  /** Something other than credits keeps TLPs waiting from now on. */
  endStall(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#wire.endStallNow();
  }
}
