/*
 * Rates over a sliding window of simulated time, from counters that only grow. Snapshots of the counters are
 * kept at a spacing of simulated time; the rate is the difference to the one at the window's far end. When the
 * machine stands still the rates stand still, and when it starts again the window starts again.
 */
import { PS_PER_SECOND, PS_PER_US } from '../../base/units.ts';
import { type MachineView, pastOf } from '../../engine/clientInterface.ts';

/** Counter arrays of a machine that can be asked for rates. */
export type CounterName = 'linkCounters' | 'functionCounters' | 'memoryCounters' | 'machineCounters';
const NAMES: readonly CounterName[] = ['linkCounters', 'functionCounters', 'memoryCounters', 'machineCounters'];

/** Least window: some hundred packets of a fast link, so that figures stand still while the load does. */
const LEAST_WINDOW_PS = 5 * PS_PER_US;
/** Less than this says nothing of a rate: a single packet would fill its link. */
const LEAST_SPAN_PS = 0.5 * PS_PER_US;
/** The window also covers about this much real time at the present speed. */
const REAL_TIME_S = 0.5;
const SNAPSHOTS = 26;

interface Snapshot {
  at_ps: number;
  readonly values: Readonly<Record<CounterName, Float64Array>>;
}

export class RateWindow {
  readonly #view: MachineView;
  readonly #snapshots: Snapshot[] = [];
  #oldest = 0;
  #count = 0;
  #window_ps = LEAST_WINDOW_PS;
  #now_ps = 0;
  #base: Snapshot | undefined;
  readonly #zero: Snapshot;

  constructor(view: MachineView) {
    this.#view = view;
    this.#zero = this.#empty();
  }

  /**
   * Moves the window's end to `now_ps`.
   * @param speed_psPerSecond simulated time that passes in a second, 0 when paused.
   */
  advance(now_ps: number, speed_psPerSecond: number): void {
    // Taken back: what was seen later is no past of this instant.
    while (this.#count > 0 && (this.#at(this.#count - 1)?.at_ps ?? 0) > now_ps) this.#count -= 1;
    this.#now_ps = now_ps;
    this.#window_ps = Math.max(LEAST_WINDOW_PS, speed_psPerSecond * REAL_TIME_S);
    const newest = this.#count === 0 ? undefined : this.#at(this.#count - 1);
    const spacing_ps = this.#window_ps / (SNAPSHOTS - 2);
    if (newest === undefined || now_ps - newest.at_ps >= spacing_ps) this.#take(now_ps);
    this.#base = this.#baseOf(now_ps);
  }

  /** Lets the window cover everything since time 0: the means of a run that has ended. */
  coverRun(now_ps: number): void {
    this.#now_ps = now_ps;
    this.#count = 0;
    this.#base = this.#zero;
  }

  /** Growth of a counter per second of simulated time; 0 before any time has passed. */
  perSecond(name: CounterName, index: number): number {
    const base = this.#base;
    if (base === undefined) return 0;
    if (this.#now_ps <= base.at_ps) return 0;
    const span_ps = Math.max(LEAST_SPAN_PS, this.#now_ps - base.at_ps);
    return (((this.#view[name][index] ?? 0) - (base.values[name][index] ?? 0)) / span_ps) * PS_PER_SECOND;
  }

  /**
   * The newest snapshot at or before the window's far end, or the oldest there is. After the machine was taken elsewhere
   * it is what was kept on the way there; where there is nothing, as at the start, the window begins at time 0.
   */
  #baseOf(now_ps: number): Snapshot | undefined {
    let base = this.#count === 0 ? undefined : this.#at(0);
    if (base === undefined || base.at_ps >= now_ps) return this.#pastOf(now_ps) ?? this.#zero;
    for (let index = 1; index < this.#count; index += 1) {
      const candidate = this.#at(index);
      if (candidate === undefined || candidate.at_ps > now_ps - this.#window_ps) break;
      base = candidate;
    }
    return base;
  }

  /** Counters kept a moment before the machine was taken to this instant. */
  #pastOf(now_ps: number): Snapshot | undefined {
    const past = pastOf(this.#view);
    return past !== undefined && past.at_ps < now_ps && past.at_ps >= now_ps - 2 * LEAST_WINDOW_PS ? past : undefined;
  }

  #at(index: number): Snapshot | undefined {
    return this.#snapshots[(this.#oldest + index) % SNAPSHOTS];
  }

  #take(now_ps: number): void {
    if (this.#count === 0) this.#oldest = 0;
    const place = (this.#oldest + this.#count) % SNAPSHOTS;
    const snapshot = this.#snapshots[place] ?? this.#empty();
    this.#snapshots[place] = snapshot;
    snapshot.at_ps = now_ps;
    for (const name of NAMES) snapshot.values[name].set(this.#view[name]);
    if (this.#count === SNAPSHOTS) this.#oldest = (this.#oldest + 1) % SNAPSHOTS;
    else this.#count += 1;
  }

  #empty(): Snapshot {
    const make = (name: CounterName): Float64Array => new Float64Array(this.#view[name].length);
    return {
      at_ps: 0,
      values: {
        linkCounters: make('linkCounters'),
        functionCounters: make('functionCounters'),
        memoryCounters: make('memoryCounters'),
        machineCounters: make('machineCounters'),
      },
    };
  }
}
