/*
 * Putting functions at a place, and what that changes about them.
 */
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../document.ts';
import type { EditTarget } from './api.ts';
import { type Cargo, freeDevice, type Site } from './places.ts';
import { canHoldTransferEnd } from '../validateTransfer.ts';
import type { Tree } from './trees.ts';

export type BusTarget = Extract<EditTarget, { kind: 'rootBus' | 'port' | 'switchBus' | 'conventionalBus' }>;

export function isBusTarget(target: EditTarget): target is BusTarget {
  return 'node' in target && target.kind !== 'link';
}

/** What the rules ask about a tree that is in the document. */
export function cargoOf(tree: Tree, name: string): Cargo {
  return {
    name,
    kind: tree.root.kind,
    functions: tree.functions.length,
    bridges: tree.bridges,
    link: tree.root.link,
    mpsBytes: tree.root.mpsBytes ?? tree.root.mpsSupportedBytes ?? 128,
    moving: new Set(tree.functions.map((fn) => fn.id)),
    from: tree.root.parent,
    hasBytes: tree.roots.some(canHoldTransferEnd),
  };
}

/**
 * Device number of a root at its new place: a link leads to device 0; elsewhere the first that is free.
 * @returns undefined if none is.
 */
export function deviceAt(site: Site, target: BusTarget, moving: ReadonlySet<NodeId>): number | undefined {
  return target.kind === 'port' ? 0 : freeDevice(site, target.node, moving);
}

const WITHOUT_OWN_FUNCTION: ReadonlySet<FunctionSpec['kind']> = new Set(['pciDevice']);

/**
 * A root of a tree at its new place. Alone on a root or switch bus it becomes function 0; a card keeps its functions.
 * What firmware had written there is forgotten: it was about the old place.
 */
export function placedRoot(fn: FunctionSpec, root: FunctionSpec, target: BusTarget, device: number): FunctionSpec {
  const { firmware: _elsewhere, ...rest } = fn;
  const onCard = target.kind === 'port' || WITHOUT_OWN_FUNCTION.has(root.kind);
  const isVirtual = fn.virtualFunctionOf !== undefined;
  return {
    ...rest,
    parent: target.node,
    device: isVirtual ? fn.device : device,
    fn: isVirtual || onCard ? fn.fn : 0,
  };
}

/** A function of a moved tree that is not at its root. */
export function carried(fn: FunctionSpec): FunctionSpec {
  const { firmware: _elsewhere, ...rest } = fn;
  return rest;
}

/**
 * A card takes the payload size of the port it is put in, as far as it supports it (P-1: both ends of a link must agree).
 */
export function withPayloadOf(port: FunctionSpec | undefined, fn: FunctionSpec): FunctionSpec {
  const mps = port?.mpsBytes;
  if (mps === undefined || fn.mpsBytes === undefined) return fn;
  return { ...fn, mpsBytes: Math.min(mps, fn.mpsSupportedBytes ?? mps) };
}

/**
 * Bridges above a place where something was put, without what firmware had written into them: its bus ranges and windows
 * left no room for the new. Software numbers and opens them again.
 */
export function withoutFirmwareAbove(document: TopologyDocument, place: NodeId): TopologyDocument {
  const parents = new Map(document.functions.map((fn) => [fn.id, fn]));
  const above = new Set<NodeId>();
  for (let fn = parents.get(place); fn !== undefined && !above.has(fn.id); fn = parents.get(fn.parent))
    above.add(fn.id);
  const isStale = (fn: FunctionSpec): boolean => fn.firmware !== undefined && above.has(fn.id);
  if (!document.functions.some(isStale)) return document;
  return { ...document, functions: document.functions.map((fn) => (isStale(fn) ? carried(fn) : fn)) };
}

/** A device on a root or switch bus has a function 0 again: of those left, the first takes its number. */
export function withFunctionZero(document: TopologyDocument, bus: NodeId, device: number): TopologyDocument {
  const left = document.functions.filter(
    (fn) => fn.parent === bus && fn.device === device && fn.virtualFunctionOf === undefined,
  );
  const [first, ...others] = left;
  if (first === undefined || left.some((fn) => fn.fn === 0)) return document;
  const promoted = others.reduce((lowest, fn) => (fn.fn < lowest.fn ? fn : lowest), first);
  return { ...document, functions: document.functions.map((fn) => (fn === promoted ? { ...fn, fn: 0 } : fn)) };
}
