/*
 * The ends of links while a machine is assembled: who receives there, with which buffers, after which latency.
 */
import { type LinkGen, portLatency_ps } from '../../pcie/link.ts';
import type { CreditSpec, FunctionSpec } from '../../pcie/machineSpec.ts';
import type { Receiver, TransmitterOptions } from './fabricParts.ts';
import { defaultCredits, type LinkTiming, type ReceiverKind } from './linkTiming.ts';
import type { Switch } from './switch.ts';

/** One end of a link: who receives there and how. */
export interface End {
  readonly receiver: Receiver;
  readonly port: number;
  readonly kind: ReceiverKind | 'internal';
  readonly credits: CreditSpec | undefined;
  /** Largest payload it can take. */
  readonly mpsBytes: number;
  /** Set for switches: pin to pin. */
  readonly latency_ps?: number;
  readonly cutThrough?: boolean;
}

/** Buffers of a way inside a device, for posted and for non-posted requests each; completions have no limit. */
export interface InsideBuffers {
  readonly header: number;
  readonly data: number;
}

/** What one direction of a link is like: how its sender starts, how its receiver takes. */
export function direction(from: End, to: End, timing: LinkTiming, gen: LinkGen): Omit<TransmitterOptions, 'index'> {
  const isSwitch = to.latency_ps !== undefined;
  return {
    traced: true,
    timing,
    credits: defaultCredits(timing, to.mpsBytes, to.kind === 'internal' ? 'endpoint' : to.kind, to.credits),
    leadIn_ps: from.latency_ps === undefined ? portLatency_ps(gen) : 0,
    receiver: to.receiver,
    receiverPort: to.port,
    decideAfter: isSwitch && to.cutThrough === true ? 'first' : 'last',
    decideLatency_ps: to.latency_ps ?? portLatency_ps(gen),
  };
}

export function switchEnd(node: Switch, port: number, spec: FunctionSpec): End {
  return {
    receiver: node,
    port,
    kind: 'switchPort',
    credits: spec.credits,
    mpsBytes: supported(spec),
    latency_ps: node.options.latency_ps,
    cutThrough: node.options.forwarding === 'cutThrough',
  };
}

export function supported(spec: FunctionSpec): number {
  return Math.max(spec.mpsSupportedBytes ?? 256, spec.mpsBytes ?? 0);
}

/** Function 0 of device 0, or whatever comes first. */
export function lowest(functions: readonly FunctionSpec[]): FunctionSpec | undefined {
  return [...functions].sort((a, b) => a.device - b.device || a.fn - b.fn)[0];
}

/** Bridges to conventional buses put their own secondary bus into requests from below. */
export function takesOverRequesters(spec: FunctionSpec): boolean {
  return spec.kind === 'pcieToPciBridge' || spec.kind === 'pciBridge';
}

/** One direction of a way inside a device or root complex, or of a conventional bus: no framing, no DLLPs. */
export function insideDirection(to: End, psPerByte: number, buffers: InsideBuffers): Omit<TransmitterOptions, 'index'> {
  const { header, data } = buffers;
  return {
    traced: false,
    timing: insideTiming(psPerByte),
    credits: {
      postedHeader: header,
      postedData: data,
      nonPostedHeader: header,
      nonPostedData: data,
      completionHeader: Infinity,
      completionData: Infinity,
    },
    leadIn_ps: 0,
    receiver: to.receiver,
    receiverPort: to.port,
    decideAfter: 'last',
    decideLatency_ps: to.latency_ps ?? 0,
  };
}

function insideTiming(psPerByte: number): LinkTiming {
  return {
    psPerByte,
    framingBytes: 0,
    dllpBytes: 0,
    skip_ps: 0,
    skipInterval_ps: 0,
    flit_ps: 0,
    timerLimit_ps: 0,
    propagation_ps: 0,
    portLatency_ps: 0,
  };
}
