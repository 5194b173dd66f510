/*
 * The common clock. One target of simulated time moves with real time and is handed to every active machine
 * once a frame; what is shown is the time all of them have reached. Nothing here reads a wall clock: whoever
 * owns the frame loop calls `tick` with the time that passed. A clock that stands can be moved to any instant,
 * forward and back; all machines go there.
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
  /** The furthest it has been, and the end of its job where that is known. */
  readonly furthest_ps: number;
  readonly end_ps: number | undefined;
  setTarget(at_ps: number): void;
  pause(): Promise<number>;
  step(unit: StepUnit): Promise<number>;
  runUntil(at_ps: number): Promise<number>;
  /** Goes to an instant before or after now; what was done is no longer done before its end. */
  seek(at_ps: number): Promise<number>;
  stepBack(unit: StepUnit): Promise<number>;
}

export type PlayPhase = 'empty' | 'paused' | 'playing' | 'finished';

export interface PlayerState {
  readonly phase: PlayPhase;
  /** Index into SPEEDS. */
  readonly speed: number;
  readonly stepUnit: StepUnit;
  /** Simulated picoseconds per second really reached, while the machines cannot keep up with `speed`. */
  readonly reached_psPerSecond: number | undefined;
  /** A step, a pause or a seek is under way. */
  readonly busy: boolean;
  /** Increases whenever the clock was moved other than by running: what shows an instant looks again. */
  readonly jumps: number;
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
  /** Pauses, steps and seeks under way, and the last of them. */
  #holds = 0;
  #doing: Promise<void> | undefined;
  /** Where to go next; while one seek is under way the newest wish replaces older ones. */
  #wish_ps: number | undefined;
  #seeking: Promise<void> | undefined;
  /** Where machines are being brought at the moment. */
  #goal_ps: number | undefined;
  /** Machines run to the others before the clock moves on; whether it is to run once they are there. */
  #catching: 'standing' | 'playing' | undefined;
  /** The earliest instant at which a machine was stopped, while the others are being brought there. */
  #stop_ps = Infinity;
  #measured = { elapsed_ms: 0, from_ps: 0, limited: false };

  constructor(speed: number) {
    this.store = createStore<PlayerState>()(() => ({
      phase: 'empty',
      speed,
      stepUnit: 'tlp',
      reached_psPerSecond: undefined,
      busy: false,
      jumps: 0,
    }));
  }

  /** The instant to show: what every active machine has reached; the end of the last one when all are done. */
  get now_ps(): number {
    const running = this.#runners.filter((runner) => !runner.done);
    if (running.length > 0) return Math.min(...running.map((runner) => runner.now_ps));
    return this.#runners.length === 0 ? 0 : Math.max(...this.#runners.map((runner) => runner.now_ps));
  }

  /** The instant the clock stands at or, while machines are still on their way there, the one it will stand at. */
  get goal_ps(): number {
    return this.#goal_ps ?? this.now_ps;
  }

  /** The furthest any machine has been: as far as the clock can be moved without running. */
  get furthest_ps(): number {
    return Math.max(0, ...this.#runners.map((runner) => runner.furthest_ps));
  }

  /** The end of the last job, once every machine's is known. */
  get end_ps(): number | undefined {
    const ends_ps = this.#runners.map((runner) => runner.end_ps);
    const known_ps = ends_ps.filter((end_ps) => end_ps !== undefined);
    return known_ps.length === 0 || known_ps.length < ends_ps.length ? undefined : Math.max(...known_ps);
  }

  /**
   * Other machines from now on, or the same at time 0. The clock stops unless `keepPlaying`.
   * @param at_ps the instant that stays; default: that of the machine that is furthest.
   */
  setRunners(runners: readonly Runner[], keepPlaying = false, at_ps?: number): void {
    this.#runners = runners;
    this.#holds = 0;
    this.#doing = undefined;
    this.#wish_ps = undefined;
    this.#seeking = undefined;
    this.#goal_ps = undefined;
    this.#catching = undefined;
    this.#stop_ps = Infinity;
    const nows_ps = runners.map((runner) => runner.now_ps);
    // A machine that was left behind catches up with the others before the clock moves on.
    this.#target_ps = runners.length === 0 ? 0 : (at_ps ?? Math.max(...nows_ps));
    this.#resetMeasure();
    const ahead = at_ps !== undefined && nows_ps.some((now_ps) => now_ps > at_ps);
    const done = runners.length > 0 && runners.every((runner) => runner.done) && !ahead;
    const phase = runners.length === 0 ? 'empty' : done ? 'finished' : keepPlaying && !ahead ? 'playing' : 'paused';
    this.store.setState((state) => ({ phase, reached_psPerSecond: undefined, busy: false, jumps: state.jumps + 1 }));
    if (done) return;
    if (ahead) void this.seek(at_ps).then(() => (keepPlaying && runners === this.#runners ? this.play() : undefined));
    else this.#catchUp(phase === 'playing');
  }

  /** Machines that were left behind run to the others; a clock that stands is busy until they are there. */
  #catchUp(playing: boolean): void {
    const target_ps = this.#target_ps;
    const behind = this.#runners.filter((runner) => !runner.done && runner.now_ps < target_ps);
    if (behind.length === 0) return;
    if (playing) {
      for (const runner of behind) runner.setTarget(target_ps);
      return;
    }
    const runners = this.#runners;
    this.#goal_ps = target_ps;
    this.#catching = 'standing';
    void this.#do((all) => this.#follow(all, target_ps)).then(() => {
      if (runners !== this.#runners) return;
      const wish = this.#catching;
      this.#catching = undefined;
      if (wish === 'playing') this.play();
    });
  }

  play(): void {
    const { phase, busy } = this.store.getState();
    if (this.#catching !== undefined) this.#catching = 'playing';
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
    this.#stand();
    await this.#do(async (runners) => {
      const nows_ps = await Promise.all(runners.map(async (runner) => (runner.done ? runner.now_ps : runner.pause())));
      await this.#follow(runners, Math.max(0, ...nows_ps));
    });
  }

