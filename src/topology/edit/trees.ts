/*
 * What belongs together when something is taken up: a card with all its functions, a switch with all below it.
 *
 *   port ═ link ═ nic0 (function 0)      taken up as one card: functions 0…7 and virtual functions
 *                 ├ nic0-f1
 *                 └ virtual functions
 *   switch bus ── p2                     a port alone, with what is below it
 */
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { isBridge, type DocumentIndex } from '../documentIndex.ts';
import type { Refusal } from './api.ts';

/** A thing that can be taken up. */
export interface Tree {
  readonly root: FunctionSpec;
  /** The functions that sit where the root sits: all of a card, in order. */
  readonly roots: readonly FunctionSpec[];
  /** Everything, the roots first, parents before children. */
  readonly functions: readonly FunctionSpec[];
  /** Buses it needs: one for each bridge. */
  readonly bridges: number;
}

/** True for functions that share a card edge with others: all but those on root and switch buses. */
function isOnCard(index: DocumentIndex, fn: FunctionSpec): boolean {
  const parent = index.functions.get(fn.parent);
  return parent !== undefined && parent.kind !== 'upstreamPort';
}

function virtualsOf(index: DocumentIndex, fn: FunctionSpec): readonly FunctionSpec[] {
  return (index.children.get(fn.parent) ?? []).filter((other) => other.virtualFunctionOf === fn.id);
}

function rootsOf(index: DocumentIndex, fn: FunctionSpec): readonly FunctionSpec[] {
  const isWholeCard = fn.fn === 0 && fn.virtualFunctionOf === undefined && isOnCard(index, fn);
  if (!isWholeCard) return [fn, ...virtualsOf(index, fn)];
  const siblings = (index.children.get(fn.parent) ?? []).filter(
    (other) => other.device === fn.device && other.virtualFunctionOf === undefined,
  );
  return [fn, ...siblings.filter((other) => other !== fn), ...siblings.flatMap((other) => virtualsOf(index, other))];
}

/** Everything below a bus, parents first. */
export function functionsBelow(index: DocumentIndex, bus: NodeId): readonly FunctionSpec[] {
  const found: FunctionSpec[] = [];
  const waiting = [...(index.children.get(bus) ?? [])];
  const seen = new Set<NodeId>();
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (seen.has(next.id)) continue;
    seen.add(next.id);
    found.push(next);
    waiting.push(...(index.children.get(next.id) ?? []));
  }
  return found;
}

/** What goes along with a function. */
export function treeOf(index: DocumentIndex, fn: FunctionSpec): Tree {
  const roots = rootsOf(index, fn);
  const functions = [...roots, ...roots.flatMap((root) => functionsBelow(index, root.id))];
  return { root: fn, roots, functions, bridges: functions.filter((member) => isBridge(member.kind)).length };
}

/** The function one takes hold of for this one: function 0 of its card. */
export function handleOf(index: DocumentIndex, fn: FunctionSpec): FunctionSpec {
  const physical = fn.virtualFunctionOf === undefined ? fn : (index.functions.get(fn.virtualFunctionOf) ?? fn);
  if (!isOnCard(index, physical) || physical.fn === 0) return physical;
  const siblings = index.children.get(physical.parent) ?? [];
  return (
    siblings.find(
      (other) => other.device === physical.device && other.fn === 0 && other.virtualFunctionOf === undefined,
    ) ?? physical
  );
}

/** Why this function cannot leave its place by itself; undefined if it can. */
export function fixedInPlace(index: DocumentIndex, fn: FunctionSpec): Refusal | undefined {
  if (fn.kind === 'hostBridge') {
    return {
      code: 'BELONGS_TO_ITS_OWNER',
      message: `${fn.id} is part of the root complex ${fn.parent}.`,
      fix: `Take ${fn.parent} instead.`,
    };
  }
  const handle = handleOf(index, fn);
  if (handle !== fn) {
    return {
      code: 'BELONGS_TO_ITS_OWNER',
      message: `${fn.id} is a function of the card ${handle.id} and goes where the card goes.`,
      fix: `Take ${handle.id} instead.`,
    };
  }
  return undefined;
}

/** The host bridge a function or bus is below; undefined in a document that is broken. */
export function hostBridgeOf(index: DocumentIndex, node: NodeId): NodeId | undefined {
  let id: NodeId | undefined = node;
  for (let steps = 0; id !== undefined && steps <= index.functions.size; steps++) {
    if (index.hostBridges.has(id)) return id;
    id = index.functions.get(id)?.parent;
  }
  return undefined;
}

/** The nodes without those that are below another of them, or named twice. */
export function outermost(index: DocumentIndex, nodes: readonly NodeId[]): readonly NodeId[] {
  const chosen = new Set(nodes);
  const isCovered = (node: NodeId): boolean => {
    let parent = index.functions.get(node)?.parent;
    for (let steps = 0; parent !== undefined && steps <= index.functions.size; steps++) {
      if (chosen.has(parent)) return true;
      parent = index.functions.get(parent)?.parent;
    }
    return false;
  };
  return [...chosen].filter((node) => !isCovered(node));
}
