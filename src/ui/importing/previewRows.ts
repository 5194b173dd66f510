/* The imported machine as rows of a tree: host bridges, ports, devices, each with its link. */
import { hex } from '../../base/bits.ts';
import type { DeviceModel, FunctionKind, FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { indexDocument, linkPartner, type DocumentIndex } from '../../topology/documentIndex.ts';
import type { TopologyDocument } from '../../topology/document.ts';

export interface PreviewRow {
  readonly id: NodeId;
  readonly depth: number;
  readonly kind: FunctionKind | 'root';
  /** What the device will be simulated as; undefined for ports, bridges and root complexes. */
  readonly model: DeviceModel['type'] | undefined;
  readonly name: string;
  /** Bus:device.function as firmware numbered it, where that is known. */
  readonly bdf: string | undefined;
  /** The link below (ports) or above (devices), as the document says it trains. */
  readonly link: { readonly gen: number; readonly width: number; readonly maxWidth: number } | undefined;
  /** What was assumed about this one in particular; undefined = nothing. */
  readonly assumed: string | undefined;
}

function busBelow(index: DocumentIndex, parent: NodeId): number | undefined {
  return index.hostBridges.get(parent)?.rootBus ?? index.functions.get(parent)?.firmware?.buses?.secondary;
}

/** The negotiated link above a device, if its parent port has one. */
function linkOf(index: DocumentIndex, fn: FunctionSpec): PreviewRow['link'] {
  const port = index.functions.get(fn.parent);
  if (port?.link === undefined || fn.link === undefined || linkPartner(index, port) !== fn) return undefined;
  const width = (end: typeof fn.link): number => Math.min(end.maxWidth, end.limitWidth ?? end.maxWidth);
  const gen = (end: typeof fn.link): number => Math.min(end.maxGen, end.limitGen ?? end.maxGen);
  return {
    gen: Math.min(gen(port.link), gen(fn.link)),
    width: Math.min(width(port.link), width(fn.link)),
    maxWidth: Math.max(port.link.maxWidth, fn.link.maxWidth),
  };
}

/** An assumption about more nodes than this says something about the text, not about each of them. */
const FEW_NODES = 8;

function particularAssumptions(document: TopologyDocument): ReadonlyMap<NodeId, string> {
  const found = new Map<NodeId, string>();
  for (const { nodes, message } of document.assumptions) {
    if (nodes.length > FEW_NODES) continue;
    for (const node of nodes) found.set(node, [found.get(node), message].filter(Boolean).join(' '));
  }
  return found;
}

/** Rows in the order of the hierarchy, parents before children. */
export function previewRows(document: TopologyDocument): readonly PreviewRow[] {
  const index = indexDocument(document);
  const assumed = particularAssumptions(document);
  const rows: PreviewRow[] = [];
  const visit = (parent: NodeId, depth: number): void => {
    const bus = busBelow(index, parent);
    for (const fn of index.children.get(parent) ?? []) {
      const place = `${hex(fn.device, 2)}.${fn.fn}`;
      rows.push({
        id: fn.id,
        depth,
        kind: fn.kind,
        model: fn.model?.type,
        name: fn.name,
        bdf: bus === undefined ? undefined : `${hex(bus, 2)}:${place}`,
        link: linkOf(index, fn),
        assumed: assumed.get(fn.id),
      });
      visit(fn.id, depth + 1);
    }
  };
  for (const bridge of document.hostBridges) {
    rows.push({
      id: bridge.id,
      depth: 0,
      kind: 'root',
      model: undefined,
      name: bridge.name,
      bdf: hex(bridge.rootBus, 2),
      link: undefined,
      assumed: assumed.get(bridge.id),
    });
    visit(bridge.id, 1);
  }
  return rows;
}
