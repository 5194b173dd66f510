/*
 * What a sweep can vary, as a table: which values there are, what is offered first, and how one value is written into
 * a document. Every write is a pure function; the document that is open is never touched.
 */
import { bytesText, integerText, sizeText, UNIT_SPACE } from '../base/format.ts';
import { KIB, MIB } from '../base/units.ts';
import { LINK_GENS, LINK_WIDTHS, type LinkGen, type LinkWidth } from '../core/pcie/link.ts';
import type { DeviceModel, FunctionSpec, LinkEndSpec } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument, TransferSpec, TransferWay } from '../topology/document.ts';
import { drivesLink, indexDocument, isBridge, linkPartner } from '../topology/documentIndex.ts';
import { changeFunction } from './edits.ts';
import { MEMORY_PARAMETERS } from './hostParameters.ts';
import { changedWhole } from './parameters.ts';
import { depthFlowOf, withDepth } from './sweepDepth.ts';
import { canHaveHops, withHops } from './sweepHops.ts';

export type SweepId =
  | 'size'
  | 'mps'
  | 'mrrs'
  | 'width'
  | 'gen'
  | 'tags'
  | 'depth'
  | 'hops'
  | 'chunk'
  | 'buffers'
  | 'background'
  | 'bitErrors';

/** Every place a parameter has, at once. */
export const ALL_TARGETS = 'all';

/** A place that a parameter can be varied at. */
export interface SweepTarget {
  readonly id: string;
  readonly label: string;
}

/** Values out of a short list. */
export interface ChoiceValues {
  readonly kind: 'choice';
  readonly options: readonly number[];
  readonly standard: readonly number[];
}

/** Any number in a range. */
export interface NumberValues {
  readonly kind: 'number';
  /** How a value is written: sizes take units, rates of errors an exponent. */
  readonly unit: 'bytes' | 'GB/s' | '';
  readonly minimum: number;
  readonly maximum: number;
  readonly whole: boolean;
  /** Values are rounded to multiples of this in a range, and must be in a list. */
  readonly multipleOf: number;
  /** What the range offers first. */
  readonly range: {
    readonly from: string;
    readonly to: string;
    readonly count: string;
    readonly spacing: 'log' | 'linear';
  };
}

export interface SweepParameter {
  readonly id: SweepId;
  readonly label: string;
  /** Before a value, in the name of a point: `MPS 256 B`. */
  readonly short: string;
  /** What is changed, in one sentence. */
  readonly help: string;
  readonly values: ChoiceValues | NumberValues;
  /** The axis on which its values lie evenly. */
  readonly axis: 'log' | 'linear';
  readonly text: (value: number) => string;
  /** Places to choose from, the most useful first; absent where the whole machine is meant. */
  readonly targets?: (document: TopologyDocument) => readonly SweepTarget[];
  readonly write: (document: TopologyDocument, target: string, value: number) => TopologyDocument;
  /** Set where points run a flow of their own instead of the transfer: that machine, or undefined if this way has none. */
  readonly flowsFor?: (document: TopologyDocument, way: TransferWay) => TopologyDocument | undefined;
}

const SIZES = [128, 256, 512, 1024, 2048, 4096] as const;
const bytesOf = (value: number): string => `${integerText(value)}${UNIT_SPACE}B`;

function withTransfer(document: TopologyDocument, change: Partial<TransferSpec>): TopologyDocument {
  return { ...document, transfer: { ...document.transfer, ...change } };
}

function withBounce(document: TopologyDocument, change: Partial<TransferSpec['bounce']>): TopologyDocument {
  return withTransfer(document, { bounce: { ...document.transfer.bounce, ...change } });
}

function eachFunction(document: TopologyDocument, change: (fn: FunctionSpec) => FunctionSpec): TopologyDocument {
  return { ...document, functions: document.functions.map(change) };
}

