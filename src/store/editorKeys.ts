/*
 * Which key means what, as one table: the editor obeys it, and the sheet of shortcuts shows it.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import { PARTS } from '../topology/edit/catalogue.ts';
import type { EditorEvent, EditorMode } from './editorState.ts';

export interface EditorKey {
  readonly key: string;
  readonly mod?: boolean;
  /** What it does, as the sheet of shortcuts says it. */
  readonly label: string;
  /** Some need to know what has the focus; without one they mean nothing. */
  readonly event: EditorEvent | ((focus: NodeId) => EditorEvent);
}

/** With nothing in the hand. Arrows are in editorWalk.ts. */
export const IDLE_KEYS: readonly EditorKey[] = [
  { key: 'a', label: 'Add a part', event: { kind: 'choose' } },
  { key: 'm', label: 'Lift', event: (node) => ({ kind: 'hold', subject: { kind: 'subtree', node } }) },
  { key: 'c', label: 'Fold or unfold what is below', event: (node) => ({ kind: 'collapse', node }) },
  { key: 'F2', label: 'Rename', event: { kind: 'startRename' } },
  { key: 'Delete', label: 'Remove', event: { kind: 'remove' } },
  { key: 'Backspace', label: 'Remove', event: { kind: 'remove' } },
  { key: 'c', mod: true, label: 'Copy', event: { kind: 'copy' } },
  { key: 'x', mod: true, label: 'Cut', event: { kind: 'cut' } },
  { key: 'v', mod: true, label: 'Paste', event: { kind: 'paste' } },
  { key: 'd', mod: true, label: 'Duplicate', event: { kind: 'duplicate' } },
  { key: 'Escape', label: 'Select nothing', event: { kind: 'cancel' } },
];

/** With something in the hand; arrows go from place to place. */
export const HOLDING_KEYS: readonly EditorKey[] = [
  { key: 'Enter', label: 'Drop', event: { kind: 'drop' } },
  { key: 'Escape', label: 'Put it back', event: { kind: 'cancel' } },
  { key: '+', label: 'One port or function more', event: { kind: 'adjust', by: 1 } },
  { key: '-', label: 'One port or function less', event: { kind: 'adjust', by: -1 } },
];

const PART_KEYS: readonly EditorKey[] = [
  ...PARTS.map((part): EditorKey => ({
    key: part.key,
    label: part.label,
    event: { kind: 'hold', subject: { kind: 'part', request: { part: part.id } } },
  })),
  { key: 'Escape', label: 'Close the palette', event: { kind: 'cancel' } },
];

/** The keys of a mode; a field for a name takes its keys itself. */
export function keysOf(mode: EditorMode): readonly EditorKey[] {
  switch (mode.kind) {
    case 'idle':
      return IDLE_KEYS;
    case 'choosing':
      return PART_KEYS;
    case 'placing':
    case 'carrying':
      return HOLDING_KEYS;
    case 'renaming':
      return [{ key: 'Escape', label: 'Keep the name', event: { kind: 'cancel' } }];
  }
}

/** The event of a key in this mode, if it has one. Letters count in either case; Ctrl only where the table says so. */
export function eventOfKey(
  mode: EditorMode,
  key: string,
  mod: boolean,
  focus: NodeId | undefined,
): EditorEvent | undefined {
  const plain = key.length === 1 ? key.toLowerCase() : key;
  const event = keysOf(mode).find((row) => row.key === plain && (row.mod ?? false) === mod)?.event;
  if (typeof event !== 'function') return event;
  return focus === undefined ? undefined : event(focus);
}
