/*
 * What can be set about the host as a whole: IOMMU, processor, memory, kernel policy.
 * Ranges are the schema's; defaults: performance reference, section 6.
 */
import { PS_PER_NS } from '../base/units.ts';
import type { HostSpec } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { addKernelWord, kernelRows, removeKernelWords } from './kernelWords.ts';
import { changed, changedWhole, type AnyParameter, type Change, type NumberParameter } from './parameters.ts';

const BYTES_PER_GB = 1e9;

type Memory = HostSpec['memory'];
type IommuParameters = NonNullable<HostSpec['iommuParameters']>;

function withHost(document: TopologyDocument, change: Change<HostSpec>): TopologyDocument {
  return { ...document, host: changedWhole(document.host, change) };
}

function withMemory(document: TopologyDocument, change: Change<Memory>): TopologyDocument {
  return withHost(document, { memory: changedWhole(document.host.memory, change) });
}

function withIommuParameters(document: TopologyDocument, change: Change<IommuParameters>): TopologyDocument {
  return withHost(document, { iommuParameters: changed(document.host.iommuParameters, change) });
}

const unlessTranslating = (document: TopologyDocument): string | undefined =>
  document.host.iommu === 'translate' ? undefined : 'Only an IOMMU that translates looks anything up.';

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

type IommuField = 'iotlbEntries' | 'walks';

function iommuCount(id: IommuField, row: Pick<NumberParameter, 'label' | 'help' | 'maximum' | 'standard' | 'unit'>) {
  return {
    kind: 'number' as const,
    id,
    ...row,
    minimum: 1,
    whole: true,
    optional: true,
    idle: unlessTranslating,
    read: (document: TopologyDocument) => document.host.iommuParameters?.[id],
    write: (document: TopologyDocument, _node: string, value: number | undefined) =>
      withIommuParameters(document, { [id]: value }),
  };
}

const PAGE_SIZES = [
  { value: 4096, label: '4 KiB' },
  { value: 2_097_152, label: '2 MiB' },
  { value: 1_073_741_824, label: '1 GiB' },
] as const;

export const IOMMU_PARAMETERS: readonly AnyParameter[] = [
  {
    kind: 'choice',
    id: 'iommu',
    label: 'IOMMU',
    help: 'Off leaves ACS as firmware had it. Pass-through and translate make Linux set redirect on every port (A-1).',
    inRow: true,
    options: [
      { value: 'off', label: 'Off' },
      { value: 'passThrough', label: 'Pass-through', title: 'iommu=pt' },
      { value: 'translate', label: 'Translate' },
    ],
    read: (document) => document.host.iommu,
    write: (document, _node, value) =>
      withHost(document, { iommu: value === 'translate' || value === 'passThrough' ? value : 'off' }),
  },
  iommuCount('iotlbEntries', {
    label: 'IOTLB entries',
    help: 'Translations kept in the IOMMU; a window larger than entries × page misses.',
    unit: '',
    maximum: 65_536,
    standard: '64',
  }),
  {
    kind: 'number',
    id: 'missLatency',
    label: 'Miss latency',
    help: 'Time of one page walk.',
    unit: 'ns',
    minimum: 0,
    maximum: 100_000,
    whole: false,
    standard: '280',
    optional: true,
    idle: unlessTranslating,
    read: (document) => scaled(document.host.iommuParameters?.missLatency_ps, 1 / PS_PER_NS),
    write: (document, _node, value) =>
      withIommuParameters(document, {
        missLatency_ps: value === undefined ? undefined : Math.round(value * PS_PER_NS),
      }),
  },
  iommuCount('walks', {
    label: 'Walks at once',
    help: 'Page walks under way at the same time; more misses wait.',
    unit: '',
    maximum: 64,
    standard: '5',
  }),
  {
    kind: 'choice',
    id: 'pageBytes',
    label: 'Page size',
    help: 'Of the mappings that drivers make; one IOTLB entry covers one page.',
    inRow: true,
    idle: unlessTranslating,
    options: PAGE_SIZES.map(({ value, label }) => ({ value: String(value), label })),
    read: (document) => String(document.host.iommuParameters?.pageBytes ?? 4096),
    write: (document, _node, value) =>
      withIommuParameters(document, { pageBytes: PAGE_SIZES.find((row) => String(row.value) === value)?.value }),
  },
];

const VENDORS = ['intel', 'amd', 'hygon', 'other'] as const;

export const CPU_PARAMETERS: readonly AnyParameter[] = [
  {
    kind: 'choice',
    id: 'vendor',
    label: 'CPU vendor',
    help: 'Linux trusts every AMD host from family 17h (Zen) on and asks a list about all others (D-15).',
    inRow: true,
    options: [
      { value: 'intel', label: 'Intel' },
      { value: 'amd', label: 'AMD' },
      { value: 'hygon', label: 'Hygon' },
      { value: 'other', label: 'Other' },
    ],
    read: (document) => document.host.cpu.vendor,
    write: (document, _node, value) =>
      withHost(document, {
        cpu: { ...document.host.cpu, vendor: VENDORS.find((vendor) => vendor === value) ?? 'other' },
      }),
  },
  {
    kind: 'number',
    id: 'family',
    label: 'CPU family',
    help: 'As in /proc/cpuinfo, decimal: 6 for Intel, 23 (17h) for Zen, 25 (19h) for Zen 3.',
    unit: '',
    minimum: 0,
    maximum: 4095,
    whole: true,
    standard: '',
    optional: false,
    read: (document) => document.host.cpu.family,
    write: (document, _node, value) =>
      withHost(document, { cpu: { ...document.host.cpu, family: value ?? document.host.cpu.family } }),
  },
];

