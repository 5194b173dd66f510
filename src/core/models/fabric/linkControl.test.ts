import { describe, expect, it } from 'vitest';
import type { LinkEndSpec } from '../../pcie/machineSpec.ts';
import { linkBytesPerSecond } from '../../pcie/link.ts';
import { COMPLETION_STATUS, FLOW, READ_OUTCOME } from '../../pcie/tlp.ts';
import type { DeviceHandler } from '../ports.ts';
import { builtMachine, device, holdsPattern, PATTERN, switchOf, TestFunction } from '../machines.testing.ts';
import { HOT_RESET_PS, RECOVERY_PS, TRAINING_PS } from './linkControl.ts';
import { counter, errorNames, finish, inject, oneDevice, RAM, timeOfArrival_ps } from './links.testing.ts';

const GEN4: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const GEN3: LinkEndSpec = { maxGen: 3, maxWidth: 8 };

/** A handler that does nothing. */
const QUIET: DeviceHandler = {
  onRoom: () => undefined,
  onReadData: () => undefined,
  onReadDone: () => undefined,
  onRegisterWrite: () => undefined,
  onRegisterRead: () => 0,
  onTimer: () => undefined,
  onReset: () => undefined,
};

/** d0 and d1 below a switch; the links are rp0: 0, sw.0: 1, sw.1: 2. */
function peers(slow: LinkEndSpec = GEN4) {
  const below = (id: string, link: LinkEndSpec) => ({ link, below: device(id, link) });
  const hardware = builtMachine({
    ports: [{ link: GEN4, below: switchOf('sw', GEN4, [below('d0', GEN4), below('d1', slow)]) }],
  });
  return { hardware, d0: new TestFunction(hardware, 'd0'), d1: new TestFunction(hardware, 'd1') };
}

/** What a reset below a link clears and software sets again. */
function configureAgain({ hardware, d0 }: ReturnType<typeof oneDevice>): void {
  const { config } = hardware.functionOf('d0');
  config.write(0x20, 4, d0.base % 2 ** 32);
  config.write(0x24, 4, Math.floor(d0.base / 2 ** 32));
  config.write(0x04, 2, 0x6);
}

describe('a link that goes down', () => {
  it('loses what is on the wire and in the queue; nothing leaks', () => {
    const { hardware, d0 } = oneDevice(GEN4);
    d0.writeAll(RAM, 2 ** 20, PATTERN, FLOW.p2p);
    hardware.runUntil(20_000_000, Infinity);
    const sent = counter(hardware, 'up', 'payload');
    inject(hardware, { kind: 'linkDown', link: 'rp0' });
    finish(hardware);
    expect(counter(hardware, 'up', 'tlps')).toBeLessThan(2 ** 20 / 256);
    expect(counter(hardware, 'up', 'payload')).toBe(sent);
  });

  it('ends reads that were on their way with a completion timeout', () => {
    const machine = oneDevice(GEN4);
    const { hardware, d0 } = machine;
    const done: (readonly [number, number, number])[] = [];
    const cpu = hardware.cpuPort({
      ...QUIET,
      onReadDone: (context, status) => void done.push([context, status, hardware.now_ps]),
    });
    cpu.read(d0.base, 64, 7, FLOW.p2p);
    // The request is past the root port and has not been answered.
    hardware.runUntil(200_000, Infinity);
    expect(counter(hardware, 'down', 'tlps')).toBe(1);
    inject(hardware, { kind: 'linkDown', link: 'rp0' });
    finish(hardware);
    expect(done.map(([context, status]) => [context, status])).toEqual([[7, READ_OUTCOME.timeout]]);
    expect(done[0]?.[2]).toBeGreaterThan(1_000_000_000);
  });

  it('answers requests that wait for it with UR', () => {
    const slow: LinkEndSpec = { maxGen: 1, maxWidth: 1 };
    const { hardware, d0, d1 } = peers(slow);
    // Reads behind writes: on the slow link they queue.
    d0.writeAll(d1.base, 16 * 256, PATTERN, FLOW.p2p);
    d0.port.read(d1.base, 64, 3, FLOW.p2p);
    hardware.runUntil(2_000_000, Infinity);
    expect(counter(hardware, 'down', 'tlps', 2)).toBeLessThan(5);
    inject(hardware, { kind: 'linkDown', link: 'sw.1' });
    finish(hardware);
    expect(d0.done.map(([context, status]) => [context, status])).toEqual([[3, COMPLETION_STATUS.UR]]);
    expect(d0.done[0]?.[2]).toBeLessThan(5_000_000);
  });

  it('comes up again after training, with all its credits', () => {
    const machine = oneDevice({ ...GEN4, bitErrorRate: 1e-6 }, { credits: { postedHeader: 4, postedData: 64 } });
    const { hardware, d0 } = machine;
    d0.writeAll(RAM, 2 ** 18, PATTERN, FLOW.p2p);
    hardware.runUntil(10_000_000, Infinity);
    inject(hardware, { kind: 'linkDown', link: 'rp0' });
    d0.pump = undefined;
    hardware.runUntil(11_000_000, Infinity);
    const tlps = counter(hardware, 'up', 'tlps');
    inject(hardware, { kind: 'linkUp', link: 'rp0' });
    hardware.runUntil(11_000_000 + TRAINING_PS - 1, Infinity);
    expect(d0.port.mayRequest).toBe(false);
    hardware.runUntil(11_000_000 + TRAINING_PS, Infinity);
    configureAgain(machine);
    expect(d0.port.mayRequest).toBe(true);
    // Max_Payload_Size was reset too.
    expect(d0.port.mpsBytes).toBe(128);
    const target = RAM + 2 ** 20;
    d0.writeAll(target, 2 ** 18, PATTERN, FLOW.p2p);
    finish(hardware);
    expect(counter(hardware, 'up', 'tlps') - tlps).toBe(2 ** 18 / 128);
    expect(holdsPattern(hardware.hostMemory.memory, hardware.hostMemory.offsetOf(target), 2 ** 18)).toBe(true);
  });

  it('may do so again and again, at any moment', () => {
    const machine = oneDevice(GEN4, { credits: { postedHeader: 3, postedData: 48 } });
    const { hardware, d0 } = machine;
    for (let round = 0; round < 12; round++) {
      d0.writeAll(RAM, 2 ** 16, PATTERN, FLOW.p2p);
      hardware.runUntil(hardware.now_ps + 700_000 + round * 13_777, Infinity);
      inject(hardware, { kind: 'linkDown', link: 'rp0' }, { kind: 'linkUp', link: 'rp0' });
      d0.pump = undefined;
      hardware.runUntil(hardware.now_ps + TRAINING_PS, Infinity);
      configureAgain(machine);
    }
    finish(hardware);
  });
});

