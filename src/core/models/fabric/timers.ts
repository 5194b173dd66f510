/** Pending timers of devices as reusable slots: whose it is, and the number the device gave it. */
export class Timers {
  private readonly _port: number[] = [];
  private readonly _id: number[] = [];
  private readonly _free: number[] = [];

  /** @returns a slot to put on the event queue. */
  add(port: number, id: number): number {
    const slot = this._free.pop() ?? this._port.length;
    this._port[slot] = port;
    this._id[slot] = id;
    return slot;
  }

  portOf(slot: number): number {
    return this._port[slot] ?? 0;
  }

  idOf(slot: number): number {
    return this._id[slot] ?? 0;
  }

  /** Gives the slot back. */
  expired(slot: number): void {
    this._free.push(slot);
  }
}
