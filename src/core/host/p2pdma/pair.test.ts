import { describe, expect, it } from 'vitest';
import { invariant } from '../../../base/invariant.ts';
import type { MachineSpec } from '../../pcie/machineSpec.ts';
import { hostFunction, endpoint, integrated, machine, pcieSwitch, rootPort } from './machines.testing.ts';
import type { TestNode } from './machines.testing.ts';
import { indexOfId, nameView } from './names.ts';
import { classifyPair } from './pair.ts';
import { viewOfSpec } from './specView.testing.ts';

const RR = 0x04;
const CR = 0x08;
const EC = 0x20;
const UNLISTED = hostFunction('hb', 0x8086, 0x29c0);
const SKYLAKE = hostFunction('hb', 0x8086, 0x2020);

function classify(spec: MachineSpec, provider: string, client: string) {
  const view = viewOfSpec(spec);
  const names = nameView(view, spec);
  const index = (id: string): number => {
    const found = indexOfId(names, id);
    invariant(found !== undefined, () => `no function ${id}`);
    return found;
  };
  const idOf = (position: number): string => names.functions[position]?.id ?? '';
  const answer = classifyPair(view, index(provider), index(client));
  return {
    map: answer.mapType,
    distance: answer.chainDistance,
    common: answer.commonBridge === undefined ? undefined : idOf(answer.commonBridge),
    examined: answer.examined.map(idOf),
    redirectors: answer.redirectors.map(idOf),
  };
}

const one = (...tree: readonly TestNode[]): MachineSpec => machine([{ id: 'h0', rootBus: 0, tree }]);

/** rp0 ── sw ─┬─ d0 ── p     with these ACS controls */
const switched = (
  host: TestNode,
  rp: number | undefined,
  d0: number | undefined,
  d1: number | undefined,
): MachineSpec =>
  one(
    host,
    rootPort(
      'rp0',
      1,
      [
        pcieSwitch('sw', [
          ['d0', [endpoint('p')], d0],
          ['d1', [endpoint('c')], d1],
        ]),
      ],
      {
        acsControl: rp,
      },
    ),
  );

describe('distance and map type', () => {
  it('D-2, D-6: two devices below one switch are 4 apart and use bus addresses', () => {
    expect(classify(switched(UNLISTED, 0, 0, 0), 'p', 'c')).toEqual({
      map: 'BUS_ADDR',
      distance: 4,
      common: 'sw',
      examined: ['p', 'd0', 'sw', 'c', 'd1'],
      redirectors: [],
    });
  });

  it('D-5: a root port above the common bridge is never examined', () => {
    expect(classify(switched(UNLISTED, 0x1d, 0, 0), 'p', 'c').map).toBe('BUS_ADDR');
  });

  it.each([
    ['request redirect', RR],
    ['completion redirect', CR],
    ['egress control', EC],
  ])('%s alone is a redirect', (_, control) => {
    const answer = classify(switched(UNLISTED, 0, control, 0), 'p', 'c');
    expect(answer).toMatchObject({ map: 'NOT_SUPPORTED', distance: 4, redirectors: ['d0'] });
  });

  it('D-4: source validation, translation blocking, upstream forwarding and direct translated are none', () => {
    expect(classify(switched(UNLISTED, 0, 0x53, 0x53), 'p', 'c').map).toBe('BUS_ADDR');
  });

  it('D-7, D-9: a redirected pair goes through a listed host bridge, with the same distance', () => {
    const answer = classify(switched(SKYLAKE, 0, RR, RR), 'p', 'c');
    expect(answer).toMatchObject({ map: 'THRU_HOST_BRIDGE', distance: 4, redirectors: ['d0', 'd1'] });
  });

  it('D-5: redirectors are listed from the provider to the common bridge, then from the client', () => {
    expect(classify(switched(UNLISTED, 0, RR, RR), 'c', 'p').redirectors).toEqual(['d1', 'd0']);
  });

  it('D-1: a function and itself have themselves in common and are 0 apart', () => {
    expect(classify(switched(UNLISTED, 0, 0, 0), 'p', 'p')).toMatchObject({
      map: 'BUS_ADDR',
      distance: 0,
      common: 'p',
    });
  });

  it('a function whose own ACS redirects is a candidate for the host bridge even with itself', () => {
    const spec = one(UNLISTED, rootPort('rp0', 1, [endpoint('p', { acsControl: RR })]));
    expect(classify(spec, 'p', 'p')).toMatchObject({ map: 'NOT_SUPPORTED', distance: 0, redirectors: ['p'] });
  });

  it('the root port counts when it is the common bridge itself', () => {
    const spec = one(UNLISTED, rootPort('rp0', 1, [endpoint('p'), endpoint('c', { fn: 1 })], { acsControl: 0x1d }));
    expect(classify(spec, 'p', 'c')).toMatchObject({ map: 'NOT_SUPPORTED', distance: 2, redirectors: ['rp0'] });
  });

  it('a virtual function is taken from the bus of its physical function', () => {
    const spec = one(
      UNLISTED,
      rootPort('rp0', 1, [endpoint('pf'), endpoint('vf', { fn: 1, virtualFunctionOf: 'pf' })]),
    );
    expect(classify(spec, 'pf', 'vf')).toMatchObject({ map: 'BUS_ADDR', distance: 2, common: 'rp0' });
  });
});

describe('without a common bridge', () => {
  const apart = (host: TestNode): MachineSpec =>
    one(host, rootPort('rp0', 1, [endpoint('p')], { acsControl: 0x1d }), rootPort('rp1', 2, [endpoint('c')]));

  it('D-3, D-8: the distance is the sum of both chains and no redirector is named', () => {
    expect(classify(apart(UNLISTED), 'p', 'c')).toEqual({
      map: 'NOT_SUPPORTED',
      distance: 4,
      common: undefined,
      examined: [],
      redirectors: [],
    });
  });

  it('an integrated endpoint counts one step', () => {
    const spec = one(UNLISTED, integrated('p', 2), rootPort('rp0', 4, [endpoint('c')]));
    expect(classify(spec, 'p', 'c').distance).toBe(3);
  });
});
