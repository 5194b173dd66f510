import { describe, expect, it } from 'vitest';
import { parseDocument } from '../topology/parseDocument.ts';
import { findPreset, presets } from '../topology/presets/presets.ts';
import { createDocumentStore, DOCUMENT_KEY, startDocument, type DocumentStart } from './documentStore.ts';
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
