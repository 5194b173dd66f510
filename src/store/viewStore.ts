/* What the person is looking at. Nothing here changes the machine or the run. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { LaneId } from './session.ts';
import type { View } from './urlState.ts';

export type DialogName = 'import' | 'transfer' | 'keys' | 'settings' | 'palette' | 'machines';

/** What is shown below the scene of Watch. */
export const DOCK_TABS = ['throughput', 'packets', 'ledger'] as const;
export type DockTab = (typeof DOCK_TABS)[number];

/** The machines whose charts are shown. */
export type ChartedChoice = LaneId | 'both';

export interface ViewState {
  readonly view: View;
  /** The machine that Watch, Memory and the scene of Why show. */
  readonly lane: LaneId;
  readonly charted: ChartedChoice;
  /** undefined = the ledger where movement is not wanted, else throughput. */
  readonly dock: DockTab | undefined;
  readonly selection: NodeId | undefined;
  readonly dialog: DialogName | undefined;
  /** Pair under question in Why; undefined = the transfer's own. */
  readonly pair: { readonly client: NodeId; readonly provider: NodeId } | undefined;
  /** Index of the memory shown in Memory; undefined = the destination's. */
  readonly memory: number | undefined;
  /** Between 1024 and 1279 px the side panel is a sheet. */
  readonly sheetOpen: boolean;
  /** The scene for a room: no rail, large type. */
  readonly projector: boolean;
  /** Last wish for the drawn scenes; each one is carried out by every scene on the page. */
  readonly sceneWish: { readonly kind: 'fit' | 'zoomIn' | 'zoomOut'; readonly serial: number };
  readonly wish: (kind: ViewState['sceneWish']['kind']) => void;
  readonly set: (change: Partial<Omit<ViewState, 'set' | 'wish' | 'sceneWish'>>) => void;
}

export function createViewStore(view: View): StoreApi<ViewState> {
  return createStore<ViewState>()((set) => ({
    view,
    lane: 'direct',
    charted: 'both',
    dock: undefined,
    selection: undefined,
    dialog: undefined,
    pair: undefined,
    memory: undefined,
    sheetOpen: false,
    projector: false,
    sceneWish: { kind: 'fit', serial: 0 },
    wish: (kind) => set((state) => ({ sceneWish: { kind, serial: state.sceneWish.serial + 1 } })),
    set: (change) => set(change),
  }));
}
