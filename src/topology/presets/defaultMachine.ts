import { MIB } from '../../base/units.ts';
import {
  hostBridge,
  hostBridgeFunction,
  iopmem,
  machineDocument,
  nic,
  nvme,
  rootComplexDma,
  rootPort,
  switchPorts,
  transfer,
} from '../build.ts';
import type { TopologyDocument } from '../document.ts';

/** A port of the default switch. */
const GEN4_X8 = { gen: 4, width: 8 } as const;

/*
 * pcie0 00 ┬ 00.0 host bridge, not on the kernel's list
 *          ├ 01.0 rp0 ═x16═ sw0 ┬ p0 ═x8═ iopmem0
 *          │                    ├ p1 ═x8═ nic0
 *          │                    ├ p2 ═x8═ iopmem1
 *          │                    └ p3 ═x8═ (empty hot-plug slot)
 *          ├ 02.0 rp1 ═x4═ nvme0
 *          └ 04.0 dma0
 */

/** The machine that is there when the page opens (design/01-main-dark). */
export const defaultMachine: TopologyDocument = machineDocument({
  name: 'One switch, three devices',
  description: 'A NIC and two memory devices below one switch, a drive on a root port of its own.',
  hostBridges: [hostBridge('pcie0')],
  functions: [
    hostBridgeFunction('hb0', 'pcie0'),
    rootPort('rp0', { parent: 'pcie0', device: 1 }, { gen: 4, width: 16, slot: 1 }),
    rootPort('rp1', { parent: 'pcie0', device: 2 }, { gen: 4, width: 4, slot: 2 }),
    rootComplexDma('dma0', { parent: 'pcie0', device: 4 }),
    ...switchPorts(
      'sw0',
      { parent: 'rp0' },
      {
        name: 'Switch',
        upstream: { gen: 4, width: 16 },
        downstream: [
          { ...GEN4_X8, slot: 10 },
          { ...GEN4_X8, slot: 11 },
          { ...GEN4_X8, slot: 12 },
          { ...GEN4_X8, slot: 13, hotPlug: true },
        ],
        latency_ps: 105_000,
      },
    ),
    iopmem('iopmem0', 'sw0-p0', { ...GEN4_X8, capacityBytes: 256 * MIB }),
    nic('nic0', 'sw0-p1', { ...GEN4_X8, wireBitsPerSecond: 200e9 }),
    iopmem('iopmem1', 'sw0-p2', { ...GEN4_X8, capacityBytes: 256 * MIB }),
    nvme('nvme0', 'rp1', {
      gen: 4,
      width: 4,
      capacityBytes: 3.84e12,
      readBytesPerSecond: 7e9,
      writeBytesPerSecond: 4e9,
      cmbBytes: 64 * MIB,
    }),
  ],
  transfer: transfer('nic0', 'iopmem0'),
});
