import { describe, expect, it } from 'vitest';
import { findCapability } from '../../config/capability.ts';
import {
  DEVICE_CONTROL,
  EXPRESS,
  LINK_CONTROL_DOWNSTREAM,
  LINK_STATUS,
  SLOT_STATUS,
} from '../../config/expressCapability.ts';
import { BRIDGE_CONTROL, COMMAND } from '../../config/header.ts';
import { LINK_COUNTER, LINK_COUNTER_COUNT, MACHINE_COUNTER } from '../../pcie/counters.ts';
import type { FaultSpec } from '../../pcie/faults.ts';
import type { NodeId } from '../../pcie/machineSpec.ts';
import { FLOW, READ_OUTCOME } from '../../pcie/tlp.ts';
import { buildHardware } from '../buildHardware.ts';
import { privateStorage } from '../../../base/storage.ts';
import type { Hardware } from '../hardware.ts';
import { holdsPattern, machineSpec, PATTERN, TestFunction } from '../machines.testing.ts';
import { benchOf, errorsOf, reportAll, rootStatusOf, settle, statusOf, threeDevices, write } from './faults.testing.ts';

const AWAY = 0;
const TOWARDS = 1;

function linkStatusOf(hardware: Hardware, node: NodeId) {
  const { config } = hardware.functionOf(node);
  const express = findCapability(config, EXPRESS) ?? 0;
  const field = (name: 'speed' | 'width' | 'dataLinkActive') => config.field(LINK_STATUS, express, name);
  return { speed: field('speed'), width: field('width'), active: field('dataLinkActive') };
}

function linkCounter(hardware: Hardware, port: NodeId, direction: number, field: number): number {
  const index = hardware.links.find(({ upper }) => upper === port)?.index ?? Number.NaN;
  return hardware.linkCounters[(2 * index + direction) * LINK_COUNTER_COUNT + field] ?? Number.NaN;
}

