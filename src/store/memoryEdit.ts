/*
 * Typing over bytes, as a state machine of plain keys: two columns, a cursor, bytes that were typed and not applied.
 *
 *   hex digit ─▶ high nibble ─▶ low nibble ─▶ next byte          Enter: apply all      Esc: drop them
 */

export const EDIT_ROW_BYTES = 16;
/** Bytes that can wait to be applied. */
export const MAX_PENDING_BYTES = 64 * 1024;

export type EditColumn = 'hex' | 'text';

export interface EditState {
  /** Offset of the byte under the cursor; undefined = nothing is chosen yet. */
  readonly cursor: number | undefined;
  /** The other end of the selection, cursor included; undefined = only the cursor's byte. */
  readonly anchor: number | undefined;
  readonly column: EditColumn;
  /** The next digit is the byte's second. */
  readonly isLow: boolean;
  /** By offset: what was typed. */
  readonly pending: ReadonlyMap<number, number>;
}

export const NO_EDIT: EditState = {
  cursor: undefined,
  anchor: undefined,
  column: 'hex',
  isLow: false,
  pending: new Map(),
};

export interface EditKey {
  readonly key: string;
  readonly mod: boolean;
  readonly shift: boolean;
}

export interface EditPlace {
  readonly sizeBytes: number;
  /** First byte in view and rows in view: where keys begin, and how far a page is. */
  readonly first: number;
  readonly visibleRows: number;
  /** The byte as memory has it now. */
  readonly byteAt: (offset: number) => number;
}

export type EditOutcome =
  | { readonly kind: 'state'; readonly state: EditState }
  | { readonly kind: 'apply' | 'undo' | 'redo' | 'search' | 'goTo' }
  /** Not a key of the editor. */
  | { readonly kind: 'none' };

const NONE = { kind: 'none' } as const;
const to = (state: EditState): EditOutcome => ({ kind: 'state', state });

/** First and last byte of the selection; undefined = nothing is chosen. */
export function selectionOf({
  cursor,
  anchor,
}: EditState): { readonly first: number; readonly last: number } | undefined {
  if (cursor === undefined) return undefined;
  const other = anchor ?? cursor;
  return { first: Math.min(cursor, other), last: Math.max(cursor, other) };
}

/** What the editor makes of a key. */
export function editByKey(state: EditState, press: EditKey, place: EditPlace): EditOutcome {
  if (press.mod) return byCommand(state, press, place);
  const moved = movedTo(state, press.key, place);
  if (moved !== undefined) return to(moveTo(state, moved, press.shift, place));
  switch (press.key) {
    case 'Tab':
      return byTab(state, press.shift, place);
    case 'Enter':
      return state.pending.size > 0 ? { kind: 'apply' } : to(moveTo(state, state.cursor ?? place.first, false, place));
    case 'Escape':
      if (state.pending.size > 0 || state.isLow) return to({ ...state, pending: new Map(), isLow: false });
      return state.anchor === undefined ? NONE : to({ ...state, anchor: undefined });
    case 'Backspace':
      return to(takeBack(state, place));
    default:
      return byCharacter(state, press.key, place);
  }
}

function byCommand(state: EditState, press: EditKey, place: EditPlace): EditOutcome {
  switch (press.key.toLowerCase()) {
    case 'z':
      if (!press.shift && state.pending.size > 0) return to(forgetLatest(state));
      return { kind: press.shift ? 'redo' : 'undo' };
    case 'y':
      return { kind: 'redo' };
    case 'f':
      return { kind: 'search' };
    case 'g':
      return { kind: 'goTo' };
    case 'home':
      return to(moveTo(state, 0, press.shift, place));
    case 'end':
      return to(moveTo(state, place.sizeBytes - 1, press.shift, place));
    default:
      return NONE;
  }
}

function movedTo({ cursor }: EditState, key: string, { first, visibleRows }: EditPlace): number | undefined {
  const from = cursor ?? first;
  const column = from % EDIT_ROW_BYTES;
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: from - (cursor === undefined ? 0 : 1),
    ArrowRight: from + (cursor === undefined ? 0 : 1),
    ArrowUp: from - EDIT_ROW_BYTES,
    ArrowDown: from + EDIT_ROW_BYTES,
    PageUp: from - EDIT_ROW_BYTES * visibleRows,
    PageDown: from + EDIT_ROW_BYTES * visibleRows,
    Home: from - column,
    End: from - column + EDIT_ROW_BYTES - 1,
  };
  return moves[key];
}

