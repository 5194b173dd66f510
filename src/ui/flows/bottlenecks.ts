/* Which places of a machine limited its flows, most first: the list beside the map and the marks on it. */
import type { FlowLimit, LimitKind } from '../../core/pcie/flowReport.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { RunReport } from '../../engine/protocol.ts';
import type { SceneMark } from '../../render/sceneHandle.ts';
import { percentText } from '../../base/format.ts';
import type { TopologyDocument } from '../../topology/document.ts';

/** A flow is held by a limit from this share of its time on. */
const HOLDS = 0.25;
/** Place of host memory in the scene. */
const HOST_MEMORY = 'host';

export interface Bottleneck {
  readonly kind: LimitKind;
  readonly node: NodeId | undefined;
  readonly text: string;
  /** Names of the flows it holds, with the share of their time. */
  readonly flows: readonly { readonly name: string; readonly share: number }[];
}

export const KIND_WORDS: Readonly<Record<LimitKind, string>> = {
  wire: 'Wire',
  credits: 'Credits',
  tags: 'Tags',
  memory: 'Memory',
  rootComplex: 'Root complex',
  iommu: 'IOMMU',
  device: 'Device',
  cpu: 'CPU',
  software: 'Software',
  ordering: 'Ordering',
  none: 'Latency',
};

/** Limits that hold a flow, each once, with all flows it holds. */
export function bottlenecksOf(report: RunReport | undefined): readonly Bottleneck[] {
  const found = new Map<string, Bottleneck>();
  for (const { name, limits } of report?.flows ?? []) {
    const holding = limits.filter(({ share }, index) => share >= HOLDS || index === 0);
    for (const limit of holding) found.set(limit.text, joined(found.get(limit.text), limit, name));
  }
  const weight = ({ flows }: Bottleneck): number => flows.reduce((sum, { share }) => sum + share, 0);
  return [...found.values()].toSorted((a, b) => weight(b) - weight(a));
}

function joined(known: Bottleneck | undefined, { kind, node, text, share }: FlowLimit, name: string): Bottleneck {
  return { kind, node, text, flows: [...(known?.flows ?? []), { name, share }] };
}

/** Host memory and the IOMMU are no functions; the IOMMU is drawn where requests reach it. */
function placeOf(document: TopologyDocument, kind: LimitKind, node: NodeId | undefined): NodeId | undefined {
  if (kind === 'memory') return HOST_MEMORY;
  return kind === 'iommu' ? document.hostBridges[0]?.id : node;
}

/** One chip at each place of the scene that limits. */
export function limitMarks(document: TopologyDocument, bottlenecks: readonly Bottleneck[]): readonly SceneMark[] {
  const marks = new Map<NodeId, SceneMark>();
  const known = new Set([...document.functions, ...document.hostBridges].map(({ id }) => id)).add(HOST_MEMORY);
  for (const { kind, node: named, flows } of bottlenecks) {
    const node = placeOf(document, kind, named);
    if (node === undefined || !known.has(node) || marks.has(node)) continue;
    const most = Math.max(...flows.map(({ share }) => share));
    const who = flows.length === 1 ? '' : `, ${flows.length} flows`;
    marks.set(node, {
      node,
      text: `${KIND_WORDS[kind]} ${percentText(most, 0)}${who}`,
      short: KIND_WORDS[kind],
      severe: false,
      cut: false,
    });
  }
  return [...marks.values()];
}
