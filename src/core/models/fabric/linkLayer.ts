/*
 * The data link layer of one direction of a link, for links on which something can go wrong: sequence numbers, the
 * replay buffer, Acks and Naks with what they say, the replay timer.
 *
 *   sender    acknowledged | oldest ■■■■■■■■ next          ■ = replay buffer; `replay` runs through it again
 *   receiver  accepted …………………………| expected               `reported` = what its Acks have said
 *
 * As everywhere on a link, what happens to a TLP is certain when its first bit leaves: whether a bit will be wrong, and
 * whether the receiver will still be waiting for this sequence number then. So the receiver's side (`expected`) is kept
 * as it will be when everything on the wire has come. Only TLPs that will be accepted join those in flight; the others
 * take their time on the wire and stay in the replay buffer.
 */
import { type Agenda, type AgendaItem, ITEM } from './agenda.ts';
import { anyWrong, BitErrors } from './bitErrors.ts';
import { BLOCKED } from './blocked.ts';
import type { FabricParts } from './fabricParts.ts';
import { ACK, type Feedback } from './feedback.ts';
import { FLIT_BITS, type LinkLayerTiming, type LinkTiming } from './linkTiming.ts';
import { nullify } from './nullified.ts';
import { ReplayBuffer } from './replayBuffer.ts';
import { NONE } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';
import type { Wire } from './wire.ts';

/** Replays without progress after which the link is retrained: REPLAY_NUM has two bits. */
const REPLAY_LIMIT = 4;
/** Sequence numbers have 12 bits, of which half may be under way. */
const SEQUENCE_LIMIT = 2047;
/** A lost UpdateFC is sent again after at most this time. */
const UPDATE_INTERVAL_PS = 30_000_000;
const DLLP_BYTES = 8;

export interface LinkLayerParts {
  readonly fabric: FabricParts;
  readonly sender: Transmitter;
  readonly wire: Wire;
  readonly feedback: Feedback;
  readonly agenda: Agenda;
  readonly timing: LinkTiming;
  readonly layer: LinkLayerTiming;
  /** Size given in the document. */
  readonly replayBufferBytes: number | undefined;
  /** Four replays without progress: the link goes to Recovery. */
  readonly retrain: () => void;
}

/**
 * @spec PCIe Base 5.0 §3.6 (data integrity); performance reference, sections 3.2, 3.4 and 3.5; semantics reference 9.2
 * @simplifies Every wrong bit inside a packet is found, none between packets. A TLP behind a bad one is dropped without
 * being looked at. UpdateFC is repeated after 30 µs only where one was lost. In flit mode the error rate is that after FEC,
 * and a replay starts with the flit that was bad.
 */
export class LinkLayer {
  /** Wrong bits on this direction's wire. */
  readonly errors: BitErrors;
  /** TLPs that shall arrive bad, and Acks for this direction that shall be lost. */
  corruptTlps = 0;
  loseAcks = 0;
  private readonly _parts: LinkLayerParts;
  private _timing: LinkTiming;
  private _layer: LinkLayerTiming;
  private _bitErrorRate = 0;
  private readonly _buffer = new ReplayBuffer();
  private _expected = 0;
  private _reported = 0;
  /** Sequence number of the next TLP to be sent again, or NONE. */
  private _replay = NONE;
  /** The receiver will have asked for `expected`, and not again until it comes. */
  private _nakScheduled = false;
  /** UpdateFCs that were lost and will be sent again, as bits by class. */
  private _repeats = 0;
  /** The next Ack is a Nak. */
  private _sendsNak = false;
  private _replays = 0;
  private _timerFrom_ps = 0.5;
  private _timerRuns = false;
  /** Someone will settle DLLPs then. */
  private _settleAt_ps = 0.5;
  /** Flit mode: the last flit that was counted; of the TLP the receiver waits for, when its bad flit began and its end. */
  private _lastFlit = -1;
  private _badSequence = NONE;
  private _badFlit_ps = 0.5;
  private _badEnd_ps = 0.5;

  constructor(parts: LinkLayerParts) {
    this._parts = parts;
    this._timing = parts.timing;
    this._layer = parts.layer;
    this.errors = new BitErrors(parts.fabric.seed ^ Math.imul(parts.sender.index + 1, 0x9e3779b1));
    this._timerFrom_ps = 0;
    this._settleAt_ps = Infinity;
    this._badFlit_ps = 0;
    this._badEnd_ps = 0;
  }

