/*
 * Policy, isolation and physics of whole machines, where they disagree, and what then happens in a run.
 */
import { describe, expect, it, vi } from 'vitest';
import { invariant } from '../../base/invariant.ts';
import { privateStorage } from '../../base/storage.ts';
import type { HostBridgeSpec, HostSpec } from '../../core/pcie/machineSpec.ts';
import { TLP_KIND } from '../../core/pcie/tlp.ts';
import type { PeerVerdict } from '../../core/pcie/verdict.ts';
import type { HopRecorder } from '../../core/sim/hopRecorder.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { findPreset } from '../../topology/presets/presets.ts';
import { SimulatedMachine } from './simulatedMachine.ts';

vi.setConfig({ testTimeout: 60_000 });

const BYTES = 64 * 1024;
const PROVIDER = 'iopmem0';
const CLIENT = 'nic0';
/** Downstream ports above the provider and above the client. */
const PROVIDER_PORT = 'sw0-p0';
const CLIENT_PORT = 'sw0-p1';
const ACS_ID = 0x000d;
const ACS_CONTROL = 6;

function preset(id: string): TopologyDocument {
  const found = findPreset(id);
  invariant(found !== undefined, () => id);
  return found.document;
}

function withPolicy(document: TopologyDocument, peerToPeer: HostBridgeSpec['peerToPeer']): TopologyDocument {
  return {
    ...document,
    hostBridges: document.hostBridges.map((bridge) => ({
      ...bridge,
      ...(peerToPeer === undefined ? {} : { peerToPeer }),
    })),
  };
}

function withHost(document: TopologyDocument, change: Partial<HostSpec>): TopologyDocument {
  return { ...document, host: { ...document.host, ...change } };
}

/** ACS control of ports as firmware leaves it. */
function withAcs(document: TopologyDocument, controls: Readonly<Record<string, number>>): TopologyDocument {
  return {
    ...document,
    functions: document.functions.map((fn) => {
      const control = controls[fn.id];
      return control === undefined ? fn : { ...fn, acs: { capability: 0x5f, control } };
    }),
  };
}

function machineOf(document: TopologyDocument, way: 'p2p' | 'bounce' = 'p2p', hops?: HopRecorder): SimulatedMachine {
  const transfer = { ...document.transfer, bytes: BYTES, force: true };
  const created = SimulatedMachine.create({
    document,
    transfer,
    way,
    seed: 1,
    storage: privateStorage,
    ...(hops === undefined ? {} : { hops }),
  });
  invariant(created.ok, () => JSON.stringify(created));
  return created.value;
}

function verdictOf(machine: SimulatedMachine, provider = PROVIDER, client = CLIENT): PeerVerdict {
  const verdict = machine.verdict(provider, client);
  invariant(verdict.ok, () => JSON.stringify(verdict));
  return verdict.value;
}

const codes = ({ disagreements }: PeerVerdict): readonly string[] => (disagreements ?? []).map(({ code }) => code);

function outcomeOf(machine: SimulatedMachine): string | undefined {
  machine.runUntil(Infinity, Infinity);
  return machine.report?.outcome;
}

