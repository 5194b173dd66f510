/*
 * Published measurements between one card and the host: pcie-bench on E5 servers, FPGA engines, drives, a GPU's copy
 * engine, and cores against a BAR.
 */
import { GIB, KIB, MIB, PS_PER_MS } from '../../base/units.ts';
import type { HostSpec } from '../../core/pcie/machineSpec.ts';
import { gpu, hostBridge, hostBridgeFunction, machineDocument, rootPort, transfer } from '../build.ts';
import type { FlowSpec, TopologyDocument } from '../document.ts';
import {
  accesses,
  type AccessWork,
  assumed,
  card,
  type CardOptions,
  CLIENT_HOST,
  drive,
  E5_HOST,
  flow,
  withMemory,
} from './measurementParts.ts';

const E5_BRIDGE = '8086:0e00';
/** Flows that must not meet start so far apart. */
const APART_PS = 20 * PS_PER_MS;
const GEN3_X8 = { gen: 3, width: 8 } as const;

/** Five-bit tags: what every device has. The publication names no number. */
const BENCH_TAGS = 32;
const BENCH_TAGS_ASSUMED = assumed(
  ['card0'],
  'The card keeps 32 operations under way.',
  'The number is not published; 32 is what 5-bit tags allow. Full links do not depend on it.',
);

const BENCH_CARD: CardOptions = { ...GEN3_X8, name: 'NFP-6000', ids: '19ee:6000', tags: BENCH_TAGS };

interface CardMachine {
  readonly measurement: string;
  readonly name: string;
  readonly description: string;
  readonly host?: HostSpec;
  readonly card?: CardOptions;
  /** What the second card is; default: another one, idle. */
  readonly second?: CardOptions;
  readonly flows: readonly FlowSpec[];
  readonly assumptions?: TopologyDocument['assumptions'];
}

/** A card on a root port of its own; a second one is the other end of the document's own transfer. */
function oneCard(parts: CardMachine): TopologyDocument {
  const options: CardOptions = { ...BENCH_CARD, ...parts.card };
  const { measurement, name, description, flows, assumptions } = parts;
  return machineDocument({
    measurement,
    name,
    description: parts.second === undefined ? `${description} The second card is idle.` : description,
    host: parts.host ?? withMemory(E5_HOST, { ioCache: 'hit' }),
    hostBridges: [hostBridge('pcie0')],
    functions: [
      hostBridgeFunction('hb0', 'pcie0', E5_BRIDGE),
      rootPort('rp0', { parent: 'pcie0', device: 1 }, { gen: options.gen, width: options.width, slot: 1 }),
      card('card0', 'rp0', options),
      rootPort('rp1', { parent: 'pcie0', device: 2 }, { ...GEN3_X8, slot: 2 }),
      card('card1', 'rp1', parts.second ?? GEN3_X8),
    ],
    transfer: transfer('card0', 'card1', { bytes: 4 * MIB }),
    flows,
    assumptions: assumptions ?? [],
  });
}

function stream(operation: 'read' | 'write', operationBytes: number, windowBytes: number): FlowSpec {
  const work = { engine: 'card0', target: 'host', operation, operationBytes, windowBytes } as const;
  return flow(
    'stream',
    `DMA ${operation}s of ${operationBytes} B`,
    accesses({ ...work, operations: 40_000, outstanding: BENCH_TAGS }),
  );
}

export const benchReads = oneCard({
  measurement: 'pb-rd-512',
  name: 'pcie-bench: DMA reads of 512 B',
  description: 'Gen3 x8, MPS 256, MRRS 512, 8 KiB window in the last-level cache, E5 hosts of four generations.',
  flows: [stream('read', 512, 8 * KIB)],
  assumptions: [BENCH_TAGS_ASSUMED],
});

export const benchWrites = oneCard({
  measurement: 'pb-wr-512',
  name: 'pcie-bench: DMA writes of 512 B',
  description: 'Gen3 x8, MPS 256, E5 hosts.',
  flows: [stream('write', 512, 8 * KIB)],
  assumptions: [BENCH_TAGS_ASSUMED],
});

