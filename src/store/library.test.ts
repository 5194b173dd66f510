import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoreApi } from 'zustand/vanilla';
import { parseDocument } from '../topology/parseDocument.ts';
import { findPreset } from '../topology/presets/presets.ts';
import { invariant } from '../base/invariant.ts';
import { createDocumentStore, type DocumentState } from './documentStore.ts';
import { Library, SAVE_MS } from './library.ts';
import { lastMachine, machineKey, readIndex } from './libraryIndex.ts';
import type { TabLine, TabMessage } from './libraryTabs.ts';
import { pageStore, type LocalStore } from './localStore.ts';

const preset = findPreset('default');
invariant(preset !== undefined, () => 'there is no default preset');

/** Lines between tabs of one browser; a message reaches all but its sender. */
function makeLines(): () => TabLine {
  const listeners: { readonly owner: object; readonly hear: (message: TabMessage) => void }[] = [];
  return () => {
    const owner = {};
    return {
      post: (message) => {
        for (const other of listeners) if (other.owner !== owner) other.hear(message);
      },
      listen: (hear) => void listeners.push({ owner, hear }),
    };
  };
}

interface Tab {
  readonly documents: StoreApi<DocumentState>;
  readonly library: Library;
}

let serial = 0;

/** A tab that begins with the machine that was open last, else with the preset. */
function openTab(local: LocalStore, line: TabLine): Tab {
  invariant(preset !== undefined, () => 'there is no default preset');
  const last = lastMachine(local, parseDocument);
  const documents = createDocumentStore(
    local,
    last?.start ?? { document: preset.document, origin: { from: 'preset', preset: preset.id }, notice: undefined },
  );
  const library = new Library(
    { local, documents, read: parseDocument, line, newId: () => `id-${(serial += 1)}`, now_ms: () => (serial += 1) },
    last?.id,
  );
  return { documents, library };
}

const resize = ({ documents }: Tab, bytes: number): void => documents.getState().setTransfer('Resize', { bytes });
const kept = (local: LocalStore, id: string | undefined): number | undefined => {
  const read = parseDocument(local.read(machineKey(id ?? '')) ?? '');
  return read.ok ? read.value.transfer.bytes : undefined;
};

describe('machines of one’s own', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('begin with the first edit of a preset and are saved within a second', () => {
    const local = pageStore();
    const tab = openTab(local, makeLines()());
    expect(tab.library.store.getState().machines).toEqual([]);
    resize(tab, 4096);
    resize(tab, 8192);
    const { current, machines } = tab.library.store.getState();
    expect(machines).toMatchObject([{ id: current, preset: 'default' }]);
    expect(SAVE_MS).toBeLessThanOrEqual(1000);
    vi.advanceTimersByTime(SAVE_MS);
    expect(kept(local, current)).toBe(8192);
    tab.documents.getState().undo();
    vi.advanceTimersByTime(SAVE_MS);
    expect(kept(local, current)).toBe(4096);
  });

  it('are not touched by a preset that is opened after them', () => {
    const local = pageStore();
    const tab = openTab(local, makeLines()());
    resize(tab, 4096);
    const { current } = tab.library.store.getState();
    tab.documents.getState().open('Open', preset.document, { from: 'preset', preset: 'default' });
    expect(tab.library.store.getState().current).toBeUndefined();
    resize(tab, 8192);
    vi.advanceTimersByTime(SAVE_MS);
    expect(tab.library.store.getState().machines).toHaveLength(2);
    expect(kept(local, current)).toBe(4096);
  });

  it('are open again in the next visit', () => {
    const local = pageStore();
    const tab = openTab(local, makeLines()());
    resize(tab, 4096);
    tab.library.flush();
    const next = openTab(local, makeLines()());
    expect(next.documents.getState().document.transfer.bytes).toBe(4096);
    resize(next, 8192);
    next.library.flush();
    expect(next.library.store.getState().machines).toHaveLength(1);
  });

  it('are renamed, duplicated, deleted and brought back', () => {
    const local = pageStore();
    const tab = openTab(local, makeLines()());
    resize(tab, 4096);
    const id = tab.library.store.getState().current ?? '';
    tab.library.rename(id, 'Bench');
    expect(tab.documents.getState().past.at(-1)?.label).toContain('Bench');
    tab.library.duplicate(id);
    const copy = tab.library.store.getState().machines.find((row) => row.id !== id);
    expect(copy).toMatchObject({ name: 'Bench, copy', preset: 'default' });
    tab.library.rename(copy?.id ?? '', 'Other');
    expect(
      readIndex(local)
        .machines.map(({ name }) => name)
        .toSorted(),
    ).toEqual(['Bench', 'Other']);
    tab.library.remove(id);
    expect(local.read(machineKey(id))).toBeUndefined();
    tab.library.bringBack();
    expect(kept(local, id)).toBe(4096);
    expect(tab.library.open(id)).toBeUndefined();
    expect(tab.library.store.getState().current).toBe(id);
    local.write(machineKey(id), '{"version":99}');
    expect(tab.library.open(id)).toMatch(/99/);
  });

  it('say when the storage is full', () => {
    const local: LocalStore = { ...pageStore(), write: () => 'full' };
    const tab = openTab(local, makeLines()());
    resize(tab, 4096);
    vi.advanceTimersByTime(SAVE_MS);
    expect(tab.library.store.getState().saved).toBe('full');
  });
});

describe('two tabs with one machine', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function twoTabs(): { readonly local: LocalStore; readonly first: Tab; readonly second: Tab; readonly id: string } {
    const local = pageStore();
    const line = makeLines();
    const first = openTab(local, line());
    resize(first, 4096);
    first.library.flush();
    const second = openTab(local, line());
    return { local, first, second, id: first.library.store.getState().current ?? '' };
  }

  it('the second is told and saves nothing', () => {
    const { local, first, second, id } = twoTabs();
    expect(first.library.store.getState().keeper).toBe('here');
    expect(second.library.store.getState().keeper).toBe('elsewhere');
    resize(second, 8192);
    vi.advanceTimersByTime(SAVE_MS);
    expect(kept(local, id)).toBe(4096);
  });

  it('the second takes over what the first had not saved yet, and gives it back', async () => {
    const { local, first, second, id } = twoTabs();
    resize(first, 16_384);
    await second.library.takeOver();
    expect(second.documents.getState().document.transfer.bytes).toBe(16_384);
    expect(first.library.store.getState().keeper).toBe('taken');
    resize(first, 64);
    resize(second, 32_768);
    vi.advanceTimersByTime(SAVE_MS);
    expect(kept(local, id)).toBe(32_768);
    first.documents.getState().undo();
    await first.library.takeOver();
    expect(first.library.store.getState().keeper).toBe('here');
    expect(first.documents.getState().document.transfer.bytes).toBe(32_768);
  });

  it('the second goes on as a copy', () => {
    const { local, first, second, id } = twoTabs();
    second.library.continueAsCopy();
    resize(second, 8192);
    vi.advanceTimersByTime(SAVE_MS);
    const { current, keeper } = second.library.store.getState();
    expect(keeper).toBe('here');
    expect(kept(local, current)).toBe(8192);
    expect(kept(local, id)).toBe(4096);
    expect(first.library.store.getState().machines).toHaveLength(2);
  });
});
