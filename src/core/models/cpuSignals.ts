/*
 * What processes sleep on: counting semaphores and interrupt vectors, first come, first served.
 */

/** Numbers of sleeping processes and counts of what nobody has waited for yet. */
export class CpuSignals {
  readonly #wake: (slot: number) => void;
  readonly #counts = new Map<number, number>();
  readonly #sleepers = new Map<number, number[]>();
  /** Vector → time at which the handler of the last interrupt nobody waited for is over. */
  readonly #fired = new Map<number, number>();
  readonly #waiting = new Map<number, number[]>();

  /** @param wake called for the process that gets a semaphore. */
  constructor(wake: (slot: number) => void) {
    this.#wake = wake;
  }

  signal(semaphore: number): void {
    const slot = this.#sleepers.get(semaphore)?.shift();
    if (slot === undefined) this.#counts.set(semaphore, (this.#counts.get(semaphore) ?? 0) + 1);
    else this.#wake(slot);
  }

  /** @returns true if the semaphore was free; else the process is in its queue. */
  take(semaphore: number, slot: number): boolean {
    const count = this.#counts.get(semaphore) ?? 0;
    if (count > 0) {
      this.#counts.set(semaphore, count - 1);
      return true;
    }
    queueOf(this.#sleepers, semaphore).push(slot);
    return false;
  }

  /** A vector fired. @returns the process to resume, if one waits. */
  interrupt(vector: number, handled_ps: number): number | undefined {
    const slot = this.#waiting.get(vector)?.shift();
    if (slot === undefined) this.#fired.set(vector, handled_ps);
    return slot;
  }

  /** @returns the time the handler is (or was) over, if the vector has fired since it was last waited for. */
  takeInterrupt(vector: number, slot: number): number | undefined {
    const handled_ps = this.#fired.get(vector);
    if (handled_ps === undefined) {
      queueOf(this.#waiting, vector).push(slot);
      return undefined;
    }
    this.#fired.delete(vector);
    return handled_ps;
  }
}

function queueOf(queues: Map<number, number[]>, key: number): number[] {
  const found = queues.get(key);
  if (found !== undefined) return found;
  const made: number[] = [];
  queues.set(key, made);
  return made;
}
