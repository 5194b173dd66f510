import { describe, expect, it } from 'vitest';
import { cpuRulePasses, HOST_BRIDGE_WHITELIST, lookUpHostBridge, whitelistAnswer } from './hostBridgeBelief.ts';
import { endpoint, hostFunction, integrated, machine, rootPort } from './machines.testing.ts';
import type { TestNode } from './machines.testing.ts';
import { viewOfSpec } from './specView.testing.ts';

describe('the CPU test (D-15, D-16)', () => {
  it.each([
    ['amd', 0x17, true],
    ['amd', 0x19, true],
    ['amd', 0x1a, true],
    ['amd', 0x16, false],
    ['amd', 0x0f, false],
    ['hygon', 0x18, false],
    ['intel', 0x17, false],
    ['other', 0x17, false],
  ] as const)('%s family %i', (vendor, family, passes) => {
    expect(cpuRulePasses({ vendor, family })).toBe(passes);
  });
});

const oneHost = (...tree: readonly TestNode[]) => viewOfSpec(machine([{ id: 'h0', rootBus: 0, tree }]));
const skylakePort = (device: number): TestNode =>
  rootPort(`rp${device}`, device, [endpoint(`e${device}`)], { identity: [0x8086, 0x2030] });

describe('the whitelist', () => {
  it('has each vendor and device once', () => {
    const keys = HOST_BRIDGE_WHITELIST.map((row) => `${row.vendorId}:${row.deviceId}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(11);
  });

  it('D-17: takes the function at 00.0 as representative', () => {
    const lookup = lookUpHostBridge(oneHost(hostFunction('hb', 0x8086, 0x09a2), skylakePort(1)), 0);
    expect(lookup.entry?.deviceId).toBe(0x09a2);
  });

  it('takes a root port that is the first device, wherever it is', () => {
    expect(lookUpHostBridge(oneHost(skylakePort(2), skylakePort(3)), 0).entry?.deviceId).toBe(0x2030);
  });

  it('D-17: takes no other first device', () => {
    const view = oneHost(integrated('x', 1, { identity: [0x8086, 0x2020] }), skylakePort(2));
    expect(lookUpHostBridge(view, 0)).toEqual({ hostBridge: 0, representative: undefined, entry: undefined });
  });

  it('D-18: matches any device of a vendor that is listed as a whole', () => {
    expect(lookUpHostBridge(oneHost(hostFunction('hb', 0x1ae0, 0x1234)), 0).entry?.platform).toBe('Google SoC');
  });

  const two = (first: number, second: number) =>
    viewOfSpec(
      machine([
        { id: 'h0', rootBus: 0, tree: [hostFunction('a', 0x8086, first)] },
        { id: 'h1', rootBus: 0x80, tree: [hostFunction('b', 0x8086, second)] },
      ]),
    );

  it('D-19: needs both of two host bridges', () => {
    expect(whitelistAnswer(two(0x2020, 0x09a2), 0, 1).passes).toBe(true);
    expect(whitelistAnswer(two(0x2020, 0x29c0), 0, 1).passes).toBe(false);
    expect(whitelistAnswer(two(0x2020, 0x29c0), 0, 0).passes).toBe(true);
  });

  it('D-19: does not let an entry for one host bridge span two', () => {
    expect(whitelistAnswer(two(0x2f00, 0x2f00), 0, 1).passes).toBe(false);
    expect(whitelistAnswer(two(0x2f00, 0x2020), 0, 1).passes).toBe(false);
    expect(whitelistAnswer(two(0x2f00, 0x2f00), 1, 1).passes).toBe(true);
  });
});
