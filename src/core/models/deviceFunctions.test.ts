/*
 * Devices of several functions, and buses of several devices: virtual functions, conventional PCI behind a bridge.
 */
import { describe, expect, it } from 'vitest';
import { privateStorage } from '../../base/storage.ts';
import { highDword, lowDword } from '../../base/bits.ts';
import { findCapability } from '../config/capability.ts';
import { SRIOV, SRIOV_VF_BAR_OFFSET } from '../config/extendedCapabilities.ts';
import type { FunctionSpec, LinkEndSpec, MachineSpec } from '../pcie/machineSpec.ts';
import { COMPLETION_STATUS, FLOW } from '../pcie/tlp.ts';
import { buildHardware } from './buildHardware.ts';
import type { Hardware } from './hardware.ts';
import { expectConserved, Paths, runFor } from './machineChecks.testing.ts';
import { builtMachine, device, holdsPattern, machineSpec, PATTERN, TestFunction } from './machines.testing.ts';

const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const HOST_ADDRESS = 2 ** 32;

describe('virtual functions', () => {
  function machine() {
    const paths = new Paths();
    const physical = device('pf', X8, { virtual: ['vf0', 'vf1'] });
    const hardware = builtMachine(
      {
        ports: [
          { link: X8, below: physical },
          { link: X8, below: device('c', X8) },
        ],
      },
      paths,
    );
    const [pf, vf0, vf1, c] = ['pf', 'vf0', 'vf1', 'c'].map((id) => new TestFunction(hardware, id));
    if (pf === undefined || vf0 === undefined || vf1 === undefined || c === undefined) throw new Error('no device');
    return { hardware, paths, pf, vf0, vf1, c };
  }

  /** What the driver of the physical function writes. */
  function assign(hardware: Hardware, address: number): number {
    const { config } = hardware.functionOf('pf');
    const offset = findCapability(config, SRIOV) ?? NaN;
    const register = offset + SRIOV_VF_BAR_OFFSET + 16;
    config.write(register, 4, lowDword(address));
    config.write(register + 4, 4, highDword(address));
    return offset + 8;
  }

  it('answer at their BARs once the SR-IOV capability has an address for them', () => {
    const { hardware, vf0, vf1, c } = machine();
    c.port.read(vf1.base, 64, 0, FLOW.p2p);
    runFor(hardware);
    expect(c.done[0]?.[1]).toBe(COMPLETION_STATUS.UR);
    assign(hardware, vf0.base);
    for (const vf of [vf0, vf1]) {
      c.writeAll(vf.base, 4096, PATTERN, FLOW.p2p);
      runFor(hardware);
      expect(holdsPattern(vf.memory, 0, 4096)).toBe(true);
    }
    c.port.read(vf1.base, 64, 0, FLOW.p2p);
    runFor(hardware);
    expect(c.done[1]?.[1]).toBe(COMPLETION_STATUS.SC);
    expectConserved(hardware);
  });

  it('do not while VF Memory Space Enable is clear', () => {
    const { hardware, vf0, c } = machine();
    const control = assign(hardware, vf0.base);
    const { config } = hardware.functionOf('pf');
    config.write(control, 2, config.read(control, 2) & ~0x8);
    c.port.read(vf0.base, 64, 0, FLOW.p2p);
    runFor(hardware);
    expect(c.done[0]?.[1]).toBe(COMPLETION_STATUS.UR);
  });

  it('R-10: reach their physical function inside the device (W21)', () => {
    const { hardware, paths, pf, vf0 } = machine();
    assign(hardware, vf0.base);
    pf.port.write(vf0.base, 256, PATTERN, 0, FLOW.p2p);
    vf0.port.write(pf.base, 256, PATTERN, 0, FLOW.p2p);
    runFor(hardware);
    expect(paths.take(hardware)).toEqual([]);
    expect(holdsPattern(pf.memory, 0, 256) && holdsPattern(vf0.memory, 0, 256)).toBe(true);
    expectConserved(hardware);
  });
});

