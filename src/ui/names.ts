/* How functions of a document are called in text: their names, with the BDF the machine gave them. */
import { shortBdf } from '../base/format.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { MachineDescription, MemoryDescription } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';

/** Name of a function, or the id itself where the document has no such function. */
export function nodeName(document: TopologyDocument, node: NodeId | 'host' | 'cpu'): string {
  if (node === 'host') return 'DRAM';
  if (node === 'cpu') return 'CPU';
  return document.functions.find((fn) => fn.id === node)?.name ?? node;
}

/** `03:00.0`; undefined before enumeration, or if the function could not be numbered. */
export function nodeBdf(machine: MachineDescription | undefined, node: NodeId): string | undefined {
  const bdf = machine?.functions.find((fn) => fn.id === node)?.bdf;
  return bdf === undefined ? undefined : shortBdf(bdf);
}

/** A port by its BDF, anything else by its name: what a link's ends are called. */
export function endName(document: TopologyDocument, machine: MachineDescription | undefined, node: NodeId): string {
  const fn = document.functions.find((candidate) => candidate.id === node);
  if (fn === undefined) return node;
  const isPort = fn.kind === 'rootPort' || fn.kind === 'downstreamPort' || fn.kind === 'upstreamPort';
  return isPort ? (nodeBdf(machine, node) ?? fn.name) : fn.name;
}

/** Both ends of the link a hop record names, in the direction of travel. */
export function segmentEnds(
  document: TopologyDocument,
  machine: MachineDescription,
  segment: number,
): { readonly from: string; readonly to: string } {
  const link = machine.links[Math.floor(segment / 2)];
  if (link === undefined)
    return segment % 2 === 0 ? { from: 'the host', to: 'DRAM' } : { from: 'DRAM', to: 'the host' };
  const upper = endName(document, machine, link.upper);
  const lower = link.lower === undefined ? 'empty port' : endName(document, machine, link.lower);
  return segment % 2 === 0 ? { from: upper, to: lower } : { from: lower, to: upper };
}

/** The link a hop record names: `nic0 to 02:01.0`, in the direction of travel. */
export function segmentName(document: TopologyDocument, machine: MachineDescription, segment: number): string {
  if (machine.links[Math.floor(segment / 2)] === undefined) return segment % 2 === 0 ? 'into DRAM' : 'out of DRAM';
  const { from, to } = segmentEnds(document, machine, segment);
  return `${from} to ${to}`;
}

/** What a hop's far end belongs to: a switch, the root complex, or a device. */
export function receiverName(document: TopologyDocument, machine: MachineDescription, segment: number): string {
  const link = machine.links[Math.floor(segment / 2)];
  const node = segment % 2 === 0 ? link?.lower : link?.upper;
  const fn = document.functions.find((candidate) => candidate.id === node);
  if (fn === undefined) return 'host';
  if (fn.kind === 'rootPort')
    return document.hostBridges.find((bridge) => bridge.id === fn.parent)?.name ?? 'Root complex';
  if (fn.kind === 'downstreamPort') return nodeName(document, fn.parent);
  return fn.name;
}

/** A memory with its owner: `iopmem0, BAR 4`. */
export function memoryName(document: TopologyDocument, memory: MemoryDescription): string {
  if (memory.node === 'host') return memory.label;
  const owner = nodeName(document, memory.node);
  return memory.label.includes(owner) ? memory.label : `${owner}, ${memory.label.toLowerCase()}`;
}
