/*
 * The completion timeout of one requester: one event for the oldest read, however many are out.
 */
import type { EventQueue } from '../../sim/eventQueue.ts';
import { EVENT, eventWord } from './events.ts';
import type { OutstandingReads } from './outstandingReads.ts';
import type { FunctionRegisters } from './registers.ts';

/** @spec PCIe Base 5.0 §2.8 (semantics reference E-1) */
export class CompletionTimer {
  readonly #events: EventQueue;
  readonly #reads: OutstandingReads;
  readonly #registers: FunctionRegisters;
  readonly #word: number;
  readonly #onOverdue: (tag: number, waited_ps: number) => void;
  /** When it looks next; Infinity = nothing is out. A fraction first: see Transmitter. */
  #nextLook_ps = 0.5;
  /** Timeout that the look is planned with. */
  #timeout_ps = 0.5;

  /** @param port number of the port in its fabric. @param onOverdue frees the tag. */
  constructor(
    events: EventQueue,
    reads: OutstandingReads,
    registers: FunctionRegisters,
    port: number,
    onOverdue: (tag: number, waited_ps: number) => void,
  ) {
    this.#events = events;
    this.#reads = reads;
    this.#registers = registers;
    this.#word = eventWord(EVENT.timeout, port);
    this.#onOverdue = onOverdue;
    this.#nextLook_ps = Infinity;
    this.#timeout_ps = registers.completionTimeout_ps;
  }

  /** A read has been sent now. */
  started(): void {
    if (this.#nextLook_ps === Infinity) this.#lookAt(this.#events.now_ps + this.#registers.completionTimeout_ps);
  }

  /** The event: reads that have waited too long end. */
  onDue(): void {
    const { now_ps } = this.#events;
    // Another look was planned meanwhile.
    if (this.#nextLook_ps !== now_ps) return;
    const timeout_ps = this.#registers.completionTimeout_ps;
    const reads = this.#reads;
    for (let tag = 0; tag < reads.tags; tag++) {
      if (reads.isOverdue(tag, now_ps - timeout_ps)) this.#onOverdue(tag, timeout_ps);
    }
    this.#plan();
  }

  /** Software may have changed the timeout. */
  refresh(): void {
    const { completionTimeout_ps } = this.#registers;
    if (completionTimeout_ps !== this.#timeout_ps && this.#reads.count > 0) this.#plan();
    this.#timeout_ps = completionTimeout_ps;
  }

  /** Has the oldest read looked at when its time is over. */
  #plan(): void {
    this.#nextLook_ps = Infinity;
    const over_ps = this.#reads.oldest_ps() + this.#registers.completionTimeout_ps;
    this.#lookAt(Math.max(over_ps, this.#events.now_ps));
  }

  #lookAt(at_ps: number): void {
    if (at_ps === Infinity) return;
    this.#nextLook_ps = at_ps;
    this.#events.schedule(at_ps, this.#word);
  }
}
