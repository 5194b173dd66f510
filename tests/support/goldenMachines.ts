/*
 * The two worked examples of the enumeration reference, section 7.
 */
import type { MachineSpec } from '../../src/core/pcie/machineSpec.ts';
import type { FunctionNode } from './machineBuilder.ts';
import { GIB, MIB, TEST_BRIDGE, TEST_HOST, bar, ioBar, machine } from './machineBuilder.ts';

const LINK = { maxGen: 4, maxWidth: 8 } as const;

function downstreamPort(device: number, below: readonly FunctionNode[], slot: number, hotPlug = false): FunctionNode {
  return {
    id: `dsp${device}`,
    kind: 'downstreamPort',
    device,
    link: LINK,
    acs: { capability: 0x5f, control: 0 },
    slot: { number: slot, hotPlug },
    below,
  };
}

function rootPort(id: string, device: number, slot: number, below: readonly FunctionNode[]): FunctionNode {
  return {
    id,
    kind: 'rootPort',
    device,
    link: { maxGen: 4, maxWidth: 16 },
    acs: { capability: 0x1f, control: 0 },
    slot: { number: slot, hotPlug: false },
    below,
  };
}

const IOPMEM = {
  vendorId: 0x11f8,
  deviceId: 0xf115,
  revision: 2,
  classCode: 0x018002,
  subsystemVendorId: 0x11f8,
  subsystemId: 0xf115,
};

const RESIZABLE = Array.from({ length: 9 }, (_, i) => 2 ** i * MIB);

/** Segment 0: the first example. The IOMMU is on where ACS control shall be 1d. */
export function goldenMachine(iommu: MachineSpec['host']['iommu'] = 'off'): MachineSpec {
  return machine(
    [
      { id: 'hb0', kind: 'hostBridge' },
      rootPort('rp0', 1, 1, [
        {
          id: 'sw0',
          kind: 'upstreamPort',
          link: { maxGen: 4, maxWidth: 16 },
          below: [
            downstreamPort(
              0,
              [{ id: 'iopmem0', kind: 'endpoint', identity: IOPMEM, link: LINK, bars: [bar(4, 256 * MIB, 64, true)] }],
              10,
            ),
            downstreamPort(
              1,
              [
                {
                  id: 'iopmem1',
                  kind: 'endpoint',
                  identity: IOPMEM,
                  link: LINK,
                  bars: [{ ...bar(4, 64 * MIB, 64, true), resizableBytes: RESIZABLE }],
                },
              ],
              11,
            ),
            downstreamPort(
              2,
              [
                {
                  id: 'nvme0',
                  kind: 'endpoint',
                  link: LINK,
                  identity: { subsystemVendorId: 0x1b36, subsystemId: 0x0010 },
                  bars: [bar(0, 16 * 1024, 64, false), bar(4, 2 * MIB, 64, true)],
                  capabilities: {
                    msix: { vectors: 65, bar: 0, tableOffset: 0x2000, pbaOffset: 0x3000 },
                    ats: true,
                    pageRequest: true,
                    pasid: true,
                  },
                },
              ],
              12,
            ),
            downstreamPort(3, [], 13, true),
          ],
        },
      ]),
      rootPort('rp1', 2, 2, [
        {
          id: 'nic0',
          kind: 'endpoint',
          link: LINK,
          identity: { vendorId: 0x15b3, deviceId: 0x101d, classCode: 0x020000 },
          bars: [bar(0, 32 * MIB, 64, true)],
        },
      ]),
    ],
    { host: { ...TEST_HOST, iommu } },
  );
}

/** Segment 1, root bus 40: the second example. */
export function secondGoldenMachine(): MachineSpec {
  const bridge = { ...TEST_BRIDGE, segment: 1, rootBus: 0x40 };
  return machine(
    [
      rootPort('rp0', 1, 1, [
        {
          id: 'sw0',
          kind: 'upstreamPort',
          link: { maxGen: 4, maxWidth: 16 },
          below: [
            downstreamPort(
              0,
              [
                { id: 'mfd0', kind: 'endpoint', device: 0, fn: 0, link: LINK, bars: [bar(4, 16 * GIB, 64, true)] },
                {
                  id: 'mfd1',
                  kind: 'endpoint',
                  device: 0,
                  fn: 1,
                  bars: [bar(0, 4096, 32, false), bar(4, 4 * MIB, 64, true)],
                },
              ],
              10,
            ),
            downstreamPort(
              1,
              [
                {
                  id: 'bridge0',
                  kind: 'pcieToPciBridge',
                  link: LINK,
                  below: [
                    { id: 'pci3', kind: 'pciDevice', device: 3, bars: [bar(0, 128 * 1024, 32, false), ioBar(1, 64)] },
                    { id: 'pci4', kind: 'pciDevice', device: 4, bars: [bar(0, MIB, 32, true)] },
                  ],
                },
              ],
              11,
            ),
          ],
        },
      ]),
    ],
    { hostBridges: [bridge] },
  );
}
