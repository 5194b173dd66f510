import { describe, expect, it } from 'vitest';
import { invariant } from '../../../base/invariant.ts';
import type { MachineSpec } from '../../pcie/machineSpec.ts';
import type { PeerVerdict } from '../../pcie/verdict.ts';
import { conventional, endpoint, hostFunction, machine, pciBridge, pcieSwitch, rootPort } from './machines.testing.ts';
import type { TestNode } from './machines.testing.ts';
import { indexOfId, nameView } from './names.ts';
import { viewOfSpec } from './specView.testing.ts';
import { peerVerdict } from './verdict.ts';

function verdictOf(spec: MachineSpec, provider: string, client: string): PeerVerdict {
  const view = viewOfSpec(spec);
  const names = nameView(view, spec);
  const index = (id: string): number => {
    const found = indexOfId(names, id);
    invariant(found !== undefined, () => `no function ${id}`);
    return found;
  };
  return peerVerdict(view, { provider: index(provider), client: index(client) }, names);
}

const UNLISTED = hostFunction('hb', 0x8086, 0x29c0);
const SKYLAKE = hostFunction('hb', 0x8086, 0x2020);

const switched = (
  host: TestNode,
  controls: readonly [d0: number, d1: number],
  options: Parameters<typeof machine>[1] = {},
): MachineSpec =>
  machine(
    [
      {
        id: 'h0',
        rootBus: 0,
        tree: [
          host,
          rootPort('rp0', 1, [
            pcieSwitch('sw', [
              ['d0', [endpoint('p')], controls[0]],
              ['d1', [endpoint('c')], controls[1]],
            ]),
          ]),
        ],
      },
    ],
    options,
  );

const pathText = (hops: PeerVerdict['route']['write']): string => hops.map((hop) => hop.text).join(' ');

describe('the verdict of a direct pair', () => {
  const verdict = verdictOf(switched(UNLISTED, [0, 0]), 'p', 'c');

  it('D-22: has distance, chains and common bridge', () => {
    expect(verdict).toMatchObject({
      mapType: 'BUS_ADDR',
      chainDistance: 4,
      returned: 4,
      commonBridge: 'sw',
      providerChain: ['p', 'd0', 'sw', 'rp0'],
      clientChain: ['c', 'd1', 'sw', 'rp0'],
      providerBdf: '0000:03:00.0',
      clientBdf: '0000:04:00.0',
      label: 'PIX',
    });
    expect(verdict.kernelParameter).toBeUndefined();
  });

  it('looks at every function up to the common bridge, and the result decides', () => {
    const looked = verdict.steps.filter((step) => step.rule === 'D-5').map((step) => [step.node, step.evidence]);
    expect(looked).toEqual([
      ['p', 'no ACS'],
      ['d0', 'ACS control 0x0000'],
      ['sw', 'no ACS'],
      ['c', 'no ACS'],
      ['d1', 'ACS control 0x0000'],
    ]);
    expect(verdict.steps.filter((step) => step.deciding).map((step) => step.rule)).toEqual(['D-6']);
  });

  it('goes straight across the switch, by the ACS control of the port it enters', () => {
    expect(pathText(verdict.route.write)).toBe('02:01.0↑ X(01:00.0) 02:00.0↓');
    expect(verdict.route).toMatchObject({
      routeClass: 'belowSwitch',
      readDataRouteClass: 'belowSwitch',
      addressForm: 'bus',
    });
    expect(verdict.route.deciding).toMatchObject({ node: 'd1', register: 'ACS Control' });
  });

  it('says so in a sentence', () => {
    expect(verdict.sentence).toBe(
      'c (04:00.0) reaches p (03:00.0) directly with its bus address: both are below sw (01:00.0) and no port between them redirects.',
    );
  });
});

