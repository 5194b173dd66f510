/*
 * A machine with one device of every kind, for tests.
 *
 *   pcie0 00 ┬ 00.0 host bridge
 *            ├ 01.0 rp0 ═x16═ sw0 ┬ p0 iopmem0   p1 nic0   p2 nvme0 (with CMB)   p3 nvme1 (without)
 *            │                    ├ p4 gpu0      p5 generic0   p6 dma1
 *            ├ 02.0 rp1 ═x8═ nic1
 *            ├ 03.0 rp2 ═x8═ iopmem1
 *            └ 04.0 dma0
 */
import { GIB, KIB, MIB } from '../../base/units.ts';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import {
  gpu,
  hostBridge,
  hostBridgeFunction,
  identity,
  iopmem,
  machineDocument,
  memoryBar,
  nic,
  nvme,
  portId,
  rootComplexDma,
  rootPort,
  switchPorts,
  transfer,
} from '../../topology/build.ts';
import type { TopologyDocument } from '../../topology/document.ts';

const X8 = { gen: 4, width: 8 } as const;
const X16 = { gen: 4, width: 16 } as const;
const X4 = { gen: 4, width: 4 } as const;
const DRIVE = { ...X4, capacityBytes: GIB, readBytesPerSecond: 7e9, writeBytesPerSecond: 4e9 } as const;

/** A class nobody models, with one memory BAR. */
function generic(id: string, parent: string): FunctionSpec {
  return {
    ...iopmem(id, parent, { ...X4, capacityBytes: MIB }),
    identity: identity('1234:5678', 0x118000),
    bars: [memoryBar(0, MIB, false)],
    model: { type: 'generic' },
  };
}

/** A memory-to-memory engine in a slot. */
function dmaCard(id: string, parent: string): FunctionSpec {
  return {
    ...iopmem(id, parent, { ...X8, capacityBytes: MIB }),
    identity: identity('8086:0b25', 0x088000),
    bars: [memoryBar(0, 64 * KIB, false)],
    model: { type: 'dma' },
  };
}

export const allKinds: TopologyDocument = machineDocument({
  name: 'One of every kind',
  description: 'For tests.',
  hostBridges: [hostBridge('pcie0')],
  functions: [
    hostBridgeFunction('hb0', 'pcie0'),
    rootPort('rp0', { parent: 'pcie0', device: 1 }, X16),
    rootPort('rp1', { parent: 'pcie0', device: 2 }, X8),
    rootPort('rp2', { parent: 'pcie0', device: 3 }, X8),
    rootComplexDma('dma0', { parent: 'pcie0', device: 4 }),
    ...switchPorts('sw0', { parent: 'rp0' }, { upstream: X16, downstream: [X8, X8, X4, X4, X16, X4, X8] }),
    iopmem('iopmem0', portId('sw0', 0), { ...X8, capacityBytes: 16 * MIB }),
    nic('nic0', portId('sw0', 1), { ...X8, wireBitsPerSecond: 200e9 }),
    nvme('nvme0', portId('sw0', 2), { ...DRIVE, cmbBytes: 2 * MIB }),
    nvme('nvme1', portId('sw0', 3), DRIVE),
    gpu('gpu0', portId('sw0', 4), { ...X16, apertureBytes: 16 * MIB }),
    generic('generic0', portId('sw0', 5)),
    dmaCard('dma1', portId('sw0', 6)),
    nic('nic1', 'rp1', { ...X8, wireBitsPerSecond: 100e9 }),
    iopmem('iopmem1', 'rp2', { ...X8, capacityBytes: 16 * MIB }),
  ],
  transfer: transfer('nic0', 'iopmem0'),
});

/** Functions that can be an end of a transfer, and one that cannot. */
export const ALL_KINDS_NODES: readonly string[] = [
  'iopmem0',
  'nic0',
  'nvme0',
  'nvme1',
  'gpu0',
  'generic0',
  'dma1',
  'nic1',
  'iopmem1',
  'host',
];
