/*
 * How far two functions are apart, before there is a machine to ask.
 */
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { DocumentIndex } from '../documentIndex.ts';

/** The node and all bridges above it; a host bridge is not a function and ends the list. */
function chainOf(index: DocumentIndex, node: NodeId): readonly NodeId[] {
  const chain: NodeId[] = [];
  for (
    let fn = index.functions.get(node);
    fn !== undefined && chain.length <= index.functions.size;
    fn = index.functions.get(fn.parent)
  ) {
    chain.push(fn.id);
  }
  return chain;
}

/**
 * Steps from both to the nearest bridge they share, or to the top where they share none: what Linux ranks peers by.
 * @param below the bridge above the first one, where it is not in the document yet.
 * @spec semantics reference, section 1 (distance)
 */
export function stepsBetween(index: DocumentIndex, below: NodeId, other: NodeId): number {
  const first = chainOf(index, below);
  const second = chainOf(index, other);
  const meet = first.findIndex((node) => second.includes(node));
  const shared = first[meet];
  // One step more for the function that would hang below.
  if (shared === undefined) return first.length + 1 + second.length;
  return meet + 1 + second.indexOf(shared);
}
