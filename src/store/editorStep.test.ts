import { describe, expect, it } from 'vitest';
import { at } from '../base/invariant.ts';
import { blankMachine } from '../topology/blankMachine.ts';
import { PARTS } from '../topology/edit/catalogue.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { createDocumentStore, historyOf } from './documentStore.ts';
import { HOLDING_KEYS, IDLE_KEYS } from './editorKeys.ts';
import { currentOffer, EDITOR_START, focusedNode, holdingOf } from './editorState.ts';
import { editorStep } from './editorStep.ts';
import { createEditor } from './editorStore.ts';
import { pageStore } from './localStore.ts';

function opened(document: TopologyDocument) {
  const documents = createDocumentStore(pageStore(), { document, origin: { from: 'saved' }, notice: undefined });
  const editor = createEditor(documents);
  return {
    documents,
    editor,
    state: () => editor.store.getState(),
    document: () => documents.getState().document,
    select: (node: string) => editor.send({ kind: 'select', node, how: 'only' }),
    /** `Shift+ArrowDown`, `Mod+c`, `a`. */
    press: (...keys: readonly string[]) =>
      keys.map((name) => {
        const parts = name.split(/(?<=.)\+/);
        const key = at(parts, parts.length - 1);
        return editor.send({ kind: 'key', key, mod: parts.includes('Mod'), shift: parts.includes('Shift') });
      }),
  };
}

/** Ids, places and links: what a machine is made of, without the numbers of slots. */
function shape(document: TopologyDocument): readonly string[] {
  return document.functions
    .map(({ id, parent, device, kind, link }) => `${parent}/${device} ${kind} ${id} ${JSON.stringify(link)}`)
    .toSorted((a, b) => a.localeCompare(b));
}

describe('walking', () => {
  it('goes up towards the root, down away from it, sideways along a bus, and stops at the ends', () => {
    const page = opened(defaultMachine);
    page.press('ArrowDown');
    expect(focusedNode(page.state())).toBe('pcie0');
    const steps = [
      ['ArrowDown', 'hb0'],
      ['ArrowRight', 'rp0'],
      ['ArrowDown', 'sw0'],
      ['ArrowDown', 'sw0-p0'],
      ['End', 'sw0-p3'],
      ['ArrowRight', 'sw0-p3'],
      ['ArrowDown', 'sw0-p3'],
      ['ArrowLeft', 'sw0-p2'],
      ['ArrowDown', 'iopmem1'],
      ['ArrowUp', 'sw0-p2'],
      ['Home', 'sw0-p0'],
    ] as const;
    for (const [key, node] of steps) {
      expect(page.press(key)).toEqual([true]);
      expect([key, focusedNode(page.state())]).toEqual([key, node]);
    }
  });

  it('unfolds what is folded before going into it, and folds nothing that has no children', () => {
    const page = opened(defaultMachine);
    page.select('sw0');
    page.press('c');
    expect([...page.state().collapsed]).toEqual(['sw0']);
    page.press('ArrowDown');
    expect([focusedNode(page.state()), page.state().collapsed.size]).toEqual(['sw0', 0]);
    page.press('ArrowDown');
    expect(focusedNode(page.state())).toBe('sw0-p0');
    page.select('nic0');
    page.press('c');
    expect(page.state().collapsed.size).toBe(0);
  });

  it('adds to the selection with Shift, and the pointer toggles', () => {
    const page = opened(defaultMachine);
    page.select('sw0-p0');
    page.press('Shift+ArrowRight', 'Shift+ArrowRight');
    expect(page.state().selected).toEqual(['sw0-p0', 'sw0-p1', 'sw0-p2']);
    page.editor.send({ kind: 'select', node: 'sw0-p1', how: 'toggle' });
    expect(page.state().selected).toEqual(['sw0-p0', 'sw0-p2']);
    page.press('Escape');
    expect(page.state().selected).toEqual([]);
    expect(page.press('Escape')).toEqual([false]);
  });
});

