/*
 * How long transactions took, from the hops on record: a posted request from its first bit on the first link to its last
 * bit at its destination; a read (or another request that is answered) from its first bit to the last bit of its last
 * completion back at the requester. Counted in logarithmic bins; nothing is kept or allocated for a transaction.
 */
import { PS_PER_NS } from '../base/units.ts';
import type { FunctionSpec, NodeId } from '../core/pcie/machineSpec.ts';
import { FLOW, flowClassOf } from '../core/pcie/tlp.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { isBridge } from '../topology/documentIndex.ts';
import type { PacketLog } from './inspectLog.ts';

/** Bins for each power of ten: quantiles are exact to 1 %. */
const BINS_A_DECADE = 256;
const DECADES = 8;
const FIRST_PS = PS_PER_NS;

/** Latencies of one kind, counted. */
export class LatencyCounts {
  readonly bins = new Uint32Array(BINS_A_DECADE * DECADES);
  total = 0;

  add(latency_ps: number): void {
    const bin = Math.floor(Math.log10(Math.max(1, latency_ps / FIRST_PS)) * BINS_A_DECADE);
    const place = Math.min(this.bins.length - 1, Math.max(0, bin));
    this.bins[place] = (this.bins[place] ?? 0) + 1;
    this.total += 1;
  }

  clear(): void {
    this.bins.fill(0);
    this.total = 0;
  }

  /** The latency that a fraction of all does not exceed, to 1 %; undefined where there are none. @param fraction 0…1. */
  quantile(fraction: number): number | undefined {
    if (this.total === 0) return undefined;
    const wanted = Math.max(1, Math.ceil(fraction * this.total));
    let seen = 0;
    for (let bin = 0; bin < this.bins.length; bin += 1) {
      seen += this.bins[bin] ?? 0;
      if (seen >= wanted) return FIRST_PS * 10 ** ((bin + 0.5) / BINS_A_DECADE);
    }
    return undefined;
  }

  /** Bars of so many for each power of ten, from the first that is not empty to the last. */
  bars(aDecade: number): readonly { readonly from_ps: number; readonly to_ps: number; readonly count: number }[] {
    const width = BINS_A_DECADE / aDecade;
    const counts = Array.from({ length: aDecade * DECADES }, (_, bar) => {
      let count = 0;
      for (let bin = bar * width; bin < (bar + 1) * width; bin += 1) count += this.bins[bin] ?? 0;
      return count;
    });
    const first = counts.findIndex((count) => count > 0);
    const last = counts.findLastIndex((count) => count > 0);
    return counts.flatMap((count, bar) =>
      first < 0 || bar < first || bar > last
        ? []
        : [{ from_ps: FIRST_PS * 10 ** (bar / aDecade), to_ps: FIRST_PS * 10 ** ((bar + 1) / aDecade), count }],
    );
  }
}

/** `0000:03:00.0` → bus, device and function as 16 bits. */
function requesterOf(bdf: string): number {
  const [, bus = '0', device = '0', fn = '0'] = /([0-9a-f]+):([0-9a-f]+)\.([0-7])$/i.exec(bdf) ?? [];
  return (Number.parseInt(bus, 16) << 8) | (Number.parseInt(device, 16) << 3) | Number(fn);
}

/** Walks a log once and counts what is complete in it. */
export class LatencyTally {
  readonly posted = new LatencyCounts();
  readonly read = new LatencyCounts();
  /** Transactions whose beginning is not on record. */
  unknown = 0;
  readonly #log: PacketLog;
  readonly #hostSegment: number;
  /** By link: a device is at its lower end. */
  readonly #endsInDevice: readonly boolean[];
  /** By link: the host is at its upper end. */
  readonly #startsAtHost: readonly boolean[];
  /** Requester numbers of functions that sit below a link. */
  readonly #belowLinks: ReadonlySet<number>;
  #next = 0;
  #epoch: number;

