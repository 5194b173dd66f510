/*
 * What the editor lets one set beyond the tables of the Machine view: both ends of a link, buffers, BARs, devices, the
 * range of a host bridge. Rows are the same kind of rows; what a node has is the two together.
 */
import { KIB } from '../base/units.ts';
import { sizeText } from '../base/format.ts';
import { isPowerOfTwo } from '../base/bits.ts';
import { LINK_GENS, LINK_WIDTHS } from '../core/pcie/link.ts';
import type { BarSpec, CreditSpec, FunctionSpec, LinkEndSpec, NodeId } from '../core/pcie/machineSpec.ts';
import { drivesLink, isBridge } from '../topology/documentIndex.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { BRIDGE_PARAMETERS } from './bridgeParameters.ts';
import { changeFunction } from './edits.ts';
import { DEVICE_ROWS } from './editorDeviceParameters.ts';
import { CACHE_ROWS, CORE_ROWS, MEMORY_ROWS, START_ROWS } from './editorHostParameters.ts';
import { FUNCTION_ROWS } from './functionParameters.ts';
import { CPU_PARAMETERS, IOMMU_PARAMETERS, MEMORY_PARAMETERS, PAYLOAD_POLICY } from './hostParameters.ts';
import { type AnyParameter, changed, changedWhole, type Change } from './parameters.ts';

export type EditorSection = 'link' | 'packets' | 'buffers' | 'bars' | 'device' | 'root complex' | 'host';

/** A property of the node it was asked for. */
export interface EditorRow {
  readonly section: EditorSection;
  readonly parameter: AnyParameter;
}

interface TableRow extends EditorRow {
  readonly appliesTo: (fn: FunctionSpec) => boolean;
}

function functionOf(document: TopologyDocument, node: NodeId): FunctionSpec | undefined {
  return document.functions.find((fn) => fn.id === node);
}

function withLink(document: TopologyDocument, node: NodeId, change: Change<LinkEndSpec>): TopologyDocument {
  return changeFunction(document, node, (fn) =>
    fn.link === undefined ? fn : { ...fn, link: changedWhole(fn.link, change) },
  );
}

function withFunction(document: TopologyDocument, node: NodeId, change: Change<FunctionSpec>): TopologyDocument {
  return changeFunction(document, node, (fn) => changedWhole(fn, change));
}

const hasLink = (fn: FunctionSpec): boolean => fn.link !== undefined;
const isPort = (fn: FunctionSpec): boolean => drivesLink(fn.kind) && fn.link !== undefined;

const END_ROWS: readonly AnyParameter[] = [
  {
    kind: 'choice',
    id: 'maxGen',
    label: 'Generation',
    help: 'The fastest this end can do; the link trains to the slower of its two ends.',
    inRow: true,
    options: LINK_GENS.map((gen) => ({ value: String(gen), label: String(gen), title: `Gen${gen}` })),
    read: (document, node) => String(functionOf(document, node)?.link?.maxGen ?? ''),
    write: (document, node, value) => {
      const maxGen = LINK_GENS.find((gen) => String(gen) === value);
      const limit = functionOf(document, node)?.link?.limitGen;
      if (maxGen === undefined) return document;
      return withLink(document, node, {
        maxGen,
        ...(limit !== undefined && limit > maxGen ? { limitGen: maxGen } : {}),
      });
    },
  },
  {
    kind: 'choice',
    id: 'maxWidth',
    label: 'Width',
    help: 'Lanes of this end; the link trains to the narrower of its two ends.',
    inRow: true,
    options: LINK_WIDTHS.map((width) => ({ value: String(width), label: `x${width}` })),
    read: (document, node) => String(functionOf(document, node)?.link?.maxWidth ?? ''),
    write: (document, node, value) => {
      const maxWidth = LINK_WIDTHS.find((width) => String(width) === value);
      const limit = functionOf(document, node)?.link?.limitWidth;
      if (maxWidth === undefined) return document;
      const clipped = limit !== undefined && limit > maxWidth ? { limitWidth: maxWidth } : {};
      return withLink(document, node, { maxWidth, ...clipped });
    },
  },
];

