/*
 * Host memory behind the root complex: RAM at its bus addresses, and channels whose time is finite.
 */
import { lowDword } from '../../../base/bits.ts';
import { FLOW, FLOW_COUNT, type FlowByte, TLP_KIND } from '../../pcie/tlp.ts';
import { MACHINE_COUNTER, MEMORY_COUNTER } from '../../pcie/counters.ts';
import type { HostSpec } from '../../pcie/machineSpec.ts';
import { addTo, doubleAt } from '../../sim/cells.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import { type MemoryArena, SparseMemory } from '../../sim/sparseMemory.ts';
import type { HardwareHostMemory } from '../hardware.ts';
import type { Arrivals } from './arrivals.ts';
import type { Journal } from './journal.ts';
import { busTimes, INTERLEAVE_BYTES } from '../memory/channels.ts';
import {
  CACHE_LATENCY_PS,
  CORE_DRAM_LATENCY_PS,
  DRAM_LATENCY_PS,
  MemorySystem,
  needsMemorySystem,
} from '../memory/memorySystem.ts';
import { Interconnect, type NodeRange, nodeRanges } from '../memory/sockets.ts';
import { NONE } from './tlpPool.ts';

const FOUR_GIB = 2 ** 32;

export interface HostMemoryParts {
  readonly events: EventQueue;
  readonly journal: Journal;
  readonly arrivals: Arrivals;
  readonly arena: MemoryArena;
  /** Layout MEMORY_COUNTER. */
  readonly memoryCounters: Float64Array;
  /** Layout MACHINE_COUNTER. */
  readonly machineCounters: Float64Array;
  /** Hop segment of writes; reads are the next one. */
  readonly segment: number;
}

/**
 * RAM fills the addresses from 0 up to the lowest window for devices below 4 GiB; the rest continues at 4 GiB.
 * Accesses that hit in the last-level cache (`ioCache: 'hit'`) use neither channels nor MEMORY_COUNTER: no byte of them
 * is in DRAM.
 * A modelled cache, several sockets or a background load make it a {@link MemorySystem}.
 * @spec performance reference, section 6 (latency, efficiency by the mix of reads and writes)
 * @simplifies Without one of these, channels are first come, first served servers with 256-byte interleaving; DRAM rows
 * and banks are in the efficiency figures only, and the cache either always hits or always misses.
 */
export class HostMemory implements HardwareHostMemory {
  readonly memory: SparseMemory;
  readonly sizeBytes: number;
  readonly ranges: readonly { readonly base: number; readonly sizeBytes: number; readonly offset: number }[];
  readonly nodeRanges: readonly NodeRange[];
  readonly readLatency_ps: number;
  readonly interconnect: Interconnect;
  /** True if it matters where an accessor sits: say so in {@link accessorNode} before every access. */
  readonly isDetailed: boolean;
  /** Socket of the host bridge whose device accesses next. */
  accessorNode = 0;
  private readonly _system: MemorySystem | undefined;
  private readonly _parts: HostMemoryParts;
  private readonly _lowBytes: number;
  private readonly _hitsCache: boolean;
  private readonly _readPsPerByte: number;
  private readonly _writePsPerByte: number;
  /** By channel: busy until then. */
  private readonly _freeAt: Float64Array;
  /** When the last of the channels that the latest access needs began to serve it. */
  private _granted_ps = 0.5;

  /** @param lowLimit first address below 4 GiB that is not RAM. */
  constructor(parts: HostMemoryParts, spec: HostSpec['memory'], lowLimit: number) {
    this._parts = parts;
    this.memory = new SparseMemory(parts.arena, spec.sizeBytes);
    this.sizeBytes = spec.sizeBytes;
    this._lowBytes = Math.min(spec.sizeBytes, lowLimit);
    const low = { base: 0, sizeBytes: this._lowBytes, offset: 0 };
    const high = { base: FOUR_GIB, sizeBytes: spec.sizeBytes - this._lowBytes, offset: this._lowBytes };
    this.ranges = [low, high].filter((range) => range.sizeBytes > 0);
    this._hitsCache = spec.ioCache === 'hit';
    this.readLatency_ps = CACHE_LATENCY_PS + (this._hitsCache ? 0 : DRAM_LATENCY_PS);
    const { readPsPerByte, writePsPerByte } = busTimes(spec.channelBytesPerSecond);
    this._readPsPerByte = readPsPerByte;
    this._writePsPerByte = writePsPerByte;
    this._freeAt = new Float64Array(Math.max(1, spec.channels));
    const sockets = spec.sockets ?? 1;
    this.nodeRanges = nodeRanges(this.ranges, sockets, spec.sizeBytes);
    this.interconnect = Interconnect.of(spec);
    this.isDetailed = needsMemorySystem(spec);
    this._system = this.isDetailed ? new MemorySystem(spec, this.interconnect, parts.memoryCounters) : undefined;
  }