const oneRead = (id: string, name: string, windowBytes: number, start_ps = 0): FlowSpec =>
  flow(
    id,
    name,
    accesses({
      engine: 'card0',
      target: 'host',
      operation: 'read',
      operationBytes: 64,
      windowBytes,
      operations: 2000,
      outstanding: 1,
    }),
    start_ps,
  );

export const benchLatencyCache = oneCard({
  measurement: 'pb-lat-llc',
  name: 'pcie-bench: 64 B read, last-level cache',
  description: 'Gen3 x8 on a root port of the same socket, one read at a time through the command interface, warm.',
  flows: [oneRead('reads', '64 B reads', 8 * KIB)],
});

export const benchLatencyDram = oneCard({
  measurement: 'pb-lat-dram',
  name: 'pcie-bench: 64 B read, DRAM',
  description: 'As with a warm cache, but every line comes from DRAM.',
  host: withMemory(E5_HOST, { ioCache: 'miss' }),
  flows: [oneRead('reads', '64 B reads', 8 * KIB)],
});

const REMOTE = { engine: 'card0', target: 'host', operation: 'read', operationBytes: 64, outstanding: 1 } as const;

export const benchRemoteSocket = oneCard({
  measurement: 'pb-numa',
  name: 'pcie-bench: memory of the other socket',
  description: 'Dual-socket Ivy Bridge and Broadwell, 64 B reads: memory of the own socket, then of the other one.',
  host: withMemory(E5_HOST, { ioCache: 'miss', sockets: 2, channels: 8 }),
  flows: [
    flow('local', 'Own socket', accesses({ ...REMOTE, operations: 2000, memoryNode: 0 })),
    flow('remote', 'Other socket', accesses({ ...REMOTE, operations: 2000, memoryNode: 1 }), APART_PS),
  ],
});

const IOMMU_HOST: HostSpec = {
  ...withMemory(E5_HOST, { ioCache: 'hit' }),
  iommu: 'translate',
  iommuParameters: { iotlbEntries: 64, missLatency_ps: 280_000, walks: 5, pageBytes: 4096 },
};

const randomReads = (windowBytes: number, outstanding: number, more: Partial<AccessWork> = {}) =>
  accesses({
    engine: 'card0',
    target: 'host',
    operation: 'read',
    operationBytes: 64,
    windowBytes,
    pattern: 'random',
    operations: outstanding === 1 ? 2000 : 20_000,
    outstanding,
    ...more,
  });

export const iotlbLatency = oneCard({
  measurement: 'pb-iotlb-lat',
  name: 'pcie-bench: an IOTLB miss',
  description: '4 KiB pages, 64 B reads at random: a window of 128 KiB, then one of 64 MiB.',
  host: IOMMU_HOST,
  flows: [
    flow('inside', '128 KiB window', randomReads(128 * KIB, 1)),
    flow('beyond', '64 MiB window', randomReads(64 * MIB, 1), APART_PS),
  ],
});

/** Windows of the sweep, ascending; the first is well inside any reach. */
export const IOTLB_WINDOWS_KIB = [64, 128, 192, 256, 320, 384, 448, 512] as const;
/** A card has so many access generators. */
const GENERATORS = 4;

export const iotlbReach = oneCard({
  measurement: 'pb-iotlb-reach',
  name: 'pcie-bench: reach of the IOTLB',
  description: '4 KiB pages, 64 B reads at random, one window after the other; two cards take turns.',
  host: IOMMU_HOST,
  second: BENCH_CARD,
  flows: IOTLB_WINDOWS_KIB.map((windowKib, index) => {
    const engine = index < GENERATORS ? 'card0' : 'card1';
    const work = randomReads(windowKib * KIB, BENCH_TAGS, { engine });
    return flow(`w${windowKib}`, `${windowKib} KiB window`, work, index * APART_PS);
  }),
  assumptions: [BENCH_TAGS_ASSUMED],
});

