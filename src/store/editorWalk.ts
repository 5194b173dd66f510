/*
 * Walking the tree with the arrow keys: up is towards the root, down away from it, left and right along one bus.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import { indexDocument } from '../topology/documentIndex.ts';
import type { TopologyDocument } from '../topology/document.ts';

export type WalkKey = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight' | 'Home' | 'End';

const WALK_KEYS: ReadonlySet<string> = new Set<WalkKey>([
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
]);

export function isWalkKey(key: string): key is WalkKey {
  return WALK_KEYS.has(key);
}

/**
 * The node an arrow key leads to; the same node where there is none further. From nowhere every key leads to the first
 * root complex.
 */
export function walk(
  document: TopologyDocument,
  from: NodeId | undefined,
  key: WalkKey,
  isCollapsed: (node: NodeId) => boolean,
): NodeId | undefined {
  const index = indexDocument(document);
  const roots = document.hostBridges.map(({ id }) => id);
  const fn = from === undefined ? undefined : index.functions.get(from);
  if (from === undefined || (fn === undefined && !index.hostBridges.has(from))) return roots[0];
  const siblings = fn === undefined ? roots : (index.children.get(fn.parent) ?? []).map(({ id }) => id);
  const place = siblings.indexOf(from);
  switch (key) {
    case 'ArrowUp':
      return fn?.parent ?? from;
    case 'ArrowDown':
      return isCollapsed(from) ? from : (index.children.get(from)?.[0]?.id ?? from);
    case 'ArrowLeft':
      return siblings[place - 1] ?? from;
    case 'ArrowRight':
      return siblings[place + 1] ?? from;
    case 'Home':
      return siblings[0] ?? from;
    case 'End':
      return siblings.at(-1) ?? from;
  }
}

/** True if there is something below this node that can be folded away. */
export function hasChildren(document: TopologyDocument, node: NodeId): boolean {
  return document.functions.some((fn) => fn.parent === node);
}
