import { expect, test } from 'vitest';
import { MACHINE_COUNTER_COUNT } from '../../core/pcie/counters.ts';
import { EMPTY_SERIES } from '../../engine/clientInterface.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { benchDescription } from '../benchMachine.ts';
import { LiveFigures } from '../live/liveFigures.ts';
import { ViewModes } from './viewModes.ts';

const machine = benchDescription(defaultMachine);
const PLACES = machine.links.length * 2 + 6;

function figures(tlpsPerSecond: number, speed_psPerSecond: number): LiveFigures {
  const view = {
    machineCounters: new Float64Array(MACHINE_COUNTER_COUNT),
    linkCounters: new Float64Array(1),
    functionCounters: new Float64Array(1),
    memoryCounters: new Float64Array(1),
    flowCounters: new Float64Array(8),
    series: EMPTY_SERIES,
    drainHops: () => 0,
    readMemory: () => false,
  };
  const made = new LiveFigures(machine, view, 'p2p');
  made.speed_psPerSecond = speed_psPerSecond;
  const load = made.loads[0]?.directions[0];
  if (load !== undefined) load.tlpsPerSecond = tlpsPerSecond;
  return made;
}

/** 56 million TLPs a second: a full x8 link. Packets a second on the screen = that · speed. */
const FULL = 56e6;
const speedFor = (perSecond: number): number => (perSecond / FULL) * 1e12;

let clock_ms = 0;

function settled(modes: ViewModes): number {
  for (let frame = 0; frame <= 30; frame += 1) {
    clock_ms += 16;
    modes.animate(clock_ms);
  }
  return modes.band[0] ?? Number.NaN;
}

test('above 24 packets a second a place shows a band, below 16 packets, between the two what it showed', () => {
  const modes = new ViewModes(PLACES);
  const show = (perSecond: number): number => {
    modes.choose(figures(FULL, speedFor(perSecond)), false);
    return settled(modes);
  };
  expect(show(11)).toBe(0);
  expect(show(20)).toBe(0);
  expect(show(25)).toBe(1);
  expect(show(20)).toBe(1);
  expect(show(15)).toBe(0);
});

test('the change takes 200 ms', () => {
  const modes = new ViewModes(PLACES);
  modes.choose(figures(FULL, speedFor(10)), false);
  modes.animate(0);
  modes.choose(figures(FULL, speedFor(100)), false);
  modes.animate(40);
  modes.animate(80);
  modes.animate(120);
  expect(modes.band[0]).toBeGreaterThan(0.5);
  expect(modes.band[0]).toBeLessThan(1);
  modes.animate(160);
  modes.animate(220);
  expect(modes.band[0]).toBe(1);
});

test('a paused machine keeps what it shows and its chevrons stand still', () => {
  const modes = new ViewModes(PLACES);
  modes.choose(figures(FULL, speedFor(100)), false);
  settled(modes);
  const { drift } = modes;
  modes.choose(figures(FULL, 0), false);
  modes.animate(clock_ms + 10_000);
  modes.animate(clock_ms + 10_040);
  expect(modes.band[0]).toBe(1);
  expect(modes.drift).toBe(drift);
});

test('reduced motion means bands, and none that drift', () => {
  const modes = new ViewModes(PLACES);
  modes.choose(figures(FULL, speedFor(5)), true);
  expect(settled(modes)).toBe(1);
  expect(modes.drift).toBe(0);
});
