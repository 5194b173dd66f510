/*
 * Joins document, machines and clock: a changed document means machines built anew at time 0, a changed view
 * means other machines on the clock. The only place where these stores know each other.
 */
import type { StoreApi } from 'zustand/vanilla';
import { durationText, rateText } from '../base/format.ts';
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { EngineClient } from '../engine/clientInterface.ts';
import type { RunReport, RunWay } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import type { Announcer } from './announcer.ts';
import type { DocumentState } from './documentStore.ts';
import { Player, type Runner } from './player.ts';
import type { PreferencesState } from './preferences.ts';
import { LANE_IDS, RACE_LANES, Session, type LaneId } from './session.ts';
import type { ViewState } from './viewStore.ts';
import { wayWords } from './words.ts';

export interface SimulationParts {
  readonly documents: StoreApi<DocumentState>;
  readonly preferences: StoreApi<PreferencesState>;
  readonly view: StoreApi<ViewState>;
  readonly announcer: Announcer;
  readonly makeClient: () => EngineClient;
  readonly seed: number;
}

/** The machines that are on the clock in a view. */
export function lanesOf(view: Pick<ViewState, 'view' | 'lane'>): readonly LaneId[] {
  switch (view.view) {
    case 'race':
    case 'edit':
    case 'faults':
      return RACE_LANES;
    case 'why':
    case 'machine':
      return ['direct'];
    case 'flows':
      return ['flows'];
    case 'sweep':
    case 'validation':
      return [];
    case 'watch':
    case 'memory':
    case 'inspect':
      return [view.lane];
  }
}

