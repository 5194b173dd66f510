/*
 * What the fabric keeps about every hop: counters, the trace hash, and records for whoever wants to see them.
 */
import { FLOW_COUNTER_COUNT, flowRow, LINK_COUNTER, LINK_COUNTER_COUNT } from '../../pcie/counters.ts';
import { addTo, doubleAt } from '../../sim/cells.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import type { HopRecorder } from '../../sim/hopRecorder.ts';
import { TraceHash } from '../../sim/traceHash.ts';
import type { TlpPool } from './tlpPool.ts';

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
  private readonly _events: EventQueue;
  private readonly _pool: TlpPool;
  private readonly _recorder: HopRecorder | undefined;
  private readonly _flowCounters: Float64Array;
  /** Link directions in a row of the flow counters. */
  private readonly _flowSegments: number;
  // Of the hop that is hashed next. Doubles travel in fields, see EventQueue.
  private _start_ps = 0.5;
  private _end_ps = 0.5;
  private _address = 0.5;

  /** @param flows layout FLOW_COUNTER, for machines whose TLPs carry flow numbers. */
  constructor(
    events: EventQueue,
    pool: TlpPool,
    recorder: HopRecorder | undefined,
    linkCounters: Float64Array,
    flows?: { readonly flowCounters: Float64Array; readonly segments: number },
  ) {
    this._flowCounters = flows?.flowCounters ?? new Float64Array(0);
    this._flowSegments = flows?.segments ?? 0;
    this._events = events;
    this._pool = pool;
    this._recorder = recorder;
    this.linkCounters = linkCounters;
    this._start_ps = 0;
    this._end_ps = 0;
    this._address = 0;
  }

  /** A transmitter starts a TLP; what it has decided is in its fields. */
  tlpStarted(sender: Departure, slot: number): void {
    const counters = this.linkCounters;
    const pool = this._pool;
    // LINK_COUNTER in figures, see TlpPool: tlps, tlpBytes, tlpBusy_ps, payload + flow.
    const base = sender.index * 16;
    addTo(counters, base, 1);
    addTo(counters, base + 1, sender.wireBytes);
    addTo(counters, base + 8, sender.wire_ps);
    // Reads carry no payload, however much they ask for.
    if (pool.dataCredits(slot) > 0) {
      const flow = pool.flow(slot);
      addTo(counters, base + 2 + (flow & 3), pool.lengthBytes(slot));
      // Payload of a flow other than the transfer (flowNumberOf).
      if (flow > 3) this.#countFlow(flow >> 2, sender.index, pool.lengthBytes(slot));
    }
    if (!sender.traced) return;
    this.hops++;
    const what = pool.what(slot);
    const address = pool.address(slot);
    const length = pool.lengthBytes(slot);
    const serial = pool.serial(slot);
    this._start_ps = sender.start_ps;
    this._end_ps = sender.last_ps;
    this._address = address;
    this.#absorb(what ^ (sender.index << 8), length, serial);
    if (this._recorder !== undefined) {
      const transaction = pool.requesterId(slot) * 0x1_0000 + pool.tag(slot);
      this._recorder.record(sender.start_ps, sender.last_ps, sender.index, what, address, length, transaction, serial);
    }
  }

  #countFlow(flow: number, segment: number, lengthBytes: number): void {
    // Ways inside the host and inside devices come after the links.
    if (segment >= this._flowSegments) return;
    addTo(this._flowCounters, flowRow(flow, this._flowSegments) + FLOW_COUNTER_COUNT + segment, lengthBytes);
  }

  countDllp(transmitter: number, wireBytes: number, wire_ps: number): void {
    // dllps, dllpBytes, dllpBusy_ps
    const base = transmitter * 16;
    addTo(this.linkCounters, base + 6, 1);
    addTo(this.linkCounters, base + 7, wireBytes);
    addTo(this.linkCounters, base + 9, wire_ps);
  }

  countSkip(transmitter: number, wire_ps: number): void {
    addTo(this.linkCounters, transmitter * LINK_COUNTER_COUNT + LINK_COUNTER.skpBusy_ps, wire_ps);
  }

  /** Time for which a direction has waited for credits. */
  stall_ps(transmitter: number): number {
    return doubleAt(this.linkCounters, transmitter * LINK_COUNTER_COUNT + LINK_COUNTER.creditStall_ps);
  }

  setStall(transmitter: number, stall_ps: number): void {
    this.linkCounters[transmitter * LINK_COUNTER_COUNT + LINK_COUNTER.creditStall_ps] = stall_ps;
  }

  /** Time of a direction that went into DLLPs and ordered sets. */
  othersBusy_ps(transmitter: number): number {
    const base = transmitter * LINK_COUNTER_COUNT;
    return (
      doubleAt(this.linkCounters, base + LINK_COUNTER.dllpBusy_ps) +
      doubleAt(this.linkCounters, base + LINK_COUNTER.skpBusy_ps)
    );
  }

  /** Wire time that delivers nothing new: a TLP once more, or (`isNullified`) one that is bad from the start. */
  countReplay(transmitter: number, wire_ps: number, isNullified: boolean): void {
    const base = transmitter * LINK_COUNTER_COUNT;
    addTo(this.linkCounters, base + LINK_COUNTER.replayBusy_ps, wire_ps);
    if (!isNullified) addTo(this.linkCounters, base + LINK_COUNTER.replayedTlps, 1);
  }

  countNak(transmitter: number): void {
    addTo(this.linkCounters, transmitter * LINK_COUNTER_COUNT + LINK_COUNTER.naks, 1);
  }

  /** TLPs that a transmitter has sent. */
  tlps(transmitter: number): number {
    return doubleAt(this.linkCounters, transmitter * LINK_COUNTER_COUNT + LINK_COUNTER.tlps);
  }

  countFraming(transmitter: number, bytes: number): void {
    addTo(this.linkCounters, transmitter * LINK_COUNTER_COUNT + LINK_COUNTER.framingBytes, bytes);
  }

  /** A TLP reads or writes host memory. */
  memoryAccess(slot: number, segment: number, end_ps: number): void {
    const pool = this._pool;
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
    const { now_ps } = this._events;
    this.hops++;
    this._start_ps = now_ps;
    this._end_ps = end_ps;
    this._address = address;
    this.#absorb(what ^ (segment << 8), lengthBytes, serial);
    this._recorder?.record(now_ps, end_ps, segment, what, address, lengthBytes, transaction, serial);
  }

  /** `| 0` of a double is its value modulo 2^32; the upper halves of time and address go in beside other fields. */
  #absorb(place: number, lengthBytes: number, serial: number): void {
    const end_ps = this._end_ps;
    const address = this._address;
    this.hash.absorb(
      this._start_ps | 0,
      (end_ps | 0) ^ Math.imul(serial | 0, 0x2545f491),
      (address | 0) ^ Math.imul(place, 0x6c8e9cf5),
      Math.imul(lengthBytes, 0x1b873593) ^
        ((address / 0x1_0000_0000) | 0) ^
        Math.imul((end_ps / 0x1_0000_0000) | 0, 0x5bd1e995),
    );
  }
}