describe('errors of a link', () => {
  it('a TLP with a bad LCRC is replayed: Bad TLP at its receiver, ERR_COR, and every byte arrives', () => {
    const { hardware, a, b } = benchOf();
    expect(hardware.inject({ kind: 'corruptTlp', link: 'sw.0', direction: 'up', count: 2 })).toBeUndefined();
    a.writeAll(b.base, 4096, PATTERN, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(holdsPattern(b.memory, 0, 4096)).toBe(true);
    expect(errorsOf(hardware).filter(({ node }) => node === 'sw.0')).toMatchObject([
      { node: 'sw.0', bit: 6, name: 'Bad TLP', severity: 'correctable', message: 'ERR_COR', recovery: 'replayed' },
      { node: 'sw.0', bit: 6 },
    ]);
    expect(statusOf(hardware, 'sw.0')).toMatchObject({ device: [0], correctable: [6], uncorrectable: [] });
    expect(rootStatusOf(hardware, 'rp0')).toEqual({ status: 0b11, correctable: 0x0200, uncorrectable: 0 });
    expect(linkCounter(hardware, 'sw.0', TOWARDS, LINK_COUNTER.replayedTlps)).toBeGreaterThanOrEqual(2);
    expect(linkCounter(hardware, 'sw.0', TOWARDS, LINK_COUNTER.naks)).toBeGreaterThanOrEqual(1);
  });

  it('a lost Ack makes the replay timer run out: Replay Timer Timeout at the sender', () => {
    const { hardware, a, b } = benchOf();
    // Otherwise the Ack of the message about the damaged Ack would make up for it.
    const { config } = hardware.functionOf('a');
    write(config, DEVICE_CONTROL, findCapability(config, EXPRESS) ?? 0, { correctableErrorReporting: 0 });
    expect(hardware.inject({ kind: 'loseAcks', link: 'sw.0', direction: 'up', count: 1 })).toBeUndefined();
    a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(holdsPattern(b.memory, 0, 64)).toBe(true);
    expect(errorsOf(hardware)).toMatchObject([
      { node: 'a', bit: 7, name: 'Bad DLLP', message: undefined },
      { node: 'a', bit: 12, name: 'Replay Timer Timeout', message: undefined, recovery: 'replayed' },
    ]);
    expect(statusOf(hardware, 'a')).toMatchObject({ device: [0], correctable: [7, 12] });
  });

  it('bit errors are found by LCRC and CRC, and cost time but no bytes', () => {
    const run = (rate: number) => {
      const { hardware, a, b } = benchOf();
      expect(hardware.inject({ kind: 'bitErrors', link: 'sw.0', direction: 'up', rate })).toBeUndefined();
      a.writeAll(b.base, 2 ** 18, PATTERN, FLOW.p2p);
      hardware.runUntil(1e9, 1e7);
      expect(holdsPattern(b.memory, 0, 2 ** 18)).toBe(true);
      const busy = linkCounter(hardware, 'sw.0', TOWARDS, LINK_COUNTER.replayBusy_ps);
      return { errors: errorsOf(hardware), busy };
    };
    expect(run(0)).toEqual({ errors: [], busy: 0 });
    const broken = run(1e-5);
    expect(broken.busy).toBeGreaterThan(0);
    expect(new Set(broken.errors.map(({ name }) => name)).has('Bad TLP')).toBe(true);
    expect(benchOf().hardware.inject({ kind: 'bitErrors', link: 'sw.0', direction: 'up', rate: 0.5 })).toContain(
      '0…0.001',
    );
  });

  it('retraining to a lower speed and width shows in Link Status, and traffic goes on', () => {
    const { hardware, a, b } = benchOf();
    a.writeAll(b.base, 2 ** 16, PATTERN, FLOW.p2p);
    hardware.runUntil(1e6, 1e6);
    expect(hardware.inject({ kind: 'retrain', link: 'sw.0', gen: 1, width: 4 })).toBeUndefined();
    expect(settle(hardware)).toEqual([]);
    expect(holdsPattern(b.memory, 0, 2 ** 16)).toBe(true);
    expect(linkStatusOf(hardware, 'sw.0')).toEqual({ speed: 1, width: 4, active: 1 });
    expect(linkStatusOf(hardware, 'a')).toEqual({ speed: 1, width: 4, active: 0 });
    expect(hardware.inject({ kind: 'retrain', link: 'sw.0', gen: 5 })).toContain('that or less');
  });
});

describe('a link that goes down', () => {
  it('9.1: is Surprise Down at its port, fatal; requests to it end with UR, its own in completion timeouts', () => {
    const { hardware, a, b, c } = benchOf();
    a.readAll(b.base, 2 ** 16, FLOW.p2p);
    b.readAll(c.base, 2 ** 16, FLOW.p2p);
    c.writeAll(0x1_0000_0000, 2 ** 16, PATTERN, FLOW.bounceIn);
    hardware.runUntil(2e6, 1e6);
    expect(hardware.inject({ kind: 'linkDown', link: 'sw.1' })).toBeUndefined();
    expect(settle(hardware)).toEqual([]);
    expect(errorsOf(hardware)[0]).toMatchObject({
      node: 'sw.1',
      bit: 5,
      name: 'Surprise Down',
      severity: 'fatal',
      message: 'ERR_FATAL',
    });
    expect(statusOf(hardware, 'sw.1')).toMatchObject({ device: expect.arrayContaining([2]), pointer: 5 });
    expect(rootStatusOf(hardware, 'rp0').status & 0b100_0000).toBe(0b100_0000);
    expect(linkStatusOf(hardware, 'sw.1')).toEqual({ speed: 1, width: 0, active: 0 });
    const outcomes = new Set(a.done.map(([, status]) => status));
    expect(
      [...outcomes].every((status) => [READ_OUTCOME.SC, READ_OUTCOME.UR, READ_OUTCOME.timeout].includes(status as 0)),
    ).toBe(true);
    expect(outcomes.size).toBeGreaterThan(1);
    // Others go on: what c wrote is all there.
    expect(holdsPattern(hardware.hostMemory.memory, hardware.hostMemory.offsetOf(0x1_0000_0000), 2 ** 16)).toBe(true);
    // What is plugged in was reset by losing its link.
    expect(hardware.functionOf('b').config.field(COMMAND, 0, 'memorySpaceEnable')).toBe(0);
  });

  it('comes up again with its device at reset values, and works once software has configured it', () => {
    const { hardware, a, b } = benchOf();
    const { config } = hardware.functionOf('b');
    const before = [0x04, 0x20, 0x24].map((offset) => config.read(offset, 4));
    const ready: (readonly NodeId[])[] = [];
    hardware.onReady((nodes) => ready.push(nodes));
    hardware.inject({ kind: 'linkDown', link: 'sw.1' });
    expect(hardware.inject({ kind: 'linkDown', link: 'sw.1' })).toContain('is down');
    expect(hardware.inject({ kind: 'linkUp', link: 'sw.1' })).toBeUndefined();
    settle(hardware);
    expect(ready).toEqual([['b']]);
    expect(linkStatusOf(hardware, 'sw.1')).toEqual({ speed: 4, width: 8, active: 1 });
    a.port.read(b.base, 64, 1, FLOW.p2p);
    settle(hardware);
    for (const [index, offset] of [0x04, 0x20, 0x24].entries()) config.write(offset, 4, before[index] ?? 0);
    a.port.read(b.base, 64, 2, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(a.done.map(([context, status]) => [context, status])).toEqual([
      [1, READ_OUTCOME.UR],
      [2, READ_OUTCOME.SC],
    ]);
  });

  it('says what cannot be done', () => {
    const { hardware } = benchOf();
    const refused = (fault: FaultSpec): string | undefined => hardware.inject(fault);
    expect(refused({ kind: 'linkUp', link: 'sw.1' })).toContain('is up already');
    expect(refused({ kind: 'hotAdd', link: 'sw.1' })).toContain('there is a device');
    expect(refused({ kind: 'linkDown', link: 'a' })).toContain('no port with a link');
    expect(refused({ kind: 'linkDown', link: 'nowhere' })).toContain('no port with a link');
    expect(refused({ kind: 'functionLevelReset', node: 'nowhere' })).toContain('no function nowhere');
    expect(refused({ kind: 'functionLevelReset', node: 'sw.1' })).toContain('no Function Level Reset');
    expect(refused({ kind: 'malformed', node: 'sw.0', count: 1 })).toContain('is a bridge');
    expect(refused({ kind: 'noAnswer', node: 'a', count: 0 })).toContain('1 or more');
    expect(refused({ kind: 'unmapIommu', node: 'a' })).toContain('IOMMU is off');
    expect(hardware.errors.total).toBe(0);
    expect(hardware.machineCounters[MACHINE_COUNTER.injectedFaults]).toBe(0);
  });
});

describe('slots', () => {
  function slotBench() {
    const spec = machineSpec(threeDevices());
    const functions = spec.functions.map((fn) =>
      fn.id === 'sw.1' ? { ...fn, slot: { number: 7, hotPlug: true } } : fn,
    );
    const hardware = buildHardware({ ...spec, functions }, { storage: privateStorage, seed: 1 });
    for (const { config } of hardware.functions) reportAll(config);
    return { hardware, a: new TestFunction(hardware, 'a'), b: new TestFunction(hardware, 'b') };
  }
  function slotStatus(hardware: Hardware) {
    const { config } = hardware.functionOf('sw.1');
    const express = findCapability(config, EXPRESS) ?? 0;
    const field = (name: 'presenceDetect' | 'presenceDetectChanged' | 'dataLinkStateChanged') =>
      config.field(SLOT_STATUS, express, name);
    return [field('presenceDetect'), field('presenceDetectChanged'), field('dataLinkStateChanged')];
  }

  it('a device taken out of a hot-plug slot changes Slot Status, and is no error', () => {
    const { hardware, a, b } = slotBench();
    a.readAll(b.base, 2 ** 16, FLOW.p2p);
    hardware.runUntil(1e6, 1e6);
    expect(slotStatus(hardware)).toEqual([1, 0, 0]);
    expect(hardware.inject({ kind: 'surpriseRemoval', link: 'sw.1' })).toBeUndefined();
    expect(slotStatus(hardware)).toEqual([0, 1, 1]);
    expect(settle(hardware)).toEqual([]);
    expect(errorsOf(hardware).some(({ name }) => name === 'Surprise Down')).toBe(false);
    expect(hardware.inject({ kind: 'linkUp', link: 'sw.1' })).toContain('Nothing is plugged in');
  });

  it('a device plugged in again comes up with power-on values, sticky bits included', () => {
    const { hardware, a, b } = slotBench();
    hardware.inject({ kind: 'completerAbort', node: 'b', count: 1 });
    a.port.read(b.base, 64, 1, FLOW.p2p);
    settle(hardware);
    expect(statusOf(hardware, 'b').uncorrectable).toEqual([15]);
    hardware.inject({ kind: 'surpriseRemoval', link: 'sw.1' });
    settle(hardware);
    expect(hardware.inject({ kind: 'hotAdd', link: 'sw.1' })).toBeUndefined();
    settle(hardware);
    expect(slotStatus(hardware)).toEqual([1, 1, 1]);
    expect(statusOf(hardware, 'b')).toMatchObject({ uncorrectable: [], pointer: 0, header: [0, 0, 0, 0] });
    expect(linkStatusOf(hardware, 'sw.1')).toEqual({ speed: 4, width: 8, active: 1 });
  });
});

describe('resets', () => {
  it('a hot reset gives everything below its reset values and forgets what was under way', () => {
    const { hardware, a, b, c } = benchOf();
    a.readAll(c.base, 2 ** 16, FLOW.p2p);
    c.readAll(b.base, 2 ** 16, FLOW.p2p);
    hardware.runUntil(1e6, 1e6);
    expect(hardware.inject({ kind: 'hotReset', link: 'rp0' })).toBeUndefined();
    expect(settle(hardware)).toEqual([]);
    for (const node of ['sw', 'sw.0', 'sw.1', 'a', 'b']) {
      expect(hardware.functionOf(node).config.field(COMMAND, 0, 'memorySpaceEnable')).toBe(0);
    }
    expect(hardware.functionOf('c').config.field(COMMAND, 0, 'memorySpaceEnable')).toBe(1);
    expect(['rp0', 'sw.0', 'sw.1'].map((node) => linkStatusOf(hardware, node).active)).toEqual([1, 1, 1]);
  });

  it('software starts a hot reset with Secondary Bus Reset, and the link is down while the bit is set', () => {
    const { hardware, a, b } = benchOf();
    const { config } = hardware.functionOf('sw.1');
    a.readAll(b.base, 2 ** 16, FLOW.p2p);
    hardware.runUntil(1e6, 1e6);
    write(config, BRIDGE_CONTROL, 0, { secondaryBusReset: 1 });
    hardware.runUntil(3e6, 1e6);
    expect(linkStatusOf(hardware, 'sw.1').active).toBe(0);
    write(config, BRIDGE_CONTROL, 0, { secondaryBusReset: 0 });
    expect(settle(hardware)).toEqual([]);
    expect(linkStatusOf(hardware, 'sw.1').active).toBe(1);
    expect(hardware.functionOf('b').config.field(COMMAND, 0, 'busMasterEnable')).toBe(0);
  });

  it('software takes a link down with Link Disable and brings it back', () => {
    const { hardware } = benchOf();
    const { config } = hardware.functionOf('sw.1');
    const express = findCapability(config, EXPRESS) ?? 0;
    write(config, LINK_CONTROL_DOWNSTREAM, express, { linkDisable: 1 });
    settle(hardware);
    expect(linkStatusOf(hardware, 'sw.1').active).toBe(0);
    write(config, LINK_CONTROL_DOWNSTREAM, express, { linkDisable: 0 });
    settle(hardware);
    expect(linkStatusOf(hardware, 'sw.1').active).toBe(1);
  });

  it('a function level reset stops the function, and only it; the completions it had asked for are unexpected', () => {
    const { hardware, a, b, c } = benchOf();
    a.readAll(b.base, 2 ** 16, FLOW.p2p);
    c.writeAll(b.base, 2 ** 16, PATTERN, FLOW.p2p);
    hardware.runUntil(2e6, 1e6);
    expect(hardware.inject({ kind: 'functionLevelReset', node: 'a' })).toBeUndefined();
    expect(settle(hardware)).toEqual([]);
    expect(hardware.functionOf('a').config.field(COMMAND, 0, 'busMasterEnable')).toBe(0);
    expect(linkStatusOf(hardware, 'sw.0').active).toBe(1);
    expect(holdsPattern(b.memory, 0, 2 ** 16)).toBe(true);
    expect(new Set(errorsOf(hardware).map(({ name }) => name))).toEqual(
      new Set(['Unexpected Completion', 'Header Log Overflow']),
    );
  });

  it('every injection leaves a note and is counted; planned ones happen at their time', () => {
    const { hardware } = benchOf();
    hardware.injectAt(5e6, { kind: 'surpriseRemoval', link: 'rp1' });
    hardware.injectAt(9e6, { kind: 'surpriseRemoval', link: 'rp1' });
    settle(hardware);
    expect(hardware.errors.kept.filter(({ severity }) => severity === 'note')).toMatchObject([
      { at_ps: 5e6, node: 'rp1', name: 'Injected: surprise removal', recovery: 'injected' },
      { at_ps: 9e6, node: 'rp1', name: 'Fault not possible', recovery: 'nothing injected' },
    ]);
    expect(hardware.machineCounters[MACHINE_COUNTER.injectedFaults]).toBe(1);
    expect(linkCounter(hardware, 'rp1', AWAY, LINK_COUNTER.tlps)).toBe(0);
  });
});
