import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TestNode } from './machines.testing.ts';
import { endpoint, hostFunction, machine, pcieSwitch, rootPort } from './machines.testing.ts';
import { classifyPair } from './pair.ts';
import { predictPair } from './peerRoute.ts';
import { viewOfSpec } from './specView.testing.ts';

/** Shape of what is below a port: nothing deeper (0) or a switch with these ports. */
type Below = 'endpoint' | readonly { readonly acs: number; readonly below: Below }[];

const { below } = fc.letrec<{ below: Below }>((tie) => ({
  below: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant('endpoint' as const),
    fc.array(fc.record({ acs: fc.integer({ min: 0, max: 0x7f }), below: tie('below') }), {
      minLength: 1,
      maxLength: 3,
    }),
  ),
}));

function build(shape: Below, count: { value: number }): TestNode {
  const id = (letter: string): string => `${letter}${(count.value += 1)}`;
  if (shape === 'endpoint') return endpoint(id('e'));
  const own = id('u');
  return pcieSwitch(
    own,
    shape.map((port) => [id('d'), [build(port.below, count)], port.acs] as const),
  );
}

const machines = fc
  .record({
    roots: fc.array(fc.record({ acs: fc.integer({ min: 0, max: 0x7f }), below }), { minLength: 1, maxLength: 3 }),
    listed: fc.boolean(),
    zen: fc.boolean(),
  })
  .map(({ roots, listed, zen }) => {
    const count = { value: 0 };
    return viewOfSpec(
      machine(
        [
          {
            id: 'h0',
            rootBus: 0,
            tree: [
              hostFunction('hb', 0x8086, listed ? 0x2020 : 0x29c0),
              ...roots.map((root, index) =>
                rootPort(`rp${index}`, index + 1, [build(root.below, count)], { acsControl: root.acs }),
              ),
            ],
          },
        ],
        { cpu: zen ? { vendor: 'amd', family: 0x17 } : { vendor: 'intel', family: 6 } },
      ),
    );
  });

const pairs = machines.chain((view) => {
  const devices = view.functions.filter((fn) => fn.headerType === 0).map((fn) => fn.index);
  return fc.record({
    view: fc.constant(view),
    provider: fc.constantFrom(...devices),
    client: fc.constantFrom(...devices),
  });
});

describe('any pair of any machine', () => {
  it('swapping provider and client keeps distance, map type and the set of redirectors', () => {
    fc.assert(
      fc.property(pairs, ({ view, provider, client }) => {
        const one = classifyPair(view, provider, client);
        const other = classifyPair(view, client, provider);
        expect(other.chainDistance).toBe(one.chainDistance);
        expect(other.mapType).toBe(one.mapType);
        expect(new Set(other.redirectors)).toEqual(new Set(one.redirectors));
      }),
    );
  });

  it('every write arrives or ends with a reason, and passes the client’s own port first', () => {
    fc.assert(
      fc.property(pairs, ({ view, provider, client }) => {
        const { request } = predictPair(view, { provider, client }, { form: 'bus' });
        const [first] = request.elements;
        expect(first).toBeDefined();
        if (provider !== client && first?.kind === 'up')
          expect(view.functions[client]?.upstreamBridge).toBe(first.port);
        if (request.end !== undefined) expect(request.end.reason).not.toBe('');
      }),
    );
  });

  it('what the kernel calls a bus address never reaches the root complex', () => {
    fc.assert(
      fc.property(pairs, ({ view, provider, client }) => {
        if (classifyPair(view, provider, client).mapType !== 'BUS_ADDR') return;
        const { request, completion } = predictPair(view, { provider, client }, { form: 'bus' });
        for (const path of [request, completion]) {
          expect(path?.end).toBeUndefined();
          expect(path?.elements.some((element) => element.kind === 'rootComplex')).toBe(false);
        }
      }),
    );
  });

  it('an IOVA always reaches the root complex', () => {
    fc.assert(
      fc.property(pairs, ({ view, provider, client }) => {
        if (provider === client) return;
        const { request } = predictPair(view, { provider, client }, { form: 'iova' });
        expect(request.elements.some((element) => element.kind === 'rootComplex')).toBe(true);
      }),
    );
  });

  it('with symmetric ACS the data of reads comes back on the path of writes, reversed', () => {
    const symmetric = pairs.map((pair) => ({
      ...pair,
      view: {
        ...pair.view,
        functions: pair.view.functions.map((fn) =>
          fn.acs === undefined ? fn : { ...fn, acs: { ...fn.acs, control: 0x1d } },
        ),
      },
    }));
    fc.assert(
      fc.property(symmetric, ({ view, provider, client }) => {
        const { request, completion } = predictPair(view, { provider, client }, { form: 'bus' });
        const turned = request.elements
          .map((element) =>
            element.kind === 'up' || element.kind === 'down'
              ? { ...element, kind: element.kind === 'up' ? 'down' : 'up' }
              : element,
          )
          .toReversed();
        expect(completion?.elements).toEqual(turned);
      }),
    );
  });
});
