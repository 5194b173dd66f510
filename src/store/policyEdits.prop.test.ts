import { array, assert, double, nat, property, tuple, type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../base/invariant.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { parseDocument } from '../topology/parseDocument.ts';
import { presets } from '../topology/presets/presets.ts';
import { validateDocument } from '../topology/validate.ts';
import { ACS_BIT_WORDS } from './acsFacts.ts';
import { BRIDGE_PARAMETERS, PEER_PRESETS, peerPresetOf, setPeerToPeer } from './bridgeParameters.ts';
import { createDocumentStore } from './documentStore.ts';
import { addPlannedFault, editPlannedFault, removePlannedFault } from './faultEdits.ts';
import { FAULT_ROWS, faultOf } from './faultTable.ts';
import { FUNCTION_ROWS, setAcsBit, setEgressBit } from './functionParameters.ts';
import { CPU_PARAMETERS, IOMMU_PARAMETERS, MEMORY_PARAMETERS, PAYLOAD_POLICY } from './hostParameters.ts';
import { addAcsEntry, addKernelWord, kernelRows, removeKernelRow } from './kernelWords.ts';
import { pageStore } from './localStore.ts';
import type { AnyParameter } from './parameters.ts';

/** An edit drawn from one number each for what is edited, where and to what; all 0…1. */
type Draw = readonly [what: number, where: number, value: number];
type Edit = (document: TopologyDocument, where: number, value: number) => TopologyDocument;

function pick<T>(rows: readonly T[], fraction: number): T {
  return at(rows, Math.min(rows.length - 1, Math.floor(fraction * rows.length)));
}

function writing(parameter: AnyParameter, node: (document: TopologyDocument, where: number) => string): Edit {
  return (document, where, value) => {
    const id = node(document, where);
    switch (parameter.kind) {
      case 'number': {
        if (parameter.optional && value < 0.2) return parameter.write(document, id, undefined);
        const wide = parameter.minimum + value * (parameter.maximum - parameter.minimum);
        return parameter.write(document, id, parameter.whole ? Math.round(wide) : wide);
      }
      case 'choice': {
        const offered = parameter.options.filter((row) => parameter.offers?.(document, id, row.value) ?? true);
        return parameter.write(document, id, pick(offered, value).value);
      }
      case 'switch':
        return parameter.write(document, id, value < 0.5);
    }
  };
}

const bridge = (document: TopologyDocument, where: number): string => pick(document.hostBridges, where).id;

const EDITS: readonly Edit[] = [
  ...[...IOMMU_PARAMETERS, ...CPU_PARAMETERS, ...MEMORY_PARAMETERS, PAYLOAD_POLICY].map((row) =>
    writing(row, () => ''),
  ),
  ...BRIDGE_PARAMETERS.map((row) => writing(row, bridge)),
  (document, where, value) => {
    const node = bridge(document, where);
    return setPeerToPeer(document, node, pick(PEER_PRESETS, value).peer(document, node));
  },
  ...FUNCTION_ROWS.map(({ parameter, appliesTo }): Edit => (document, where, value) => {
    const able = document.functions.filter((fn) => appliesTo(fn, document));
    return able.length === 0 ? document : writing(parameter, () => pick(able, where).id)(document, where, value);
  }),
  (document, where, value) =>
    setAcsBit(
      document,
      pick(document.functions, where).id,
      pick(ACS_BIT_WORDS, value).name,
      value * 7 - Math.floor(value * 7) < 0.5,
    ),
  (document, where, value) =>
    setEgressBit(
      document,
      pick(document.functions, where).id,
      Math.floor(value * 32),
      value * 64 - Math.floor(value * 64) < 0.5,
    ),
  (document, _where, value) => addAcsEntry(document, 'disable_acs_redir', `0${Math.floor(value * 9)}:00.0`),
  (document, _where, value) => addAcsEntry(document, 'config_acs', value < 0.5 ? 'x0x@pci:0:0' : '11x@02:01.0'),
  (document) => addKernelWord(document, 'iommu=pt'),
  (document, where) => {
    const rows = kernelRows(document.host.kernelParameters ?? []);
    return rows.length === 0 ? document : removeKernelRow(document, pick(rows, where));
  },
  (document, where, value) => {
    const row = pick(FAULT_ROWS, where);
    const fault = faultOf(row, { ...row.standard, node: pick(document.functions, value).id });
    return addPlannedFault(document, { at_ps: Math.round(value * 1e9), fault });
  },
  (document, where, value) => {
    const faults = document.faults ?? [];
    if (faults.length === 0) return document;
    const index = Math.floor(where * faults.length * 0.999);
    return value < 0.5
      ? removePlannedFault(document, index)
      : editPlannedFault(document, index, { ...at(faults, index), at_ps: Math.round(value * 1e9) });
  },
];

const draws = array(tuple(fraction(), fraction(), fraction()), { minLength: 1, maxLength: 25 });

function fraction(): Arbitrary<number> {
  return double({ min: 0, max: 0.999, noNaN: true });
}

function errorsOf(document: TopologyDocument): readonly string[] {
  return validateDocument(document)
    .filter((diagnostic) => diagnostic.severity === 'error')
    .map((diagnostic) => diagnostic.message);
}

function apply(document: TopologyDocument, [what, where, value]: Draw): TopologyDocument {
  return pick(EDITS, what)(document, where, value);
}

describe('edits of policy and faults', () => {
  it('keep every preset a valid document, whatever their order', () => {
    assert(
      property(nat(presets.length - 1), draws, (preset, edits) => {
        let document = at(presets, preset).document;
        for (const edit of edits) {
          document = apply(document, edit);
          const read = parseDocument(JSON.stringify(document));
          expect(read.ok ? [] : read.error.map((diagnostic) => `${diagnostic.path} ${diagnostic.message}`)).toEqual([]);
          expect(errorsOf(document)).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are undone and done again exactly', () => {
    assert(
      property(nat(presets.length - 1), draws, (preset, edits) => {
        const start = at(presets, preset);
        const store = createDocumentStore(pageStore(), {
          document: start.document,
          origin: { from: 'preset', preset: start.id },
          notice: undefined,
        });
        const seen = [store.getState().document];
        for (const [index, edit] of edits.entries()) {
          const before = store.getState().document;
          store.getState().edit(`Step ${index}`, apply(before, edit));
          if (store.getState().document !== before) seen.push(store.getState().document);
        }
        for (const expected of seen.toReversed().slice(1)) {
          store.getState().undo();
          expect(store.getState().document).toBe(expected);
        }
        for (const expected of seen.slice(1)) {
          store.getState().redo();
          expect(store.getState().document).toBe(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('say which preset of a root complex is set', () => {
    const { document } = at(presets, 0);
    const node = at(document.hostBridges, 0).id;
    for (const preset of PEER_PRESETS)
      expect(peerPresetOf(setPeerToPeer(document, node, preset.peer(document, node)), node)?.id).toBe(preset.id);
  });
});