describe('where the layers disagree', () => {
  it('nowhere in the default machine', () => {
    const verdict = verdictOf(machineOf(preset('default')));
    expect(verdict.physics).toMatchObject({ write: { outcome: 'arrives' }, read: { outcome: 'arrives' } });
    expect(verdict.disagreements).toEqual([]);
  });

  it('the kernel says supported, the hardware corrupts', () => {
    const machine = machineOf(withPolicy(preset('acs-redirect-allowed'), { write: 'corrupt', read: 'corrupt' }));
    const verdict = verdictOf(machine);
    expect(verdict.mapType).toBe('THRU_HOST_BRIDGE');
    expect(verdict.physics?.write).toMatchObject({ outcome: 'arrivesCorrupt', at: 'pcie0' });
    expect(codes(verdict)).toContain('POLICY_YES_DATA_CORRUPT');
    expect(verdict.disagreements?.[0]?.sentence).toContain('the hardware corrupts');
    expect(outcomeOf(machine)).toBe('failed');
  });

  it('the kernel says supported, writes vanish in the root complex', () => {
    const machine = machineOf(withPolicy(preset('acs-redirect-allowed'), { write: 'drop', read: 'forward' }));
    expect(codes(verdictOf(machine))).toContain('POLICY_YES_DROPPED');
    expect(outcomeOf(machine)).toBe('failed');
  });

  it('writes arrive, reads do not: a client platform', () => {
    const document = withPolicy(preset('acs-redirect-allowed'), { write: 'forward', read: 'timeout' });
    const verdict = verdictOf(machineOf(document));
    expect(codes(verdict)).toContain('POLICY_YES_READ_FAILS');
    expect(verdict.physics?.read.outcome).toBe('timeout');
    const reading = machineOf({ ...document, transfer: { ...document.transfer, from: PROVIDER, to: CLIENT } });
    expect(outcomeOf(reading)).toBe('failed');
  });

  it('the kernel refuses what the hardware would do', () => {
    const machine = machineOf(preset('acs-redirect'));
    const verdict = verdictOf(machine);
    expect(verdict.mapType).toBe('NOT_SUPPORTED');
    expect(codes(verdict)).toContain('POLICY_NO_HARDWARE_WOULD');
    expect(outcomeOf(machine)).toBe('finished');
  });

  it('W09: says through the host bridge, the switch short-cuts writes; the data of reads goes up', () => {
    const document = withAcs(withHost(preset('acs-redirect-allowed'), { iommu: 'off' }), {
      [PROVIDER_PORT]: 0x0c,
      [CLIENT_PORT]: 0,
      rp0: 0,
    });
    const verdict = verdictOf(machineOf(document));
    expect(verdict.mapType).toBe('THRU_HOST_BRIDGE');
    expect(codes(verdict)).toEqual(['POLICY_HOST_BRIDGE_SWITCH_SHORTCUTS', 'WRITE_READ_PATHS_DIFFER']);
    expect(verdict.disagreements?.[0]?.sentence).toContain('short-cuts writes');
  });

  it('W10: the other way round', () => {
    const document = withAcs(withHost(preset('acs-redirect-allowed'), { iommu: 'off' }), {
      [PROVIDER_PORT]: 0,
      [CLIENT_PORT]: 0x0c,
      rp0: 0,
    });
    const verdict = verdictOf(machineOf(document));
    expect(codes(verdict)).toEqual(['POLICY_HOST_BRIDGE_SWITCH_SHORTCUTS', 'WRITE_READ_PATHS_DIFFER']);
    expect(verdict.disagreements?.[0]?.sentence).toContain('the data of reads');
  });

  it('G-6: groups that promise isolation although the switch passes peers straight across', () => {
    const document = withHost(preset('default'), {
      iommu: 'translate',
      kernelParameters: ['pci=disable_acs_redir=0000:02:00.0;0000:02:01.0'],
    });
    const machine = machineOf(withAcs(document, { [PROVIDER_PORT]: 0, [CLIENT_PORT]: 0, rp0: 0 }));
    const verdict = verdictOf(machine);
    expect(verdict.mapType).toBe('BUS_ADDR');
    expect(verdict.isolation).toMatchObject({ active: true, sameGroup: false });
    expect(verdict.isolation?.inaccuracies).toMatchObject([{ rule: 'G-6' }]);
    expect(codes(verdict)).toContain('GROUP_INACCURATE');
    expect(machine.description.groups).toContainEqual([PROVIDER_PORT, PROVIDER]);
  });

  it('R-12: without Memory Space Enable of the target nothing arrives, without Bus Master Enable nothing is sent', () => {
    const machine = machineOf(preset('default'));
    machine.inject({ kind: 'memoryDisable', node: PROVIDER });
    expect(verdictOf(machine).physics).toMatchObject({
      write: { outcome: 'dropped', at: PROVIDER },
      read: { outcome: 'unsupportedRequest', at: PROVIDER },
    });
    const silent = machineOf(preset('default'));
    silent.writeConfig(CLIENT, 4, 2, 0x0002);
    expect(verdictOf(silent).physics).toMatchObject({ write: { outcome: 'dropped', at: CLIENT } });
  });
});

describe('egress control', () => {
  it('D-5, R-14: the kernel refuses both pairs, the port stops only the peer of its vector', () => {
    const kept = machineOf(preset('acs-egress-control'));
    const { sentence, mapType, physics } = verdictOf(kept);
    expect(mapType).toBe('NOT_SUPPORTED');
    expect(sentence).toContain('ends as an ACS violation');
    expect(physics).toMatchObject({
      write: { outcome: 'dropped', at: CLIENT_PORT },
      read: { outcome: 'completerAbort', at: CLIENT_PORT },
    });
    expect(outcomeOf(kept)).not.toBe('finished');
  });
});

describe('mappings that are lost', () => {
  it('R-6: the kernel still says yes, the IOMMU refuses', () => {
    const machine = machineOf(preset('acs-redirect-allowed'));
    expect(verdictOf(machine).physics?.write.outcome).toBe('arrives');
    expect(machine.inject({ kind: 'unmapIommu', node: CLIENT })).toBeUndefined();
    const verdict = verdictOf(machine);
    expect(verdict.physics).toMatchObject({
      write: { outcome: 'iommuFault', at: 'pcie0' },
      read: { outcome: 'iommuFault' },
    });
    expect(codes(verdict)).toContain('POLICY_YES_IOMMU_FAULT');
  });
});

/** Offset of the ACS Control register of a port, from its extended capabilities. */
function acsControlAt(machine: SimulatedMachine, node: string): number {
  const config = machine.readConfig(node);
  invariant(config !== undefined, () => node);
  const view = new DataView(config.buffer, config.byteOffset);
  for (let offset = 0x100; offset !== 0; offset = view.getUint32(offset, true) >>> 20) {
    if ((view.getUint32(offset, true) & 0xffff) === ACS_ID) return offset + ACS_CONTROL;
  }
  return NaN;
}

