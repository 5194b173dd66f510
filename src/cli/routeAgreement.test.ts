/*
 * Two views must agree: the route predicted from what the host has read, and the links that the job's payload
 * really crossed in the simulated hardware.
 */
import { describe, expect, it, vi } from 'vitest';
import { at, invariant } from '../base/invariant.ts';
import { privateStorage } from '../base/storage.ts';
import { LINK_COUNTER, LINK_COUNTER_COUNT, UPSTREAM } from '../core/pcie/counters.ts';
import { FLOW } from '../core/pcie/tlp.ts';
import type { RouteHop } from '../core/pcie/verdict.ts';
import { SimulatedMachine } from '../engine/machine/simulatedMachine.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { findPreset, presets } from '../topology/presets/presets.ts';

vi.setConfig({ testTimeout: 60_000 });

const BYTES = 8192;

/** `rp0 up`: links that carried payload of the job, by the port above them. */
function crossedLinks(machine: SimulatedMachine): readonly string[] {
  return machine.description.links
    .flatMap(({ index, upper }) =>
      [0, 1].map((direction) => {
        const base = (index * 2 + direction) * LINK_COUNTER_COUNT;
        const payload = at(machine.linkCounters, base + LINK_COUNTER.payload + FLOW.p2p);
        return payload > 0 ? `${upper} ${direction === UPSTREAM ? 'up' : 'down'}` : '';
      }),
    )
    .filter((text) => text !== '')
    .toSorted();
}

function predictedLinks(hops: readonly RouteHop[]): readonly string[] {
  const links = hops
    .filter(({ direction }) => direction !== 'inside')
    .map(({ node, direction }) => `${node} ${direction}`);
  return [...new Set(links)].toSorted();
}

/** Runs the document's transfer peer-to-peer, whatever the kernel says of it. @returns undefined if no engine can. */
function run({
  flows: _flows,
  faults: _faults,
  ...document
}: TopologyDocument): { readonly crossed: readonly string[]; readonly predicted: readonly string[] } | undefined {
  const transfer = { ...document.transfer, bytes: BYTES, force: true };
  const created = SimulatedMachine.create({ document, transfer, way: 'p2p', seed: 1, storage: privateStorage });
  invariant(created.ok, () => JSON.stringify(created));
  const machine = created.value;
  const [leg] = machine.description.plan.legs;
  if (machine.description.plan.refused !== undefined || leg === undefined || machine.description.plan.legs.length > 1)
    return undefined;
  const { from, to, engine } = leg;
  const reads = engine === to;
  const verdict = machine.verdict(reads ? from : to, engine);
  invariant(verdict.ok, () => JSON.stringify(verdict));
  machine.runUntil(Infinity, Infinity);
  const { route, physics } = verdict.value;
  // What the third layer says of this hardware comes true.
  const arrives = (reads ? physics?.read : physics?.write)?.outcome === 'arrives';
  expect(machine.report).toMatchObject({ outcome: arrives ? 'finished' : 'failed' });
  if (arrives) expect(machine.report?.checks.filter(({ ok }) => !ok)).toEqual([]);
  return { crossed: crossedLinks(machine), predicted: predictedLinks(reads ? route.readData : route.write) };
}

/** The document with other ACS control values on its downstream ports. */
function withAcs(document: TopologyDocument, controls: Readonly<Record<string, number>>): TopologyDocument {
  return {
    ...document,
    functions: document.functions.map((fn) => {
      const control = controls[fn.id];
      return control === undefined ? fn : { ...fn, acs: { capability: 0x7f, control } };
    }),
  };
}

const base = findPreset('default')?.document;
const nested = findPreset('nested-switches')?.document;

describe('predicted route and crossed links', () => {
  const ran: string[] = [];

  it.each(presets.map(({ id, document }) => [id, document] as const))('agree on the preset %s', (id, document) => {
    const result = run(document);
    if (result === undefined) return;
    ran.push(id);
    expect(result.crossed).toEqual(result.predicted);
  });

  it('were compared on most presets', () => {
    expect(ran.length).toBeGreaterThanOrEqual(8);
  });

  const controls = [0, 0x04, 0x08, 0x0c, 0x1d, 0x24, 0x2c];
  const sided = controls.flatMap((ofProvider) => controls.map((ofClient) => [ofProvider, ofClient] as const));

  it.each(sided)('agree on writes with ACS %i at the memory and %i at the NIC', (atMemory, atNic) => {
    invariant(base !== undefined, () => 'no default preset');
    const result = run(withAcs(base, { 'sw0-p0': atMemory, 'sw0-p1': atNic }));
    expect(result?.crossed).toEqual(result?.predicted);
    expect(result?.crossed).toContain('sw0-p1 up');
  });

  it.each(sided)('agree on reads with ACS %i at the memory and %i at the NIC', (atMemory, atNic) => {
    invariant(base !== undefined, () => 'no default preset');
    const reading = { ...base, transfer: { ...base.transfer, from: 'iopmem0', to: 'nic0' } };
    const result = run(withAcs(reading, { 'sw0-p0': atMemory, 'sw0-p1': atNic }));
    expect(result?.crossed).toEqual(result?.predicted);
    expect(result?.crossed).toContain('sw0-p0 up');
  });

  it('agree with a translating IOMMU and without', () => {
    invariant(nested !== undefined, () => 'no nested preset');
    for (const iommu of ['off', 'passThrough', 'translate'] as const) {
      const result = run({ ...nested, host: { ...nested.host, iommu } });
      expect(result).toBeDefined();
      expect(result?.crossed).toEqual(result?.predicted);
    }
  });
});
