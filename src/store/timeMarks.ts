/*
 * What a person has marked in time: stops (breakpoints and watchpoints) and bookmarks, kept with the machine they were
 * set for; and where runs were stopped, which goes with the page.
 */
import * as v from 'valibot';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { LocalStore, WriteOutcome } from './localStore.ts';
import type { LaneId } from './session.ts';
import { STOP_SCHEMA, type Stop, type StopCondition } from './timeStops.ts';

const MARKS_KEY = 'peerlane.time';
/** Machines whose marks are kept; those used longest ago go first. */
const MOST_MACHINES = 64;
/** Hits that are shown; older ones go. */
const MOST_HITS = 64;

const BOOKMARK_SCHEMA = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/u)),
  name: v.pipe(v.string(), v.maxLength(200)),
  at_ps: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
});
const MARKS_SCHEMA = v.object({ stops: v.array(STOP_SCHEMA), bookmarks: v.array(BOOKMARK_SCHEMA) });
const SCHEMA = v.object({
  version: v.literal(1),
  /** Last used last. */
  machines: v.array(v.object({ machine: v.string(), marks: MARKS_SCHEMA })),
});

export type Bookmark = Readonly<v.InferOutput<typeof BOOKMARK_SCHEMA>>;

interface Marks {
  readonly stops: readonly Stop[];
  readonly bookmarks: readonly Bookmark[];
}

/** A run that was stopped. */
export interface StopHit {
  /** Counts from 0. */
  readonly serial: number;
  readonly stop: string;
  readonly lane: LaneId;
  readonly at_ps: number;
  /** What happened, in the engine's words. */
  readonly what: string;
}

export type TimePanel = 'stops' | 'bookmarks' | 'history';

export interface TimeState extends Marks {
  /** Of this run, oldest first. */
  readonly hits: readonly StopHit[];
  /** The last hit, until it is dismissed or the clock goes on. */
  readonly notice: StopHit | undefined;
  /** Part of the panel that is open. */
  readonly panel: TimePanel | undefined;
  /** Increases when an instant is to be typed. */
  readonly asked: number;
  readonly kept: WriteOutcome;
}

const NOTHING: Marks = { stops: [], bookmarks: [] };

function readAll(text: string | undefined): v.InferOutput<typeof SCHEMA>['machines'] {
  try {
    const checked = v.safeParse(SCHEMA, JSON.parse(text ?? 'null'));
    return checked.success ? checked.output.machines : [];
  } catch {
    return [];
  }
}

export class TimeMarks {
  readonly store: StoreApi<TimeState>;
  readonly #local: LocalStore;
  #machine: string | undefined;
  #lastId = 0;

  constructor(local: LocalStore) {
    this.#local = local;
    this.store = createStore<TimeState>()(() => ({
      ...NOTHING,
      hits: [],
      notice: undefined,
      panel: undefined,
      asked: 0,
      kept: 'written',
    }));
  }

  /**
   * The marks of another machine from now on.
   * @param machine what they are kept under. @param isSame it is the machine that was open, now kept under another name.
   */
  open(machine: string, isSame: boolean): void {
    if (machine === this.#machine) return;
    const known = readAll(this.#local.read(MARKS_KEY)).find((row) => row.machine === machine)?.marks;
    const { stops, bookmarks } = this.store.getState();
    this.#machine = machine;
    if (known !== undefined) this.store.setState({ stops: known.stops, bookmarks: known.bookmarks });
    else if (!isSame) this.store.setState(NOTHING);
    else if (stops.length + bookmarks.length > 0) this.#change({});
  }

  addStop(when: StopCondition): void {
    const { stops } = this.store.getState();
    this.#change({ stops: [...stops, { id: this.#newId(stops), isEnabled: true, when }] });
  }

  changeStop(id: string, change: Partial<Omit<Stop, 'id'>>): void {
    this.#change({
      stops: this.store.getState().stops.map((stop) => (stop.id === id ? { ...stop, ...change } : stop)),
    });
  }

  removeStop(id: string): void {
    this.#change({ stops: this.store.getState().stops.filter((stop) => stop.id !== id) });
  }

  /** A bookmark in its place among the others. */
  addBookmark(at_ps: number, name: string): Bookmark {
    const { bookmarks } = this.store.getState();
    const bookmark = { id: this.#newId(bookmarks), name, at_ps };
    this.#change({ bookmarks: [...bookmarks, bookmark].toSorted((a, b) => a.at_ps - b.at_ps) });
    return bookmark;
  }

  renameBookmark(id: string, name: string): void {
    this.#change({
      bookmarks: this.store.getState().bookmarks.map((row) => (row.id === id ? { ...row, name } : row)),
    });
  }

  removeBookmark(id: string): void {
    this.#change({ bookmarks: this.store.getState().bookmarks.filter((row) => row.id !== id) });
  }

  /** The bookmark next to an instant, on one side of it. */
  bookmarkBeside(at_ps: number, side: 'before' | 'after'): Bookmark | undefined {
    const { bookmarks } = this.store.getState();
    return side === 'before'
      ? bookmarks.findLast((row) => row.at_ps < at_ps)
      : bookmarks.find((row) => row.at_ps > at_ps);
  }

  hit(hit: Omit<StopHit, 'serial'>): void {
    const { hits } = this.store.getState();
    const known = hits.find((row) => row.stop === hit.stop && row.lane === hit.lane && row.at_ps === hit.at_ps);
    const notice = known ?? { ...hit, serial: (hits.at(-1)?.serial ?? -1) + 1 };
    this.store.setState({ notice, hits: known === undefined ? [...hits, notice].slice(-MOST_HITS) : hits });
  }

  dismiss(): void {
    if (this.store.getState().notice !== undefined) this.store.setState({ notice: undefined });
  }

  /** Machines were built anew. */
  forgetHits(): void {
    if (this.store.getState().hits.length > 0) this.store.setState({ hits: [], notice: undefined });
  }

  /** What a run met after an instant is not what the changed run will meet. */
  forgetHitsAfter(at_ps: number): void {
    const { hits } = this.store.getState();
    this.store.setState({ hits: hits.filter((hit) => hit.at_ps <= at_ps) });
  }

  show(panel: TimePanel | undefined): void {
    this.store.setState({ panel });
  }

  toggle(panel: TimePanel): void {
    this.show(this.store.getState().panel === panel ? undefined : panel);
  }

  askForInstant(): void {
    this.store.setState((state) => ({ asked: state.asked + 1 }));
  }

  #newId(known: readonly { readonly id: string }[]): string {
    do this.#lastId += 1;
    while (known.some(({ id }) => id === `t${this.#lastId}`));
    return `t${this.#lastId}`;
  }

  /** Other tabs keep marks of their machines under the same key: it is read again before every change. */
  #change(change: Partial<Marks>): void {
    this.store.setState(change);
    const machine = this.#machine;
    if (machine === undefined) return;
    const { stops, bookmarks } = this.store.getState();
    const others = readAll(this.#local.read(MARKS_KEY)).filter((row) => row.machine !== machine);
    const isEmpty = stops.length + bookmarks.length === 0;
    const own = { machine, marks: { stops, bookmarks } };
    const machines = isEmpty ? others : [...others, own].slice(-MOST_MACHINES);
    this.store.setState({ kept: this.#local.write(MARKS_KEY, JSON.stringify({ version: 1, machines })) });
  }
}
