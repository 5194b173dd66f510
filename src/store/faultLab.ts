/*
 * What was broken in the machines on the clock, and what they say of it. Records are fetched as they come and kept for
 * each lane; a machine built anew starts with none.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { condensedRecords } from '../core/pcie/errorRecords.ts';
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { ErrorRecord, FaultSpec } from '../core/pcie/faults.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import { failureOf, RACE_LANES, type LaneId, type LaneState, type Session } from './session.ts';

/** As many as the engine keeps. */
const KEPT_RECORDS = 2048;

/** How one machine took a fault. */
export interface InjectedLane {
  readonly lane: LaneId;
  /** Why it could not be broken; undefined if it was. */
  readonly refused: string | undefined;
  readonly at_ps: number;
  /** Job bytes that had arrived by then, and when the job had begun. */
  readonly arrivedBytes: number;
  readonly begun_ps: number;
}

export interface Injection {
  /** Counts from 0. */
  readonly serial: number;
  readonly fault: FaultSpec;
  readonly lanes: readonly InjectedLane[];
}

export interface LaneErrors {
  /** The machine the records are of. */
  readonly machine: MachineDescription | undefined;
  /** Oldest first. */
  readonly records: readonly ErrorRecord[];
  /** Records so far; more than are kept if there were many. */
  readonly total: number;
}

export interface FaultLabState {
  readonly lanes: Readonly<Record<LaneId, LaneErrors>>;
  readonly injections: readonly Injection[];
}

const NO_ERRORS: LaneErrors = { machine: undefined, records: [], total: 0 };

function counterOf(lane: LaneState, field: keyof typeof MACHINE_COUNTER): number {
  return lane.view?.machineCounters[MACHINE_COUNTER[field]] ?? 0;
}

/** Whether a machine has got to where it was broken; it may have gone back since. The break itself is on record. */
export function hasHappened(injected: InjectedLane, lanes: FaultLabState['lanes']): boolean {
  return injected.at_ps <= (lanes[injected.lane].records.at(-1)?.at_ps ?? -1);
}

export class FaultLab {
  readonly store: StoreApi<FaultLabState>;
  readonly #session: Session;
  /** Lanes whose records are being fetched, and what their machine had counted at the last fetch. */
  readonly #fetching = new Set<LaneId>();
  readonly #seen = new Map<LaneId, string>();

  constructor(session: Session) {
    this.#session = session;
    this.store = createStore<FaultLabState>()(() => ({
      lanes: { direct: NO_ERRORS, bounced: NO_ERRORS, flows: NO_ERRORS },
      injections: [],
    }));
    // Machines built anew are whole again.
    session.store.subscribe(() => this.#forgetOld());
  }

  /** Breaks something now in these machines. Lanes without a machine are left out. */
  async inject(fault: FaultSpec, lanes: readonly LaneId[] = RACE_LANES): Promise<Injection> {
    const ready = lanes.filter((lane) => this.#session.client(lane) !== undefined);
    const results = await Promise.all(ready.map((lane) => this.#injectInto(lane, fault)));
    const { injections } = this.store.getState();
    const injection = { serial: (injections.at(-1)?.serial ?? -1) + 1, fault, lanes: results };
    this.store.setState({ injections: [...injections, injection] });
    await this.poll(true);
    return injection;
  }

  /** Fetches new records of every lane whose counters moved since the last time. @param always also of those that stand still. */
  async poll(always = false): Promise<void> {
    await Promise.all(RACE_LANES.map((lane) => this.#fetch(lane, always)));
  }

  /** The machine of a lane was changed in its past: what was broken later belongs to another run. */
  forgetAfter(lane: LaneId, at_ps: number): void {
    const { injections } = this.store.getState();
    const isLater = (injected: InjectedLane): boolean => injected.lane === lane && injected.at_ps > at_ps;
    if (!injections.some(({ lanes }) => lanes.some(isLater))) return;
    const kept = injections.flatMap((injection): readonly Injection[] => {
      const lanes = injection.lanes.filter((injected) => !isLater(injected));
      if (lanes.length === injection.lanes.length) return [injection];
      return lanes.length === 0 ? [] : [{ ...injection, lanes }];
    });
    this.store.setState({ injections: kept });
  }

  async #injectInto(lane: LaneId, fault: FaultSpec): Promise<InjectedLane> {
    const state = this.#session.lane(lane);
    const before = {
      lane,
      at_ps: counterOf(state, 'now_ps'),
      arrivedBytes: counterOf(state, 'arrivedBytes'),
      begun_ps: counterOf(state, 'begun_ps'),
    };
    try {
      return { ...before, refused: await this.#session.inject(lane, fault) };
    } catch (thrown) {
      return { ...before, refused: failureOf(thrown).message };
    }
  }

  async #fetch(lane: LaneId, always: boolean): Promise<void> {
    const state = this.#session.lane(lane);
    const { machine } = state;
    if (machine === undefined || state.status !== 'ready' || this.#fetching.has(lane)) return;
    const seen = `${counterOf(state, 'now_ps')} ${counterOf(state, 'uncorrectableErrors')} ${state.report === undefined}`;
    if (!always && this.#seen.get(lane) === seen) return;
    this.#fetching.add(lane);
    try {
      const from = this.store.getState().lanes[lane].total;
      const answer = await this.#session.errors(lane, from);
      this.#seen.set(lane, seen);
      if (this.#session.lane(lane).machine === machine) this.#append(lane, machine, answer);
    } catch {
      // The machine went away meanwhile: its lane says so, and the next one starts with no records.
      this.#seen.delete(lane);
    } finally {
      this.#fetching.delete(lane);
    }
  }

  #append(
    lane: LaneId,
    machine: MachineDescription,
    answer: { readonly records: readonly ErrorRecord[]; readonly total: number },
  ): void {
    this.store.setState((state) => {
      const known = state.lanes[lane];
      const fresh = answer.records.filter((record) => record.serial >= known.total);
      if (fresh.length === 0 && answer.total === known.total && known.machine === machine) return state;
      // A machine that has gone back has not recorded what came later.
      const all = [...known.records.filter((record) => record.serial < answer.total), ...fresh];
      const records = all.length > KEPT_RECORDS ? condensedRecords(all, KEPT_RECORDS) : all;
      return { lanes: { ...state.lanes, [lane]: { machine, records, total: answer.total } } };
    });
  }

  #forgetOld(): void {
    const { lanes, injections } = this.store.getState();
    const stale = RACE_LANES.filter(
      (lane) => lanes[lane].machine !== undefined && lanes[lane].machine !== this.#session.lane(lane).machine,
    );
    const allNew = RACE_LANES.every((lane) => this.#session.lane(lane).machine === undefined);
    if (stale.length === 0 && !(allNew && injections.length > 0)) return;
    for (const lane of stale) this.#seen.delete(lane);
    this.store.setState({
      lanes: { ...lanes, ...Object.fromEntries(stale.map((lane) => [lane, NO_ERRORS])) },
      injections: [],
    });
  }
}
