import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import { expect, test } from 'vitest';
import { EMPTY_SERIES, keepPast, type MachineView } from '../../engine/clientInterface.ts';
import { RateWindow } from './rateWindow.ts';

function counters(): MachineView {
  return {
    machineCounters: new Float64Array(1),
    linkCounters: new Float64Array(4),
    functionCounters: new Float64Array(1),
    memoryCounters: new Float64Array(1),
    flowCounters: new Float64Array(8),
    series: EMPTY_SERIES,
    drainHops: () => 0,
    readMemory: () => false,
  };
}

const US = 1e6;

test('a steady load shows its rate, and goes on showing it while time stands still', () => {
  const view = counters();
  const rates = new RateWindow(view);
  for (let at = 0; at <= 40 * US; at += US) {
    view.linkCounters[2] = at * 0.0157;
    rates.advance(at, 0);
  }
  expect(rates.perSecond('linkCounters', 2)).toBeCloseTo(15.7e9, 0);
  rates.advance(40 * US, 0);
  expect(rates.perSecond('linkCounters', 2)).toBeCloseTo(15.7e9, 0);
  expect(rates.perSecond('linkCounters', 1)).toBe(0);
});

test('a load that has ended leaves the window after the window, not later', () => {
  const view = counters();
  const rates = new RateWindow(view);
  let bytes = 0;
  for (let at = 0; at <= 60 * US; at += US / 4) {
    if (at < 30 * US) bytes += 4000;
    view.linkCounters[0] = bytes;
    rates.advance(at, 0);
    if (at === 32 * US) expect(rates.perSecond('linkCounters', 0)).toBeGreaterThan(5e9);
    if (at > 36 * US) expect(rates.perSecond('linkCounters', 0)).toBe(0);
  }
});

test('running back to the start forgets what was', () => {
  const view = counters();
  const rates = new RateWindow(view);
  for (let at = 0; at <= 20 * US; at += US) {
    view.linkCounters[0] = at;
    rates.advance(at, 0);
  }
  view.linkCounters[0] = 0;
  rates.advance(0, 0);
  expect(rates.perSecond('linkCounters', 0)).toBe(0);
  view.linkCounters[0] = 1e3;
  rates.advance(US, 0);
  expect(rates.perSecond('linkCounters', 0)).toBeCloseTo(1e9, 0);
});

test('at high speed the window grows with the time that passes in half a second', () => {
  const view = counters();
  const rates = new RateWindow(view);
  const speed = 2e9;
  for (let at = 0; at <= 4e9; at += 5e7) {
    // Bursts of 100 µs every 200 µs: the window must average over many.
    view.linkCounters[0] = (at / 2e8) * 1e6;
    rates.advance(at, speed);
  }
  expect(rates.perSecond('linkCounters', 0)).toBeCloseTo(5e9, -8);
});

test('at the end of a run the window covers all of it', () => {
  const view = counters();
  const rates = new RateWindow(view);
  for (let at = 0; at <= 50 * US; at += US) {
    view.linkCounters[0] = Math.min(at, 25 * US) / 100;
    rates.advance(at, 0);
  }
  expect(rates.perSecond('linkCounters', 0)).toBe(0);
  rates.coverRun(50 * US);
  expect(rates.perSecond('linkCounters', 0)).toBeCloseTo(5e9, 0);
});

test('after the machine was taken back the figures are those of its past', () => {
  const view = counters();
  const rates = new RateWindow(view);
  const run = (from: number, to: number): void => {
    for (let at = from; at <= to; at += US / 4) {
      // Twice as much in the second half.
      view.linkCounters[0] = at < 20 * US ? at / 100 : (2 * at - 20 * US) / 100;
      rates.advance(at, 0);
    }
  };
  run(0, 40 * US);
  expect(rates.perSecond('linkCounters', 0)).toBeCloseTo(20e9, 0);
  // To an instant whose past is still known.
  run(38 * US, 38 * US);
  expect(rates.perSecond('linkCounters', 0)).toBeCloseTo(20e9, 0);
  // Far back nothing is known but the beginning.
  run(10 * US, 10 * US);
  expect(rates.perSecond('linkCounters', 0)).toBeCloseTo(10e9, 0);
  run(10 * US, 12 * US);
  expect(rates.perSecond('linkCounters', 0)).toBeCloseTo(10e9, 0);
});

test('taken far back, the figures are those since what was kept on the way there', () => {
  const view = counters();
  const rates = new RateWindow(view);
  rates.advance(100 * US, 0);
  view.linkCounters[0] = 1000;
  view.machineCounters[MACHINE_COUNTER.now_ps] = 25 * US;
  keepPast(view);
  view.linkCounters[0] = 6000;
  rates.advance(30 * US, 0);
  expect(rates.perSecond('linkCounters', 0)).toBeCloseTo((5000 / (5 * US)) * 1e12, 0);
});
