import { array, assert, constantFrom, integer, noBias, oneof, property, record, type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blankMachine } from '../topology/blankMachine.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { PARTS } from '../topology/edit/catalogue.ts';
import { parseDocument } from '../topology/parseDocument.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { presets } from '../topology/presets/presets.ts';
import { serializeDocument } from '../topology/serializeDocument.ts';
import { createDocumentStore, historyOf } from './documentStore.ts';
import { editorChecks } from './editorChecks.ts';
import { holdingOf } from './editorState.ts';
import { rowsFor } from './editorParameters.ts';
import { createEditor, type ParameterValue } from './editorStore.ts';
import { pageStore } from './localStore.ts';
import type { AnyParameter } from './parameters.ts';

const OTHERS = [
  'add',
  'add',
  'add',
  'carry',
  'click',
  'aim',
  'fix',
  'jump',
  'type',
  'set',
  'set',
  'many',
  'clip',
] as const;

/** One thing a person does: a key, a click on something, a fix of a check, a jump in the history. */
interface Doing {
  readonly what: (typeof OTHERS)[number] | 'key';
  readonly key: string;
  readonly mod: boolean;
  readonly shift: boolean;
  readonly where: number;
}

const LETTERS = PARTS.map(({ key }) => key);
const KEYS = [
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
  'Enter',
  'Enter',
  'Enter',
  'Escape',
].concat(['a', 'a', 'm', 'c', 'x', 'v', 'd', '+', '-', 'F2', 'Delete'], LETTERS);

const share = noBias(integer({ min: 0, max: 9999 }).map((number) => number / 10_000));
const rare = noBias(integer({ min: 0, max: 3 }).map((number) => number === 0));

function doing(what: Arbitrary<Doing['what']>): Arbitrary<Doing> {
  return record({ what, key: constantFrom(...KEYS), mod: rare, shift: rare, where: share });
}

const doings = array(
  oneof({ weight: 8, arbitrary: doing(constantFrom('key')) }, { weight: 6, arbitrary: doing(constantFrom(...OTHERS)) }),
  { minLength: 10, maxLength: 60, size: 'max' },
);

function pick<T>(rows: readonly T[], fraction: number): T | undefined {
  return rows[Math.floor(fraction * rows.length)];
}

/** A value that the field of a row would take. */
function valueOf(row: AnyParameter, document: TopologyDocument, node: string, share: number): ParameterValue {
  if (row.kind === 'switch') return share < 0.5;
  if (row.kind === 'choice') {
    return pick(
      row.options.filter(({ value }) => row.offers?.(document, node, value) ?? true),
      share,
    )?.value;
  }
  if (row.optional && share < 0.1) return undefined;
  const value = row.minimum + share * (row.maximum - row.minimum);
  // Adding zero: rounding gives −0 as well, which no text has.
  return row.whole ? Math.round(value) + 0 : value;
}

