/*
 * What processes sleep on: counting semaphores and interrupt vectors, first come, first served.
 */

/** Numbers of sleeping processes and counts of what nobody has waited for yet. */
export class CpuSignals {
  private readonly _wake: (slot: number) => void;
  private readonly _counts = new Map<number, number>();
  private readonly _sleepers = new Map<number, number[]>();
  /** Vector → time at which the handler of the last interrupt nobody waited for is over. */
  private readonly _fired = new Map<number, number>();
  private readonly _waiting = new Map<number, number[]>();

  /** @param wake called for the process that gets a semaphore. */
  constructor(wake: (slot: number) => void) {
    this._wake = wake;
  }

  signal(semaphore: number): void {
    const slot = this._sleepers.get(semaphore)?.shift();
    if (slot === undefined) this._counts.set(semaphore, (this._counts.get(semaphore) ?? 0) + 1);
    else this._wake(slot);
  }

  /** @returns true if the semaphore was free; else the process is in its queue. */
  take(semaphore: number, slot: number): boolean {
    const count = this._counts.get(semaphore) ?? 0;
    if (count > 0) {
      this._counts.set(semaphore, count - 1);
      return true;
    }
    queueOf(this._sleepers, semaphore).push(slot);
    return false;
  }

  /** A vector fired. @returns the process to resume, if one waits. */
  interrupt(vector: number, handled_ps: number): number | undefined {
    const slot = this._waiting.get(vector)?.shift();
    if (slot === undefined) this._fired.set(vector, handled_ps);
    return slot;
  }

  /** @returns the time the handler is (or was) over, if the vector has fired since it was last waited for. */
  takeInterrupt(vector: number, slot: number): number | undefined {
    const handled_ps = this._fired.get(vector);
    if (handled_ps === undefined) {
      queueOf(this._waiting, vector).push(slot);
      return undefined;
    }
    this._fired.delete(vector);
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
