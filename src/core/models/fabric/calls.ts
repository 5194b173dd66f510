import { invariant } from '../../../base/invariant.ts';

/** Calls to be made at a time, as reusable slots for the event queue. For what happens seldom: each one is a closure. */
export class Calls {
  readonly #calls: ((() => void) | undefined)[] = [];
  readonly #free: number[] = [];

  /** @returns a slot to put on the event queue. */
  add(call: () => void): number {
    const slot = this.#free.pop() ?? this.#calls.length;
    this.#calls[slot] = call;
    return slot;
  }

  /** The slot's time has come. */
  run(slot: number): void {
    const call = this.#calls[slot];
    invariant(call !== undefined, () => `no call in slot ${slot}`);
    this.#calls[slot] = undefined;
    this.#free.push(slot);
    call();
  }
}
