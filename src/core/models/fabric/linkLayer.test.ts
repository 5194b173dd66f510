import { describe, expect, it } from 'vitest';
import type { LinkEndSpec } from '../../pcie/machineSpec.ts';
import { ackLimitSymbols, linkRate } from '../../pcie/link.ts';
import { FLOW } from '../../pcie/tlp.ts';
import { builtMachine, device, holdsPattern, PATTERN, switchOf, TestFunction } from '../machines.testing.ts';
import { RECOVERY_PS } from './linkControl.ts';
import { linkTiming } from './linkTiming.ts';
import { counter, errorNames, finish, inject, oneDevice, RAM, writeTime_ps } from './links.testing.ts';

const GEN1: LinkEndSpec = { maxGen: 1, maxWidth: 4 };
const GEN3: LinkEndSpec = { maxGen: 3, maxWidth: 8 };
const GEN4: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const GEN6: LinkEndSpec = { maxGen: 6, maxWidth: 4 };
const WRITTEN = 65_536;

function written({ hardware, d0 }: ReturnType<typeof oneDevice>, lengthBytes = WRITTEN): boolean {
  d0.writeAll(RAM, lengthBytes, PATTERN, FLOW.p2p);
  finish(hardware);
  const { memory } = hardware.hostMemory;
  return holdsPattern(memory, hardware.hostMemory.offsetOf(RAM), lengthBytes);
}

describe('a TLP with a bad LCRC', () => {
  it('is answered with one Nak, sent again with all that followed it, and arrives once', () => {
    const machine = oneDevice(GEN4);
    const { hardware } = machine;
    inject(hardware, { kind: 'corruptTlp', link: 'rp0', direction: 'up', count: 1 });
    expect(written(machine)).toBe(true);
    expect(errorNames(hardware)).toEqual(['Bad TLP']);
    expect(counter(hardware, 'up', 'naks')).toBe(1);
    expect(counter(hardware, 'up', 'tlps')).toBe(WRITTEN / 256);
    // What left in the time of a round trip.
    expect(counter(hardware, 'up', 'replayedTlps')).toBeGreaterThan(5);
    expect(counter(hardware, 'up', 'replayedTlps')).toBeLessThan(15);
    expect(counter(hardware, 'up', 'payload')).toBe(0);
    expect(counter(hardware, 'down', 'naks')).toBe(0);
  });

  it('is also a receiver error where symbols can be told from others (8b/10b)', () => {
    const machine = oneDevice(GEN1);
    inject(machine.hardware, { kind: 'corruptTlp', link: 'rp0', direction: 'up', count: 1 });
    expect(written(machine)).toBe(true);
    expect(errorNames(machine.hardware)).toEqual(['Receiver Error', 'Bad TLP']);
  });

  it('costs the time from its start to the end of the TLP during which the Nak came', () => {
    const lengthBytes = 2 ** 20;
    const clean = writeTime_ps(GEN4, lengthBytes);
    const hit = writeTime_ps(GEN4, lengthBytes, (hardware) =>
      inject(hardware, { kind: 'corruptTlp', link: 'rp0', direction: 'up', count: 1 }),
    );
    const replayed_ps = counter(hit.hardware, 'up', 'replayBusy_ps');
    expect(Math.abs(hit.time_ps - clean.time_ps - replayed_ps)).toBeLessThan(3_000);
    // Port, wire and port again each way, the Nak, and the TLP itself with half of another.
    const { psPerByte, portLatency_ps, propagation_ps } = linkTiming(4, 8, 256, 0.3);
    const nak_ps = 4 * portLatency_ps + 2 * propagation_ps + 8 * psPerByte;
    const expected_ps = nak_ps + 1.5 * 276 * psPerByte;
    expect(Math.abs(replayed_ps - expected_ps)).toBeLessThan(276 * psPerByte);
  });

  it('is not asked for twice: if the replay is hit the timer runs out, and the fourth replay retrains the link', () => {
    const machine = oneDevice(GEN4);
    const { hardware } = machine;
    inject(hardware, { kind: 'corruptTlp', link: 'rp0', direction: 'up', count: 4 });
    expect(written(machine, 256)).toBe(true);
    const timeouts = ['Bad TLP', 'Replay Timer Timeout'];
    const expected = ['Bad TLP', ...timeouts, ...timeouts, ...timeouts, 'Replay Number Rollover'];
    expect(errorNames(hardware)).toEqual(expected);
    expect(counter(hardware, 'up', 'naks')).toBe(1);
    expect(counter(hardware, 'up', 'replayedTlps')).toBe(4);
    // Recovery is spent in training sequences: ordered sets.
    expect(counter(hardware, 'up', 'skpBusy_ps')).toBeGreaterThanOrEqual(RECOVERY_PS);
    expect(hardware.now_ps).toBeGreaterThan(RECOVERY_PS);
  });

  it('loses nothing in flit mode, where the replay starts with the bad flit', () => {
    const machine = oneDevice(GEN6);
    const { hardware } = machine;
    inject(hardware, { kind: 'corruptTlp', link: 'rp0', direction: 'up', count: 1 });
    expect(written(machine)).toBe(true);
    expect(counter(hardware, 'up', 'naks')).toBe(1);
    expect(counter(hardware, 'up', 'dllpBytes')).toBe(0);
    // Whole flits, of which the first is the bad one.
    expect(counter(hardware, 'up', 'replayBusy_ps')).toBeGreaterThan(linkTiming(6, 4, 256, 0.3).flit_ps);
  });
});

