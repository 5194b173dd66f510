import { describe, expect, it } from 'vitest';
import { at, invariant } from '../../base/invariant.ts';
import type { HostFunction, HostView } from './hostView.ts';
import { endpoint, hostFunction, machine, pcieSwitch, rootPort } from './p2pdma/machines.testing.ts';
import { indexOfId, nameView } from './p2pdma/names.ts';
import { pathNotation } from './p2pdma/peerRoute.ts';
import { viewOfSpec } from './p2pdma/specView.testing.ts';
import { predictPath } from './route.ts';
import { peerMemoryAddress } from './routeClaims.ts';

const MIB = 2 ** 20;

/*
 *   rp0 ── u0 ─┬─ d0 ── p    BAR at 0x8000_0000, 1 MiB      rp1 ── q   BAR at 0x9000_0000
 *              └─ d1 ── u1 ─┬─ d2 ── c
 *                           └─ d3 ── e
 */
function addressed(controls: Readonly<Record<string, number>> = {}) {
  const spec = machine([
    {
      id: 'h0',
      rootBus: 0,
      tree: [
        hostFunction('hb', 0x8086, 0x29c0),
        rootPort('rp0', 1, [
          pcieSwitch('u0', [
            ['d0', [endpoint('p')], controls['d0']],
            [
              'd1',
              [
                pcieSwitch('u1', [
                  ['d2', [endpoint('c')], controls['d2']],
                  ['d3', [endpoint('e')], controls['d3']],
                ]),
              ],
              controls['d1'],
            ],
          ]),
        ]),
        rootPort('rp1', 2, [endpoint('q')]),
      ],
    },
  ]);
  const bare = viewOfSpec(spec);
  const names = nameView(bare, spec);
  const index = (id: string): number => {
    const found = indexOfId(names, id);
    invariant(found !== undefined, () => `no function ${id}`);
    return found;
  };
  const window = (base: number) => ({
    io: undefined,
    memory: { base, limit: base + MIB - 1 },
    prefetchable: undefined,
  });
  const wide = { io: undefined, memory: { base: 0x8000_0000, limit: 0x803f_ffff }, prefetchable: undefined };
  const patches: Readonly<Record<string, Partial<HostFunction>>> = {
    rp0: { windows: wide },
    u0: { windows: wide },
    d0: { windows: window(0x8000_0000) },
    d1: { windows: { ...wide, memory: { base: 0x8010_0000, limit: 0x802f_ffff } } },
    u1: { windows: { ...wide, memory: { base: 0x8010_0000, limit: 0x802f_ffff } } },
    d2: { windows: window(0x8010_0000) },
    d3: { windows: window(0x8020_0000) },
    rp1: { windows: window(0x9000_0000) },
    p: bar(0x8000_0000),
    c: bar(0x8010_0000),
    e: bar(0x8020_0000),
    q: bar(0x9000_0000),
  };
  const view: HostView = {
    ...bare,
    functions: bare.functions.map((fn) => ({ ...fn, ...patches[at(names.functions, fn.index).id] })),
  };
  const path = (from: string, to: string, address?: number) => {
    const target = {
      by: 'address',
      fn: index(to),
      address: address ?? peerMemoryAddress(at(view.functions, index(to))),
    };
    const predicted = predictPath(view, index(from), { ...target, by: 'address' });
    return { text: pathNotation(view, names, predicted).join(' '), end: predicted.end, decision: predicted.decision };
  };
  const completion = (from: string, to: string): string =>
    pathNotation(view, names, predictPath(view, index(from), { by: 'id', fn: index(to) })).join(' ');
  return { path, completion, index };
}

function bar(address: number): Partial<HostFunction> {
  return { bars: [{ index: 4, space: 'memory', widthBits: 64, prefetchable: true, sizeBytes: MIB, address }] };
}

const UF = 0x10;
const RR = 0x04;
const CR = 0x08;

describe('routing by address', () => {
  it('the peer port whose window holds the address takes it', () => {
    expect(addressed().path('c', 'p').text).toBe('d2^ X(u1) d1^ X(u0) d0v');
    expect(addressed().path('c', 'e').text).toBe('d2^ X(u1) d3v');
  });

  it('what no window below the root claims goes to the other root port', () => {
    expect(addressed().path('c', 'q').text).toBe('d2^ X(u1) d1^ X(u0) rp0^ RC(h0) rp1v');
  });

  it('a redirect acts only against peers of that very switch', () => {
    expect(addressed({ d2: RR }).path('c', 'p').text).toBe('d2^ X(u1) d1^ X(u0) d0v');
  });

  it('a request turned back below the same port needs upstream forwarding there', () => {
    const refused = addressed({ d2: RR }).path('c', 'e');
    expect(refused.text).toBe('d2^ X(u1) d1^');
    expect(refused.end).toMatchObject({ status: 'unsupportedRequest' });
    const forwarded = addressed({ d2: RR, d1: RR | UF }).path('c', 'e');
    expect(forwarded.text).toBe('d2^ X(u1) d1^ X(u0) rp0^ RC(h0) rp0v X(u0) d1v X(u1) d3v');
    expect(forwarded.end).toBeUndefined();
  });

  it('an address in the window of the switch but of none of its ports is unsupported', () => {
    const hole = addressed().path('c', 'p', 0x8030_0000);
    expect(hole.text).toBe('d2^ X(u1) d1^ X(u0)');
    expect(hole.end).toMatchObject({ status: 'unsupportedRequest' });
  });

  it('an address nobody claims ends in the root complex', () => {
    const lost = addressed().path('c', 'p', 0xa000_0000);
    expect(lost.text).toBe('d2^ X(u1) d1^ X(u0) rp0^ RC(h0)');
    expect(lost.end).toMatchObject({ fn: undefined, status: 'unsupportedRequest' });
  });

  it('an address in the window of a port with nobody behind it ends there', () => {
    const { path, index } = addressed();
    expect(path('c', 'q', 0x8000_0000).end).toMatchObject({ fn: index('d0') });
  });
});

describe('routing of completions', () => {
  it('goes to the bus of the requester', () => {
    expect(addressed().completion('p', 'c')).toBe('d0^ X(u0) d1v X(u1) d2v');
  });

  it('completion redirect is the completer’s port’s, request redirect does not count', () => {
    expect(addressed({ d0: RR }).completion('p', 'c')).toBe('d0^ X(u0) d1v X(u1) d2v');
    expect(addressed({ d0: CR }).completion('p', 'c')).toBe('d0^ X(u0) rp0^ RC(h0) rp0v X(u0) d1v X(u1) d2v');
  });
});

describe('the memory a peer would use', () => {
  const fn = at(viewOfSpec(machine([{ id: 'h0', rootBus: 0, tree: [endpoint('x')] }])).functions, 0);
  const row = (index: number, sizeBytes: number, address: number | undefined, prefetchable = false) =>
    ({ index, space: 'memory', widthBits: 64, prefetchable, sizeBytes, address }) as const;

  it('is the largest assigned memory BAR, prefetchable first', () => {
    expect(peerMemoryAddress({ ...fn, bars: [row(0, 4096, 0x1000), row(2, MIB, 0x10_0000)] })).toBe(0x10_0000);
    expect(peerMemoryAddress({ ...fn, bars: [row(0, MIB, 0x1000), row(2, MIB, 0x10_0000, true)] })).toBe(0x10_0000);
    expect(peerMemoryAddress({ ...fn, bars: [row(0, MIB, undefined), row(2, 4096, 0x1000)] })).toBe(0x1000);
    expect(peerMemoryAddress({ ...fn, bars: [] })).toBeUndefined();
  });
});
