/*
 * Across the inside of the root complex, from port to port: a rate if the way has one, and extra latency.
 *
 *   port's receive buffer ─[ bridge, interconnect: one TLP after the other ]─▶ inside ─ latency ─▶ egress queue ─ port
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

/** TLPs that wait in their ports' buffers for their turn to cross. */
interface Entrance {
  readonly line: DelayLine;
  waiting: number;
  /** When the last of them begins to cross. */
  last_ps: number;
}

/** The way from one host bridge to another, or back to itself. */
interface PeerWay {
  readonly latency_ps: number;
  /** Rate as a fraction of what it is inside one bridge. */
  readonly factor: number;
  readonly requests: Entrance;
  /** The same entrance, unless completions have a rate of their own. */
  readonly completions: Entrance;
  readonly inside: DelayLine;
  /** The interconnect is busy until then. */
  freeAt_ps: number;
}

export interface PeerCrossingParts {
  readonly fabric: FabricParts;
  /** Where what leaves by a port of the root complex waits. */
  egressOf(port: number): Transmitter;
  /** A TLP is through: into the egress queue of its port. */
  onThrough(slot: number): void;
}

/**
 * A port's receive buffer is free once a TLP is inside, unless the buffers in there are full: then the port fills, and
 * its sender waits. Completions never overtake requests (semantics reference O-3).
 * @simplifies The root complex's own buffers hold what crosses it, and a stated number of TLPs before each port. The
 * interconnect between host bridges is a rate and the sum of both latencies; it is not shared with memory traffic.
 */
export class PeerCrossing {
  private readonly _parts: PeerCrossingParts;
  private readonly _pool: TlpPool;
  private readonly _events: EventQueue;
  private readonly _ways = new Map<HostBridge, Map<HostBridge, PeerWay>>();

  constructor(parts: PeerCrossingParts) {
    this._parts = parts;
    this._pool = parts.fabric.pool;
    this._events = parts.fabric.events;
  }

  /** Takes a TLP in, whose `egress` is the number of the port it goes to; it comes out at {@link PeerCrossingParts}. */
  enter(slot: number, from: Side, to: Side): void {
    const { now_ps } = this._events;
    const way = this.#wayBetween(from.hostBridge, to.hostBridge);
    const isCompletion = this._pool.classOf(slot) === TLP_CLASS.completion;
    const entrance = isCompletion ? way.completions : way.requests;
    const start_ps = this.#book(slot, way, from, to);
    if (start_ps <= now_ps && entrance.waiting === 0) return this.#goInside(slot, way);
    entrance.waiting++;
    entrance.last_ps = start_ps;
    this._events.due_ps = start_ps;
    entrance.line.add(slot);
  }

  /** When a TLP begins to cross, not before those of its entrance and, for a completion, requests that came earlier. */
  #book(slot: number, way: PeerWay, from: Side, to: Side): number {
    const pool = this._pool;
    const { now_ps } = this._events;
    const isCompletion = pool.classOf(slot) === TLP_CLASS.completion;
    const length = pool.dataCredits(slot) > 0 ? pool.lengthBytes(slot) : 0;
    let start_ps = from.hostBridge.book(now_ps, length, isCompletion);
    if (way.factor < 1) {
      if (way.freeAt_ps > start_ps) start_ps = way.freeAt_ps;
      if (length > 0) way.freeAt_ps = start_ps + Math.round(this.#time_ps(slot, length, from, to) / way.factor);
    }
    const entrance = isCompletion ? way.completions : way.requests;
    if (entrance.waiting > 0 && entrance.last_ps > start_ps) start_ps = entrance.last_ps;
    const { requests } = way;
    if (entrance !== requests && requests.waiting > 0 && requests.last_ps >= start_ps) start_ps = requests.last_ps + 1;
    return start_ps;
  }

  #goInside(slot: number, way: PeerWay): void {
    const egress = this._parts.egressOf(this._pool.egress(slot));
    if (egress.queues.waiting < PEER_BUFFER_TLPS) releaseBuffer(this._pool, slot, egress);
    this._events.due_ps = this._events.now_ps + way.latency_ps;
    way.inside.add(slot);
  }

  /** How long payload occupies the way inside one bridge: by its cap, or as the slower of both links would. */
  #time_ps(slot: number, lengthBytes: number, from: Side, to: Side): number {
    const { psPerByte } = from.hostBridge;
    if (psPerByte > 0) return lengthBytes * psPerByte;
    return Math.max(from.egress.duration_ps(slot), to.egress.duration_ps(slot));
  }

  #wayBetween(from: HostBridge, to: HostBridge): PeerWay {
    return this._ways.get(from)?.get(to) ?? this.#newWay(from, to);
  }

  #newWay(from: HostBridge, to: HostBridge): PeerWay {
    const { fabric } = this._parts;
    const inside = fabric.addLine((slot) => this._parts.onThrough(slot));
    const entrance = (): Entrance => {
      const line = fabric.addLine((slot) => {
        made.waiting--;
        this.#goInside(slot, way);
      });
      const made: Entrance = { line, waiting: 0, last_ps: 0 };
      return made;
    };
    const requests = entrance();
    const way: PeerWay = {
      latency_ps: from.latency_ps + (from === to ? 0 : to.latency_ps),
      factor: from === to ? 1 : Math.min(from.crossFactor, to.crossFactor),
      requests,
      completions: from.hasReadCap ? entrance() : requests,
      inside,
      freeAt_ps: 0,
    };
    const ways = this._ways.get(from) ?? new Map<HostBridge, PeerWay>();
    this._ways.set(from, ways.set(to, way));
    return way;
  }
}
