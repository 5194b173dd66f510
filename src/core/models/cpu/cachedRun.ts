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
  private readonly _order: LoadOrder | StoreOrder;
  private readonly _host: AccessHost;
  private readonly _cache: DeviceLines;
  private readonly _fills: LineFills;
  private readonly _evictions: LineEvictions;
  private readonly _alarm: Alarm;
  /** Bytes whose line is there or asked for, and bytes the core has dealt with. */
  private _asked = 0;
  private _done = 0;
  private _due_ps: number;
  /** Lines on their way. */
  private readonly _coming = new Set<number>();

  constructor(order: LoadOrder | StoreOrder, host: AccessHost, cache: DeviceLines) {
    this._order = order;
    this._host = host;
    this._cache = cache;
    this._fills = new LineFills(host, order.flow);
    this._evictions = new LineEvictions(host, order.flow);
    this._alarm = new Alarm(host);
    this._due_ps = host.port.now();
  }

  get isDone(): boolean {
    return this._done === this._order.lengthBytes && this._evictions.isEmpty;
  }

  proceed(): void {
    this._evictions.proceed();
    this._fills.deliver((line, count, bytes, offset) => {
      this._coming.delete(line);
      this._cache.insert(line, bytes.slice(offset, offset + count));
    });
    while (this.#askNext());
    this._fills.send();
    while (this.#useNext());
    while (this.#askNext());
    const { lengthBytes } = this._order;
    const core_ps = this._done < lengthBytes && this._due_ps > this._host.port.now() ? this._due_ps : Infinity;
    this._alarm.set(Math.min(core_ps, this._fills.next_ps(), this._evictions.next_ps()));
  }

  onLoadData(line: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    this._fills.onData(line, requestOffset, lengthBytes, payload, offset);
  }

  onLoadDone(line: number, ok: boolean): void {
    this._fills.onDone(line, ok);
  }

  /** Makes sure of the next line: it is there, or it is asked for, ahead of the instruction that needs it. */
  #askNext(): boolean {
    if (this._asked === this._order.lengthBytes) return false;
    const line = this.#lineOf(this._asked);
    if (!this._cache.has(line) && !this._coming.has(line)) {
      if (!this._fills.hasRoom || !this.#makeRoom()) return false;
      this._coming.add(line);
      this._fills.ask(line, LINE_BYTES);
    }
    this._asked += this.#inLine(this._asked);
    return true;
  }

  /** Replaces a line if the cache is full. @returns false if its write-back must wait. */
  #makeRoom(): boolean {
    if (!this._cache.isFull(this._coming.size)) return true;
    const victim = this._cache.oldest;
    if (victim === undefined) return true;
    if (!this._evictions.hasRoom) return false;
    const modified = this._cache.remove(victim);
    if (modified !== undefined) this._evictions.evict(victim, LINE_BYTES, sourceOf(modified), 0);
    return true;
  }

  /** The core goes through the next line, if it is there. */
  #useNext(): boolean {
    const order = this._order;
    const now_ps = this._host.port.now();
    if (this._done === order.lengthBytes || this._due_ps > now_ps) return false;
    const line = this.#lineOf(this._done);
    if (!this._cache.has(line)) {
      // It was replaced before it was used: ask again.
      if (!this._coming.has(line)) this._asked = this._done;
      return false;
    }
    const count = this.#inLine(this._done);
    const inLine = order.address + this._done - line;
    if (order.kind === 'cpuLoad') order.into.writeFrom(this._done, count, this._cache.use(line), inLine);
    else order.bytes.readInto(this._done, count, this._cache.modify(line), inLine);
    this._done += count;
    this._due_ps = now_ps + (count / order.accessBytes) * INSTRUCTION_PS;
    return true;
  }

  #lineOf(offset: number): number {
    return alignDown(this._order.address + offset, LINE_BYTES);
  }

  /** Bytes from an offset to the end of its line or of the run. */
  #inLine(offset: number): number {
    const { address, lengthBytes } = this._order;
    return Math.min(lengthBytes - offset, LINE_BYTES - ((address + offset) % LINE_BYTES));
  }
}

/** Takes the lines of a range out of the cache, the modified ones with a write of 64 bytes each. */
export class LineFlush implements CoreRun {
  private readonly _host: AccessHost;
  private readonly _cache: DeviceLines;
  private readonly _evictions: LineEvictions;
  private readonly _alarm: Alarm;
  private readonly _end: number;
  private _line: number;
  private _due_ps: number;

  constructor(order: Extract<HostRequest, { kind: 'flushLines' }>, host: AccessHost, cache: DeviceLines) {
    this._host = host;
    this._cache = cache;
    this._evictions = new LineEvictions(host, order.flow);
    this._alarm = new Alarm(host);
    this._line = alignDown(order.address, LINE_BYTES);
    this._end = order.address + order.lengthBytes;
    this._due_ps = host.port.now();
  }

  get isDone(): boolean {
    return this._line >= this._end && this._evictions.isEmpty;
  }

  proceed(): void {
    const { port } = this._host;
    this._evictions.proceed();
    while (this._line < this._end && this._evictions.hasRoom && this._due_ps <= port.now()) {
      const modified = this._cache.remove(this._line);
      if (modified !== undefined) this._evictions.evict(this._line, LINE_BYTES, sourceOf(modified), 0);
      this._line += LINE_BYTES;
      this._due_ps = port.now() + INSTRUCTION_PS;
    }
    const core_ps = this._line < this._end && this._due_ps > port.now() ? this._due_ps : Infinity;
    this._alarm.set(Math.min(core_ps, this._evictions.next_ps()));
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
