/*
 * Going back and forward in a run: to an instant, and by units.
 */
import type { Hardware } from '../../core/models/hardware.ts';
import type { SparseMemory } from '../../core/sim/sparseMemory.ts';
import type { Cpu } from '../../core/models/cpu.ts';
import type { RunHistory, StepUnit } from '../protocol.ts';
import type { BootedHardware } from './boot.ts';
import type { PreparedFlows } from './flowRunners.ts';
import { type HistoryLimits, MachineHistory } from './history.ts';
import type { MachineRun } from './machineRun.ts';

/** Events looked through for the last unit at first; more if it is not among them. */
const FIRST_WINDOW_EVENTS = 2048;
const WINDOW_GROWTH = 16;

export interface HistoryOf {
  readonly booted: BootedHardware;
  readonly cpu: Cpu;
  readonly flows: PreparedFlows;
  readonly run: MachineRun;
  /** What is the same all the time, or not the run's. */
  readonly stops: readonly object[];
}

/** A history of a machine that has not run yet. */
export function keepHistory(limits: HistoryLimits, { booted, cpu, flows, run, stops }: HistoryOf): MachineHistory {
  const { hardware, view, names, devices } = booted;
  const loads = [flows.loads, flows.transferLoad, ...flows.beside.map(({ load }) => load)];
  const software = [flows.drivers, ...flows.runners.map((runner) => runner.software)];
  return new MachineHistory({
    cpu,
    arena: hardware.arena,
    counters: hardware.machineCounters,
    hardware: [hardware, cpu, ...run.memory, ...devices.values(), ...loads, ...memoriesOf(flows)],
    software,
    stops: [booted, view, names, flows, hardware.spec, ...flows.runners, ...stops],
    limits,
  });
}

/** Memories that flows keep for themselves. */
function memoriesOf({ runners }: PreparedFlows): readonly SparseMemory[] {
  return runners.flatMap(({ memories }) => memories ?? []);
}

export class TimeTravel {
  private readonly _run: MachineRun;
  private readonly _history: MachineHistory;
  private readonly _hardware: Hardware;

  constructor(run: MachineRun, history: MachineHistory, hardware: Hardware) {
    this._run = run;
    this._history = history;
    this._hardware = hardware;
  }

  /** The machine is where this run has been before. */
  get isBehind(): boolean {
    return this._history.isBehind;
  }

  /** Told when a change by hand has made the recorded time after an instant void. */
  onBranch(listener: (at_ps: number) => void): void {
    this._history.onBranch = listener;
  }

  /** How far the run can be gone back, and what keeping it costs. */
  get state(): RunHistory {
    const { place, furthest, checkpoints, keptBytes, budgetBytes, changes } = this._history;
    const made = changes.map(({ place: { now_ps }, what }) => ({ at_ps: now_ps, what }));
    return { place, furthest, checkpoints, keptBytes, budgetBytes, changes: made };
  }

  /** Goes to the last checkpoint that is not after an instant, unless the machine is between the two already. */
  approach(at_ps: number): void {
    const isEarly = ({ now_ps }: { readonly now_ps: number }): boolean => now_ps <= at_ps;
    if (at_ps < this._history.place.now_ps) this._history.goBack(isEarly);
    else this._history.leap(isEarly);
  }

  /** Goes back to right after the last unit that was over before the present place; to the start if there is none. */
  stepBack(unit: StepUnit): void {
    const { events } = this._history.place;
    for (let window = FIRST_WINDOW_EVENTS; ; window *= WINDOW_GROWTH) {
      const from = Math.max(0, events - window);
      const found = events === 0 ? undefined : this.#lastBetween(from, events, unit);
      if (found === undefined && from > 0) continue;
      this.#goToEvent(found ?? 0);
      return;
    }
  }

  /** The last event before `end` with which a unit was over; undefined if there is none after `from`. */
  #lastBetween(from: number, end: number, unit: StepUnit): number | undefined {
    this.#goToEvent(from);
    let found: number | undefined;
    let count = this._hardware.countOf(unit);
    for (;;) {
      this._run.runEvents(1);
      const { events } = this._history.place;
      if (events >= end) return found;
      const now = this._hardware.countOf(unit);
      if (now !== count) found = events;
      count = now;
    }
  }

  #goToEvent(goal: number): void {
    const isEarly = ({ events }: { readonly events: number }): boolean => events <= goal;
    if (goal < this._history.place.events) this._history.goBack(isEarly);
    else this._history.leap(isEarly);
    this._run.runEvents(goal - this._history.place.events);
  }
}
