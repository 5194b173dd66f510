/*
 * Figures of a machine, read from the counters it keeps while it runs. Everything here is cheap enough to be
 * asked several times a second; nothing is stored.
 */
import {
  DOWNSTREAM,
  LINK_COUNTER,
  LINK_COUNTER_COUNT,
  MACHINE_COUNTER,
  MEMORY_COUNTER,
  UPSTREAM,
} from '../core/pcie/counters.ts';
import { FLOW, FLOW_COUNT } from '../core/pcie/tlp.ts';
import type { FunctionSpec, NodeId } from '../core/pcie/machineSpec.ts';
import type { MachineView, SeriesView } from '../engine/clientInterface.ts';
import type { LinkDescription, LinkTimeShare, MachineDescription, RunWay } from '../engine/protocol.ts';
import type { TopologyDocument, TransferSpec } from '../topology/document.ts';
import { PS_PER_SECOND } from '../base/units.ts';

/** One direction of one link. */
export interface LinkWay {
  readonly link: LinkDescription;
  readonly direction: 0 | 1;
}

function functionOf(document: TopologyDocument, node: NodeId): FunctionSpec | undefined {
  return document.functions.find((fn) => fn.id === node);
}

export function linkAboveNode(
  document: TopologyDocument,
  machine: MachineDescription,
  node: NodeId,
): LinkDescription | undefined {
  const parent = functionOf(document, node)?.parent;
  return machine.links.find((link) => link.upper === parent);
}

/** The link the bytes arrive on; where the destination has none (inside the root complex), the one they leave on. */
export function arrivalLink(document: TopologyDocument, machine: MachineDescription): LinkWay | undefined {
  const into = linkAboveNode(document, machine, document.transfer.to);
  if (into !== undefined) return { link: into, direction: DOWNSTREAM };
  const out = linkAboveNode(document, machine, document.transfer.from);
  return out === undefined ? undefined : { link: out, direction: UPSTREAM };
}

/** The link above the switch nearest the destination, or the source where that has no switch. */
export function uplinkOf(document: TopologyDocument, machine: MachineDescription): LinkDescription | undefined {
  for (const end of [document.transfer.to, document.transfer.from]) {
    const port = functionOf(document, functionOf(document, end)?.parent ?? '');
    if (port?.kind !== 'downstreamPort') continue;
    const uplink = linkAboveNode(document, machine, port.parent);
    if (uplink !== undefined) return uplink;
  }
  return undefined;
}

/** Payload bytes of the job (all flows but control) that one direction of a link has carried. */
export function jobPayloadOf(view: MachineView, link: number, direction: 0 | 1): number {
  const base = (link * 2 + direction) * LINK_COUNTER_COUNT + LINK_COUNTER.payload;
  let bytes = 0;
  for (let flow = FLOW.control + 1; flow < FLOW_COUNT; flow += 1) bytes += view.linkCounters[base + flow] ?? 0;
  return bytes;
}

/** Job bytes written to (`writtenBytes`) or read from (`readBytes`) host memory. */
export function memoryBytes(view: MachineView, field: keyof typeof MEMORY_COUNTER): number {
  let bytes = 0;
  for (let flow = FLOW.control + 1; flow < FLOW_COUNT; flow += 1) {
    bytes += view.memoryCounters[MEMORY_COUNTER[field] * FLOW_COUNT + flow] ?? 0;
  }
  return bytes;
}

/** One of the machine's counters. */
export function machineCounter(view: MachineView, field: keyof typeof MACHINE_COUNTER): number {
  return view.machineCounters[MACHINE_COUNTER[field]] ?? 0;
}

/**
 * How one direction of a link has spent the time from 0 to `now_ps`; the same parts as in a run's report.
 * Payload is what its bytes alone would have taken at the link's rate, headers the rest of the TLPs' time.
 */
export function timeShare(view: MachineView, way: LinkWay, now_ps: number): LinkTimeShare {
  const base = (way.link.index * 2 + way.direction) * LINK_COUNTER_COUNT;
  const of = (field: number): number => view.linkCounters[base + field] ?? 0;
  const part = (duration_ps: number): number => (now_ps > 0 ? Math.min(1, duration_ps / now_ps) : 0);
  const payload_ps = (jobPayloadOf(view, way.link.index, way.direction) / way.link.bytesPerSecond) * PS_PER_SECOND;
  const payload = part(payload_ps);
  const headers = part(Math.max(0, of(LINK_COUNTER.tlpBusy_ps) - payload_ps));
  const dllps = part(of(LINK_COUNTER.dllpBusy_ps));
  const skip = part(of(LINK_COUNTER.skpBusy_ps));
  const replay = part(of(LINK_COUNTER.replayBusy_ps));
  const creditStall = part(of(LINK_COUNTER.creditStall_ps));
  const idle = Math.max(0, 1 - payload - headers - dllps - skip - replay - creditStall);
  return { link: way.link.index, direction: way.direction, payload, headers, dllps, skip, replay, creditStall, idle };
}

