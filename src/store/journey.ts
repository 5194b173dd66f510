/*
 * Where the time of one TLP and of what answers it went, from its hop records: a row for each link it crossed and for
 * each place between two links, on one axis. Rows follow the head of the packet and touch, so they add up to the whole.
 *
 *   start ─ propagation ▶ arrived ───── inside the switch ─────▶ next start ─ propagation ▶ … ─ last bits ▶ end
 *
 * The ends of a row are recorded. What a row consists of is derived: propagation from the link, latencies the document
 * or the model states, and what is left of the row is waiting: for its turn, for credits, for completions before it.
 */
import { CONFIG_LATENCY_PS, memoryReadLatency_ps, REGISTER_LATENCY_PS } from '../core/pcie/deviceLatencies.ts';
import { portLatency_ps } from '../core/pcie/link.ts';
import type { FunctionSpec, NodeId } from '../core/pcie/machineSpec.ts';
import { TLP_KIND } from '../core/pcie/tlp.ts';
import type { LinkDescription, MachineDescription } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { memoryAt } from './inspectHeader.ts';
import { requestRecord, transactionOf } from './inspectJoin.ts';
import type { PacketLog } from './inspectLog.ts';

export const SPAN_KINDS = ['wire', 'bits', 'switch', 'port', 'host', 'memory', 'wait'] as const;
/**
 * `wire` propagation; `bits` serialisation that nothing hides; `switch` its latency; `port` PHY and link layer of an
 * endpoint or root port; `host` the way between two root ports; `memory` an access of memory or registers; `wait` what is left.
 */
export type SpanKind = (typeof SPAN_KINDS)[number];

/** How a span is known: both ends recorded; from a stated latency; the least seen on this way; what is left. */
export type SpanBasis = 'recorded' | 'stated' | 'least' | 'rest';

export interface JourneySpan {
  readonly kind: SpanKind;
  readonly from_ps: number;
  readonly to_ps: number;
  readonly basis: SpanBasis;
}

export interface JourneyStop {
  /** A crossing; between two crossings; at whom the request ends and the completion begins; an access of host memory. */
  readonly at: 'link' | 'inside' | 'turn' | 'memory';
  readonly leg: 'request' | 'completion';
  /** The crossing, or the one before. */
  readonly record: number;
  readonly segment: number;
  /** The function at whose end of the link this is; undefined inside the host. */
  readonly node: NodeId | undefined;
  readonly from_ps: number;
  readonly to_ps: number;
  readonly spans: readonly JourneySpan[];
}

export interface Journey {
  readonly log: PacketLog;
  /** First crossings. */
  readonly request: number;
  /** The completion followed: the last one. −1 = none on record. */
  readonly completion: number;
  readonly completions: number;
  readonly isPosted: boolean;
  readonly begun_ps: number;
  readonly ended_ps: number;
  readonly stops: readonly JourneyStop[];
}

interface Hop {
  readonly record: number;
  readonly segment: number;
  readonly start_ps: number;
  readonly end_ps: number;
  readonly link: LinkDescription | undefined;
}

interface Context {
  readonly log: PacketLog;
  readonly document: TopologyDocument;
  readonly machine: MachineDescription;
}

/** Less than this is no waiting: the model rounds to whole picoseconds. */
const ROUNDING_PS = 2;
/** Crossings looked at for the least time a way takes. */
const LEAST_OF = 512;
const LEAST_AMONG = 2 ** 14;

function hopOf({ log, machine }: Context, record: number): Hop {
  const cell = log.cell(record);
  const segment = log.segment[cell] ?? 0;
  return {
    record,
    segment,
    start_ps: log.start_ps[cell] ?? 0,
    end_ps: log.end_ps[cell] ?? 0,
    link: machine.links[Math.floor(segment / 2)],
  };
}

/** Where the link of a hop ends. */
function receiverOf({ document }: Context, hop: Hop): FunctionSpec | undefined {
  const node = hop.segment % 2 === 0 ? hop.link?.lower : hop.link?.upper;
  return document.functions.find((fn) => fn.id === node);
}

/** The function that holds a switch's parameters; undefined if the receiver is no switch. */
function switchOf({ document }: Context, receiver: FunctionSpec | undefined): FunctionSpec | undefined {
  if (receiver?.kind === 'upstreamPort') return receiver;
  if (receiver?.kind !== 'downstreamPort') return undefined;
  return document.functions.find((fn) => fn.id === receiver.parent);
}

interface Part {
  readonly kind: SpanKind;
  readonly length_ps: number;
  readonly basis: SpanBasis;
}

