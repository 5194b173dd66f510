/* What is looked at in Inspect. Records are named together with their log: another machine has another log. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { PacketLog } from './inspectLog.ts';

export type ListLevel = 'packets' | 'transactions' | 'transfers';

export const LIST_COLUMNS = [
  'no',
  'time',
  'type',
  'link',
  'requester',
  'tag',
  'address',
  'length',
  'status',
  'latency',
  'flow',
] as const;
export type ListColumn = (typeof LIST_COLUMNS)[number];

/** How configuration space is looked at. */
export type ConfigTab = 'registers' | 'text' | 'film';

export interface InspectState {
  /** The record shown in detail. */
  readonly selected: { readonly log: PacketLog; readonly record: number } | undefined;
  readonly level: ListLevel;
  readonly filter: string;
  /** Every crossing is a row, not every TLP. */
  readonly everyHop: boolean;
  readonly columns: readonly ListColumn[];
  /** Function whose configuration space is shown; undefined = the first with something to see. */
  readonly node: NodeId | undefined;
  readonly configTab: ConfigTab;
  /** What was selected when the film was opened: whoever selects something else from another view wants to see it. */
  readonly filmSince: InspectState['selected'];
  /** Detail shows what was pasted. */
  readonly pasting: boolean;
  /** Where the Memory view should open. */
  readonly memoryPlace: { readonly memory: number; readonly offset: number } | undefined;
  readonly set: (change: Partial<Omit<InspectState, 'set'>>) => void;
}

export function createInspectStore(): StoreApi<InspectState> {
  return createStore<InspectState>()((set) => ({
    selected: undefined,
    level: 'packets',
    filter: '',
    everyHop: false,
    columns: LIST_COLUMNS.filter((column) => column !== 'latency' && column !== 'flow'),
    node: undefined,
    configTab: 'registers',
    filmSince: undefined,
    pasting: false,
    memoryPlace: undefined,
    set: (change) => set(change),
  }));
}
