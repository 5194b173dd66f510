/*
 * One direction of a link, from the queue at its sender to the logic at its receiver.
 *
 *   queues ─ arbitration ─┬─ port latency ─┬─ wire ─┬─ propagation ─┬─ port or switch latency ─▶ receiver
 *                         now          first bit  last bit      arrives                     onArrive
 *
 * All constant delays are pipelines, so one decision fixes everything that follows: when the wire is free, the TLP is
 * chosen and its arrival is certain. A hop costs one event for the arrival, and one for the end of the TLP if another
 * waits for the wire. DLLPs are worked out when somebody looks (feedback.ts).
 */
import { invariant } from '../../../base/invariant.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import { Agenda, type AgendaItem } from './agenda.ts';
import { CreditAccount } from './creditAccount.ts';
import { EVENT, eventWord } from './events.ts';
import type { FabricParts, Receiver, SourceListener, TlpTaker, TransmitterOptions } from './fabricParts.ts';
import { Feedback } from './feedback.ts';
import type { Departure, Journal } from './journal.ts';
import { ITEM, LinkLayer } from './linkLayer.ts';
import { loseSent, loseWaiting, OutageTaker } from './linkOutage.ts';
import type { LinkTiming } from './linkTiming.ts';
import { passNullified, sendNullified } from './nullified.ts';
import { RouteMemory } from './routeMemory.ts';
import { SourceQueues } from './sourceQueues.ts';
import { NONE, type TlpPool } from './tlpPool.ts';
import { Wire } from './wire.ts';

/** Why a transmitter starts no TLP, as bits. An event will look (1, in figures below); its link layer holds it; no link. */
const BLOCKED = { waking: 1, held: 2, down: 4 } as const;
/** How freed credits return: by UpdateFC, without DLLPs, by UpdateFC that may be lost. In figures below. */
const RETURN = { paced: 0, atOnce: 1, watched: 2 } as const;

/**
 * @spec PCIe Base 5.0 §2.6.1 (flow control), §2.4.1 (ordering); performance reference, sections 2 to 4
 * @simplifies One virtual channel. A receiver takes any payload its buffers hold; a payload above its own Max_Payload_Size
 * is not reported as malformed. Devices do not set the Relaxed Ordering and ID-based Ordering attributes.
 */
export class Transmitter implements Departure {
  readonly index: number;
  readonly traced: boolean;
  readonly receiver: Receiver;
  readonly receiverPort: number;
  readonly queues: SourceQueues;
  readonly credits: CreditAccount;
  /** Where the receiver sent the last requests: for the receiver. */
  readonly route = new RouteMemory();
  /** Payload bytes that have reached the receiver's decision point. */
  arrivedPayload = 0;
  /** Payload bytes lost when the link went down. */
  lostPayload = 0;
  readonly #parts: FabricParts;
  readonly #events: EventQueue;
  readonly #pool: TlpPool;
  readonly #journal: Journal;
  readonly #transmitters: readonly Transmitter[];
  readonly #wire: Wire;
  readonly #feedback: Feedback;
  readonly #cutThrough: boolean;
  readonly #arriveWord: number;
  readonly #wireFreeWord: number;
  readonly #creditsWord: number;
  readonly #linkWord: number;
  readonly #listeners: (SourceListener | undefined)[] = [];
  #reverse: Transmitter = this;
  /** Who gets what arrives: the receiver, unless some of it was lost. */
  #taker: TlpTaker;

