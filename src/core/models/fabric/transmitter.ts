/*
 * One direction of a link, from the queue at its sender to the logic at its receiver.
 *
 *   queues ─ arbitration ─┬─ port latency ─┬─ wire ─┬─ propagation ─┬─ port or switch latency ─▶ receiver
 *                         now          first bit  last bit      arrives                     onArrive
 *
 * All constant delays are pipelines, so one decision fixes everything that follows: when the wire is free, the TLP is
 * chosen, and its arrival is scheduled at once. That is two events a hop: `arrive` and `wireFree`.
 *
 * The wire also carries, before the next TLP, the DLLPs that answer the opposite direction, and SKP ordered sets.
 * Acks are sent no closer together than the timer limit of the performance reference (3.2), and at once when TLPs are
 * rarer than that; likewise UpdateFC for each class.
 */
import { doubleAt, int32At } from '../../sim/cells.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import { CreditAccount, type CreditLimits, type CreditUpdates, UPDATE_STATE } from './creditAccount.ts';
import { EVENT, EVENT_KIND_BITS } from './events.ts';
import type { Departure, Journal } from './journal.ts';
import type { LinkTiming } from './linkTiming.ts';
import { SourceQueues } from './sourceQueues.ts';
import { NONE, type TlpPool } from './tlpPool.ts';

/** Who gets the TLPs at the far end. */
export interface Receiver {
  /** A TLP that came over a transmitter is at its decision point. */
  onArrive(slot: number, ingress: Transmitter): void;
  /** What the receiver scheduled for a TLP with `forward`. */
  onForward(slot: number): void;
  /** What the receiver scheduled for a TLP with `served`. */
  onServed(slot: number): void;
}

/** A source that wants to know when its TLPs leave. */
export interface SourceListener {
  onSent(tlpClass: number): void;
}

export interface TransmitterOptions {
  readonly index: number;
  /** Hops are counted, hashed and recorded only on real links. */
  readonly traced: boolean;
  readonly timing: LinkTiming;
  readonly credits: CreditLimits;
  /** From decision to first bit: the port's latency, or 0 where a switch's pin-to-pin latency includes it. */
  readonly leadIn_ps: number;
  readonly receiver: Receiver;
  /** Number of this port at the receiver. */
  readonly receiverPort: number;
  /** first = the receiver decides this long after the first bit (cut-through), last = after the last. */
  readonly decideAfter: 'first' | 'last';
  readonly decideLatency_ps: number;
}

/** What all transmitters of a machine share. */
export interface FabricParts {
  readonly events: EventQueue;
  readonly pool: TlpPool;
  readonly journal: Journal;
  readonly updates: CreditUpdates;
  /** By index. */
  readonly transmitters: readonly Transmitter[];
}

/** Bits of the DLLPs waiting for the wire: an Ack, and UpdateFC for each class. */
const ACK_BIT = 8;

export class Transmitter implements Departure {
  readonly index: number;
  /** Hops are counted, hashed and recorded only on real links. */
  readonly traced: boolean;
  readonly receiver: Receiver;
  readonly receiverPort: number;
  readonly queues: SourceQueues;
  readonly credits: CreditAccount;
  readonly #events: EventQueue;
  readonly #pool: TlpPool;
  readonly #journal: Journal;
  readonly #updates: CreditUpdates;
  readonly #cutThrough: boolean;
  readonly #listeners: (SourceListener | undefined)[] = [];
  readonly #transmitters: readonly Transmitter[];
  /** The opposite direction of the same link. */
  #reverse: Transmitter = this;

  // Times are doubles from the start (0.5, then their value): engines then never change the representation.
  // The first four are of the TLP started last: when its first bit leaves, its last one arrives, and its size and time.
  start_ps = 0.5;
  last_ps = 0.5;
  wire_ps = 0.5;
  wireBytes = 0;
  #busyUntil_ps = 0.5;
  #psPerByte = 0.5;
  #carry_ps = 0.5;
  #skipDue_ps = 0.5;
  #lastAck_ps = 0.5;
  #stalledSince_ps = 0.5;
  #skip_ps = 0.5;
  #skipInterval_ps = 0.5;
  #leadIn_ps = 0.5;
  #propagation_ps = 0.5;
  #decideLatency_ps = 0.5;
  #portLatency_ps = 0.5;
  #timerLimit_ps = 0.5;
  #flit_ps = 0.5;
  #framingBytes = 0;
  #dllpBytes = 0;

