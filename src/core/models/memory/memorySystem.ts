/*
 * Host memory in detail: sockets with channels and a last-level cache each, links between them, and a background load.
 *
 *   device or core at socket n ──(link n→h)── cache of socket h ──── channels of socket h
 */
import { MEMORY_COUNTER } from '../../pcie/counters.ts';
import type { HostSpec } from '../../pcie/machineSpec.ts';
import { FLOW_COUNT } from '../../pcie/tlp.ts';
import { addTo } from '../../sim/cells.ts';
import { INTERLEAVE_BYTES, LoadedChannels } from './channels.ts';
import { CACHE_LINE_BYTES, DEFAULT_CACHE, LastLevelCache } from './lastLevelCache.ts';
import { type Interconnect, socketBytes } from './sockets.ts';

/** What a device's read takes in the root complex and the last-level cache, and what DRAM adds (section 6). */
export const CACHE_LATENCY_PS = 150_000;
export const DRAM_LATENCY_PS = 75_000;
/** A core's load of a line from idle DRAM (section 6), and from the last-level cache (estimate). */
export const CORE_DRAM_LATENCY_PS = 85_000;
export const CORE_CACHE_LATENCY_PS = 21_000;

type MemorySpec = HostSpec['memory'];

/** True if a machine's memory needs more than channels that nobody else uses. */
export function needsMemorySystem(spec: MemorySpec): boolean {
  return spec.ioCache === 'model' || (spec.sockets ?? 1) > 1 || (spec.backgroundBytesPerSecond ?? 0) > 0;
}

/**
 * Times and bytes of accesses; the bytes themselves are in one place, whichever cache holds their line.
 * @spec performance reference, sections 5 and 6
 * @simplifies A line is cached by the socket that owns its memory only. Cores' own caches and the background's accesses
 * leave the last-level cache as it is. Commands and snoops on the links between sockets take latency, not rate.
 */
export class MemorySystem {
  readonly sockets: number;
  /** How much later than from idle local memory the data of the last access comes. */
  delay_ps = 0.5;
  private readonly _channels: LoadedChannels;
  private readonly _perSocket: number;
  private readonly _socketBytes: number;
  private readonly _interconnect: Interconnect;
  /** By socket; empty unless modelled. */
  private readonly _caches: readonly LastLevelCache[];
  private readonly _alwaysHits: boolean;
  private readonly _counters: Float64Array;
  /** When the channels began with the last part of the latest access, and when they are done. */
  private _granted_ps = 0.5;
  private _done_ps = 0.5;

  /** @param memoryCounters layout MEMORY_COUNTER. */
  constructor(spec: MemorySpec, interconnect: Interconnect, memoryCounters: Float64Array) {
    this.sockets = spec.sockets ?? 1;
    this._perSocket = Math.max(1, Math.floor(spec.channels / this.sockets));
    this._socketBytes = socketBytes(spec.sizeBytes, this.sockets);
    this._channels = new LoadedChannels({
      channels: this._perSocket * this.sockets,
      channelBytesPerSecond: spec.channelBytesPerSecond,
      backgroundBytesPerSecond: spec.backgroundBytesPerSecond ?? 0,
    });
    this._interconnect = interconnect;
    const isModelled = spec.ioCache === 'model';
    this._caches = Array.from(
      { length: isModelled ? this.sockets : 0 },
      () => new LastLevelCache(spec.lastLevelCache ?? DEFAULT_CACHE),
    );
    this._alwaysHits = spec.ioCache === 'hit';
    this._counters = memoryCounters;
  }

  /** Bytes that the background load has moved up to a time. */
  backgroundBytes(now_ps: number): number {
    return this._channels.backgroundBytes(now_ps);
  }

