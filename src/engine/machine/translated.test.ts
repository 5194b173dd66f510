/*
 * Whole runs behind a translating IOMMU: engines are given I/O virtual addresses, which the root complex turns back, and
 * every byte arrives.
 */
import { describe, expect, it, vi } from 'vitest';
import { invariant } from '../../base/invariant.ts';
import { privateStorage } from '../../base/storage.ts';
import type { HostSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import { TLP_KIND } from '../../core/pcie/tlp.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { findPreset } from '../../topology/presets/presets.ts';
import { SimulatedMachine } from './simulatedMachine.ts';

vi.setConfig({ testTimeout: 60_000 });

const BYTES = 256 * 1024;
const FOUR_GIB = 2 ** 32;

function preset(id: string): TopologyDocument {
  const found = findPreset(id);
  invariant(found !== undefined, () => id);
  return found.document;
}

function withIommu(document: TopologyDocument, iommu: HostSpec['iommu'], ats?: NodeId): TopologyDocument {
  return {
    ...document,
    host: { ...document.host, iommu },
    functions: document.functions.map((fn) =>
      fn.id === ats ? { ...fn, capabilities: { ...fn.capabilities, ats: true, atsEnabled: true } } : fn,
    ),
  };
}

/** Runs one way. @returns the machine and the addresses of its memory requests on links towards the root. */
function run(document: TopologyDocument, way: 'p2p' | 'bounce' | 'copy') {
  const seen: { readonly segment: number; readonly address: number }[] = [];
  const transfer = { ...document.transfer, bytes: BYTES, force: true };
  const created = SimulatedMachine.create({
    document,
    transfer,
    way,
    seed: 3,
    storage: privateStorage,
    hops: {
      record: (_start, _end, segment, what, address) => {
        const kind = what & 0xff;
        const isPayload = (what & 0x30000) !== 0;
        if (isPayload && (kind === TLP_KIND.MWr || kind === TLP_KIND.MRd)) seen.push({ segment, address });
      },
    },
  });
  invariant(created.ok, () => JSON.stringify(created));
  const machine = created.value;
  machine.runUntil(Infinity, Infinity);
  const { report } = machine;
  expect(report).toMatchObject({ outcome: 'finished' });
  expect(report?.checks.filter(({ ok }) => !ok)).toEqual([]);
  const links = machine.description.links.length;
  const up = seen.filter(({ segment }) => segment % 2 === 1 && segment < links * 2);
  const finished_ps = machine.machineCounters[MACHINE_COUNTER.finished_ps] ?? NaN;
  return { machine, addresses: up.map(({ address }) => address), finished_ps };
}

describe('transfers behind a translating IOMMU', () => {
  it.each(['p2p', 'bounce', 'copy'] as const)('%s: every byte arrives, engines use I/O virtual addresses', (way) => {
    const document = withIommu(preset('default'), 'translate');
    const { machine, addresses } = run(document, way);
    expect(machine.iommuCounters?.misses).toBeGreaterThan(0);
    expect(machine.iommuCounters?.faults).toBe(0);
    expect(addresses.length).toBeGreaterThan(0);
    // Below 4 GiB, outside the windows of the host bridge: neither RAM behind 4 GiB nor a BAR looks like that.
    expect(addresses.every((address) => address < FOUR_GIB)).toBe(true);
  });

  it('a pair that goes direct uses the bus address, which no IOMMU sees (1.5)', () => {
    const off = preset('default');
    const { machine, addresses } = run({ ...withIommu(off, 'off') }, 'p2p');
    const bars = machine.description.functions.flatMap(({ bars: all }) => all.map(({ address }) => address ?? 0));
    expect(machine.iommuCounters).toBeUndefined();
    expect(addresses.every((address) => bars.some((bar) => address >= bar))).toBe(true);
  });

  it('in pass-through mode addresses are physical and runs are as without an IOMMU', () => {
    const document = preset('default');
    const pass = run(withIommu(document, 'passThrough'), 'bounce');
    const off = run(withIommu(document, 'off'), 'bounce');
    expect(pass.machine.iommuCounters).toMatchObject({ misses: 0, faults: 0 });
    expect(pass.finished_ps).toBe(off.finished_ps);
  });

  it('translating costs time, and more with pages that do not stay in the IOTLB', () => {
    const document = preset('default');
    const time = (iotlbEntries: number | undefined): number => {
      const spec = withIommu(document, iotlbEntries === undefined ? 'off' : 'translate');
      const host = iotlbEntries === undefined ? spec.host : { ...spec.host, iommuParameters: { iotlbEntries } };
      return run({ ...spec, host }, 'bounce').finished_ps;
    };
    const [off, large, tiny] = [time(undefined), time(1024), time(1)];
    expect(large).toBeGreaterThan(off);
    expect(tiny).toBeGreaterThan(large);
  });

  it('with large pages there are fewer misses', () => {
    const spec = withIommu(preset('default'), 'translate');
    const misses = (pageBytes: 4096 | 2_097_152): number => {
      const document = { ...spec, host: { ...spec.host, iommuParameters: { pageBytes } } };
      return run(document, 'bounce').machine.iommuCounters?.misses ?? NaN;
    };
    expect(misses(2_097_152)).toBeLessThanOrEqual(misses(4096));
  });

  it.each([61, 62, 62.7])(
    'memory that is all but full with %d MiB is refused or enough, tables included',
    (mebibytes) => {
      const base = withIommu(preset('default'), 'translate');
      const document = { ...base, host: { ...base.host, memory: { ...base.host.memory, sizeBytes: 64 * 2 ** 20 } } };
      const transfer = { ...document.transfer, to: 'host', bytes: Math.floor(mebibytes * 256) * 4096, force: true };
      const created = SimulatedMachine.create({ document, transfer, way: 'p2p', seed: 1, storage: privateStorage });
      invariant(created.ok, () => JSON.stringify(created));
      created.value.runUntil(50e6, Infinity);
      expect([undefined, 'refused']).toContain(created.value.report?.outcome);
      expect(created.value.iommuCounters?.faults).toBe(0);
    },
  );

  it('R-15: a client with ATS is given an I/O virtual address all the same, and translates it itself', () => {
    const document = preset('default');
    const client = document.transfer.from;
    const { machine } = run(withIommu(document, 'translate', client), 'p2p');
    expect(machine.iommuCounters?.translationRequests).toBeGreaterThan(0);
    const verdict = machine.verdict(document.transfer.to, client);
    expect(verdict).toMatchObject({ ok: true, value: { route: { addressForm: 'translated' } } });
    expect(verdict.ok && verdict.value.mapType).not.toBe('BUS_ADDR');
  });
});
