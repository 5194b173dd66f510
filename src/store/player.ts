/*
 * The common clock. One target of simulated time moves with real time and is handed to every active machine
 * once a frame; what is shown is the time all of them have reached. Nothing here reads a wall clock: whoever
 * owns the frame loop calls `tick` with the time that passed.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { StepUnit } from '../engine/protocol.ts';
import { pace } from './pacing.ts';
import { speedAt } from './speeds.ts';

/** One machine as the clock sees it. */
export interface Runner {
  /** Everything up to here has happened. */
  readonly now_ps: number;
  /** Its job has ended, or will never begin. */
  readonly done: boolean;
  setTarget(at_ps: number): void;
  pause(): Promise<number>;
  step(unit: StepUnit): Promise<number>;
  runUntil(at_ps: number): Promise<number>;
}

export type PlayPhase = 'empty' | 'paused' | 'playing' | 'finished';

export interface PlayerState {
  readonly phase: PlayPhase;
  /** Index into SPEEDS. */
  readonly speed: number;
  readonly stepUnit: StepUnit;
  /** Simulated picoseconds per second really reached, while the machines cannot keep up with `speed`. */
  readonly reached_psPerSecond: number | undefined;
  /** A step or a pause is under way. */
  readonly busy: boolean;
}

/** How often the speed really reached is measured. */
const MEASURE_MS = 500;
/** Machines that reach this share of the chosen speed count as keeping up. */
const WORTH_SAYING = 0.9;
const MS_PER_SECOND = 1000;

export class Player {
  readonly store: StoreApi<PlayerState>;
  #runners: readonly Runner[] = [];
  #target_ps = 0;
  #lead_ps = 0;
  /** Run to the end whatever the slider says. */
  #sprinting = false;
  #measured = { elapsed_ms: 0, from_ps: 0, limited: false };

  constructor(speed: number) {
    this.store = createStore<PlayerState>()(() => ({
      phase: 'empty',
      speed,
      stepUnit: 'tlp',
      reached_psPerSecond: undefined,
      busy: false,
    }));
  }

  /** The instant to show: what every active machine has reached; the end of the last one when all are done. */
  get now_ps(): number {
    const running = this.#runners.filter((runner) => !runner.done);
    if (running.length > 0) return Math.min(...running.map((runner) => runner.now_ps));
    return this.#runners.length === 0 ? 0 : Math.max(...this.#runners.map((runner) => runner.now_ps));
  }

