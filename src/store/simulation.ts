/*
 * Joins document, machines and clock: a changed document means machines built anew at time 0, a changed view
 * means other machines on the clock. The only place where these stores know each other.
 */
import type { StoreApi } from 'zustand/vanilla';
import { durationText, rateText } from '../base/format.ts';
import { PS_PER_US } from '../base/units.ts';
import { type EngineClient, keepPast } from '../engine/clientInterface.ts';
import type { RunReport, RunWay } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import type { Announcer } from './announcer.ts';
import type { DocumentState } from './documentStore.ts';
import { pageStore, type LocalStore } from './localStore.ts';
import { Player, type Runner } from './player.ts';
import type { PreferencesState } from './preferences.ts';
import { clockOf, LANE_IDS, RACE_LANES, Session, type BreakEvent, type LaneId } from './session.ts';
import { keepStops } from './timeKeeping.ts';
import { TimeMarks } from './timeMarks.ts';
import { instantText } from './timeText.ts';
import type { ViewState } from './viewStore.ts';
import { wayWords } from './words.ts';

export interface SimulationParts {
  readonly documents: StoreApi<DocumentState>;
  readonly preferences: StoreApi<PreferencesState>;
  readonly view: StoreApi<ViewState>;
  readonly announcer: Announcer;
  readonly makeClient: () => EngineClient;
  readonly seed: number;
  /** Where what is marked in time is kept; default: as long as the page. */
  readonly local?: LocalStore;
}

/** The machines that are on the clock in a view. */
export function lanesOf(
  view: Pick<ViewState, 'view' | 'lane'> & Partial<Pick<ViewState, 'charted'>>,
): readonly LaneId[] {
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
    case 'charts':
      return view.charted === 'flows' ? ['flows'] : RACE_LANES;
    case 'sweep':
    case 'validation':
      return [];
    case 'watch':
    case 'memory':
    case 'inspect':
      return [view.lane];
  }
}

/** What is run again before an instant where records were lost: packets may be under way for so long. */
const LAST_STRETCH_PS = 5 * PS_PER_US;

export class Simulation {
  readonly session: Session;
  readonly player: Player;
  /** Stops and bookmarks. */
  readonly marks: TimeMarks;
  readonly #parts: SimulationParts;
  readonly #stops: (() => void)[] = [];
  /** Rebuilds under way. */
  #building = 0;
  /** What to do with the clock once the machines stand. */
  #wish: 'play' | 'runToEnd' | undefined;
  readonly #waiting: (() => void)[] = [];
  /** The machines on the clock. */
  #lanes: readonly LaneId[] = [];
  readonly #breakListeners = new Set<(lane: LaneId, hit: BreakEvent) => void>();
  readonly #branchListeners = new Set<(lane: LaneId, at_ps: number) => void>();