const WIRE_ROWS: readonly AnyParameter[] = [
  {
    kind: 'switch',
    id: 'disabled',
    label: 'Link disabled',
    help: 'Link Control, Link Disable: nothing below this port is reached.',
    read: (document, node) => functionOf(document, node)?.link?.disabled === true,
    write: (document, node, value) => withLink(document, node, { disabled: value ? true : undefined }),
  },
  {
    kind: 'number',
    id: 'lengthMetres',
    label: 'Length',
    help: 'Of trace or cable below this port; signals need 5 ns for a metre.',
    unit: 'm',
    minimum: 0,
    maximum: 100,
    whole: false,
    standard: '0.3',
    optional: true,
    read: (document, node) => functionOf(document, node)?.link?.lengthMetres,
    write: (document, node, value) => withLink(document, node, { lengthMetres: value }),
  },
];

const HOT_PLUG: AnyParameter = {
  kind: 'switch',
  id: 'hotPlug',
  label: 'Hot-plug slot',
  help: 'Cards may come and go while the machine runs; software keeps room for them.',
  read: (document, node) => functionOf(document, node)?.slot?.hotPlug === true,
  write: (document, node, value) =>
    changeFunction(document, node, (fn) =>
      fn.slot === undefined ? fn : { ...fn, slot: { ...fn.slot, hotPlug: value } },
    ),
};

const SIZES = [128, 256, 512, 1024, 2048, 4096] as const;

const MPS: AnyParameter = {
  kind: 'choice',
  id: 'mps',
  label: 'Max payload size',
  help: 'What the function is set to; both ends of a link must agree (P-1). Linux may change it: see its policy.',
  inRow: false,
  options: [
    { value: '', label: 'by policy' },
    ...SIZES.map((bytes) => ({ value: String(bytes), label: `${bytes} B` })),
  ],
  offers: (document, node, value) => Number(value) <= (functionOf(document, node)?.mpsSupportedBytes ?? 256),
  read: (document, node) => String(functionOf(document, node)?.mpsBytes ?? ''),
  write: (document, node, value) => {
    const most = functionOf(document, node)?.mpsSupportedBytes ?? 256;
    return withFunction(document, node, {
      mpsBytes: SIZES.find((bytes) => String(bytes) === value && bytes <= most),
    });
  },
};

const CREDITS: readonly { readonly id: keyof CreditSpec; readonly label: string; readonly help: string }[] = [
  { id: 'postedHeader', label: 'Posted headers', help: 'Writes and messages its receiver holds.' },
  { id: 'postedData', label: 'Posted data', help: 'Their payload, in units of 16 B; at least one largest packet.' },
  { id: 'nonPostedHeader', label: 'Non-posted headers', help: 'Reads and configuration requests its receiver holds.' },
  { id: 'nonPostedData', label: 'Non-posted data', help: 'Payload of those, in units of 16 B.' },
  { id: 'completionHeader', label: 'Completion headers', help: 'Completions its receiver holds.' },
  {
    id: 'completionData',
    label: 'Completion data',
    help: 'Their payload, in units of 16 B; at least one largest packet.',
  },
];

const CREDIT_BYTES = 16;

/** A receiver that cannot hold one whole packet would stop its sender for ever. */
function leastCredits(fn: FunctionSpec | undefined, id: keyof CreditSpec): number {
  if (id !== 'postedData' && id !== 'completionData') return 1;
  return (fn?.mpsBytes ?? fn?.mpsSupportedBytes ?? 256) / CREDIT_BYTES;
}

const CREDIT_ROWS: readonly AnyParameter[] = CREDITS.map(({ id, label, help }) => ({
  kind: 'number',
  id: `credits-${id}`,
  label,
  help,
  unit: 'credits',
  minimum: 1,
  maximum: 65_535,
  whole: true,
  standard: 'by link',
  optional: true,
  read: (document, node) => functionOf(document, node)?.credits?.[id],
  write: (document, node, value) => {
    const fn = functionOf(document, node);
    const enough = value === undefined ? undefined : Math.max(value, leastCredits(fn, id));
    return withFunction(document, node, { credits: changed(fn?.credits, { [id]: enough }) });
  },
}));

