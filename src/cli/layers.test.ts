/*
 * What `why`, `groups` and `find` print of machines with policies of their own.
 */
import { describe, expect, it } from 'vitest';
import { invariant } from '../base/invariant.ts';
import { ok } from '../base/result.ts';
import type { HostBridgeSpec } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { findPreset } from '../topology/presets/presets.ts';
import { serializeDocument } from '../topology/serializeDocument.ts';
import type { CommandIo } from './command.ts';
import { EXIT } from './command.ts';
import { runCommandLine } from './main.ts';

function run(document: TopologyDocument | undefined, ...words: readonly string[]): string {
  let output = '';
  const write = (text: string): void => {
    output += text;
  };
  const text = document === undefined ? '' : serializeDocument(document);
  const io: CommandIo = { write, note: write, fileExists: () => false, readText: () => ok(text) };
  expect(runCommandLine(words, io, '')).toBe(EXIT.ok);
  return output;
}

function preset(id: string, peerToPeer?: HostBridgeSpec['peerToPeer']): TopologyDocument {
  const found = findPreset(id);
  invariant(found !== undefined, () => id);
  const { document } = found;
  if (peerToPeer === undefined) return document;
  return { ...document, hostBridges: document.hostBridges.map((bridge) => ({ ...bridge, peerToPeer })) };
}

describe('why', () => {
  it('prints policy, isolation and physics, and where they disagree', () => {
    const document = preset('acs-redirect-allowed', { write: 'corrupt', read: 'corrupt' });
    const text = run(document, 'why', '-', 'nic0', 'iopmem0');
    expect(text).toContain('map type       THRU_HOST_BRIDGE');
    expect(text).toContain('IOMMU groups:');
    expect(text).toContain('are in different IOMMU groups');
    expect(text).toMatch(/In this hardware:\nwrite {2}arrivesCorrupt/);
    expect(text).toContain('error POLICY_YES_DATA_CORRUPT: The kernel says supported, the hardware corrupts.');
  });

  it('gives the same as JSON', () => {
    const document = preset('acs-redirect-allowed', { write: 'forward', read: 'unsupported' });
    const verdict = JSON.parse(run(document, 'why', '-', 'nic0', 'iopmem0', '--json'));
    expect(verdict).toMatchObject({
      mapType: 'THRU_HOST_BRIDGE',
      isolation: { active: true, sameGroup: false, clientGroup: ['nic0'], providerGroup: ['iopmem0'] },
      physics: { write: { outcome: 'arrives' }, read: { outcome: 'unsupportedRequest', at: 'pcie0' } },
      disagreements: [{ code: 'POLICY_YES_READ_FAILS', severity: 'error', between: ['policy', 'physics'] }],
    });
  });

  it('says nothing of disagreements where there are none', () => {
    expect(run(undefined, 'why', 'default', 'nic0', 'iopmem0')).not.toContain('disagree');
  });
});

describe('groups', () => {
  it('lists functions by group with their names', () => {
    const text = run(undefined, 'groups', 'acs-redirect');
    expect(text).toMatch(/IOMMU group 0:\n {2}0000:00:00\.0 /);
    expect(text).toMatch(/IOMMU group \d+:\n {2}0000:03:00\.0 iopmem0\nIOMMU group/);
    expect(run(undefined, 'groups', 'default')).toBe('No IOMMU is active, so there are no groups.\n');
  });

  it('G-6: says where they promise too much', () => {
    const document = preset('acs-redirect');
    const kernelParameters = ['pci=disable_acs_redir=0000:02:00.0;0000:02:01.0'];
    const text = run({ ...document, host: { ...document.host, kernelParameters } }, 'groups', '-');
    expect(text).toContain('G-6: The groups below switch 01:00.0');
  });
});

describe('find', () => {
  it('D-13: marks the nearest published memory', () => {
    const text = run(undefined, 'find', 'nested-switches', 'nvme0');
    expect(text).toMatch(/^> .*nvme0 +distance 0$/m);
    expect(JSON.parse(run(undefined, 'find', 'default', 'nvme0', '--json'))).toMatchObject({
      chosen: '0000:07:00.0',
      published: [{ distance: -1 }, { distance: -1 }, { distance: 0 }],
    });
  });

  it('D-13: two at the same distance are chosen between by the seed', () => {
    const chosen = [1, 2, 3, 4, 5, 6].map(
      (seed) => JSON.parse(run(undefined, 'find', 'default', 'nic0', '--seed', String(seed), '--json')).chosen,
    );
    expect(new Set(chosen)).toEqual(new Set(['0000:03:00.0', '0000:05:00.0']));
  });

  it('says so where nothing fits', () => {
    expect(run(undefined, 'find', 'default', 'nic0', 'nvme0')).toContain('would use system memory');
  });
});
