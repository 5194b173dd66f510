/* The log of a run that is repeated in part: every record once, in the order of the run, whatever was lost on the way. */
import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import { HOP, HOP_WORDS, MACHINE_COUNTER, MACHINE_COUNTER_COUNT } from '../core/pcie/counters.ts';
import { TLP_KIND } from '../core/pcie/tlp.ts';
import type { MachineView } from '../engine/clientInterface.ts';
import { stillView } from './fakes.testing.ts';
import { HopTee } from './hopTee.ts';
import type { PacketLog } from './inspectLog.ts';
import { LATER_KEPT } from './timeMerge.ts';

interface Sent {
  readonly serial: number;
  readonly start_ps: number;
  readonly segment: number;
}

/** A run of so many records: two hops a TLP, a CPU access now and then, times out of order as links give them. */
function runOf(count: number, seed = 1): readonly Sent[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => ({
    serial: index % 7 === 6 ? 0 : Math.floor(index / 2) + 1,
    start_ps: index * 100 + random.below(350),
    segment: index % 2,
  }));
}

/** A machine that sends what the test tells it to. */
function source() {
  const queue: Sent[] = [];
  const words = new Float64Array(HOP_WORDS);
  const machineCounters = new Float64Array(MACHINE_COUNTER_COUNT);
  let lost = 0;
  const view: MachineView = {
    ...stillView(),
    machineCounters,
    drainHops: (visit) => {
      for (const sent of queue.splice(0)) {
        words[HOP.start_ps] = sent.start_ps;
        words[HOP.end_ps] = sent.start_ps + 50;
        words[HOP.segment] = sent.segment;
        words[HOP.what] = TLP_KIND.MWr + 2 ** 16;
        words[HOP.address] = sent.start_ps * 16;
        words[HOP.lengthBytes] = 64;
        words[HOP.transaction] = 0x400 * 2 ** 16;
        words[HOP.serial] = sent.serial;
        visit(words, 0);
      }
      return lost;
    },
  };
  return {
    tee: new HopTee(view, 16),
    send: (records: readonly Sent[], hops?: number) => {
      queue.push(...records);
      if (hops !== undefined) machineCounters[MACHINE_COUNTER.hops] = hops;
    },
    lose: (count: number) => {
      lost += count;
    },
  };
}

function logOf(tee: HopTee): PacketLog {
  if (tee.log === undefined) throw new Error('nothing was recorded');
  return tee.log;
}

function timesOf(log: PacketLog): readonly number[] {
  return Array.from({ length: log.end - log.first }, (_, index) => log.start_ps[log.cell(log.first + index)] ?? -1);
}

const times = (run: readonly Sent[]): readonly number[] => run.map((sent) => sent.start_ps);

describe('the log of a run that is repeated', () => {
  it('has every record once, and goes on where the repetition ends', () => {
    const { tee, send } = source();
    const run = runOf(400);
    send(run.slice(0, 300));
    tee.leave();
    tee.arrive(10_000);
    const { epoch } = logOf(tee);
    send(run.slice(100, 350));
    tee.pump();
    send(run.slice(350));
    tee.pump();
    expect(timesOf(logOf(tee))).toEqual(times(run));
    expect(logOf(tee).epoch).toBe(epoch);
  });

  it('puts what was lost the first time where it belongs, and keeps what is later', () => {
    const { tee, send, lose } = source();
    const run = runOf(1000);
    const known = run.filter((_, index) => index < 200 || index >= 700 || index % 3 === 0);
    send(known);
    lose(run.length - known.length);
    tee.leave();
    tee.arrive(15_000);
    for (let index = 150; index < 1000; index += 50) {
      send(run.slice(index, index + 50));
      tee.pump();
    }
    const log = logOf(tee);
    expect(timesOf(log).toSorted((a, b) => a - b)).toEqual(times(run).toSorted((a, b) => a - b));
    const disorder = timesOf(log).map((start_ps, index, all) => Math.max(0, ...all.slice(0, index)) - start_ps);
    expect(Math.max(...disorder)).toBeLessThan(350);
    for (const { serial, start_ps } of run) {
      if (serial > 0) expect(log.hopsOf(serial).map((hop) => log.start_ps[log.cell(hop)])).toContain(start_ps);
    }
  });

  it('says what number a record has after others were put before it', () => {
    const { tee, send, lose } = source();
    const run = runOf(300);
    send([...run.slice(0, 100), ...run.slice(200)]);
    lose(100);
    tee.pump();
    const followed = { record: 150, start_ps: logOf(tee).start_ps[150] };
    tee.onRenumber = (_, renumbered) => {
      followed.record = renumbered(followed.record);
    };
    tee.leave();
    tee.arrive(5000);
    for (let index = 60; index < 300; index += 20) {
      send(run.slice(index, index + 20));
      tee.pump();
    }
    expect(followed.record).toBe(250);
    expect(logOf(tee).start_ps[followed.record]).toBe(followed.start_ps);
  });

  it('takes records that come while the machine is being taken back', () => {
    const { tee, send, lose } = source();
    const run = runOf(300);
    send(run.filter((_, index) => index < 50 || index > 250));
    lose(200);
    tee.leave();
    send(run.slice(30, 120));
    tee.arrive(12_000);
    send(run.slice(120, 300));
    tee.pump();
    expect(timesOf(logOf(tee)).toSorted((a, b) => a - b)).toEqual(times(run).toSorted((a, b) => a - b));
  });

  it('knows the present by what was sent last, also where records were lost', () => {
    const { tee, send, lose } = source();
    const run = runOf(300);
    send([...run.slice(0, 100), ...run.slice(200)]);
    lose(100);
    tee.pump();
    expect(tee.present(29_900)).toBe(200);
    tee.leave();
    tee.arrive(5000);
    expect(tee.present(5000)).toBe(logOf(tee).firstAfter(5000));
    send(run.slice(50, 60));
    tee.pump();
    expect(tee.present(5900)).toBe(60);
    send(run.slice(60, 130));
    tee.pump();
    expect(logOf(tee).start_ps[tee.present(13_000) - 1]).toBe(run[129]?.start_ps);
  });

  it('does not count repetitions that are lost on the way to an instant', () => {
    const { tee, send, lose } = source();
    send(runOf(300), 300);
    tee.leave();
    lose(40);
    send(runOf(300).slice(0, 20), 100);
    tee.arrive(10_000);
    expect(tee.lost).toBe(0);
    expect(tee.present(10_000)).toBe(100);
    lose(3);
    tee.pump();
    expect(tee.lost).toBe(3);
  });

  it('forgets what is far later than a gap that is filled: it comes again', () => {
    const { tee, send, lose } = source();
    const run = runOf(LATER_KEPT + 3000);
    send(run.filter((_, index) => index < 50 || index >= 100).slice(0, LATER_KEPT));
    tee.pump();
    send(run.filter((_, index) => index < 50 || index >= 100).slice(LATER_KEPT));
    lose(50);
    tee.leave();
    tee.arrive(4000);
    send(run.slice(40, 120));
    tee.pump();
    expect(logOf(tee).end).toBeLessThan(run.length);
    expect(logOf(tee).end).toBeGreaterThan(LATER_KEPT);
    for (let index = 120; index < run.length; index += 5000) {
      send(run.slice(index, index + 5000));
      tee.pump();
    }
    expect(logOf(tee).end).toBe(run.length);
  });
});

