import { describe, expect, it } from 'vitest';
import { invariant } from '../../../base/invariant.ts';
import { Random } from '../../../base/random.ts';
import type { HostView } from '../hostView.ts';
import { distance, findProvider, StoredVerdicts } from './distance.ts';
import { endpoint, hostFunction, machine, pcieSwitch, rootPort } from './machines.testing.ts';
import { indexOfId, nameView } from './names.ts';
import { viewOfSpec } from './specView.testing.ts';

/*
 *   rp0 ── u0 ─┬─ d0 ── u1 ── d2 ── p1      rp1 ── p2
 *              ├─ d1 ── u2 ── d3 ── c
 *              └─ d4 ── p3
 */
function selectionMachine(cpu: 'amd' | 'intel', redirect = 0) {
  const spec = machine(
    [
      {
        id: 'h0',
        rootBus: 0,
        tree: [
          hostFunction('hb', 0x1022, 0x1480),
          rootPort('rp0', 1, [
            pcieSwitch('u0', [
              ['d0', [pcieSwitch('u1', [['d2', [endpoint('p1')]]])]],
              ['d1', [pcieSwitch('u2', [['d3', [endpoint('c')], redirect]])]],
              ['d4', [endpoint('p3')]],
            ]),
          ]),
          rootPort('rp1', 2, [endpoint('p2')]),
        ],
      },
    ],
    { cpu: { vendor: cpu, family: cpu === 'amd' ? 0x19 : 6 } },
  );
  const view = viewOfSpec(spec);
  const names = nameView(view, spec);
  const index = (id: string): number => {
    const found = indexOfId(names, id);
    invariant(found !== undefined, () => `no function ${id}`);
    return found;
  };
  return { view, index };
}

const only = (...indices: readonly (number | undefined)[]) => indices.map((pciFunction) => ({ pciFunction }));

describe('the distance of a set of clients', () => {
  it('D-11: is the sum of the pairs', () => {
    const { view, index } = selectionMachine('amd');
    expect(distance(view, index('p3'), only(index('c'), index('p2')))).toBe(6 + 6);
  });

  it('D-11, W24: is −1 when any pair is not supported', () => {
    const { view, index } = selectionMachine('intel');
    expect(distance(view, index('p3'), only(index('c'), index('p2')))).toBe(-1);
  });

  it('D-11, W25: is −1 without clients, and for a client that is no PCI function', () => {
    const { view, index } = selectionMachine('amd');
    expect(distance(view, index('p3'), [])).toBe(-1);
    expect(distance(view, index('p3'), only(index('c'), undefined))).toBe(-1);
  });

  it('D-12: logs every reason in verbose mode and stops at the first otherwise', () => {
    const { view, index } = selectionMachine('intel');
    const count = (verbose: boolean): number => {
      const verdicts = new StoredVerdicts();
      verdicts.register(index('p2'));
      distance(view, index('p2'), only(index('c'), index('p1')), { verbose, verdicts });
      return ['c', 'p1'].filter((id) => verdicts.stored(view, index('p2'), index(id)) !== undefined).length;
    };
    expect(count(true)).toBe(2);
    expect(count(false)).toBe(1);
  });
});

describe('choosing a provider', () => {
  it('D-13: takes the nearest', () => {
    const { view, index } = selectionMachine('amd');
    const published = [index('p1'), index('p2'), index('p3')];
    expect(findProvider(view, published, only(index('c')), new Random(1))).toBe(index('p3'));
  });

  it('D-13, W23: breaks a tie at random, the same way for the same seed', () => {
    const { view, index } = selectionMachine('amd');
    const choose = (seed: number): number | undefined =>
      findProvider(view, [index('p1'), index('p2')], only(index('c')), new Random(seed));
    const chosen = new Set(Array.from({ length: 40 }, (_, seed) => choose(seed)));
    expect(chosen).toEqual(new Set([index('p1'), index('p2')]));
    expect(choose(7)).toBe(choose(7));
  });

  it('finds none that refuses the client', () => {
    const { view, index } = selectionMachine('intel');
    expect(findProvider(view, [index('p2')], only(index('c')), new Random(1))).toBeUndefined();
  });
});

describe('stored verdicts', () => {
  const withRedirect = (view: HostView, port: number): HostView => ({
    ...view,
    functions: view.functions.map((fn) =>
      fn.index === port && fn.acs !== undefined ? { ...fn, acs: { ...fn.acs, control: 0x0c } } : fn,
    ),
  });

  it('D-10: a mapping keeps the verdict of an earlier query although ACS changed; a query replaces it', () => {
    const { view, index } = selectionMachine('intel');
    const [provider, client] = [index('p1'), index('c')];
    const verdicts = new StoredVerdicts();
    verdicts.register(provider);
    distance(view, provider, only(client), { verdicts });
    const later = withRedirect(view, index('d3'));
    expect(verdicts.mapTypeForMapping(later, provider, client)).toBe('BUS_ADDR');
    distance(later, provider, only(client), { verdicts });
    expect(verdicts.mapTypeForMapping(later, provider, client)).toBe('NOT_SUPPORTED');
  });

  it('D-10: nothing is kept for a function without peer-to-peer state', () => {
    const { view, index } = selectionMachine('intel');
    const verdicts = new StoredVerdicts();
    distance(view, index('p1'), only(index('c')), { verdicts });
    expect(verdicts.stored(view, index('p1'), index('c'))).toBeUndefined();
  });

  it('a first mapping computes verbosely', () => {
    const { view, index } = selectionMachine('intel', 0x0c);
    const lines: string[] = [];
    const verdicts = new StoredVerdicts();
    verdicts.register(index('p1'));
    expect(verdicts.mapTypeForMapping(view, index('p1'), index('c'), (line) => lines.push(line))).toBe('NOT_SUPPORTED');
    expect(lines.join('\n')).toContain('pci=disable_acs_redir=0000:07:00.0');
    expect(lines.join('\n')).toContain('0000:00:00.0: host bridge 1022:1480 is not on the peer-to-peer whitelist');
  });
});

describe('what is logged', () => {
  it('D-14: the unlisted host bridge is named in the redirect case even when not verbose', () => {
    const { view, index } = selectionMachine('intel', 0x0c);
    const lines: string[] = [];
    distance(view, index('p1'), only(index('c')), { log: (line) => lines.push(line) });
    expect(lines).toEqual(['0000:00:00.0: host bridge 1022:1480 is not on the peer-to-peer whitelist']);
  });

  it('D-14: the unlisted host bridge is never named without a common bridge', () => {
    const { view, index } = selectionMachine('intel');
    const lines: string[] = [];
    distance(view, index('p2'), only(index('c')), { verbose: true, log: (line) => lines.push(line) });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('no peer-to-peer DMA');
  });
});
