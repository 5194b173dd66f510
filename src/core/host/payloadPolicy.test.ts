import { describe, expect, it } from 'vitest';
import { boot } from '../../../tests/support/boot.ts';
import { machine } from '../../../tests/support/machineBuilder.ts';
import type { FunctionNode } from '../../../tests/support/machineBuilder.ts';
import type { MachineSpec } from '../pcie/machineSpec.ts';

const LINK = { maxGen: 4, maxWidth: 8 } as const;

/** Supported: RP 512, USP 512, DSPs 512, e0 256, e1 512; and an integrated endpoint that supports 1024. */
function tree(hotPlug = false, rootPortMps?: number): MachineSpec {
  const dsp = (device: number, supported: number): FunctionNode => ({
    id: `d${device}`,
    kind: 'downstreamPort',
    device,
    link: LINK,
    mpsSupportedBytes: 512,
    slot: { number: device, hotPlug },
    below: [{ id: `e${device}`, kind: 'endpoint', link: LINK, mpsSupportedBytes: supported }],
  });
  const up: FunctionNode = {
    id: 'u',
    kind: 'upstreamPort',
    link: LINK,
    mpsSupportedBytes: 512,
    below: [dsp(0, 256), dsp(1, 512)],
  };
  const rp: FunctionNode = {
    id: 'rp',
    kind: 'rootPort',
    device: 1,
    link: LINK,
    mpsSupportedBytes: 512,
    below: [up],
    ...(rootPortMps === undefined ? {} : { mpsBytes: rootPortMps }),
  };
  return machine([rp, { id: 'i', kind: 'rcEndpoint', device: 4, mpsSupportedBytes: 1024 }], {
    start: rootPortMps === undefined ? 'cold' : 'firmware',
  });
}

/** MPS/MRRS of RP, USP, DSP0, DSP1, e0, e1 and the integrated endpoint. */
function sizes(spec: MachineSpec, ...kernelParameters: readonly string[]): readonly string[] {
  const { at } = boot(spec, { kernelParameters, startDrivers: true });
  return ['00:01.0', '01:00.0', '02:00.0', '02:01.0', '03:00.0', '04:00.0', '00:04.0'].map((bdf) => {
    const entry = at(`0000:${bdf}`);
    return `${entry?.mpsBytes}/${entry?.mrrsBytes}`;
  });
}

describe('payload sizes', () => {
  it("by default take over the bridge's, which nothing raises; integrated endpoints their maximum", () => {
    expect(sizes(tree())).toEqual(['128/512', '128/512', '128/512', '128/512', '128/512', '128/512', '1024/512']);
  });

  it('by default follow a root port that firmware raised; a mismatch below a switch stays and is reported', () => {
    expect(sizes(tree(false, 512))).toEqual([
      '512/512',
      '512/512',
      '512/512',
      '512/512',
      '128/512',
      '512/512',
      '1024/512',
    ]);
    const { view } = boot(tree(false, 512), { startDrivers: true });
    expect(view.diagnostics.map((entry) => entry.message)).toEqual([
      'pci 0000:03:00.0: can\'t set Max Payload Size to 512; if necessary, use "pci=pcie_bus_safe" and report a bug',
    ]);
  });

  it('lower a root port to an endpoint that supports less', () => {
    const spec = machine(
      [
        {
          id: 'rp',
          kind: 'rootPort',
          device: 1,
          link: LINK,
          mpsSupportedBytes: 512,
          mpsBytes: 512,
          below: [{ id: 'e', kind: 'endpoint', link: LINK, mpsSupportedBytes: 256 }],
        },
      ],
      { start: 'firmware' },
    );
    const { at } = boot(spec, { startDrivers: true });
    expect([at('0000:00:01.0')?.mpsBytes, at('0000:01:00.0')?.mpsBytes]).toEqual([256, 256]);
  });

  it.each([
    ['pcie_bus_safe', false, ['256/512', '256/512', '256/512', '256/512', '256/512', '256/512', '1024/512']],
    ['pcie_bus_safe', true, ['128/512', '128/512', '128/512', '128/512', '128/512', '128/512', '1024/512']],
    ['pcie_bus_perf', false, ['512/512', '512/512', '512/512', '512/512', '256/256', '512/512', '1024/512']],
    ['pcie_bus_peer2peer', false, ['128/512', '128/512', '128/512', '128/512', '128/512', '128/512', '128/512']],
    ['pcie_bus_tune_off', false, ['128/512', '128/512', '128/512', '128/512', '128/512', '128/512', '128/512']],
  ])('pci=%s, hot-plug ports %s', (policy, hotPlug, expected) => {
    expect(sizes(tree(hotPlug), `pci=${policy}`)).toEqual(expected);
  });

  it('end with what the document asks for', () => {
    const spec = tree();
    const { at } = boot(spec, {
      payloadSettings: (_segment, bdf) => (bdf === 0x0300 ? { mpsBytes: 256, mrrsBytes: 4096 } : undefined),
    });
    expect([at('0000:03:00.0')?.mpsBytes, at('0000:03:00.0')?.mrrsBytes, at('0000:04:00.0')?.mpsBytes]).toEqual([
      256, 4096, 128,
    ]);
  });
});
