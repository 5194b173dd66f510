/*
 * The editor as one pure function: what it is like, what happens, the document → what it is like next, and the edit to
 * make, if any. Keys become the same events that pointer and menu send.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type {
  Clip,
  EditOutcome,
  EditResult,
  EditSubject,
  EditTarget,
  NameOf,
  Refusal,
  TargetOffer,
} from '../topology/edit/api.ts';
import { partOf } from '../topology/edit/catalogue.ts';
import { copySubtrees } from '../topology/edit/clip.ts';
import { addPart, moveSubtree, removeSubtrees, rename, unplugCard } from '../topology/edit/commands.ts';
import { duplicateSubtrees, pasteClip } from '../topology/edit/paste.ts';
import { targetsFor } from '../topology/edit/targets.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { eventOfKey } from './editorKeys.ts';
import {
  currentOffer,
  type EditorEvent,
  type EditorMode,
  type EditorState,
  type EditorStep,
  focusedNode,
  holdingOf,
} from './editorState.ts';
import { hasChildren, isWalkKey, walk, type WalkKey } from './editorWalk.ts';

const IDLE: EditorMode = { kind: 'idle' };

interface Situation {
  readonly state: EditorState;
  readonly document: TopologyDocument;
  readonly nameOf: NameOf;
}

function to(state: EditorState, change: Partial<EditorState>): EditorStep {
  return { state: { ...state, ...change }, handled: true };
}

function refused(state: EditorState, refusal: Refusal): EditorStep {
  return to(state, { refusal, said: refusal.message });
}

function sentence({ label, notes }: EditOutcome): string {
  return [`${label}.`, ...notes].join(' ');
}

/** Carries out what an edit gave, or shows why it gave nothing. */
function made(state: EditorState, result: EditResult, change: Partial<EditorState> = {}): EditorStep {
  if (!result.ok) return refused(state, result.error);
  const outcome = result.value;
  const next = { ...state, mode: IDLE, selected: outcome.selection, said: sentence(outcome), ...change };
  return { state: next, edit: outcome, handled: true };
}

const isLegal = (offer: TargetOffer): boolean => offer.legal;

/** Where to aim first: the place at the focus, else the nearest that takes it. */
function firstAim(offers: readonly TargetOffer[], focus: NodeId | undefined): string | undefined {
  const at = offers.findIndex((offer) => 'node' in offer.target && offer.target.node === focus);
  const ordered = at < 0 ? offers : [...offers.slice(at), ...offers.slice(0, at)];
  return ordered.find(isLegal)?.key;
}

function hold({ state, document, nameOf }: Situation, subject: EditSubject): EditorStep {
  const offers = targetsFor(document, subject, nameOf);
  const focus = subject.kind === 'subtree' ? subject.node : focusedNode(state);
  const current = firstAim(offers, focus);
  const kind = subject.kind === 'subtree' ? 'carrying' : 'placing';
  const places = offers.filter(isLegal).length;
  const said = places === 0 ? 'No place takes it.' : `${places} ${places === 1 ? 'place takes' : 'places take'} it.`;
  return to(state, { mode: { kind, subject, offers, current }, said });
}

/** The next place that takes it, in the order of the tree. */
function aimBy({ state }: Situation, key: WalkKey): EditorStep {
  const holding = holdingOf(state.mode);
  if (holding === undefined) return { state, handled: false };
  const legal = holding.offers.filter(isLegal);
  const place = legal.findIndex((offer) => offer.key === holding.current);
  const by = key === 'ArrowUp' || key === 'ArrowLeft' ? -1 : 1;
  const next =
    key === 'Home'
      ? legal[0]
      : key === 'End'
        ? legal.at(-1)
        : place < 0
          ? legal[0]
          : legal[(place + by + legal.length) % legal.length];
  return next === undefined ? to(state, {}) : aim(state, next.key);
}

function aim(state: EditorState, key: string | undefined): EditorStep {
  const { mode } = state;
  if (mode.kind !== 'placing' && mode.kind !== 'carrying') return { state, handled: false };
  if (mode.current === key) return { state, handled: true };
  const next: EditorMode = { ...mode, current: key };
  const offer = currentOffer(next);
  return to(state, { mode: next, said: offer === undefined ? '' : offer.legal ? offer.preview : offer.reason });
}

