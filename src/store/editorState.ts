/*
 * What the topology editor knows beside the document: what is selected, what is folded away, what one holds in the hand.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { Clip, EditOutcome, EditSubject, EditTarget, Refusal, TargetOffer } from '../topology/edit/api.ts';

export type EditorMode =
  | { readonly kind: 'idle' }
  /** The palette waits for a letter. */
  | { readonly kind: 'choosing' }
  /** Something new is in the hand: a part or a copy. */
  | ({ readonly kind: 'placing' } & Holding)
  /** Something of the machine is in the hand; it stays where it is until it is dropped. */
  | ({ readonly kind: 'carrying' } & Holding)
  | { readonly kind: 'renaming'; readonly node: NodeId };

export interface Holding {
  readonly subject: EditSubject;
  /** All places, in the order of the tree. */
  readonly offers: readonly TargetOffer[];
  /** Key of the place that is aimed at; it may be one that refuses. Undefined where there is none. */
  readonly current: string | undefined;
}

export interface EditorState {
  /** Functions and host bridges; the last one has the keyboard focus. */
  readonly selected: readonly NodeId[];
  /** Nodes whose children are folded away. */
  readonly collapsed: ReadonlySet<NodeId>;
  readonly mode: EditorMode;
  /** What was copied or unplugged last. */
  readonly clip: Clip | undefined;
  /** Why the last command was not carried out; the next event clears it. */
  readonly refusal: Refusal | undefined;
  /** What the last command did, for the live region: `Move nic0 to rp1. The transfer now runs …`. */
  readonly said: string;
}

export type SelectHow = 'only' | 'toggle' | 'add';

export type EditorEvent =
  | { readonly kind: 'key'; readonly key: string; readonly mod: boolean; readonly shift: boolean }
  | { readonly kind: 'select'; readonly node: NodeId; readonly how: SelectHow }
  /** Several at once: a rectangle drawn over them. */
  | { readonly kind: 'selectMany'; readonly nodes: readonly NodeId[] }
  /** Without `on`: the other way round. */
  | { readonly kind: 'collapse'; readonly node: NodeId; readonly on?: boolean }
  /** Opens the palette. */
  | { readonly kind: 'choose' }
  /** Takes something into the hand. */
  | { readonly kind: 'hold'; readonly subject: EditSubject }
  /** The pointer is over a place (`targetKey`), or over none. */
  | { readonly kind: 'aim'; readonly key: string | undefined }
  /** Lets go at the place that is aimed at, or at this one. */
  | { readonly kind: 'drop'; readonly key?: string }
  /** One more or one less of what the part in the hand is asked for: ports, functions. */
  | { readonly kind: 'adjust'; readonly by: 1 | -1 }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'copy' }
  | { readonly kind: 'cut' }
  /** With a clip: one from the system's clipboard. With a target: there; else below the selection or the first free place. */
  | { readonly kind: 'paste'; readonly clip?: Clip; readonly target?: EditTarget }
  | { readonly kind: 'duplicate' }
  /** The card in this port goes to the clip. */
  | { readonly kind: 'unplug'; readonly port: NodeId }
  | { readonly kind: 'startRename'; readonly node?: NodeId }
  | { readonly kind: 'rename'; readonly name: string }
  /** The document became another one: what is gone is no longer selected. */
  | { readonly kind: 'documentChanged' };

/** What an event led to. The store carries out `edit`; nothing else has effects. */
export interface EditorStep {
  readonly state: EditorState;
  readonly edit?: EditOutcome;
  /** False for keys that mean nothing here: the page may use them. */
  readonly handled: boolean;
}

export const EDITOR_START: EditorState = {
  selected: [],
  collapsed: new Set(),
  mode: { kind: 'idle' },
  clip: undefined,
  refusal: undefined,
  said: '',
};

/** The node with the keyboard focus. */
export function focusedNode(state: EditorState): NodeId | undefined {
  return state.selected.at(-1);
}

/** What is in the hand, if anything. */
export function holdingOf(mode: EditorMode): Holding | undefined {
  return mode.kind === 'placing' || mode.kind === 'carrying' ? mode : undefined;
}

/** The place that is aimed at. */
export function currentOffer(mode: EditorMode): TargetOffer | undefined {
  const holding = holdingOf(mode);
  return holding?.offers.find((offer) => offer.key === holding.current);
}
