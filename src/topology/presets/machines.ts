/*
 * Machines of other shapes than the default one.
 */
import { GIB, MIB } from '../../base/units.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import {
  gpu,
  host,
  hostBridge,
  hostBridgeFunction,
  iopmem,
  machineDocument,
  nic,
  nvme,
  portId,
  rootComplexDma,
  rootPort,
  switchPorts,
  transfer,
} from '../build.ts';
import type { TopologyDocument } from '../document.ts';

const GEN4_X16 = { gen: 4, width: 16 } as const;
const GEN4_X4 = { gen: 4, width: 4 } as const;
const GEN4_DRIVE = { ...GEN4_X4, capacityBytes: 3.84e12, readBytesPerSecond: 7e9, writeBytesPerSecond: 4e9 } as const;
const GEN3_DRIVE = {
  gen: 3,
  width: 4,
  capacityBytes: 1.92e12,
  readBytesPerSecond: 3.5e9,
  writeBytesPerSecond: 2e9,
} as const;

const AMD_HOST = host({ cpu: { model: 'AMD family 19h', vendor: 'amd', family: 0x19, cores: 16 } });
const AMD_ROOT_COMPLEX = '1022:1480';
const AMD_ROOT_PORT = '1022:1483';

/** A drive and an accelerator on root ports of their own: the CPU test lets them meet in the root complex. */
export const twoRootPorts: TopologyDocument = machineDocument({
  name: 'Two root ports, no switch',
  description: 'A drive and a GPU on two root ports of an AMD host: peer traffic is allowed, through the root complex.',
  host: AMD_HOST,
  hostBridges: [hostBridge('pcie0')],
  functions: [
    hostBridgeFunction('hb0', 'pcie0', AMD_ROOT_COMPLEX),
    rootPort('rp0', { parent: 'pcie0', device: 1, fn: 1 }, { ...GEN4_X4, slot: 1, ids: AMD_ROOT_PORT }),
    rootPort('rp1', { parent: 'pcie0', device: 3, fn: 1 }, { ...GEN4_X16, slot: 2, ids: AMD_ROOT_PORT }),
    { ...hostBridgeFunction('dummy1', 'pcie0', '1022:1482'), name: 'Dummy host bridge', device: 1 },
    { ...hostBridgeFunction('dummy3', 'pcie0', '1022:1482'), name: 'Dummy host bridge', device: 3 },
    rootComplexDma('dma0', { parent: 'pcie0', device: 4 }),
    nvme('nvme0', 'rp0', { ...GEN4_DRIVE, cmbBytes: 64 * MIB }),
    gpu('gpu0', 'rp1', { ...GEN4_X16, apertureBytes: 16 * GIB }),
  ],
  transfer: transfer('nvme0', 'gpu0'),
});

/** Sandy Bridge class: on the kernel's list, but reads between root ports crawl (performance reference 7.4, by order only). */
export const slowRootComplex: TopologyDocument = machineDocument({
  name: 'A root complex where P2P loses',
  description: 'The kernel allows it, the hardware answers at 0.9 GB/s: here the bounce through memory is faster.',
  host: host({
    cpu: { model: 'Xeon E5 (2012)', vendor: 'intel', family: 6, cores: 8 },
    memory: { sizeBytes: 64 * GIB, channels: 4, channelBytesPerSecond: 12.8e9, kind: 'DDR3-1600' },
  }),
  hostBridges: [
    hostBridge('pcie0', {
      peerToPeer: { write: 'forward', read: 'forward', latency_ps: 600_000, capBytesPerSecond: 0.9e9 },
    }),
  ],
  functions: [
    hostBridgeFunction('hb0', 'pcie0', '8086:3c00'),
    rootPort('rp0', { parent: 'pcie0', device: 2 }, { gen: 3, width: 8, slot: 1, ids: '8086:3c04' }),
    rootPort('rp1', { parent: 'pcie0', device: 3 }, { gen: 3, width: 8, slot: 2, ids: '8086:3c08' }),
    rootComplexDma('dma0', { parent: 'pcie0', device: 4 }),
    iopmem('iopmem0', 'rp0', { gen: 3, width: 8, capacityBytes: 256 * MIB }),
    nic('nic0', 'rp1', { gen: 3, width: 8, wireBitsPerSecond: 40e9 }),
  ],
  transfer: transfer('iopmem0', 'nic0'),
});

/*
 * rp0 ═ sw0 ┬ p0 ═ nic0
 *           ├ p1 ═ sw1 ┬ p0 ═ iopmem0
 *           │          └ p1 ═ nvme0
 *           └ p2 ═ sw2 ┬ p0 ═ iopmem1
 *                      └ p1 ═ nvme1
 */