  #wakeScheduled = false;
  #ackScheduled = false;
  #stalled = false;
  /** By class: when the last UpdateFC was due, and when the next one is if its timer runs. */
  readonly #lastUpdate_ps = new Float64Array(3);
  readonly #updateDue_ps = new Float64Array(3);
  /** TLPs on their way to the receiver, linked by `next`; only the first has an event. */
  #firstInFlight = NONE;
  #lastInFlight = NONE;
  /** DLLPs waiting: bit `class` = UpdateFC of that class, ACK_BIT = Ack. */
  #dllps = 0;
  /** Buffer that is free when the wire is: `transmitter · 4 + class` or NONE, and its data credits. */
  #releaseBuffer = NONE;
  #releaseData = 0;

  constructor(parts: FabricParts, options: TransmitterOptions) {
    this.#events = parts.events;
    this.#pool = parts.pool;
    this.#journal = parts.journal;
    this.#updates = parts.updates;
    this.#transmitters = parts.transmitters;
    this.index = options.index;
    this.receiver = options.receiver;
    this.receiverPort = options.receiverPort;
    this.credits = new CreditAccount(options.credits);
    this.queues = new SourceQueues(parts.pool, this.credits);
    this.traced = options.traced;
    this.#cutThrough = options.decideAfter === 'first';
    this.#busyUntil_ps = 0;
    this.#carry_ps = 0;
    this.start_ps = 0;
    this.last_ps = 0;
    this.wire_ps = 0;
    this.#lastAck_ps = -options.timing.timerLimit_ps;
    this.#lastUpdate_ps.fill(-options.timing.timerLimit_ps);
    this.#stalledSince_ps = 0;
    this.#leadIn_ps = options.leadIn_ps;
    this.#decideLatency_ps = options.decideLatency_ps;
    this.setTiming(options.timing);
    this.#skipDue_ps = this.#skipInterval_ps;
  }

  /** Names the opposite direction. Once, before traffic. */
  pairWith(reverse: Transmitter): void {
    this.#reverse = reverse;
  }

  /** New numbers for the same wire: Max_Payload_Size was changed, and with it the timers. */
  setTiming(timing: LinkTiming): void {
    this.#psPerByte = timing.psPerByte;
    this.#framingBytes = timing.framingBytes;
    this.#dllpBytes = timing.dllpBytes;
    this.#skip_ps = timing.skip_ps;
    this.#skipInterval_ps = timing.skipInterval_ps;
    this.#flit_ps = timing.flit_ps;
    this.#propagation_ps = timing.propagation_ps;
    this.#portLatency_ps = timing.portLatency_ps;
    this.#timerLimit_ps = timing.timerLimit_ps;
  }

  /** A new source of TLPs. @param listener told when one of its TLPs starts. @returns its number. */
  addSource(listener?: SourceListener): number {
    const source = this.queues.addSource();
    this.#listeners[source] = listener;
    return source;
  }