  /** Another speed, width or Max_Payload_Size. */
  setTiming(timing: LinkTiming, layer: LinkLayerTiming): void {
    this._timing = timing;
    this._layer = layer;
    this.bitErrorRate = this._bitErrorRate;
  }

  /** Probability that a bit is wrong. */
  set bitErrorRate(rate: number) {
    this._bitErrorRate = rate;
    this.errors.rate = this._timing.flit_ps > 0 ? anyWrong(rate, FLIT_BITS) : rate;
  }

  /** A new TLP is on the wire. @returns true if it will be accepted: it flies; otherwise it is kept here. */
  carry(slot: number, bytes: number): boolean {
    const buffer = this._buffer;
    if (buffer.count === 0) this._timerFrom_ps = this._parts.wire.tlpEnd_ps;
    const sequence = buffer.add(slot, bytes);
    this.#runTimer();
    const isAccepted = this.#judge(sequence, slot);
    if (this.#isFull()) this._parts.sender.block(BLOCKED.held);
    return isAccepted;
  }

  /** A DLLP about this direction has left on the opposite wire: what becomes of it. */
  dllpSent(kind: number): void {
    const { feedback, sender, agenda } = this._parts;
    const { journal } = this._parts.fabric;
    const { reverse } = sender;
    const left_ps = feedback.at_ps;
    const arrival_ps = reverse.dllpArrival_ps();
    const isNak = kind === ACK && this._sendsNak;
    const isLost = reverse.end.spoilsDllp() || (kind === ACK && !isNak && this.#losesAck());
    if (kind !== ACK) {
      if (isLost) {
        agenda.add(arrival_ps, ITEM.badDllp, 0);
        feedback.at_ps = left_ps + UPDATE_INTERVAL_PS;
        feedback.planAt(kind);
        this._repeats |= 1 << kind;
      } else {
        this._repeats &= ~(1 << kind);
        feedback.at_ps = arrival_ps;
        feedback.depart(kind);
      }
      return;
    }
    this._sendsNak = false;
    if (isNak) journal.countNak(sender.index);
    this.#report(left_ps);
    agenda.add(arrival_ps, isLost ? ITEM.badDllp : isNak ? ITEM.nak : ITEM.ack, this._reported);
    if (this._reported === this._expected) return;
    // Some had not come when it left.
    feedback.at_ps = this._buffer.acceptedAt_ps(this._expected - 1);
    feedback.plan(ACK);
  }

  /** A buffer will be free at the time in `feedback.at_ps`: an UpdateFC is due, also before one that is sent again. */
  freed(tlpClass: number): void {
    const { feedback } = this._parts;
    if (!feedback.isPlanned(tlpClass)) feedback.plan(tlpClass);
    else if ((this._repeats & (1 << tlpClass)) !== 0) feedback.hasten(tlpClass);
    this.planned();
  }

  /** DLLPs have been planned: on this link they are put on the wire in time. */
  planned(): void {
    const { agenda, feedback } = this._parts;
    const { events } = this._parts.fabric;
    if (feedback.next_ps >= this._settleAt_ps) return;
    this._settleAt_ps = feedback.next_ps;
    agenda.wake(Math.max(events.now_ps, feedback.next_ps));
  }

  perform(item: AgendaItem): void {
    const { feedback, sender } = this._parts;
    const { events, linkErrors } = this._parts.fabric;
    switch (item.kind) {
      case ITEM.badTlp:
        if (this._layer.bitsPerByte === 10) linkErrors.sink?.receiverError(sender);
        linkErrors.sink?.badTlp(sender);
        if (item.value === 1) this.#asksAgain();
        return;
      case ITEM.duplicate:
        feedback.at_ps = events.now_ps;
        if (!feedback.isPlanned(ACK)) feedback.plan(ACK);
        this.planned();
        return;
      case ITEM.badDllp:
        linkErrors.sink?.badDllp(sender.reverse);
        return;
      case ITEM.timer:
        this.#onTimer();
        return;
      default:
        this.#acknowledge(item.value, item.kind === ITEM.nak);
        return;
    }
  }

  /** A Nak leaves without waiting for the Ack's pace. */
  #asksAgain(): void {
    const { feedback } = this._parts;
    const { events } = this._parts.fabric;
    this._sendsNak = true;
    feedback.at_ps = events.now_ps;
    feedback.planAt(ACK);
    this.planned();
  }

  /** After what was due: DLLPs, and the next TLP of a replay. */
  proceed(): void {
    const { sender, wire } = this._parts;
    const { events } = this._parts.fabric;
    if (this._settleAt_ps <= events.now_ps) {
      this._settleAt_ps = Infinity;
      sender.settle();
      this.planned();
    }
    if (this._replay !== NONE && wire.tlpEnd_ps <= events.now_ps && !sender.end.isDown) this.#replayNext();
  }

  /** The link pauses until then; so does the replay timer. */
  pauseUntil(at_ps: number): void {
    if (this._timerFrom_ps < at_ps) this._timerFrom_ps = at_ps;
    if (this._replay !== NONE) this._parts.agenda.wake(at_ps);
  }

  /** The link goes down: forgets everything. @returns TLPs that were sent and will not be delivered. */
  clear(): readonly number[] {
    const lost = this._buffer.clear();
    this._expected = this._buffer.next;
    this._reported = this._buffer.next;
    this._replay = NONE;
    this._nakScheduled = false;
    this._sendsNak = false;
    this._repeats = 0;
    this._replays = 0;
    this._timerRuns = false;
    this._settleAt_ps = Infinity;
    return lost;
  }

  /** What will happen to the copy of a TLP that has just been put on the wire. */
  #judge(sequence: number, slot: number): boolean {
    const { sender, feedback } = this._parts;
    const isBad = this.#isSpoilt(sequence);
    if (isBad) {
      const isFirst = !this._nakScheduled;
      this._nakScheduled = true;
      this._parts.agenda.add(sender.flight.last_ps + this._timing.portLatency_ps, ITEM.badTlp, isFirst ? 1 : 0);
      if (sequence !== this._expected || slot === NONE) return false;
      this._badSequence = sequence;
      this._badEnd_ps = this._parts.wire.tlpEnd_ps;
      // Nothing of a flit is passed on before its CRC has been checked.
      if (this._timing.flit_ps === 0) nullify(this._parts.fabric.pool, slot, sender);
      return false;
    }
    if (sequence > this._expected) return false;
    if (sequence < this._expected) {
      this._parts.agenda.add(sender.flight.last_ps + this._timing.portLatency_ps, ITEM.duplicate, 0);
      return false;
    }
    this._buffer.accept(sequence, sender.flight.last_ps);
    this._expected = sequence + 1;
    this._nakScheduled = false;
    if (!feedback.isPlanned(ACK)) {
      feedback.at_ps = sender.flight.last_ps;
      feedback.plan(ACK);
      this.planned();
    }
    return true;
  }