function opened(start: typeof defaultMachine) {
  const documents = createDocumentStore(pageStore(), { document: start, origin: { from: 'saved' }, notice: undefined });
  const editor = createEditor(documents);
  const perform = ({ what, key, mod, shift, where }: Doing): void => {
    const { document, jumpTo } = documents.getState();
    const nodes = [...document.hostBridges, ...document.functions].map(({ id }) => id);
    const cards = document.functions.filter(({ kind, fn }) => kind === 'endpoint' && fn === 0).map(({ id }) => id);
    switch (what) {
      case 'key':
        editor.send({ kind: 'key', key, mod, shift });
        return;
      case 'add':
      case 'carry': {
        editor.send({ kind: 'cancel' });
        editor.send({ kind: 'select', node: pick(nodes, where) ?? '', how: 'only' });
        const keys =
          what === 'add' ? ['a', pick(LETTERS, (where * 97) % 1) ?? 'g', 'Enter'] : ['m', 'ArrowRight', 'Enter'];
        for (const each of keys) editor.send({ kind: 'key', key: each, mod: false, shift: false });
        return;
      }
      case 'click':
        editor.send({ kind: 'select', node: pick(nodes, where) ?? '', how: shift ? 'toggle' : 'only' });
        return;
      case 'aim':
        editor.send({ kind: 'aim', key: pick(holdingOf(editor.store.getState().mode)?.offers ?? [], where)?.key });
        return;
      case 'type':
        editor.send({ kind: 'cancel' });
        editor.send({ kind: 'startRename', node: pick(nodes, where) ?? '' });
        editor.send({ kind: 'rename', name: `name ${Math.floor(where * 20)}` });
        return;
      case 'fix': {
        const fix = pick(
          editorChecks(document, undefined).flatMap(({ fixes }) => fixes),
          where,
        );
        if (fix !== undefined) editor.apply(fix.apply(document));
        return;
      }
      case 'set': {
        const node = pick(nodes, where);
        const row = pick(rowsFor(document, node), (where * 31) % 1)?.parameter;
        if (row !== undefined)
          editor.setParameter(row, node ?? '', valueOf(row, document, node ?? '', (where * 89) % 1));
        return;
      }
      case 'many':
        editor.send({ kind: 'selectMany', nodes: nodes.slice(Math.floor(where * nodes.length)).slice(0, 4) });
        return;
      case 'clip':
        editor.send({ kind: 'cancel' });
        editor.send({ kind: 'select', node: pick(cards, where) ?? pick(nodes, where) ?? '', how: 'only' });
        const copies = (where * 53) % 1 < 0.5 ? ['d'] : [shift ? 'x' : 'c', 'v'];
        for (const each of copies) {
          editor.send({ kind: 'key', key: each, mod: true, shift: false });
        }
        return;
      case 'jump':
        jumpTo(pick(historyOf(documents.getState()), where)?.place ?? 0);
    }
  };
  return { documents, editor, perform };
}

const starts = [blankMachine(), defaultMachine, ...presets.slice(6, 10).map(({ document }) => document)];

describe('whatever is done in the editor', () => {
  it('can be undone to the first document and done again to the last, step by step, exactly', () => {
    let steps = 0;
    assert(
      property(constantFrom(...starts), doings, (start, list) => {
        const { documents, perform } = opened(start);
        for (const each of list) perform(each);
        const { past, future, document: last } = documents.getState();
        steps += past.length + future.length;
        const documentsBefore = [...past.map((edit) => edit.document), last];
        expect(documentsBefore[0]).toBe(start);
        for (let place = past.length - 1; place >= 0; place--) {
          documents.getState().undo();
          expect(documents.getState().document).toBe(documentsBefore[place]);
        }
        for (let place = 1; place <= past.length; place++) {
          documents.getState().redo();
          expect(documents.getState().document).toBe(documentsBefore[place]);
        }
        expect(documents.getState().future.length).toBe(future.length);
        expect(serializeDocument(documents.getState().document)).toBe(serializeDocument(last));
      }),
      { numRuns: 80 },
    );
    expect(steps).toBeGreaterThan(100);
  }, 60_000);

  it('is every command there is, often enough to mean something', () => {
    const made = new Map<string, number>();
    assert(
      property(constantFrom(...starts), doings, (start, list) => {
        const { documents, perform } = opened(start);
        for (const each of list) perform(each);
        const { past, future } = documents.getState();
        for (const { label } of [...past, ...future]) {
          const [verb = ''] = label.split(' ');
          made.set(verb, (made.get(verb) ?? 0) + 1);
        }
      }),
      { numRuns: 80, seed: 4 },
    );
    for (const verb of ['Add', 'Move', 'Remove', 'Rename', 'Duplicate', 'Paste', 'Set']) {
      expect([verb, (made.get(verb) ?? 0) > 4]).toEqual([verb, true]);
    }
  }, 60_000);

  it('leaves a document that opens again, and a state that speaks of nothing that is gone', () => {
    assert(
      property(constantFrom(...starts), doings, (start, list) => {
        const { documents, editor, perform } = opened(start);
        for (const each of list) {
          perform(each);
          const { document } = documents.getState();
          const nodes = new Set([...document.hostBridges, ...document.functions].map(({ id }) => id));
          const { selected, collapsed, mode } = editor.store.getState();
          for (const node of [...selected, ...collapsed]) expect(nodes).toContain(node);
          for (const { target } of holdingOf(mode)?.offers ?? []) {
            if ('node' in target) expect(nodes).toContain(target.node);
          }
        }
        const { document } = documents.getState();
        expect(parseDocument(serializeDocument(document))).toEqual({ ok: true, value: document });
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
