/*
 * Published measurements of peer-to-peer traffic into memory devices and from drives into GPUs.
 */
import { GIB, MIB } from '../../base/units.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import {
  gpu,
  hostBridge,
  hostBridgeFunction,
  iopmem,
  machineDocument,
  nic,
  rootComplexDma,
  rootPort,
  transfer,
} from '../build.ts';
import type { TopologyDocument } from '../document.ts';
import {
  accesses,
  assumed,
  BROADWELL_HOST,
  CLIENT_HOST,
  drive,
  flow,
  forwarding,
  SAPPHIRE_HOST,
  transferFlow,
} from './measurementParts.ts';

const GEN3_X4 = { gen: 3, width: 4 } as const;
const GEN3_X8 = { gen: 3, width: 8 } as const;
const GEN3_X16 = { gen: 3, width: 16 } as const;
const GEN4_X4 = { gen: 4, width: 4 } as const;
const GEN4_X8 = { gen: 4, width: 8 } as const;
const GEN5_X4 = { gen: 5, width: 4 } as const;
const GEN5_X16 = { gen: 5, width: 16 } as const;

/** What the adapter of 2016 keeps under way against a peer: 1.2 GB/s at about 1 µs is 1.2 KB in flight. */
const IOPMEM_READS = 5;
const IOPMEM_READ_BYTES = 256;
const IOPMEM_ASSUMED = [
  assumed(
    ['nic0', 'iopmem0'],
    'Both cards are Gen3 x8 on root ports of one CPU.',
    'The publication calls the hardware consumer class and names no link; 4 GB/s exceeds Gen3 x4.',
  ),
  assumed(
    ['pcie0'],
    'The root complex passes 4.0 GB/s of peer writes.',
    'This is the published figure itself: the cap is set from it.',
  ),
  assumed(
    ['nic0'],
    'The adapter keeps five reads of 256 B under way.',
    'The published 1.2 GB/s is latency times outstanding data; the count is set from it.',
  ),
];

function iopmemBench(parts: {
  readonly measurement: string;
  readonly name: string;
  readonly description: string;
  readonly from: NodeId;
  readonly to: NodeId;
}): TopologyDocument {
  const { measurement, name, description, from, to } = parts;
  const adapter = nic('nic0', 'rp1', { ...GEN3_X8, wireBitsPerSecond: 100e9 });
  return machineDocument({
    measurement,
    name,
    description,
    host: CLIENT_HOST,
    hostBridges: [hostBridge('pcie0', { peerToPeer: forwarding({ capBytesPerSecond: 4e9 }) })],
    functions: [
      hostBridgeFunction('hb0', 'pcie0'),
      rootPort('rp0', { parent: 'pcie0', device: 1 }, { ...GEN3_X8, slot: 1 }),
      iopmem('iopmem0', 'rp0', { ...GEN3_X8, capacityBytes: 256 * MIB }),
      rootPort('rp1', { parent: 'pcie0', device: 1, fn: 1 }, { ...GEN3_X8, slot: 2 }),
      {
        ...adapter,
        mrrsBytes: IOPMEM_READ_BYTES,
        model: { type: 'nic', wireBitsPerSecond: 100e9, tags: IOPMEM_READS },
      },
      rootComplexDma('dma0', { parent: 'pcie0', device: 4 }),
    ],
    transfer: transfer(from, to, { bytes: 16 * MIB, force: true }),
    assumptions: IOPMEM_ASSUMED,
  });
}

export const iopmemWrite = iopmemBench({
  measurement: 'iopmem-wr',
  name: '2016: peer writes into iopmem',
  description: 'The iopmem cover letter: up to 4 GB/s of writes into memory behind a BAR, on consumer-class hardware.',
  from: 'nic0',
  to: 'iopmem0',
});

export const iopmemRead = iopmemBench({
  measurement: 'iopmem-rd',
  name: '2016: peer reads from iopmem',
  description: 'The iopmem cover letter: up to 1.2 GB/s of reads, limited by latency and not by the link.',
  from: 'iopmem0',
  to: 'nic0',
});

export const iopmemDram: TopologyDocument = {
  ...iopmemWrite,
  measurement: 'iopmem-dram',
  name: '2016: DRAM is left alone',
  description: 'The iopmem cover letter: peer-to-peer takes no DRAM bandwidth from the CPU, the staged path does.',
};

