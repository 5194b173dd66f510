import { describe, expect, it } from 'vitest';
import type { MachineSpec } from '../../pcie/machineSpec.ts';
import type { HostFunction, HostView } from '../hostView.ts';
import {
  conventional,
  endpoint,
  hostFunction,
  integrated,
  machine,
  pciBridge,
  pcieSwitch,
  rootPort,
} from '../p2pdma/machines.testing.ts';
import type { TestNode } from '../p2pdma/machines.testing.ts';
import { nameView } from '../p2pdma/names.ts';
import { viewOfSpec } from '../p2pdma/specView.testing.ts';
import { acsEffective, GROUP_FLAGS, pathEffective } from './acsEffective.ts';
import { groupsWithDriver, iommuGroups } from './groups.ts';

const ON = 0x1d;
const HB = hostFunction('hb', 0x8086, 0x29c0);
const one = (...tree: readonly TestNode[]): MachineSpec => machine([{ id: 'h0', rootBus: 0, tree: [HB, ...tree] }]);

function grouped(spec: MachineSpec, change: (view: HostView) => HostView = (view) => view) {
  const view = change(viewOfSpec(spec));
  const names = nameView(view, spec);
  const found = groupsWithDriver(view);
  return {
    groups: found.groups.map((members) => members.map((index) => names.functions[index]?.id).join(' ')).sort(),
    inaccuracies: found.inaccuracies,
  };
}

describe('the kernel’s test whether ACS is effective (A-9)', () => {
  const fn = (id: string, spec: MachineSpec): HostFunction => {
    const view = viewOfSpec(spec);
    const index = nameView(view, spec).functions.findIndex((name) => name.id === id);
    const found = view.functions[index];
    if (found === undefined) throw new Error(id);
    return found;
  };

  it('A-9: a port needs the capability, and every flag that it offers', () => {
    const port = fn('rp', one(rootPort('rp', 1, [], { acsControl: ON })));
    expect(acsEffective(port, GROUP_FLAGS)).toBe(true);
    expect(acsEffective({ ...port, acs: undefined }, GROUP_FLAGS)).toBe(false);
    const half = { offset: 0x148, capability: 0x7f, control: 0x11 };
    expect(acsEffective({ ...port, acs: half }, GROUP_FLAGS)).toBe(false);
    // What is not offered is taken as hard-wired on; egress control never is.
    expect(acsEffective({ ...port, acs: { ...half, capability: 0x11 } }, GROUP_FLAGS)).toBe(true);
    expect(acsEffective({ ...port, acs: { ...half, capability: 0x11 } }, GROUP_FLAGS | 0x20)).toBe(false);
  });

  it('A-9: a single function is isolated by nature, one of several only by its capability', () => {
    const alone = fn('a', one(rootPort('rp', 1, [endpoint('a')])));
    expect(acsEffective(alone, GROUP_FLAGS)).toBe(true);
    expect(acsEffective({ ...alone, multiFunction: true }, GROUP_FLAGS)).toBe(false);
    const acs = { offset: 0x148, capability: 0x0c, control: 0x0c };
    expect(acsEffective({ ...alone, multiFunction: true, acs }, GROUP_FLAGS)).toBe(true);
    expect(acsEffective({ ...alone, multiFunction: true, physicalFunction: 0 }, GROUP_FLAGS)).toBe(true);
  });

  it('A-9: conventional functions, bridges to them and event collectors never are; the path needs all', () => {
    const spec = one(rootPort('rp', 1, [pciBridge('pb', [conventional('c', 1)])], { acsControl: ON }));
    const view = viewOfSpec(spec);
    const index = (id: string): number => nameView(view, spec).functions.findIndex((name) => name.id === id);
    expect(acsEffective(fn('c', spec), GROUP_FLAGS)).toBe(false);
    expect(acsEffective(fn('pb', spec), GROUP_FLAGS)).toBe(false);
    expect(acsEffective({ ...fn('c', spec), kind: 'rcEventCollector' }, GROUP_FLAGS)).toBe(false);
    expect(pathEffective(view, index('rp'), GROUP_FLAGS)).toBe(true);
    expect(pathEffective(view, index('pb'), GROUP_FLAGS)).toBe(false);
  });

  it('A-9: the quirk of Intel’s platform controller hubs answers in place of the capability', () => {
    const port = fn('rp', one(rootPort('rp', 1, [], { identity: [0x8086, 0x8c10] })));
    expect(acsEffective(port, GROUP_FLAGS)).toBe(true);
    expect(acsEffective({ ...port, deviceId: 0x8c20 }, GROUP_FLAGS)).toBe(false);
  });
});

