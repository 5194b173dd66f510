/*
 * The ports of a root complex: towards links, and towards what is inside it.
 */
import { itemAt } from '../../sim/cells.ts';
import type { CompletionPath } from './completions.ts';
import type { Endpoint } from './endpoint.ts';
import type { HostBridge } from './hostBridge.ts';
import type { BridgeRegisters } from './registers.ts';
import type { Transmitter } from './transmitter.ts';

/** A root port, or a conventional bridge on a root bus. */
export interface RootPort {
  readonly kind: 'root';
  readonly functionIndex: number;
  readonly registers: BridgeRegisters;
  readonly egress: Transmitter;
  readonly hostBridge: HostBridge;
  /** A conventional bridge on a root bus: requests from below carry its secondary bus. */
  readonly takesOver: boolean;
}

/** A function or processor inside the root complex. */
export interface InternalPort {
  readonly kind: 'internal';
  /** Its requests are the host's own: no policy for peers and no IOMMU concerns them. */
  readonly isProcessor: boolean;
  readonly endpoint: Endpoint;
  readonly egress: Transmitter;
  readonly hostBridge: HostBridge;
}

export type RootComplexPort = RootPort | InternalPort;

/** Function that reports errors of a port. */
export function reporterOf(port: RootComplexPort): number {
  return port.kind === 'root' ? port.functionIndex : itemAt(port.endpoint.functions, 0).functionIndex;
}

export function isProcessor(port: RootComplexPort): port is InternalPort {
  return port.kind === 'internal' && port.isProcessor;
}

/** Atomic operations pass between root ports only if both say so; functions inside need nothing. */
export function routesAtomics(port: RootComplexPort): boolean {
  return port.kind === 'internal' || (port.registers.routesAtomics && !port.registers.blocksAtomics);
}

/** How answers leave through a port. @param id of the completer. */
export function pathOf(port: RootComplexPort, source: number, id: number): CompletionPath {
  return { egress: port.egress, source, digestBytes: 0, stamp: id << 16 };
}

/** Who answers for a port itself. */
export function ownIdOf(port: RootComplexPort): number {
  return port.kind === 'root' ? port.registers.id : port.hostBridge.spec.rootBus << 8;
}
