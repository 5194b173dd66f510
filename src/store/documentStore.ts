/*
 * The one document: what is edited, undone, saved. A change is an entry with a label; the machine, the race
 * and the verdicts all follow from the document that is current.
 */
import type { Diagnostic } from '../base/diagnostic.ts';
import type { Result } from '../base/result.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { TopologyDocument, TransferSpec } from '../topology/document.ts';
import type { LocalStore, WriteOutcome } from './localStore.ts';

export const DOCUMENT_KEY = 'peerlane.document';
const MOST_STEPS = 100;
/** Edits of the same thing within this time are one step. */
export const COALESCE_MS = 1000;

/** One step of history: the document it led away from and what was done. */
export interface Edit {
  readonly label: string;
  readonly document: TopologyDocument;
  /** What was edited and when, while further edits of the same may join this step. */
  readonly joinable?: { readonly key: string; readonly at_ms: number };
}

/** A row of the history list. Place 0 is the document as it was opened (or the oldest still known). */
export interface HistoryRow {
  /** What {@link DocumentState.jumpTo} takes. */
  readonly place: number;
  readonly label: string;
  readonly state: 'done' | 'current' | 'undone';
}

export type DocumentOrigin =
  | { readonly from: 'preset'; readonly preset: string }
  | { readonly from: 'saved' }
  | { readonly from: 'import' };

export interface DocumentState {
  readonly document: TopologyDocument;
  readonly origin: DocumentOrigin;
  /** Newest last. */
  readonly past: readonly Edit[];
  readonly future: readonly Edit[];
  /** What the user should know about how this document came here: a saved copy that could not be read. */
  readonly notice: string | undefined;
  readonly saved: WriteOutcome;
  /** Replaces the document; the old one can be had back with undo. */
  readonly open: (label: string, document: TopologyDocument, origin: DocumentOrigin) => void;
  /**
   * @param same names what is edited, e.g. `link nic0 limitGen`: edits of the same thing within a second of each other
   *   become one step with the last label. Absent = always a step of its own.
   */
  readonly edit: (label: string, document: TopologyDocument, same?: string) => void;
  readonly setTransfer: (label: string, change: Partial<TransferSpec>) => void;
  readonly undo: () => void;
  readonly redo: () => void;
  /** Undoes or redoes up to a row of {@link historyOf}; places outside the list do nothing. */
  readonly jumpTo: (place: number) => void;
  readonly dismissNotice: () => void;
}

export interface DocumentStart {
  readonly document: TopologyDocument;
  readonly origin: DocumentOrigin;
  readonly notice: string | undefined;
}

export type ReadDocument = (text: string) => Result<TopologyDocument, readonly Diagnostic[]>;

/**
 * The document to begin with: what the address names, else what was saved here, else the first preset. A saved
 * copy that cannot be read is put aside, not overwritten, and the user is told.
 */
export function startDocument(
  local: LocalStore,
  read: ReadDocument,
  first: DocumentStart,
  named: DocumentStart | undefined,
): DocumentStart {
  if (named !== undefined) return named;
  const text = local.read(DOCUMENT_KEY);
  if (text === undefined) return first;
  const document = read(text);
  if (document.ok) return { document: document.value, origin: { from: 'saved' }, notice: undefined };
  local.write(`${DOCUMENT_KEY}.unreadable`, text);
  const reason = document.error[0]?.message ?? 'it is not a document';
  return {
    ...first,
    notice: `The machine saved in this browser could not be read (${reason}). It was put aside and the default machine opened.`,
  };
}

function joinsLast(last: Edit | undefined, now: Edit['joinable']): boolean {
  const before = last?.joinable;
  return before !== undefined && now !== undefined && before.key === now.key && now.at_ms - before.at_ms < COALESCE_MS;
}

/** Everything done and undone, oldest first, with the present marked. */
export function historyOf(state: Pick<DocumentState, 'past' | 'future'>): readonly HistoryRow[] {
  const labels = [
    state.past.length >= MOST_STEPS ? 'Earlier steps' : 'Open',
    ...state.past.map((edit) => edit.label),
    ...state.future.toReversed().map((edit) => edit.label),
  ];
  const present = state.past.length;
  return labels.map((label, place) => ({
    place,
    label,
    state: place < present ? 'done' : place === present ? 'current' : 'undone',
  }));
}

/** @param now_ms the time that decides which edits are one step. */
export function createDocumentStore(
  local: LocalStore,
  start: DocumentStart,
  now_ms: () => number = Date.now,
): StoreApi<DocumentState> {
  const save = (document: TopologyDocument): WriteOutcome => local.write(DOCUMENT_KEY, JSON.stringify(document));

  return createStore<DocumentState>()((set, get) => {
    const become = (label: string, document: TopologyDocument, origin: DocumentOrigin, same?: string): void => {
      const state = get();
      if (document === state.document) return;
      const joinable = same === undefined ? {} : { joinable: { key: same, at_ms: now_ms() } };
      const last = state.past.at(-1);
      const joins = state.future.length === 0 && joinsLast(last, joinable.joinable);
      const before = joins && last !== undefined ? last.document : state.document;
      const kept = joins ? state.past.slice(0, -1) : state.past;
      set({
        document,
        origin,
        past: [...kept, { label, document: before, ...joinable }].slice(-MOST_STEPS),
        future: [],
        saved: save(document),
      });
    };
    /** Moves entries from one side of the present to the other; what is edited next is a step of its own. */
    const travel = (from: 'past' | 'future', to: 'past' | 'future', steps = 1): void => {
      const state = get();
      const lists = { past: [...state.past], future: [...state.future] };
      let { document } = state;
      for (let step = 0; step < steps; step++) {
        const entry = lists[from].pop();
        if (entry === undefined) break;
        lists[to].push({ label: entry.label, document });
        document = entry.document;
      }
      if (document === state.document && lists[from].length === state[from].length) return;
      const top = lists.past.pop();
      if (top !== undefined) lists.past.push({ label: top.label, document: top.document });
      set({ ...lists, document, saved: save(document) });
    };
    return {
      document: start.document,
      origin: start.origin,
      past: [],
      future: [],
      notice: start.notice,
      saved: 'written',
      open: become,
      edit: (label, document, same) => become(label, document, get().origin, same),
      setTransfer: (label, change) => {
        const { document, origin } = get();
        become(label, { ...document, transfer: { ...document.transfer, ...change } }, origin);
      },
      undo: () => travel('past', 'future'),
      redo: () => travel('future', 'past'),
      jumpTo: (place) => {
        const { past, future } = get();
        if (!Number.isInteger(place) || place < 0 || place > past.length + future.length) return;
        if (place < past.length) travel('past', 'future', past.length - place);
        else if (place > past.length) travel('future', 'past', place - past.length);
      },
      dismissNotice: () => set({ notice: undefined }),
    };
  });
}
