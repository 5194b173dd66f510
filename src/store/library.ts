/*
 * Machines kept in this browser: an index, and one text for each machine. A preset becomes a machine of one's own with
 * its first edit; from then on every edit is saved, at the latest a second later. Undo and redo save too: a document
 * remembers whose it is.
 */
import type { StoreApi } from 'zustand/vanilla';
import { createStore } from 'zustand/vanilla';
import type { TopologyDocument } from '../topology/document.ts';
import type { DocumentState, ReadDocument } from './documentStore.ts';
import { machineKey, newestFirst, readIndex, writeIndex, type MachineEntry } from './libraryIndex.ts';
import type { TabLine, TabMessage } from './libraryTabs.ts';
import type { LocalStore, WriteOutcome } from './localStore.ts';

/** Edits closer together than this are saved once. */
export const SAVE_MS = 500;
/** A tab that does not answer within this time is gone. */
const ANSWER_MS = 400;

/** Who saves the machine that is open here. */
export type Keeper =
  | 'here'
  /** Another tab had it open first; what is edited here is not saved. */
  | 'elsewhere'
  /** Another tab took it over. */
  | 'taken';

export interface LibraryState {
  /** Newest first. */
  readonly machines: readonly MachineEntry[];
  /** The machine that is open; undefined = a preset as it is. */
  readonly current: string | undefined;
  readonly keeper: Keeper;
  readonly saved: WriteOutcome;
  /** What was deleted last, until it is brought back or another is deleted. */
  readonly removed: { readonly entry: MachineEntry; readonly text: string } | undefined;
}

export interface LibraryParts {
  readonly local: LocalStore;
  readonly documents: StoreApi<DocumentState>;
  readonly read: ReadDocument;
  readonly line: TabLine;
  readonly newId: () => string;
  readonly now_ms: () => number;
}

/** Whose document this is; undefined = a preset's. */
interface Home {
  readonly id: string | undefined;
}

export class Library {
  readonly store: StoreApi<LibraryState>;
  readonly #parts: LibraryParts;
  readonly #homes = new WeakMap<TopologyDocument, Home>();
  readonly #tab: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #given: (() => void) | undefined;
  /** As the machine was when it came here from storage. */
  #asRead: TopologyDocument | undefined;

