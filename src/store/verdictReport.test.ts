import { describe, expect, it } from 'vitest';
import type { PeerVerdict } from '../core/pcie/verdict.ts';
import { verdictReport } from './verdictReport.ts';

const VERDICT: PeerVerdict = {
  provider: 'mem',
  client: 'nic',
  providerBdf: '0000:03:00.0',
  clientBdf: '0000:04:00.0',
  mapType: 'THRU_HOST_BRIDGE',
  chainDistance: 4,
  returned: 4,
  providerChain: [],
  clientChain: [],
  redirectors: [],
  hostBridges: [],
  cpuRulePasses: true,
  label: 'PIX',
  steps: [
    { rule: 'D-5', where: '02:01.0', evidence: 'ACS control 0x001d', outcome: 'redirects requests', deciding: true },
  ],
  route: {
    routeClass: 'belowSwitch',
    write: [{ node: 'p1', direction: 'up', text: '02:01.0↑' }],
    readData: [],
    readDataEnd: { node: 'rc', status: 'unsupportedRequest', reason: 'peer reads are refused' },
  },
  sentence: 'Linux sends it up.',
  kernelParameter: 'pci=disable_acs_redir=0000:02:01.0',
  isolation: {
    active: true,
    providerGroup: ['mem'],
    clientGroup: ['nic'],
    sameGroup: false,
    inaccuracies: [{ rule: 'G-6', sentence: 'Only the root port has ACS.' }],
    sentence: 'They are in different groups.',
  },
  physics: {
    write: { outcome: 'arrives', at: undefined, sentence: 'Writes arrive.' },
    read: { outcome: 'timeout', at: 'rc', sentence: 'Nobody answers.' },
  },
  disagreements: [
    { code: 'POLICY_YES_READ_FAILS', between: ['policy', 'physics'], severity: 'error', sentence: 'Reads fail.' },
  ],
  staleMapType: 'BUS_ADDR',
};

describe('a verdict as text', () => {
  it('says all three layers, where they disagree, and why', () => {
    const text = verdictReport(VERDICT, (node) => node.toUpperCase());
    expect(text.split('\n')[0]).toBe('NIC (04:00.0) to MEM (03:00.0): Through the host bridge');
    for (const part of [
      'Policy: THRU_HOST_BRIDGE',
      'still used: BUS_ADDR',
      'Isolation: They are in different groups.',
      'G-6',
      'write arrives',
      'read times out: Nobody answers.',
      '[error] POLICY_YES_READ_FAILS: Reads fail.',
      'PIX: at most one switch between them; it ignores ACS',
      'refused at rc: peer reads are refused',
      '> D-5',
      'pci=disable_acs_redir=0000:02:01.0',
    ])
      expect(text).toContain(part);
  });

  it('leaves out what was not asked', () => {
    const { isolation, physics, disagreements, staleMapType, kernelParameter, ...rest } = VERDICT;
    expect([isolation, physics, disagreements, staleMapType, kernelParameter]).not.toContain(undefined);
    const text = verdictReport(rest, (node) => node);
    expect(text).not.toMatch(/Isolation|Physics|disagree|earlier query|boot with/);
  });
});
