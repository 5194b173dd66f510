/*
 * Machines with more switches between the two ends of their transfer, made by the editor's own edits:
 *
 *   1   port ┬ from          2   port ┬ from             3   port ┬ from
 *            └ to                     └ switch ─ to               └ switch ─ switch ─ to
 */
import type { FunctionSpec, NodeId } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { type DocumentIndex, indexDocument } from '../topology/documentIndex.ts';
import type { EditResult, EditTarget, PartRequest } from '../topology/edit/api.ts';
import { addPart, moveSubtree, removeSubtrees } from '../topology/edit/commands.ts';

/** Both ends are cards on links, so that switches can come between them. */
export function canHaveHops(document: TopologyDocument): boolean {
  const index = indexDocument(document);
  const { from, to } = document.transfer;
  return from !== to && [from, to].every((node) => portAbove(index, node) !== undefined);
}

/** The port whose link a card hangs from. */
function portAbove(index: DocumentIndex, node: NodeId): FunctionSpec | undefined {
  const fn = index.functions.get(node);
  const port = fn === undefined ? undefined : index.functions.get(fn.parent);
  return fn?.link !== undefined && port?.link !== undefined && fn.kind !== 'upstreamPort' ? port : undefined;
}

/** Upstream ports above a node, the nearest first. */
function switchesAbove(index: DocumentIndex, node: NodeId): readonly NodeId[] {
  const found: NodeId[] = [];
  for (let at = index.functions.get(node); at !== undefined; at = index.functions.get(at.parent)) {
    if (at.kind === 'upstreamPort') found.push(at.id);
  }
  return found;
}

/** One edit after the other; the first that is refused ends it, and nothing is changed. */
class Edits {
  document: TopologyDocument;
  isRefused = false;

  constructor(document: TopologyDocument) {
    this.document = document;
  }

  get index(): DocumentIndex {
    return indexDocument(this.document);
  }

  #take(result: EditResult): NodeId {
    if (!result.ok) {
      this.isRefused = true;
      return '';
    }
    this.document = result.value.document;
    return result.value.selection[0] ?? '';
  }

  /** @returns what was added. */
  add(request: PartRequest, target: EditTarget): NodeId {
    return this.isRefused ? '' : this.#take(addPart(this.document, request, target));
  }

  move(node: NodeId, port: NodeId): void {
    if (!this.isRefused) this.#take(moveSubtree(this.document, node, { kind: 'port', node: port }));
  }

  remove(node: NodeId): void {
    if (!this.isRefused) this.#take(removeSubtrees(this.document, [node]));
  }

  /** The first downstream port of a switch. */
  firstPort(upstream: NodeId): NodeId {
    return (
      this.document.functions.find(({ parent, kind }) => parent === upstream && kind === 'downstreamPort')?.id ?? ''
    );
  }
}

/** A switch whose ports are as wide and fast as the link of a card. */
function switchFor(card: FunctionSpec): PartRequest {
  const { maxGen, maxWidth } = card.link ?? { maxGen: 4, maxWidth: 16 };
  return { part: 'switch', options: { ports: 1, gen: maxGen, width: maxWidth } };
}

/** The card hangs from a port of that switch itself: its own, or a new one. */
function bringTo(edits: Edits, node: NodeId, upstream: NodeId): void {
  const fn = edits.index.functions.get(node);
  if (fn === undefined || edits.index.functions.get(fn.parent)?.parent === upstream) return;
  const { maxGen: gen, maxWidth: width } = fn.link ?? { maxGen: 4, maxWidth: 8 };
  const port = edits.add({ part: 'downstreamPort', options: { gen, width } }, { kind: 'switchBus', node: upstream });
  edits.move(node, port);
}

/**
 * The machine with so many switches between its transfer's ends; unchanged where the editor has no room for them.
 * @param switches from 1.
 */
export function withHops(document: TopologyDocument, switches: number): TopologyDocument {
  const { from, to } = document.transfer;
  const edits = new Edits(document);
  const above = new Set(switchesAbove(edits.index, from));
  const common = switchesAbove(edits.index, to).find((upstream) => above.has(upstream));
  const card = edits.index.functions.get(to);
  const bridge = document.hostBridges[0]?.id;
  if (card === undefined || bridge === undefined) return document;
  const root: EditTarget = { kind: 'rootBus', node: bridge };
  const top = common ?? edits.add(switchFor(card), { kind: 'port', node: edits.add({ part: 'rootPort' }, root) });
  bringTo(edits, from, top);
  bringTo(edits, to, top);
  const place = edits.index.functions.get(to)?.parent ?? '';
  if (switches > 1) {
    // The chain is built aside, the card goes below it, and both take the place that the card had.
    const aside = edits.add({ part: 'rootPort' }, root);
    const first = edits.add(switchFor(card), { kind: 'port', node: aside });
    let last = first;
    for (let more = 2; more < switches; more += 1) {
      last = edits.add(switchFor(card), { kind: 'port', node: edits.firstPort(last) });
    }
    edits.move(to, edits.firstPort(last));
    edits.move(first, place);
    edits.remove(aside);
  }
  return edits.isRefused ? document : { ...edits.document };
}

/** Switches that the packets of the transfer pass on the shortest way; 0 = none is common to both ends. */
export function hopsOf(document: TopologyDocument): number {
  const index = indexDocument(document);
  const above = switchesAbove(index, document.transfer.from);
  const other = switchesAbove(index, document.transfer.to);
  const common = other.find((upstream) => above.includes(upstream));
  return common === undefined ? 0 : above.indexOf(common) + other.indexOf(common) + 1;
}
