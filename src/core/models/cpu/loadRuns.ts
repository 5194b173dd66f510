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
  readonly #order: LoadOrder;
  readonly #host: AccessHost;
  readonly #fills: LineFills;
  readonly #alarm: Alarm;
  readonly #isStreaming: boolean;
  #asked = 0;
  #loaded = 0;
  #due_ps: number;

  constructor(order: LoadOrder, host: AccessHost) {
    this.#order = order;
    this.#host = host;
    this.#fills = new LineFills(host, order.flow);
    this.#alarm = new Alarm(host);
    this.#isStreaming = order.mapping === 'WC' && order.accessBytes >= STREAMING_BYTES;
    this.#due_ps = host.port.now();
  }

  get isDone(): boolean {
    return this.#loaded === this.#order.lengthBytes;
  }

  proceed(): void {
    const { address, into, lengthBytes } = this.#order;
    const { port } = this.#host;
    this.#fills.deliver((place, count, bytes, offset) => {
      into.writeFrom(place - address, count, bytes, offset);
      this.#loaded += count;
    });
    while (this.#asked < lengthBytes && this.#mayAsk() && this.#due_ps <= port.now()) {
      const count = this.#nextBytes();
      this.#fills.ask(address + this.#asked, count);
      this.#asked += count;
      this.#due_ps = port.now() + Math.ceil(count / this.#order.accessBytes) * INSTRUCTION_PS;
    }
    this.#fills.send();
    const core_ps = this.#asked < lengthBytes && this.#mayAsk() ? this.#due_ps : Infinity;
    this.#alarm.set(Math.min(core_ps, this.#fills.next_ps()));
  }

  onLoadData(line: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    this.#fills.onData(line, requestOffset, lengthBytes, payload, offset);
  }

  onLoadDone(line: number, ok: boolean): void {
    this.#fills.onDone(line, ok);
  }

  #mayAsk(): boolean {
    return this.#isStreaming ? this.#fills.hasRoom : this.#fills.inUse === 0;
  }

  #nextBytes(): number {
    const { accessBytes, address, lengthBytes } = this.#order;
    if (!this.#isStreaming) return Math.min(accessBytes, UNCACHED_BYTES);
    return Math.min(lengthBytes - this.#asked, LINE_BYTES - ((address + this.#asked) % LINE_BYTES));
  }
}
