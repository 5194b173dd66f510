/*
 * What a flow shares with everybody else on its way, and how much of it was in use while the flow ran.
 */
import { at } from '../../base/invariant.ts';
import { PS_PER_SECOND } from '../../base/units.ts';
import { indexOfId, shortPlace } from '../../core/host/p2pdma/names.ts';
import { busTimes } from '../../core/models/memory/channels.ts';
import { FLOW_COUNTER, flowRow, LINK_COUNTER, LINK_COUNTER_COUNT, MEMORY_COUNTER } from '../../core/pcie/counters.ts';
import type { LimitKind } from '../../core/pcie/flowReport.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { FLOW, FLOW_COUNT, TLP_CLASS, type TlpClass } from '../../core/pcie/tlp.ts';
import type { BootedHardware } from './boot.ts';
import { type LoadMark, segmentLoad } from './flowLoads.ts';
import { flowPayload } from './trafficChecks.ts';

/** From these shares of its time on a resource is what keeps a flow. */
const WIRE_FULL = 0.9;
const MEMORY_FULL = 0.8;
const CAP_FULL = 0.9;
const WALKERS_FULL = 0.8;
/** Share of the time in which TLPs waited for credits, from which on these are what keeps it. */
const CREDITS_SHORT = 0.1;
const DEFAULT_WALKS = 5;
const DEFAULT_MISS_PS = 280_000;
const CLASS_WORDS: Readonly<Record<TlpClass, string>> = { 0: 'posted', 1: 'non-posted', 2: 'completion' };

/** Something that can be full. */
export interface Resource {
  readonly kind: LimitKind;
  readonly node: NodeId | undefined;
  readonly text: string;
}

/** A flow, as far as its way is concerned. */
export interface FlowWay {
  readonly number: number;
  readonly reads: boolean;
  readonly usesMemory: boolean;
  readonly begun: LoadMark;
  readonly ended: LoadMark;
  /** Share of that time in which the part looked at was at work; what it used, it used then. */
  readonly activeShare: number;
  /** Times each byte of the flow was written to and read from host memory by this part. */
  readonly memoryWrites: number;
  readonly memoryReads: number;
}

/** What was full on a flow's way; the fullest, or the credits that were short; undefined if nothing was. */
export function fullResource(booted: BootedHardware, way: FlowWay): Resource | undefined {
  const candidates = [
    ...wires(booted, way),
    ...(way.usesMemory ? [memory(booted, way)] : []),
    ...caps(booted, way),
    ...walkers(booted, way),
  ];
  const [fullest] = candidates.filter(({ excess }) => excess >= 0).sort((a, b) => b.excess - a.excess);
  return fullest ?? shortCredits(booted, way);
}

interface Candidate extends Resource {
  /** Share in use above the one from which on it counts as full, relative to what is left to 1. */
  readonly excess: number;
}

function excess(used: number, full: number): number {
  return (used - full) / (1 - full);
}

/** Share in use while the flow's part was at work: others use a resource all the time, the part its own share only then. */
function whileActive({ activeShare }: FlowWay, used: number, own: number): number {
  return used - own + own / Math.max(activeShare, 1e-3);
}

/** Payload of all flows on a link direction while the flow ran. */
function payloadOn({ begun, ended }: FlowWay, segment: number): number {
  let bytes = 0;
  for (let flow = 1; flow < FLOW_COUNT; flow++) {
    const place = segment * LINK_COUNTER_COUNT + LINK_COUNTER.payload + flow;
    bytes += at(ended.links, place) - at(begun.links, place);
  }
  return bytes;
}

/** Link directions that carried the flow's payload. */
function pathOf(booted: BootedHardware, { number }: FlowWay): readonly number[] {
  const segments = Array.from({ length: booted.hardware.links.length * 2 }, (_, segment) => segment);
  return segments.filter((segment) => flowPayload(booted, number, segment) > 0);
}

/** The busiest link direction that carried the flow's payload; undefined if none did. */
export function busiestWire(booted: BootedHardware, way: FlowWay): Resource | undefined {
  const [busiest] = [...wires(booted, way)].sort((a, b) => b.excess - a.excess);
  return busiest;
}

