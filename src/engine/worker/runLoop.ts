import { at } from '../../base/invariant.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import { hopRing, int32Cells, int64Cells, loadTarget, PLAY_STATE } from '../sharedLayout.ts';
import { EngineFailure, FAILURE_CODE } from '../engineFailure.ts';
import type { Breakpoint, RunReport, SharedMemory, StepUnit } from '../protocol.ts';
import { type BreakpointHit, Breakpoints } from './breakpoints.ts';
import type { EngineMachine } from './engineMachine.ts';
import { HopRingRecorder } from './hopRingRecorder.ts';
import { SeriesRecorder } from './seriesRecorder.ts';

/** What the loop needs of the thread it runs in. */
export interface LoopHost {
  /** Calls `task` from a later task of the event loop, after messages that wait. */
  soon(task: () => void): void;
  /** Any steadily growing clock; only the length of slices depends on it, never a result. */
  wallClock_ms(): number;
  /** Longest slice before messages get their turn. */
  readonly slice_ms: number;
}

/** What the loop says. */
export interface LoopListener {
  /** The machine stands at the place asked for. */
  onStopped(requestId: number, now_ps: number): void;
  onFinished(report: RunReport): void;
  /** A breakpoint has stopped the machine. */
  onBreak(hit: BreakpointHit, now_ps: number): void;
  /** After every slice: what the machine wrote is consistent now. `parked` = nothing more comes by itself. */
  onSlice(parked: boolean): void;
  /** An exception inside a slice; the loop has ended. */
  onError(error: unknown): void;
  /** What was recorded after an instant is void: the machine was changed there by hand. */
  onBranch(at_ps: number): void;
}

type Mode =
  | { readonly kind: 'paused' }
  /** Follows the target in shared memory. */
  | { readonly kind: 'following' }
  /** Runs to an instant. `silent`: to where it has been before; nothing stops it there, and nothing is recorded again. */
  | { readonly kind: 'seeking'; readonly requestId: number; readonly at_ps: number; readonly silent: boolean };

const MIN_EVENTS = 256;
const MAX_EVENTS = 2 ** 20;

/**
 * Advances one machine in slices of wall time, so that its thread stays responsive. What happens in simulated
 * time does not depend on how it is sliced.
 */
export class RunLoop {
  readonly #machine: EngineMachine;
  readonly #hops: HopRingRecorder;
  readonly #series: SeriesRecorder;
  readonly #breakpoints: Breakpoints;
  readonly #target: BigInt64Array;
  readonly #playState: Int32Array;
  readonly #host: LoopHost;
  readonly #listener: LoopListener;
  #mode: Mode = { kind: 'paused' };
  #scheduled = false;
  #ended = false;
  #stopped = false;
  /** What has stopped the machine, until it is said. */
  #hit: BreakpointHit | undefined;
  /** A breakpoint has stopped it, and nobody has taken note. */
  #isHeld = false;
  /** Events for one call of the machine, adapted so that a call takes a fraction of a slice. */
  #events = MIN_EVENTS;

  constructor(
    machine: EngineMachine,
    hops: HopRingRecorder,
    memory: SharedMemory,
    host: LoopHost,
    listener: LoopListener,
  ) {
    this.#machine = machine;
    this.#hops = hops;
    this.#series = new SeriesRecorder(machine, int32Cells(memory.control, 'seriesHeader'), memory.series);
    this.#target = int64Cells(memory.control, 'target_ps');
    this.#playState = int32Cells(memory.control, 'playState');
    this.#host = host;
    this.#listener = listener;
    this.#breakpoints = new Breakpoints(machine);
    machine.travel?.onBranch((at_ps) => {
      this.#series.branch(at_ps);
      listener.onBranch(at_ps);
    });
  }