describe('registers that change while the machine runs', () => {
  /** Redirect off at boot although the IOMMU is on: the pair goes direct. */
  const direct = (iommu: HostSpec['iommu'], acs: Readonly<Record<string, number>>): TopologyDocument =>
    withAcs(withHost(preset('acs-redirect-allowed'), { iommu, kernelParameters: ['pci=config_acs=x@pci:0:0'] }), acs);

  it('W27, D-10: a verdict is asked anew, mappings keep the old one; with a translating IOMMU its bus address faults', () => {
    const machine = machineOf(direct('translate', { [PROVIDER_PORT]: 0, [CLIENT_PORT]: 0, rp0: 0x1d }));
    const before = verdictOf(machine);
    expect(before.mapType).toBe('BUS_ADDR');
    expect(codes(before)).not.toContain('STALE_VERDICT');
    machine.writeConfig(CLIENT_PORT, acsControlAt(machine, CLIENT_PORT), 2, 0x0c);
    const after = verdictOf(machine);
    expect(after).toMatchObject({ mapType: 'THRU_HOST_BRIDGE', staleMapType: 'BUS_ADDR' });
    expect(after.physics?.write.outcome).toBe('iommuFault');
    expect(codes(after)).toContain('STALE_VERDICT');
    // Groups stay as they were formed.
    expect(after.isolation?.providerGroup).toEqual(before.isolation?.providerGroup);
    expect(outcomeOf(machine)).toBe('failed');
    expect(machine.iommuCounters?.faults).toBeGreaterThan(0);
  });

  it('W27: without an IOMMU the bus address comes down again, since it is the physical one, too', () => {
    const machine = machineOf(direct('off', { [PROVIDER_PORT]: 0, [CLIENT_PORT]: 0, rp0: 0 }));
    machine.writeConfig(CLIENT_PORT, acsControlAt(machine, CLIENT_PORT), 2, 0x0c);
    const after = verdictOf(machine);
    expect(after).toMatchObject({ staleMapType: 'BUS_ADDR', route: { routeClass: 'rootComplex' } });
    expect(after.physics?.write.outcome).toBe('arrives');
    expect(outcomeOf(machine)).toBe('finished');
  });
});

/** Lengths and addresses of the job's reads as they cross the first link. */
function readsOf(document: TopologyDocument): readonly { readonly address: number; readonly lengthBytes: number }[] {
  const seen = new Map<number, { readonly address: number; readonly lengthBytes: number }>();
  const hops: HopRecorder = {
    record: (_start, _end, _segment, what, address, lengthBytes, _transaction, serial) => {
      if ((what & 0xff) === TLP_KIND.MRd && (what & 0x30000) !== 0 && !seen.has(serial))
        seen.set(serial, { address, lengthBytes });
    },
  };
  const machine = machineOf(
    { ...document, transfer: { ...document.transfer, from: PROVIDER, to: CLIENT } },
    'p2p',
    hops,
  );
  expect(outcomeOf(machine)).toBe('finished');
  // The last one is the flush of a write, if there is one.
  return [...seen.values()].filter(({ lengthBytes }) => lengthBytes > 4);
}

describe('read requests of a job', () => {
  it('T-2, T-4: none crosses 4 KiB, none asks for more than Max_Read_Request_Size', () => {
    const reads = readsOf(preset('default'));
    expect(reads.length).toBe(BYTES / 512);
    for (const { address, lengthBytes } of reads) {
      expect(lengthBytes).toBeLessThanOrEqual(512);
      expect((address % 4096) + lengthBytes).toBeLessThanOrEqual(4096);
    }
  });

  it('P-3: the performance policy clamps reads to the payload size, so 4 KiB take 16 requests', () => {
    const document = withHost(preset('default'), { kernelParameters: ['pci=pcie_bus_perf'] });
    const functions = document.functions.map(({ mpsBytes: _mps, mrrsBytes: _mrrs, ...fn }) => ({
      ...fn,
      mpsSupportedBytes: 256,
    }));
    const reads = readsOf({ ...document, functions });
    expect(reads.every(({ lengthBytes }) => lengthBytes === 256)).toBe(true);
    expect(reads.length / (BYTES / 4096)).toBe(16);
  });

  it('D-21: through the host bridge without an IOMMU the client is given the physical address, and bytes arrive', () => {
    const document = withAcs(withHost(preset('acs-redirect-allowed'), { iommu: 'off' }), {
      [PROVIDER_PORT]: 0x0c,
      [CLIENT_PORT]: 0x0c,
      rp0: 0,
    });
    const machine = machineOf(document);
    expect(verdictOf(machine)).toMatchObject({ mapType: 'THRU_HOST_BRIDGE', route: { addressForm: 'physical' } });
    expect(outcomeOf(machine)).toBe('finished');
    expect(machine.report?.checks.every(({ ok }) => ok)).toBe(true);
  });
});