  /** True if a bit of the TLP just put on the wire is wrong. */
  #isSpoilt(sequence: number): boolean {
    const hit = this._timing.flit_ps > 0 ? this.#hitsFlits() : this.errors.hits(this.#bitsOnWire());
    if (this.corruptTlps === 0 || sequence !== this._expected) return hit;
    this.corruptTlps--;
    if (!hit) this._badFlit_ps = this.#flitOf(this._parts.wire.start_ps) * this._timing.flit_ps;
    return true;
  }

  #bitsOnWire(): number {
    return this._parts.sender.flight.wireBytes * this._layer.bitsPerByte;
  }

  #flitOf(at_ps: number): number {
    return this._timing.flit_ps > 0 ? Math.floor(at_ps / this._timing.flit_ps) : 0;
  }

  /** Flit mode: every flit with a part of the TLP in it counts, once. */
  #hitsFlits(): boolean {
    const { wire } = this._parts;
    const last = this.#flitOf(wire.tlpEnd_ps - 1);
    const first = Math.max(this.#flitOf(wire.start_ps), this._lastFlit + 1);
    this._lastFlit = Math.max(last, this._lastFlit);
    if (last < first || !this.errors.hits(last - first + 1)) return false;
    this._badFlit_ps = (first + this.errors.firstWrong) * this._timing.flit_ps;
    return true;
  }

  #losesAck(): boolean {
    if (this.loseAcks === 0) return false;
    this.loseAcks--;
    return true;
  }

  /** True if a DLLP on this direction's wire is hit. Flits carry theirs in bytes that are protected with the rest. */
  spoilsDllp(): boolean {
    return this.errors.hits(this._timing.flit_ps > 0 ? 1 : DLLP_BYTES * this._layer.bitsPerByte);
  }

  /** Moves `reported` over what the receiver had at a time. */
  #report(at_ps: number): void {
    while (this._reported < this._expected && this._buffer.acceptedAt_ps(this._reported) <= at_ps) this._reported++;
  }

  /** An Ack or Nak reaches the sender: the receiver expects `sequence`. */
  #acknowledge(sequence: number, isNak: boolean): void {
    const { sender } = this._parts;
    const { events } = this._parts.fabric;
    const buffer = this._buffer;
    if (sequence > buffer.oldest) {
      buffer.acknowledge(sequence);
      this._replays = 0;
      this._timerFrom_ps = events.now_ps;
      if (this._replay !== NONE && this._replay < buffer.oldest) this._replay = buffer.oldest;
      if (this._replay === buffer.next) this._replay = NONE;
    }
    if (isNak) this.#startReplay();
    if (this._replay === NONE && !this.#isFull()) sender.unblock(BLOCKED.held);
  }

  /** No room for another TLP of the largest size. */
  #isFull(): boolean {
    const limit = this._parts.replayBufferBytes ?? this._layer.replayBufferBytes;
    const { bytes, count } = this._buffer;
    return count > 0 && (bytes + this._layer.largestTlpBytes > limit || count >= SEQUENCE_LIMIT);
  }

  #startReplay(): void {
    const { agenda, sender, wire } = this._parts;
    const { events, linkErrors } = this._parts.fabric;
    if (this._buffer.count === 0) return;
    this._replays++;
    this._replay = this._buffer.oldest;
    sender.block(BLOCKED.held);
    // Held until the first TLP has been sent again.
    this._timerFrom_ps = Math.max(events.now_ps, wire.tlpEnd_ps);
    if (this._replays >= REPLAY_LIMIT) {
      this._replays = 0;
      linkErrors.sink?.replayRollover(sender);
      this._parts.retrain();
    }
    agenda.wake(Math.max(events.now_ps, wire.tlpEnd_ps));
  }

  /** The wire is free: the next TLP of the replay goes. */
  #replayNext(): void {
    const { agenda, sender, wire } = this._parts;
    const { journal } = this._parts.fabric;
    const sequence = this._replay;
    const slot = this._buffer.slotOf(sequence);
    const isFirst = sequence === this._buffer.oldest;
    sender.gather();
    sender.flight.book(this.#bytesAgain(sequence, isFirst));
    journal.countReplay(sender.index, wire.wire_ps, false);
    if (isFirst) this._timerFrom_ps = wire.tlpEnd_ps;
    if (slot !== NONE) sender.flight.stamp(slot);
    if (this.#judge(sequence, slot)) sender.flight.add(slot);
    this._replay = sequence + 1 === this._buffer.next ? NONE : sequence + 1;
    this.#runTimer();
    if (this._replay !== NONE) agenda.wake(wire.tlpEnd_ps);
    else if (!this.#isFull()) sender.unblock(BLOCKED.held);
  }

  /** In flit mode a replay begins with the flit that was bad: with what is before or after the TLP's first bit in it. */
  #bytesAgain(sequence: number, isFirst: boolean): number {
    const bytes = this._buffer.sizeOf(sequence);
    if (this._timing.flit_ps === 0 || !isFirst) return bytes;
    this._parts.wire.alignToFlit(this._timing.flit_ps);
    if (sequence !== this._badSequence) return bytes;
    return Math.max(1, Math.ceil((this._badEnd_ps - this._badFlit_ps) / this._timing.psPerByte));
  }

  #onTimer(): void {
    const { agenda, sender } = this._parts;
    const { events, linkErrors } = this._parts.fabric;
    this._timerRuns = false;
    if (this._buffer.count === 0) return;
    const due_ps = this._timerFrom_ps + this._layer.replayTimer_ps;
    if (due_ps > events.now_ps || this._replay !== NONE) {
      this._timerRuns = true;
      agenda.add(due_ps > events.now_ps ? due_ps : events.now_ps + this._layer.replayTimer_ps, ITEM.timer, 0);
      return;
    }
    linkErrors.sink?.replayTimeout(sender);
    this.#startReplay();
    this.#runTimer();
  }

  #runTimer(): void {
    if (this._timerRuns) return;
    this._timerRuns = true;
    const { agenda } = this._parts;
    const { events } = this._parts.fabric;
    agenda.add(Math.max(events.now_ps, this._timerFrom_ps + this._layer.replayTimer_ps), ITEM.timer, 0);
  }
}
