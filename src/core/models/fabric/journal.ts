/*
 * What the fabric keeps about every hop: counters, the trace hash, and records for whoever wants to see them.
 */
import { LINK_COUNTER, LINK_COUNTER_COUNT } from '../../pcie/counters.ts';
import { addTo, byteAt, doubleAt, int32At } from '../../sim/cells.ts';
import type { HopRecorder } from '../../sim/hopRecorder.ts';
import { TraceHash } from '../../sim/traceHash.ts';
import { KIND_CLASS, type TlpPool } from './tlpPool.ts';

export class Journal {
  /** By transmitter: [transmitter · LINK_COUNTER_COUNT + field]. Links come first, ways inside the host after them. */
  linkCounters: Float64Array;
  readonly hash = new TraceHash();
  /** Hops so far: link crossings and host-memory accesses. */
  hops = 0;
  readonly #pool: TlpPool;
  readonly #recorder: HopRecorder | undefined;

  constructor(pool: TlpPool, recorder: HopRecorder | undefined, linkCounters: Float64Array) {
    this.#pool = pool;
    this.#recorder = recorder;
    this.linkCounters = linkCounters;
  }

  /** A TLP takes `wire_ps` of a transmitter's time. */
  countTlp(transmitter: number, slot: number, wireBytes: number, wire_ps: number): void {
    const counters = this.linkCounters;
    const pool = this.#pool;
    const base = transmitter * LINK_COUNTER_COUNT;
    addTo(counters, base + LINK_COUNTER.tlps, 1);
    addTo(counters, base + LINK_COUNTER.tlpBytes, wireBytes);
    addTo(counters, base + LINK_COUNTER.tlpBusy_ps, wire_ps);
    // Reads carry no payload, however much they ask for.
    if (int32At(pool.wirePayloadBytes, slot) > 0) {
      addTo(counters, base + LINK_COUNTER.payload + byteAt(pool.flow, slot), int32At(pool.lengthBytes, slot));
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

  /** One hop of a TLP, from its first bit leaving to its last bit arriving. */
  hop(slot: number, segment: number, start_ps: number, end_ps: number): void {
    const pool = this.#pool;
    const kind = byteAt(pool.kind, slot);
    const what =
      kind | (byteAt(KIND_CLASS, kind) << 8) | (byteAt(pool.flow, slot) << 16) | (byteAt(pool.status, slot) << 24);
    const address = doubleAt(pool.address, slot);
    const length = int32At(pool.lengthBytes, slot);
    const serial = doubleAt(pool.serial, slot);
    this.hops++;
    this.hash.absorb(start_ps, end_ps, what ^ (segment << 4), address, length, serial);
    if (this.#recorder !== undefined) {
      const transaction = int32At(pool.requesterId, slot) * 0x1_0000 + int32At(pool.tag, slot);
      this.#recorder.record(start_ps, end_ps, segment, what, address, length, transaction, serial);
    }
  }

  /** An access to host memory that no TLP made: a load or store of the CPU. */
  hostAccess(
    segment: number,
    what: number,
    start_ps: number,
    end_ps: number,
    address: number,
    lengthBytes: number,
  ): void {
    this.hops++;
    this.hash.absorb(start_ps, end_ps, what ^ (segment << 4), address, lengthBytes, 0);
    this.#recorder?.record(start_ps, end_ps, segment, what, address, lengthBytes, 0, 0);
  }
}