describe('the verdict of a redirected pair', () => {
  it('is refused on an unlisted host, names the ports and the kernel parameter', () => {
    const verdict = verdictOf(switched(UNLISTED, [0x1d, 0x1d]), 'p', 'c');
    expect(verdict).toMatchObject({ mapType: 'NOT_SUPPORTED', returned: -1, chainDistance: 4 });
    expect(verdict.redirectors.map(({ node, bdf, acsControl }) => [node, bdf, acsControl])).toEqual([
      ['d0', '0000:02:00.0', 0x1d],
      ['d1', '0000:02:01.0', 0x1d],
    ]);
    expect(verdict.kernelParameter).toBe('pci=disable_acs_redir=0000:02:00.0;0000:02:01.0');
    expect(verdict.steps.filter((step) => step.deciding).map((step) => step.node)).toEqual(['d0']);
    expect(verdict.hostBridges).toEqual([
      { hostBridge: 'h0', representative: '0000:00:00.0 8086:29c0', whitelisted: false, sameOnly: false },
    ]);
    expect(verdict.sentence).toContain('host bridge 8086:29c0 is not on its whitelist');
  });

  it('the register that sends the write up is the client port’s', () => {
    const { route } = verdictOf(switched(SKYLAKE, [0x1d, 0x1d]), 'p', 'c');
    expect(pathText(route.write)).toBe('02:01.0↑ X(01:00.0) 00:01.0↑ RC(h0) 00:01.0↓ X(01:00.0) 02:00.0↓');
    expect(route.deciding).toMatchObject({ node: 'd1', register: 'ACS Control' });
    expect(route.deciding?.reason).toContain('P2P Request Redirect is set');
  });

  it('one-sided ACS: the kernel calls both directions the same, hardware does not', () => {
    const verdict = verdictOf(switched(SKYLAKE, [0x0c, 0]), 'p', 'c');
    expect(verdict.mapType).toBe('THRU_HOST_BRIDGE');
    expect(verdict.route).toMatchObject({ routeClass: 'belowSwitch', readDataRouteClass: 'rootComplex' });
    expect(verdict.sentence).toContain('writes stay below the root complex');
  });

  it('an IOVA goes to the root complex although no port redirects requests', () => {
    const verdict = verdictOf(switched(SKYLAKE, [0x08, 0], { iommu: 'translate' }), 'p', 'c');
    expect(verdict.route).toMatchObject({ addressForm: 'iova', routeClass: 'rootComplex' });
    expect(verdict.route.deciding).toMatchObject({ node: 'h0', register: 'IOMMU page tables' });
  });
});

describe('other places', () => {
  const spec = machine([
    {
      id: 'h0',
      rootBus: 0,
      numaNode: 0,
      tree: [
        UNLISTED,
        rootPort('rp0', 1, [
          pcieSwitch('u0', [
            ['d0', [pcieSwitch('u1', [['d2', [endpoint('deep')]]])]],
            ['d1', [endpoint('near'), endpoint('near1', { fn: 1 })]],
          ]),
        ]),
        rootPort('rp1', 2, [pciBridge('pb', [conventional('x', 1), conventional('y', 2)])]),
      ],
    },
    { id: 'h1', rootBus: 0x40, numaNode: 0, tree: [rootPort('rp2', 0, [endpoint('sameNode')])] },
    { id: 'h2', rootBus: 0x80, numaNode: 1, tree: [rootPort('rp3', 0, [endpoint('otherNode')])] },
  ]);

  it.each([
    ['near', 'near1', 'same device'],
    ['near', 'deep', 'PXB'],
    ['x', 'y', 'PIX'],
    ['near', 'x', 'PHB'],
    ['near', 'sameNode', 'NODE'],
    ['near', 'otherNode', 'SYS'],
  ])('%s and %s: %s', (provider, client, label) => {
    expect(verdictOf(spec, provider, client).label).toBe(label);
  });

  it('functions on a conventional bus reach each other on it', () => {
    const { route } = verdictOf(spec, 'x', 'y');
    expect(pathText(route.write)).toBe('bus(07:00.0)');
    expect(route.routeClass).toBe('belowSwitch');
  });

  it('from a conventional bus upwards every bridge is one hop', () => {
    expect(pathText(verdictOf(spec, 'near', 'x').route.write)).toBe(
      '07:00.0↑ 00:02.0↑ RC(h0) 00:01.0↓ X(01:00.0) 02:01.0↓',
    );
  });

  it('between host bridges both root complexes are on the way', () => {
    const { route } = verdictOf(spec, 'near', 'otherNode');
    expect(route.routeClass).toBe('betweenRootComplexes');
    expect(route.write.map((hop) => hop.node)).toEqual(['rp3', 'h2', 'h0', 'rp0', 'u0', 'd1']);
  });

  it('without a common bridge the host bridge test decides', () => {
    const verdict = verdictOf(spec, 'near', 'x');
    expect(verdict.steps.filter((step) => step.deciding).map((step) => step.rule)).toEqual(['D-19']);
    expect(verdict.kernelParameter).toBeUndefined();
  });
});

describe('a verdict stored earlier', () => {
  it('D-10, D-22: is shown where it differs', () => {
    const spec = switched(UNLISTED, [0x1d, 0]);
    const view = viewOfSpec(spec);
    const names = nameView(view, spec);
    const pair = { provider: indexOfId(names, 'p') ?? -1, client: indexOfId(names, 'c') ?? -1 };
    expect(peerVerdict(view, pair, names, { storedMapType: 'BUS_ADDR' }).staleMapType).toBe('BUS_ADDR');
    expect(peerVerdict(view, pair, names, { storedMapType: 'NOT_SUPPORTED' }).staleMapType).toBeUndefined();
  });
});
