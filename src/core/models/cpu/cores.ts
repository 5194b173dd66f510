/*
 * The cores of a machine: who runs, who waits for one, and what interrupts take.
 */
import { at, invariant } from '../../../base/invariant.ts';
import { CPU_COSTS, TIME_SLICE_PS } from '../cpuCosts.ts';

const NOBODY = -1;

/** Cores are given to processes (by their slots) first come, first served; the lowest-numbered free one first. */
export class Cores {
  private readonly _count: number;
  /** By core: slot that runs there; since when; end of the interrupt handlers that run there. */
  private readonly _holder: Int32Array;
  private readonly _since_ps: Float64Array;
  private readonly _handler_ps: Float64Array;
  /** Time interrupts have taken from what the core was doing, by core. */
  private readonly _stolen_ps: Float64Array;
  /** By slot. */
  private readonly _coreOf = new Map<number, number>();
  private readonly _queue: number[] = [];

  constructor(count: number) {
    invariant(count >= 1, () => `not a number of cores: ${count}`);
    this._count = count;
    this._holder = new Int32Array(count).fill(NOBODY);
    this._since_ps = new Float64Array(count);
    this._handler_ps = new Float64Array(count);
    this._stolen_ps = new Float64Array(count);
  }

  runs(slot: number): boolean {
    return this._coreOf.has(slot);
  }

  get isAnyoneWaiting(): boolean {
    return this._queue.length > 0;
  }

  /** Gives a slot a core; if none is free it joins the queue. @returns true if it has one. */
  take(slot: number, now_ps: number): boolean {
    const core = this._queue.length === 0 ? this.#freeCore(now_ps) : NOBODY;
    if (core === NOBODY) this._queue.push(slot);
    else this.#give(core, slot, now_ps);
    return core !== NOBODY;
  }

  /** Takes a slot's core away. */
  release(slot: number): void {
    const core = this._coreOf.get(slot);
    if (core === undefined) return;
    this._coreOf.delete(slot);
    this._holder[core] = NOBODY;
  }

  /** Gives a free core to the first in the queue. @returns the slot that can run now, if there is one. */
  dispatch(now_ps: number): number | undefined {
    if (this._queue.length === 0) return undefined;
    const core = this.#freeCore(now_ps);
    if (core === NOBODY) return undefined;
    const slot = this._queue.shift();
    if (slot !== undefined) this.#give(core, slot, now_ps);
    return slot;
  }

  /** True if others wait and a slot has had its core for a whole slice. */
  mustYield(slot: number, now_ps: number): boolean {
    const core = this._coreOf.get(slot);
    return this._queue.length > 0 && core !== undefined && now_ps - at(this._since_ps, core) >= TIME_SLICE_PS;
  }

  /**
   * An interrupt comes: to a core that runs no process, if there is one, else to the one its vector belongs to.
   * @returns when its handler has run; and whether that time was free, or taken from a process, which counts it.
   */
  interrupt(vector: number, now_ps: number): { readonly handled_ps: number; readonly wasFree: boolean } {
    const core = this.#interruptCore(vector, now_ps);
    const begin_ps = Math.max(now_ps, at(this._handler_ps, core));
    const handled_ps = begin_ps + CPU_COSTS.interrupt_ps;
    this._handler_ps[core] = handled_ps;
    const wasFree = this._holder[core] === NOBODY;
    if (!wasFree) this._stolen_ps[core] = at(this._stolen_ps, core) + CPU_COSTS.interrupt_ps;
    return { handled_ps, wasFree };
  }

  /** Time that interrupts have taken from a slot since the last call: it is that much later with what it does. */
  takeStolen(slot: number): number {
    const core = this._coreOf.get(slot);
    if (core === undefined) return 0;
    const stolen_ps = at(this._stolen_ps, core);
    this._stolen_ps[core] = 0;
    return stolen_ps;
  }

  /** When a core that only runs interrupt handlers is free again; Infinity if there is none. */
  nextFree_ps(now_ps: number): number {
    let next_ps = Infinity;
    for (let core = 0; core < this._count; core++) {
      const handler_ps = at(this._handler_ps, core);
      if (this._holder[core] === NOBODY && handler_ps > now_ps) next_ps = Math.min(next_ps, handler_ps);
    }
    return next_ps;
  }

  #give(core: number, slot: number, now_ps: number): void {
    this._holder[core] = slot;
    this._since_ps[core] = now_ps;
    this._stolen_ps[core] = 0;
    this._coreOf.set(slot, core);
  }

  #interruptCore(vector: number, now_ps: number): number {
    const free = this.#freeCore(now_ps);
    if (free !== NOBODY) return free;
    let best = NOBODY;
    for (let core = 0; core < this._count; core++) {
      if (this._holder[core] !== NOBODY) continue;
      if (best === NOBODY || at(this._handler_ps, core) < at(this._handler_ps, best)) best = core;
    }
    return best === NOBODY ? vector % this._count : best;
  }

  #freeCore(now_ps: number): number {
    for (let core = 0; core < this._count; core++) {
      if (this._holder[core] === NOBODY && at(this._handler_ps, core) <= now_ps) return core;
    }
    return NOBODY;
  }
}