/** Fills a row: these parts, then waiting, then those; what does not fit is cut. */
function tile(from_ps: number, to_ps: number, first: readonly Part[], last: readonly Part[] = []): JourneySpan[] {
  const spans: JourneySpan[] = [];
  let at_ps = from_ps;
  const add = (kind: SpanKind, length_ps: number, basis: SpanBasis): void => {
    const end_ps = Math.min(to_ps, at_ps + length_ps);
    if (length_ps <= ROUNDING_PS && to_ps - from_ps > ROUNDING_PS) return;
    if (end_ps <= at_ps) return;
    spans.push({ kind, from_ps: at_ps, to_ps: end_ps, basis });
    at_ps = end_ps;
  };
  for (const part of first) add(part.kind, part.length_ps, part.basis);
  const rest_ps = to_ps - at_ps - last.reduce((sum, part) => sum + part.length_ps, 0);
  add('wait', rest_ps, 'rest');
  for (const part of last) add(part.kind, part.length_ps, part.basis);
  const end = spans.at(-1);
  if (at_ps === to_ps) return spans;
  if (end === undefined) return [{ kind: 'wait', from_ps, to_ps, basis: 'rest' }];
  return [...spans.slice(0, -1), { ...end, to_ps }];
}

function arrival_ps(hop: Hop): number {
  return Math.min(hop.end_ps, hop.start_ps + (hop.link?.propagation_ps ?? 0));
}

/** The instant from which a receiver can pass a TLP on: its head is there, or all that the next link would run out of. */
function passable_ps(context: Context, hop: Hop, next: Hop): number {
  const owner = switchOf(context, receiverOf(context, hop));
  if (owner === undefined || owner.switch?.forwarding === 'storeAndForward') return hop.end_ps;
  const sent_ps = next.end_ps - next.start_ps - (next.link?.propagation_ps ?? 0);
  return Math.min(next.start_ps, Math.max(arrival_ps(hop), hop.end_ps - sent_ps));
}

/** The least time any TLP on record took between these two crossings: what is left above it is waiting. */
function least_ps(context: Context, hop: Hop, next: Hop): number {
  const { log } = context;
  let least = Infinity;
  let seen = 0;
  const oldest = Math.max(log.first, log.end - LEAST_AMONG);
  for (let record = log.end - 1; record >= oldest && seen < LEAST_OF; record -= 1) {
    if (log.segment[log.cell(record)] !== next.segment) continue;
    seen += 1;
    const before = log.hopBefore(record);
    if (before < 0 || log.segment[log.cell(before)] !== hop.segment) continue;
    const onward = hopOf(context, record);
    least = Math.min(least, onward.start_ps - passable_ps(context, hopOf(context, before), onward));
  }
  return Math.max(0, least === Infinity ? 0 : least);
}

function portPart(link: LinkDescription | undefined): readonly Part[] {
  return link === undefined ? [] : [{ kind: 'port', length_ps: portLatency_ps(link.gen), basis: 'stated' }];
}

function insideSpans(context: Context, hop: Hop, next: Hop, from_ps: number): JourneySpan[] {
  const bits_ps = passable_ps(context, hop, next) - from_ps;
  const bits: Part = { kind: 'bits', length_ps: bits_ps, basis: 'recorded' };
  const owner = switchOf(context, receiverOf(context, hop));
  if (owner !== undefined) {
    const stated_ps = owner.switch?.latency_ps;
    const latency: Part =
      stated_ps === undefined
        ? { kind: 'switch', length_ps: least_ps(context, hop, next), basis: 'least' }
        : { kind: 'switch', length_ps: stated_ps, basis: 'stated' };
    return tile(from_ps, next.start_ps, [bits, latency]);
  }
  if (hop.link === undefined || next.link === undefined) {
    return tile(from_ps, next.start_ps, [bits, ...portPart(hop.link)], portPart(next.link));
  }
  const ports_ps = portLatency_ps(hop.link.gen) + portLatency_ps(next.link.gen);
  const crossing_ps = Math.max(0, least_ps(context, hop, next) - ports_ps);
  const crossing: Part = { kind: 'host', length_ps: crossing_ps, basis: 'least' };
  return tile(from_ps, next.start_ps, [bits, ...portPart(hop.link), crossing], portPart(next.link));
}

/** How long what is behind an address takes, as the document or the model says. */
function readLatency_ps({ log, document, machine }: Context, record: number): number {
  const kind = log.kind(record);
  if (kind >= TLP_KIND.CfgRd0 && kind <= TLP_KIND.CfgWr1) return CONFIG_LATENCY_PS;
  const memory = memoryAt(machine, log.address[log.cell(record)] ?? 0)?.memory;
  const model = document.functions.find((fn) => fn.id === memory?.node)?.model;
  if (memory === undefined) return REGISTER_LATENCY_PS;
  if (model === undefined) return 0;
  return memoryReadLatency_ps(model) ?? 0;
}

function turnSpans(context: Context, hop: Hop, next: Hop): JourneySpan[] {
  const access: Part = { kind: 'memory', length_ps: readLatency_ps(context, hop.record), basis: 'stated' };
  // What was read from host memory has its access on record.
  const first = hop.link === undefined ? [] : [...portPart(hop.link), access];
  return tile(hop.end_ps, next.start_ps, first, portPart(next.link));
}

interface Leg {
  readonly leg: 'request' | 'completion';
  readonly hops: readonly Hop[];
}