  offsetOf(address: number): number {
    if (address < this._lowBytes) return address;
    const high = address - FOUR_GIB;
    return high >= 0 && high < this.sizeBytes - this._lowBytes ? high + this._lowBytes : NONE;
  }

  /** Brings the counter of the background load up to now. */
  settle(): void {
    if (this._system === undefined) return;
    const { events, machineCounters } = this._parts;
    machineCounters[MACHINE_COUNTER.backgroundBytes] = this._system.backgroundBytes(events.now_ps);
  }

  occupy(address: number, lengthBytes: number, direction: 'read' | 'write', flow: FlowByte, node = 0): number {
    const isWrite = direction === 'write';
    const offset = this.offsetOf(address);
    const { now_ps } = this._parts.events;
    const done_ps =
      this._system === undefined
        ? this.access(offset, lengthBytes, isWrite, flow)
        : Math.ceil(this._system.coreAccess(offset, lengthBytes, isWrite, flow, node, now_ps));
    const kind = isWrite ? TLP_KIND.MWr : TLP_KIND.MRd;
    const segment = this._parts.segment + (isWrite ? 0 : 1);
    this._parts.journal.hostAccess(segment, kind | (flow << 16), done_ps, address, lengthBytes);
    return done_ps;
  }

  get delay_ps(): number {
    return this._system?.delay_ps ?? 0;
  }

  coreLoad_ps(address: number, lengthBytes: number, node: number): number {
    const { now_ps } = this._parts.events;
    const offset = this.offsetOf(address);
    if (this._system === undefined) return CORE_DRAM_LATENCY_PS;
    return Math.round(this._system.coreLoad_ps(offset, lengthBytes, FLOW.control, node, now_ps));
  }

  noteCoreStore(address: number, lengthBytes: number): void {
    this._system?.coreStore(this.offsetOf(address), lengthBytes, FLOW.control, this._parts.events.now_ps);
  }

  /** Hop segment of a DMA access. */
  segmentOf(isWrite: boolean): number {
    return this._parts.segment + (isWrite ? 0 : 1);
  }

  /**
   * Books channel time for an access and counts its bytes.
   * @returns when the channels have done it, not before now.
   */
  access(offset: number, lengthBytes: number, isWrite: boolean, flow: number): number {
    const now_ps = this._parts.events.now_ps;
    if (this._system !== undefined) return this.#accessSystem(this._system, offset, lengthBytes, isWrite, flow);
    this._granted_ps = now_ps;
    if (this._hitsCache) return now_ps;
    const field = isWrite ? MEMORY_COUNTER.writtenBytes : MEMORY_COUNTER.readBytes;
    addTo(this._parts.memoryCounters, field * FLOW_COUNT + (flow & 3), lengthBytes);
    const psPerByte = isWrite ? this._writePsPerByte : this._readPsPerByte;
    const freeAt = this._freeAt;
    const firstBlock = Math.floor(offset / INTERLEAVE_BYTES);
    let done_ps = now_ps;
    for (let start = offset, end = offset + lengthBytes; start < end;) {
      const block = Math.floor(start / INTERLEAVE_BYTES);
      const next = Math.min(end, (block + 1) * INTERLEAVE_BYTES);
      const channel = lowDword(block) % freeAt.length;
      const free_ps = doubleAt(freeAt, channel);
      const begin_ps = free_ps > now_ps ? free_ps : now_ps;
      // Waiting behind others delays the data; the access's own transfer is part of the idle latency.
      if (block - firstBlock < freeAt.length && begin_ps > this._granted_ps) this._granted_ps = begin_ps;
      const finish_ps = begin_ps + (next - start) * psPerByte;
      freeAt[channel] = finish_ps;
      if (finish_ps > done_ps) done_ps = finish_ps;
      start = next;
    }
    return Math.ceil(done_ps);
  }

  #accessSystem(system: MemorySystem, offset: number, lengthBytes: number, isWrite: boolean, flow: number): number {
    const { now_ps } = this._parts.events;
    const node = this.accessorNode;
    return isWrite
      ? Math.ceil(system.deviceWrite(offset, lengthBytes, flow, node, now_ps))
      : Math.round(system.deviceRead(offset, lengthBytes, flow, node, now_ps));
  }

  /** Books a read; when its data is at the root complex. */
  readReady_ps(offset: number, lengthBytes: number, flow: number): number {
    if (this._system !== undefined) return this.access(offset, lengthBytes, false, flow);
    this.access(offset, lengthBytes, false, flow);
    return Math.round(this._granted_ps) + this.readLatency_ps;
  }

  /** Payload of the job has been stored by a device. */
  noteStored(lengthBytes: number, flow: FlowByte): void {
    this._parts.arrivals.atHostMemory(lengthBytes, flow);
  }
}