export const iotlbThrash = oneCard({
  measurement: 'pb-iotlb-bw64',
  name: 'pcie-bench: IOTLB thrash',
  description: '4 KiB pages, 64 B reads and writes at random: 8 KiB windows, then 64 MiB ones.',
  host: IOMMU_HOST,
  flows: [
    flow('calm', 'Reads, 8 KiB window', randomReads(8 * KIB, BENCH_TAGS)),
    flow('thrash', 'Reads, 64 MiB window', randomReads(64 * MIB, BENCH_TAGS), APART_PS),
    flow('calm-writes', 'Writes, 8 KiB window', randomReads(8 * KIB, BENCH_TAGS, { operation: 'write' }), 2 * APART_PS),
    flow(
      'thrash-writes',
      'Writes, 64 MiB window',
      randomReads(64 * MIB, BENCH_TAGS, { operation: 'write' }),
      3 * APART_PS,
    ),
  ],
  assumptions: [BENCH_TAGS_ASSUMED],
});

export const fpgaEngine = oneCard({
  measurement: 'fpga-an690',
  name: 'Stratix 10 DMA engine, writes alone',
  description: 'Gen3 x8, Avalon-MM DMA. MPS is not in the text that was seen; 256 is assumed.',
  card: { ...GEN3_X8, name: 'Stratix 10', ids: '1172:e003', tags: 256 },
  flows: [stream('write', 4096, 64 * KIB)],
  assumptions: [assumed(['card0'], 'MPS is 256.', 'The application note was seen without it.')],
});

function driveMachine(parts: {
  readonly measurement: string;
  readonly name: string;
  readonly description: string;
  readonly drive: string;
  readonly gen: 3 | 5;
}): TopologyDocument {
  const { measurement, name, description, gen } = parts;
  const link = { gen, width: 4 } as const;
  const work = { engine: 'nvme0', target: 'host', operation: 'write', operationBytes: 4096 } as const;
  return machineDocument({
    measurement,
    name,
    description: `${description} The second drive is idle.`,
    host: CLIENT_HOST,
    hostBridges: [hostBridge('pcie0')],
    functions: [
      hostBridgeFunction('hb0', 'pcie0'),
      rootPort('rp0', { parent: 'pcie0', device: 1 }, { ...link, slot: 1 }),
      drive('nvme0', 'rp0', { ...link, name: parts.drive, readBytesPerSecond: 20e9 }),
      rootPort('rp1', { parent: 'pcie0', device: 2 }, { ...GEN3_X8, slot: 2 }),
      card('card1', 'rp1', GEN3_X8),
    ],
    transfer: transfer('nvme0', 'card1', { bytes: 4 * MIB, force: true }),
    flows: [
      flow(
        'stream',
        'Drive writes to host memory',
        accesses({ ...work, windowBytes: MIB, operations: 4000, outstanding: 32 }),
      ),
    ],
    assumptions: [
      assumed(
        ['nvme0'],
        'The media is faster than the link, and MPS is 256.',
        'The figure bounds the link, not the drive.',
      ),
    ],
  });
}

export const driveGen3 = driveMachine({
  measurement: 'nvme-g3x4',
  name: 'A Gen3 x4 drive at the limit of its link',
  description: 'Vendor peak of a Samsung 970 PRO, sequential read.',
  drive: '970 PRO',
  gen: 3,
});

export const driveGen5 = driveMachine({
  measurement: 'nvme-g5x4',
  name: 'A Gen5 x4 drive at the limit of its link',
  description: 'Demonstration of a Samsung PM1743 on a 12th-generation Core, sequential read.',
  drive: 'PM1743',
  gen: 5,
});

