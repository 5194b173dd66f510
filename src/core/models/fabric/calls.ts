import { invariant } from '../../../base/invariant.ts';

/** Calls to be made at a time, as reusable slots for the event queue. For what happens seldom: each one is a closure. */
export class Calls {
  private readonly _calls: ((() => void) | undefined)[] = [];
  private readonly _free: number[] = [];

  /** @returns a slot to put on the event queue. */
  add(call: () => void): number {
    const slot = this._free.pop() ?? this._calls.length;
    this._calls[slot] = call;
    return slot;
  }

  /** The slot's time has come. */
  run(slot: number): void {
    const call = this._calls[slot];
    invariant(call !== undefined, () => `no call in slot ${slot}`);
    this._calls[slot] = undefined;
    this._free.push(slot);
    call();
  }
}
