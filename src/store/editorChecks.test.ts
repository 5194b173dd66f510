import { describe, expect, it } from 'vitest';
import { at } from '../base/invariant.ts';
import { privateStorage } from '../base/storage.ts';
import { SimulatedMachine } from '../engine/machine/simulatedMachine.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import { addPart } from '../topology/edit/commands.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { findPreset } from '../topology/presets/presets.ts';
import { editorChecks } from './editorChecks.ts';
import { changeFunction } from './edits.ts';

function presetDocument(id: string): TopologyDocument {
  const found = findPreset(id);
  if (found === undefined) throw new Error(`no preset ${id}`);
  return found.document;
}

function described(document: TopologyDocument): MachineDescription {
  const made = SimulatedMachine.create({
    document,
    transfer: document.transfer,
    way: 'p2p',
    seed: 1,
    storage: privateStorage,
  });
  if (!made.ok) throw new Error(made.error.map(({ message }) => message).join('\n'));
  return made.value.description;
}

const codes = (document: TopologyDocument, machine?: MachineDescription) =>
  editorChecks(document, machine).map(({ code, node }) => `${code} ${node ?? ''}`.trim());

describe('checks with a machine', () => {
  it('say of the default machine only that a port is empty and the uplink is shared', () => {
    const document = presetDocument('default');
    expect(codes(document, described(document))).toEqual(['UPLINK_OVERSUBSCRIBED sw0', 'EMPTY_PORT sw0-p3']);
  });

  it('name functions by their BDF', () => {
    const document = presetDocument('default');
    const [first] = editorChecks(document, described(document));
    expect(first?.message).toContain('sw0 (01:00.0)');
  });

  it('name the BAR that got no address, and shrink it until it does', () => {
    const many = Array.from({ length: 6 }).reduce<TopologyDocument>((document) => {
      const port = addPart(document, { part: 'rootPort' }, { kind: 'rootBus', node: 'pcie0' });
      if (!port.ok) throw new Error(port.error.message);
      const root = at(port.value.selection, 0);
      const card = addPart(port.value.document, { part: 'gpu' }, { kind: 'port', node: root });
      if (!card.ok) throw new Error(card.error.message);
      return changeFunction(card.value.document, at(card.value.selection, 0), (fn) => ({
        ...fn,
        bars: fn.bars.map((bar) => (bar.index === 0 ? { ...bar, sizeBytes: 2 ** 28 } : bar)),
      }));
    }, presetDocument('default'));
    let document = many;
    const before = editorChecks(document, described(document)).filter(({ code }) => code === 'BAR_DOES_NOT_FIT');
    expect(before.length).toBeGreaterThan(0);
    for (let step = 0; step < 12; step++) {
      const found = editorChecks(document, described(document)).find(({ code }) => code === 'BAR_DOES_NOT_FIT');
      if (found === undefined) break;
      expect(found.message).toMatch(/BAR 0 of gpu\d/);
      const fixed = at(found.fixes, 0).apply(document);
      if (!fixed.ok) throw new Error(fixed.error.message);
      document = fixed.value.document;
    }
    expect(codes(document, described(document)).join()).not.toContain('BAR_DOES_NOT_FIT');
  });

  it('find the redirect that Linux sets where the IOMMU is on, and a fix that ends it', () => {
    const document = presetDocument('acs-redirect');
    const found = editorChecks(document, described(document)).find(({ code }) => code === 'PEER_REDIRECTED');
    expect(found?.message).toMatch(/^ACS on 02:0\d\.0.* sends packets between .*through the host\.$/);
    for (const fix of found?.fixes ?? []) {
      const fixed = fix.apply(document);
      if (!fixed.ok) throw new Error(fixed.error.message);
      expect(codes(fixed.value.document, described(fixed.value.document)).join()).not.toContain('PEER_REDIRECTED');
    }
    expect(found?.fixes.length).toBeGreaterThan(0);
  });

  it('refuse a fix that was made of an older document', () => {
    const document = presetDocument('acs-redirect');
    const found = editorChecks(document, described(document)).find(({ code }) => code === 'PEER_REDIRECTED');
    const result = at(found?.fixes ?? [], 0).apply({ ...document, name: 'Another' });
    expect(result.ok).toBe(false);
  });

  it('are those of the document alone while the machine is not built yet', () => {
    expect(codes(presetDocument('acs-redirect'))).not.toContain('PEER_REDIRECTED');
  });
});
