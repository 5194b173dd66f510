/* The page's stores as components reach them. Made once by main.tsx, never replaced. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import { invariant } from '../base/invariant.ts';
import type { EngineClient } from '../engine/clientInterface.ts';
import type { IsolationState } from '../engine/isolation.ts';
import type { Action, ActionContext } from '../store/actions.ts';
import type { Announcer } from '../store/announcer.ts';
import type { DocumentState } from '../store/documentStore.ts';
import type { PlayerState } from '../store/player.ts';
import type { PreferencesState } from '../store/preferences.ts';
import type { InspectState } from '../store/inspectStore.ts';
import type { FollowState } from '../store/followStore.ts';
import type { FaultLab, FaultLabState } from '../store/faultLab.ts';
import type { Library, LibraryState } from '../store/library.ts';
import type { LocalStore } from '../store/localStore.ts';
import type { MemoryDesk } from '../store/memoryDesk.ts';
import type { PanelState } from '../store/panels.ts';
import type { LaneId, LaneState, SessionState } from '../store/session.ts';
import type { Simulation } from '../store/simulation.ts';
import type { SweepLab, SweepState } from '../store/sweepStore.ts';
import type { TimeState } from '../store/timeMarks.ts';
import type { UrlState } from '../store/urlState.ts';
import type { GainLab } from '../store/whyGain.ts';
import type { ViewState } from '../store/viewStore.ts';

export interface PageModel {
  readonly documents: StoreApi<DocumentState>;
  readonly preferences: StoreApi<PreferencesState>;
  readonly view: StoreApi<ViewState>;
  readonly announcer: Announcer;
  readonly simulation: Simulation;
  /** What was broken in the race's machines, and what they say of it. */
  readonly faultLab: FaultLab;
  /** What is looked at in Inspect. */
  readonly inspect: StoreApi<InspectState>;
  /** A debugger's work on memories. */
  readonly memoryDesk: MemoryDesk;
  /** Of the transaction that is followed. */
  readonly follow: StoreApi<FollowState>;
  /** Many machines with one setting varied. */
  readonly sweep: SweepLab;
  /** What fixes would gain, as far as that was simulated. */
  readonly gains: GainLab;
  /** What this browser keeps, or what stands in for it. */
  readonly local: LocalStore;
  /** The machines kept in this browser. */
  readonly library: Library;
  readonly panels: StoreApi<PanelState>;
  readonly url: UrlState;
  readonly isolation: IsolationState;
  /** An engine of its own, for questions that must not disturb the machines on the clock. */
  readonly makeClient: () => EngineClient;
}

export const ModelContext = createContext<PageModel | undefined>(undefined);

export function useModel(): PageModel {
  const model = useContext(ModelContext);
  invariant(model !== undefined, () => 'a component outside ModelContext');
  return model;
}

export function useDocument<T>(select: (state: DocumentState) => T): T {
  return useStore(useModel().documents, select);
}

export function useView<T>(select: (state: ViewState) => T): T {
  return useStore(useModel().view, select);
}

export function usePreferences<T>(select: (state: PreferencesState) => T): T {
  return useStore(useModel().preferences, select);
}

export function usePlayer<T>(select: (state: PlayerState) => T): T {
  return useStore(useModel().simulation.player.store, select);
}

export function useTime<T>(select: (state: TimeState) => T): T {
  return useStore(useModel().simulation.marks.store, select);
}

export function useSession<T>(select: (state: SessionState) => T): T {
  return useStore(useModel().simulation.session.store, select);
}

export function useFaultLab<T>(select: (state: FaultLabState) => T): T {
  return useStore(useModel().faultLab.store, select);
}

export function useInspect<T>(select: (state: InspectState) => T): T {
  return useStore(useModel().inspect, select);
}

export function useFollow<T>(select: (state: FollowState) => T): T {
  return useStore(useModel().follow, select);
}

export function useSweep<T>(select: (state: SweepState) => T): T {
  return useStore(useModel().sweep.store, select);
}

export function useLibrary<T>(select: (state: LibraryState) => T): T {
  return useStore(useModel().library.store, select);
}

export function useLane(lane: LaneId): LaneState {
  return useSession((state) => state.lanes[lane]);
}

/** Performs an action if it is possible now. */
export function useAction(): (action: Action) => void {
  const model = useModel();
  return (action) => {
    const context: ActionContext = model;
    if (action.isEnabled(context)) action.perform(context);
  };
}