  constructor(log: PacketLog, document: TopologyDocument, machine: MachineDescription) {
    this.#log = log;
    this.#hostSegment = machine.links.length * 2;
    this.#epoch = log.epoch;
    this.#next = log.first;
    const functions = new Map<NodeId, FunctionSpec>(document.functions.map((fn) => [fn.id, fn]));
    const kindOf = (node: NodeId | undefined) => functions.get(node ?? '')?.kind;
    this.#endsInDevice = machine.links.map(({ lower }) => {
      const kind = kindOf(lower);
      return kind !== undefined && !isBridge(kind);
    });
    this.#startsAtHost = machine.links.map(({ upper }) => kindOf(upper) === 'rootPort');
    const uppers = new Set(machine.links.map(({ upper }) => upper));
    this.#belowLinks = new Set(
      machine.functions.flatMap(({ id, bdf }) =>
        bdf !== undefined && uppers.has(functions.get(id)?.parent ?? '') ? [requesterOf(bdf)] : [],
      ),
    );
  }

  /** Records on the log that have not been looked at. */
  get left(): number {
    return this.#log.end - this.#next;
  }

  /** Looks at so many records more. @returns true if any were left. */
  advance(records: number): boolean {
    const log = this.#log;
    if (this.#epoch !== log.epoch) this.#restart();
    const from = Math.max(this.#next, log.first);
    const end = Math.min(log.end, from + records);
    for (let record = from; record < end; record += 1) this.#look(record);
    const isMore = end > this.#next;
    this.#next = end;
    return isMore;
  }

  /** The log was cut: counts begin anew with what is on it. */
  #restart(): void {
    this.#epoch = this.#log.epoch;
    this.#next = this.#log.first;
    this.posted.clear();
    this.read.clear();
    this.unknown = 0;
  }

  #look(record: number): void {
    const log = this.#log;
    if (log.isCpuAccess(record) || flowClassOf(log.flow(record)) === FLOW.control) return;
    if (log.isPosted(record)) this.#lookAtWrite(record);
    else if (log.isCompletion(record)) this.#lookAtAnswer(record);
  }

  /** Its last hop is into a device or into host memory. */
  #lookAtWrite(record: number): void {
    const log = this.#log;
    const segment = this.#segment(record);
    const isLast = segment >= this.#hostSegment || (segment % 2 === 0 && this.#isAtDevice(segment));
    if (!isLast) return;
    const first = log.firstHop(log.serial[log.cell(record)] ?? 0);
    if (first < 0 || !this.#isBeginning(first)) this.unknown += 1;
    else this.posted.add(this.#end_ps(record) - this.#start_ps(first));
  }

  /** The completion that brings the last byte, where the request came from. */
  #lookAtAnswer(record: number): void {
    const log = this.#log;
    const request = log.requestOf(record);
    if (request < 0 || !this.#isBeginning(request)) {
      if (this.#segment(record) % 2 === 0 && this.#isAtDevice(this.#segment(record))) this.unknown += 1;
      return;
    }
    // Back over the link it left by, the other way.
    if (this.#segment(record) !== (this.#segment(request) ^ 1)) return;
    const cell = log.cell(record);
    const asked = log.cell(request);
    const end = (log.address[cell] ?? 0) + (log.lengthBytes[cell] ?? 0);
    const isLast = end >= (log.address[asked] ?? 0) + (log.lengthBytes[asked] ?? 0) || log.status(record) !== 0;
    if (isLast) this.read.add(this.#end_ps(record) - this.#start_ps(request));
  }

  /** The first hop of a TLP: out of a device, or out of the host where no device's hop is missing before it. */
  #isBeginning(record: number): boolean {
    const segment = this.#segment(record);
    if (segment >= this.#hostSegment) return false;
    if (segment % 2 === 1) return this.#isAtDevice(segment);
    const requester = this.#log.requester[this.#log.cell(record)] ?? 0;
    return this.#startsAtHost[Math.floor(segment / 2)] === true && !this.#belowLinks.has(requester);
  }

  #isAtDevice(segment: number): boolean {
    return this.#endsInDevice[Math.floor(segment / 2)] === true;
  }

  #segment(record: number): number {
    return this.#log.segment[this.#log.cell(record)] ?? 0;
  }

  #start_ps(record: number): number {
    return this.#log.start_ps[this.#log.cell(record)] ?? 0;
  }

  #end_ps(record: number): number {
    return this.#log.end_ps[this.#log.cell(record)] ?? 0;
  }
}
