/* Of the transaction that is followed: which stop of its way is pointed at, and the instant that is shown of it. */
import { createStore, type StoreApi } from 'zustand/vanilla';

export interface FollowState {
  /** Number of a stop of the journey, from 0. */
  readonly lit: number | undefined;
  /** Read by the scene, never by components; undefined = the clock's. */
  readonly at_ps: number | undefined;
  /** Rows of the ledger that is open, at directions of links. */
  readonly numbers: readonly (readonly [segment: number, text: string])[];
  readonly set: (change: Partial<Omit<FollowState, 'set'>>) => void;
}

export function createFollowStore(): StoreApi<FollowState> {
  return createStore<FollowState>()((set) => ({
    lit: undefined,
    at_ps: undefined,
    numbers: [],
    set: (change) => set(change),
  }));
}
