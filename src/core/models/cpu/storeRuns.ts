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
  readonly #order: StoreOrder;
  readonly #host: AccessHost;
  readonly #alarm: Alarm;
  readonly #pieceBytes: number;
  #sent = 0;
  /** When the core can store again. */
  #due_ps: number;

  constructor(order: StoreOrder, host: AccessHost) {
    this.#order = order;
    this.#host = host;
    this.#alarm = new Alarm(host);
    this.#pieceBytes = Math.min(order.accessBytes, UNCACHED_BYTES);
    this.#due_ps = host.port.now() + host.outward_ps(this.#pieceBytes);
  }

  get isDone(): boolean {
    return this.#sent === this.#order.lengthBytes && this.#host.port.now() >= this.#due_ps;
  }

  proceed(): void {
    const { address, bytes, flow, lengthBytes } = this.#order;
    const { port } = this.#host;
    if (this.#sent < lengthBytes && port.now() >= this.#due_ps && port.postedRoom() > 0) {
      this.#host.countRequest();
      port.write(address + this.#sent, this.#pieceBytes, bytes, this.#sent, flow);
      this.#sent += this.#pieceBytes;
      this.#due_ps = port.now() + CPU_COSTS.uncachedStore_ps + this.#host.outward_ps(this.#pieceBytes);
    }
    if (port.now() < this.#due_ps) this.#alarm.set(this.#due_ps);
  }

  onLoadData(): void {}

  onLoadDone(): void {}
}

/**
 * Write-combined stores: a line gathers in a buffer and leaves as one TLP when the core goes on to the next.
 * Write-through stores take the same way; a line that is cached changes, too.
 */
export class CombinedStores implements CoreRun {
  readonly #order: StoreOrder;
  readonly #host: AccessHost;
  readonly #cache: DeviceLines | undefined;
  readonly #evictions: LineEvictions;
  readonly #alarm: Alarm;
  #stored = 0;
  #due_ps: number;

  /** @param cache lines that a write-through mapping may have; undefined for write-combining. */
  constructor(order: StoreOrder, host: AccessHost, cache: DeviceLines | undefined) {
    this.#order = order;
    this.#host = host;
    this.#cache = cache;
    this.#evictions = new LineEvictions(host, order.flow);
    this.#alarm = new Alarm(host);
    this.#due_ps = host.port.now() + this.#fill_ps();
  }

  get isDone(): boolean {
    return this.#stored === this.#order.lengthBytes && this.#evictions.isEmpty;
  }

  proceed(): void {
    const { address, lengthBytes, bytes } = this.#order;
    const { port } = this.#host;
    this.#evictions.proceed();
    while (this.#stored < lengthBytes && this.#due_ps <= port.now() && this.#evictions.hasRoom) {
      const place = address + this.#stored;
      const count = this.#lineBytes();
      this.#evictions.evict(place, count, bytes, this.#stored);
      const line = place - (place % LINE_BYTES);
      if (this.#cache?.has(line) === true)
        bytes.readInto(this.#stored, count, this.#cache.use(line), place % LINE_BYTES);
      this.#stored += count;
      // A core that had to wait for a buffer does not catch up.
      this.#due_ps = Math.max(this.#due_ps, port.now() - INSTRUCTION_PS) + this.#fill_ps();
    }
    const core_ps = this.#stored < lengthBytes && this.#due_ps > port.now() ? this.#due_ps : Infinity;
    this.#alarm.set(Math.min(core_ps, this.#evictions.next_ps()));
  }

  onLoadData(): void {}

  onLoadDone(): void {}

  /** Bytes of the next buffer: to the end of the line or of the run. */
  #lineBytes(): number {
    const { address, lengthBytes } = this.#order;
    return Math.min(lengthBytes - this.#stored, LINE_BYTES - ((address + this.#stored) % LINE_BYTES));
  }

  /** Time the core needs to fill the next buffer. */
  #fill_ps(): number {
    return (this.#lineBytes() / this.#order.accessBytes) * INSTRUCTION_PS;
  }
}