function wires(booted: BootedHardware, way: FlowWay): readonly Candidate[] {
  return pathOf(booted, way).map((segment) => {
    const { busy } = segmentLoad(way.begun, way.ended, segment);
    const all = payloadOn(way, segment);
    const own = all === 0 ? 0 : (busy * Math.min(all, flowPayload(booted, way.number, segment))) / all;
    return { ...wireOf(booted, segment), excess: excess(whileActive(way, busy, own), WIRE_FULL) };
  });
}

function placeOf({ view, names }: BootedHardware, node: NodeId): string {
  const index = indexOfId(names, node);
  return index === undefined ? node : shortPlace(view, index);
}

function wireOf(booted: BootedHardware, segment: number): Resource {
  const link = at(booted.hardware.links, Math.floor(segment / 2));
  const lower = booted.hardware.functions.find(({ spec }) => spec.id === link.lower);
  const what = lower?.spec.kind === 'upstreamPort' ? 'uplink wire' : 'wire of';
  const direction = segment % 2 === 0 ? 'down' : 'up';
  return { kind: 'wire', node: link.upper, text: `${what} ${placeOf(booted, link.upper)} ${direction}` };
}

/** @simplifies Channels of several sockets are taken together: as if accesses were spread over all of them. */
function memory({ hardware }: BootedHardware, way: FlowWay): Candidate {
  const { begun, ended } = way;
  const { channels, channelBytesPerSecond } = hardware.spec.host.memory;
  const { readPsPerByte, writePsPerByte } = busTimes(channelBytesPerSecond);
  const moved = (field: number): number => {
    let bytes = 0;
    for (let flow = 0; flow < FLOW_COUNT; flow++) {
      bytes += at(ended.memory, field * FLOW_COUNT + flow) - at(begun.memory, field * FLOW_COUNT + flow);
    }
    return bytes;
  };
  const background = ended.backgroundBytes - begun.backgroundBytes;
  const busy_ps =
    moved(MEMORY_COUNTER.readBytes) * readPsPerByte +
    moved(MEMORY_COUNTER.writtenBytes) * writePsPerByte +
    (background * (readPsPerByte + writePsPerByte)) / 2;
  const { flowCounters, links } = hardware;
  const bytes = at(flowCounters, flowRow(way.number, links.length * 2) + FLOW_COUNTER.arrivedBytes);
  const own_ps = bytes * (way.memoryReads * readPsPerByte + way.memoryWrites * writePsPerByte);
  const whole_ps = Math.max(1, channels) * spanOf(begun, ended);
  const used = whileActive(way, busy_ps / whole_ps, Math.min(own_ps, busy_ps) / whole_ps);
  return { kind: 'memory', node: undefined, text: 'DRAM', excess: excess(used, MEMORY_FULL) };
}

function spanOf(begun: LoadMark, ended: LoadMark): number {
  return Math.max(1, ended.at_ps - begun.at_ps);
}

/** Host bridges with a cap on peer traffic whose root ports carry the flow's payload up. */
function caps(booted: BootedHardware, way: FlowWay): readonly Candidate[] {
  const { hardware } = booted;
  const path = new Set(pathOf(booted, way));
  return hardware.spec.hostBridges.flatMap((bridge) => {
    const policy = bridge.peerToPeer;
    const ports = hardware.links.filter(({ upper }) => hardware.functionOf(upper).spec.parent === bridge.id);
    const cap = (way.reads ? policy?.readCapBytesPerSecond : undefined) ?? policy?.capBytesPerSecond;
    const comesUp = ports.some(({ index }) => path.has(index * 2 + 1));
    const goesDown = hardware.links.some(({ index, upper }) => path.has(index * 2) && isRootPort(booted, upper));
    if (cap === undefined || !comesUp || !goesDown) return [];
    const isInside = ports.some(({ index }) => path.has(index * 2));
    const rate = isInside ? cap : cap * (policy?.crossSocketFactor ?? 1);
    const bytes = ports.reduce((sum, { index }) => sum + peerBytes(way, index * 2 + 1), 0);
    const used = (bytes * PS_PER_SECOND) / (rate * spanOf(way.begun, way.ended));
    return [
      {
        kind: 'rootComplex',
        node: bridge.id,
        text: `root-complex cap of ${bridge.id}`,
        excess: excess(used, CAP_FULL),
      },
    ];
  });
}

