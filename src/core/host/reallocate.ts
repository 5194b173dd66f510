/*
 * `pci=realloc`: assignment that failed is tried again with windows released.
 * Source: enumeration reference, X-7.
 */
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { FoundBus, FoundFunction, Resource } from './hostTree.ts';
import { bridgesOn, functionsFrom } from './hostTree.ts';
import { unassign } from './resourcePlacement.ts';
import { assignBelow } from './windowAssignment.ts';
import type { SizingRules } from './windowSizing.ts';
import { sizeWindowsBelow } from './windowSizing.ts';

/** Rounds from which whole subtrees are released rather than leaf windows. */
const WHOLE_SUBTREES_FROM = 3;

function depthOf(bus: FoundBus): number {
  return (
    1 +
    Math.max(
      0,
      ...bridgesOn(bus).map((bridge) => (bridge.bridge?.child === undefined ? 0 : depthOf(bridge.bridge.child))),
    )
  );
}

function windowsOf(bridge: FoundFunction): readonly Resource[] {
  return [bridge.bridge?.io, bridge.bridge?.memory, bridge.bridge?.prefetchable].flatMap((window) => window ?? []);
}

/** Takes back everything that lies inside a window, deepest first, then the window. */
function releaseWindow(bridge: FoundFunction, window: Resource): void {
  const child = bridge.bridge?.child;
  if (child !== undefined) {
    for (const entry of child.functions) {
      for (const inside of entry.resources) {
        if (inside.parent === undefined || inside.parent !== window.inner) continue;
        if (inside.kind === 'window') releaseWindow(entry, inside);
        else unassign(inside);
      }
    }
  }
  unassign(window);
}

/** A bridge with something unassigned behind it. */
function lacksRoom(bridge: FoundFunction): boolean {
  const child = bridge.bridge?.child;
  return (
    child !== undefined &&
    functionsFrom(child).some((entry) =>
      entry.resources.some((wanted) => wanted.address === undefined && wanted.sizeBytes > 0),
    )
  );
}

/**
 * Up to (bus depth + 1) rounds: windows of bridges with something unassigned below are released, leaf
 * bridges only at first, whole subtrees from the third round on; then sized and assigned again.
 * @param problems of the first attempt. @returns those of the last.
 * @spec enumeration reference, X-7
 */
export function reassignUntilItFits(
  root: FoundBus,
  rules: SizingRules,
  problems: readonly Diagnostic[],
): readonly Diagnostic[] {
  let current = problems;
  const rounds = depthOf(root) + 1;
  for (let round = 2; round <= rounds && current.some(({ severity }) => severity === 'error'); round++) {
    const bridges = functionsFrom(root).filter((entry) => lacksRoom(entry));
    const isLeaf = (bridge: FoundFunction): boolean =>
      bridge.bridge?.child !== undefined && bridgesOn(bridge.bridge.child).length === 0;
    for (const bridge of bridges) {
      if (round < WHOLE_SUBTREES_FROM && !isLeaf(bridge)) continue;
      for (const window of windowsOf(bridge)) if (window.address !== undefined) releaseWindow(bridge, window);
    }
    sizeWindowsBelow(root, rules);
    const next: Diagnostic[] = [];
    assignBelow(root, next);
    current = next;
  }
  return current;
}
