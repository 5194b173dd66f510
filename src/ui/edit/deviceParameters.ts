/*
 * What can be set about one device or switch beside its link and its packets: its model, its memory, its buffers.
 * Ranges are the schema's; defaults: performance reference, section 6.
 */
import { sizeText } from '../../base/format.ts';
import { PS_PER_NS } from '../../base/units.ts';
import type { BarSpec, CreditSpec, DeviceModel, FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { changeFunction } from '../../store/edits.ts';
import { changed, changedWhole, type AnyParameter, type NumberParameter } from '../../store/parameters.ts';
import type { TopologyDocument } from '../../topology/document.ts';

function functionOf(document: TopologyDocument, node: NodeId): FunctionSpec | undefined {
  return document.functions.find((fn) => fn.id === node);
}

type ModelField =
  | 'readLatency_ps'
  | 'tags'
  | 'wireBitsPerSecond'
  | 'rateBytesPerSecond'
  | 'readBytesPerSecond'
  | 'writeBytesPerSecond'
  | 'capacityBytes';

function withModel(
  document: TopologyDocument,
  node: NodeId,
  field: ModelField,
  value: number | undefined,
): TopologyDocument {
  return changeFunction(document, node, (fn) => {
    if (fn.model === undefined) return fn;
    const entries = Object.entries({ ...fn.model, [field]: value }).filter(([, held]) => held !== undefined);
    // The table below offers a field only for the models that have it.
    return { ...fn, model: Object.fromEntries(entries) as unknown as DeviceModel };
  });
}

interface ModelRow extends Pick<
  NumberParameter,
  'label' | 'help' | 'unit' | 'minimum' | 'maximum' | 'whole' | 'standard' | 'optional'
> {
  readonly field: ModelField;
  /** Of the document for one of the unit. */
  readonly scale: number;
  readonly types: readonly DeviceModel['type'][];
}

const GIGABITS = 1e9;
const GIGABYTES = 1e9;

const MODEL_ROWS: readonly ModelRow[] = [
  {
    field: 'readLatency_ps',
    types: ['iopmem', 'gpu', 'generic'],
    label: 'Read latency',
    help: 'From a read request to the first byte of its completion, inside the device.',
    unit: 'ns',
    scale: PS_PER_NS,
    minimum: 0,
    maximum: 1e6,
    whole: false,
    standard: '250',
    optional: true,
  },
  {
    field: 'wireBitsPerSecond',
    types: ['nic'],
    label: 'Wire',
    help: 'Of all its ports together, each way.',
    unit: 'Gb/s',
    scale: GIGABITS,
    minimum: 0.001,
    maximum: 10_000,
    whole: false,
    standard: '',
    optional: false,
  },
  {
    field: 'capacityBytes',
    types: ['nvme'],
    label: 'Capacity',
    help: 'Of the media.',
    unit: 'GB',
    scale: GIGABYTES,
    minimum: 1,
    maximum: 1e6,
    whole: false,
    standard: '',
    optional: false,
  },
  {
    field: 'readBytesPerSecond',
    types: ['nvme'],
    label: 'Media reads',
    help: 'What the media give at most.',
    unit: 'GB/s',
    scale: GIGABYTES,
    minimum: 0.001,
    maximum: 1000,
    whole: false,
    standard: '',
    optional: false,
  },
  {
    field: 'writeBytesPerSecond',
    types: ['nvme'],
    label: 'Media writes',
    help: 'What the media take at most.',
    unit: 'GB/s',
    scale: GIGABYTES,
    minimum: 0.001,
    maximum: 1000,
    whole: false,
    standard: '',
    optional: false,
  },
  {
    field: 'rateBytesPerSecond',
    types: ['dma'],
    label: 'Engine rate',
    help: 'Bytes the engine moves a second at most.',
    unit: 'GB/s',
    scale: GIGABYTES,
    minimum: 0.001,
    maximum: 1000,
    whole: false,
    standard: 'its link',
    optional: true,
  },
  {
    field: 'tags',
    types: ['nic', 'dma', 'nvme', 'gpu'],
    label: 'Tags',
    help: 'Reads under way at once; with few, latency limits the rate.',
    unit: '',
    scale: 1,
    minimum: 1,
    maximum: 1024,
    whole: true,
    standard: 'by model',
    optional: true,
  },
];

function modelParameter(row: ModelRow, model: DeviceModel): NumberParameter {
  const { field, scale, types: _types, ...rest } = row;
  const standard = field === 'readLatency_ps' && model.type === 'gpu' ? '800' : rest.standard;
  return {
    kind: 'number',
    id: field,
    ...rest,
    standard,
    read: (document, node) => {
      const held: unknown = Reflect.get(functionOf(document, node)?.model ?? {}, field);
      return typeof held === 'number' ? held / scale : undefined;
    },
    write: (document, node, value) => {
      const scaled = value === undefined ? undefined : value * scale;
      const isWhole = scaled !== undefined && (field === 'readLatency_ps' || field === 'capacityBytes');
      return withModel(document, node, field, isWhole ? Math.round(scaled) : scaled);
    },
  };
}

/** Settings of a device's model; none for ports. */
export function modelParameters(fn: FunctionSpec): readonly AnyParameter[] {
  const { model } = fn;
  if (model === undefined) return [];
  return MODEL_ROWS.filter((row) => row.types.includes(model.type)).map((row) => modelParameter(row, model));
}

/** Largest sizes offered: 1 TiB, and half of what 32 bits address. */
const MOST_EXPONENT = { 64: 40, 32: 31 } as const;
const LEAST_EXPONENT = { memory: 12, io: 4 } as const;

function barParameter(bar: BarSpec): AnyParameter {
  const least = LEAST_EXPONENT[bar.space];
  const most = bar.space === 'io' ? 8 : MOST_EXPONENT[bar.widthBits];
  const sizes = Array.from({ length: most - least + 1 }, (_, step) => 2 ** (least + step));
  const all = [...new Set([bar.sizeBytes, ...sizes])].toSorted((a, b) => a - b);
  const kind = bar.space === 'io' ? 'I/O' : `${bar.widthBits}-bit${bar.prefetchable ? ', prefetchable' : ''}`;
  return {
    kind: 'choice',
    id: `bar${bar.index}`,
    label: `BAR ${bar.index}`,
    help: `Memory the device decodes: ${kind}.`.replace('Memory the device decodes: I/O', 'Ports the device decodes'),
    inRow: false,
    options: all.map((bytes) => ({ value: String(bytes), label: sizeText(bytes) })),
    read: (document, node) =>
      String(functionOf(document, node)?.bars.find((held) => held.index === bar.index)?.sizeBytes ?? bar.sizeBytes),
    write: (document, node, value) =>
      changeFunction(document, node, (fn) => ({
        ...fn,
        bars: fn.bars.map((held) => (held.index === bar.index ? { ...held, sizeBytes: Number(value) } : held)),
      })),
  };
}

/** One size for each BAR. */
export function barParameters(fn: FunctionSpec): readonly AnyParameter[] {
  return fn.bars.map(barParameter);
}

const CREDIT_ROWS: readonly { readonly id: keyof CreditSpec; readonly label: string; readonly unit: string }[] = [
  { id: 'postedHeader', label: 'Posted headers', unit: '' },
  { id: 'postedData', label: 'Posted data', unit: '× 16 B' },
  { id: 'nonPostedHeader', label: 'Non-posted headers', unit: '' },
  { id: 'nonPostedData', label: 'Non-posted data', unit: '× 16 B' },
  { id: 'completionHeader', label: 'Completion headers', unit: '' },
  { id: 'completionData', label: 'Completion data', unit: '× 16 B' },
];

/** Receive buffers as the credits a port hands out. */
export const CREDIT_PARAMETERS: readonly AnyParameter[] = CREDIT_ROWS.map(({ id, label, unit }): NumberParameter => ({
  kind: 'number',
  id,
  label,
  help: 'Credits this port gives its link partner.',
  unit,
  minimum: 1,
  maximum: 65_535,
  whole: true,
  standard: 'by link',
  optional: true,
  read: (document, node) => functionOf(document, node)?.credits?.[id],
  write: (document, node, value) =>
    changeFunction(document, node, (fn) => changedWhole(fn, { credits: changed(fn.credits, { [id]: value }) })),
}));

/** What all ports of a switch share. */
export const SWITCH_PARAMETERS: readonly AnyParameter[] = [
  {
    kind: 'number',
    id: 'latency',
    label: 'Latency',
    help: 'From the first bit in to the first bit out.',
    unit: 'ns',
    minimum: 0,
    maximum: 1e6,
    whole: false,
    standard: 'by generation',
    optional: true,
    read: (document, node) => {
      const held = functionOf(document, node)?.switch?.latency_ps;
      return held === undefined ? undefined : held / PS_PER_NS;
    },
    write: (document, node, value) =>
      changeFunction(document, node, (fn) =>
        changedWhole(fn, {
          switch: changed(fn.switch, { latency_ps: value === undefined ? undefined : Math.round(value * PS_PER_NS) }),
        }),
      ),
  },
  {
    kind: 'choice',
    id: 'forwarding',
    label: 'Forwarding',
    help: 'Whether a TLP leaves before all of it has come.',
    inRow: true,
    options: [
      { value: 'cutThrough', label: 'Cut-through' },
      { value: 'storeAndForward', label: 'Store and forward' },
    ],
    read: (document, node) => functionOf(document, node)?.switch?.forwarding ?? 'cutThrough',
    write: (document, node, value) =>
      changeFunction(document, node, (fn) =>
        changedWhole(fn, {
          switch: changed(fn.switch, { forwarding: value === 'storeAndForward' ? 'storeAndForward' : undefined }),
        }),
      ),
  },
];

const NEXT_SLOT = 1;

/** A slot one may pull a card out of. */
export const SLOT_PARAMETER: AnyParameter = {
  kind: 'switch',
  id: 'hotPlug',
  label: 'Hot-plug slot',
  help: 'A card in it can be removed and added while the machine runs.',
  read: (document, node) => functionOf(document, node)?.slot?.hotPlug === true,
  write: (document, node, value) => {
    const numbers = document.functions.map((fn) => fn.slot?.number ?? 0);
    const free = Math.max(0, ...numbers) + NEXT_SLOT;
    return changeFunction(document, node, (fn) => ({
      ...fn,
      slot: { number: fn.slot?.number ?? free, hotPlug: value },
    }));
  },
};
