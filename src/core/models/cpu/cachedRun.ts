/*
 * Loads and stores of one core to a device whose lines are cached: WT loads, WB loads and stores, and flushing.
 */
import { alignDown } from '../../../base/bits.ts';
import type { HostRequest } from '../../pcie/requests.ts';
import { INSTRUCTION_PS, LINE_BYTES } from '../cpuCosts.ts';
import type { ByteSource } from '../ports.ts';
import { type AccessHost, Alarm, type CoreRun } from './coreRun.ts';
import type { DeviceLines } from './deviceLines.ts';
import { LineEvictions } from './lineEvictions.ts';
import { LineFills } from './lineFills.ts';
import type { LoadOrder } from './loadRuns.ts';
import type { StoreOrder } from './storeRuns.ts';

/**
 * Line by line: a line that is not there is filled by one 64-byte read, a store included (it owns the whole line before it
 * changes a byte). Lines that must make room are written back if they were modified.
 */
export class CachedAccesses implements CoreRun {
  readonly #order: LoadOrder | StoreOrder;
  readonly #host: AccessHost;
  readonly #cache: DeviceLines;
  readonly #fills: LineFills;
  readonly #evictions: LineEvictions;
  readonly #alarm: Alarm;
  /** Bytes whose line is there or asked for, and bytes the core has dealt with. */
  #asked = 0;
  #done = 0;
  #due_ps: number;
  /** Lines on their way. */
  readonly #coming = new Set<number>();

  constructor(order: LoadOrder | StoreOrder, host: AccessHost, cache: DeviceLines) {
    this.#order = order;
    this.#host = host;
    this.#cache = cache;
    this.#fills = new LineFills(host, order.flow);
    this.#evictions = new LineEvictions(host, order.flow);
    this.#alarm = new Alarm(host);
    this.#due_ps = host.port.now();
  }

  get isDone(): boolean {
    return this.#done === this.#order.lengthBytes && this.#evictions.isEmpty;
  }

  proceed(): void {
    this.#evictions.proceed();
    this.#fills.deliver((line, count, bytes, offset) => {
      this.#coming.delete(line);
      this.#cache.insert(line, bytes.slice(offset, offset + count));
    });
    while (this.#askNext());
    this.#fills.send();
    while (this.#useNext());
    while (this.#askNext());
    const { lengthBytes } = this.#order;
    const core_ps = this.#done < lengthBytes && this.#due_ps > this.#host.port.now() ? this.#due_ps : Infinity;
    this.#alarm.set(Math.min(core_ps, this.#fills.next_ps(), this.#evictions.next_ps()));
  }

  onLoadData(line: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    this.#fills.onData(line, requestOffset, lengthBytes, payload, offset);
  }

  onLoadDone(line: number, ok: boolean): void {
    this.#fills.onDone(line, ok);
  }

  /** Makes sure of the next line: it is there, or it is asked for, ahead of the instruction that needs it. */
  #askNext(): boolean {
    if (this.#asked === this.#order.lengthBytes) return false;
    const line = this.#lineOf(this.#asked);
    if (!this.#cache.has(line) && !this.#coming.has(line)) {
      if (!this.#fills.hasRoom || !this.#makeRoom()) return false;
      this.#coming.add(line);
      this.#fills.ask(line, LINE_BYTES);
    }
    this.#asked += this.#inLine(this.#asked);
    return true;
  }

  /** Replaces a line if the cache is full. @returns false if its write-back must wait. */
  #makeRoom(): boolean {
    if (!this.#cache.isFull(this.#coming.size)) return true;
    const victim = this.#cache.oldest;
    if (victim === undefined) return true;
    if (!this.#evictions.hasRoom) return false;
    const modified = this.#cache.remove(victim);
    if (modified !== undefined) this.#evictions.evict(victim, LINE_BYTES, sourceOf(modified), 0);
    return true;
  }

  /** The core goes through the next line, if it is there. */
  #useNext(): boolean {
    const order = this.#order;
    const now_ps = this.#host.port.now();
    if (this.#done === order.lengthBytes || this.#due_ps > now_ps) return false;
    const line = this.#lineOf(this.#done);
    if (!this.#cache.has(line)) {
      // It was replaced before it was used: ask again.
      if (!this.#coming.has(line)) this.#asked = this.#done;
      return false;
    }
    const count = this.#inLine(this.#done);
    const inLine = order.address + this.#done - line;
    if (order.kind === 'cpuLoad') order.into.writeFrom(this.#done, count, this.#cache.use(line), inLine);
    else order.bytes.readInto(this.#done, count, this.#cache.modify(line), inLine);
    this.#done += count;
    this.#due_ps = now_ps + (count / order.accessBytes) * INSTRUCTION_PS;
    return true;
  }

  #lineOf(offset: number): number {
    return alignDown(this.#order.address + offset, LINE_BYTES);
  }

  /** Bytes from an offset to the end of its line or of the run. */
  #inLine(offset: number): number {
    const { address, lengthBytes } = this.#order;
    return Math.min(lengthBytes - offset, LINE_BYTES - ((address + offset) % LINE_BYTES));
  }
}

/** Takes the lines of a range out of the cache, the modified ones with a write of 64 bytes each. */
export class LineFlush implements CoreRun {
  readonly #host: AccessHost;
  readonly #cache: DeviceLines;
  readonly #evictions: LineEvictions;
  readonly #alarm: Alarm;
  readonly #end: number;
  #line: number;
  #due_ps: number;

  constructor(order: Extract<HostRequest, { kind: 'flushLines' }>, host: AccessHost, cache: DeviceLines) {
    this.#host = host;
    this.#cache = cache;
    this.#evictions = new LineEvictions(host, order.flow);
    this.#alarm = new Alarm(host);
    this.#line = alignDown(order.address, LINE_BYTES);
    this.#end = order.address + order.lengthBytes;
    this.#due_ps = host.port.now();
  }

  get isDone(): boolean {
    return this.#line >= this.#end && this.#evictions.isEmpty;
  }

  proceed(): void {
    const { port } = this.#host;
    this.#evictions.proceed();
    while (this.#line < this.#end && this.#evictions.hasRoom && this.#due_ps <= port.now()) {
      const modified = this.#cache.remove(this.#line);
      if (modified !== undefined) this.#evictions.evict(this.#line, LINE_BYTES, sourceOf(modified), 0);
      this.#line += LINE_BYTES;
      this.#due_ps = port.now() + INSTRUCTION_PS;
    }
    const core_ps = this.#line < this.#end && this.#due_ps > port.now() ? this.#due_ps : Infinity;
    this.#alarm.set(Math.min(core_ps, this.#evictions.next_ps()));
  }

  onLoadData(): void {}

  onLoadDone(): void {}
}

function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    readInto(offset, lengthBytes, target, targetOffset) {
      target.set(bytes.subarray(offset, offset + lengthBytes), targetOffset);
    },
  };
}