  constructor(parts: SimulationParts) {
    this.#parts = parts;
    this.player = new Player(parts.preferences.getState().preferences.speed);
    this.marks = new TimeMarks(parts.local ?? pageStore());
    this.session = new Session({
      makeClient: parts.makeClient,
      seed: parts.seed,
      onReport: (_lane, report) => this.#reported(report),
      onBroke: (lane, hit) => this.#broke(lane, hit),
      onBranched: (lane, at_ps) => {
        this.marks.forgetHitsAfter(at_ps);
        for (const listener of this.#branchListeners) listener(lane, at_ps);
      },
    });
  }

  /** Builds the machines of the current view and follows every change from now on. */
  start(): void {
    const { documents, preferences, view } = this.#parts;
    this.#stops.push(
      keepStops(this.session, this.marks),
      this.player.store.subscribe((now, before) => {
        if (now.phase === 'playing' && before.phase !== 'playing') this.marks.dismiss();
      }),
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
        if (now.view !== before.view || now.lane !== before.lane || now.charted !== before.charted)
          void this.#lanesChanged();
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

  /** Moves the clock to an instant of the run and leaves it standing there. */
  async seek(at_ps: number): Promise<void> {
    if (this.building) return;
    await this.player.seek(at_ps);
    this.sayWhere();
  }

  /** One unit forward or back, as chosen. */
  async step(way: 'forward' | 'back', unit = this.player.store.getState().stepUnit): Promise<void> {
    if (this.building) return;
    // What a step has moved is said by who watches the run; where it went back to is said here.
    if (way === 'forward') return this.player.step(unit);
    await this.player.stepBack(unit);
    this.sayWhere();
    return undefined;
  }

  /** Marks the instant that is shown. */
  bookmarkHere(): void {
    const { now_ps } = this.player;
    const { name } = this.marks.addBookmark(now_ps, `At ${instantText(now_ps)}`);
    this.#parts.announcer.say(`Bookmark “${name}” added.`);
  }

  /** Announces where the clock stands, once it does. */
  sayWhere(): void {
    const { phase, busy } = this.player.store.getState();
    if (phase !== 'paused' || busy) return;
    this.#parts.announcer.say(`At ${durationText(this.player.now_ps)}.`);
  }

  /** The machines on the clock. */
  get lanes(): readonly LaneId[] {
    return this.#lanes;
  }

  /** Told of every breakpoint that stopped a machine, once all machines stand there. @returns the way to stop listening. */
  onBreak(listener: (lane: LaneId, hit: BreakEvent) => void): () => void {
    this.#breakListeners.add(listener);
    return () => this.#breakListeners.delete(listener);
  }

  /** Told of every machine that was changed in its past: what came after that instant is another run's. @returns the way to stop listening. */
  onBranch(listener: (lane: LaneId, at_ps: number) => void): () => void {
    this.#branchListeners.add(listener);
    return () => this.#branchListeners.delete(listener);
  }

  #broke(lane: LaneId, hit: BreakEvent): void {
    if (!this.#lanes.includes(lane)) return;
    void this.player.stopAt(hit.now_ps).then(() => {
      // Of machines that were stopped at the same time the first counts: the others have not got there.
      if (this.player.now_ps < hit.now_ps) return;
      this.marks.hit({ stop: hit.breakpoint, lane, at_ps: hit.now_ps, what: hit.what });
      for (const listener of this.#breakListeners) listener(lane, hit);
    });
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
    this.#lanes = [];
    this.marks.forgetHits();
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
    // A machine that stays on the clock keeps its instant, and the others come to it.
    const stays = lanesOf(view.getState()).some((lane) => this.#lanes.includes(lane));
    const at_ps = stays ? this.player.goal_ps : undefined;
    const document = documents.getState().document;
    const missing = lanesOf(view.getState()).filter((lane) => this.session.lane(lane).status === 'empty');
    return this.#whileBuilding(async () => {
      await Promise.all(missing.map((lane) => this.#load(lane, document)));
      if (documents.getState().document === document && this.session.settled) this.#onTheClock(playing, at_ps);
    });
  }

  #onTheClock(keepPlaying: boolean, at_ps?: number): void {
    this.#lanes = lanesOf(this.#parts.view.getState());
    const runners = this.#lanes.flatMap((lane) => this.#runner(lane) ?? []);
    this.player.setRunners(runners, keepPlaying, at_ps);
    const wish = this.#wish;
    this.#wish = undefined;
    if (wish !== undefined) this.player[wish]();
  }

  #runner(lane: LaneId): Runner | undefined {
    const { session } = this;
    const client = session.client(lane);
    if (client === undefined) return undefined;
    const reach = session.reach(lane);
    const now = (): number => {
      const now_ps = clockOf(session.lane(lane).view);
      reach.note(now_ps);
      return now_ps;
    };
    const refused = (): boolean => session.lane(lane).machine?.plan.refused !== undefined;
    return {
      get now_ps() {
        return now();
      },
      get done() {
        const state = session.lane(lane);
        return state.report !== undefined || state.status !== 'ready' || refused();
      },
      get furthest_ps() {
        now();
        return reach.furthest_ps;
      },
      get end_ps() {
        return refused() ? 0 : reach.end_ps;
      },
      setTarget: (at_ps) => client.setTarget(at_ps),
      pause: async () => (await session.command(lane, () => client.pause())) ?? now(),
      step: async (unit) => (await session.command(lane, () => client.step(unit))) ?? now(),
      runUntil: async (at_ps) => (await session.command(lane, () => client.runUntil(at_ps))) ?? now(),
      seek: async (at_ps) => (await session.travel(lane, () => this.#seekIn(lane, client, at_ps))) ?? now(),
      stepBack: async (unit) => {
        await session.travel(lane, () => client.stepBack(unit), true);
        return now();
      },
    };
  }

  /**
   * On the way to an instant that is known an engine records nothing. Where records were lost (the machine ran faster
   * than this page takes) the last stretch is run instead, so that what is under way there is on record. Stops hold in a
   * run: with any of them set it is left out.
   */
  async #seekIn(lane: LaneId, client: EngineClient, at_ps: number): Promise<number> {
    const { end_ps, furthest_ps } = this.session.reach(lane);
    // The end of the job means the machine's own end, where its result is.
    const goal_ps = end_ps !== undefined && at_ps >= end_ps ? Number.MAX_SAFE_INTEGER : at_ps;
    const hasGaps = (this.session.lane(lane).hops?.lost ?? 0) > 0;
    const hasStops = this.marks.store.getState().stops.some((stop) => stop.isEnabled);
    const runs = hasGaps && !hasStops && at_ps <= furthest_ps;
    const from_ps = Math.min(at_ps, furthest_ps) - LAST_STRETCH_PS;
    if (from_ps > 0 || runs) await client.seek(Math.max(0, from_ps));
    const { view } = this.session.lane(lane);
    // Rates there are those of the last stretch.
    if (from_ps > 0 && view !== undefined) keepPast(view);
    return runs ? client.runUntil(goal_ps) : client.seek(goal_ps);
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
