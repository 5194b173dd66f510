/*
 * Across the inside of the root complex, from port to port: extra latency, and a rate if the way has one.
 *
 *   port ─ receive buffer ─▶ [ book the bridge ]─[ book the interconnect ]─ line ─▶ egress queue ─ port
 */
import { TLP_CLASS } from '../../pcie/tlp.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import { releaseBuffer } from './completions.ts';
import type { DelayLine } from './delayLine.ts';
import type { FabricParts } from './fabricParts.ts';
import type { HostBridge } from './hostBridge.ts';
import type { TlpPool } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';

/** Peer TLPs that may wait inside the root complex for one port before the ports they came by stop being emptied. */
const PEER_BUFFER_TLPS = 32;

/** One side of a crossing. */
interface Side {
  readonly egress: Transmitter;
  readonly hostBridge: HostBridge;
}

/** The way from one host bridge to another, or back to itself. */
interface PeerWay {
  readonly latency_ps: number;
  /** Rate as a fraction of what it is inside one bridge. */
  readonly factor: number;
  /** Requests, and completions too unless they have a rate of their own. */
  readonly line: DelayLine;
  readonly completions: DelayLine;
  /** The interconnect is busy until then. */
  freeAt_ps: number;
  /** When the last TLP of each line comes out. */
  lineDue_ps: number;
  completionsDue_ps: number;
}

/**
 * A port's receive buffer is free once a TLP is inside, unless the buffers in there are full: then the port fills, and
 * its sender waits. Completions never overtake requests (semantics reference O-3).
 * @simplifies The root complex's own buffers hold what crosses it, and a stated number of TLPs before each port. The
 * interconnect between host bridges is a rate and the sum of both latencies; it is not shared with memory traffic.
 */
export class PeerCrossing {
  readonly #parts: FabricParts;
  readonly #pool: TlpPool;
  readonly #events: EventQueue;
  readonly #onThrough: (slot: number) => void;
  readonly #ways = new Map<HostBridge, Map<HostBridge, PeerWay>>();

  constructor(parts: FabricParts, onThrough: (slot: number) => void) {
    this.#parts = parts;
    this.#pool = parts.pool;
    this.#events = parts.events;
    this.#onThrough = onThrough;
  }

  /** Takes a TLP in; it comes out after the latency, and as fast as the way is. */
  enter(slot: number, from: Side, to: Side): void {
    const pool = this.#pool;
    const { now_ps } = this.#events;
    const way = this.#wayBetween(from.hostBridge, to.hostBridge);
    const isCompletion = pool.classOf(slot) === TLP_CLASS.completion;
    const length = pool.dataCredits(slot) > 0 ? pool.lengthBytes(slot) : 0;
    let start_ps = from.hostBridge.book(now_ps, length, isCompletion);
    if (way.factor < 1) {
      if (way.freeAt_ps > start_ps) start_ps = way.freeAt_ps;
      if (length > 0) way.freeAt_ps = start_ps + Math.round(this.#time_ps(slot, length, from, to) / way.factor);
    }
    const hasRoom = start_ps - now_ps <= from.hostBridge.latency_ps && to.egress.queues.waiting < PEER_BUFFER_TLPS;
    if (hasRoom) releaseBuffer(pool, slot, to.egress);
    this.#add(way, slot, start_ps + way.latency_ps, isCompletion);
  }

  #add(way: PeerWay, slot: number, due_ps: number, isCompletion: boolean): void {
    if (isCompletion && way.completions !== way.line) {
      if (due_ps < way.lineDue_ps) due_ps = way.lineDue_ps + 1;
      if (due_ps > way.completionsDue_ps) way.completionsDue_ps = due_ps;
      this.#events.due_ps = way.completionsDue_ps;
      way.completions.add(slot);
      return;
    }
    if (due_ps > way.lineDue_ps) way.lineDue_ps = due_ps;
    this.#events.due_ps = way.lineDue_ps;
    way.line.add(slot);
  }

  /** How long payload occupies the way inside one bridge: by its cap, or as the slower of both links would. */
  #time_ps(slot: number, lengthBytes: number, from: Side, to: Side): number {
    const { psPerByte } = from.hostBridge;
    if (psPerByte > 0) return lengthBytes * psPerByte;
    return Math.max(from.egress.duration_ps(slot), to.egress.duration_ps(slot));
  }

  #wayBetween(from: HostBridge, to: HostBridge): PeerWay {
    return this.#ways.get(from)?.get(to) ?? this.#newWay(from, to);
  }

  #newWay(from: HostBridge, to: HostBridge): PeerWay {
    const line = this.#parts.addLine((slot) => this.#onThrough(slot));
    const hasReadCap = from.readPsPerByte !== from.psPerByte;
    const way: PeerWay = {
      latency_ps: from.latency_ps + (from === to ? 0 : to.latency_ps),
      factor: from === to ? 1 : Math.min(from.crossFactor, to.crossFactor),
      line,
      completions: hasReadCap ? this.#parts.addLine((slot) => this.#onThrough(slot)) : line,
      freeAt_ps: 0,
      lineDue_ps: 0,
      completionsDue_ps: 0,
    };
    const ways = this.#ways.get(from) ?? new Map<HostBridge, PeerWay>();
    this.#ways.set(from, ways.set(to, way));
    return way;
  }
}
