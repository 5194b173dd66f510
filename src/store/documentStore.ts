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

/** One step of history: the document it led away from and what was done. */
export interface Edit {
  readonly label: string;
  readonly document: TopologyDocument;
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
  readonly edit: (label: string, document: TopologyDocument) => void;
  readonly setTransfer: (label: string, change: Partial<TransferSpec>) => void;
  readonly undo: () => void;
  readonly redo: () => void;
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

export function createDocumentStore(local: LocalStore, start: DocumentStart): StoreApi<DocumentState> {
  const save = (document: TopologyDocument): WriteOutcome => local.write(DOCUMENT_KEY, JSON.stringify(document));

  return createStore<DocumentState>()((set, get) => {
    const become = (label: string, document: TopologyDocument, origin: DocumentOrigin): void => {
      const state = get();
      if (document === state.document) return;
      set({
        document,
        origin,
        past: [...state.past, { label, document: state.document }].slice(-MOST_STEPS),
        future: [],
        saved: save(document),
      });
    };
    /** Moves one entry from one side of the present to the other. */
    const travel = (from: 'past' | 'future', to: 'past' | 'future'): void => {
      const state = get();
      const entry = state[from].at(-1);
      if (entry === undefined) return;
      set({
        [from]: state[from].slice(0, -1),
        [to]: [...state[to], { label: entry.label, document: state.document }],
        document: entry.document,
        saved: save(entry.document),
      });
    };
    return {
      document: start.document,
      origin: start.origin,
      past: [],
      future: [],
      notice: start.notice,
      saved: 'written',
      open: become,
      edit: (label, document) => become(label, document, get().origin),
      setTransfer: (label, change) => {
        const { document, origin } = get();
        become(label, { ...document, transfer: { ...document.transfer, ...change } }, origin);
      },
      undo: () => travel('past', 'future'),
      redo: () => travel('future', 'past'),
      dismissNotice: () => set({ notice: undefined }),
    };
  });
}
