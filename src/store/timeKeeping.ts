/* Joins what is marked in time with the machines it is about, and with what stops them. */
import type { StoreApi } from 'zustand/vanilla';
import type { DocumentState } from './documentStore.ts';
import type { LibraryState } from './library.ts';
import { LANE_IDS, type LaneId, type Session } from './session.ts';
import type { TimeMarks } from './timeMarks.ts';
import { breakpointsOf } from './timeStops.ts';

/** Sends every machine the stops that it can meet, when it is built and when they change. @returns the way to stop. */
export function keepStops(session: Session, marks: TimeMarks): () => void {
  /** What each machine was told last. */
  const told = new Map<LaneId, { readonly machine: unknown; readonly stops: unknown }>();
  const tell = (): void => {
    const { stops } = marks.store.getState();
    for (const lane of LANE_IDS) {
      const { machine, status } = session.lane(lane);
      if (machine === undefined || status !== 'ready') continue;
      const before = told.get(lane);
      if (before?.machine === machine && before.stops === stops) continue;
      told.set(lane, { machine, stops });
      const breakpoints = breakpointsOf(stops, machine);
      // A machine that was never told of any has none.
      if (breakpoints.length === 0 && before?.machine !== machine) continue;
      // Its machine is being replaced: the next one is told again.
      session.setBreakpoints(lane, breakpoints).catch(() => told.delete(lane));
    }
  };
  tell();
  const quits = [session.store.subscribe(tell), marks.store.subscribe(tell)];
  return () => {
    for (const quit of quits) quit();
  };
}

/** Marks are those of the machine that is open: a preset's, or one's own. @returns the way to stop. */
export function followMachine(
  marks: TimeMarks,
  documents: StoreApi<DocumentState>,
  library: StoreApi<LibraryState>,
): () => void {
  let origin = documents.getState().origin;
  let followed: string | undefined;
  let known = new Set<string>();
  const follow = (): void => {
    const { current, machines } = library.getState();
    const opened = documents.getState().origin;
    const machine = current ?? (opened.from === 'preset' ? `preset ${opened.preset}` : opened.from);
    if (machine === followed) return;
    // The first edit of a preset makes it a machine of one's own, with what was marked in it.
    marks.open(machine, opened === origin && !known.has(machine));
    origin = opened;
    followed = machine;
    known = new Set(machines.map(({ id }) => id));
  };
  follow();
  const quits = [documents.subscribe(follow), library.subscribe(follow)];
  return () => {
    for (const quit of quits) quit();
  };
}
