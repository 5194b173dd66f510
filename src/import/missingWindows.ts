/*
 * Windows of bridges that are not in the text: they must have had what is below them, or nothing there could
 * have been reached.
 */
import { at } from '../base/invariant.ts';
import { isBridge } from '../topology/documentIndex.ts';
import type { Range } from './facts.ts';
import { isRootBus, type ImportedTree, type TreeNode } from './tree.ts';

const MEMORY_GRANULARITY = 2 ** 20;
const IO_GRANULARITY = 2 ** 12;
/** Where a size is unknown, the start alone counts. */
const UNKNOWN_BYTES = 1;

type WindowKind = 'io' | 'memory' | 'prefetchable';

/** The nearest bridge above that is in the text. */
function shownAbove(node: TreeNode): TreeNode | undefined {
  let above = node.parent;
  while (!isRootBus(above) && above.missing) above = above.parent;
  return isRootBus(above) ? undefined : above;
}

function contains(window: Range | undefined, range: Range): boolean {
  return window !== undefined && window.base <= range.base && range.limit <= window.limit;
}

/** The window a memory range must have come through: that of the bridge above which holds it. */
function memoryKind(above: TreeNode | undefined, range: Range): WindowKind {
  if (contains(above?.facts.windows?.prefetchable, range)) return 'prefetchable';
  if (contains(above?.facts.windows?.memory, range)) return 'memory';
  return range.limit < 2 ** 32 ? 'memory' : 'prefetchable';
}

function hull(ranges: readonly Range[], granularity: number): Range | undefined {
  if (ranges.length === 0) return undefined;
  const base = Math.min(...ranges.map((range) => range.base));
  const limit = Math.max(...ranges.map((range) => range.limit));
  return { base: base - (base % granularity), limit: limit - (limit % granularity) + granularity - 1 };
}

function openWindows(node: TreeNode): void {
  const above = shownAbove(node);
  const found: Record<WindowKind, Range[]> = { io: [], memory: [], prefetchable: [] };
  for (const { facts } of node.children) {
    for (const bar of facts.bars) {
      if (bar.address === undefined) continue;
      const range = { base: bar.address, limit: bar.address + (bar.sizeBytes ?? UNKNOWN_BYTES) - 1 };
      found[bar.space === 'io' ? 'io' : memoryKind(above, range)].push(range);
    }
    const windows = facts.windows;
    if (windows?.io !== undefined) found.io.push(windows.io);
    if (windows?.memory !== undefined) found[memoryKind(above, windows.memory)].push(windows.memory);
    if (windows?.prefetchable !== undefined) found[memoryKind(above, windows.prefetchable)].push(windows.prefetchable);
  }
  node.facts.windows = {
    io: hull(found.io, IO_GRANULARITY),
    memory: hull(found.memory, MEMORY_GRANULARITY),
    prefetchable: hull(found.prefetchable, MEMORY_GRANULARITY),
  };
  // Memory decoding and bus mastering on, I/O if it has any: as the kernel leaves a bridge in use.
  node.facts.command = node.facts.windows.io === undefined ? 0x0006 : 0x0007;
}

/** Opens the windows of all missing bridges, lower ones first. BARs must have sizes. */
export function openMissingWindows(tree: ImportedTree): void {
  const missing = tree.nodes.filter((node) => node.missing && isBridge(node.kind));
  for (let index = missing.length - 1; index >= 0; index--) openWindows(at(missing, index));
}