describe('a lost Ack', () => {
  it.each([GEN3, GEN4])('lets the replay timer of generation $maxGen run out; the duplicate is dropped', (link) => {
    const machine = oneDevice(link);
    const { hardware } = machine;
    inject(hardware, { kind: 'loseAcks', link: 'rp0', direction: 'up', count: 1 });
    expect(written(machine, 256)).toBe(true);
    expect(errorNames(hardware)).toEqual(['Bad DLLP', 'Replay Timer Timeout']);
    expect(counter(hardware, 'up', 'replayedTlps')).toBe(1);
    expect(counter(hardware, 'up', 'tlps')).toBe(1);
    const [, timeout] = hardware.errors.kept.filter((record) => !record.name.startsWith('Injected'));
    const rate = linkRate(link.maxGen);
    const symbols = link.maxGen === 3 ? 3 * ackLimitSymbols(3, 8, 256) : 24_000;
    // From the end of the TLP, 276 bytes after the start.
    const expected_ps = (symbols + 276 / 8) * rate.symbolTime_ps;
    expect(timeout?.at_ps).toBeGreaterThan(expected_ps - 1_000);
    expect(timeout?.at_ps).toBeLessThan(expected_ps + 5_000);
  });

  it('does no harm while later Acks say more', () => {
    const machine = oneDevice(GEN4);
    inject(machine.hardware, { kind: 'loseAcks', link: 'rp0', direction: 'up', count: 2 });
    expect(written(machine)).toBe(true);
    expect(counter(machine.hardware, 'up', 'replayedTlps')).toBe(0);
  });
});

describe('bit errors', () => {
  it('that hit UpdateFCs stop nobody, however few credits there are', () => {
    const credits = { postedHeader: 2, postedData: 32 };
    const machine = oneDevice({ ...GEN3, bitErrorRate: 1e-4 }, { credits });
    expect(written(machine)).toBe(true);
    expect(errorNames(machine.hardware)).toContain('Bad DLLP');
  });

  it('at the highest rate are survived', () => {
    const machine = oneDevice({ ...GEN3, bitErrorRate: 1e-3 });
    expect(written(machine, 8192)).toBe(true);
    expect(errorNames(machine.hardware)).toContain('Replay Number Rollover');
  });

  it('end when the rate is set to 0', () => {
    const machine = oneDevice({ ...GEN4, bitErrorRate: 1e-4 });
    for (const direction of ['up', 'down'] as const)
      inject(machine.hardware, { kind: 'bitErrors', link: 'rp0', direction, rate: 0 });
    expect(written(machine)).toBe(true);
    expect(errorNames(machine.hardware)).toEqual([]);
  });

  /*
   * Each Nak costs what was sent between the start of the bad TLP and the Nak: the TLP, the round trip, and half a TLP on
   * average. A replay that is hit at once gets no Nak and costs the replay timer. The number of Naks is Poisson distributed
   * (expected ± 4 standard deviations), that of the timeouts follows from it.
   */
  it.each([
    [1e-8, 2 ** 25],
    [1e-7, 2 ** 25],
    [1e-6, 2 ** 24],
    [1e-5, 2 ** 22],
  ])('of rate %s cost what the closed form says', (rate, lengthBytes) => {
    // A sound link at its pace for 4 MiB, and at its rate for the others.
    const base = 2 ** 22;
    const clean = writeTime_ps(GEN4, base);
    const start = writeTime_ps(GEN4, base / 2);
    const clean_ps = clean.time_ps + ((clean.time_ps - start.time_ps) * (lengthBytes - base)) / (base / 2);
    const hit = writeTime_ps(GEN4, lengthBytes, (hardware) =>
      inject(hardware, { kind: 'bitErrors', link: 'rp0', direction: 'up', rate }),
    );
    const naks = counter(hit.hardware, 'up', 'naks');
    const tlpBits = 276 * 8;
    const expected = (lengthBytes / 256) * tlpBits * rate;
    expect(Math.abs(naks - expected)).toBeLessThan(4 * Math.sqrt(expected) + 1);

    const isHit = tlpBits * rate;
    const timeouts = errorNames(hit.hardware).filter((name) => name === 'Replay Timer Timeout').length;
    const expectedTimeouts = (naks * isHit) / (1 - isHit);
    expect(Math.abs(timeouts - expectedTimeouts)).toBeLessThan(4 * Math.sqrt(expectedTimeouts) + 1);

    const { layer, psPerByte, portLatency_ps, propagation_ps } = linkTiming(4, 8, 256, 0.3);
    const nak_ps = 4 * portLatency_ps + 2 * propagation_ps + (8 + 1.5 * 276) * psPerByte;
    const formula_ps = naks * nak_ps + timeouts * ((layer?.replayTimer_ps ?? 0) + 276 * psPerByte);
    const cost_ps = hit.time_ps - clean_ps;
    expect(cost_ps).toBeGreaterThan(formula_ps * 0.95 - 50_000);
    expect(cost_ps).toBeLessThan(formula_ps * 1.05 + 50_000);
    // At least the replays' share of the time is missing in GB/s.
    const share = counter(hit.hardware, 'up', 'replayBusy_ps') / hit.time_ps;
    expect(clean_ps / hit.time_ps).toBeLessThan(1 - share + 1e-4);
  });
});

