/** Pending timers of devices as reusable slots: whose it is, and the number the device gave it. */
export class Timers {
  readonly #port: number[] = [];
  readonly #id: number[] = [];
  readonly #free: number[] = [];

  /** @returns a slot to put on the event queue. */
  add(port: number, id: number): number {
    const slot = this.#free.pop() ?? this.#port.length;
    this.#port[slot] = port;
    this.#id[slot] = id;
    return slot;
  }

  portOf(slot: number): number {
    return this.#port[slot] ?? 0;
  }

  idOf(slot: number): number {
    return this.#id[slot] ?? 0;
  }

  /** Gives the slot back. */
  expired(slot: number): void {
    this.#free.push(slot);
  }
}
