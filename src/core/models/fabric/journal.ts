/*
 * What the fabric keeps about every hop: counters, the trace hash, and records for whoever wants to see them.
 */
import { LINK_COUNTER, LINK_COUNTER_COUNT } from '../../pcie/counters.ts';
import { addTo } from '../../sim/cells.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import type { HopRecorder } from '../../sim/hopRecorder.ts';
import { TraceHash } from '../../sim/traceHash.ts';
import type { TlpPool } from './tlpPool.ts';

const TWO_32 = 2 ** 32;

/** What a transmitter has decided about the TLP it starts. */
export interface Departure {
  readonly index: number;
  /** Hops are counted, hashed and recorded only on real links. */
  readonly traced: boolean;
  readonly wireBytes: number;
  readonly wire_ps: number;
  /** First bit leaves. */
  readonly start_ps: number;
  /** Last bit arrives. */
  readonly last_ps: number;
}

export class Journal {
  /** By transmitter: [transmitter · LINK_COUNTER_COUNT + field]. Links come first, ways inside the host after them. */
  linkCounters: Float64Array;
  readonly hash = new TraceHash();
  /** Hops so far: link crossings and host-memory accesses. */
  hops = 0;
  readonly #events: EventQueue;
  readonly #pool: TlpPool;
  readonly #recorder: HopRecorder | undefined;

  constructor(events: EventQueue, pool: TlpPool, recorder: HopRecorder | undefined, linkCounters: Float64Array) {
    this.#events = events;
    this.#pool = pool;
    this.#recorder = recorder;
    this.linkCounters = linkCounters;
  }

  /** A transmitter starts a TLP; what it has decided is in its fields. */
  tlpStarted(sender: Departure, slot: number): void {
    const counters = this.linkCounters;
    const pool = this.#pool;
    const base = sender.index * LINK_COUNTER_COUNT;
    addTo(counters, base + LINK_COUNTER.tlps, 1);
    addTo(counters, base + LINK_COUNTER.tlpBytes, sender.wireBytes);
    addTo(counters, base + LINK_COUNTER.tlpBusy_ps, sender.wire_ps);
    // Reads carry no payload, however much they ask for.
    if (pool.dataCredits(slot) > 0) {
      addTo(counters, base + LINK_COUNTER.payload + pool.flow(slot), pool.lengthBytes(slot));
    }
    if (!sender.traced) return;
    this.hops++;
    const what = pool.what(slot);
    const address = pool.address(slot);
    const length = pool.lengthBytes(slot);
    const serial = pool.serial(slot);
    // `| 0` of a double is its value modulo 2^32.
    this.hash.absorb(sender.start_ps | 0, sender.last_ps | 0, what ^ (sender.index << 8), serial | 0);
    this.hash.absorb(address | 0, (address / TWO_32) | 0, length, (sender.last_ps / TWO_32) | 0);
    if (this.#recorder !== undefined) {
      const transaction = pool.requesterId(slot) * 0x1_0000 + pool.tag(slot);
      this.#recorder.record(sender.start_ps, sender.last_ps, sender.index, what, address, length, transaction, serial);
    }
  }

  countDllp(transmitter: number, wireBytes: number, wire_ps: number): void {
    const base = transmitter * LINK_COUNTER_COUNT;
    addTo(this.linkCounters, base + LINK_COUNTER.dllps, 1);
    addTo(this.linkCounters, base + LINK_COUNTER.dllpBytes, wireBytes);
    addTo(this.linkCounters, base + LINK_COUNTER.dllpBusy_ps, wire_ps);
  }

  countSkip(transmitter: number, wire_ps: number): void {
    addTo(this.linkCounters, transmitter * LINK_COUNTER_COUNT + LINK_COUNTER.skpBusy_ps, wire_ps);
  }

  countStall(transmitter: number, duration_ps: number): void {
    addTo(this.linkCounters, transmitter * LINK_COUNTER_COUNT + LINK_COUNTER.creditStall_ps, duration_ps);
  }

  /** A TLP reads or writes host memory. */
  memoryAccess(slot: number, segment: number, end_ps: number): void {
    const pool = this.#pool;
    const transaction = pool.requesterId(slot) * 0x1_0000 + pool.tag(slot);
    const address = pool.address(slot);
    this.#access(segment, pool.what(slot), end_ps, address, pool.lengthBytes(slot), transaction, pool.serial(slot));
  }

  /** A load or store of the CPU reads or writes host memory. */
  hostAccess(segment: number, what: number, end_ps: number, address: number, lengthBytes: number): void {
    this.#access(segment, what, end_ps, address, lengthBytes, 0, 0);
  }

  #access(
    segment: number,
    what: number,
    end_ps: number,
    address: number,
    lengthBytes: number,
    transaction: number,
    serial: number,
  ): void {
    const { now_ps } = this.#events;
    this.hops++;
    this.hash.absorb(now_ps | 0, end_ps | 0, what ^ (segment << 8), serial | 0);
    this.hash.absorb(address | 0, (address / TWO_32) | 0, lengthBytes, (end_ps / TWO_32) | 0);
    this.#recorder?.record(now_ps, end_ps, segment, what, address, lengthBytes, transaction, serial);
  }
}