function isRootPort({ hardware }: BootedHardware, node: NodeId): boolean {
  return hardware.functionOf(node).spec.kind === 'rootPort';
}

function peerBytes({ begun, ended }: FlowWay, segment: number): number {
  const place = segment * LINK_COUNTER_COUNT + LINK_COUNTER.payload + FLOW.p2p;
  return at(ended.links, place) - at(begun.links, place);
}

function walkers({ hardware }: BootedHardware, { begun, ended }: FlowWay): readonly Candidate[] {
  if (hardware.iommu === undefined) return [];
  const { walks = DEFAULT_WALKS, missLatency_ps = DEFAULT_MISS_PS } = hardware.spec.host.iommuParameters ?? {};
  const used = ((ended.walks - begun.walks) * missLatency_ps) / (walks * spanOf(begun, ended));
  return [{ kind: 'iommu', node: undefined, text: 'page walks of the IOMMU', excess: excess(used, WALKERS_FULL) }];
}

/**
 * Where TLPs of the flow waited for credits. A full buffer fills those before it, so of all places the one nearest to the
 * destination is the cause.
 */
function shortCredits(booted: BootedHardware, way: FlowWay): Resource | undefined {
  const path = inOrder(booted, pathOf(booted, way));
  const payloadClass = way.reads ? TLP_CLASS.completion : TLP_CLASS.posted;
  const payload = path.findLast((segment) => segmentLoad(way.begun, way.ended, segment).stall >= CREDITS_SHORT);
  if (payload !== undefined) return creditsOf(booted, way, payload, payloadClass);
  if (!way.reads) return undefined;
  const requests = path.map((segment) => segment + 1 - 2 * (segment % 2)).toReversed();
  const request = requests.findLast((segment) => segmentLoad(way.begun, way.ended, segment).stall >= CREDITS_SHORT);
  return request === undefined ? undefined : creditsOf(booted, way, request, TLP_CLASS.nonPosted);
}

/** From the source up to the top, then down to the destination. */
function inOrder(booted: BootedHardware, segments: readonly number[]): readonly number[] {
  const depth = (segment: number): number => depthOf(booted, at(booted.hardware.links, Math.floor(segment / 2)).upper);
  const up = segments.filter((segment) => segment % 2 === 1).sort((a, b) => depth(b) - depth(a));
  const down = segments.filter((segment) => segment % 2 === 0).sort((a, b) => depth(a) - depth(b));
  return [...up, ...down];
}

function depthOf({ hardware }: BootedHardware, node: NodeId): number {
  let depth = 0;
  const specs = hardware.functions.map(({ spec }) => spec);
  for (let fn = specs.find(({ id }) => id === node); fn !== undefined; depth++) {
    const { parent } = fn;
    fn = specs.find(({ id }) => id === parent);
  }
  return depth;
}

function creditsOf(booted: BootedHardware, way: FlowWay, segment: number, tlpClass: TlpClass): Resource {
  const { hardware } = booted;
  const link = at(hardware.links, Math.floor(segment / 2));
  const node = segment % 2 === 0 ? (link.lower ?? link.upper) : link.upper;
  const spent = (field: number): number => {
    const place = segment * LINK_COUNTER_COUNT + field;
    return at(way.ended.links, place) - at(way.begun.links, place);
  };
  const each = tlpClass === TLP_CLASS.nonPosted ? 0 : payloadOn(way, segment) / Math.max(1, spent(LINK_COUNTER.tlps));
  const part = hardware.scarceCredits(segment, tlpClass, each);
  return { kind: 'credits', node, text: `credits of ${placeOf(booted, node)} ${CLASS_WORDS[tlpClass]} ${part}` };
}