  /** @param current the machine the page begins with, if it is one of those kept here. */
  constructor(parts: LibraryParts, current: string | undefined) {
    this.#parts = parts;
    this.#tab = parts.newId();
    const { document, origin } = parts.documents.getState();
    const index = readIndex(parts.local);
    const known = index.machines.some(({ id }) => id === current) ? current : undefined;
    this.store = createStore<LibraryState>()(() => ({
      machines: newestFirst(index.machines),
      current: known,
      keeper: 'here',
      saved: 'written',
      removed: undefined,
    }));
    if (known !== undefined || origin.from === 'preset') this.#homes.set(document, { id: known });
    this.#asRead = document;
    parts.documents.subscribe((state, before) => this.#onDocument(state, before));
    parts.line.listen((message) => this.#onMessage(message));
    if (known !== undefined) parts.line.post({ kind: 'open', id: known, tab: this.#tab });
  }

  /** Writes what is still waiting. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#save();
  }

  /** Opens a machine. @returns why it cannot be read, or undefined. */
  open(id: string): string | undefined {
    const text = this.#parts.local.read(machineKey(id));
    if (text === undefined) return 'It is no longer kept in this browser.';
    const read = this.#parts.read(text);
    if (!read.ok) return read.error[0]?.message ?? 'It is not a machine.';
    this.flush();
    this.#homes.set(read.value, { id });
    this.#asRead = read.value;
    this.#parts.documents.getState().open(`Open “${read.value.name}”`, read.value, { from: 'saved' });
    return undefined;
  }

  /** The text of a machine as it is kept. */
  text(id: string): string | undefined {
    this.flush();
    return this.#parts.local.read(machineKey(id));
  }

  rename(id: string, name: string): void {
    const { documents } = this.#parts;
    if (id === this.store.getState().current) {
      const { document, edit } = documents.getState();
      edit(`Rename the machine to “${name}”`, { ...document, name });
      this.flush();
      return;
    }
    const document = this.#read(id);
    if (document !== undefined) this.#put(id, { ...document, name });
  }

  duplicate(id: string): void {
    const document = this.#read(id);
    if (document !== undefined) this.#create({ ...document, name: `${document.name}, copy` }, id);
  }

  /** Deletes a machine; one that is open stays open and is kept again with its next edit. */
  remove(id: string): void {
    const entry = this.store.getState().machines.find((row) => row.id === id);
    const text = this.text(id);
    if (entry === undefined || text === undefined) return;
    this.#parts.local.remove(machineKey(id));
    this.#changeIndex((machines) => machines.filter((row) => row.id !== id));
    this.store.setState({ removed: { entry, text } });
    if (id === this.store.getState().current) {
      this.#homes.set(this.#parts.documents.getState().document, { id: undefined });
      this.#become(undefined);
    }
  }

  bringBack(): void {
    const { removed } = this.store.getState();
    if (removed === undefined) return;
    const saved = this.#parts.local.write(machineKey(removed.entry.id), removed.text);
    if (saved === 'written') this.#changeIndex((machines) => [...machines, removed.entry]);
    this.store.setState({ saved, ...(saved === 'written' ? { removed: undefined } : {}) });
  }

  /** The other tab saves and lets go; this one shows what it saved, unless it has edits of its own. */
  async takeOver(): Promise<void> {
    const { current } = this.store.getState();
    if (current === undefined) return;
    await new Promise<void>((resolve) => {
      this.#given = resolve;
      setTimeout(resolve, ANSWER_MS);
      this.#parts.line.post({ kind: 'take', id: current, tab: this.#tab });
    });
    this.#given = undefined;
    if (this.store.getState().current !== current) return;
    const { documents } = this.#parts;
    // Read while this tab does not save yet: what waits here must not overwrite what the other has saved.
    const kept = this.#read(current);
    this.store.setState({ keeper: 'here' });
    const mine = documents.getState().document;
    if (mine === this.#asRead && kept !== undefined && JSON.stringify(kept) !== JSON.stringify(mine)) {
      this.#homes.set(kept, { id: current });
      documents.getState().edit('Take over from the other tab', kept);
    } else this.#save();
  }

  /** What is open here becomes a machine beside the one the other tab has. */
  continueAsCopy(): void {
    const { document, edit } = this.#parts.documents.getState();
    const copy = { ...document, name: `${document.name}, copy` };
    const { current } = this.store.getState();
    this.#homes.set(copy, { id: this.#create(copy, current) });
    edit('Continue as a copy', copy);
  }

  #onDocument(state: DocumentState, before: DocumentState): void {
    if (state.document === before.document) return;
    const home = this.#homeOf(state, before);
    this.#homes.set(state.document, home);
    this.#become(home.id);
    if (home.id !== undefined) this.#saveSoon();
  }

  /** Whose the document is that has just become current. */
  #homeOf(state: DocumentState, before: DocumentState): Home {
    const { document, origin } = state;
    const opened = origin !== before.origin;
    if (opened && origin.from === 'preset') return { id: undefined };
    const known = this.#homes.get(document);
    const { machines, current } = this.store.getState();
    if (known !== undefined && (known.id === undefined || machines.some(({ id }) => id === known.id))) return known;
    if (!opened && current !== undefined) return { id: current };
    const home = { id: this.#create(document, undefined) };
    // Undoing the edit that made a preset one's own leaves it one's own.
    if (!opened) this.#homes.set(before.document, home);
    return home;
  }

  #become(id: string | undefined): void {
    if (id === this.store.getState().current) return;
    this.flush();
    this.store.setState({ current: id, keeper: 'here' });
    this.#changeIndex((machines) => machines);
    if (id !== undefined) this.#parts.line.post({ kind: 'open', id, tab: this.#tab });
  }

  #saveSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#save();
    }, SAVE_MS);
  }

  #save(): void {
    const { current, keeper } = this.store.getState();
    const { document } = this.#parts.documents.getState();
    if (current === undefined || keeper !== 'here' || this.#homes.get(document)?.id !== current) return;
    this.#put(current, document);
  }

  #put(id: string, document: TopologyDocument): void {
    const saved = this.#parts.local.write(machineKey(id), JSON.stringify(document));
    this.store.setState({ saved });
    if (saved !== 'written') return;
    const changed_ms = this.#parts.now_ms();
    this.#changeIndex((machines) =>
      machines.map((row) => (row.id === id ? { ...row, name: document.name, changed_ms } : row)),
    );
  }

  /** @param like the machine it is made from, whose preset it keeps. */
  #create(document: TopologyDocument, like: string | undefined): string {
    const id = this.#parts.newId();
    const { origin } = this.#parts.documents.getState();
    const before = this.store.getState().machines.find((row) => row.id === like);
    const preset = before?.preset ?? (like === undefined && origin.from === 'preset' ? origin.preset : undefined);
    const entry = { id, name: document.name, changed_ms: this.#parts.now_ms() };
    this.#changeIndex((machines) => [...machines, preset === undefined ? entry : { ...entry, preset }]);
    this.#put(id, document);
    return id;
  }

  #read(id: string): TopologyDocument | undefined {
    const text = this.text(id);
    const read = text === undefined ? undefined : this.#parts.read(text);
    return read?.ok === true ? read.value : undefined;
  }

  /** Other tabs write the index too: it is read again before every change. */
  #changeIndex(change: (machines: readonly MachineEntry[]) => readonly MachineEntry[]): void {
    const machines = change(readIndex(this.#parts.local).machines);
    const { current } = this.store.getState();
    const saved = writeIndex(this.#parts.local, { machines, current });
    this.store.setState({ machines: newestFirst(machines), ...(saved === 'written' ? {} : { saved }) });
    this.#parts.line.post({ kind: 'changed' });
  }

  #onMessage(message: TabMessage): void {
    const { current, keeper } = this.store.getState();
    switch (message.kind) {
      case 'changed':
        this.store.setState({ machines: newestFirst(readIndex(this.#parts.local).machines) });
        return;
      case 'open':
        if (message.id === current && keeper === 'here')
          this.#parts.line.post({ kind: 'held', to: message.tab, id: message.id });
        return;
      case 'held':
        if (message.to === this.#tab && message.id === current) this.store.setState({ keeper: 'elsewhere' });
        return;
      case 'take':
        if (message.id !== current || keeper !== 'here') return;
        this.flush();
        this.#asRead = this.#parts.documents.getState().document;
        this.store.setState({ keeper: 'taken' });
        this.#parts.line.post({ kind: 'given', to: message.tab, id: message.id });
        return;
      case 'given':
        if (message.to === this.#tab) this.#given?.();
    }
  }
}
