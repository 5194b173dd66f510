import { array, assert, constantFrom, integer, noBias, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../base/invariant.ts';
import { parseDocument } from '../topology/parseDocument.ts';
import { presets } from '../topology/presets/presets.ts';
import { addPart } from '../topology/edit/commands.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { serializeDocument } from '../topology/serializeDocument.ts';
import { createDocumentStore } from './documentStore.ts';
import { rowsFor } from './editorParameters.ts';
import { createEditor, parameterLabel, type ParameterValue } from './editorStore.ts';
import { pageStore } from './localStore.ts';
import type { AnyParameter } from './parameters.ts';

function withBridge(document: TopologyDocument): TopologyDocument {
  const parts = [
    [{ part: 'rootPort' }, { kind: 'rootBus', node: 'pcie0' }],
    [{ part: 'teaching' }, { kind: 'port', node: 'rp2' }],
  ] as const;
  return parts.reduce<TopologyDocument>((state, [request, target]) => {
    const added = addPart(state, request, target);
    return added.ok ? added.value.document : state;
  }, document);
}

const documents = [withBridge(at(presets, 0).document), ...presets.slice(0, 10).map(({ document }) => document)];
const fraction = noBias(integer({ min: 0, max: 9999 }).map((number) => number / 10_000));

function valueOf(document: TopologyDocument, node: string, parameter: AnyParameter, share: number): ParameterValue {
  switch (parameter.kind) {
    case 'number': {
      if (parameter.optional && share < 0.1) return undefined;
      const value = parameter.minimum + share * (parameter.maximum - parameter.minimum);
      return parameter.whole ? Math.round(value) : value;
    }
    case 'choice': {
      const offered = parameter.options.filter(({ value }) => parameter.offers?.(document, node, value) ?? true);
      return offered[Math.floor(share * offered.length)]?.value;
    }
    case 'switch':
      return share < 0.5;
  }
}

describe('properties of the editor', () => {
  it('keep every machine valid, whatever is set in whatever order', () => {
    const set = new Set<string>();
    assert(
      property(
        constantFrom(...documents),
        array(tuple(fraction, fraction, fraction), { minLength: 1, maxLength: 20, size: 'max' }),
        (start, draws) => {
          const store = createDocumentStore(pageStore(), {
            document: start,
            origin: { from: 'saved' },
            notice: undefined,
          });
          const editor = createEditor(store);
          for (const [where, which, share] of draws) {
            const { document } = store.getState();
            const nodes = [undefined, ...[...document.hostBridges, ...document.functions].map(({ id }) => id)];
            // The host has many rows: one time in five it is its turn.
            const chosen = where < 0.2 ? undefined : nodes[Math.floor(where * nodes.length)];
            const node = chosen ?? '';
            const rows = rowsFor(document, chosen);
            const row = rows[Math.floor(which * rows.length)];
            if (row === undefined) continue;
            set.add(row.parameter.id);
            const value = valueOf(document, node, row.parameter, share);
            editor.setParameter(row.parameter, node, value);
            const text = serializeDocument(store.getState().document);
            const read = parseDocument(text);
            const problems = read.ok ? [] : read.error.map(({ message }) => `${row.parameter.id}: ${message}`);
            expect(problems).toEqual([]);
          }
        },
      ),
      { numRuns: 400 },
    );
    // Nearly every row that these machines have had its turn.
    const rows = documents.flatMap((document) => {
      const nodes = [undefined, ...[...document.hostBridges, ...document.functions].map(({ id }) => id)];
      return nodes.flatMap((node) => rowsFor(document, node).map((row) => row.parameter.id));
    });
    expect(set.size).toBeGreaterThan(0.8 * new Set(rows).size);
  });

  it('read back what was written', () => {
    for (const document of documents) {
      for (const node of [...document.hostBridges, ...document.functions].map(({ id }) => id)) {
        for (const { parameter } of rowsFor(document, node)) {
          if (parameter.kind === 'switch') {
            expect(parameter.read(parameter.write(document, node, true), node)).toBe(true);
            expect(parameter.read(parameter.write(document, node, false), node)).toBe(false);
          } else if (parameter.kind === 'choice') {
            const offered = parameter.options.filter(({ value }) => parameter.offers?.(document, node, value) ?? true);
            for (const { value } of offered) {
              expect([parameter.id, parameter.read(parameter.write(document, node, value), node)]).toEqual([
                parameter.id,
                value,
              ]);
            }
          } else if (parameter.id !== 'lastBus') {
            const { maximum } = parameter;
            expect([parameter.id, parameter.read(parameter.write(document, node, maximum), node)]).toEqual([
              parameter.id,
              maximum,
            ]);
          }
        }
      }
    }
  });

  it('have ids of their own, a sentence of help and a range for every node', () => {
    for (const document of documents) {
      for (const node of [undefined, ...[...document.hostBridges, ...document.functions].map(({ id }) => id)]) {
        const ids = rowsFor(document, node).map(({ parameter }) => parameter.id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { parameter } of rowsFor(document, node)) {
          expect(parameter.help).toMatch(/\.$/);
          if (parameter.kind === 'number') expect(parameter.minimum).toBeLessThan(parameter.maximum);
        }
      }
    }
    expect(rowsFor(at(documents, 0), 'nobody')).toEqual([]);
  });

  it('are named in the history with their unit', () => {
    const rows = rowsFor(at(documents, 0), 'sw0');
    const latency = rows.find(({ parameter }) => parameter.id === 'switchLatency');
    if (latency === undefined) throw new Error('a switch has a latency');
    expect(parameterLabel(latency.parameter, 'sw0', 120)).toBe('Set Latency of sw0 to 120 ns');
    expect(parameterLabel(latency.parameter, 'sw0', undefined)).toBe('Set Latency of sw0 to its default');
  });
});
