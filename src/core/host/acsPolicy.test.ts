import { describe, expect, it } from 'vitest';
import { boot } from '../../../tests/support/boot.ts';
import { TEST_HOST, machine } from '../../../tests/support/machineBuilder.ts';
import type { FunctionNode } from '../../../tests/support/machineBuilder.ts';
import { parseKernelParameters } from './kernelParameters.ts';
import { acsControlAfterBoot } from './acsPolicy.ts';
import { runAtBoot } from './enumerate.ts';
import { restoreConfiguration, saveConfiguration } from './hotplug.ts';

const LINK = { maxGen: 4, maxWidth: 8 } as const;
/** A root port (1f) above a switch with two ports (5f) that firmware left with source validation on. */
const NODES: readonly FunctionNode[] = [
  {
    id: 'rp',
    kind: 'rootPort',
    device: 1,
    link: LINK,
    acs: { capability: 0x1f, control: 0 },
    below: [
      {
        id: 'u',
        kind: 'upstreamPort',
        link: LINK,
        below: [0, 1].map((device): FunctionNode => ({
          id: `d${device}`,
          kind: 'downstreamPort',
          device,
          link: LINK,
          acs: { capability: 0x5f, control: 0x01 },
          below: [
            {
              id: `e${device}`,
              kind: 'endpoint',
              link: LINK,
              acs: { capability: 0x0c, control: 0 },
              identity: { vendorId: 0x1234, deviceId: 0x5678, subsystemVendorId: 0x11, subsystemId: 0x22 },
            },
          ],
        })),
      },
    ],
  },
];

/** Control of RP, both DSPs, both endpoints. */
function controls(
  iommu: 'off' | 'passThrough' | 'translate',
  ...kernelParameters: readonly string[]
): readonly string[] {
  const { at } = boot(machine(NODES, { host: { ...TEST_HOST, iommu, kernelParameters } }));
  return ['00:01.0', '02:00.0', '02:01.0', '03:00.0', '04:00.0'].map((bdf) =>
    (at(`0000:${bdf}`)?.acs?.control ?? -1).toString(16).padStart(2, '0'),
  );
}

describe('ACS at boot', () => {
  it('stays as firmware left it while nobody asks (A-3)', () => {
    expect(controls('off')).toEqual(['00', '01', '01', '00', '00']);
  });

  it('is set where the capability allows when an IOMMU is on, pass-through included (A-1, A-2)', () => {
    expect(controls('translate')).toEqual(['1d', '1d', '1d', '0c', '0c']);
    expect(controls('passThrough')).toEqual(controls('translate'));
  });

  it('starts from the firmware value where redirect is disabled by name, losing what A-2 would set (A-4)', () => {
    expect(controls('translate', 'pci=disable_acs_redir=0000:02:00.0')).toEqual(['1d', '01', '1d', '0c', '0c']);
    expect(controls('translate', 'quiet pci=realloc,disable_acs_redir=02:00.0;02:01.0')).toEqual([
      '1d',
      '01',
      '01',
      '0c',
      '0c',
    ]);
  });

  it('takes forced bits last; bits not mentioned have the firmware value (A-5)', () => {
    expect(controls('translate', 'pci=config_acs=1xx0x@0000:02:00.0')).toEqual(['1d', '11', '1d', '0c', '0c']);
    expect(controls('off', 'pci=config_acs=1111111@00:01.0')).toEqual(['1f', '01', '01', '00', '00']);
    expect(controls('translate', 'pci=config_acs=x@0000:02:00.0')).toEqual(['1d', '01', '1d', '0c', '0c']);
  });

  it('names a function by a path or by its identity, 0 = any (A-6)', () => {
    expect(controls('translate', 'pci=disable_acs_redir=00:01.0/00.0/01.0')).toEqual(['1d', '1d', '01', '0c', '0c']);
    expect(controls('translate', 'pci=disable_acs_redir=pci:1234:5678')).toEqual(['1d', '1d', '1d', '00', '00']);
    expect(controls('translate', 'pci=disable_acs_redir=pci:0:0:11:22')).toEqual(['1d', '1d', '1d', '00', '00']);
    expect(controls('translate', 'pci=disable_acs_redir=pci:1234:5679')).toEqual(['1d', '1d', '1d', '0c', '0c']);
    expect(controls('translate', 'pci=disable_acs_redir=0001:02:00.0')).toEqual(controls('translate'));
  });

  it('A-7: what setpci changed at run time is overwritten when functions are restored after a reset', () => {
    const { view, fabric } = boot(machine(NODES, { host: { ...TEST_HOST, iommu: 'translate' } }));
    const saved = runAtBoot(saveConfiguration(view.functions), fabric);
    const port = view.functions.find(({ kind }) => kind === 'downstreamPort');
    const acs = port?.acs;
    if (port === undefined || acs === undefined) throw new Error('no port with ACS');
    const control = (): number => fabric.read(port.segment, port.bdf, acs.offset + 6, 2);
    expect(control()).toBe(0x1d);
    fabric.write(port.segment, port.bdf, acs.offset + 6, 2, 0);
    expect(control()).toBe(0);
    fabric.resetBelow('rp');
    runAtBoot(restoreConfiguration(saved.filter(({ fn }) => fn.upstreamBridge !== undefined)), fabric);
    expect(control()).toBe(0x1d);
  });

  it('A-8: words that mainline does not have change nothing', () => {
    expect(controls('translate', 'pci=noacs')).toEqual(controls('translate'));
    expect(controls('translate', 'pcie_acs_override=downstream,multifunction')).toEqual(controls('translate'));
  });

  it('writes no bit the capability lacks, and turns neither egress control nor direct translated on by itself', () => {
    const policy = { asked: true, parameters: parseKernelParameters([]) };
    for (let capability = 0; capability < 0x80; capability++) {
      const control = acsControlAfterBoot(policy, capability, 0, () => false);
      expect(control).toBe(capability & 0x1d);
    }
  });
});

describe('kernel parameters', () => {
  it('are read from every pci= word', () => {
    const parameters = parseKernelParameters([
      'pci=hpbussize=4,hpmemsize=64M',
      'pci=pcie_bus_perf,assign-busses',
      'iommu=pt',
    ]);
    expect(parameters).toMatchObject({
      hotPlugBusses: 4,
      hotPlugMemoryBytes: 2 ** 26,
      hotPlugPrefetchableBytes: 2 ** 26,
      hotPlugIoBytes: 256,
      payloadPolicy: 'performance',
      assignBusses: true,
      reallocate: false,
    });
  });
});
