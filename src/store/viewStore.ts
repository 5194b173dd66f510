/* What the person is looking at. Nothing here changes the machine or the run. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { LaneId } from './session.ts';
import type { View } from './urlState.ts';

export type DialogName = 'import' | 'transfer' | 'keys' | 'settings';

export interface ViewState {
  readonly view: View;
  /** The machine that Watch, Memory and the scene of Why show. */
  readonly lane: LaneId;
  readonly selection: NodeId | undefined;
  readonly dialog: DialogName | undefined;
  /** Pair under question in Why; undefined = the transfer's own. */
  readonly pair: { readonly client: NodeId; readonly provider: NodeId } | undefined;
  /** Memory shown in Memory, by node; undefined = the destination's. */
  readonly memoryNode: NodeId | 'host' | undefined;
  /** Between 1024 and 1279 px the side panel is a sheet. */
  readonly sheetOpen: boolean;
  readonly set: (change: Partial<Omit<ViewState, 'set'>>) => void;
}

export function createViewStore(view: View): StoreApi<ViewState> {
  return createStore<ViewState>()((set) => ({
    view,
    lane: 'direct',
    selection: undefined,
    dialog: undefined,
    pair: undefined,
    memoryNode: undefined,
    sheetOpen: false,
    set: (change) => set(change),
  }));
}
