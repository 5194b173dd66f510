/*
 * What else in a document names functions: the transfer, flows, faults, assumptions. When a function goes, what
 * speaks of it goes with it in the same step; the transfer cannot go, so it gets other ends.
 */
import type { FaultSpec } from '../../core/pcie/faults.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { hostBridgeFunction } from '../build.ts';
import type { FlowSpec, TopologyDocument, TransferSpec } from '../document.ts';
import { canHoldTransferEnd, hasDmaEngine } from '../validateTransfer.ts';
import { FreshNames } from './freshNames.ts';

export interface Settled {
  readonly document: TopologyDocument;
  readonly notes: readonly string[];
}

/** True if a transfer can start or end at it: an engine without memory of its own cannot, though it has registers. */
export function holdsBytes(fn: FunctionSpec): boolean {
  return canHoldTransferEnd(fn) && fn.model?.type !== 'dma';
}

/** Who is asked first to start a transfer, and to end one. */
const STARTERS: readonly string[] = ['nic', 'nvme', 'gpu', 'iopmem', 'generic'];
const ENDERS: readonly string[] = ['iopmem', 'gpu', 'generic', 'nvme', 'nic'];

function best(candidates: readonly FunctionSpec[], order: readonly string[]): FunctionSpec | undefined {
  const rank = (fn: FunctionSpec): number => {
    const place = order.indexOf(fn.model?.type ?? 'generic');
    return place < 0 ? order.length : place;
  };
  return candidates.reduce<FunctionSpec | undefined>(
    (chosen, fn) => (chosen === undefined || rank(fn) < rank(chosen) ? fn : chosen),
    undefined,
  );
}

/**
 * Two ends that exist and can hold bytes, keeping those that can stay; one of the two moves bytes by itself if any can.
 * Where a machine has one such device both ends are it, and where it has none both are its first function: a document
 * must name two, and the checks say what is missing.
 */
export function transferEnds(document: TopologyDocument): Pick<TransferSpec, 'from' | 'to'> {
  const { from, to } = document.transfer;
  const candidates = document.functions.filter(holdsBytes);
  const able = (id: NodeId): FunctionSpec | undefined =>
    document.functions.find((fn) => fn.id === id && holdsBytes(fn));
  let start = able(from);
  let end = able(to);
  if (start !== undefined && end !== undefined && start !== end) return { from, to };
  // One device at both ends was nobody's choice: it was all there was.
  if (start === end) {
    start = undefined;
    end = undefined;
  }
  const others = (than: FunctionSpec | undefined): readonly FunctionSpec[] =>
    candidates.filter((fn) => fn !== than && (than === undefined || hasDmaEngine(than) || hasDmaEngine(fn)));
  start ??=
    best(others(end), STARTERS) ??
    best(
      candidates.filter((fn) => fn !== end),
      STARTERS,
    );
  end ??=
    best(others(start), ENDERS) ??
    best(
      candidates.filter((fn) => fn !== start),
      ENDERS,
    );
  const first = start ?? end ?? document.functions[0];
  return { from: (start ?? first)?.id ?? from, to: (end ?? first)?.id ?? to };
}

/** The document with a transfer between devices it has. */
export function settleTransfer(document: TopologyDocument): Settled {
  const { transfer } = document;
  const ends = transferEnds(document);
  if (ends.from === transfer.from && ends.to === transfer.to) return { document, notes: [] };
  const lacks = ends.from === ends.to;
  const note = lacks
    ? 'The transfer has no two devices to run between.'
    : `The transfer now runs from ${ends.from} to ${ends.to}.`;
  return { document: { ...document, transfer: { ...transfer, ...ends } }, notes: [note] };
}

/** Functions and host bridges a flow names. */
export function nodesOfFlow({ work }: FlowSpec): readonly NodeId[] {
  switch (work.kind) {
    case 'transfer':
      return [work.from, work.to];
    case 'accesses':
      return work.target === 'host' ? [work.engine] : [work.engine, work.target];
    case 'cpu':
      return work.hostBridge === undefined ? [work.target] : [work.target, work.hostBridge];
  }
}

export function nodeOfFault(fault: FaultSpec): NodeId {
  return 'link' in fault ? fault.link : fault.node;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Takes one optional list out of a document where nothing is left of it. */
function withList<K extends 'flows' | 'faults'>(
  document: TopologyDocument,
  key: K,
  items: TopologyDocument[K],
): TopologyDocument {
  const { [key]: _replaced, ...rest } = document;
  // Sound: only an optional key was taken out.
  const without = rest as TopologyDocument;
  return items === undefined || items.length === 0 ? without : { ...without, [key]: items };
}

function withoutMissingFlows(document: TopologyDocument, exists: (node: NodeId) => boolean): Settled {
  const flows = document.flows ?? [];
  const kept = flows.filter((flow) => nodesOfFlow(flow).every(exists));
  const gone = flows.length - kept.length;
  return gone === 0
    ? { document, notes: [] }
    : { document: withList(document, 'flows', kept), notes: [`${counted(gone, 'flow')} went with it.`] };
}

function withoutMissingFaults(document: TopologyDocument, exists: (node: NodeId) => boolean): Settled {
  const faults = document.faults ?? [];
  const kept = faults.filter(({ fault }) => exists(nodeOfFault(fault)));
  const gone = faults.length - kept.length;
  return gone === 0
    ? { document, notes: [] }
    : { document: withList(document, 'faults', kept), notes: [`${counted(gone, 'planned fault')} went with it.`] };
}

/** Assumptions lose the nodes that are gone, and go with the last of them. */
function withoutMissingAssumptions(document: TopologyDocument, exists: (node: NodeId) => boolean): TopologyDocument {
  if (document.assumptions.every(({ nodes }) => nodes.every(exists))) return document;
  const assumptions = document.assumptions.flatMap((assumption) => {
    const nodes = assumption.nodes.filter(exists);
    if (assumption.nodes.length > 0 && nodes.length === 0) return [];
    return [nodes.length === assumption.nodes.length ? assumption : { ...assumption, nodes }];
  });
  return { ...document, assumptions };
}

/** A machine without any function gets the one every root complex has: a transfer needs something to name. */
function withAnyFunction(document: TopologyDocument): TopologyDocument {
  const [bridge] = document.hostBridges;
  if (document.functions.length > 0 || bridge === undefined) return document;
  return { ...document, functions: [hostBridgeFunction(new FreshNames(document).id('hb'), bridge.id)] };
}

/** The document without anything that names what it no longer has. */
export function settleReferences(before: TopologyDocument): Settled {
  const whole = withAnyFunction(before);
  const nodes = new Set([...whole.hostBridges, ...whole.functions].map(({ id }) => id));
  const exists = (node: NodeId): boolean => nodes.has(node);
  const flows = withoutMissingFlows(whole, exists);
  const faults = withoutMissingFaults(flows.document, exists);
  const transfer = settleTransfer(withoutMissingAssumptions(faults.document, exists));
  return { document: transfer.document, notes: [...transfer.notes, ...flows.notes, ...faults.notes] };
}