function crossing(context: Context, leg: Leg['leg'], hop: Hop, next: Hop | undefined): readonly JourneyStop[] {
  const { record, segment, start_ps } = hop;
  const row = { leg, record, segment, node: receiverOf(context, hop)?.id };
  if (hop.link === undefined) {
    const spans = tile(start_ps, hop.end_ps, [{ kind: 'memory', length_ps: hop.end_ps - start_ps, basis: 'recorded' }]);
    return [{ ...row, at: 'memory', from_ps: start_ps, to_ps: hop.end_ps, spans }];
  }
  const arrived_ps = arrival_ps(hop);
  const wire: Part = { kind: 'wire', length_ps: arrived_ps - start_ps, basis: 'stated' };
  if (next === undefined) {
    const bits: Part = { kind: 'bits', length_ps: hop.end_ps - arrived_ps, basis: 'recorded' };
    return [
      { ...row, at: 'link', from_ps: start_ps, to_ps: hop.end_ps, spans: tile(start_ps, hop.end_ps, [wire, bits]) },
    ];
  }
  const link: JourneyStop = {
    ...row,
    at: 'link',
    from_ps: start_ps,
    to_ps: arrived_ps,
    spans: tile(start_ps, arrived_ps, [wire]),
  };
  const spans = insideSpans(context, hop, next, arrived_ps);
  return [link, { ...row, at: 'inside', from_ps: arrived_ps, to_ps: next.start_ps, spans }];
}

function afterMemory(leg: Leg['leg'], hop: Hop, next: Hop): readonly JourneyStop[] {
  const { record, segment } = hop;
  const spans = tile(hop.end_ps, next.start_ps, [], portPart(next.link));
  return [{ at: 'inside', leg, record, segment, node: undefined, from_ps: hop.end_ps, to_ps: next.start_ps, spans }];
}

function stopsOf(context: Context, legs: readonly Leg[]): readonly JourneyStop[] {
  return legs.flatMap(({ leg, hops }, legIndex) => {
    const rows = hops.flatMap((hop, index) => {
      const next = hops[index + 1];
      const own = crossing(context, leg, hop, next);
      return hop.link === undefined && next !== undefined ? [...own, ...afterMemory(leg, hop, next)] : own;
    });
    const last = hops.at(-1);
    const answer = legs[legIndex + 1]?.hops[0];
    if (last === undefined || answer === undefined) return rows;
    const node = last.link === undefined ? undefined : receiverOf(context, last)?.id;
    const turn: JourneyStop = {
      at: 'turn',
      leg,
      record: last.record,
      segment: last.segment,
      node,
      from_ps: last.end_ps,
      to_ps: answer.start_ps,
      spans: turnSpans(context, last, answer),
    };
    return [...rows, turn];
  });
}

/** Records of a TLP, oldest first, without those of a run that has not come that far. */
function hopsOf(context: Context, record: number): readonly Hop[] {
  const { log } = context;
  return log
    .hopsOf(log.serial[log.cell(record)] ?? 0)
    .map((hop) => hopOf(context, hop))
    .toSorted((a, b) => a.start_ps - b.start_ps || a.record - b.record);
}

/**
 * The way of the transaction a record belongs to: the request, then the last of its completions.
 * @param record any crossing of the request or of a completion. @returns undefined for what is no TLP, or no longer kept.
 */
export function journeyOf(
  log: PacketLog,
  document: TopologyDocument,
  machine: MachineDescription,
  record: number,
): Journey | undefined {
  if (!log.holds(record) || log.isCpuAccess(record)) return undefined;
  const context: Context = { log, document, machine };
  const found = requestRecord(log, record);
  const request = found < 0 ? -1 : found;
  const answers = request < 0 ? [] : transactionOf(log, request).completions;
  // Without its request, a completion is followed alone.
  const completion = request < 0 ? record : (answers.at(-1) ?? -1);
  const legs: readonly Leg[] = [
    { leg: 'request', hops: request < 0 ? [] : hopsOf(context, request) },
    { leg: 'completion', hops: completion < 0 ? [] : hopsOf(context, completion) },
  ];
  const stops = stopsOf(
    context,
    legs.filter((leg) => leg.hops.length > 0),
  );
  const [first] = stops;
  const last = stops.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return {
    log,
    request,
    completion,
    completions: request < 0 ? 1 : answers.length,
    isPosted: request >= 0 && log.isPosted(request),
    begun_ps: first.from_ps,
    ended_ps: last.to_ps,
    stops,
  };
}

/** How long each kind of span takes in all, in the order of SPAN_KINDS; kinds that do not occur are left out. */
export function journeyTotals(journey: Journey): readonly { readonly kind: SpanKind; readonly length_ps: number }[] {
  const spans = journey.stops.flatMap((stop) => stop.spans);
  return SPAN_KINDS.map((kind) => ({
    kind,
    length_ps: spans.reduce((sum, span) => (span.kind === kind ? sum + span.to_ps - span.from_ps : sum), 0),
  })).filter(({ length_ps }) => length_ps > 0);
}
