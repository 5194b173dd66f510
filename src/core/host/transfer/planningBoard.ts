/*
 * What the planner looks at: the machine as software sees it, the drivers' capabilities, the kernel's verdicts.
 */
import type { MapType } from '../../pcie/verdict.ts';
import type { HostView } from '../hostView.ts';
import type { DeviceCapability } from './capabilities.ts';
import type { Party } from './jobPlan.ts';

/** What the kernel answers for a pair. */
export interface PairVerdict {
  readonly mapType: MapType;
  /** Plain words, for a refusal. */
  readonly sentence: string;
}

/** Everything the planner knows. */
export interface PlanningBoard {
  readonly view: HostView;
  readonly capabilities: ReadonlyMap<number, DeviceCapability>;
  /** What people call a function. */
  readonly nameOf: (fn: number) => string;
  readonly verdictOf: (provider: number, client: number) => PairVerdict;
  /** Largest piece of memory the kernel can still give. */
  readonly freeHostBytes: number;
}

/** What one end of a transfer can do; host memory is addressable and has no engine. */
export interface PartyView {
  readonly party: Party;
  readonly name: string;
  readonly capability: DeviceCapability | undefined;
}

/** One end of the transfer with its capability. */
export function partyView(board: PlanningBoard, party: Party): PartyView {
  if (party === 'host') return { party, name: 'host memory', capability: undefined };
  return { party, name: board.nameOf(party), capability: board.capabilities.get(party) };
}