function put(document: TopologyDocument, subject: EditSubject, target: EditTarget): EditResult {
  switch (subject.kind) {
    case 'part':
      return addPart(document, subject.request, target);
    case 'subtree':
      return moveSubtree(document, subject.node, target);
    case 'clip':
      return pasteClip(document, subject.clip, target);
  }
}

function drop({ state, document }: Situation, key: string | undefined): EditorStep {
  const holding = holdingOf(state.mode);
  if (holding === undefined) return { state, handled: false };
  const offer = holding.offers.find((row) => row.key === (key ?? holding.current));
  if (offer === undefined) {
    return refused(state, { code: 'NO_FREE_PLACE', message: 'It is over no place that could take it.' });
  }
  if (!offer.legal) return refused(state, { code: offer.code, message: offer.reason });
  return made(state, put(document, holding.subject, offer.target));
}

/** The same part with one port or function more or less. */
function adjust(situation: Situation, by: 1 | -1): EditorStep {
  const { state } = situation;
  const subject = holdingOf(state.mode)?.subject;
  if (subject?.kind !== 'part') return { state, handled: false };
  const option = partOf(subject.request.part)?.options[0];
  if (option === undefined) return { state, handled: false };
  const value = (subject.request.options?.[option.id] ?? option.standard) + by;
  if (value < option.minimum || value > option.maximum) {
    const message = `${option.label}: ${option.minimum} to ${option.maximum}.`;
    return refused(state, { code: 'OPTION_OUT_OF_RANGE', message });
  }
  const options = { ...subject.request.options, [option.id]: value };
  const step = hold(situation, { kind: 'part', request: { ...subject.request, options } });
  const aimed = aim(step.state, holdingOf(state.mode)?.current);
  return to(aimed.state, { said: `${option.label}: ${value}.` });
}

function select(state: EditorState, node: NodeId, how: 'only' | 'toggle' | 'add'): EditorStep {
  const others = state.selected.filter((known) => known !== node);
  const isSelected = others.length < state.selected.length;
  const selected = how === 'only' ? [node] : how === 'toggle' && isSelected ? others : [...others, node];
  return to(state, { selected });
}

function collapse({ state, document }: Situation, node: NodeId, on: boolean | undefined): EditorStep {
  const fold = on ?? !state.collapsed.has(node);
  if (fold === state.collapsed.has(node)) return to(state, {});
  if (fold && !hasChildren(document, node)) return to(state, {});
  const collapsed = new Set(state.collapsed);
  if (fold) collapsed.add(node);
  else collapsed.delete(node);
  return to(state, { collapsed });
}

function copy({ state, document }: Situation): EditorStep {
  const copied = copySubtrees(document, state.selected);
  if (!copied.ok) return refused(state, copied.error);
  const [first] = copied.value.trees;
  const more = copied.value.trees.length - 1;
  return to(state, { clip: copied.value, said: `Copied ${first?.root ?? ''}${more > 0 ? ` and ${more} more` : ''}.` });
}

function cut(situation: Situation): EditorStep {
  const copied = copy(situation);
  if (copied.state.refusal !== undefined) return copied;
  return made(copied.state, removeSubtrees(situation.document, situation.state.selected));
}

/** Below the selection if that takes it; else where it finds room, near the selection. */
function paste({ state, document }: Situation, given: Clip | undefined, target: EditTarget | undefined): EditorStep {
  const clip = given ?? state.clip;
  if (clip === undefined) return refused(state, { code: 'CLIP_INVALID', message: 'Nothing was copied yet.' });
  if (target !== undefined) return made(state, pasteClip(document, clip, target), { clip });
  const focus = focusedNode(state);
  const here = targetsFor(document, { kind: 'clip', clip }).find(
    (offer) => offer.legal && 'node' in offer.target && offer.target.node === focus,
  );
  return made(state, pasteClip(document, clip, here?.target), { clip });
}

function unplug({ state, document }: Situation, port: NodeId): EditorStep {
  const result = unplugCard(document, port);
  return result.ok ? made(state, result, { clip: result.value.card }) : refused(state, result.error);
}

function startRename(state: EditorState, node: NodeId | undefined): EditorStep {
  const named = node ?? focusedNode(state);
  if (named === undefined) {
    return refused(state, { code: 'NOTHING_SELECTED', message: 'Nothing is selected to rename.' });
  }
  return to(state, { mode: { kind: 'renaming', node: named } });
}