const IO_CACHE = ['miss', 'hit', 'model'] as const;

const manySockets = (document: TopologyDocument): string | undefined =>
  (document.host.memory.sockets ?? 1) > 1 ? undefined : 'There is one socket.';

export const MEMORY_PARAMETERS: readonly AnyParameter[] = [
  {
    kind: 'number',
    id: 'background',
    label: 'Background load',
    help: 'What the CPU reads and writes all the time, half each. It slows a bounce; P2P does not touch DRAM.',
    unit: 'GB/s',
    minimum: 0,
    maximum: 10_000,
    whole: false,
    standard: '0',
    optional: true,
    slider: { maximum: 60, step: 1 },
    read: (document) => scaled(document.host.memory.backgroundBytesPerSecond, 1 / BYTES_PER_GB),
    write: (document, _node, value) => withMemory(document, { backgroundBytesPerSecond: scaled(value, BYTES_PER_GB) }),
  },
  {
    kind: 'choice',
    id: 'ioCache',
    label: 'DMA and the cache',
    help: 'Whether DMA finds its lines in the last-level cache; by its I/O ways means the model keeps count.',
    inRow: true,
    options: [
      { value: 'miss', label: 'Misses' },
      { value: 'hit', label: 'Hits' },
      { value: 'model', label: 'By its I/O ways' },
    ],
    read: (document) => document.host.memory.ioCache ?? 'miss',
    write: (document, _node, value) =>
      withMemory(document, { ioCache: IO_CACHE.find((mode) => mode === value) ?? 'miss' }),
  },
  {
    kind: 'number',
    id: 'sockets',
    label: 'Sockets',
    help: 'NUMA nodes that share memory and channels evenly.',
    unit: '',
    minimum: 1,
    maximum: 8,
    whole: true,
    standard: '1',
    optional: true,
    read: (document) => document.host.memory.sockets,
    // Each socket has a channel of its own at least; a machine without could not be opened again.
    write: (document, _node, value) =>
      withMemory(document, { sockets: value, channels: Math.max(document.host.memory.channels, value ?? 1) }),
  },
  {
    kind: 'number',
    id: 'remoteLatency',
    label: 'Remote latency',
    help: 'Added to an access to another socket’s memory.',
    unit: 'ns',
    minimum: 0,
    maximum: 100_000,
    whole: false,
    standard: '105',
    optional: true,
    idle: manySockets,
    read: (document) => scaled(document.host.memory.remoteLatency_ps, 1 / PS_PER_NS),
    write: (document, _node, value) =>
      withMemory(document, { remoteLatency_ps: value === undefined ? undefined : Math.round(value * PS_PER_NS) }),
  },
  {
    kind: 'number',
    id: 'interconnect',
    label: 'Between sockets',
    help: 'Rate between two sockets, each way.',
    unit: 'GB/s',
    minimum: 0.001,
    maximum: 10_000,
    whole: false,
    standard: '41.6',
    optional: true,
    idle: manySockets,
    read: (document) => scaled(document.host.memory.interconnectBytesPerSecond, 1 / BYTES_PER_GB),
    write: (document, _node, value) =>
      withMemory(document, { interconnectBytesPerSecond: scaled(value, BYTES_PER_GB) }),
  },
];

const PAYLOAD_WORDS = ['pcie_bus_tune_off', 'pcie_bus_safe', 'pcie_bus_perf', 'pcie_bus_peer2peer'] as const;

/** Semantics reference, section 10. */
export const PAYLOAD_POLICY: AnyParameter = {
  kind: 'choice',
  id: 'payloadPolicy',
  label: 'Max payload',
  help: 'How Linux sets Max_Payload_Size: a word of the command line.',
  inRow: false,
  options: [
    { value: 'default', label: 'default', title: 'Each function as the port above it.' },
    { value: 'pcie_bus_tune_off', label: 'pcie_bus_tune_off', title: 'As firmware left it.' },
    { value: 'pcie_bus_safe', label: 'pcie_bus_safe', title: 'What everything below a root port supports.' },
    { value: 'pcie_bus_perf', label: 'pcie_bus_perf', title: 'The most each path supports; read requests alike.' },
    { value: 'pcie_bus_peer2peer', label: 'pcie_bus_peer2peer', title: '128 B everywhere.' },
  ],
  read: (document) =>
    kernelRows(document.host.kernelParameters ?? [])
      .map((row) => PAYLOAD_WORDS.find((word) => row.text === `pci=${word}`))
      .findLast((word) => word !== undefined) ?? 'default',
  write: (document, _node, value) => {
    const cleared = removeKernelWords(document, (item) => PAYLOAD_WORDS.some((word) => item === `pci=${word}`));
    const word = PAYLOAD_WORDS.find((candidate) => candidate === value);
    return word === undefined ? cleared : addKernelWord(cleared, `pci=${word}`);
  },
};
