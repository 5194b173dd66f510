/*
 * The worked cases of the semantics reference that are about sets of clients.
 */
import { describe, expect, it } from 'vitest';
import { invariant } from '../../../base/invariant.ts';
import { distance } from './distance.ts';
import { endpoint, hostFunction, integrated, machine, pcieSwitch, rootPort } from './machines.testing.ts';
import { indexOfId, nameView } from './names.ts';
import { viewOfSpec } from './specView.testing.ts';

/*
 *   rp0 ── sw ─┬─ d0 ── p        rp1 ── sx ── e0 ── c2        xhci (root bus)
 *              └─ d1 ── c1
 */
function machineWith(cpu: { readonly vendor: 'amd' | 'intel'; readonly family: number }) {
  const tree = [
    hostFunction('hb', 0x8086, 0x29c0),
    rootPort('rp0', 1, [
      pcieSwitch('sw', [
        ['d0', [endpoint('p')]],
        ['d1', [endpoint('c1')]],
      ]),
    ]),
    rootPort('rp1', 2, [endpoint('c2')]),
    integrated('xhci', 4),
  ];
  const spec = machine([{ id: 'h0', rootBus: 0, tree }], { cpu });
  const view = viewOfSpec(spec);
  const names = nameView(view, spec);
  return (provider: string, ...clients: readonly (string | undefined)[]): number => {
    const index = (id: string): number => {
      const found = indexOfId(names, id);
      invariant(found !== undefined, () => id);
      return found;
    };
    const list = clients.map((id) => ({ pciFunction: id === undefined ? undefined : index(id) }));
    return distance(view, index(provider), list);
  };
}

const ZEN = { vendor: 'amd', family: 0x19 } as const;
const INTEL = { vendor: 'intel', family: 6 } as const;

describe('sets of clients', () => {
  it('W24, D-11: on Zen 4 to the neighbour and 6 to the other root port are 10', () => {
    const value = machineWith(ZEN);
    expect([value('p', 'c1'), value('p', 'c2'), value('p', 'c1', 'c2')]).toEqual([4, 6, 10]);
  });

  it('W24, D-11: on an unlisted Intel host the one unsupported client refuses the whole set', () => {
    const value = machineWith(INTEL);
    expect([value('p', 'c1'), value('p', 'c2'), value('p', 'c1', 'c2')]).toEqual([4, -1, -1]);
  });

  it('W25, D-11: a disk behind a USB controller counts as the controller; software RDMA is no client at all', () => {
    const value = machineWith(ZEN);
    expect(value('p', 'xhci')).toBe(5);
    expect(value('p', undefined)).toBe(-1);
    expect(value('p', 'c1', undefined)).toBe(-1);
  });
});
