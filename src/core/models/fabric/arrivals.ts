import { MACHINE_COUNTER } from '../../pcie/counters.ts';
import { addTo, doubleAt } from '../../sim/cells.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import { NONE } from './tlpPool.ts';

/** Counts the job's payload where it is meant to arrive. */
export class Arrivals {
  readonly #events: EventQueue;
  readonly #counters: Float64Array;
  #function = NONE;
  #isHostMemory = false;

  /** @param counters layout MACHINE_COUNTER. */
  constructor(events: EventQueue, counters: Float64Array) {
    this.#events = events;
    this.#counters = counters;
  }

  watchFunction(functionIndex: number): void {
    this.#function = functionIndex;
    this.#isHostMemory = false;
  }

  watchHostMemory(): void {
    this.#function = NONE;
    this.#isHostMemory = true;
  }

  watchNothing(): void {
    this.#function = NONE;
    this.#isHostMemory = false;
  }

  /** Payload was stored in a function's memory. */
  atFunction(functionIndex: number, lengthBytes: number): void {
    if (functionIndex === this.#function) this.#count(lengthBytes);
  }

  /** Payload was stored in host memory. */
  atHostMemory(lengthBytes: number): void {
    if (this.#isHostMemory) this.#count(lengthBytes);
  }

  #count(lengthBytes: number): void {
    addTo(this.#counters, MACHINE_COUNTER.arrivedBytes, lengthBytes);
    if (doubleAt(this.#counters, MACHINE_COUNTER.firstByte_ps) === 0) {
      this.#counters[MACHINE_COUNTER.firstByte_ps] = this.#events.now_ps;
    }
  }
}