  // Times are doubles from the start (a fraction, then their value): engines then never change the representation.
  // Of the TLP started last: its first bit leaves, its last one arrives, its time on the wire and its bytes there.
  start_ps = 0.5;
  last_ps = 0.5;
  wire_ps = 0.5;
  wireBytes = 0;
  #creditEvent_ps = 0.5;
  #leadIn_ps = 0.5;
  #propagation_ps = 0.5;
  #decideLatency_ps = 0.5;
  #portLatency_ps = 0.5;
  #flit_ps = 0.5;
  #framingBytes = 0;
  #acknowledges = false;
  /** Why no TLP starts even if the wire is free, as bits: BLOCKED. 0 = nothing is in its way. */
  #blocked = 0;
  #stalled = false;
  /** Set where something can go wrong: this link's data link layer, and what is to happen on it. */
  #layer: LinkLayer | undefined;
  #agenda: Agenda | undefined;
  #timing: LinkTiming;
  /** TLPs whose framing has been counted. */
  #framed = 0;
  /** Told about the link's training and pauses. */
  onTraining: ((item: AgendaItem) => void) | undefined;
  /** Places in the queues of own functions that are free again when the link is up. */
  readonly #owed: { readonly source: number; readonly tlpClass: number }[] = [];
  /** How freed credits return: RETURN. */
  #returns = 0;
  #complete_ps = 0.5;
  #decision_ps = 0.5;
  /** TLPs on their way to the receiver, linked by `next`; only the first has an event. */
  #firstInFlight = NONE;
  #lastInFlight = NONE;
  /** Buffer that is free when the wire is: `transmitter · 4 + class` or NONE, and its data credits. */
  #releaseBuffer = NONE;
  #releaseData = 0;