/** Switches below a switch: the common bridge of a pair may be any of the three. */
export const nestedSwitches: TopologyDocument = machineDocument({
  name: 'Switches below a switch',
  description: 'Two enclosures below one switch: peers meet in the inner switch, in the outer one, never in the root.',
  hostBridges: [hostBridge('pcie0')],
  functions: [
    hostBridgeFunction('hb0', 'pcie0'),
    rootPort('rp0', { parent: 'pcie0', device: 1 }, { ...GEN4_X16, slot: 1 }),
    rootComplexDma('dma0', { parent: 'pcie0', device: 4 }),
    ...switchPorts(
      'sw0',
      { parent: 'rp0' },
      {
        upstream: GEN4_X16,
        downstream: [
          { gen: 4, width: 8, slot: 10 },
          { gen: 4, width: 8 },
          { gen: 4, width: 8 },
        ],
      },
    ),
    nic('nic0', 'sw0-p0', { gen: 4, width: 8, wireBitsPerSecond: 200e9 }),
    ...enclosure('sw1', 'sw0-p1', 0),
    ...enclosure('sw2', 'sw0-p2', 1),
  ],
  transfer: transfer('nvme0', 'iopmem1'),
});

function enclosure(id: NodeId, parent: NodeId, number: number): readonly FunctionSpec[] {
  const slots = [20 + 2 * number, 21 + 2 * number] as const;
  return [
    ...switchPorts(
      id,
      { parent },
      {
        upstream: { gen: 4, width: 8 },
        downstream: [
          { gen: 4, width: 8, slot: slots[0] },
          { gen: 4, width: 4, slot: slots[1] },
        ],
      },
    ),
    iopmem(`iopmem${number}`, portId(id, 0), { gen: 4, width: 8, capacityBytes: 256 * MIB }),
    nvme(`nvme${number}`, portId(id, 1), { ...GEN4_DRIVE, cmbBytes: 64 * MIB }),
  ];
}

/** One half of the GPU server: a switch with two GPUs, a NIC and a drive. */
function gpuTray(tray: number): readonly FunctionSpec[] {
  const switchId = `sw${tray}`;
  return [
    ...switchPorts(
      switchId,
      { parent: `rp${tray}` },
      {
        upstream: GEN4_X16,
        downstream: [
          { ...GEN4_X16, slot: 10 * tray + 10 },
          { ...GEN4_X16, slot: 10 * tray + 11 },
          { ...GEN4_X16, slot: 10 * tray + 12 },
          { ...GEN4_X4, slot: 10 * tray + 13 },
        ],
      },
    ),
    gpu(`gpu${2 * tray}`, portId(switchId, 0), { ...GEN4_X16, apertureBytes: 32 * GIB }),
    gpu(`gpu${2 * tray + 1}`, portId(switchId, 1), { ...GEN4_X16, apertureBytes: 32 * GIB }),
    nic(`nic${tray}`, portId(switchId, 2), { ...GEN4_X16, wireBitsPerSecond: 200e9 }),
    nvme(`nvme${tray}`, portId(switchId, 3), { ...GEN4_DRIVE, cmbBytes: 64 * MIB }),
  ];
}

/** Two trays; inside a tray peers meet in a switch, between trays in the root complex. */
export const gpuServer: TopologyDocument = machineDocument({
  name: 'GPU server, two trays',
  description: 'Four GPUs, two NICs and two drives below two switches of an AMD host.',
  host: {
    ...AMD_HOST,
    cpu: { ...AMD_HOST.cpu, cores: 64 },
    memory: { ...AMD_HOST.memory, channels: 8, sizeBytes: 512 * GIB },
  },
  hostBridges: [hostBridge('pcie0')],
  functions: [
    hostBridgeFunction('hb0', 'pcie0', AMD_ROOT_COMPLEX),
    rootPort('rp0', { parent: 'pcie0', device: 1 }, { ...GEN4_X16, ids: AMD_ROOT_PORT }),
    rootPort('rp1', { parent: 'pcie0', device: 2 }, { ...GEN4_X16, ids: AMD_ROOT_PORT }),
    rootComplexDma('dma0', { parent: 'pcie0', device: 4 }),
    ...gpuTray(0),
    ...gpuTray(1),
  ],
  transfer: transfer('nic0', 'gpu0'),
});

/** Two sockets: peers below different host bridges, which the kernel's list allows on this platform. */
export const twoSockets: TopologyDocument = machineDocument({
  name: 'Two sockets',
  description: 'A drive on socket 0 and a memory device on socket 1: the bytes cross between root complexes.',
  host: host({ cpu: { model: 'Xeon (2017)', vendor: 'intel', family: 6, cores: 32 } }),
  hostBridges: [
    hostBridge('pcie0', { name: 'Root complex 0', lastBus: 0x7f }),
    hostBridge('pcie1', { name: 'Root complex 1', rootBus: 0x80, numaNode: 1 }),
  ],
  functions: [
    hostBridgeFunction('hb0', 'pcie0', '8086:2020'),
    rootPort('rp0', { parent: 'pcie0', device: 2 }, { gen: 3, width: 4, slot: 1, ids: '8086:2030' }),
    rootComplexDma('dma0', { parent: 'pcie0', device: 4 }),
    nvme('nvme0', 'rp0', { ...GEN3_DRIVE, cmbBytes: 64 * MIB }),
    hostBridgeFunction('hb1', 'pcie1', '8086:2020'),
    rootPort('rp1', { parent: 'pcie1', device: 2 }, { gen: 3, width: 8, slot: 2, ids: '8086:2030' }),
    iopmem('iopmem0', 'rp1', { gen: 3, width: 8, capacityBytes: 256 * MIB }),
  ],
  transfer: transfer('nvme0', 'iopmem0'),
});