/** All functions are able to take this payload and are set to it; kernel policy may still lower it. */
function withPayload(document: TopologyDocument, bytes: number): TopologyDocument {
  return eachFunction(document, (fn) => {
    if (fn.mpsSupportedBytes === undefined && fn.mpsBytes === undefined) return fn;
    return { ...fn, mpsSupportedBytes: Math.max(fn.mpsSupportedBytes ?? bytes, bytes), mpsBytes: bytes };
  });
}

const isDevice = (fn: FunctionSpec): boolean => !isBridge(fn.kind) && fn.mrrsBytes !== undefined;

function withReadRequest(document: TopologyDocument, target: string, bytes: number): TopologyDocument {
  return eachFunction(document, (fn) =>
    isDevice(fn) && (target === ALL_TARGETS || fn.id === target) ? { ...fn, mrrsBytes: bytes } : fn,
  );
}

/** Ports with something at the other end, in the order of the document. */
function linkTargets(document: TopologyDocument): readonly SweepTarget[] {
  const index = indexDocument(document);
  return [
    { id: ALL_TARGETS, label: 'All links' },
    ...document.functions.flatMap((fn): readonly SweepTarget[] => {
      const partner = drivesLink(fn.kind) && fn.link !== undefined ? linkPartner(index, fn) : undefined;
      return partner?.link === undefined ? [] : [{ id: fn.id, label: `${fn.name} to ${partner.name}` }];
    }),
  ];
}

/** Changes both ends of the links that are meant. */
function withLinks(
  document: TopologyDocument,
  target: string,
  change: (end: LinkEndSpec, isUpper: boolean) => LinkEndSpec,
): TopologyDocument {
  const index = indexDocument(document);
  const wanted = document.functions.filter(
    (fn) => drivesLink(fn.kind) && (target === ALL_TARGETS || fn.id === target) && linkPartner(index, fn) !== undefined,
  );
  return wanted.reduce((changed, port) => {
    const lower = linkPartner(index, port);
    const ends = [port, ...(lower === undefined ? [] : [lower])];
    return ends.reduce(
      (next, { id }) =>
        changeFunction(next, id, (fn) =>
          fn.link === undefined ? fn : { ...fn, link: change(fn.link, id === port.id) },
        ),
      changed,
    );
  }, document);
}

/** The link trains to this generation: ends that cannot go so far are replaced by ones that can. */
function withGen(end: LinkEndSpec, isUpper: boolean, gen: LinkGen): LinkEndSpec {
  const maxGen = gen > end.maxGen ? gen : end.maxGen;
  return changedWhole(end, { maxGen, limitGen: isUpper && gen < maxGen ? gen : undefined });
}

function withWidth(end: LinkEndSpec, isUpper: boolean, width: LinkWidth): LinkEndSpec {
  const maxWidth = width > end.maxWidth ? width : end.maxWidth;
  return changedWhole(end, { maxWidth, limitWidth: isUpper && width < maxWidth ? width : undefined });
}

/** Device models that read with tags of their own. */
type EngineModel = Extract<DeviceModel, { readonly tags?: number }>;

function engineModel(fn: FunctionSpec): EngineModel | undefined {
  const { model } = fn;
  return model === undefined || model.type === 'iopmem' || model.type === 'generic' ? undefined : model;
}

/** Engines, those first that only move what others hold: they read in every bounce. */
function engineTargets(document: TopologyDocument): readonly SweepTarget[] {
  return document.functions
    .filter((fn) => engineModel(fn) !== undefined)
    .toSorted((a, b) => Number(b.model?.type === 'dma') - Number(a.model?.type === 'dma'))
    .map(({ id, name }) => ({ id, label: name }));
}

/** Engines, the ends of the transfer first. */
function depthTargets(document: TopologyDocument): readonly SweepTarget[] {
  const { from, to } = document.transfer;
  const rank = (id: string): number => (id === from ? 0 : id === to ? 1 : 2);
  return engineTargets(document).toSorted((a, b) => rank(a.id) - rank(b.id));
}