  /** One unit of the first machine that still runs; the others follow to the same instant. */
  async step(unit: StepUnit): Promise<void> {
    const { phase, busy } = this.store.getState();
    if (phase === 'playing') await this.pause();
    if (phase === 'empty' || phase === 'finished' || busy) return;
    const leader = this.#runners.find((runner) => !runner.done);
    if (leader === undefined) return;
    await this.#do(async (runners) => this.#follow(runners, await leader.step(unit)));
  }

  /** Back by one unit of the machine that a step forward would have moved; the others go to the same instant. */
  async stepBack(unit: StepUnit): Promise<void> {
    const { phase, busy } = this.store.getState();
    if (phase === 'playing') await this.pause();
    if (phase === 'empty' || busy) return;
    const { now_ps } = this;
    const runners = this.#runners;
    const leader = runners.find((runner) => !runner.done) ?? runners.find((runner) => runner.now_ps >= now_ps);
    if (leader === undefined) return;
    await this.#do(async () => {
      await this.#gather(runners, await leader.stepBack(unit));
      this.#jumped();
    });
  }

  /**
   * Moves the clock to an instant, before or after now, and leaves it standing there. Resolves when it is there; of several
   * wishes while one is being carried out only the newest counts.
   */
  seek(at_ps: number): Promise<void> {
    if (this.store.getState().phase === 'empty') return Promise.resolve();
    this.#catching = undefined;
    this.#wish_ps = Math.max(0, Math.floor(at_ps));
    if (this.#seeking !== undefined) return this.#seeking;
    const release = this.#hold();
    const seeking = this.#seekWishes().finally(() => {
      if (this.#seeking === seeking) this.#seeking = undefined;
      release();
    });
    this.#seeking = seeking;
    return seeking;
  }

  /** A machine was stopped at an instant, by a breakpoint: all stop there. */
  async stopAt(at_ps: number): Promise<void> {
    this.#stop_ps = Math.min(this.#stop_ps, at_ps);
    if (this.store.getState().phase === 'playing') {
      this.#stand();
      await this.#do(async (runners) => {
        await Promise.all(runners.filter((runner) => !runner.done).map((runner) => runner.pause()));
      });
    }
    // Several machines may be stopped before all stand: whoever comes last finds it done.
    if (this.#stop_ps === Infinity) return;
    await this.seek(this.#stop_ps);
    this.#stop_ps = Infinity;
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

  /** The clock stands from now on, wherever the machines are. */
  #stand(): void {
    this.#sprinting = false;
    this.store.setState({ phase: 'paused', reached_psPerSecond: undefined });
  }

  /** The clock is busy until what this returns is called. Other machines meanwhile: the clock is theirs. */
  #hold(): () => void {
    const runners = this.#runners;
    this.#holds += 1;
    this.store.setState({ busy: true });
    return () => {
      if (runners !== this.#runners) return;
      this.#holds -= 1;
      this.store.setState({ busy: this.#holds > 0 });
    };
  }

  /** Something that moves machines. */
  async #do(work: (runners: readonly Runner[]) => Promise<void>): Promise<void> {
    const runners = this.#runners;
    const release = this.#hold();
    const doing = work(runners);
    this.#doing = doing;
    try {
      await doing;
    } finally {
      if (runners === this.#runners) this.#settle();
      release();
    }
  }

  /** After machines were moved: the target is where they are, and the end is the end. */
  #settle(): void {
    this.#goal_ps = undefined;
    this.#target_ps = this.now_ps;
    if (!this.#finishIfDone() && this.store.getState().phase === 'finished') this.store.setState({ phase: 'paused' });
  }

  async #seekWishes(): Promise<void> {
    await this.pause();
    // A step that was under way has moved its machines when it is over.
    await this.#doing;
    await this.#do(async (runners) => {
      while (this.#wish_ps !== undefined && runners === this.#runners) {
        const at_ps = this.#wish_ps;
        this.#wish_ps = undefined;
        this.#goal_ps = at_ps;
        await this.#gather(runners, at_ps);
        this.#jumped();
      }
    });
  }

  /** Lets the machines run that are behind an instant. */
  async #follow(runners: readonly Runner[], at_ps: number): Promise<void> {
    if (runners !== this.#runners) return;
    const behind = runners.filter((runner) => !runner.done && runner.now_ps < at_ps);
    await Promise.all(behind.map((runner) => runner.runUntil(at_ps)));
  }

  /** Every machine goes to an instant; one whose job ends before it goes to its end. */
  async #gather(runners: readonly Runner[], at_ps: number): Promise<void> {
    if (runners !== this.#runners) return;
    // One that stands there already may not have done everything of this instant: it stays as it is.
    const away = runners.filter((runner) => runner.now_ps > at_ps || (runner.now_ps < at_ps && !runner.done));
    await Promise.all(away.map((runner) => runner.seek(at_ps)));
  }

  #jumped(): void {
    this.store.setState((state) => ({ jumps: state.jumps + 1 }));
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