  constructor(parts: FabricParts, options: TransmitterOptions) {
    this.#events = parts.events;
    this.#pool = parts.pool;
    this.#journal = parts.journal;
    this.#transmitters = parts.transmitters;
    this.index = options.index;
    this.traced = options.traced;
    this.receiver = options.receiver;
    this.receiverPort = options.receiverPort;
    this.credits = new CreditAccount(options.credits);
    this.queues = new SourceQueues(parts.pool, this.credits, parts.orderingExceptions);
    this.#parts = parts;
    this.#timing = options.timing;
    this.#taker = options.receiver;
    this.#linkWord = eventWord(EVENT.link, options.index);
    this.#complete_ps = 0;
    this.#decision_ps = 0;
    this.#wire = new Wire(parts.events, parts.journal, options.index, options.timing);
    this.#feedback = new Feedback(this.credits, options.timing.timerLimit_ps);
    this.#cutThrough = options.decideAfter === 'first';
    this.#arriveWord = eventWord(EVENT.arrive, options.index);
    this.#wireFreeWord = eventWord(EVENT.wireFree, options.index);
    this.#creditsWord = eventWord(EVENT.credits, options.index);
    this.start_ps = 0;
    this.last_ps = 0;
    this.wire_ps = 0;
    this.#creditEvent_ps = -1;
    this.#leadIn_ps = options.leadIn_ps;
    this.#decideLatency_ps = options.decideLatency_ps;
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

  /** New numbers for the same wire: Max_Payload_Size was changed, and with it the timers. */
  setTiming(timing: LinkTiming): void {
    this.#wire.setTiming(timing);
    this.#feedback.timerLimit_ps = timing.timerLimit_ps;
    this.#framingBytes = timing.framingBytes;
    if (timing.framingBytes !== this.#framingBytes) this.countFraming();
    this.#timing = timing;
    this.#setReturns();
    if (this.#layer !== undefined && timing.layer !== undefined) this.#layer.setTiming(timing, timing.layer);
    this.#flit_ps = timing.flit_ps;
    this.#propagation_ps = timing.propagation_ps;
    this.#portLatency_ps = timing.portLatency_ps;
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

  #wireTime_ps(slot: number): number {
    return (this.#pool.wireBytes(slot) + this.#framingBytes) * this.#wire.psPerByte;
  }

  /** The first TLP in flight is at its receiver's decision point. */
  onArrivalDue(): void {
    const pool = this.#pool;
    const slot = this.#firstInFlight;
    const following = pool.next(slot);
    this.#firstInFlight = following;
    if (following >= 0) {
      this.#events.due_ps = pool.due_ps(following);
      this.#events.add(this.#arriveWord);
    }
    if (pool.dataCredits(slot) > 0) this.arrivedPayload += pool.lengthBytes(slot);
    this.#taker.onArrive(slot, this);
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
      } else if (this.last_ps > feedback.at_ps) {
        // The TLP started last had not arrived when the Ack left.
        feedback.at_ps = this.last_ps;
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
      if (this.#blocked >= BLOCKED.down) this.#dropQueued();
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
    this.book(pool.wireBytes(slot) + this.#framingBytes);
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
    this.stamp(slot);
    if (this.#layer === undefined) {
      this.fly(slot);
      const feedback = this.#feedback;
      if (this.#acknowledges && !feedback.isPlanned(3)) {
        feedback.at_ps = this.last_ps;
        feedback.plan(3);
      }
    } else if (this.#layer.carry(slot, this.wireBytes)) {
      this.fly(slot);
    }
    this.#journal.tlpStarted(this, slot);
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
    this.#decision_ps = this.#cutThrough ? first_ps + this.#decideLatency_ps : this.#complete_ps;
  }

  /** Writes the times of {@link book} into a TLP. */
  stamp(slot: number): void {
    this.#pool.setComplete(slot, this.#complete_ps);
    this.#pool.setDue(slot, this.#decision_ps);
  }

  /** A TLP with its times is on its way to the receiver. */
  fly(slot: number): void {
    const pool = this.#pool;
    pool.setNext(slot, -1);
    if (this.#firstInFlight < 0) {
      this.#firstInFlight = slot;
      this.#events.due_ps = pool.due_ps(slot);
      this.#events.add(this.#arriveWord);
    } else {
      pool.setNext(this.#lastInFlight, slot);
    }
    this.#lastInFlight = slot;
  }

  #setReturns(): void {
    const { timerLimit_ps, dllpBytes } = this.#timing;
    this.#acknowledges = dllpBytes > 0 && this.#layer === undefined;
    if (timerLimit_ps === 0 || this.isDown) this.#returns = RETURN.atOnce;
    else this.#returns = this.#layer === undefined ? RETURN.paced : RETURN.watched;
  }

  /** Framing follows from the number of TLPs; brings its counter up to date. */
  countFraming(): void {
    const { index } = this;
    const tlps = this.#journal.tlps(index);
    this.#journal.countFraming(index, (tlps - this.#framed) * this.#framingBytes);
    this.#framed = tlps;
  }

  // What follows is for links on which something can go wrong.

  /** The data link layer in full, from now on: what is on the wire already will be delivered. */
  arm(options: { readonly replayBufferBytes: number | undefined; readonly retrain: () => void }): LinkLayer {
    const timing = this.#timing;
    invariant(timing.layer !== undefined, () => `transmitter ${this.index} is no link`);
    if (this.#layer === undefined) {
      // DLLPs that are due leave as before.
      this.settle();
      const { agenda } = this;
      const own = { sender: this, wire: this.#wire, feedback: this.#feedback, agenda, timing, layer: timing.layer };
      this.#layer = new LinkLayer({ fabric: this.#parts, ...own, ...options });
    }
    this.#setReturns();
    return this.#layer;
  }

  /** What is to happen on the link besides TLPs arriving. */
  get agenda(): Agenda {
    this.#agenda ??= new Agenda(this.#events, this.#linkWord);
    return this.#agenda;
  }

  get isDown(): boolean {
    return this.#blocked >= BLOCKED.down;
  }

  /** A TLP that came now would start now, credits permitting. */
  get isIdle(): boolean {
    return this.#blocked === 0 && this.queues.waiting === 0 && this.#wire.tlpEnd_ps <= this.#events.now_ps;
  }

  /** When the wire has sent what it has. */
  get freeAt_ps(): number {
    return this.#wire.busyUntil_ps;
  }

  /** True if the receiver decides before the last bit. */
  get cutsThrough(): boolean {
    return this.#cutThrough;
  }

  /** Something on the agenda may be due. */
  onLink(): void {
    const agenda = this.#agenda;
    if (agenda === undefined) return;
    for (let item = agenda.take(); item !== undefined; item = agenda.take()) {
      if (item.kind === ITEM.nullifiedLeaves) sendNullified(this.#pool, item.value, this);
      else if (item.kind === ITEM.nullifiedArrives) passNullified(this.#pool, item.value, this);
      else if (item.kind >= ITEM.resume) this.onTraining?.(item);
      else this.#layer?.perform(item);
    }
    this.#layer?.proceed();
  }

  /** A DLLP on this wire: true if it is hit. */
  spoilsDllp(): boolean {
    return this.#layer !== undefined && this.#layer.spoilsDllp();
  }

  /** Puts a TLP on the wire that nobody will use. */
  sendInVain(slot: number): void {
    this.gather();
    this.book(this.#pool.wireBytes(slot) + this.#framingBytes);
    this.#journal.countReplay(this.index, this.wire_ps, true);
  }

  /** No new TLP starts until {@link release}. */
  hold(): void {
    this.#blocked |= BLOCKED.held;
    this.#endStall();
  }

  release(): void {
    if ((this.#blocked & BLOCKED.held) === 0) return;
    this.#blocked &= ~BLOCKED.held;
    if (this.#blocked === 0 && this.queues.waiting > 0) this.#kick();
  }

  /** Nothing leaves before `at_ps`. @returns since when. */
  pauseUntil(at_ps: number): number {
    this.#endStall();
    const since_ps = Math.max(this.#events.now_ps, this.#wire.busyUntil_ps);
    this.#wire.pauseUntil(at_ps);
    this.#layer?.pauseUntil(at_ps);
    if (this.queues.waiting > 0) this.#kick();
    return since_ps;
  }

  /** A pause since `since_ps` is over: training sequences are ordered sets. */
  countPause(since_ps: number): void {
    const length_ps = this.#events.now_ps - since_ps;
    if (length_ps > 0) this.#journal.countSkip(this.index, length_ps);
  }

  /** The link goes down: TLPs are lost (linkOutage.ts), credits return. @returns how many. */
  goDown(): number {
    this.hold();
    this.#blocked |= BLOCKED.down;
    this.#setReturns();
    const pool = this.#pool;
    for (const item of this.#agenda?.clear() ?? []) if (item.kind >= ITEM.nullifiedLeaves) pool.free(item.value);
    const sent = this.#layer?.clear() ?? [];
    for (const slot of sent) loseSent(pool, slot, this);
    const lost = sent.length + this.#loseInFlight();
    this.#feedback.flush();
    return lost + this.#dropQueued();
  }

  /** The link is up: both ends start anew. */
  comeUp(): void {
    this.#blocked &= ~(BLOCKED.down | BLOCKED.held);
    this.#setReturns();
    this.#feedback.flush();
    this.#wire.pauseUntil(this.#events.now_ps);
    const owed = this.#owed.splice(0);
    for (const { source, tlpClass } of owed) this.#listeners[source]?.onSent(tlpClass);
    if (this.queues.waiting > 0) this.#kick();
  }

  #endStall(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#wire.endStallNow();
  }

  #loseInFlight(): number {
    const pool = this.#pool;
    const whole_ps = this.#events.now_ps + this.#decideLatency_ps;
    let whole = 0;
    let lost = 0;
    for (let slot = this.#firstInFlight; slot >= 0; slot = pool.next(slot)) {
      if (pool.complete_ps(slot) > whole_ps) lost++;
      else whole++;
    }
    if (lost === 0) return 0;
    this.#taker = new OutageTaker(pool, whole, lost, () => {
      this.#taker = this.receiver;
    });
    return lost;
  }

  /** Own functions hear of room again only when the link is up: until then they have none. */
  #dropQueued(): number {
    let count = 0;
    for (let slot = this.queues.drop(); slot >= 0; slot = this.queues.drop()) {
      const source = this.#pool.source(slot);
      const isOwn = this.#listeners[source] !== undefined;
      if (isOwn) this.#owed.push({ source, tlpClass: this.#pool.classOf(slot) });
      loseWaiting(this.#pool, slot, this, isOwn);
      count++;
    }
    return count;
  }
}