/** Puts the cursor somewhere. @param extends_ the selection grows from where the cursor was. */
export function moveTo(
  state: EditState,
  offset: number,
  isExtending: boolean,
  { sizeBytes }: Pick<EditPlace, 'sizeBytes'>,
): EditState {
  const cursor = Math.max(0, Math.min(sizeBytes - 1, offset));
  const anchor = isExtending ? (state.anchor ?? state.cursor ?? cursor) : undefined;
  return { ...state, cursor, anchor, isLow: false };
}

/** Tab goes to the other column, and on from there as Tab does everywhere. */
function byTab(state: EditState, isBack: boolean, place: EditPlace): EditOutcome {
  const next: EditColumn = isBack ? 'hex' : 'text';
  if (state.column === next) return NONE;
  return to({ ...state, column: next, isLow: false, cursor: state.cursor ?? place.first });
}

function byCharacter(state: EditState, key: string, place: EditPlace): EditOutcome {
  const cursor = state.cursor ?? place.first;
  if (state.column === 'text') {
    const isPrintable = key.length === 1 && key >= ' ' && key <= '~';
    return isPrintable ? to(putBytes({ ...state, cursor }, [key.charCodeAt(0)], place)) : NONE;
  }
  if (!/^[0-9a-f]$/iu.test(key)) return NONE;
  const digit = Number.parseInt(key, 16);
  const byte = state.pending.get(cursor) ?? place.byteAt(cursor);
  if (state.isLow) return to(putBytes({ ...state, cursor }, [(byte & 0xf0) | digit], place));
  if (isFull(state, cursor)) return to(state);
  const pending = new Map(state.pending).set(cursor, (digit << 4) | (byte & 0x0f));
  return to({ ...state, cursor, anchor: undefined, isLow: true, pending });
}

function isFull({ pending }: EditState, offset: number): boolean {
  return pending.size >= MAX_PENDING_BYTES && !pending.has(offset);
}

/** Types bytes from the cursor on, as far as memory and room go. */
export function putBytes(
  state: EditState,
  bytes: readonly number[] | Uint8Array,
  { sizeBytes, first }: Pick<EditPlace, 'sizeBytes' | 'first'>,
): EditState {
  const pending = new Map(state.pending);
  let cursor = state.cursor ?? first;
  for (const byte of bytes) {
    if (cursor >= sizeBytes || isFull({ ...state, pending }, cursor)) break;
    pending.set(cursor, byte);
    cursor += 1;
  }
  return { ...state, pending, cursor: Math.min(cursor, sizeBytes - 1), anchor: undefined, isLow: false };
}

/** The byte typed last is as it was. */
function takeBack(state: EditState, place: EditPlace): EditState {
  const pending = new Map(state.pending);
  const cursor = state.cursor ?? place.first;
  const last = state.isLow ? cursor : Math.max(0, cursor - 1);
  pending.delete(last);
  return { ...state, cursor: last, anchor: undefined, isLow: false, pending };
}

/** The byte that waits shortest is as it was, wherever the cursor is. */
function forgetLatest(state: EditState): EditState {
  const latest = [...state.pending.keys()].at(-1);
  if (latest === undefined) return state;
  const pending = new Map(state.pending);
  pending.delete(latest);
  return { ...state, pending, cursor: latest, anchor: undefined, isLow: false };
}

/** What was typed, as runs of bytes in ascending order. */
export function pendingRuns(
  pending: ReadonlyMap<number, number>,
): readonly { readonly offset: number; readonly bytes: Uint8Array }[] {
  const runs: { readonly offset: number; readonly bytes: number[] }[] = [];
  for (const [offset, byte] of [...pending].toSorted((a, b) => a[0] - b[0])) {
    const last = runs.at(-1);
    if (last !== undefined && last.offset + last.bytes.length === offset) last.bytes.push(byte);
    else runs.push({ offset, bytes: [byte] });
  }
  return runs.map(({ offset, bytes }) => ({ offset, bytes: Uint8Array.from(bytes) }));
}
