/*
 * Loads of one core from a device that keep nothing: UC and WC mappings.
 */
import type { HostRequest } from '../../pcie/requests.ts';
import { INSTRUCTION_PS, LINE_BYTES, STREAMING_BYTES, UNCACHED_BYTES } from '../cpuCosts.ts';
import { type AccessHost, Alarm, type CoreRun } from './coreRun.ts';
import { LineFills } from './lineFills.ts';

export type LoadOrder = Extract<HostRequest, { kind: 'cpuLoad' }>;

/**
 * Uncached loads: one non-posted TLP of at most 8 bytes, and the next when it has been answered. Streaming loads of 16
 * bytes or more from a write-combining mapping fetch whole lines, as many at once as the core has line-fill buffers.
 * @simplifies Narrower loads from a write-combining mapping behave as uncached ones: speculation is not modelled.
 */
export class UncachedLoads implements CoreRun {
  private readonly _order: LoadOrder;
  private readonly _host: AccessHost;
  private readonly _fills: LineFills;
  private readonly _alarm: Alarm;
  private readonly _isStreaming: boolean;
  private _asked = 0;
  private _loaded = 0;
  private _due_ps: number;

  constructor(order: LoadOrder, host: AccessHost) {
    this._order = order;
    this._host = host;
    this._fills = new LineFills(host, order.flow);
    this._alarm = new Alarm(host);
    this._isStreaming = order.mapping === 'WC' && order.accessBytes >= STREAMING_BYTES;
    this._due_ps = host.port.now();
  }

  get isDone(): boolean {
    return this._loaded === this._order.lengthBytes;
  }

  proceed(): void {
    const { address, into, lengthBytes } = this._order;
    const { port } = this._host;
    this._fills.deliver((place, count, bytes, offset) => {
      into.writeFrom(place - address, count, bytes, offset);
      this._loaded += count;
    });
    while (this._asked < lengthBytes && this.#mayAsk() && this._due_ps <= port.now()) {
      const count = this.#nextBytes();
      this._fills.ask(address + this._asked, count);
      this._asked += count;
      this._due_ps = port.now() + Math.ceil(count / this._order.accessBytes) * INSTRUCTION_PS;
    }
    this._fills.send();
    const core_ps = this._asked < lengthBytes && this.#mayAsk() ? this._due_ps : Infinity;
    this._alarm.set(Math.min(core_ps, this._fills.next_ps()));
  }

  onLoadData(line: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    this._fills.onData(line, requestOffset, lengthBytes, payload, offset);
  }

  onLoadDone(line: number, ok: boolean): void {
    this._fills.onDone(line, ok);
  }

  #mayAsk(): boolean {
    return this._isStreaming ? this._fills.hasRoom : this._fills.inUse === 0;
  }

  #nextBytes(): number {
    const { accessBytes, address, lengthBytes } = this._order;
    if (!this._isStreaming) return Math.min(accessBytes, UNCACHED_BYTES);
    return Math.min(lengthBytes - this._asked, LINE_BYTES - ((address + this._asked) % LINE_BYTES));
  }
}