  /** Time a TLP in this slot takes on the wire, not rounded. */
  wireTime_ps(slot: number): number {
    return (this.#pool.wireBytes(slot) + this.#framingBytes) * this.#psPerByte;
  }

  /** Payload bytes that have reached the receiver's decision point. */
  arrivedPayload = 0;

  /** The first TLP in flight is at its receiver's decision point. */
  onArrivalDue(): void {
    const pool = this.#pool;
    const slot = this.#firstInFlight;
    const following = pool.next(slot);
    this.#firstInFlight = following;
    if (following !== NONE) {
      this.#events.due_ps = pool.due_ps(following);
      this.#events.add(EVENT.arrive | (this.index << EVENT_KIND_BITS));
    }
    if (pool.dataCredits(slot) > 0) this.arrivedPayload += pool.lengthBytes(slot);
    this.receiver.onArrive(slot, this);
  }

  /** The opposite direction of the same link. */
  get reverse(): Transmitter {
    return this.#reverse;
  }

  /** Puts a TLP into its queue; it starts now if it can. */
  enqueue(slot: number, source: number): void {
    if (this.#isFreeFor(slot)) {
      this.#pool.setSource(slot, source);
      this.#start(slot);
      return;
    }
    this.queues.add(slot, source);
    this.#kick();
  }

  /** Nothing is before this TLP: not on the wire, not in the queues, and credits are there. */
  #isFreeFor(slot: number): boolean {
    return (
      !this.#wakeScheduled &&
      this.#dllps === 0 &&
      this.queues.waiting === 0 &&
      this.#busyUntil_ps <= this.#events.now_ps &&
      this.credits.affords(this.#pool.classOf(slot), this.#pool.dataCredits(slot))
    );
  }

  /** The wire has become free: the buffer of what left it is too. */
  onWireFree(): void {
    this.#wakeScheduled = false;
    const buffer = this.#releaseBuffer;
    if (buffer !== NONE) {
      this.#releaseBuffer = NONE;
      this.releaseBuffer(buffer, this.#releaseData);
    }
    if (this.#busyUntil_ps > this.#events.now_ps) this.#kick();
    else this.#serve();
  }

  /** Frees a receive buffer of any transmitter. @param buffer transmitter · 4 + class. */
  releaseBuffer(buffer: number, data: number): void {
    const owner = this.#transmitters[buffer >> 2];
    if (owner !== undefined) owner.release(buffer & 3, data);
  }

  /** The receiver has freed a buffer; the sender will be told. */
  release(tlpClass: number, data: number): void {
    const { credits } = this;
    if (!credits.release(tlpClass, data)) return;
    if (int32At(credits.updateState, tlpClass) !== UPDATE_STATE.idle) return;
    if (this.#timerLimit_ps === 0) {
      this.#events.due_ps = this.#events.now_ps + this.#propagation_ps;
      this.sendUpdate(tlpClass);
      return;
    }
    const due_ps = doubleAt(this.#lastUpdate_ps, tlpClass) + this.#timerLimit_ps;
    if (due_ps <= this.#events.now_ps) this.onUpdateDue(tlpClass);
    else this.#startUpdateTimer(tlpClass, due_ps);
  }

  /**
   * The receiver will free a buffer at `busyUntil_ps` of another transmitter. If no UpdateFC of the class can leave before
   * that time, the release can be noted now and needs no event.
   * @returns false if it cannot.
   */
  releaseAhead(tlpClass: number, data: number, sender: Transmitter): boolean {
    const { credits } = this;
    const at_ps = sender.#busyUntil_ps;
    const state = int32At(credits.updateState, tlpClass);
    if (state === UPDATE_STATE.timing) {
      if (at_ps > doubleAt(this.#updateDue_ps, tlpClass)) return false;
      credits.release(tlpClass, data);
      return true;
    }
    if (state !== UPDATE_STATE.idle || this.#timerLimit_ps === 0) return false;
    if (!credits.release(tlpClass, data)) return true;
    const due_ps = doubleAt(this.#lastUpdate_ps, tlpClass) + this.#timerLimit_ps;
    this.#startUpdateTimer(tlpClass, due_ps > at_ps ? due_ps : at_ps);
    return true;
  }

  #startUpdateTimer(tlpClass: number, due_ps: number): void {
    this.credits.updateState[tlpClass] = UPDATE_STATE.timing;
    this.#updateDue_ps[tlpClass] = due_ps;
    this.#events.due_ps = due_ps;
    this.#events.add(EVENT.updateDue | (((this.index << 2) | tlpClass) << EVENT_KIND_BITS));
  }

  /** The UpdateFC timer of a class has run out. */
  onUpdateDue(tlpClass: number): void {
    this.#lastUpdate_ps[tlpClass] = this.#events.now_ps;
    this.credits.updateState[tlpClass] = UPDATE_STATE.queued;
    this.#reverse.#requestDllp(1 << tlpClass);
  }

  /** Freed credits of a class start on their way; they are usable at `events.due_ps`. */
  sendUpdate(tlpClass: number): void {
    const { credits } = this;
    credits.updateState[tlpClass] = UPDATE_STATE.idle;
    const header = int32At(credits.freedHeader, tlpClass);
    const data = int32At(credits.freedData, tlpClass);
    const slot = this.#updates.send((this.index << 2) | tlpClass, header, data);
    credits.depart(tlpClass);
    this.#events.add(EVENT.update | (slot << EVENT_KIND_BITS));
  }

  /** Credits have come back to the sender. */
  onUpdate(tlpClass: number, header: number, data: number): void {
    this.credits.arrive(tlpClass, header, data);
    if (this.queues.waiting > 0) this.#kick();
  }

  /** The Ack timer has run out: everything that has arrived by now is acknowledged. */
  onAckDue(): void {
    this.#reverse.#requestDllp(ACK_BIT);
    this.#ackScheduled = false;
    this.#lastAck_ps = this.#events.now_ps;
    if (this.last_ps > this.#lastAck_ps) this.#awaitAck();
  }

  /** For the TLP started last. */
  #awaitAck(): void {
    this.#ackScheduled = true;
    const due_ps = this.#lastAck_ps + this.#timerLimit_ps;
    this.#events.due_ps = due_ps > this.last_ps ? due_ps : this.last_ps;
    this.#events.add(EVENT.ackDue | (this.index << EVENT_KIND_BITS));
  }

  #requestDllp(bit: number): void {
    this.#dllps |= bit;
    this.#kick();
  }

  /** Sends if the wire is free, otherwise makes sure that someone looks when it is. */
  #kick(): void {
    if (this.#wakeScheduled) return;
    if (this.#busyUntil_ps > this.#events.now_ps) this.#wakeWhenFree();
    else this.#serve();
  }

  #wakeWhenFree(): void {
    this.#wakeScheduled = true;
    this.#events.due_ps = this.#busyUntil_ps;
    this.#events.add(EVENT.wireFree | (this.index << EVENT_KIND_BITS));
  }

  /** The wire is free: DLLPs first, then the TLP whose turn it is. */
  #serve(): void {
    if (this.#dllps !== 0) this.#sendDllps();
    if (this.queues.waiting === 0) return;
    const slot = this.queues.take();
    if (slot === NONE) {
      if (!this.#stalled) {
        this.#stalled = true;
        this.#stalledSince_ps = this.#events.now_ps;
      }
      return;
    }
    if (this.#stalled) {
      this.#stalled = false;
      this.#journal.countStall(this.index, this.#events.now_ps - this.#stalledSince_ps);
    }
    this.#start(slot);
  }

  /** Commits a TLP to the wire. */
  #start(slot: number): void {
    const pool = this.#pool;
    const bytes = pool.wireBytes(slot) + this.#framingBytes;
    let start_ps = this.#busyUntil_ps > this.#events.now_ps ? this.#busyUntil_ps : this.#events.now_ps;
    if (this.#skip_ps > 0 && start_ps >= this.#skipDue_ps) start_ps = this.#afterSkips(start_ps);
    // The fraction of a picosecond that rounding leaves goes to the next TLP: rates stay exact.
    const exact_ps = bytes * this.#psPerByte + this.#carry_ps;
    const wire_ps = Math.floor(exact_ps + 0.5);
    this.#carry_ps = exact_ps - wire_ps;
    this.#busyUntil_ps = start_ps + wire_ps;
    this.start_ps = start_ps + this.#leadIn_ps;
    this.last_ps = this.#busyUntil_ps + this.#leadIn_ps + this.#propagation_ps;
    this.wire_ps = wire_ps;
    this.wireBytes = bytes;

    const tlpClass = pool.classOf(slot);
    const data = pool.dataCredits(slot);
    this.credits.take(tlpClass, data);
    const buffer = pool.buffer(slot);
    const bufferData = pool.bufferData(slot);
    pool.setBuffer(slot, (this.index << 2) | tlpClass, data);
    pool.setVia(slot, this.index);

    this.#fly(slot);
    if (this.#dllpBytes > 0 && !this.#ackScheduled) this.#awaitAck();
    this.#journal.tlpStarted(this, slot);
    if (buffer !== NONE) this.#leaveBuffer(buffer, bufferData);
    if (!this.#wakeScheduled && this.queues.waiting > 0) this.#wakeWhenFree();
    this.#listeners[pool.source(slot)]?.onSent(tlpClass);
  }

  /** When the TLP just started is at its receiver's decision point, and that it will be. */
  #fly(slot: number): void {
    const pool = this.#pool;
    let first_ps = this.start_ps + this.#propagation_ps;
    if (this.#flit_ps > 0) {
      // Nothing in a flit is usable before its end.
      this.last_ps = Math.ceil(this.last_ps / this.#flit_ps) * this.#flit_ps;
      first_ps = Math.min(this.last_ps, (Math.floor(first_ps / this.#flit_ps) + 1) * this.#flit_ps);
    }
    const decision_ps = (this.#cutThrough ? first_ps : this.last_ps) + this.#decideLatency_ps;
    pool.setFlight(slot, this.last_ps + this.#decideLatency_ps, decision_ps);
    pool.setNext(slot, NONE);
    if (this.#firstInFlight === NONE) {
      this.#firstInFlight = slot;
      this.#events.due_ps = decision_ps;
      this.#events.add(EVENT.arrive | (this.index << EVENT_KIND_BITS));
    } else {
      pool.setNext(this.#lastInFlight, slot);
    }
    this.#lastInFlight = slot;
  }

  /** The receive buffer of the TLP just started will be free when its last bit has left. */
  #leaveBuffer(buffer: number, data: number): void {
    const owner = this.#transmitters[buffer >> 2];
    if (owner === undefined) return;
    if (this.queues.waiting === 0 && owner.releaseAhead(buffer & 3, data, this)) return;
    this.#releaseBuffer = buffer;
    this.#releaseData = data;
    this.#wakeWhenFree();
  }

  /** All DLLPs that wait, one after the other, from now on. */
  #sendDllps(): void {
    const waiting = this.#dllps;
    this.#dllps = 0;
    for (let bit = 0; bit < 4; bit++) {
      if ((waiting & (1 << bit)) === 0) continue;
      const free_ps = this.#busyUntil_ps > this.#events.now_ps ? this.#busyUntil_ps : this.#events.now_ps;
      const exact_ps = this.#dllpBytes * this.#psPerByte + this.#carry_ps;
      const wire_ps = Math.floor(exact_ps + 0.5);
      this.#carry_ps = exact_ps - wire_ps;
      this.#busyUntil_ps = free_ps + wire_ps;
      if (this.#dllpBytes > 0) this.#journal.countDllp(this.index, this.#dllpBytes, wire_ps);
      if (1 << bit === ACK_BIT) continue;
      this.#events.due_ps = this.#dllpArrival_ps();
      this.#reverse.sendUpdate(bit);
    }
  }

  /** When a DLLP that has just been put on the wire is understood at the other end. */
  #dllpArrival_ps(): number {
    const end_ps = this.#busyUntil_ps + this.#propagation_ps + this.#portLatency_ps;
    const arrival_ps = this.#flit_ps > 0 ? (Math.floor(end_ps / this.#flit_ps) + 1) * this.#flit_ps : end_ps;
    return arrival_ps + this.#portLatency_ps;
  }

  /**
   * SKP ordered sets that were due up to `start_ps`: those due while the wire was busy go now, back to back; the others
   * went when they were due, and only the last one may still be on the wire.
   */
  #afterSkips(start_ps: number): number {
    const due_ps = this.#skipDue_ps;
    const interval_ps = this.#skipInterval_ps;
    const count = Math.floor((start_ps - due_ps) / interval_ps) + 1;
    const late =
      due_ps > this.#busyUntil_ps ? 0 : Math.min(count, Math.floor((this.#busyUntil_ps - due_ps) / interval_ps) + 1);
    const lastDue_ps = due_ps + (count - 1) * interval_ps;
    this.#skipDue_ps = lastDue_ps + interval_ps;
    this.#journal.countSkip(this.index, count * this.#skip_ps);
    const free_ps = Math.max(this.#busyUntil_ps + late * this.#skip_ps, late < count ? lastDue_ps + this.#skip_ps : 0);
    return Math.max(start_ps, Math.round(free_ps));
  }
}
