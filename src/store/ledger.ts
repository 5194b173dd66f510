/*
 * The flow ledger: for each flow the directions of links its payload has crossed, in the order of its way, with what
 * they carried. It says in numbers what bands and packets show, and is read twice a second at most.
 */
import { PS_PER_SECOND } from '../base/units.ts';
import { DOWNSTREAM, FLOW_COUNTER_COUNT, flowRow, LINK_COUNTER, LINK_COUNTER_COUNT } from '../core/pcie/counters.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import { flowNumberOf } from '../core/pcie/tlp.ts';
import type { MachineView } from '../engine/clientInterface.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import type { PacketLog } from './inspectLog.ts';
import { jobPayloadOf, machineCounter, memoryBytes, uplinkOf } from './metrics.ts';

/** A direction of a link, or host memory. */
export type LedgerPlace = number | 'memory';

export interface LedgerRow {
  readonly place: LedgerPlace;
  /** Its number in the table and in the scene; undefined for a way the flow has not taken. */
  readonly number: number | undefined;
  /** On the wire, all traffic of this direction. */
  readonly wireBytesPerSecond: number;
  /** 0…1; undefined for memory. */
  readonly load: number | undefined;
  /** Of this flow. */
  readonly payloadBytesPerSecond: number;
  readonly payloadBytes: number;
  /** TLPs of this direction; undefined for memory. */
  readonly tlps: number | undefined;
  /** Record of the newest packet of the flow here; −1 = none on record. */
  readonly lastRecord: number;
}

export interface LedgerFlow {
  /** Number of the flow; 0 = the transfer. */
  readonly flow: number;
  readonly rows: readonly LedgerRow[];
}

/** Records looked back for the newest packet of each row. */
const LOOK_BACK = 16_384;

interface Reading {
  readonly at_ps: number;
  readonly wire: Float64Array;
  /** By flow · segments + segment. */
  readonly payload: Float64Array;
  readonly memory: number;
}

export class Ledger {
  readonly #machine: MachineDescription;
  readonly #segments: number;
  readonly #flows: number;
  /** Directions of links in the order a packet crosses them: up from the depths, then down. */
  readonly #order: readonly number[];
  readonly #uplink: readonly number[];
  #before: Reading;
  #now: Reading;

  constructor(document: TopologyDocument, machine: MachineDescription) {
    this.#machine = machine;
    this.#segments = machine.links.length * 2;
    this.#flows = Math.max(1, machine.flows?.length ?? 1);
    this.#order = crossingOrder(document, machine);
    const uplink = uplinkOf(document, machine);
    this.#uplink = uplink === undefined ? [] : [uplink.index * 2 + 1, uplink.index * 2];
    this.#now = this.#empty();
    this.#before = this.#now;
  }