describe('IOMMU groups', () => {
  it('exist only where an IOMMU driver is active, in pass-through mode, too', () => {
    const view = viewOfSpec(one(rootPort('rp', 1, [endpoint('a')])));
    expect(iommuGroups(view)).toEqual({ active: false, groups: [], inaccuracies: [] });
    expect(iommuGroups({ ...view, iommu: 'passThrough' }).active).toBe(true);
    expect(iommuGroups({ ...view, iommu: 'translate' }).groups.length).toBeGreaterThan(0);
  });

  it('G-1: what is behind a bridge to conventional PCI shares its requester ID and its group', () => {
    const spec = one(
      rootPort('rp', 1, [pciBridge('pb', [conventional('c', 1), conventional('d', 2)])], { acsControl: ON }),
    );
    expect(grouped(spec).groups).toEqual(['hb', 'pb c d', 'rp']);
  });

  it('G-2: a device without isolation above it joins the topmost bridge that lacks it', () => {
    const below = (control: number | undefined): MachineSpec =>
      one(
        rootPort(
          'rp',
          1,
          [
            pcieSwitch('sw', [
              ['d0', [endpoint('p')]],
              ['d1', [endpoint('c')]],
            ]),
          ],
          { acsControl: control },
        ),
      );
    expect(grouped(below(undefined)).groups).toEqual(['hb', 'rp sw d0 d1 p c']);
    expect(grouped(below(ON)).groups).toEqual(['d0 p', 'd1 c', 'hb', 'rp', 'sw']);
  });

  it('G-3: a bridge that is in a group already gives it to what is below', () => {
    const spec = one(rootPort('rp', 1, [endpoint('a')], {}), rootPort('rq', 2, [endpoint('b')], { acsControl: ON }));
    expect(grouped(spec).groups).toEqual(['b', 'hb', 'rp a', 'rq']);
  });

  it('G-4: functions of one device without isolation share a group, those with it have their own', () => {
    const device = (second: number | undefined): MachineSpec =>
      one(
        rootPort('rp', 1, [endpoint('a0'), endpoint('a1', { fn: 1, acsControl: second }), endpoint('a2', { fn: 2 })], {
          acsControl: ON,
        }),
      );
    expect(grouped(device(undefined)).groups).toEqual(['a0 a1 a2', 'hb', 'rp']);
    expect(grouped(device(ON)).groups).toEqual(['a0 a2', 'a1', 'hb', 'rp']);
  });

  it('G-5: whatever is isolated on its own has a group of its own', () => {
    const spec = one(integrated('i', 2), rootPort('rp', 1, [endpoint('a')], { acsControl: ON }));
    expect(grouped(spec).groups).toEqual(['a', 'hb', 'i', 'rp']);
  });

  it('virtual functions are isolated from their physical function once the port above is', () => {
    const below = [endpoint('pf'), endpoint('vf', { fn: 1, virtualFunctionOf: 'pf' })];
    expect(grouped(one(rootPort('rp', 1, below, { acsControl: ON }))).groups).toEqual(['hb', 'pf', 'rp', 'vf']);
    expect(grouped(one(rootPort('rp', 1, below))).groups).toEqual(['hb', 'rp pf vf']);
  });

  it('G-6: downstream ports without ACS below a root port with it are named as falsely isolated', () => {
    const spec = one(
      rootPort(
        'rp',
        1,
        [
          pcieSwitch('sw', [
            ['d0', [endpoint('p')]],
            ['d1', [endpoint('c')], ON],
          ]),
        ],
        { acsControl: ON },
      ),
    );
    const { groups, inaccuracies } = grouped(spec);
    expect(groups).toEqual(['c', 'd0 p', 'd1', 'hb', 'rp', 'sw']);
    expect(inaccuracies).toMatchObject([{ rule: 'G-6' }]);
    expect(inaccuracies[0]?.sentence).toContain('ACS is not effective on 02:00.0');
    const closed = pcieSwitch('sw', [
      ['d0', [endpoint('p')], ON],
      ['d1', [endpoint('c')], ON],
    ]);
    expect(grouped(one(rootPort('rp', 1, [closed], { acsControl: ON }))).inaccuracies).toEqual([]);
  });

  it('G-7: one function with ACS in a device without is named as falsely isolated', () => {
    const spec = one(
      rootPort('rp', 1, [endpoint('a0'), endpoint('a1', { fn: 1, acsControl: ON })], { acsControl: ON }),
    );
    const { groups, inaccuracies } = grouped(spec);
    expect(groups).toEqual(['a0', 'a1', 'hb', 'rp']);
    expect(inaccuracies).toMatchObject([{ rule: 'G-7' }]);
    expect(inaccuracies[0]?.sentence).toContain('reaches it inside the device');
  });

  it('on AMD the IOMMU’s own function is in no group; on device tree machines the host bridge is not', () => {
    const isolated = rootPort('rp', 1, [], { acsControl: ON });
    const spec = one(isolated, integrated('iommu', 2, { identity: [0x1022, 0x0008] }));
    const withClass = (classes: Readonly<Record<number, number>>) => (view: HostView) => ({
      ...view,
      functions: view.functions.map((fn) => ({ ...fn, classCode: classes[fn.deviceId] ?? 0 })),
    });
    expect(grouped(spec, withClass({ 0x0008: 0x080600 })).groups).toEqual(['hb', 'rp']);
    const arm = machine([{ id: 'h0', rootBus: 0, tree: [HB, isolated] }], { cpu: { vendor: 'other', family: 0 } });
    expect(grouped(arm, withClass({ 0x29c0: 0x060000 })).groups).toEqual(['rp']);
  });

  it('paravirtual host bridges are one group each', () => {
    const endpoints = (id: string): TestNode[] => [
      { ...endpoint(`${id}0`), device: 1 },
      { ...endpoint(`${id}1`), device: 2 },
    ];
    const spec = machine(
      [
        { id: 'h0', rootBus: 0, segment: 0, tree: endpoints('a') },
        { id: 'h1', rootBus: 0, segment: 1, tree: endpoints('b') },
      ],
      { cpu: { vendor: 'other', family: 0 } },
    );
    expect(grouped(spec).groups).toEqual(['a0 a1', 'b0 b1']);
  });
});
