import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BEHAVIOUR,
  createFakeMachine,
  EVENT_BYTES,
  EVENT_PERIOD_ps,
  FAKE_CREDITS,
  fakeCreditsTaken,
} from '../../../tests/support/fakeMachine.ts';
import { privateStorage } from '../../base/storage.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { SharedSeriesView } from '../machineView.ts';
import {
  allocateControl,
  allocateSeries,
  int32Cells,
  SERIES_BINS,
  SERIES_FIRST_BIN_ps,
  SERIES_SAMPLES,
  seriesShape,
} from '../sharedLayout.ts';
import type { EngineMachine } from './engineMachine.ts';
import { SeriesRecorder } from './seriesRecorder.ts';

interface Setup {
  readonly machine: EngineMachine;
  readonly recorder: SeriesRecorder;
  readonly view: SharedSeriesView;
}

/** Mean and highest of the fake credits in a bin, by their own rule. @param parts the bin was made of so many. */
function sampled(bin: number, bin_ps: number, parts: number): { readonly mean: number; readonly most: number } {
  const looks = SERIES_SAMPLES * parts;
  const values = Array.from({ length: looks }, (_, look) => {
    const at_ps = (bin + (look + 1) / looks) * bin_ps;
    return fakeCreditsTaken(Math.floor(at_ps / EVENT_PERIOD_ps));
  });
  return { mean: values.reduce((sum, value) => sum + value, 0) / looks, most: Math.max(...values) };
}

function setup(name: string = BEHAVIOUR.endless): Setup {
  const made = createFakeMachine({
    document: { ...defaultMachine, name },
    transfer: defaultMachine.transfer,
    way: 'p2p',
    seed: 1,
    storage: privateStorage,
  });
  if (!made.ok) throw new Error('the fake machine was refused');
  const shape = seriesShape(made.value.description, made.value.functionCounters.byteLength);
  const memory = { control: allocateControl(privateStorage), series: allocateSeries(privateStorage, shape) };
  const recorder = new SeriesRecorder(made.value, int32Cells(memory.control, 'seriesHeader'), memory.series);
  return { machine: made.value, recorder, view: new SharedSeriesView(memory, shape) };
}

function runTo({ machine, recorder }: Setup, at_ps: number): void {
  while (recorder.nextEdge_ps <= at_ps) {
    machine.runUntil(recorder.nextEdge_ps, Infinity);
    recorder.capture();
  }
  machine.runUntil(at_ps, Infinity);
}

/** Bytes that have moved at a time, by the fake machine's own rule. */
const bytesAt = (at_ps: number): number => Math.floor(at_ps / EVENT_PERIOD_ps) * EVENT_BYTES;

function rows({ view }: Setup): number[][] {
  const length = view.length;
  return Array.from({ length }, (_, bin) => [
    view.arrived(bin),
    view.memory(bin),
    view.link(bin, 0, 0),
    view.link(bin, 0, 1),
    view.link(bin, 1, 0),
    view.taken(bin, FAKE_CREDITS.cell),
    view.mostTaken(bin, FAKE_CREDITS.cell),
  ]);
}

