/*
 * What can be set about a device's model and about a switch as a whole, as rows.
 */
import { PS_PER_NS } from '../base/units.ts';
import type { DeviceModel, FunctionSpec, NodeId, SwitchParameters } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { changeFunction } from './edits.ts';
import { type AnyParameter, changed, changedWhole, type Change, type NumberParameter } from './parameters.ts';

interface DeviceRow {
  readonly appliesTo: (fn: FunctionSpec) => boolean;
  readonly parameter: AnyParameter;
}

type ModelType = DeviceModel['type'];
type ModelOf<T extends ModelType> = Extract<DeviceModel, { readonly type: T }>;

function modelOf<T extends ModelType>(document: TopologyDocument, node: NodeId, type: T): ModelOf<T> | undefined {
  const model = document.functions.find((fn) => fn.id === node)?.model;
  // Sound: the discriminator was compared.
  return model?.type === type ? (model as ModelOf<T>) : undefined;
}

/** Keys of a model that hold a number. */
type NumberKey<T extends ModelType> = {
  [K in keyof ModelOf<T>]-?: NonNullable<ModelOf<T>[K]> extends number ? K : never;
}[keyof ModelOf<T>] &
  string;

type Words = Pick<NumberParameter, 'label' | 'help' | 'unit' | 'minimum' | 'maximum' | 'whole' | 'standard'>;

/** A row about one number of one model. `scale`: document value of one unit. */
function modelRow<T extends ModelType>(
  type: T,
  field: NumberKey<T>,
  scale: number,
  words: Words & { readonly optional: boolean },
): DeviceRow {
  return {
    appliesTo: (fn) => fn.model?.type === type,
    parameter: {
      kind: 'number',
      id: `${type}-${field}`,
      ...words,
      read: (document, node) => {
        const value = modelOf(document, node, type)?.[field];
        return typeof value === 'number' ? value / scale : undefined;
      },
      write: (document, node, value) => {
        const model = modelOf(document, node, type);
        if (model === undefined || (value === undefined && !words.optional)) return document;
        const scaled = value === undefined ? undefined : Math.round(value * scale);
        // Sound: the field is one of this model's numbers, and only optional ones become undefined.
        const change = { [field]: scaled } as Change<ModelOf<T>>;
        return changeFunction(document, node, (fn) => ({ ...fn, model: changedWhole(model, change) }));
      },
    },
  };
}

function tagsRow(type: 'nic' | 'dma' | 'nvme' | 'gpu'): DeviceRow {
  return modelRow(type, 'tags', 1, {
    label: 'Reads at once',
    help: 'Tags of its engine: reads under way at the same time.',
    unit: '',
    minimum: 1,
    maximum: type === 'dma' ? 256 : 1024,
    whole: true,
    standard: type === 'dma' ? '64' : '768',
    optional: true,
  });
}

function readLatencyRow(type: 'iopmem' | 'gpu' | 'generic', standard: string): DeviceRow {
  return modelRow(type, 'readLatency_ps', PS_PER_NS, {
    label: 'Read latency',
    help: 'From a read that arrives to its first completion.',
    unit: 'ns',
    minimum: 0,
    maximum: 100_000,
    whole: false,
    standard,
    optional: true,
  });
}

function rateWords(label: string, help: string): Words & { readonly optional: boolean } {
  return { label, help, unit: 'GB/s', minimum: 0.001, maximum: 1000, whole: false, standard: '', optional: false };
}

const MODEL_ROWS: readonly DeviceRow[] = [
  readLatencyRow('iopmem', '250'),
  readLatencyRow('gpu', '800'),
  readLatencyRow('generic', '250'),
  modelRow('nic', 'wireBitsPerSecond', 1e9, {
    label: 'Wire rate',
    help: 'Of its network side, each way.',
    unit: 'Gb/s',
    minimum: 0.001,
    maximum: 10_000,
    whole: false,
    standard: '',
    optional: false,
  }),
  modelRow('nvme', 'readBytesPerSecond', 1e9, rateWords('Media reads', 'What its media gives.')),
  modelRow('nvme', 'writeBytesPerSecond', 1e9, rateWords('Media writes', 'What its media takes.')),
  modelRow('nvme', 'capacityBytes', 1e9, {
    label: 'Capacity',
    help: 'Of its media.',
    unit: 'GB',
    minimum: 1,
    maximum: 1_000_000,
    whole: false,
    standard: '',
    optional: false,
  }),
  modelRow('dma', 'rateBytesPerSecond', 1e9, {
    ...rateWords('Engine rate', 'What the engine itself can move; its link may be slower.'),
    standard: 'as link',
    optional: true,
  }),
  tagsRow('nic'),
  tagsRow('dma'),
  tagsRow('nvme'),
  tagsRow('gpu'),
];

const switchOf = (document: TopologyDocument, node: NodeId): SwitchParameters =>
  document.functions.find((fn) => fn.id === node)?.switch ?? {};

function withSwitch(document: TopologyDocument, node: NodeId, change: Change<SwitchParameters>): TopologyDocument {
  const parameters = changed(switchOf(document, node), change);
  return changeFunction(document, node, (fn) => changedWhole(fn, { switch: parameters }));
}

const isSwitch = (fn: FunctionSpec): boolean => fn.kind === 'upstreamPort';

const SWITCH_ROWS: readonly DeviceRow[] = [
  {
    appliesTo: isSwitch,
    parameter: {
      kind: 'number',
      id: 'switchLatency',
      label: 'Latency',
      help: 'Pin to pin, first bit in to first bit out.',
      unit: 'ns',
      minimum: 0,
      maximum: 100_000,
      whole: false,
      standard: 'by speed',
      optional: true,
      read: (document, node) => {
        const value = switchOf(document, node).latency_ps;
        return value === undefined ? undefined : value / PS_PER_NS;
      },
      write: (document, node, value) =>
        withSwitch(document, node, { latency_ps: value === undefined ? undefined : Math.round(value * PS_PER_NS) }),
    },
  },
  {
    appliesTo: isSwitch,
    parameter: {
      kind: 'choice',
      id: 'forwarding',
      label: 'Forwarding',
      help: 'Cut-through passes a packet on while it still arrives; store and forward waits for its end.',
      inRow: true,
      options: [
        { value: 'cutThrough', label: 'Cut-through' },
        { value: 'storeAndForward', label: 'Store and forward' },
      ],
      read: (document, node) => switchOf(document, node).forwarding ?? 'cutThrough',
      write: (document, node, value) =>
        withSwitch(document, node, { forwarding: value === 'storeAndForward' ? 'storeAndForward' : 'cutThrough' }),
    },
  },
];

/** Rows of the section `device`: the model of an endpoint, the silicon of a switch. */
export const DEVICE_ROWS: readonly DeviceRow[] = [...SWITCH_ROWS, ...MODEL_ROWS];
