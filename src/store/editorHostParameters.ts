/*
 * What the host is made of, as rows: memory and its cache, cores, how the machine is brought up. Ranges are the
 * schema's; defaults: performance reference, section 6.
 */
import { GIB, MIB } from '../base/units.ts';
import type { HostSpec } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { type AnyParameter, changedWhole, type Change } from './parameters.ts';

type Memory = HostSpec['memory'];
type Cache = NonNullable<Memory['lastLevelCache']>;

const BYTES_PER_GB = 1e9;
/** A channel moves 8 bytes a transfer. */
const BYTES_PER_MEGATRANSFER = 8e6;
const CACHE: Cache = { sizeBytes: 32 * MIB, ways: 20, ioWays: 2 };

function withMemory(document: TopologyDocument, change: Change<Memory>): TopologyDocument {
  return { ...document, host: { ...document.host, memory: changedWhole(document.host.memory, change) } };
}

function withCpu(document: TopologyDocument, change: Change<HostSpec['cpu']>): TopologyDocument {
  return { ...document, host: { ...document.host, cpu: changedWhole(document.host.cpu, change) } };
}

function withCache(document: TopologyDocument, change: Partial<Cache>): TopologyDocument {
  const cache = { ...CACHE, ...document.host.memory.lastLevelCache, ...change };
  return withMemory(document, { lastLevelCache: { ...cache, ioWays: Math.min(cache.ioWays, cache.ways) } });
}

const countsCache = (document: TopologyDocument): string | undefined =>
  document.host.memory.ioCache === 'model' ? undefined : 'Only where the model keeps count of the I/O ways.';

/** Megatransfers a second of the modules one can buy. */
const KINDS: readonly (readonly [kind: string, megatransfers: number])[] = [
  ['DDR4-2400', 2400],
  ['DDR4-2666', 2666],
  ['DDR4-2933', 2933],
  ['DDR4-3200', 3200],
  ['DDR5-4800', 4800],
  ['DDR5-5600', 5600],
  ['DDR5-6400', 6400],
];
const KEPT = '';

export const MEMORY_ROWS: readonly AnyParameter[] = [
  {
    kind: 'number',
    id: 'memorySize',
    label: 'Memory',
    help: 'Of all modules together.',
    unit: 'GiB',
    minimum: 1,
    maximum: 16_384,
    whole: false,
    standard: '',
    optional: false,
    read: (document) => document.host.memory.sizeBytes / GIB,
    write: (document, _node, value) =>
      value === undefined ? document : withMemory(document, { sizeBytes: Math.round((value * GIB) / MIB) * MIB }),
  },
  {
    kind: 'number',
    id: 'channels',
    label: 'Channels',
    help: 'Of the whole machine; the sockets share them evenly. Bandwidth grows with them, the capacity stays.',
    unit: '',
    minimum: 1,
    maximum: 64,
    whole: true,
    standard: '',
    optional: false,
    read: (document) => document.host.memory.channels,
    write: (document, _node, value) => {
      const sockets = document.host.memory.sockets ?? 1;
      return value === undefined ? document : withMemory(document, { channels: Math.max(sockets, value) });
    },
  },
  {
    kind: 'choice',
    id: 'memoryKind',
    label: 'Modules',
    help: 'How fast one channel is: 8 bytes a transfer.',
    inRow: false,
    options: [
      { value: KEPT, label: 'as they are', title: 'A speed of their own.' },
      ...KINDS.map(([kind, rate]) => ({
        value: kind,
        label: kind,
        title: `${(rate * BYTES_PER_MEGATRANSFER) / BYTES_PER_GB} GB/s a channel.`,
      })),
    ],
    offers: (document, _node, value) => value !== KEPT || !KINDS.some(([kind]) => kind === document.host.memory.kind),
    read: (document) => KINDS.find(([kind]) => kind === document.host.memory.kind)?.[0] ?? KEPT,
    write: (document, _node, value) => {
      const found = KINDS.find(([kind]) => kind === value);
      if (found === undefined) return document;
      return withMemory(document, { kind: found[0], channelBytesPerSecond: found[1] * BYTES_PER_MEGATRANSFER });
    },
  },
];

export const CACHE_ROWS: readonly AnyParameter[] = [
  {
    kind: 'number',
    id: 'cacheSize',
    label: 'Last-level cache',
    help: 'Of one socket.',
    unit: 'MiB',
    minimum: 1,
    // Eight sockets of it are what the model keeps count of.
    maximum: 128,
    whole: true,
    standard: '32',
    optional: true,
    idle: countsCache,
    read: (document) => {
      const size = document.host.memory.lastLevelCache?.sizeBytes;
      return size === undefined ? undefined : size / MIB;
    },
    write: (document, _node, value) => withCache(document, { sizeBytes: (value ?? CACHE.sizeBytes / MIB) * MIB }),
  },
  {
    kind: 'number',
    id: 'ioWays',
    label: 'I/O ways',
    help: 'Ways of the cache that DMA may fill.',
    unit: '',
    minimum: 1,
    maximum: 20,
    whole: true,
    standard: '2',
    optional: true,
    idle: countsCache,
    read: (document) => document.host.memory.lastLevelCache?.ioWays,
    write: (document, _node, value) => withCache(document, { ioWays: value ?? CACHE.ioWays }),
  },
];

export const CORE_ROWS: readonly AnyParameter[] = [
  {
    kind: 'number',
    id: 'cores',
    label: 'Cores',
    help: 'Of all sockets together.',
    unit: '',
    minimum: 1,
    maximum: 1024,
    whole: true,
    standard: '',
    optional: false,
    read: (document) => document.host.cpu.cores,
    write: (document, _node, value) => (value === undefined ? document : withCpu(document, { cores: value })),
  },
  {
    kind: 'number',
    id: 'copyRate',
    label: 'Copy rate',
    help: 'One core copying from memory to memory: a bounce has a copy in it.',
    unit: 'GB/s',
    minimum: 0.1,
    maximum: 1000,
    whole: false,
    standard: '10',
    optional: true,
    read: (document) => {
      const rate = document.host.cpu.copyBytesPerSecond;
      return rate === undefined ? undefined : rate / BYTES_PER_GB;
    },
    write: (document, _node, value) =>
      withCpu(document, { copyBytesPerSecond: value === undefined ? undefined : Math.round(value * BYTES_PER_GB) }),
  },
];

/** How numbers and windows are given out. */
export const START_ROWS: readonly AnyParameter[] = [
  {
    kind: 'choice',
    id: 'start',
    label: 'Start',
    help: 'Whether registers are as after reset, or as firmware left them where that is known.',
    inRow: true,
    options: [
      { value: 'cold', label: 'Cold' },
      { value: 'firmware', label: 'After firmware' },
    ],
    read: (document) => document.start,
    write: (document, _node, value) => ({ ...document, start: value === 'firmware' ? 'firmware' : 'cold' }),
  },
  {
    kind: 'choice',
    id: 'windowRule',
    label: 'Windows',
    help: 'How BARs are laid out below bridges: tightly, or exactly as the kernel does, with its failures.',
    inRow: true,
    options: [
      { value: 'packed', label: 'Packed' },
      { value: 'strict', label: 'As the kernel' },
    ],
    read: (document) => document.windowRule,
    write: (document, _node, value) => ({ ...document, windowRule: value === 'strict' ? 'strict' : 'packed' }),
  },
];
