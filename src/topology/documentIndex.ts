/*
 * A document as lookups, for rules that have to walk it.
 */
import type { FunctionKind, FunctionSpec, HostBridgeSpec, NodeId } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from './document.ts';

/** Kinds that own a secondary bus. */
const BRIDGE_KINDS: ReadonlySet<FunctionKind> = new Set<FunctionKind>([
  'rootPort',
  'upstreamPort',
  'downstreamPort',
  'pcieToPciBridge',
  'pciToPcieBridge',
  'pciBridge',
]);

/** True for functions with a bus behind them (type 1 headers). */
export function isBridge(kind: FunctionKind): boolean {
  return BRIDGE_KINDS.has(kind);
}

/** True for ports that drive a link downwards. */
export function drivesLink(kind: FunctionKind): boolean {
  return kind === 'rootPort' || kind === 'downstreamPort' || kind === 'pciToPcieBridge';
}

export interface DocumentIndex {
  readonly functions: ReadonlyMap<NodeId, FunctionSpec>;
  readonly hostBridges: ReadonlyMap<NodeId, HostBridgeSpec>;
  /** Functions on the secondary bus of a bridge, or on the root bus of a host bridge, in device and function order. */
  readonly children: ReadonlyMap<NodeId, readonly FunctionSpec[]>;
}

/** Lookups of a document; of several entries with one id the first counts. */
export function indexDocument(document: TopologyDocument): DocumentIndex {
  const functions = new Map<NodeId, FunctionSpec>();
  const hostBridges = new Map<NodeId, HostBridgeSpec>();
  const children = new Map<NodeId, FunctionSpec[]>();
  for (const bridge of document.hostBridges) if (!hostBridges.has(bridge.id)) hostBridges.set(bridge.id, bridge);
  for (const fn of document.functions) {
    if (!functions.has(fn.id)) functions.set(fn.id, fn);
    const siblings = children.get(fn.parent);
    if (siblings === undefined) children.set(fn.parent, [fn]);
    else siblings.push(fn);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => a.device - b.device || a.fn - b.fn);
  return { functions, hostBridges, children };
}

/** The other end of a port's link: function 0 of device 0 below it, if there is one. */
export function linkPartner(index: DocumentIndex, port: FunctionSpec): FunctionSpec | undefined {
  const below = index.children.get(port.id) ?? [];
  return below.find((fn) => fn.device === 0 && fn.fn === 0 && fn.virtualFunctionOf === undefined);
}