/** A GPU on a root port and a core's view of it, or its copy engine's of host memory. */
function gpuOnHost(
  parts: Pick<CardMachine, 'measurement' | 'name' | 'description' | 'flows'> & Partial<CardMachine>,
): TopologyDocument {
  const { measurement, name, description, flows, assumptions } = parts;
  return machineDocument({
    measurement,
    name,
    description,
    host: parts.host ?? E5_HOST,
    hostBridges: [
      hostBridge('pcie0', { lastBus: 0x7f }),
      hostBridge('pcie1', { name: 'Root complex of socket 1', rootBus: 0x80, numaNode: 1 }),
    ],
    functions: [
      hostBridgeFunction('hb0', 'pcie0', E5_BRIDGE),
      rootPort('rp0', { parent: 'pcie0', device: 1 }, { gen: 3, width: 16, slot: 1 }),
      gpu('gpu0', 'rp0', { gen: 3, width: 16, apertureBytes: 16 * GIB }),
      hostBridgeFunction('hb1', 'pcie1', E5_BRIDGE),
      rootPort('rp1', { parent: 'pcie1', device: 1 }, { ...GEN3_X8, slot: 2 }),
      card('card1', 'rp1', GEN3_X8),
    ],
    transfer: transfer('gpu0', 'card1', { bytes: 4 * MIB, force: true }),
    flows,
    assumptions: assumptions ?? [],
  });
}

export const gpuHostToDevice = gpuOnHost({
  measurement: 'gpu-g3x16-h2d',
  name: 'Host to GPU copy, Gen3 x16',
  description:
    'Copy engine, large copies, from the example output of nvbandwidth. The card on the other socket is idle.',
  flows: [
    flow(
      'h2d',
      'Copy engine reads host memory',
      accesses({
        engine: 'gpu0',
        target: 'host',
        operation: 'read',
        operationBytes: 512,
        windowBytes: 4 * MIB,
        operations: 40_000,
        outstanding: 256,
      }),
    ),
  ],
});

const TWO_SOCKETS = withMemory(E5_HOST, { sockets: 2, channels: 8 });

export const writeCombining = gpuOnHost({
  measurement: 'wc-wr-g3',
  name: 'A core stores to a GPU BAR, write-combining',
  description: 'Gen3 x16: P100 9.55 to 10.27 GB/s; K40m 9.79 from its own socket, 6.81 from the other one.',
  host: TWO_SOCKETS,
  flows: [
    flow('stores', 'Stores, own socket', {
      kind: 'cpu',
      operation: 'store',
      target: 'gpu0',
      mapping: 'WC',
      accessBytes: 64,
      bytes: 2 * MIB,
      hostBridge: 'pcie0',
    }),
    flow(
      'remote-stores',
      'Stores, other socket',
      {
        kind: 'cpu',
        operation: 'store',
        target: 'gpu0',
        mapping: 'WC',
        accessBytes: 64,
        bytes: 2 * MIB,
        hostBridge: 'pcie1',
      },
      APART_PS,
    ),
  ],
});

export const uncachedLoads = gpuOnHost({
  measurement: 'mmio-rd',
  name: 'A core loads from a GPU BAR, uncached',
  description: 'Loads of 8 bytes, one at a time: 1.1 to 1.8 µs on a P100, just above 2 µs on an FPGA NIC.',
  flows: [
    flow('loads', 'Loads of 8 B', {
      kind: 'cpu',
      operation: 'load',
      target: 'gpu0',
      mapping: 'UC',
      accessBytes: 8,
      bytes: 4 * KIB,
      hostBridge: 'pcie0',
    }),
  ],
});

export const streamingLoads = gpuOnHost({
  measurement: 'mmio-rd-stream',
  name: 'A core reads a GPU BAR, write-combining',
  description: 'Streaming loads: 0.44 GB/s on a P100, 0.79 on a K40m.',
  flows: [
    flow('loads', 'Streaming loads', {
      kind: 'cpu',
      operation: 'load',
      target: 'gpu0',
      mapping: 'WC',
      accessBytes: 64,
      bytes: 256 * KIB,
      hostBridge: 'pcie0',
    }),
  ],
});