describe('building with the keyboard alone', () => {
  it('makes the default machine from an empty one, and undo takes it all back', () => {
    const page = opened(blankMachine());
    const { press, select, editor, document } = page;
    const set = (node: string, change: Parameters<typeof editor.send>[0]) => {
      select(node);
      editor.send(change);
    };
    select('pcie0');
    press('a', 'r', 'Enter', 'a', 'r', 'Enter');
    expect(document().functions.map(({ id }) => id)).toEqual(['hb0', 'rp0', 'rp1']);
    select('rp0');
    press('a', 's', 'Enter');
    const cards = [
      ['sw0-p0', 'i'],
      ['sw0-p1', 'n'],
      ['sw0-p2', 'i'],
      ['rp1', 'v'],
      ['pcie0', 'd'],
    ] as const;
    for (const [node, letter] of cards) {
      select(node);
      press('a', letter, 'Enter');
    }
    const ids = (of: TopologyDocument) => of.functions.map(({ id, parent }) => `${parent} ${id}`).toSorted();
    expect(ids(document())).toEqual(ids(defaultMachine));
    expect(document().transfer).toMatchObject({ from: 'nic0', to: 'iopmem0' });
    set('sw0', { kind: 'startRename' });
    editor.send({ kind: 'rename', name: 'Switch' });
    expect(document().functions.find(({ id }) => id === 'sw0-p2')?.name).toBe('Switch port 2');

    const done = document();
    const steps = historyOf(page.documents.getState());
    expect(steps.map(({ label }) => label).slice(0, 4)).toEqual([
      'Open',
      'Add rp0 to pcie0',
      'Add rp1 to pcie0',
      'Add sw0 to rp0',
    ]);
    while (page.documents.getState().past.length > 0) page.documents.getState().undo();
    expect(document()).toEqual(blankMachine());
    expect(page.state().selected).toEqual([]);
    while (page.documents.getState().future.length > 0) page.documents.getState().redo();
    expect(document()).toBe(done);
  });

  it('aims first at the place that has the focus, and goes from one legal place to the next, round the ends', () => {
    const page = opened(defaultMachine);
    page.select('sw0-p3');
    page.press('a', 'g');
    expect(page.state().mode.kind).toBe('placing');
    expect(currentOffer(page.state().mode)?.key).toBe('port:sw0-p3');
    page.press('ArrowRight');
    expect(currentOffer(page.state().mode)?.key).toBe('port:sw0-p3');
    page.press('Escape', 'a', 'r');
    expect(currentOffer(page.state().mode)?.key).toBe('rootBus:pcie0');
  });

  it('says what would happen, and why a place does not take it', () => {
    const page = opened(defaultMachine);
    page.select('sw0-p3');
    page.press('a', 'g');
    page.editor.send({ kind: 'aim', key: 'port:rp1' });
    expect(page.state().said).toBe('rp1 holds nvme0; a link has one device at its end.');
    page.press('Enter');
    expect(page.state().refusal?.code).toBe('PORT_OCCUPIED');
    expect(page.document()).toBe(defaultMachine);
    page.press('ArrowRight', 'Enter');
    expect(page.document().functions.at(-1)).toMatchObject({ id: 'gpu0', parent: 'sw0-p3' });
    expect(page.state().refusal).toBeUndefined();
  });

  it('asks a switch for its ports with plus and minus', () => {
    const page = opened(defaultMachine);
    page.select('sw0-p3');
    page.press('a', 's', '+', '+', '-', 'Enter');
    expect(page.document().functions.filter(({ parent }) => parent === 'sw1')).toHaveLength(5);
  });

  it('lifts a card, carries it along the free ports, drops it or puts it back', () => {
    const page = opened(defaultMachine);
    page.select('nic0');
    page.press('m');
    expect(page.state().mode.kind).toBe('carrying');
    expect(page.state().said).toBe('1 place takes it.');
    page.press('Escape');
    expect([page.state().mode.kind, page.document()]).toEqual(['idle', defaultMachine]);
    page.press('m', 'Enter');
    expect(page.document().functions.find(({ id }) => id === 'nic0')?.parent).toBe('sw0-p3');
    expect(focusedNode(page.state())).toBe('nic0');
  });
});