describe('a machine that is changed in its past', () => {
  it('loses what was recorded after the change, but nothing that was sent before', () => {
    const { tee, send } = source();
    const run = runOf(400);
    send(run, 400);
    tee.leave();
    // 120 hops were counted there; some of them begin only later.
    send([], 120);
    tee.arrive(11_800);
    expect(run.slice(0, 120).some((sent) => sent.start_ps > 11_800)).toBe(true);
    tee.branch(11_800);
    expect(timesOf(logOf(tee))).toEqual(times(run.slice(0, 120)));
    const other = runOf(200, 2).map((sent) => ({ ...sent, start_ps: sent.start_ps + 12_300 }));
    send(other);
    tee.pump();
    expect(timesOf(logOf(tee))).toEqual([...times(run.slice(0, 120)), ...times(other)]);
  });

  it('goes by the time where records were lost', () => {
    const { tee, send, lose } = source();
    send(runOf(100), 110);
    lose(10);
    tee.leave();
    tee.arrive(5000);
    tee.branch(5000);
    expect(timesOf(logOf(tee)).at(-1)).toBeLessThanOrEqual(5000);
    expect(logOf(tee).end).toBeGreaterThan(40);
  });
});

describe('a reader of the stream', () => {
  it('is given what is in flight after a jump, and nothing of the future', () => {
    const { tee, send } = source();
    const run = runOf(300);
    const reader = tee.reader();
    const seen: number[] = [];
    const see = (words: Float64Array, offset: number): void => void seen.push(words[offset + HOP.start_ps] ?? -1);
    send(run);
    reader.drain(see);
    expect(seen).toEqual(times(run));
    tee.leave();
    tee.arrive(10_000);
    seen.length = 0;
    reader.drain(see);
    expect(seen.toSorted((a, b) => a - b)).toEqual(
      times(run)
        .filter((start_ps) => start_ps <= 10_000)
        .toSorted((a, b) => a - b),
    );
    seen.length = 0;
    send(run.slice(101, 110));
    reader.drain(see);
    expect(seen).toEqual(times(run.slice(101, 110)));
    expect(tee.view().jumps).toBe(1);
  });

  it('that begins late is given what may be under way, also right after a jump', () => {
    const { tee, send } = source();
    const run = runOf(9000);
    const see = (words: Float64Array, offset: number): void => void seen.push(words[offset + HOP.start_ps] ?? -1);
    const seen: number[] = [];
    send(run);
    tee.pump();
    tee.reader('here').drain(see);
    expect(seen.length).toBeLessThan(run.length / 2);
    expect(seen).toEqual(times(run.slice(-seen.length)));
    tee.leave();
    tee.arrive(10_000);
    seen.length = 0;
    send(run.slice(101, 110));
    tee.pump();
    tee.reader('here').drain(see);
    const before = times(run).filter((start_ps) => start_ps <= 10_000);
    expect(seen.slice(0, -9).toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b));
    expect(seen.slice(-9)).toEqual(times(run.slice(101, 110)));
  });
});