function renamed({ state, document }: Situation, name: string): EditorStep {
  if (state.mode.kind !== 'renaming') return { state, handled: false };
  const { node } = state.mode;
  const before = [...document.hostBridges, ...document.functions].find(({ id }) => id === node)?.name;
  return before === name.trim() ? to(state, { mode: IDLE }) : made(state, rename(document, node, name));
}

function cancel(state: EditorState): EditorStep {
  if (state.mode.kind === 'carrying') return to(state, { mode: IDLE, said: 'Put back.' });
  if (state.mode.kind !== 'idle') return to(state, { mode: IDLE, said: '' });
  return state.selected.length > 0 ? to(state, { selected: [] }) : { state, handled: false };
}

/** What is no longer there is not selected, folded or held. */
function afterChange({ state, document, nameOf }: Situation): EditorStep {
  const nodes = new Set([...document.hostBridges, ...document.functions].map(({ id }) => id));
  const selected = state.selected.filter((node) => nodes.has(node));
  const collapsed = new Set([...state.collapsed].filter((node) => nodes.has(node)));
  const { mode } = state;
  const isGone =
    (mode.kind === 'renaming' && !nodes.has(mode.node)) ||
    (mode.kind === 'carrying' && mode.subject.kind === 'subtree' && !nodes.has(mode.subject.node));
  let next: EditorMode = isGone ? IDLE : mode;
  if (next.kind === 'placing' || next.kind === 'carrying') {
    const offers = targetsFor(document, next.subject, nameOf);
    const { current } = next;
    next = { ...next, offers, current: offers.some((offer) => offer.key === current) ? current : undefined };
  }
  const isSame =
    selected.length === state.selected.length && collapsed.size === state.collapsed.size && next === state.mode;
  return isSame ? { state, handled: true } : { state: { ...state, selected, collapsed, mode: next }, handled: true };
}

function pressed(situation: Situation, event: Extract<EditorEvent, { kind: 'key' }>): EditorStep {
  const { state, document } = situation;
  const { mode } = state;
  if (isWalkKey(event.key) && !event.mod && mode.kind !== 'renaming' && mode.kind !== 'choosing') {
    if (holdingOf(mode) !== undefined) return aimBy(situation, event.key);
    const focus = focusedNode(state);
    if (event.key === 'ArrowDown' && focus !== undefined && state.collapsed.has(focus)) {
      return collapse(situation, focus, false);
    }
    const next = walk(document, focus, event.key, (node) => state.collapsed.has(node));
    return next === undefined ? { state, handled: false } : select(state, next, event.shift ? 'add' : 'only');
  }
  const meant = eventOfKey(mode, event.key, event.mod, focusedNode(state));
  return meant === undefined ? { state, handled: false } : editorStep(state, meant, document, situation.nameOf);
}

/** One event. Pure: documents and states in, documents and states out. */
export function editorStep(
  before: EditorState,
  event: EditorEvent,
  document: TopologyDocument,
  nameOf: NameOf = (node) => node,
): EditorStep {
  const isQuiet = before.refusal === undefined || event.kind === 'documentChanged' || event.kind === 'aim';
  const state = isQuiet ? before : { ...before, refusal: undefined };
  const situation = { state, document, nameOf };
  switch (event.kind) {
    case 'key':
      return pressed(situation, event);
    case 'select':
      return select(state, event.node, event.how);
    case 'selectMany':
      return to(state, { selected: [...new Set(event.nodes)] });
    case 'collapse':
      return collapse(situation, event.node, event.on);
    case 'choose':
      return to(state, { mode: { kind: 'choosing' } });
    case 'hold':
      return hold(situation, event.subject);
    case 'aim':
      return aim(state, event.key);
    case 'drop':
      return drop(situation, event.key);
    case 'adjust':
      return adjust(situation, event.by);
    case 'cancel':
      return cancel(state);
    case 'remove':
      return made(state, removeSubtrees(document, state.selected));
    case 'copy':
      return copy(situation);
    case 'cut':
      return cut(situation);
    case 'paste':
      return paste(situation, event.clip, event.target);
    case 'duplicate':
      return made(state, duplicateSubtrees(document, state.selected));
    case 'unplug':
      return unplug(situation, event.port);
    case 'startRename':
      return startRename(state, event.node);
    case 'rename':
      return renamed(situation, event.name);
    case 'documentChanged':
      return afterChange(situation);
  }
}