  /** Socket of an accessor; firmware may not have said (−1), or have given numbers of its own. */
  #node(numaNode: number): number {
    return Math.max(0, numaNode) % this.sockets;
  }

  socketOf(offset: number): number {
    return Math.min(this.sockets - 1, Math.floor(offset / this._socketBytes));
  }

  /** A device below a host bridge of socket `node` writes. @returns when its buffers are free, not rounded. */
  deviceWrite(offset: number, lengthBytes: number, flow: number, node: number, now_ps: number): number {
    const socket = this.socketOf(offset);
    const at_ps = this.#outward(this.#node(node), socket, lengthBytes, now_ps);
    this.#begin(at_ps);
    const cache = this._caches[socket];
    if (cache === undefined) {
      if (!this._alwaysHits) this.#useDram(socket, offset, lengthBytes, true, flow, at_ps);
      return this._done_ps;
    }
    const last = Math.floor((offset + lengthBytes - 1) / CACHE_LINE_BYTES);
    for (let line = Math.floor(offset / CACHE_LINE_BYTES); line <= last; line++) {
      cache.deviceWrite(line, flow);
      this.#writeBack(cache, socket, at_ps);
    }
    // A line has its place as soon as the one it pushes out has begun to leave.
    return this._granted_ps;
  }

  /** A device reads. @returns when the data is at its root complex, not rounded. */
  deviceRead(offset: number, lengthBytes: number, flow: number, node: number, now_ps: number): number {
    const socket = this.socketOf(offset);
    this.#begin(now_ps);
    const cache = this._caches[socket];
    let fromDram = !this._alwaysHits;
    if (cache !== undefined) fromDram = this.#readMissing(cache, socket, offset, lengthBytes, flow, now_ps);
    else if (fromDram) this.#useDram(socket, offset, lengthBytes, false, flow, now_ps);
    const latency_ps = CACHE_LATENCY_PS + (fromDram ? DRAM_LATENCY_PS : 0);
    return this.#inward(this.#node(node), socket, lengthBytes, this._granted_ps) + latency_ps;
  }

  /**
   * A core at socket `node` streams: loads that go through the cache, stores that go past it.
   * @returns when the channels are done; {@link delay_ps} is what a load waits longer than at idle.
   */
  coreAccess(
    offset: number,
    lengthBytes: number,
    isWrite: boolean,
    flow: number,
    node: number,
    now_ps: number,
  ): number {
    const socket = this.socketOf(offset);
    this.#begin(now_ps);
    const cache = this._caches[socket];
    if (cache !== undefined && !isWrite) this.#fillMissing(cache, socket, offset, lengthBytes, flow, now_ps);
    else if (!this._alwaysHits) {
      cache?.dropRange(offset, lengthBytes);
      this.#useDram(socket, offset, lengthBytes, isWrite, flow, now_ps);
    }
    const from = this.#node(node);
    const arrived_ps = isWrite
      ? this.#outward(from, socket, lengthBytes, this._granted_ps)
      : this.#inward(from, socket, lengthBytes, this._granted_ps);
    this.delay_ps = arrived_ps - now_ps;
    return Math.max(this._done_ps, arrived_ps);
  }

  /** A core waits for a load of a few bytes. @returns its latency. */
  coreLoad_ps(offset: number, lengthBytes: number, flow: number, node: number, now_ps: number): number {
    const socket = this.socketOf(offset);
    this.#begin(now_ps);
    const cache = this._caches[socket];
    const hit =
      this._alwaysHits || (cache !== undefined && !this.#fillMissing(cache, socket, offset, lengthBytes, flow, now_ps));
    if (cache === undefined && !hit) this.#useDram(socket, offset, lengthBytes, false, flow, now_ps);
    const arrived_ps = this.#inward(this.#node(node), socket, lengthBytes, this._granted_ps);
    return arrived_ps - now_ps + (hit ? CORE_CACHE_LATENCY_PS : CORE_DRAM_LATENCY_PS);
  }

  /** A core stores a few bytes: into the cache, if there is one to speak of. */
  coreStore(offset: number, lengthBytes: number, flow: number, now_ps: number): void {
    const socket = this.socketOf(offset);
    const cache = this._caches[socket];
    if (cache === undefined) return;
    this.#begin(now_ps);
    const last = Math.floor((offset + lengthBytes - 1) / CACHE_LINE_BYTES);
    for (let line = Math.floor(offset / CACHE_LINE_BYTES); line <= last; line++) {
      cache.coreWrite(line, flow);
      this.#writeBack(cache, socket, now_ps);
    }
  }

  #begin(at_ps: number): void {
    this._granted_ps = at_ps;
    this._done_ps = at_ps;
  }

  /** Lines that are not there come from DRAM, and stay where they are. @returns true if there was one. */
  #readMissing(
    cache: LastLevelCache,
    socket: number,
    offset: number,
    lengthBytes: number,
    flow: number,
    now_ps: number,
  ): boolean {
    let missed = false;
    const end = offset + lengthBytes;
    for (let start = offset; start < end;) {
      const line = Math.floor(start / CACHE_LINE_BYTES);
      const next = Math.min(end, (line + 1) * CACHE_LINE_BYTES);
      if (!cache.deviceRead(line)) {
        this.#useDram(socket, start, next - start, false, flow, now_ps);
        missed = true;
      }
      start = next;
    }
    return missed;
  }

  /** The same for a core: whole lines come, and stay in the cache. */
  #fillMissing(
    cache: LastLevelCache,
    socket: number,
    offset: number,
    lengthBytes: number,
    flow: number,
    now_ps: number,
  ): boolean {
    let missed = false;
    const last = Math.floor((offset + lengthBytes - 1) / CACHE_LINE_BYTES);
    for (let line = Math.floor(offset / CACHE_LINE_BYTES); line <= last; line++) {
      if (cache.coreRead(line)) continue;
      missed = true;
      this.#writeBack(cache, socket, now_ps);
      this.#useDram(socket, line * CACHE_LINE_BYTES, CACHE_LINE_BYTES, false, flow, now_ps);
    }
    return missed;
  }

  /** What the last access pushed out goes to DRAM. */
  #writeBack(cache: LastLevelCache, socket: number, at_ps: number): void {
    if (cache.evicted < 0) return;
    const offset = cache.evicted * CACHE_LINE_BYTES;
    this.#useDram(socket, offset, CACHE_LINE_BYTES, true, cache.evictedFlow, at_ps);
  }

  /** Books channels of a socket, and counts. */
  #useDram(socket: number, offset: number, lengthBytes: number, isWrite: boolean, flow: number, at_ps: number): void {
    const field = isWrite ? MEMORY_COUNTER.writtenBytes : MEMORY_COUNTER.readBytes;
    addTo(this._counters, field * FLOW_COUNT + (flow & 3), lengthBytes);
    const channels = this._channels;
    for (let start = offset, end = offset + lengthBytes; start < end;) {
      const block = Math.floor(start / INTERLEAVE_BYTES);
      const next = Math.min(end, (block + 1) * INTERLEAVE_BYTES);
      const channel = socket * this._perSocket + (block % this._perSocket);
      const done_ps = channels.book(channel, at_ps, next - start, isWrite);
      if (channels.granted_ps > this._granted_ps) this._granted_ps = channels.granted_ps;
      if (done_ps > this._done_ps) this._done_ps = done_ps;
      start = next;
    }
  }

  /** Data to another socket. @returns when it is there; half the latency of a round trip later. */
  #outward(from: number, to: number, lengthBytes: number, at_ps: number): number {
    if (from === to) return at_ps;
    return this._interconnect.cross(from, to, lengthBytes, at_ps) + this._interconnect.remoteLatency_ps / 2;
  }

  /** Data from another socket, which had to be asked first. */
  #inward(node: number, socket: number, lengthBytes: number, at_ps: number): number {
    if (node === socket) return at_ps;
    return this._interconnect.cross(socket, node, lengthBytes, at_ps) + this._interconnect.remoteLatency_ps;
  }
}
