/*
 * Published measurements between GPUs: through root complexes, staged, below a switch, and where peer-to-peer loses.
 */
import { GIB, MIB } from '../../base/units.ts';
import type { HostBridgeSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { gpu, hostBridge, hostBridgeFunction, machineDocument, rootPort, switchPorts, transfer } from '../build.ts';
import type { FlowSpec, TopologyDocument } from '../document.ts';
import {
  assumed,
  BROADWELL_HOST,
  CLIENT_HOST,
  EPYC_HOST,
  flow,
  forwarding,
  SAPPHIRE_HOST,
  transferFlow,
  withMemory,
} from './measurementParts.ts';

const GEN3_X8 = { gen: 3, width: 8 } as const;
const GEN4_X8 = { gen: 4, width: 8 } as const;
const GEN4_X16 = { gen: 4, width: 16 } as const;
const GEN5_X16 = { gen: 5, width: 16 } as const;
const AMD_BRIDGE = '1022:1480';

interface GpuPair {
  readonly measurement: string;
  readonly name: string;
  readonly description: string;
  readonly gpus: string;
  /** NUMA node of the second root complex. */
  readonly farNode: 0 | 1;
  readonly flows: readonly FlowSpec[];
  readonly assumptions?: TopologyDocument['assumptions'];
}

/** An EPYC socket has several root complexes; each passes peer traffic at 0.87 of a Gen4 x16 link. */
const EPYC_PEER = forwarding({ capBytesPerSecond: 25e9, crossSocketFactor: 1 });

function epycPair(parts: GpuPair): TopologyDocument {
  const { measurement, name, description, flows } = parts;
  const peerToPeer = { ...EPYC_PEER, ...(parts.farNode === 1 ? { crossSocketFactor: 0.8 } : {}) };
  const complex = (id: NodeId, more: Partial<HostBridgeSpec>): HostBridgeSpec =>
    hostBridge(id, { peerToPeer, ...more });
  const graphics = (id: NodeId, port: NodeId) => ({
    ...gpu(id, port, { ...GEN4_X16, apertureBytes: 64 * GIB }),
    name: `${parts.gpus} ${id.slice(-1)}`,
  });
  return machineDocument({
    measurement,
    name,
    description,
    host: withMemory(EPYC_HOST, parts.farNode === 1 ? { sockets: 2, channels: 16 } : {}),
    hostBridges: [
      complex('pcie0', { name: 'Root complex 0', lastBus: 0x3f }),
      complex('pcie1', { name: 'Root complex 1', rootBus: 0x40, numaNode: parts.farNode }),
    ],
    functions: [
      hostBridgeFunction('hb0', 'pcie0', AMD_BRIDGE),
      rootPort('rp0', { parent: 'pcie0', device: 1 }, { ...GEN4_X16, slot: 1, ids: '1022:1483' }),
      graphics('gpu0', 'rp0'),
      hostBridgeFunction('hb1', 'pcie1', AMD_BRIDGE),
      rootPort('rp1', { parent: 'pcie1', device: 1 }, { ...GEN4_X16, slot: 2, ids: '1022:1483' }),
      graphics('gpu1', 'rp1'),
    ],
    transfer: transfer('gpu0', 'gpu1', { bytes: 32 * MIB }),
    flows,
    assumptions: parts.assumptions ?? [],
  });
}

const NCCL_CHUNK_BYTES = 512 * 1024;

function bothWays(way: 'p2p' | 'bounce'): readonly FlowSpec[] {
  const bounce = { chunkBytes: NCCL_CHUNK_BYTES, buffers: 1, completion: 'polled' } as const;
  return [
    flow('there', 'GPU 0 to GPU 1', transferFlow({ from: 'gpu0', to: 'gpu1', way, bytes: 32 * MIB, bounce })),
    flow('back', 'GPU 1 to GPU 0', transferFlow({ from: 'gpu1', to: 'gpu0', way, bytes: 32 * MIB, bounce })),
  ];
}

export const epycOneWay = epycPair({
  measurement: 'gpu-g4x16-rc-p2p',
  name: 'EPYC: GPU to GPU through root complexes',
  description: 'Two RTX 4090, Gen4 x16, one socket, one direction: 24.2 to 24.5 GB/s.',
  gpus: 'RTX 4090',
  farNode: 0,
  flows: [flow('there', 'GPU 0 to GPU 1', transferFlow({ from: 'gpu0', to: 'gpu1', way: 'p2p', bytes: 32 * MIB }))],
});

export const epycBothWays = epycPair({
  measurement: 'gpu-g4x16-rc-p2p-sum',
  name: 'EPYC: GPU to GPU, both directions',
  description: 'Two RTX 4090, Gen4 x16, one socket, both directions at once: 50.1 to 51.2 GB/s together.',
  gpus: 'RTX 4090',
  farNode: 0,
  flows: bothWays('p2p'),
});

const BOUNCE_ASSUMED = [
  assumed(
    [],
    'Staging is one buffer of 512 KiB each way, its end is polled for.',
    'A communication buffer of 4 MiB in 8 steps, the library default; how its kernels overlap is not published.',
  ),
];

export const epycBounce = epycPair({
  measurement: 'gpu-bounce',
  name: 'EPYC: GPU to GPU through host memory',
  description: 'Two A40, Gen4 x16, peer-to-peer off, both directions: 19.1 to 21.2 GB/s together.',
  gpus: 'A40',
  farNode: 0,
  flows: bothWays('bounce'),
  assumptions: BOUNCE_ASSUMED,
});

export const epycPeer = epycPair({
  measurement: 'gpu-p2p-a40',
  name: 'EPYC: the same GPUs, peer-to-peer on',
  description: 'Two A40 on one socket, both directions: 49.7 to 50.4 GB/s together.',
  gpus: 'A40',
  farNode: 0,
  flows: bothWays('p2p'),
});

export const epycSockets = epycPair({
  measurement: 'gpu-p2p-a40-sockets',
  name: 'EPYC: peer-to-peer across sockets',
  description: 'Two A40 on two sockets, both directions: 39 to 41.5 GB/s together.',
  gpus: 'A40',
  farNode: 1,
  flows: bothWays('p2p'),
});

export const switchPairGen5: TopologyDocument = machineDocument({
  measurement: 'gpu-g5x16-p2p',
  name: 'GPU peer copy, Gen5 x16, both directions',
  description: 'Two H100 PCIe; 56.1 GB/s each way with both directions loaded. A bound for the link.',
  host: SAPPHIRE_HOST,
  hostBridges: [hostBridge('pcie0')],
  functions: [
    hostBridgeFunction('hb0', 'pcie0', '8086:09a2'),
    rootPort('rp0', { parent: 'pcie0', device: 1 }, { ...GEN5_X16, slot: 1 }),
    ...switchPorts('sw0', { parent: 'rp0' }, { upstream: GEN5_X16, downstream: [GEN5_X16, GEN5_X16] }),
    gpu('gpu0', 'sw0-p0', { ...GEN5_X16, apertureBytes: 128 * GIB }),
    gpu('gpu1', 'sw0-p1', { ...GEN5_X16, apertureBytes: 128 * GIB }),
  ],
  transfer: transfer('gpu0', 'gpu1', { bytes: 32 * MIB }),
  flows: bothWays('p2p'),
  assumptions: [
    assumed(
      ['sw0'],
      'The GPUs meet in a switch.',
      'The figure is taken as a bound for the link, so nothing else may limit.',
    ),
  ],
});

/** Two cards below a switch; with the IOMMU on, its ports send peer requests up to a root complex that garbles them. */
function gen4Switch(redirect: boolean): TopologyDocument {
  const port = { ...GEN4_X8, acsControl: redirect ? 0x1d : 0 };
  return machineDocument({
    measurement: redirect ? 'b70-redirect' : 'b70-direct',
    name: redirect ? 'Gen4 switch, ACS redirect on' : 'Gen4 switch, two cards, direct',
    description: redirect
      ? 'Two Arc B70 below a PEX880xx, redirect on: the copy succeeds by its status, the data is wrong.'
      : 'Two Arc B70 below a PEX880xx: 10.9 GB/s where it goes directly, about 3 GB/s staged in host memory.',
    host: CLIENT_HOST,
    hostBridges: [hostBridge('pcie0', { peerToPeer: { write: 'corrupt', read: 'corrupt' } })],
    functions: [
      hostBridgeFunction('hb0', 'pcie0', '8086:4c53'),
      rootPort('rp0', { parent: 'pcie0', device: 1 }, { ...GEN4_X16, slot: 1, acsControl: redirect ? 0x1d : 0 }),
      ...switchPorts(
        'sw0',
        { parent: 'rp0' },
        { name: 'PEX880xx', upstream: GEN4_X16, downstream: [port, port], latency_ps: 105_000 },
      ),
      { ...gpu('gpu0', 'sw0-p0', { ...GEN4_X8, apertureBytes: 32 * GIB }), name: 'Arc B70 0' },
      { ...gpu('gpu1', 'sw0-p1', { ...GEN4_X8, apertureBytes: 32 * GIB }), name: 'Arc B70 1' },
    ],
    transfer: transfer('gpu0', 'gpu1', { bytes: 16 * MIB, force: true }),
    assumptions: [
      assumed(['gpu0', 'gpu1'], 'The cards run at Gen4 x8 below the switch.', 'The width is not published.'),
      assumed(
        ['pcie0'],
        'The root complex delivers redirected peer writes with wrong bytes.',
        'Reported for a client platform that the kernel was made to trust.',
      ),
    ],
  });
}

export const gen4SwitchDirect = gen4Switch(false);
export const gen4SwitchRedirect = gen4Switch(true);

const RING = [0, 1, 2, 3, 4, 5] as const;

/**
 * Six GPUs, three on each socket, passing data round a ring. The root complexes pass peer traffic at the Broadwell
 * figure, all of it together, and across sockets at a tenth of it (performance reference 7.2 and 7.4).
 */
function sixGpus(way: 'p2p' | 'bounce'): TopologyDocument {
  const peerToPeer = forwarding({ capBytesPerSecond: 7.1e9, crossSocketFactor: 0.1 });
  return machineDocument({
    measurement: 'six-gpu-ring',
    name: way === 'p2p' ? 'Six GPUs: peer-to-peer loses' : 'Six GPUs: through host memory',
    description: 'Each GPU sends to the next, across two sockets twice: the root complexes are the bottleneck of P2P.',
    host: withMemory(BROADWELL_HOST, { sockets: 2, channels: 8 }),
    hostBridges: [
      hostBridge('pcie0', { lastBus: 0x7f, peerToPeer }),
      hostBridge('pcie1', { name: 'Root complex 1', rootBus: 0x80, numaNode: 1, peerToPeer }),
    ],
    functions: [0, 1].flatMap((socket) => [
      hostBridgeFunction(`hb${socket}`, `pcie${socket}`, '8086:6f00'),
      ...RING.slice(3 * socket, 3 * socket + 3).flatMap((index) => [
        rootPort(
          `rp${index}`,
          { parent: `pcie${socket}`, device: 1 + (index % 3) },
          { ...GEN3_X8, slot: index + 1, ids: '8086:6f08' },
        ),
        gpu(`gpu${index}`, `rp${index}`, { ...GEN3_X8, apertureBytes: 16 * GIB }),
      ]),
    ]),
    transfer: transfer('gpu2', 'gpu3', { bytes: 4 * MIB, force: true }),
    flows: RING.map((index) => {
      const to = (index + 1) % RING.length;
      const work = { from: `gpu${index}`, to: `gpu${to}`, way, bytes: 4 * MIB, force: true } as const;
      return flow(`ring${index}`, `GPU ${index} to GPU ${to}`, transferFlow(work));
    }),
    assumptions: [
      assumed(
        ['pcie0', 'pcie1'],
        'Peer traffic: 7.1 GB/s through each root complex, a tenth of that to the other socket.',
        'The first is published for Broadwell; the second is recalled for QPI parts and good for the order only.',
      ),
    ],
  });
}

export const sixGpuPeer = sixGpus('p2p');
export const sixGpuBounce = sixGpus('bounce');