/** The parts a bar shows: framing with the headers. They add up to 1. */
export const SHARE_PARTS = ['payload', 'headers', 'dllps', 'skip', 'replay', 'creditStall', 'idle'] as const;
export type SharePart = (typeof SHARE_PARTS)[number];

export function sharePart(share: LinkTimeShare, part: SharePart): number {
  return part === 'headers' ? share.headers + (share.framing ?? 0) : (share[part] ?? 0);
}

/** A cumulative value at any instant, from a series of equal bins: straight between the bins' ends. */
export function seriesAt(series: SeriesView, read: (bin: number) => number, at_ps: number): number {
  if (series.length === 0 || at_ps <= 0) return 0;
  const place = at_ps / series.bin_ps - 1;
  if (place >= series.length - 1) return read(series.length - 1);
  const bin = Math.floor(place);
  const before = bin < 0 ? 0 : read(bin);
  const after = read(bin + 1);
  return before + (after - before) * (place - bin);
}

const RATE_WINDOW_PS = 5_000_000;
/** A window narrower than this many bins would show the bins, not the rate. */
const LEAST_BINS = 4;
/** A bounce arrives in bursts, one a chunk: its rate is a mean over this many. */
const CHUNKS_OF_WINDOW = 4;

/**
 * Bytes per second over the last `window_ps` before an instant (or a few bins, once they are wider). Only the series is
 * read: the counters run on between two of its bins, and are not all of the same instant.
 * @param read cumulative bytes at the end of a bin.
 * @param now_ps the machine's instant. A series knows the run beyond it once the machine has gone back.
 */
export function recentRate(
  series: SeriesView,
  read: (bin: number) => number,
  now_ps: number,
  window_ps: number = RATE_WINDOW_PS,
): number {
  const end_ps = Math.min(now_ps, series.length * series.bin_ps);
  if (end_ps <= 0) return 0;
  const looked_ps = Math.min(end_ps, Math.max(window_ps, series.bin_ps * LEAST_BINS));
  const moved = seriesAt(series, read, end_ps) - seriesAt(series, read, end_ps - looked_ps);
  return (Math.max(0, moved) / looked_ps) * PS_PER_SECOND;
}

/** From the job's first request to its first byte at the destination, as the report counts; 0 = none yet. */
export function firstByteAfter(view: MachineView): number {
  const first_ps = machineCounter(view, 'firstByte_ps');
  return first_ps === 0 ? 0 : first_ps - machineCounter(view, 'begun_ps');
}

/** Job bytes per second since the start of the run. */
export function meanRate(view: MachineView): number {
  const now_ps = machineCounter(view, 'now_ps');
  return now_ps === 0 ? 0 : (machineCounter(view, 'arrivedBytes') / now_ps) * PS_PER_SECOND;
}

/** Job bytes arriving per second, now: over 5 µs peer to peer, over four chunks through host memory. */
export function arrivalRate(view: MachineView, transfer: TransferSpec, way: RunWay): number {
  const mean = meanRate(view);
  if (mean === 0) return 0;
  const { series } = view;
  const chunks_ps = ((CHUNKS_OF_WINDOW * transfer.bounce.chunkBytes) / mean) * PS_PER_SECOND;
  const now_ps = machineCounter(view, 'now_ps');
  return recentRate(series, (bin) => series.arrived(bin), now_ps, way === 'p2p' ? RATE_WINDOW_PS : chunks_ps);
}

/** A counter of links, added over both directions of all of them. */
export function linkTotal(view: MachineView, field: keyof typeof LINK_COUNTER): number {
  const { linkCounters } = view;
  let total = 0;
  for (let at: number = LINK_COUNTER[field]; at < linkCounters.length; at += LINK_COUNTER_COUNT)
    total += linkCounters[at] ?? 0;
  return total;
}

/** Error records so far. */
export function errorCount(view: MachineView): number {
  return machineCounter(view, 'correctableErrors') + machineCounter(view, 'uncorrectableErrors');
}