  /** Other machines from now on, or the same at time 0. The clock stops unless `keepPlaying`. */
  setRunners(runners: readonly Runner[], keepPlaying = false): void {
    this.#runners = runners;
    // A machine that was left behind catches up with the others before the clock moves on.
    this.#target_ps = runners.length === 0 ? 0 : Math.max(...runners.map((runner) => runner.now_ps));
    this.#resetMeasure();
    const done = runners.length > 0 && runners.every((runner) => runner.done);
    const phase = runners.length === 0 ? 'empty' : done ? 'finished' : keepPlaying ? 'playing' : 'paused';
    this.store.setState({ phase, reached_psPerSecond: undefined, busy: false });
    if (!done) for (const runner of runners) if (runner.now_ps < this.#target_ps) runner.setTarget(this.#target_ps);
  }

  play(): void {
    const { phase, busy } = this.store.getState();
    if (phase !== 'paused' || busy) return;
    this.#resetMeasure();
    this.#target_ps = Math.max(this.#target_ps, ...this.#runners.map((runner) => runner.now_ps));
    this.store.setState({ phase: 'playing' });
  }

  /** Runs to the end as fast as the machines can, then keeps the chosen speed for the next run. */
  runToEnd(): void {
    if (this.store.getState().phase === 'empty') return;
    this.#sprinting = true;
    this.play();
  }

  /** Stops every machine, then lets those behind catch up, so that all show the same instant. */
  async pause(): Promise<void> {
    if (this.store.getState().phase !== 'playing') return;
    this.store.setState({ phase: 'paused', reached_psPerSecond: undefined, busy: true });
    this.#sprinting = false;
    const runners = this.#runners;
    const nows_ps = await Promise.all(runners.map(async (runner) => (runner.done ? runner.now_ps : runner.pause())));
    await this.#align(runners, Math.max(0, ...nows_ps));
  }

  /** One event or one TLP of the first machine that still runs; the others follow to the same instant. */
  async step(unit: StepUnit): Promise<void> {
    const { phase, busy } = this.store.getState();
    if (phase === 'playing') await this.pause();
    if (phase === 'empty' || phase === 'finished' || busy) return;
    const runners = this.#runners;
    const leader = runners.find((runner) => !runner.done);
    if (leader === undefined) return;
    this.store.setState({ busy: true });
    await this.#align(runners, await leader.step(unit));
  }

  setSpeed(speed: number): void {
    this.#resetMeasure();
    // What the old speed had sent the machines ahead to no longer holds.
    this.#target_ps = Math.max(0, ...this.#runners.map((runner) => runner.now_ps));
    if (this.store.getState().phase === 'playing') this.#send(this.#target_ps);
    this.store.setState({ speed, reached_psPerSecond: undefined });
  }

  setStepUnit(stepUnit: StepUnit): void {
    this.store.setState({ stepUnit });
  }

  /** To be called once a frame. @param elapsed_ms real time since the last call. */
  tick(elapsed_ms: number): void {
    if (this.store.getState().phase !== 'playing' || this.#finishIfDone()) return;
    const running = this.#runners.filter((runner) => !runner.done);
    const next = pace({
      elapsed_ms,
      scale_psPerSecond: this.#sprinting ? Infinity : speedAt(this.store.getState().speed),
      target_ps: this.#target_ps,
      nows_ps: running.map((runner) => runner.now_ps),
      lead_ps: this.#lead_ps,
    });
    this.#target_ps = next.target_ps;
    this.#lead_ps = next.lead_ps;
    this.#send(next.target_ps);
    this.#measure(elapsed_ms, next.limited);
  }

  #send(target_ps: number): void {
    for (const runner of this.#runners) if (!runner.done) runner.setTarget(Math.floor(target_ps));
  }

  /** Ends a pause or a step: every machine goes to that instant. Other machines meanwhile: the clock is theirs. */
  async #align(runners: readonly Runner[], at_ps: number): Promise<void> {
    if (runners !== this.#runners) return;
    const behind = runners.filter((runner) => !runner.done && runner.now_ps < at_ps);
    await Promise.all(behind.map((runner) => runner.runUntil(at_ps)));
    if (runners !== this.#runners) return;
    this.#target_ps = at_ps;
    this.store.setState({ busy: false });
    this.#finishIfDone();
  }

  #finishIfDone(): boolean {
    const done = this.#runners.every((runner) => runner.done);
    if (done) {
      this.#sprinting = false;
      this.store.setState({ phase: this.#runners.length === 0 ? 'empty' : 'finished', reached_psPerSecond: undefined });
    }
    return done;
  }

  #resetMeasure(): void {
    this.#lead_ps = 0;
    this.#measured = { elapsed_ms: 0, from_ps: this.now_ps, limited: false };
  }

  #measure(elapsed_ms: number, limited: boolean): void {
    const measured = this.#measured;
    measured.elapsed_ms += elapsed_ms;
    measured.limited ||= limited;
    if (measured.elapsed_ms < MEASURE_MS) return;
    const reached = ((this.now_ps - measured.from_ps) / measured.elapsed_ms) * MS_PER_SECOND;
    const behind = measured.limited && reached < speedAt(this.store.getState().speed) * WORTH_SAYING;
    this.store.setState({ reached_psPerSecond: behind ? reached : undefined });
    this.#measured = { elapsed_ms: 0, from_ps: this.now_ps, limited: false };
  }
}