describe('the series of a run', () => {
  it('holds the value at the end of every bin', () => {
    const run = setup();
    runTo(run, 100 * SERIES_FIRST_BIN_ps);
    expect(run.view.length).toBe(100);
    expect(run.view.bin_ps).toBe(SERIES_FIRST_BIN_ps);
    expect(run.view.arrived(-1)).toBe(0);
    rows(run).forEach((row, bin) => {
      const bytes = bytesAt((bin + 1) * SERIES_FIRST_BIN_ps);
      expect(row.slice(0, 5)).toEqual([bytes, bytes, bytes, 0, 0]);
    });
  });

  it('keeps the mean and the highest of the samples of a bin, as many whatever its width', () => {
    const run = setup();
    runTo(run, 300 * SERIES_FIRST_BIN_ps);
    expect(run.view.capacity[FAKE_CREDITS.cell]).toBe(FAKE_CREDITS.count);
    for (let bin = 0; bin < run.view.length; bin += 1) {
      const { mean, most } = sampled(bin, SERIES_FIRST_BIN_ps, 1);
      expect(run.view.taken(bin, FAKE_CREDITS.cell)).toBeCloseTo(mean, 2);
      expect(run.view.mostTaken(bin, FAKE_CREDITS.cell)).toBeCloseTo(most, 2);
      expect(run.view.taken(bin, FAKE_CREDITS.endlessCell)).toBe(0);
      expect(run.view.taken(bin, FAKE_CREDITS.cell + 2)).toBe(0);
    }
  });

  it('joins samples when the bin doubles: the mean of two means, the higher of two', () => {
    const run = setup();
    runTo(run, 700 * SERIES_FIRST_BIN_ps);
    expect(run.view.length).toBe(350);
    const { bin_ps } = run.view;
    expect(bin_ps).toBe(2 * SERIES_FIRST_BIN_ps);
    for (let bin = 0; bin < run.view.length; bin += 1) {
      // The first half was sampled when bins were half as wide.
      const { mean, most } = sampled(bin, bin_ps, bin < SERIES_BINS / 2 ? 2 : 1);
      expect(run.view.taken(bin, FAKE_CREDITS.cell)).toBeCloseTo(mean, 1);
      expect(run.view.mostTaken(bin, FAKE_CREDITS.cell)).toBeCloseTo(most, 2);
    }
  });

  it('gives up what came after an instant at which the machine was changed, and nothing else', () => {
    const run = setup();
    runTo(run, 100 * SERIES_FIRST_BIN_ps);
    const before = rows(run);
    run.recorder.branch(200 * SERIES_FIRST_BIN_ps);
    expect(run.view.length).toBe(100);
    run.recorder.branch(40.6 * SERIES_FIRST_BIN_ps);
    expect(rows(run)).toEqual(before.slice(0, 40));
    // The rest of the bin that was cut is looked at in what is left of it.
    expect(run.recorder.nextEdge_ps).toBe(40.75 * SERIES_FIRST_BIN_ps);
    run.recorder.capture();
    run.recorder.capture();
    expect(run.view.length).toBe(41);
    expect(run.recorder.nextEdge_ps).toBe(41.25 * SERIES_FIRST_BIN_ps);
  });

  it('ends with the run, once', () => {
    const { machine, recorder, view } = setup(defaultMachine.name);
    while (machine.report === undefined) {
      if (machine.runUntil(recorder.nextEdge_ps, Infinity) === 'reached') recorder.capture();
    }
    recorder.capture();
    const { length } = view;
    expect(view.arrived(length - 1)).toBe(machine.report.bytes);
    recorder.capture();
    expect(view.length).toBe(length);
  });

  it('doubles the bin when all are used and stays exact', () => {
    const run = setup();
    runTo(run, 5000 * SERIES_FIRST_BIN_ps);
    const length = run.view.length;
    expect(run.view.bin_ps).toBe(SERIES_FIRST_BIN_ps * 16);
    expect(length).toBe(Math.floor(5000 / 16));
    for (let bin = 0; bin < length; bin += 1) expect(run.view.arrived(bin)).toBe(bytesAt((bin + 1) * run.view.bin_ps));
  });

  it('never shows more bins than there are', () => {
    const run = setup();
    for (let edge = 1; edge < 3 * SERIES_BINS; edge += 1) {
      runTo(run, edge * SERIES_FIRST_BIN_ps);
      expect(run.view.length).toBeLessThan(SERIES_BINS);
    }
  });

  it('keeps one state of the series until its length is read again', () => {
    const run = setup();
    runTo(run, 500 * SERIES_FIRST_BIN_ps);
    expect(run.view.length).toBe(500);
    const before = Array.from({ length: 500 }, (_, bin) => run.view.arrived(bin));
    // The width doubles meanwhile; the other bank takes the new rows.
    runTo(run, 600 * SERIES_FIRST_BIN_ps);
    expect(run.view.bin_ps).toBe(SERIES_FIRST_BIN_ps);
    expect(Array.from({ length: 500 }, (_, bin) => run.view.arrived(bin))).toEqual(before);
    expect(run.view.length).toBe(300);
    expect(run.view.bin_ps).toBe(2 * SERIES_FIRST_BIN_ps);
  });

  it('does not depend on where the run was cut or stepped', () => {
    const whole = setup();
    runTo(whole, 2_000_000);
    const reference = rows(whole);
    const part = fc.oneof(
      fc.record({ kind: fc.constant('run' as const), by_ps: fc.integer({ min: 0, max: 300_000 }) }),
      fc.record({ kind: fc.constant('steps' as const), count: fc.integer({ min: 1, max: 200 }) }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const run = setup();
        for (const one of parts) {
          if (one.kind === 'run') runTo(run, Math.min(2_000_000, run.machine.now_ps + one.by_ps));
          for (let step = 0; one.kind === 'steps' && step < one.count && run.machine.now_ps < 1_999_000; step += 1) {
            run.recorder.hold();
            run.machine.step('event');
            run.recorder.captureHeld(run.machine.now_ps);
          }
        }
        runTo(run, 2_000_000);
        expect(rows(run)).toEqual(reference);
        expect(run.view.bin_ps).toBe(whole.view.bin_ps);
      }),
      { numRuns: 50 },
    );
  });
});
