/*
 * The run of one machine: flows from time 0 to the report, planned faults at their times, changes by hand when they were
 * made, and checkpoints on the way where a history is kept.
 */
import { at } from '../../base/invariant.ts';
import { PS_PER_US } from '../../base/units.ts';
import type { Refusal } from '../../core/host/transfer/jobPlan.ts';
import type { Cpu } from '../../core/models/cpu.ts';
import { FLOW_COUNTER, flowRow, JOB_STATE, MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { PlannedFault } from '../../core/pcie/faults.ts';
import type { RunReport, StepUnit } from '../protocol.ts';
import type { BootedHardware } from './boot.ts';
import type { FlowRunner } from './flowRunner.ts';
import { flowProcess, guardBackground, type PreparedFlows } from './flowRunners.ts';
import type { MachineHistory } from './history.ts';
import { recoverFunctions } from './recovery.ts';
import { endedReport, refusedReport, type ReportInput } from './runReport.ts';

/** The job's end is looked for at least this often in simulated time. */
const SLICE_PS = 10 * PS_PER_US;
/** After the job: acknowledgements and credits come back. Longer than a slice, so that a run's end does not depend on slices. */
const DRAIN_PS = 2 * SLICE_PS;
/** If that was not enough (a read nobody answers): until its completion timeout is over. */
const LONGEST_DRAIN_PS = 50_000 * PS_PER_US;

/** Flows in the background are stopped when the others are over; what they have under way may take so long. */
const LONGEST_STOP_PS = 10_000_000 * PS_PER_US;
const STUCK = 'nothing more can happen, and the job is not done';

export interface MachineRunParts {
  readonly booted: BootedHardware;
  readonly cpu: Cpu;
  readonly flows: PreparedFlows;
  readonly input: ReportInput;
  /** In the order of their times. */
  readonly faults: readonly PlannedFault[];
  /** Why nothing runs at all. */
  readonly refusal: Refusal | undefined;
}

interface RunState {
  nextFault: number;
  isStarted: boolean;
  report: RunReport | undefined;
}

export class MachineRun {
  /** Kept from before the first event on, or never. */
  history: MachineHistory | undefined;
  private readonly _booted: BootedHardware;
  private readonly _cpu: Cpu;
  private readonly _flows: PreparedFlows;
  private readonly _input: ReportInput;
  private readonly _faults: readonly PlannedFault[];
  private readonly _isRefused: boolean;
  /** What changes while it runs. */
  private readonly _state: RunState = { nextFault: 0, isStarted: false, report: undefined };

  constructor(parts: MachineRunParts) {
    this._booted = parts.booted;
    this._cpu = parts.cpu;
    this._flows = parts.flows;
    this._input = parts.input;
    this._faults = parts.faults;
    this._isRefused = parts.refusal !== undefined;
    if (parts.refusal === undefined) return;
    this._state.report = refusedReport(this._input, parts.refusal);
    this.#counters[MACHINE_COUNTER.jobState] = JOB_STATE.refused;
  }

  /** Objects that hold what goes back when the machine does. */
  get memory(): readonly object[] {
    return [this._state, this._input.faultNotes];
  }

  /** Result of the job once it has ended or was refused. */
  get report(): RunReport | undefined {
    return this._state.report;
  }

  /**
   * Runs events up to and including `at_ps`, at most `maxEvents`, and a few more at the end of the run.
   * @returns `finished` when the job has ended (before or in this call); the machine does not run on after that.
   */
  runUntil(at_ps: number, maxEvents: number): 'reached' | 'budget' | 'finished' {
    const { hardware } = this._booted;
    this.start();
    const first = this.#events;
    for (;;) {
      this.#settle(at_ps);
      if (this._state.report !== undefined) return this.#pause('finished');
      if (hardware.now_ps >= at_ps) return this.#pause('reached');
      const left = maxEvents - (this.#events - first);
      if (left <= 0) return this.#pause('budget');
      const next_ps = Math.min(hardware.nextEvent_ps(), this.#nextFault_ps, this.#nextChange_ps);
      if (next_ps === Infinity) this.#end(STUCK);
      else this.#advance(Math.min(at_ps, Math.max(hardware.now_ps + SLICE_PS, next_ps)), left);
      this.look();
    }
  }

  /** Runs until there has been one more of the unit, or the job has ended. */
  step(unit: StepUnit): void {
    const { hardware } = this._booted;
    this.start();
    const before = hardware.countOf(unit);
    while (this._state.report === undefined && hardware.countOf(unit) === before) {
      this.#settle(Math.min(hardware.nextEvent_ps(), Number.MAX_VALUE));
      if (this.#nextFault_ps < hardware.nextEvent_ps()) this.#advance(this.#nextFault_ps, Infinity);
      else if (!hardware.step()) this.#end(STUCK);
      this.look();
    }
    this.history?.keep();
    this._cpu.settleBusyTime();
  }

  /** Goes forward by at most that many events. */
  runEvents(count: number): void {
    const goal = this.#events + count;
    while (this.#events < goal && this.runUntil(Number.MAX_SAFE_INTEGER, goal - this.#events) !== 'finished');
  }

  /** At time 0, the first time anything runs. */
  start(): void {
    if (this._state.isStarted || this._isRefused) return;
    this._state.isStarted = true;
    recoverFunctions(this._booted, this._cpu, this._flows.drivers);
    const { runners } = this._flows;
    for (const runner of runners) this._cpu.start(() => flowProcess(runner));
    if (runners.some(({ isBackground }) => isBackground)) {
      this._cpu.start(() => guardBackground(runners, (flow) => this.#delivered(flow)));
    }
    this.#injectDue();
    this.look();
  }

  /** Takes over what the flows say; ends the run when all that somebody waits for are over. */
  look(): void {
    if (this._state.report !== undefined) return;
    const { transfer, runners } = this._flows;
    const progress = transfer?.ok === true ? transfer.value.prepared.job.progress : undefined;
    const begun = runners.map((runner) => runner.progress.begun_ps).filter((at_ps) => at_ps > 0);
    const counters = this.#counters;
    counters[MACHINE_COUNTER.jobState] = JOB_STATE[progress?.state ?? 'running'];
    counters[MACHINE_COUNTER.activeLegs] = progress?.activeLegs ?? 0;
    counters[MACHINE_COUNTER.begun_ps] =
      progress?.begun_ps ?? Math.min(Infinity, ...begun, ...(begun.length > 0 ? [] : [0]));
    this.#showFlows();
    if (runners.every((runner) => runner.isBackground || isOver(runner))) this.#drain();
  }

  get #counters(): Float64Array {
    return this._booted.hardware.machineCounters;
  }

  get #events(): number {
    return at(this.#counters, MACHINE_COUNTER.events);
  }

  get #nextFault_ps(): number {
    return this._faults[this._state.nextFault]?.at_ps ?? Infinity;
  }

  get #nextChange_ps(): number {
    return this.history?.nextChange?.place.now_ps ?? Infinity;
  }

  /** Between events: checkpoints, and changes by hand that were made here when the run was here before. */
  #settle(at_ps: number): void {
    const { history } = this;
    if (history === undefined) return;
    history.keep();
    const { hardware } = this._booted;
    for (let due = history.nextChange; due !== undefined; due = history.nextChange) {
      if (due.place.events > this.#events || due.place.now_ps > at_ps) return;
      if (due.place.now_ps > hardware.now_ps) hardware.runUntil(due.place.now_ps, 0);
      history.redo();
      history.keep();
    }
  }

  /** Runs to a time or to the next planned fault, which then happens; never over a place where the history must look. */
  #advance(at_ps: number, maxEvents: number): void {
    const { hardware } = this._booted;
    const limit_ps = Math.min(at_ps, this.#nextFault_ps);
    const events = Math.min(maxEvents, this.history?.eventsLeft ?? Infinity);
    if (hardware.runUntil(limit_ps, events) !== 'budget') this.#injectDue();
  }

  /** Everything up to now has happened: planned faults of this time happen. */
  #injectDue(): void {
    const { hardware } = this._booted;
    for (
      let planned = this._faults[this._state.nextFault];
      planned !== undefined;
      planned = this._faults[this._state.nextFault]
    ) {
      if (planned.at_ps > hardware.now_ps) return;
      this._state.nextFault += 1;
      const refused = hardware.inject(planned.fault);
      if (refused !== undefined)
        this._input.faultNotes.push(`${planned.fault.kind} at ${planned.at_ps} ps: ${refused}`);
    }
  }

  /** Bytes and operations of a flow so far. */
  #delivered(flow: number): number {
    const { flowCounters, links } = this._booted.hardware;
    const row = flowRow(flow, links.length * 2);
    return at(flowCounters, row + FLOW_COUNTER.arrivedBytes) + at(flowCounters, row + FLOW_COUNTER.operations);
  }

  #pause<Outcome>(outcome: Outcome): Outcome {
    this._cpu.settleBusyTime();
    return outcome;
  }

  /** State and times of each flow, for whoever watches. */
  #showFlows(): void {
    const { flowCounters, links } = this._booted.hardware;
    for (const { number, progress } of this._flows.runners) {
      const row = flowRow(number, links.length * 2);
      flowCounters[row + FLOW_COUNTER.state] = JOB_STATE[progress.state];
      flowCounters[row + FLOW_COUNTER.begun_ps] = progress.begun_ps;
      flowCounters[row + FLOW_COUNTER.finished_ps] = progress.finished_ps;
    }
  }

  #drain(): void {
    const { hardware } = this._booted;
    const { runners } = this._flows;
    const over_ps = Math.max(...runners.map((runner) => (runner.isBackground ? 0 : runner.over_ps)));
    for (const runner of runners) if (runner.isBackground) runner.stop();
    const stop_ps = hardware.now_ps + LONGEST_STOP_PS;
    while (!runners.every(isOver) && hardware.nextEvent_ps() <= stop_ps)
      hardware.runUntil(hardware.nextEvent_ps(), Infinity);
    for (const runner of runners) runner.halt?.();
    const isCut = (): boolean => !runners.every(isOver);
    hardware.runUntil(Math.max(hardware.now_ps, over_ps + DRAIN_PS), Infinity);
    const isQuiet = (): boolean => hardware.checkConservation().every((check) => check.ok);
    const limit_ps = over_ps + LONGEST_DRAIN_PS;
    while (!isCut() && !isQuiet() && hardware.nextEvent_ps() <= limit_ps) {
      hardware.runUntil(Math.max(hardware.now_ps + SLICE_PS, hardware.nextEvent_ps()), Infinity);
    }
    this.#end(undefined);
  }

  /** @param stuck why the run can never end; undefined if it has. */
  #end(stuck: string | undefined): void {
    if (this._isRefused) return;
    this._cpu.settleBusyTime();
    this.#showFlows();
    const report = endedReport(this._input, stuck);
    this._state.report = report;
    const counters = this.#counters;
    counters[MACHINE_COUNTER.jobState] = report.outcome === 'finished' ? JOB_STATE.finished : JOB_STATE.failed;
    counters[MACHINE_COUNTER.activeLegs] = 0;
    const ends = this._flows.runners.map((runner) => (runner.isBackground ? 0 : runner.progress.finished_ps));
    counters[MACHINE_COUNTER.finished_ps] =
      this._flows.transfer?.ok === true ? this._flows.transfer.value.progress.finished_ps : Math.max(0, ...ends);
  }
}

/** The flow has ended, well or not. */
function isOver({ progress, over_ps }: FlowRunner): boolean {
  return progress.state === 'finished' || (progress.state === 'failed' && over_ps > 0);
}
