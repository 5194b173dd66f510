/*
 * Joins document, machines and clock: a changed document means machines built anew at time 0, a changed view
 * means other machines on the clock. The only place where these stores know each other.
 */
import type { StoreApi } from 'zustand/vanilla';
import { durationText, rateText } from '../base/format.ts';
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { EngineClient } from '../engine/clientInterface.ts';
import type { RunReport } from '../engine/protocol.ts';
import type { TransferWay } from '../topology/document.ts';
import type { Announcer } from './announcer.ts';
import type { DocumentState } from './documentStore.ts';
import { Player, type Runner } from './player.ts';
import type { PreferencesState } from './preferences.ts';
import { LANE_IDS, Session, type LaneId } from './session.ts';
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
      return LANE_IDS;
    case 'why':
      return ['direct'];
    case 'watch':
    case 'memory':
      return [view.lane];
  }
}

export class Simulation {
  readonly session: Session;
  readonly player: Player;
  readonly #parts: SimulationParts;
  readonly #stops: (() => void)[] = [];

  constructor(parts: SimulationParts) {
    this.#parts = parts;
    this.player = new Player(parts.preferences.getState().preferences.speed);
    this.session = new Session({
      makeClient: parts.makeClient,
      seed: parts.seed,
      onReport: (lane, report) => this.#reported(lane, report),
    });
  }

  /** Builds the machines of the current view and follows every change from now on. */
  start(): void {
    const { documents, preferences, view } = this.#parts;
    this.#stops.push(
      documents.subscribe((now, before) => {
        if (now.document !== before.document) void this.#rebuild(false);
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

  /** Play and pause with one button; after the end it begins again. */
  async toggle(): Promise<void> {
    if (this.player.store.getState().phase === 'finished') await this.#rebuild(true);
    else this.player.toggle();
  }

  /** Resolves when no machine is being built and the clock stands. */
  async idle(): Promise<void> {
    const busy = (): boolean => {
      const { phase, busy: stepping } = this.player.store.getState();
      return !this.session.settled || phase === 'playing' || stepping;
    };
    while (busy()) {
      await new Promise<void>((resolve) => {
        const stops: (() => void)[] = [];
        const check = (): void => {
          if (busy()) return;
          for (const stop of stops) stop();
          resolve();
        };
        stops.push(this.session.store.subscribe(check), this.player.store.subscribe(check));
        check();
      });
      // A load that has just ended may start the clock in the same turn.
      await Promise.resolve();
    }
  }

  #bounceWayChanged(): void {
    if (lanesOf(this.#parts.view.getState()).includes('bounced')) void this.#rebuild(false);
    else this.session.clear('bounced', this.#wayOf('bounced'));
  }

  #wayOf(lane: LaneId): TransferWay {
    return lane === 'direct' ? 'p2p' : this.#parts.preferences.getState().preferences.bounceWay;
  }

  async #rebuild(keepPlaying: boolean): Promise<void> {
    const { documents, view } = this.#parts;
    const document = documents.getState().document;
    const wanted = lanesOf(view.getState());
    this.player.setRunners([]);
    for (const lane of LANE_IDS) if (!wanted.includes(lane)) this.session.clear(lane, this.#wayOf(lane));
    await Promise.all(wanted.map((lane) => this.session.load(lane, document, this.#wayOf(lane))));
    // Something newer may have begun meanwhile; that one will set the clock.
    if (documents.getState().document !== document || !this.session.settled) return;
    this.#onTheClock(keepPlaying);
  }

  async #lanesChanged(): Promise<void> {
    const { documents, view } = this.#parts;
    const playing = this.player.store.getState().phase === 'playing';
    const document = documents.getState().document;
    const missing = lanesOf(view.getState()).filter((lane) => this.session.lane(lane).status === 'empty');
    if (missing.length > 0) {
      await Promise.all(missing.map((lane) => this.session.load(lane, document, this.#wayOf(lane))));
      if (documents.getState().document !== document || !this.session.settled) return;
    }
    this.#onTheClock(playing);
  }

  #onTheClock(keepPlaying: boolean): void {
    const runners = lanesOf(this.#parts.view.getState()).flatMap((lane) => this.#runner(lane) ?? []);
    this.player.setRunners(runners, keepPlaying);
  }

  #runner(lane: LaneId): Runner | undefined {
    const { session } = this;
    const client = session.client(lane);
    if (client === undefined) return undefined;
    return {
      get now_ps() {
        return session.lane(lane).view?.machineCounters[MACHINE_COUNTER.now_ps] ?? 0;
      },
      get done() {
        const state = session.lane(lane);
        return state.report !== undefined || state.status !== 'ready' || state.machine?.plan.refused !== undefined;
      },
      setTarget: (at_ps) => client.setTarget(at_ps),
      pause: () => client.pause(),
      step: (unit) => client.step(unit),
      runUntil: (at_ps) => client.runUntil(at_ps),
    };
  }

  #reported(lane: LaneId, report: RunReport): void {
    const name = wayWords(this.#wayOf(lane)).name;
    if (report.outcome === 'finished') {
      this.#parts.announcer.say(
        `${name} finished after ${durationText(report.duration_ps)}, ${rateText(report.throughputBytesPerSecond)}.`,
      );
    } else {
      this.#parts.announcer.say(`${name} ${report.outcome}: ${report.reason ?? 'no reason given'}`);
    }
  }
}