  /** Runs to the target in shared memory, and on when it moves (after {@link follow} is called again if parked). */
  follow(): void {
    // A target that was on its way when a breakpoint stopped the machine does not start it again.
    if (this.#mode.kind === 'seeking' || this.#isHeld) return;
    this.#mode = { kind: 'following' };
    this.#wake();
  }

  /**
   * Stops between two events. A `seek` that was under way is answered too. What a change by hand has sent over links
   * while the machine stood is handed over.
   */
  pause(requestId: number): void {
    this.#interrupt();
    this.#hops.publish();
    this.#listener.onSlice(true);
    this.#listener.onStopped(requestId, this.#machine.now_ps);
  }

  /** Runs to `at_ps` whatever the target says, then pauses and answers. A time in the past answers at once. */
  seek(requestId: number, at_ps: number): void {
    this.#interrupt();
    this.#mode = { kind: 'seeking', requestId, at_ps, silent: false };
    this.#wake();
  }

  /** Goes to an instant, back or forward, then pauses and answers. */
  goTo(requestId: number, at_ps: number): void {
    this.#interrupt();
    this.#machine.travel?.approach(at_ps);
    this.#arrive();
    this.#mode = { kind: 'seeking', requestId, at_ps, silent: true };
    this.#wake();
  }

  /** Pauses and goes back by one unit. */
  stepBack(requestId: number, unit: StepUnit): void {
    this.#interrupt();
    this.#hops.isMuted = true;
    this.#machine.travel?.stepBack(unit);
    this.#hops.isMuted = false;
    this.#arrive();
    this.#listener.onSlice(true);
    this.#listener.onStopped(requestId, this.#machine.now_ps);
  }

  setBreakpoints(breakpoints: readonly Breakpoint[]): void {
    this.#breakpoints.set(breakpoints);
    this.#hops.listener = this.#breakpoints.areSet ? this.#breakpoints : undefined;
  }

  /** The machine is at another place of its run. */
  #arrive(): void {
    this.#ended = this.#machine.report !== undefined;
    this.#breakpoints.settle();
  }

  /** Pauses and advances by one unit. */
  step(requestId: number, unit: StepUnit): void {
    this.#interrupt();
    if (!this.#ended) {
      this.#series.hold();
      this.#machine.step(unit);
      this.#hops.publish();
      if (this.#machine.report === undefined) this.#series.captureHeld(this.#machine.now_ps);
      else this.#finishStepping(this.#machine.report);
      this.#breakpoints.settle();
    }
    this.#listener.onSlice(true);
    this.#listener.onStopped(requestId, this.#machine.now_ps);
  }

  /** Ends the loop for good: a slice already scheduled does nothing. */
  stop(): void {
    this.#stopped = true;
  }

  #interrupt(): void {
    const mode = this.#mode;
    this.#isHeld = false;
    this.#park();
    if (mode.kind === 'seeking') this.#listener.onStopped(mode.requestId, this.#machine.now_ps);
  }

  #park(): void {
    this.#mode = { kind: 'paused' };
    Atomics.store(this.#playState, 0, PLAY_STATE.parked);
  }

  #wake(): void {
    Atomics.store(this.#playState, 0, PLAY_STATE.running);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#host.soon(() => this.#slice());
  }

  #slice(): void {
    this.#scheduled = false;
    if (this.#stopped || this.#mode.kind === 'paused') return;
    try {
      const more = this.#run(this.#host.wallClock_ms() + this.#host.slice_ms);
      this.#hops.publish();
      this.#listener.onSlice(!more);
      if (more) this.#wake();
      else this.#settle();
    } catch (error) {
      this.#stopped = true;
      this.#park();
      this.#listener.onError(error);
    }
  }