describe('a hot reset', () => {
  it('takes 2 ms and training', () => {
    const machine = oneDevice(GEN4);
    const { hardware, d0 } = machine;
    inject(hardware, { kind: 'hotReset', link: 'rp0' });
    hardware.runUntil(HOT_RESET_PS + TRAINING_PS - 1, Infinity);
    configureAgain(machine);
    expect(d0.port.mayRequest).toBe(false);
    hardware.runUntil(HOT_RESET_PS + TRAINING_PS, Infinity);
    configureAgain(machine);
    expect(d0.port.mayRequest).toBe(true);
    d0.writeAll(RAM, 4096, PATTERN, FLOW.p2p);
    finish(hardware);
  });
});

describe('a link that retrains', () => {
  it('pauses for Recovery and loses nothing', () => {
    const { hardware, d0 } = oneDevice(GEN4);
    hardware.watchArrival({ kind: 'hostMemory' });
    d0.writeAll(RAM, 2 ** 20, PATTERN, FLOW.p2p);
    hardware.runUntil(5_000_000, Infinity);
    inject(hardware, { kind: 'retrain', link: 'rp0' });
    const during = counter(hardware, 'up', 'tlps');
    hardware.runUntil(5_000_000 + RECOVERY_PS - 1_000_000, Infinity);
    expect(counter(hardware, 'up', 'tlps')).toBe(during);
    const time_ps = timeOfArrival_ps(hardware, 2 ** 20);
    const undisturbed = oneDevice(GEN4);
    undisturbed.hardware.watchArrival({ kind: 'hostMemory' });
    undisturbed.d0.writeAll(RAM, 2 ** 20, PATTERN, FLOW.p2p);
    const expected_ps = timeOfArrival_ps(undisturbed.hardware, 2 ** 20) + RECOVERY_PS;
    expect(Math.abs(time_ps - expected_ps)).toBeLessThan(100_000);
    finish(hardware);
    expect(errorNames(hardware)).toEqual([]);
    expect(counter(hardware, 'up', 'skpBusy_ps')).toBeGreaterThan(RECOVERY_PS);
  });

  it.each([
    { gen: 1 as const, width: 8 as const },
    { gen: 4 as const, width: 1 as const },
    { gen: 3 as const, width: 4 as const },
  ])('to Gen$gen x$width runs at that rate afterwards', ({ gen, width }) => {
    const { hardware, d0 } = oneDevice(GEN4);
    hardware.watchArrival({ kind: 'hostMemory' });
    inject(hardware, { kind: 'retrain', link: 'rp0', gen, width });
    d0.writeAll(RAM, 2 ** 18, PATTERN, FLOW.p2p);
    const time_ps = timeOfArrival_ps(hardware, 2 ** 18) - RECOVERY_PS;
    const best_ps = (2 ** 18 * (276 / 256) * 1e12) / linkBytesPerSecond(gen, width);
    expect(time_ps).toBeGreaterThan(best_ps);
    expect(time_ps).toBeLessThan(1.03 * best_ps + 1_000_000);
    finish(hardware);
    expect(hardware.links[0]).toMatchObject({ up: true, gen, width, bytesPerSecond: linkBytesPerSecond(gen, width) });
  });

  it('pauses in the middle of a replay too', () => {
    const { hardware, d0 } = oneDevice(GEN3);
    inject(hardware, { kind: 'corruptTlp', link: 'rp0', direction: 'up', count: 2 });
    d0.writeAll(RAM, 65_536, PATTERN, FLOW.p2p);
    for (let count = 0; count < 40; count++) {
      hardware.runUntil(hardware.now_ps + 50_000, Infinity);
      inject(hardware, { kind: 'retrain', link: 'rp0' });
    }
    finish(hardware);
    expect(holdsPattern(hardware.hostMemory.memory, hardware.hostMemory.offsetOf(RAM), 65_536)).toBe(true);
  });
});

describe('retimers', () => {
  it('add 10 ns each way each', () => {
    const readTime_ps = (retimers: number): number => {
      const { hardware, d0 } = oneDevice({ ...GEN4, retimers });
      d0.port.read(RAM, 64, 0, FLOW.p2p);
      finish(hardware);
      return d0.done[0]?.[2] ?? 0;
    };
    expect(readTime_ps(1) - readTime_ps(0)).toBe(20_000);
    expect(readTime_ps(2) - readTime_ps(0)).toBe(40_000);
  });
});