describe('editing', () => {
  it('copies, pastes, cuts and duplicates with fresh ids', () => {
    const page = opened(defaultMachine);
    page.select('nic0');
    page.press('Mod+c');
    page.select('sw0-p3');
    page.press('Mod+v');
    expect(page.document().functions.at(-1)).toMatchObject({ id: 'nic1', parent: 'sw0-p3' });
    page.press('Mod+x');
    expect(shape(page.document())).toEqual(shape(defaultMachine));
    page.select('iopmem0');
    page.press('Mod+d');
    expect(page.document().functions.at(-1)).toMatchObject({ id: 'iopmem2', parent: 'sw0-p3' });
    page.press('Mod+d');
    expect(page.state().refusal?.code).toBe('NO_FREE_PLACE');
  });

  it('removes what is selected with what is below it, in one step, and says what went along', () => {
    const page = opened(defaultMachine);
    page.select('nic0');
    page.editor.send({ kind: 'select', node: 'rp1', how: 'add' });
    page.press('Delete');
    const gone = ['nic0', 'rp1', 'nvme0'];
    expect(page.document().functions.filter(({ id }) => gone.includes(id))).toEqual([]);
    expect(page.state().said).toBe('Remove nic0 and rp1. The transfer now runs from iopmem1 to iopmem0.');
    expect(page.documents.getState().past).toHaveLength(1);
    page.documents.getState().undo();
    expect(page.document()).toBe(defaultMachine);
  });

  it('unplugs a card into the clip, and plugs it in elsewhere', () => {
    const page = opened(defaultMachine);
    page.editor.send({ kind: 'unplug', port: 'sw0-p1' });
    expect(page.document().functions.some(({ id }) => id === 'nic0')).toBe(false);
    page.editor.send({ kind: 'paste', target: { kind: 'port', node: 'sw0-p3' } });
    expect(page.document().functions.at(-1)).toMatchObject({ id: 'nic0', parent: 'sw0-p3' });
  });

  it('keeps a name that was not changed, and refuses one that is empty', () => {
    const page = opened(defaultMachine);
    page.select('nic0');
    page.press('F2');
    page.editor.send({ kind: 'rename', name: 'nic0' });
    expect([page.state().mode.kind, page.document()]).toEqual(['idle', defaultMachine]);
    page.press('F2');
    page.editor.send({ kind: 'rename', name: '  ' });
    expect([page.state().refusal?.code, page.state().mode.kind]).toEqual(['NAME_INVALID', 'renaming']);
  });

  it('lets go of what undo takes away', () => {
    const page = opened(defaultMachine);
    page.select('sw0-p3');
    page.press('a', 'g', 'Enter', 'm');
    expect(holdingOf(page.state().mode)?.subject).toEqual({ kind: 'subtree', node: 'gpu0' });
    page.documents.getState().undo();
    expect([page.state().mode.kind, page.state().selected]).toEqual(['idle', []]);
  });

  it('leaves keys that mean nothing here to the page', () => {
    const page = opened(defaultMachine);
    expect(page.press(' ', '1', 'q', 'Mod+z', 'm', 'Enter')).toEqual([false, false, false, false, false, false]);
    page.press('a');
    expect(page.press('ArrowDown', 'q')).toEqual([false, false]);
  });
});

describe('the keys', () => {
  it('are each used once in their mode, and parts have a letter each', () => {
    for (const rows of [IDLE_KEYS, HOLDING_KEYS]) {
      const keys = rows.map(({ key, mod }) => `${mod === true ? 'Mod+' : ''}${key}`);
      expect(new Set(keys).size).toBe(keys.length);
    }
    expect(new Set(PARTS.map(({ key }) => key)).size).toBe(PARTS.length);
    for (const { key } of PARTS) expect(key).toMatch(/^[a-z]$/);
  });

  it('do not change the state they are given', () => {
    const before = JSON.stringify(EDITOR_START);
    editorStep(EDITOR_START, { kind: 'key', key: 'a', mod: false, shift: false }, defaultMachine);
    expect(JSON.stringify(EDITOR_START)).toBe(before);
  });
});