export class Simulation {
  readonly session: Session;
  readonly player: Player;
  readonly #parts: SimulationParts;
  readonly #stops: (() => void)[] = [];
  /** Rebuilds under way. */
  #building = 0;
  /** What to do with the clock once the machines stand. */
  #wish: 'play' | 'runToEnd' | undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(parts: SimulationParts) {
    this.#parts = parts;
    this.player = new Player(parts.preferences.getState().preferences.speed);
    this.session = new Session({
      makeClient: parts.makeClient,
      seed: parts.seed,
      onReport: (_lane, report) => this.#reported(report),
    });
  }

  /** Builds the machines of the current view and follows every change from now on. */
  start(): void {
    const { documents, preferences, view } = this.#parts;
    this.#stops.push(
      this.session.store.subscribe(() => this.#wake()),
      this.player.store.subscribe(() => this.#wake()),
      documents.subscribe((now, before) => {
        if (now.document !== before.document) void this.#rebuild(false).then(() => this.#sayBuilt());
      }),
      preferences.subscribe((now, before) => {
        if (now.preferences.bounceWay !== before.preferences.bounceWay) this.#bounceWayChanged();
        if (now.preferences.speed !== before.preferences.speed) this.player.setSpeed(now.preferences.speed);
      }),
      view.subscribe((now, before) => {
        if (now.view !== before.view || now.lane !== before.lane) void this.#lanesChanged();
      }),
    );
    void this.#rebuild(false);
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.session.dispose();
  }

  /** Back to time 0. A run that was playing goes on from there. */
  restart(): Promise<void> {
    return this.#rebuild(this.player.store.getState().phase === 'playing');
  }

  /** Machines are being built; what is asked of the clock meanwhile happens once they stand. */
  get building(): boolean {
    return this.#building > 0;
  }

  /** Play and pause with one button; after the end it begins again. */
  async toggle(): Promise<void> {
    const { phase } = this.player.store.getState();
    if (this.building) this.#wish = this.#wish === 'play' ? undefined : 'play';
    else if (phase === 'finished') await this.#rebuild(true);
    else if (phase !== 'playing') this.player.play();
    else {
      await this.player.pause();
      this.#parts.announcer.say(`Paused at ${durationText(this.player.now_ps)}.`);
    }
  }

  runToEnd(): void {
    if (this.building) this.#wish = 'runToEnd';
    else this.player.runToEnd();
  }

  /** Resolves when no machine is being built and the clock stands. */
  async idle(): Promise<void> {
    while (this.busy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A machine is being built, or the clock runs. */
  get busy(): boolean {
    const { phase, busy } = this.player.store.getState();
    return this.#building > 0 || !this.session.settled || phase === 'playing' || busy;
  }

  #wake(): void {
    if (this.busy) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #whileBuilding(work: () => Promise<void>): Promise<void> {
    this.#building += 1;
    try {
      await work();
    } finally {
      this.#building -= 1;
      this.#wake();
    }
  }

  #bounceWayChanged(): void {
    if (lanesOf(this.#parts.view.getState()).includes('bounced')) void this.#rebuild(false);
    else this.session.clear('bounced', this.#wayOf('bounced'));
  }

  #wayOf(lane: LaneId): RunWay {
    if (lane === 'flows') return 'flows';
    return lane === 'direct' ? 'p2p' : this.#parts.preferences.getState().preferences.bounceWay;
  }

  /** A bounce that no engine of this machine can make is made by the CPU, and the lane says why. */
  async #load(lane: LaneId, document: TopologyDocument): Promise<void> {
    const way = this.#wayOf(lane);
    await this.session.load(lane, document, way);
    const refused = this.session.lane(lane).machine?.plan.refused;
    const current = this.#parts.documents.getState().document === document && this.#wayOf(lane) === way;
    if (way === 'bounce' && refused !== undefined && current) {
      await this.session.load(lane, document, 'copy', refused.message);
    }
  }

  #rebuild(keepPlaying: boolean): Promise<void> {
    const { documents, view } = this.#parts;
    const document = documents.getState().document;
    const wanted = lanesOf(view.getState());
    this.player.setRunners([]);
    this.#wish = undefined;
    for (const lane of LANE_IDS) if (!wanted.includes(lane)) this.session.clear(lane, this.#wayOf(lane));
    return this.#whileBuilding(async () => {
      await Promise.all(wanted.map((lane) => this.#load(lane, document)));
      // Something newer may have begun meanwhile; that one will set the clock.
      if (documents.getState().document === document && this.session.settled) this.#onTheClock(keepPlaying);
    });
  }

  #lanesChanged(): Promise<void> {
    const { documents, view } = this.#parts;
    const playing = this.player.store.getState().phase === 'playing';
    const document = documents.getState().document;
    const missing = lanesOf(view.getState()).filter((lane) => this.session.lane(lane).status === 'empty');
    return this.#whileBuilding(async () => {
      await Promise.all(missing.map((lane) => this.#load(lane, document)));
      if (documents.getState().document === document && this.session.settled) this.#onTheClock(playing);
    });
  }

  #onTheClock(keepPlaying: boolean): void {
    const runners = lanesOf(this.#parts.view.getState()).flatMap((lane) => this.#runner(lane) ?? []);
    this.player.setRunners(runners, keepPlaying);
    const wish = this.#wish;
    this.#wish = undefined;
    if (wish !== undefined) this.player[wish]();
  }

  #runner(lane: LaneId): Runner | undefined {
    const { session } = this;
    const client = session.client(lane);
    if (client === undefined) return undefined;
    const now = (): number => {
      const counters = session.lane(lane).view?.machineCounters;
      const now_ps = counters?.[MACHINE_COUNTER.now_ps] ?? 0;
      // After its job a machine runs on for a moment, until credits are back; the clock stops with the job.
      const finished_ps = counters?.[MACHINE_COUNTER.finished_ps] ?? 0;
      return finished_ps > 0 ? Math.min(now_ps, finished_ps) : now_ps;
    };
    return {
      get now_ps() {
        return now();
      },
      get done() {
        const state = session.lane(lane);
        return state.report !== undefined || state.status !== 'ready' || state.machine?.plan.refused !== undefined;
      },
      setTarget: (at_ps) => client.setTarget(at_ps),
      pause: async () => (await session.command(lane, () => client.pause())) ?? now(),
      step: async (unit) => (await session.command(lane, () => client.step(unit))) ?? now(),
      runUntil: async (at_ps) => (await session.command(lane, () => client.runUntil(at_ps))) ?? now(),
    };
  }

  #sayBuilt(): void {
    if (this.player.store.getState().phase !== 'paused') return;
    this.#parts.announcer.say(`${this.#parts.documents.getState().document.name} is ready.`);
  }

  #reported(report: RunReport): void {
    const { name } = wayWords(report.way);
    if (report.outcome === 'finished') {
      this.#parts.announcer.say(
        `${name} finished after ${durationText(report.duration_ps)}, ${rateText(report.throughputBytesPerSecond)}.`,
      );
    } else {
      this.#parts.announcer.say(`${name} ${report.outcome}: ${report.reason ?? 'no reason given'}`);
    }
  }
}