function withTags(document: TopologyDocument, target: string, tags: number): TopologyDocument {
  return changeFunction(document, target, (fn) => {
    const model = engineModel(fn);
    return model === undefined ? fn : { ...fn, model: { ...model, tags } };
  });
}

function withBackground(document: TopologyDocument, gigabytes: number): TopologyDocument {
  const row = MEMORY_PARAMETERS.find(({ id }) => id === 'background');
  return row?.kind === 'number' ? row.write(document, '', gigabytes === 0 ? undefined : gigabytes) : document;
}

/** `1e-9`; zero is zero. */
function exponentText(value: number): string {
  return value === 0 ? '0' : value.toExponential().replace('e-', 'e−').replace('e+', 'e');
}

function sizeOrBytes(value: number): string {
  const text = sizeText(value);
  // Sizes without a round unit are shown with decimals rather than as nine digits.
  return value >= MIB && text.endsWith(`${UNIT_SPACE}B`) ? bytesText(value) : text;
}

const numbers = (values: Omit<NumberValues, 'kind'>): NumberValues => ({ kind: 'number', ...values });

export const SWEEP_PARAMETERS: readonly SweepParameter[] = [
  {
    id: 'mps',
    label: 'Max payload (MPS)',
    short: 'MPS',
    help: 'All functions can take this payload and firmware sets it; the kernel’s policy still has its say.',
    values: { kind: 'choice', options: SIZES, standard: [128, 256, 512] },
    axis: 'log',
    text: bytesOf,
    write: (document, _target, value) => withPayload(document, value),
  },
  {
    id: 'mrrs',
    label: 'Max read request (MRRS)',
    short: 'MRRS',
    help: 'The longest read a device asks for in one TLP. Writes do not depend on it.',
    values: { kind: 'choice', options: SIZES, standard: SIZES },
    axis: 'log',
    text: bytesOf,
    targets: (document) => [
      { id: ALL_TARGETS, label: 'All devices' },
      ...document.functions.filter(isDevice).map(({ id, name }) => ({ id, label: name })),
    ],
    write: withReadRequest,
  },
  {
    id: 'size',
    label: 'Transfer size',
    short: 'size',
    help: 'How many bytes the transfer moves.',
    values: numbers({
      unit: 'bytes',
      minimum: 1,
      maximum: 256 * MIB,
      whole: true,
      multipleOf: 1,
      range: { from: '4 KiB', to: '16 MiB', count: '7', spacing: 'log' },
    }),
    axis: 'log',
    text: sizeOrBytes,
    write: (document, _target, value) => withTransfer(document, { bytes: value }),
  },
  {
    id: 'width',
    label: 'Link width',
    short: 'width',
    help: 'Lanes that train. An end with fewer is given as many as the point asks for.',
    values: { kind: 'choice', options: LINK_WIDTHS, standard: LINK_WIDTHS },
    axis: 'log',
    text: (value) => `x${value}`,
    targets: linkTargets,
    write: (document, target, value) => {
      const width = LINK_WIDTHS.find((candidate) => candidate === value);
      return width === undefined ? document : withLinks(document, target, (end, upper) => withWidth(end, upper, width));
    },
  },
  {
    id: 'gen',
    label: 'Link generation',
    short: 'generation',
    help: 'The speed links train to. An end that is older is replaced by one of that generation.',
    values: { kind: 'choice', options: LINK_GENS, standard: [1, 2, 3, 4, 5] },
    axis: 'linear',
    text: (value) => `Gen${value}`,
    targets: linkTargets,
    write: (document, target, value) => {
      const gen = LINK_GENS.find((candidate) => candidate === value);
      return gen === undefined ? document : withLinks(document, target, (end, upper) => withGen(end, upper, gen));
    },
  },
  {
    id: 'tags',
    label: 'Tags of an engine',
    short: 'tags',
    help: 'Reads the engine keeps under way at once. Writes are posted and need none.',
    values: numbers({
      unit: '',
      minimum: 1,
      maximum: 1024,
      whole: true,
      multipleOf: 1,
      range: { from: '1', to: '256', count: '9', spacing: 'log' },
    }),
    axis: 'log',
    text: integerText,
    targets: engineTargets,
    write: withTags,
  },
  {
    id: 'depth',
    label: 'Queue depth',
    short: 'depth',
    help: 'Reads a device keeps under way, one request each: P2P from the other end of the transfer, Bounce from host memory.',
    values: numbers({
      unit: '',
      minimum: 1,
      maximum: 1024,
      whole: true,
      multipleOf: 1,
      range: { from: '1', to: '128', count: '8', spacing: 'log' },
    }),
    axis: 'log',
    text: integerText,
    targets: depthTargets,
    write: withDepth,
    flowsFor: depthFlowOf,
  },
  {
    id: 'hops',
    label: 'Switches between the ends',
    short: 'switches',
    help: 'A chain of switches is put between the two ends of the transfer; one means both are on the same switch.',
    values: { kind: 'choice', options: [1, 2, 3, 4, 5, 6], standard: [1, 2, 3, 4] },
    axis: 'linear',
    text: String,
    targets: (document) => (canHaveHops(document) ? [{ id: ALL_TARGETS, label: 'From end to end' }] : []),
    write: (document, _target, value) => withHops(document, value),
  },
  {
    id: 'chunk',
    label: 'Bounce chunk',
    short: 'chunk',
    help: 'Bytes staged in host memory at a time. P2P has no staging.',
    values: numbers({
      unit: 'bytes',
      minimum: 4 * KIB,
      maximum: 16 * MIB,
      whole: true,
      multipleOf: 4,
      range: { from: '4 KiB', to: '4 MiB', count: '6', spacing: 'log' },
    }),
    axis: 'log',
    text: sizeOrBytes,
    write: (document, _target, value) => withBounce(document, { chunkBytes: value }),
  },
  {
    id: 'buffers',
    label: 'Bounce buffers',
    short: 'buffers',
    help: 'With two, one is filled while the other is emptied. P2P has none.',
    values: { kind: 'choice', options: [1, 2], standard: [1, 2] },
    axis: 'linear',
    text: String,
    write: (document, _target, value) => withBounce(document, { buffers: value === 2 ? 2 : 1 }),
  },
  {
    id: 'background',
    label: 'Memory load',
    short: 'memory load',
    help: 'What the CPU reads and writes in host memory beside the transfer.',
    values: numbers({
      unit: 'GB/s',
      minimum: 0,
      maximum: 10_000,
      whole: false,
      multipleOf: 0,
      range: { from: '0', to: '50', count: '6', spacing: 'linear' },
    }),
    axis: 'linear',
    text: (value) => `${Number(value.toPrecision(4))}${UNIT_SPACE}GB/s`,
    write: (document, _target, value) => withBackground(document, value),
  },
  {
    id: 'bitErrors',
    label: 'Bit-error rate',
    short: 'bit-error rate',
    help: 'Chance that one received bit is wrong. A hit TLP fails its LCRC and is sent again.',
    values: numbers({
      unit: '',
      minimum: 0,
      maximum: 1e-3,
      whole: false,
      multipleOf: 0,
      range: { from: '1e-9', to: '1e-5', count: '5', spacing: 'log' },
    }),
    axis: 'log',
    text: exponentText,
    targets: linkTargets,
    write: (document, target, value) =>
      withLinks(document, target, (end, isUpper) =>
        changedWhole(end, { bitErrorRate: isUpper && value > 0 ? value : undefined }),
      ),
  },
];

/** The row of a parameter. @throws never: every id has a row. */
export function sweepParameter(id: SweepId): SweepParameter {
  const row = SWEEP_PARAMETERS.find((candidate) => candidate.id === id);
  if (row === undefined) throw new Error(`no sweep parameter ${id}`);
  return row;
}