  /** @returns true if the time is up before the goal is reached. */
  #run(deadline_ms: number): boolean {
    const machine = this.#machine;
    let began_ms = this.#host.wallClock_ms();
    while (!this.#ended) {
      const goal_ps = this.#goal();
      if (machine.now_ps >= goal_ps) return false;
      const edge_ps = this.#series.nextEdge_ps;
      if (edge_ps > Number.MAX_SAFE_INTEGER) throw new EngineFailure(END_OF_TIME);
      const silent = this.#mode.kind === 'seeking' && this.#mode.silent && machine.travel?.isBehind === true;
      const stop_ps = Math.min(goal_ps, edge_ps, silent ? Infinity : this.#breakpoints.nextTime_ps);
      this.#hops.isMuted = silent;
      const outcome = silent ? machine.runUntil(stop_ps, this.#events) : this.#advance(stop_ps);
      this.#hops.isMuted = false;
      if (outcome === 'broken') return false;
      if (outcome === 'finished') {
        // Nothing happens after the end, so the last bin is complete.
        this.#series.capture();
        if (machine.report !== undefined) this.#finish(machine.report);
        return false;
      }
      if (outcome === 'reached' && stop_ps === edge_ps) this.#series.capture();
      const now_ms = this.#host.wallClock_ms();
      if (outcome === 'budget') this.#adapt(now_ms - began_ms);
      if (outcome === 'reached' && stop_ps === goal_ps) return false;
      if (now_ms >= deadline_ms) return true;
      began_ms = now_ms;
    }
    return false;
  }

  /** As the machine's `runUntil`; `broken` when a breakpoint has stopped it. */
  #advance(stop_ps: number): 'reached' | 'budget' | 'finished' | 'broken' {
    const machine = this.#machine;
    const breakpoints = this.#breakpoints;
    if (!breakpoints.areSet) {
      const outcome = machine.runUntil(stop_ps, this.#events);
      return outcome === 'reached' && this.#stopAt(breakpoints.lookAtTime()) ? 'broken' : outcome;
    }
    for (let count = 0; count < this.#events; count += 1) {
      const outcome = machine.runUntil(stop_ps, 1);
      if (this.#stopAt(breakpoints.look())) return 'broken';
      if (outcome === 'reached' && this.#stopAt(breakpoints.lookAtTime())) return 'broken';
      if (outcome !== 'budget') return outcome;
    }
    return 'budget';
  }

  #stopAt(hit: BreakpointHit | undefined): boolean {
    if (hit === undefined) return false;
    this.#hit = hit;
    return true;
  }

  #goal(): number {
    return this.#mode.kind === 'seeking' ? this.#mode.at_ps : loadTarget(this.#target);
  }

  /** Aims at calls of a quarter to half of a slice. */
  #adapt(elapsed_ms: number): void {
    if (elapsed_ms > this.#host.slice_ms / 2) this.#events = Math.max(MIN_EVENTS, this.#events / 2);
    else if (elapsed_ms < this.#host.slice_ms / 4) this.#events = Math.min(MAX_EVENTS, this.#events * 2);
  }

  /** The machine runs on for a moment after its job, until credits are back; the series ends with the job. */
  #finishStepping(report: RunReport): void {
    this.#series.captureHeld(at(this.#machine.machineCounters, MACHINE_COUNTER.finished_ps));
    this.#series.capture();
    this.#finish(report);
  }

  #finish(report: RunReport): void {
    this.#ended = true;
    this.#hops.publish();
    this.#listener.onSlice(true);
    this.#listener.onFinished(report);
  }

  /** The goal is reached, or the job has ended. */
  #settle(): void {
    const mode = this.#mode;
    if (this.#hit !== undefined) {
      const hit = this.#hit;
      this.#hit = undefined;
      this.#park();
      this.#isHeld = mode.kind === 'following';
      this.#listener.onBreak(hit, this.#machine.now_ps);
      if (mode.kind === 'following') return;
    }
    if (mode.kind === 'seeking') {
      this.#park();
      this.#listener.onStopped(mode.requestId, this.#machine.now_ps);
      return;
    }
    // The page moves the target first and looks at the play state then; we do it the other way round, so one of
    // both sees what the other did, and no target is lost.
    Atomics.store(this.#playState, 0, PLAY_STATE.parked);
    if (!this.#ended && loadTarget(this.#target) > this.#machine.now_ps) this.#wake();
  }
}

const END_OF_TIME = {
  code: FAILURE_CODE.endOfTime,
  message: 'Simulated time is used up (2^53 ps, 2.5 hours) and the job has not ended.',
};

/** The recorder of hops for a machine that is about to be made. */
export function hopRecorderIn(memory: Pick<SharedMemory, 'control' | 'hops'>): HopRingRecorder {
  return new HopRingRecorder(hopRing(memory.control, memory.hops));
}