const REPLAY: AnyParameter = {
  kind: 'number',
  id: 'replayBuffer',
  label: 'Replay buffer',
  help: 'What is sent and not yet acknowledged, in each direction of the link below; a small one makes the sender wait.',
  unit: 'B',
  minimum: 512,
  maximum: 1_048_576,
  whole: true,
  standard: 'enough',
  optional: true,
  read: (document, node) => functionOf(document, node)?.link?.replayBufferBytes,
  write: (document, node, value) => withLink(document, node, { replayBufferBytes: value }),
};

const ROWS: readonly TableRow[] = [
  ...END_ROWS.map((parameter): TableRow => ({ section: 'link', appliesTo: hasLink, parameter })),
  ...WIRE_ROWS.map((parameter): TableRow => ({ section: 'link', appliesTo: isPort, parameter })),
  { section: 'link', appliesTo: (fn) => fn.slot !== undefined, parameter: HOT_PLUG },
  { section: 'packets', appliesTo: (fn) => hasLink(fn) || fn.mpsBytes !== undefined, parameter: MPS },
  ...CREDIT_ROWS.map((parameter): TableRow => ({ section: 'buffers', appliesTo: hasLink, parameter })),
  { section: 'buffers', appliesTo: isPort, parameter: REPLAY },
];

/** Powers of two from 4 KiB to 256 GiB. */
const BAR_SIZES: readonly number[] = Array.from({ length: 27 }, (_, step) => 4 * KIB * 2 ** step);

/** The least a BAR must have for what the function keeps in it. */
function leastBarBytes(fn: FunctionSpec, bar: BarSpec): number {
  const msix = fn.capabilities?.msix;
  if (msix?.bar !== bar.index) return 0;
  return Math.max(msix.tableOffset + 16 * msix.vectors, msix.pbaOffset + 8);
}

function barFits(fn: FunctionSpec, bar: BarSpec, sizeBytes: number): boolean {
  const isWide = bar.widthBits === 64 || sizeBytes <= 2 ** 31;
  const isOffered = bar.resizableBytes === undefined || bar.resizableBytes.includes(sizeBytes);
  return isPowerOfTwo(sizeBytes) && isWide && isOffered && sizeBytes >= leastBarBytes(fn, bar);
}

function changeBar(
  document: TopologyDocument,
  node: NodeId,
  index: number,
  change: (bar: BarSpec) => BarSpec,
): TopologyDocument {
  return changeFunction(document, node, (fn) => ({
    ...fn,
    bars: fn.bars.map((bar) => (bar.index === index ? change(bar) : bar)),
  }));
}

function barRows(fn: FunctionSpec): readonly AnyParameter[] {
  const barOf = (document: TopologyDocument, node: NodeId, index: number): BarSpec | undefined =>
    functionOf(document, node)?.bars.find((bar) => bar.index === index);
  return fn.bars
    .filter((bar) => bar.space === 'memory')
    .map(({ index, widthBits, prefetchable, sizeBytes }): AnyParameter => {
      const kind = `${widthBits}-bit${prefetchable ? ', prefetchable' : ''}`;
      const sizes = BAR_SIZES.includes(sizeBytes) ? BAR_SIZES : [sizeBytes, ...BAR_SIZES];
      return {
        kind: 'choice',
        id: `bar${index}`,
        label: `BAR ${index}`,
        help: `How much of the address space it asks for (${kind}).`,
        inRow: false,
        options: sizes.map((bytes) => ({ value: String(bytes), label: sizeText(bytes) })),
        offers: (document, node, value) => {
          const owner = functionOf(document, node);
          const bar = barOf(document, node, index);
          return owner !== undefined && bar !== undefined && barFits(owner, bar, Number(value));
        },
        read: (document, node) => String(barOf(document, node, index)?.sizeBytes ?? ''),
        write: (document, node, value) => {
          const owner = functionOf(document, node);
          const bar = barOf(document, node, index);
          if (owner === undefined || bar === undefined || !barFits(owner, bar, Number(value))) return document;
          return changeBar(document, node, index, (before) => ({ ...before, sizeBytes: Number(value) }));
        },
      };
    });
}

