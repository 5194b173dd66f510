/*
 * Identifiers people can type and read: nic0, gpu1, sw0-p2. Numbered in the order of the tree.
 */
import { bdf, bdfText, segmentBdfText } from '../core/pcie/bdf.ts';
import type { FunctionKind, NodeId } from '../core/pcie/machineSpec.ts';
import { deviceRole } from './deviceModels.ts';
import { isRootBus, type ImportedTree, type RootBus, type TreeNode } from './tree.ts';

const PORT_PREFIXES: Readonly<Partial<Record<FunctionKind, string>>> = {
  hostBridge: 'hb',
  rootPort: 'rp',
  upstreamPort: 'sw',
  downstreamPort: 'dp',
  pcieToPciBridge: 'br',
  pciToPcieBridge: 'br',
  pciBridge: 'br',
  rcEventCollector: 'rcec',
};

/** Id of the host bridge of a root bus, by its position. */
export function rootId(position: number): NodeId {
  return `pcie${position}`;
}

/** Gives every node its id. */
export function nameNodes(tree: ImportedTree): void {
  const counters = new Map<string, number>();
  const next = (prefix: string): string => {
    const number = counters.get(prefix) ?? 0;
    counters.set(prefix, number + 1);
    return `${prefix}${number}`;
  };
  const portNumbers = new Map<TreeNode, number>();
  const virtualNumbers = new Map<TreeNode, number>();
  const nextOf = (numbers: Map<TreeNode, number>, node: TreeNode): number => {
    const number = numbers.get(node) ?? 0;
    numbers.set(node, number + 1);
    return number;
  };
  // Virtual functions last: they are named after their physical function.
  for (const node of tree.nodes) {
    if (node.physicalFunction !== undefined) continue;
    if (node.kind === 'downstreamPort' && !isRootBus(node.parent) && node.parent.kind === 'upstreamPort') {
      node.id = `${node.parent.id}-p${nextOf(portNumbers, node.parent)}`;
    } else {
      node.id = next(PORT_PREFIXES[node.kind] ?? deviceRole(node.facts));
    }
  }
  for (const node of tree.nodes) {
    const owner = node.physicalFunction;
    if (owner !== undefined) node.id = `${owner.id}-vf${nextOf(virtualNumbers, owner)}`;
  }
}

/** `03:00.0`, or `0001:03:00.0` outside segment 0. */
export function nodeBdf(node: TreeNode): string {
  const { segment, bus, device, fn } = node.facts;
  const id = bdf(bus, device, fn);
  return segment === 0 ? bdfText(id) : segmentBdfText(segment, id);
}

const PORT_NAMES: Readonly<Partial<Record<FunctionKind, string>>> = {
  hostBridge: 'Host bridge',
  rootPort: 'Root port',
  upstreamPort: 'Switch',
  downstreamPort: 'Port',
  pcieToPciBridge: 'PCIe-to-PCI bridge',
  pciToPcieBridge: 'PCI-to-PCIe bridge',
  pciBridge: 'PCI bridge',
  rcEventCollector: 'Event collector',
};

/** What the page shows: ports by role and address, devices by their id. */
export function nodeName(node: TreeNode): string {
  const role = PORT_NAMES[node.kind];
  return role === undefined ? node.id : `${role} ${nodeBdf(node)}`;
}

/** Id of a node's parent: the host bridge of its root bus, or the bridge above. */
export function parentId(node: TreeNode, rootIds: ReadonlyMap<RootBus, NodeId>): NodeId {
  return isRootBus(node.parent) ? (rootIds.get(node.parent) ?? rootId(0)) : node.parent.id;
}
