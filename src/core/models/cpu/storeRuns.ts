/*
 * Stores of one core to a device that is not cached: UC, WC and WT mappings.
 */
import type { HostRequest } from '../../pcie/requests.ts';
import { CPU_COSTS, INSTRUCTION_PS, LINE_BYTES, UNCACHED_BYTES } from '../cpuCosts.ts';
import { type AccessHost, Alarm, type CoreRun } from './coreRun.ts';
import type { DeviceLines } from './deviceLines.ts';
import { LineEvictions } from './lineEvictions.ts';

export type StoreOrder = Extract<HostRequest, { kind: 'cpuStore' }>;

/** Uncached stores: one posted TLP of at most 8 bytes each, one after the other. */
export class UncachedStores implements CoreRun {
  private readonly _order: StoreOrder;
  private readonly _host: AccessHost;
  private readonly _alarm: Alarm;
  private readonly _pieceBytes: number;
  private _sent = 0;
  /** When the core can store again. */
  private _due_ps: number;

  constructor(order: StoreOrder, host: AccessHost) {
    this._order = order;
    this._host = host;
    this._alarm = new Alarm(host);
    this._pieceBytes = Math.min(order.accessBytes, UNCACHED_BYTES);
    this._due_ps = host.port.now() + host.outward_ps(this._pieceBytes);
  }

  get isDone(): boolean {
    return this._sent === this._order.lengthBytes && this._host.port.now() >= this._due_ps;
  }

  proceed(): void {
    const { address, bytes, flow, lengthBytes } = this._order;
    const { port } = this._host;
    if (this._sent < lengthBytes && port.now() >= this._due_ps && port.postedRoom() > 0) {
      this._host.countRequest();
      port.write(address + this._sent, this._pieceBytes, bytes, this._sent, flow);
      this._sent += this._pieceBytes;
      this._due_ps = port.now() + CPU_COSTS.uncachedStore_ps + this._host.outward_ps(this._pieceBytes);
    }
    if (port.now() < this._due_ps) this._alarm.set(this._due_ps);
  }

  onLoadData(): void {}

  onLoadDone(): void {}
}

/**
 * Write-combined stores: a line gathers in a buffer and leaves as one TLP when the core goes on to the next.
 * Write-through stores take the same way; a line that is cached changes, too.
 */
export class CombinedStores implements CoreRun {
  private readonly _order: StoreOrder;
  private readonly _host: AccessHost;
  private readonly _cache: DeviceLines | undefined;
  private readonly _evictions: LineEvictions;
  private readonly _alarm: Alarm;
  private _stored = 0;
  private _due_ps: number;

  /** @param cache lines that a write-through mapping may have; undefined for write-combining. */
  constructor(order: StoreOrder, host: AccessHost, cache: DeviceLines | undefined) {
    this._order = order;
    this._host = host;
    this._cache = cache;
    this._evictions = new LineEvictions(host, order.flow);
    this._alarm = new Alarm(host);
    this._due_ps = host.port.now() + this.#fill_ps();
  }

  get isDone(): boolean {
    return this._stored === this._order.lengthBytes && this._evictions.isEmpty;
  }

  proceed(): void {
    const { address, lengthBytes, bytes } = this._order;
    const { port } = this._host;
    this._evictions.proceed();
    while (this._stored < lengthBytes && this._due_ps <= port.now() && this._evictions.hasRoom) {
      const place = address + this._stored;
      const count = this.#lineBytes();
      this._evictions.evict(place, count, bytes, this._stored);
      const line = place - (place % LINE_BYTES);
      if (this._cache?.has(line) === true)
        bytes.readInto(this._stored, count, this._cache.use(line), place % LINE_BYTES);
      this._stored += count;
      // A core that had to wait for a buffer does not catch up.
      this._due_ps = Math.max(this._due_ps, port.now() - INSTRUCTION_PS) + this.#fill_ps();
    }
    const core_ps = this._stored < lengthBytes && this._due_ps > port.now() ? this._due_ps : Infinity;
    this._alarm.set(Math.min(core_ps, this._evictions.next_ps()));
  }

  onLoadData(): void {}

  onLoadDone(): void {}

  /** Bytes of the next buffer: to the end of the line or of the run. */
  #lineBytes(): number {
    const { address, lengthBytes } = this._order;
    return Math.min(lengthBytes - this._stored, LINE_BYTES - ((address + this._stored) % LINE_BYTES));
  }

  /** Time the core needs to fill the next buffer. */
  #fill_ps(): number {
    return (this.#lineBytes() / this._order.accessBytes) * INSTRUCTION_PS;
  }
}