/** The buses a host bridge may own without touching its neighbours'. */
function busRoom(document: TopologyDocument, node: NodeId): { readonly from: number; readonly to: number } {
  const bridge = document.hostBridges.find(({ id }) => id === node);
  const starts = document.hostBridges.filter(
    (other) => other.id !== node && other.segment === bridge?.segment && other.rootBus > (bridge?.rootBus ?? 0),
  );
  return { from: bridge?.rootBus ?? 0, to: Math.min(255, ...starts.map((other) => other.rootBus - 1)) };
}

function withBridge(
  document: TopologyDocument,
  node: NodeId,
  change: Change<TopologyDocument['hostBridges'][number]>,
): TopologyDocument {
  return {
    ...document,
    hostBridges: document.hostBridges.map((bridge) => (bridge.id === node ? changedWhole(bridge, change) : bridge)),
  };
}

const RANGE_ROWS: readonly AnyParameter[] = [
  {
    kind: 'number',
    id: 'lastBus',
    label: 'Last bus',
    help: 'End of the range of bus numbers below this root complex; it stops before the next one’s.',
    unit: '',
    minimum: 0,
    maximum: 255,
    whole: true,
    standard: '255',
    optional: false,
    read: (document, node) => document.hostBridges.find(({ id }) => id === node)?.lastBus,
    write: (document, node, value) => {
      const { from, to } = busRoom(document, node);
      return value === undefined
        ? document
        : withBridge(document, node, { lastBus: Math.max(from, Math.min(to, value)) });
    },
  },
  {
    kind: 'number',
    id: 'numaNode',
    label: 'NUMA node',
    help: 'Whose memory is near to the devices below; −1 where firmware does not say.',
    unit: '',
    minimum: -1,
    maximum: 7,
    whole: true,
    standard: '0',
    optional: false,
    read: (document, node) => document.hostBridges.find(({ id }) => id === node)?.numaNode,
    write: (document, node, value) =>
      value === undefined ? document : withBridge(document, node, { numaNode: Math.round(value) + 0 }),
  },
];

function functionRows(document: TopologyDocument, fn: FunctionSpec): readonly EditorRow[] {
  const shared = FUNCTION_ROWS.filter((row) => row.appliesTo(fn, document));
  const own = ROWS.filter((row) => row.appliesTo(fn));
  const device = isBridge(fn.kind) && fn.kind !== 'upstreamPort' ? [] : DEVICE_ROWS.filter((row) => row.appliesTo(fn));
  return [
    ...own.filter(({ section }) => section === 'link'),
    ...shared.filter(({ section }) => section === 'link'),
    ...own.filter(({ section }) => section === 'packets'),
    ...shared.filter(({ section }) => section === 'packets'),
    ...device.map(({ parameter }): EditorRow => ({ section: 'device', parameter })),
    ...barRows(fn).map((parameter): EditorRow => ({ section: 'bars', parameter })),
    ...own.filter(({ section }) => section === 'buffers'),
  ];
}

/**
 * Everything that can be set about a node: a function, a host bridge, or with no node the host. In the order of the form.
 */
export function rowsFor(document: TopologyDocument, node: NodeId | undefined): readonly EditorRow[] {
  const fn = node === undefined ? undefined : functionOf(document, node);
  if (fn !== undefined) return functionRows(document, fn);
  const section = node === undefined ? 'host' : 'root complex';
  const parameters =
    node === undefined
      ? [
          ...IOMMU_PARAMETERS,
          PAYLOAD_POLICY,
          ...START_ROWS,
          ...CORE_ROWS,
          ...CPU_PARAMETERS,
          ...MEMORY_ROWS,
          ...MEMORY_PARAMETERS,
          ...CACHE_ROWS,
        ]
      : document.hostBridges.some(({ id }) => id === node)
        ? [...RANGE_ROWS, ...BRIDGE_PARAMETERS]
        : [];
  return parameters.map((parameter) => ({ section, parameter }));
}
