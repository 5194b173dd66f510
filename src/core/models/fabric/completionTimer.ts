/*
 * The completion timeout of one requester: one event for the oldest read, however many are out.
 */
import type { EventQueue } from '../../sim/eventQueue.ts';
import { EVENT, eventWord } from './events.ts';
import type { OutstandingReads } from './outstandingReads.ts';
import type { FunctionRegisters } from './registers.ts';

/** @spec PCIe Base 5.0 §2.8 (semantics reference E-1) */
export class CompletionTimer {
  private readonly _events: EventQueue;
  private readonly _reads: OutstandingReads;
  private readonly _registers: FunctionRegisters;
  private readonly _word: number;
  private readonly _onOverdue: (tag: number, waited_ps: number) => void;
  /** When it looks next; Infinity = nothing is out. A fraction first: see Transmitter. */
  private _nextLook_ps = 0.5;
  /** Timeout that the look is planned with. */
  private _timeout_ps = 0.5;

  /** @param port number of the port in its fabric. @param onOverdue frees the tag. */
  constructor(
    events: EventQueue,
    reads: OutstandingReads,
    registers: FunctionRegisters,
    port: number,
    onOverdue: (tag: number, waited_ps: number) => void,
  ) {
    this._events = events;
    this._reads = reads;
    this._registers = registers;
    this._word = eventWord(EVENT.timeout, port);
    this._onOverdue = onOverdue;
    this._nextLook_ps = Infinity;
    this._timeout_ps = registers.completionTimeout_ps;
  }

  /** A read has been sent now. */
  started(): void {
    if (this._nextLook_ps === Infinity) this.#lookAt(this._events.now_ps + this._registers.completionTimeout_ps);
  }

  /** The event: reads that have waited too long end. */
  onDue(): void {
    const { now_ps } = this._events;
    // Another look was planned meanwhile.
    if (this._nextLook_ps !== now_ps) return;
    const timeout_ps = this._registers.completionTimeout_ps;
    const reads = this._reads;
    for (let tag = 0; tag < reads.tags; tag++) {
      if (reads.isOverdue(tag, now_ps - timeout_ps)) this._onOverdue(tag, timeout_ps);
    }
    this.#plan();
  }

  /** Software may have changed the timeout. */
  refresh(): void {
    const { completionTimeout_ps } = this._registers;
    if (completionTimeout_ps !== this._timeout_ps && this._reads.count > 0) this.#plan();
    this._timeout_ps = completionTimeout_ps;
  }

  /** Has the oldest read looked at when its time is over. */
  #plan(): void {
    this._nextLook_ps = Infinity;
    const over_ps = this._reads.oldest_ps() + this._registers.completionTimeout_ps;
    this.#lookAt(Math.max(over_ps, this._events.now_ps));
  }

  #lookAt(at_ps: number): void {
    if (at_ps === Infinity) return;
    this._nextLook_ps = at_ps;
    this._events.schedule(at_ps, this._word);
  }
}