/** Drives on root ports of a Broadwell CPU, writing into a GPU or into host memory. */
function broadwell(drives: 1 | 2 | 3, to: 'gpu0' | 'host', measurement: string): TopologyDocument {
  const indices = [0, 1, 2].slice(0, drives);
  const where = to === 'host' ? 'host memory' : 'the GPU';
  const one = drives === 1 ? 'One drive' : `${drives} drives`;
  return machineDocument({
    measurement,
    name: `Broadwell: ${drives} SSD to ${to === 'host' ? 'host' : 'GPU'}`,
    description: `${one} (P4600) on root ports of a Xeon E5-2650 v4, reading into ${where} (P40).`,
    host: BROADWELL_HOST,
    hostBridges: [hostBridge('pcie0', { peerToPeer: forwarding({ capBytesPerSecond: 7.1e9 }) })],
    functions: [
      hostBridgeFunction('hb0', 'pcie0', '8086:6f00'),
      rootPort('rp0', { parent: 'pcie0', device: 2 }, { ...GEN3_X16, slot: 1, ids: '8086:6f04' }),
      gpu('gpu0', 'rp0', { ...GEN3_X16, apertureBytes: 32 * GIB }),
      ...indices.flatMap((index) => [
        rootPort(
          `rp${index + 1}`,
          { parent: 'pcie0', device: 3, fn: index },
          { ...GEN3_X4, slot: index + 2, ids: '8086:6f08' },
        ),
        drive(`nvme${index}`, `rp${index + 1}`, { ...GEN3_X4, name: `P4600 ${index}`, readBytesPerSecond: 3.2e9 }),
      ]),
    ],
    transfer: transfer('nvme0', 'gpu0', { bytes: 16 * MIB, force: true }),
    flows: indices.map((index) =>
      flow(
        `read${index}`,
        `P4600 ${index} to ${where}`,
        transferFlow({ from: `nvme${index}`, to, way: 'p2p', bytes: 32 * MIB, force: true }),
      ),
    ),
    assumptions: [
      assumed(
        indices.map((index) => `nvme${index}`),
        'Each drive reads 3.2 GB/s from its media.',
        'This is the published figure of one drive: the media rate is set from it.',
      ),
    ],
  });
}

export const broadwellOne = broadwell(1, 'gpu0', 'nvme-gpu-bdw-1');
export const broadwellTwo = broadwell(2, 'gpu0', 'nvme-gpu-bdw-2');
export const broadwellThree = broadwell(3, 'gpu0', 'nvme-gpu-bdw');
export const broadwellHost = broadwell(3, 'host', 'nvme-gpu-bdw-host');

const DRIVES = [0, 1, 2, 3] as const;

export const fourDrivesOneGpu: TopologyDocument = machineDocument({
  measurement: 'nvme-gpu-g5',
  name: 'Four Gen5 SSDs into one GPU',
  description: 'PM1753 x4 to H100, 4 KiB and larger, Xeon Gold 6442Y: 45.2 GB/s of payload, more on the link.',
  host: SAPPHIRE_HOST,
  hostBridges: [hostBridge('pcie0', { peerToPeer: forwarding({ repacketiseBytes: 64 }) })],
  functions: [
    hostBridgeFunction('hb0', 'pcie0', '8086:09a2'),
    rootPort('rp0', { parent: 'pcie0', device: 1 }, { ...GEN5_X16, slot: 1 }),
    gpu('gpu0', 'rp0', { ...GEN5_X16, apertureBytes: 128 * GIB }),
    ...DRIVES.flatMap((index) => [
      rootPort(`rp${index + 1}`, { parent: 'pcie0', device: 2 + index }, { ...GEN5_X4, slot: index + 2 }),
      drive(`nvme${index}`, `rp${index + 1}`, { ...GEN5_X4, name: `PM1753 ${index}`, readBytesPerSecond: 14e9 }),
    ]),
  ],
  transfer: transfer('nvme0', 'gpu0', { bytes: 16 * MIB }),
  flows: DRIVES.map((index) =>
    flow(
      `read${index}`,
      `PM1753 ${index} into the GPU`,
      accesses({
        engine: `nvme${index}`,
        target: 'gpu0',
        operation: 'write',
        operationBytes: 4096,
        windowBytes: 4 * MIB,
        operations: 4000,
        outstanding: 64,
      }),
    ),
  ),
  assumptions: [
    assumed(
      ['pcie0'],
      'The root complex sends peer writes on in pieces of 64 B.',
      'It explains the published figure; no document confirms it.',
    ),
  ],
});

export const intelClient: TopologyDocument = machineDocument({
  measurement: 'rc-client-p2p',
  name: 'Intel client: writes pass, reads do not',
  description: 'A client root complex as a vendor engineer describes it: it forwards peer writes only.',
  host: CLIENT_HOST,
  hostBridges: [hostBridge('pcie0', { peerToPeer: { write: 'forward', read: 'unsupported' } })],
  functions: [
    hostBridgeFunction('hb0', 'pcie0', '8086:a703'),
    rootPort('rp0', { parent: 'pcie0', device: 1 }, { ...GEN4_X8, slot: 1 }),
    iopmem('iopmem0', 'rp0', { ...GEN4_X8, capacityBytes: 256 * MIB }),
    rootPort('rp1', { parent: 'pcie0', device: 1, fn: 1 }, { ...GEN4_X8, slot: 2 }),
    nic('nic0', 'rp1', { ...GEN4_X8, wireBitsPerSecond: 100e9 }),
    rootPort('rp2', { parent: 'pcie0', device: 6 }, { ...GEN4_X4, slot: 3 }),
    nic('nic1', 'rp2', { ...GEN4_X4, wireBitsPerSecond: 100e9 }),
    rootComplexDma('dma0', { parent: 'pcie0', device: 4 }),
  ],
  transfer: transfer('nic0', 'iopmem0', { bytes: 4 * MIB, force: true }),
  flows: [
    flow(
      'write',
      'One NIC writes into iopmem0',
      transferFlow({ from: 'nic0', to: 'iopmem0', way: 'p2p', bytes: 4 * MIB, force: true }),
    ),
    flow(
      'read',
      'The other NIC reads from iopmem0',
      transferFlow({ from: 'iopmem0', to: 'nic1', way: 'p2p', bytes: MIB, force: true }),
    ),
  ],
});
