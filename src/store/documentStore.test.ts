import { describe, expect, it } from 'vitest';
import { parseDocument } from '../topology/parseDocument.ts';
import { findPreset, presets } from '../topology/presets/presets.ts';
import { createDocumentStore, DOCUMENT_KEY, historyOf, startDocument, type DocumentStart } from './documentStore.ts';
import { browserStore, pageStore } from './localStore.ts';
import { at } from '../base/invariant.ts';

const preset = at(presets, 0);
const first: DocumentStart = {
  document: preset.document,
  origin: { from: 'preset', preset: preset.id },
  notice: undefined,
};
const other = at(presets, 1);

describe('the document to begin with', () => {
  it('is the first preset on the first visit', () => {
    expect(startDocument(pageStore(), parseDocument, first, undefined)).toBe(first);
  });

  it('is what was saved here on the next one', () => {
    const local = pageStore();
    createDocumentStore(local, first).getState().setTransfer('less', { bytes: 4096 });
    const start = startDocument(local, parseDocument, first, undefined);
    expect(start.origin.from).toBe('saved');
    expect(start.document.transfer.bytes).toBe(4096);
  });

  it('is what the address names, whatever was saved', () => {
    const local = pageStore();
    local.write(DOCUMENT_KEY, JSON.stringify(preset.document));
    const named: DocumentStart = {
      document: other.document,
      origin: { from: 'preset', preset: other.id },
      notice: undefined,
    };
    expect(startDocument(local, parseDocument, first, named)).toBe(named);
  });

  it.each(['{', '{"version":1}', '[]', 'null'])('is the default with a message when the saved text is %s', (text) => {
    const local = pageStore();
    local.write(DOCUMENT_KEY, text);
    const start = startDocument(local, parseDocument, first, undefined);
    expect(start.document).toBe(preset.document);
    expect(start.notice).toMatch(/could not be read/);
    expect(local.read(`${DOCUMENT_KEY}.unreadable`)).toBe(text);
  });
});

describe('editing', () => {
  it('undoes and redoes every change in order', () => {
    const store = createDocumentStore(pageStore(), first);
    store.getState().setTransfer('1 MiB', { bytes: 2 ** 20 });
    store.getState().open('other', other.document, { from: 'preset', preset: other.id });
    store.getState().undo();
    expect(store.getState().document.transfer.bytes).toBe(2 ** 20);
    expect(store.getState().future.at(-1)?.label).toBe('other');
    store.getState().undo();
    expect(store.getState().document).toBe(preset.document);
    store.getState().undo();
    store.getState().redo();
    store.getState().redo();
    expect(store.getState().document).toBe(other.document);
    expect(store.getState().past.map((edit) => edit.label)).toEqual(['1 MiB', 'other']);
  });

  it('forgets what was undone once something else is done', () => {
    const store = createDocumentStore(pageStore(), first);
    store.getState().setTransfer('a', { bytes: 4096 });
    store.getState().undo();
    store.getState().setTransfer('b', { bytes: 8192 });
    expect(store.getState().future).toEqual([]);
  });

  it('keeps the last hundred steps', () => {
    const store = createDocumentStore(pageStore(), first);
    for (let bytes = 4; bytes <= 4 * 150; bytes += 4) store.getState().setTransfer(`${bytes}`, { bytes });
    expect(store.getState().past).toHaveLength(100);
    expect(store.getState().past.at(0)?.label).toBe('204');
  });

  it('saves every change, and says when it cannot', () => {
    const full = {
      getItem: () => null,
      removeItem: () => undefined,
      setItem: () => {
        throw new DOMException('no room', 'QuotaExceededError');
      },
    };
    const local = browserStore(full as unknown as Storage);
    const store = createDocumentStore(local, first);
    store.getState().setTransfer('less', { bytes: 4096 });
    expect(store.getState().saved).toBe('full');
    expect(createDocumentStore(browserStore(undefined), first).getState().saved).toBe('written');
  });
});

describe('presets in the address', () => {
  it('are found by their id', () => {
    expect(findPreset(other.id)?.document).toBe(other.document);
  });
});

describe('history', () => {
  const opened = (now_ms?: () => number) => createDocumentStore(pageStore(), first, now_ms);
  const withBytes = (bytes: number) => ({
    ...preset.document,
    transfer: { ...preset.document.transfer, bytes },
  });

  it('lists what was done, where one is, and what was undone', () => {
    const store = opened();
    for (const name of ['a', 'b', 'c']) store.getState().edit(name, withBytes(name.charCodeAt(0) * 4));
    store.getState().undo();
    expect(historyOf(store.getState()).map(({ label, state }) => `${label} ${state}`)).toEqual([
      'Open done',
      'a done',
      'b current',
      'c undone',
    ]);
  });

  it('can be jumped in, both ways and to its ends, without losing a step', () => {
    const store = opened();
    const documents = [preset.document, ...[4, 8, 12, 16].map(withBytes)];
    documents.slice(1).forEach((document, index) => store.getState().edit(`step ${index}`, document));
    for (const place of [0, 3, 1, 4, 2, 2]) {
      store.getState().jumpTo(place);
      expect(store.getState().document).toBe(documents[place]);
      expect(historyOf(store.getState()).find((row) => row.state === 'current')?.place).toBe(place);
    }
    for (const place of [-1, 5, 1.5, Number.NaN]) store.getState().jumpTo(place);
    expect(store.getState().document).toBe(documents[2]);
    expect(historyOf(store.getState())).toHaveLength(5);
  });

  it('takes edits of the same thing within a second of each other as one step with the last label', () => {
    let now_ms = 0;
    const store = opened(() => now_ms);
    for (const [at_ms, bytes] of [
      [0, 4],
      [900, 8],
      [1800, 12],
      [2800, 16],
    ] as const) {
      now_ms = at_ms;
      store.getState().edit(`${bytes} B`, withBytes(bytes), 'transfer bytes');
    }
    expect(store.getState().past.map((edit) => edit.label)).toEqual(['12 B', '16 B']);
    store.getState().undo();
    expect(store.getState().document.transfer.bytes).toBe(12);
    store.getState().undo();
    expect(store.getState().document).toBe(preset.document);
  });

  it('keeps edits of different things, unnamed edits and edits after undo apart', () => {
    const store = opened(() => 0);
    store.getState().edit('a', withBytes(4), 'x');
    store.getState().edit('b', withBytes(8), 'y');
    store.getState().edit('c', withBytes(12));
    store.getState().edit('d', withBytes(16));
    expect(store.getState().past.map((edit) => edit.label)).toEqual(['a', 'b', 'c', 'd']);
    store.getState().jumpTo(1);
    store.getState().edit('e', withBytes(20), 'x');
    expect(store.getState().past.map((edit) => edit.label)).toEqual(['a', 'e']);
    store.getState().edit('f', withBytes(24), 'x');
    expect(store.getState().past.map((edit) => edit.label)).toEqual(['a', 'f']);
    expect(store.getState().past.at(-1)?.document.transfer.bytes).toBe(4);
  });
});