  /**
   * Reads the counters. Rates are of the time since the reading before; of the whole run where that is none, or it is over.
   * @param end one past the newest record that has happened.
   */
  read(view: MachineView, log: PacketLog | undefined, end = log?.end ?? 0): readonly LedgerFlow[] {
    const now = this.#reading(view);
    if (now.at_ps < this.#now.at_ps) this.#before = this.#empty();
    else if (now.at_ps > this.#now.at_ps) this.#before = this.#now;
    this.#now = now;
    const isOver = machineCounter(view, 'finished_ps') > 0;
    const before = isOver ? this.#empty() : this.#before;
    const last = this.#lastRecords(log, end);
    let number = 0;
    return Array.from({ length: this.#flows }, (_, flow) => {
      const places = this.#places(flow);
      const rows = places.map(({ place, used }) => {
        if (used) number += 1;
        return this.#row(view, { flow, place, number: used ? number : undefined, before, last });
      });
      return { flow, rows };
    }).filter(({ flow, rows }) => flow === 0 || rows.length > 0);
  }

  #empty(): Reading {
    return {
      at_ps: 0,
      wire: new Float64Array(this.#segments),
      payload: new Float64Array(this.#segments * this.#flows),
      memory: 0,
    };
  }

  #reading(view: MachineView): Reading {
    const made = this.#empty();
    for (let segment = 0; segment < this.#segments; segment += 1) {
      const base = segment * LINK_COUNTER_COUNT;
      made.wire[segment] =
        (view.linkCounters[base + LINK_COUNTER.tlpBytes] ?? 0) +
        (view.linkCounters[base + LINK_COUNTER.dllpBytes] ?? 0);
      // The transfer's is what the other flows leave of the link's.
      let own = jobPayloadOf(view, segment >> 1, segment % 2 === 0 ? 0 : 1);
      for (let flow = 1; flow < this.#flows; flow += 1) {
        const bytes = view.flowCounters[flowRow(flow, this.#segments) + FLOW_COUNTER_COUNT + segment] ?? 0;
        made.payload[flow * this.#segments + segment] = bytes;
        own -= bytes;
      }
      made.payload[segment] = Math.max(0, own);
    }
    const memory = memoryBytes(view, 'writtenBytes') + memoryBytes(view, 'readBytes');
    return { ...made, at_ps: machineCounter(view, 'now_ps'), memory };
  }

  /** Where a flow has been, in order; for the transfer also the uplink and memory, which a peer transfer leaves alone. */
  #places(flow: number): readonly { readonly place: LedgerPlace; readonly used: boolean }[] {
    const took = (segment: number): boolean => (this.#now.payload[flow * this.#segments + segment] ?? 0) > 0;
    const up = this.#order.filter((segment) => segment % 2 === 1 && took(segment));
    const down = this.#order.filter((segment) => segment % 2 === 0 && took(segment));
    const usesMemory = flow === 0 && this.#now.memory > 0;
    const memory = usesMemory ? ['memory' as const] : [];
    const used = [...up, ...memory, ...down].map((place) => ({ place, used: true }));
    if (flow > 0) return used;
    const unused = [...this.#uplink.filter((segment) => !took(segment)), ...(usesMemory ? [] : ['memory' as const])];
    return [...used, ...unused.map((place) => ({ place, used: false }))];
  }

  #row(
    view: MachineView,
    of: {
      readonly flow: number;
      readonly place: LedgerPlace;
      readonly number: number | undefined;
      readonly before: Reading;
      readonly last: ReadonlyMap<number, number>;
    },
  ): LedgerRow {
    const { place, flow, before, number } = of;
    const now = this.#now;
    const passed_ps = Math.max(1, now.at_ps - before.at_ps);
    const perSecond = (bytes: number): number => (bytes / passed_ps) * PS_PER_SECOND;
    if (place === 'memory') {
      const rate = perSecond(now.memory - before.memory);
      return {
        place,
        number,
        wireBytesPerSecond: rate,
        load: undefined,
        payloadBytesPerSecond: rate,
        payloadBytes: now.memory,
        tlps: undefined,
        lastRecord: -1,
      };
    }
    const cell = flow * this.#segments + place;
    const most = this.#machine.links[place >> 1]?.bytesPerSecond ?? 0;
    const wire = Math.min(most, perSecond((now.wire[place] ?? 0) - (before.wire[place] ?? 0)));
    return {
      place,
      number,
      wireBytesPerSecond: wire,
      load: most > 0 ? wire / most : 0,
      payloadBytesPerSecond: perSecond((now.payload[cell] ?? 0) - (before.payload[cell] ?? 0)),
      payloadBytes: now.payload[cell] ?? 0,
      tlps: view.linkCounters[place * LINK_COUNTER_COUNT + LINK_COUNTER.tlps] ?? 0,
      lastRecord: of.last.get(cell) ?? -1,
    };
  }

  /** The newest record of each flow on each direction, among the last ones. */
  #lastRecords(log: PacketLog | undefined, end: number): ReadonlyMap<number, number> {
    const found = new Map<number, number>();
    if (log === undefined) return found;
    const oldest = Math.max(log.first, end - LOOK_BACK);
    for (let record = end - 1; record >= oldest; record -= 1) {
      const segment = log.segment[log.cell(record)] ?? 0;
      if (segment >= this.#segments) continue;
      const cell = Math.min(this.#flows - 1, flowNumberOf(log.flow(record))) * this.#segments + segment;
      if (!found.has(cell)) found.set(cell, record);
    }
    return found;
  }
}

/** Directions of all links: up from the deepest link, then down to it. */
function crossingOrder(document: TopologyDocument, machine: MachineDescription): readonly number[] {
  const parents = new Map<NodeId, NodeId>(document.functions.map((fn) => [fn.id, fn.parent]));
  const depth = (node: NodeId): number => {
    let steps = 0;
    for (let at = parents.get(node); at !== undefined; at = parents.get(at)) steps += 1;
    return steps;
  };
  const links = machine.links
    .map((link) => ({ index: link.index, depth: depth(link.upper) }))
    .toSorted((a, b) => b.depth - a.depth || a.index - b.index);
  return [...links.map(({ index }) => index * 2 + 1), ...links.toReversed().map(({ index }) => index * 2 + DOWNSTREAM)];
}