describe('the replay buffer', () => {
  it('limits a stream to its size for each Ack loop (performance reference 3.4)', () => {
    const replayBufferBytes = 2048;
    const lengthBytes = 2 ** 20;
    const clean = writeTime_ps(GEN4, lengthBytes);
    const small = writeTime_ps({ ...GEN4, replayBufferBytes }, lengthBytes);
    expect(small.time_ps).toBeGreaterThan(1.3 * clean.time_ps);
    // Seven TLPs of 276 bytes fit. Acks are paced: one in a timer limit; and a loop is at least the latencies.
    const timing = linkTiming(4, 8, 256, 0.3);
    const loop_ps = 4 * timing.portLatency_ps + 2 * timing.propagation_ps + (276 + 8) * timing.psPerByte;
    const fastest = (7 * 256) / Math.max(loop_ps - timing.portLatency_ps, timing.timerLimit_ps);
    const slowest = (7 * 256) / (loop_ps + timing.timerLimit_ps);
    const rate = lengthBytes / small.time_ps;
    expect(rate).toBeLessThan(fastest * 1.02);
    expect(rate).toBeGreaterThan(slowest * 0.98);
  });

  it('of default size never makes a sound link wait', () => {
    for (const maxGen of [1, 3, 4, 5, 6] as const) {
      for (const maxWidth of [1, 4, 16] as const) {
        const link = { maxGen, maxWidth };
        const lengthBytes = 2 ** 16 * maxWidth;
        const bare = writeTime_ps(link, lengthBytes);
        // The data link layer is there, with nothing to do.
        const full = writeTime_ps(link, lengthBytes, (hardware) =>
          inject(hardware, { kind: 'bitErrors', link: 'rp0', direction: 'up', rate: 0 }),
        );
        expect([maxGen, maxWidth, full.time_ps]).toEqual([maxGen, maxWidth, bare.time_ps]);
      }
    }
  });
});

describe('a cut-through switch', () => {
  function peers(forwarding: 'cutThrough' | 'storeAndForward') {
    const ports = ['d0', 'd1'].map((id) => ({ link: GEN4, below: device(id, GEN4) }));
    const hardware = builtMachine({
      ports: [{ link: GEN4, below: switchOf('sw', GEN4, ports, { parameters: { forwarding } }) }],
    });
    const d0 = new TestFunction(hardware, 'd0');
    const d1 = new TestFunction(hardware, 'd1');
    inject(hardware, { kind: 'corruptTlp', link: 'sw.0', direction: 'up', count: 1 });
    d0.writeAll(d1.base, 256, PATTERN, FLOW.p2p);
    finish(hardware);
    expect(holdsPattern(d1.memory, 0, 256)).toBe(true);
    return hardware;
  }

  it('nullifies a TLP that it has begun to forward: it takes the wire in vain', () => {
    const hardware = peers('cutThrough');
    const wire_ps = counter(hardware, 'down', 'tlpBusy_ps', 2);
    expect(counter(hardware, 'down', 'tlps', 2)).toBe(1);
    expect(Math.abs(counter(hardware, 'down', 'replayBusy_ps', 2) - wire_ps)).toBeLessThanOrEqual(1);
    // That link did nothing wrong: no Nak, no replay.
    expect(counter(hardware, 'down', 'naks', 2)).toBe(0);
    expect(counter(hardware, 'down', 'replayedTlps', 2)).toBe(0);
    expect(errorNames(hardware)).toEqual(['Bad TLP']);
  });

  it('that stores TLPs first passes nothing on', () => {
    const hardware = peers('storeAndForward');
    expect(counter(hardware, 'down', 'replayBusy_ps', 2)).toBe(0);
  });

  it('nullifies through a second switch as well', () => {
    const below = (id: string) => ({ link: GEN4, below: device(id, GEN4) });
    const inner = switchOf('inner', GEN4, [below('d1')]);
    const hardware = builtMachine({
      ports: [{ link: GEN4, below: switchOf('sw', GEN4, [below('d0'), { link: GEN4, below: inner }]) }],
    });
    const d0 = new TestFunction(hardware, 'd0');
    const d1 = new TestFunction(hardware, 'd1');
    inject(hardware, { kind: 'corruptTlp', link: 'sw.0', direction: 'up', count: 1 });
    d0.writeAll(d1.base, 256, PATTERN, FLOW.p2p);
    finish(hardware);
    expect(holdsPattern(d1.memory, 0, 256)).toBe(true);
    for (const link of [2, 3]) expect(counter(hardware, 'down', 'replayBusy_ps', link)).toBeGreaterThan(0);
  });
});
