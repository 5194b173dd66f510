/*
 * One memory BAR as an endpoint serves it: how it behaves, where its answers leave, what is being served.
 */
import type { CompletionChunk, CompletionLimits } from '../../pcie/splitting.ts';
import { doubleAt } from '../../sim/cells.ts';
import type { BarBehaviour } from '../ports.ts';
import type { CompletionPath } from './completions.ts';
import type { DelayLine } from './delayLine.ts';
import type { RequesterPort } from './requesterPort.ts';
import { TLP_ATTRIBUTE } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';

/** How a completer cuts its answers. */
export interface CompleterPolicy {
  readonly rcbBytes: number;
  readonly chunk: CompletionChunk;
}

/** Completers that are not root complexes cut at 128 bytes (semantics reference T-5). */
export const ENDPOINT_POLICY: CompleterPolicy = { rcbBytes: 128, chunk: 'mps' };

export type MemoryBehaviour = Extract<BarBehaviour, { type: 'memory' }>;

interface MutablePath extends CompletionPath {
  digestBytes: number;
  stamp: number;
}

interface MutableLimits extends CompletionLimits {
  mpsBytes: number;
}

export interface EndpointBar {
  readonly port: RequesterPort;
  readonly index: number;
  readonly behaviour: BarBehaviour;
  readonly limits: MutableLimits;
  readonly path: MutablePath;
  /** For requests of the device's other functions. */
  readonly insidePath: MutablePath;
  /** Requests being served, in order. */
  readonly reads: DelayLine;
  readonly writes: DelayLine;
  base: number;
  sizeBytes: number;
  /** The memory behind it is busy until then, if its rate is limited. */
  freeAt_ps: number;
}

export interface EndpointBarParts {
  readonly port: RequesterPort;
  readonly index: number;
  readonly behaviour: BarBehaviour;
  readonly policy: CompleterPolicy;
  readonly uplink: Transmitter;
  /** The way between the device's own functions; the uplink where there is none. */
  readonly inside: Transmitter;
  readonly addLine: () => DelayLine;
}

/** A BAR whose address is not known yet. */
export function endpointBar({
  port,
  index,
  behaviour,
  policy,
  uplink,
  inside,
  addLine,
}: EndpointBarParts): EndpointBar {
  return {
    port,
    index,
    behaviour,
    limits: { rcbBytes: policy.rcbBytes, chunk: policy.chunk, mpsBytes: port.registers.mpsBytes },
    path: { egress: uplink, source: port.source, digestBytes: 0, stamp: 0 },
    insidePath: { egress: inside, source: port.insideSource, digestBytes: 0, stamp: 0 },
    reads: addLine(),
    writes: addLine(),
    base: 0,
    sizeBytes: 0,
    freeAt_ps: 0,
  };
}

/** The function's registers have changed. */
export function refreshBar(bar: EndpointBar): void {
  const { registers } = bar.port;
  bar.base = doubleAt(registers.barBase, bar.index);
  bar.sizeBytes = doubleAt(registers.barSize, bar.index);
  bar.limits.mpsBytes = registers.mpsBytes;
  for (const path of [bar.path, bar.insidePath]) {
    path.digestBytes = registers.digestBytes;
    path.stamp = (registers.requesterId << 16) | (registers.attributes & TLP_ATTRIBUTE.digest);
  }
}