describe('conventional PCI behind a bridge', () => {
  /** c and d below a PCIe-to-PCI bridge at rp0; e at rp1. */
  function machine() {
    const spec = machineSpec({
      ports: [
        { link: X8, below: device('c', X8) },
        { link: X8, below: device('e', X8) },
      ],
    });
    const found = (id: string): FunctionSpec => {
      const fn = spec.functions.find((candidate) => candidate.id === id);
      if (fn === undefined) throw new Error(`no ${id}`);
      return fn;
    };
    const [rp0, rp1, c, e] = [found('rp0'), found('rp1'), found('c'), found('e')];
    const window = { base: 0x40_0000_0000, limit: 0x40_01ff_ffff };
    const buses = (primary: number, secondary: number, subordinate: number) => ({
      firmware: { command: 6, buses: { primary, secondary, subordinate }, prefetchableWindow: window },
    });
    const { link: _link, ...bare } = c;
    const conventional = { ...bare, parent: 'bridge', kind: 'pciDevice' as const };
    const functions: FunctionSpec[] = [
      { ...rp0, ...buses(0, 1, 2) },
      { ...rp0, id: 'bridge', parent: 'rp0', device: 0, kind: 'pcieToPciBridge', ...buses(1, 2, 2) },
      { ...conventional, id: 'c', device: 3, firmware: { command: 6, bars: { 4: 0x40_0000_0000 } } },
      { ...conventional, id: 'd', device: 4, firmware: { command: 6, bars: { 4: 0x40_0100_0000 } } },
      {
        ...rp1,
        firmware: {
          command: 6,
          buses: { primary: 0, secondary: 3, subordinate: 3 },
          prefetchableWindow: { base: 0x40_0200_0000, limit: 0x40_02ff_ffff },
        },
      },
      { ...e, firmware: { command: 6, bars: { 4: 0x40_0200_0000 } } },
    ];
    const machine: MachineSpec = { ...spec, functions };
    const paths = new Paths();
    const hardware = buildHardware(machine, { storage: privateStorage, seed: 1, hops: paths });
    return {
      hardware,
      paths,
      c: new TestFunction(hardware, 'c'),
      d: new TestFunction(hardware, 'd'),
      e: new TestFunction(hardware, 'e'),
    };
  }

  it('R-11: devices on one bus reach each other there, without the bridge', () => {
    const { hardware, paths, c, d } = machine();
    c.writeAll(d.base, 1024, PATTERN, FLOW.p2p);
    runFor(hardware);
    expect(holdsPattern(d.memory, 0, 1024)).toBe(true);
    expect(paths.take(hardware)).toEqual([]);
    expectConserved(hardware);
  });

  it('the bridge sends with the number of its own bus, and answers find the device', () => {
    const { hardware, paths, d } = machine();
    d.port.read(HOST_ADDRESS, 64, 0, FLOW.p2p);
    d.port.write(HOST_ADDRESS + 64, 64, PATTERN, 0, FLOW.p2p);
    runFor(hardware);
    // Bus 2, device 0, function 0 – not 02:04.0.
    expect(new Set(paths.requesters())).toEqual(new Set([0x200]));
    expect(d.done[0]?.[1]).toBe(COMPLETION_STATUS.SC);
    expectConserved(hardware);
  });

  it('is reached from outside and reaches out', () => {
    const { hardware, d, e } = machine();
    e.writeAll(d.base, 1024, PATTERN, FLOW.p2p);
    d.writeAll(e.base, 1024, PATTERN, FLOW.p2p);
    runFor(hardware);
    expect(holdsPattern(d.memory, 0, 1024) && holdsPattern(e.memory, 0, 1024)).toBe(true);
    e.readAll(d.base, 1024, FLOW.p2p);
    runFor(hardware);
    expect(holdsPattern(e.received, 0, 1024)).toBe(true);
    expectConserved(hardware);
  });
});
