/*
 * The third layer against the simulation: whatever registers, IOMMU and root complex are like, a transfer arrives exactly
 * where physics says that it does.
 */
import { describe, expect, it, vi } from 'vitest';
import { at, invariant } from '../../base/invariant.ts';
import { Random } from '../../base/random.ts';
import { privateStorage } from '../../base/storage.ts';
import type { HostSpec, PeerPolicy } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { findPreset } from '../../topology/presets/presets.ts';
import { SimulatedMachine } from './simulatedMachine.ts';

vi.setConfig({ testTimeout: 120_000 });

const BYTES = 4096;
const CASES = 120;
/** Once found wrong. */
const KEPT: readonly number[] = [221];
const PROVIDER = 'iopmem0';
const CLIENT = 'nic0';
/** What hosts really have: nothing, Linux with an IOMMU, one bit or two, egress control. */
const CONTROLS = [0, 0, 0x1d, 0x1d, 0x04, 0x08, 0x0c, 0x20, 0x24, 0x44, 0x5d] as const;
const POLICIES: readonly PeerPolicy[] = ['forward', 'forward', 'forward', 'unsupported', 'drop', 'timeout', 'corrupt'];
const IOMMU: readonly HostSpec['iommu'][] = ['off', 'passThrough', 'translate', 'translate'];

function pick<T>(random: Random, values: readonly T[]): T {
  return at(values, random.below(values.length));
}

/** The default machine with everything that decides about peers chosen at random. */
function randomDocument(random: Random): TopologyDocument {
  const base = findPreset(pick(random, ['default', 'acs-redirect-allowed']))?.document;
  invariant(base !== undefined, () => 'no preset');
  const egressVector = random.below(16);
  const usesAts = random.below(3) === 0;
  const relaxed = random.below(3) === 0;
  return {
    ...base,
    host: { ...base.host, iommu: pick(random, IOMMU), kernelParameters: ['pci=config_acs=x@pci:0:0'] },
    hostBridges: base.hostBridges.map((bridge) => ({
      ...bridge,
      peerToPeer: { write: pick(random, POLICIES), read: pick(random, POLICIES) },
    })),
    functions: base.functions.map((fn) => {
      if (fn.kind === 'rootPort' || fn.kind === 'downstreamPort') {
        return { ...fn, acs: { capability: 0x7f, control: pick(random, CONTROLS), egressVector } };
      }
      if (fn.id !== CLIENT) return fn;
      return {
        ...fn,
        ...(usesAts ? { capabilities: { ...fn.capabilities, ats: true, atsEnabled: true } } : {}),
        ...(relaxed ? { ordering: { relaxed } } : {}),
      };
    }),
  };
}

describe('physics and what happens', () => {
  it.each([...Array.from({ length: CASES }, (_, seed) => seed), ...KEPT])(
    'agree on machine %i, both directions',
    (seed) => {
      const document = randomDocument(new Random(seed));
      for (const reads of [false, true]) {
        const [from, to] = reads ? [PROVIDER, CLIENT] : [CLIENT, PROVIDER];
        const transfer = { ...document.transfer, from, to, bytes: BYTES, force: true };
        const created = SimulatedMachine.create({ document, transfer, way: 'p2p', seed, storage: privateStorage });
        invariant(created.ok, () => JSON.stringify(created));
        const machine = created.value;
        expect(machine.description.plan.legs.map(({ engine }) => engine)).toEqual([CLIENT]);
        const verdict = machine.verdict(PROVIDER, CLIENT);
        invariant(verdict.ok, () => JSON.stringify(verdict));
        const { physics, mapType, route } = verdict.value;
        const answer = reads ? physics?.read : physics?.write;
        machine.runUntil(Infinity, Infinity);
        const where = `${mapType} ${route.addressForm} ${reads ? 'read' : 'write'}: ${answer?.outcome}, ${answer?.sentence}`;
        expect(`${where} → ${machine.report?.outcome}`).toBe(
          `${where} → ${answer?.outcome === 'arrives' ? 'finished' : 'failed'}`,
        );
        const faults = machine.iommuCounters?.faults ?? 0;
        if (answer?.outcome === 'iommuFault') expect(faults, where).toBeGreaterThan(0);
        if (answer?.outcome === 'arrives' && reads) expect(faults, where).toBe(0);
      }
    },
  );
});
