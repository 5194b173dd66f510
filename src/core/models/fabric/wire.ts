/*
 * The wire of one direction: what is on it, and until when. TLPs, DLLPs and SKP ordered sets take turns.
 */
import type { EventQueue } from '../../sim/eventQueue.ts';
import type { Journal } from './journal.ts';
import type { LinkTiming } from './linkTiming.ts';

export class Wire {
  // Times are doubles from the start (a fraction, then their value): engines then never change the representation.
  /** Nothing is on the wire from here on. */
  busyUntil_ps = 0.5;
  /** The last TLP has left. DLLPs after it may be worked out sooner or later, so decisions go by this time. */
  tlpEnd_ps = 0.5;
  /** Of the TLP put on last: when its first bit leaves, how long it takes. */
  start_ps = 0.5;
  wire_ps = 0.5;
  psPerByte = 0.5;
  private readonly _events: EventQueue;
  private readonly _journal: Journal;
  private readonly _index: number;
  /** Fraction of a picosecond that rounding left over; it goes to the next TLP, so that rates stay exact. */
  private _carry_ps = 0.5;
  private _skipDue_ps = 0.5;
  private _stalledSince_ps = 0.5;
  private _othersBefore_ps = 0.5;
  private _stallBefore_ps = 0.5;
  private _skip_ps = 0.5;
  private _skipInterval_ps = 0.5;
  private _dllpBytes = 0;

  /** @param index of the transmitter, for its counters. */
  constructor(events: EventQueue, journal: Journal, index: number, timing: LinkTiming) {
    this._events = events;
    this._journal = journal;
    this._index = index;
    this.busyUntil_ps = 0;
    this.tlpEnd_ps = 0;
    this.start_ps = 0;
    this.wire_ps = 0;
    this._carry_ps = 0;
    this._stalledSince_ps = 0;
    this._othersBefore_ps = 0;
    this._stallBefore_ps = 0;
    this.setTiming(timing);
    this._skipDue_ps = this._skipInterval_ps;
  }

  setTiming(timing: LinkTiming): void {
    this.psPerByte = timing.psPerByte;
    this._dllpBytes = timing.dllpBytes;
    this._skip_ps = timing.skip_ps;
    this._skipInterval_ps = timing.skipInterval_ps;
  }

  /** Puts a TLP on the wire, now or when it is free. */
  send(bytes: number): void {
    const { now_ps } = this._events;
    let start_ps = this.busyUntil_ps > now_ps ? this.busyUntil_ps : now_ps;
    if (this._skip_ps > 0 && start_ps >= this._skipDue_ps) start_ps = this.#afterSkips(start_ps);
    const exact_ps = bytes * this.psPerByte + this._carry_ps;
    const wire_ps = Math.floor(exact_ps + 0.5);
    this._carry_ps = exact_ps - wire_ps;
    this.start_ps = start_ps;
    this.wire_ps = wire_ps;
    this.busyUntil_ps = start_ps + wire_ps;
    this.tlpEnd_ps = this.busyUntil_ps;
  }

  /** Nothing leaves before this time: the link is in Recovery or was down. SKP ordered sets count from then on anew. */
  pauseUntil(at_ps: number): void {
    this.busyUntil_ps = at_ps;
    this.tlpEnd_ps = at_ps;
    this._skipDue_ps = at_ps + this._skipInterval_ps;
  }

  /** What comes next starts with a flit. */
  alignToFlit(flit_ps: number): void {
    const { now_ps } = this._events;
    const free_ps = this.busyUntil_ps > now_ps ? this.busyUntil_ps : now_ps;
    this.busyUntil_ps = Math.ceil(free_ps / flit_ps) * flit_ps;
  }

  /** From now on, or from when the wire is free, a TLP waits for credits. */
  beginStall(): void {
    this._stalledSince_ps = this.#freeAt_ps();
    this._othersBefore_ps = this._journal.othersBusy_ps(this._index);
    this._stallBefore_ps = this._journal.stall_ps(this._index);
  }

  /**
   * The wait is over: the TLP starts at `at_ps`, or something else keeps the wire from then on. DLLPs and SKP ordered
   * sets, and TLPs of other classes, may have kept the wire busy meanwhile.
   */
  endStall(at_ps: number): void {
    const others_ps = this._journal.othersBusy_ps(this._index) - this._othersBefore_ps;
    const stall_ps = at_ps - this._stalledSince_ps - others_ps;
    this._journal.setStall(this._index, this._stallBefore_ps + (stall_ps > 0 ? stall_ps : 0));
  }

  /** A stall goes on: what there has been of it up to now. The count at its end does not depend on this. */
  countStall(): void {
    const { now_ps } = this._events;
    this.endStall(this.busyUntil_ps > now_ps ? this.busyUntil_ps : now_ps);
  }

  /** {@link endStall} at present, or when the wire is free. */
  endStallNow(): void {
    this.endStall(this.#freeAt_ps());
  }

  /** Since when the wire is free, or when it will be; SKP ordered sets are up to date. */
  #freeAt_ps(): number {
    const { now_ps } = this._events;
    if (this.busyUntil_ps >= now_ps) return this.busyUntil_ps;
    if (this._skip_ps > 0 && now_ps >= this._skipDue_ps) this.busyUntil_ps = this.#afterSkips(now_ps);
    return this.busyUntil_ps > now_ps ? this.busyUntil_ps : now_ps;
  }

  /** Puts a DLLP on the wire that has been due since `due_ps`. */
  sendDllp(due_ps: number): void {
    let start_ps = due_ps > this.busyUntil_ps ? due_ps : this.busyUntil_ps;
    // A direction that carries only DLLPs sends its SKP ordered sets between them, when they are due.
    if (this._skip_ps > 0 && start_ps >= this._skipDue_ps) start_ps = this.#afterSkips(start_ps);
    this.busyUntil_ps = start_ps;
    if (this._dllpBytes === 0) return;
    const exact_ps = this._dllpBytes * this.psPerByte + this._carry_ps;
    const wire_ps = Math.floor(exact_ps + 0.5);
    this._carry_ps = exact_ps - wire_ps;
    this.busyUntil_ps += wire_ps;
    this._journal.countDllp(this._index, this._dllpBytes, wire_ps);
  }

  /**
   * SKP ordered sets that were due up to `start_ps`: those due while the wire was busy go now, back to back; the others
   * went when they were due, and only the last one may still be on the wire.
   */
  #afterSkips(start_ps: number): number {
    const due_ps = this._skipDue_ps;
    const interval_ps = this._skipInterval_ps;
    const busy_ps = this.busyUntil_ps;
    const count = Math.floor((start_ps - due_ps) / interval_ps) + 1;
    const late = due_ps > busy_ps ? 0 : Math.min(count, Math.floor((busy_ps - due_ps) / interval_ps) + 1);
    const lastDue_ps = due_ps + (count - 1) * interval_ps;
    this._skipDue_ps = lastDue_ps + interval_ps;
    const lateEnd_ps = busy_ps + late * this._skip_ps;
    const lastEnd_ps = late < count ? Math.max(lateEnd_ps, lastDue_ps + this._skip_ps) : lateEnd_ps;
    const end_ps = Math.max(start_ps, Math.round(lastEnd_ps));
    // What rounding adds or takes away at the end is counted too: shares of the time then add up.
    const rounding_ps = lastEnd_ps > start_ps || late === count ? Math.round(lastEnd_ps) - lastEnd_ps : 0;
    this._journal.countSkip(this._index, count * this._skip_ps + rounding_ps);
    return end_ps;
  }
}
