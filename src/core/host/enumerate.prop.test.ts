import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boot } from '../../../tests/support/boot.ts';
import type { BootedMachine } from '../../../tests/support/boot.ts';
import { bar, machine } from '../../../tests/support/machineBuilder.ts';
import type { FunctionNode } from '../../../tests/support/machineBuilder.ts';
import type { BarSpec, MachineSpec, NodeId } from '../pcie/machineSpec.ts';
import { buildConfigSpaces } from '../config/buildConfigSpace.ts';
import * as decode from '../config/decode.ts';
import { ConfigFabric } from '../models/configFabric.ts';
import { bdf } from '../pcie/bdf.ts';
import { enumerate, enumerateOptionsOf, runAtBoot } from './enumerate.ts';
import { isBridgeKind } from '../config/places.ts';
import type { HostFunction, HostView, HostWindow } from './hostView.ts';

const LINK = { maxGen: 4, maxWidth: 8 } as const;

/** A tree without numbers: what hangs below a port. */
type Branch =
  | { readonly kind: 'empty' }
  | { readonly kind: 'endpoint'; readonly bars: readonly BarSpec[] }
  | { readonly kind: 'switch'; readonly ports: readonly { readonly hotPlug: boolean; readonly below: Branch }[] };

/** BARs that fit a header: 64-bit ones take two dwords. */
const someBars: fc.Arbitrary<readonly BarSpec[]> = fc
  .array(fc.record({ log: fc.integer({ min: 12, max: 30 }), wide: fc.boolean(), prefetchable: fc.boolean() }), {
    maxLength: 3,
  })
  .map((wishes) =>
    wishes.map((wish, i) =>
      bar(2 * i, 2 ** (wish.wide ? wish.log : Math.min(wish.log, 22)), wish.wide ? 64 : 32, wish.prefetchable),
    ),
  )
  // Non-prefetchable memory lies below 4 GiB, where room is short.
  .map((bars) =>
    bars.map((entry) => (entry.prefetchable ? entry : { ...entry, sizeBytes: Math.min(entry.sizeBytes, 2 ** 22) })),
  );

const branch: fc.Arbitrary<Branch> = fc.letrec<{ branch: Branch }>((tie) => ({
  branch: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant({ kind: 'empty' as const }),
    fc.record({ kind: fc.constant('endpoint' as const), bars: someBars }),
    fc.record({
      kind: fc.constant('switch' as const),
      ports: fc.array(fc.record({ hotPlug: fc.boolean(), below: tie('branch') }), { maxLength: 4 }),
    }),
  ),
})).branch;

function nodesOf(root: Branch, path: string): readonly FunctionNode[] {
  if (root.kind === 'empty') return [];
  if (root.kind === 'endpoint') return [{ id: `${path}e`, kind: 'endpoint', link: LINK, bars: root.bars }];
  return [
    {
      id: `${path}u`,
      kind: 'upstreamPort',
      link: LINK,
      below: root.ports.map((port, i) => ({
        id: `${path}d${i}`,
        kind: 'downstreamPort',
        device: i,
        link: LINK,
        slot: { number: i, hotPlug: port.hotPlug },
        below: nodesOf(port.below, `${path}d${i}`),
      })),
    },
  ];
}

const topology: fc.Arbitrary<MachineSpec> = fc.array(branch, { minLength: 1, maxLength: 3 }).map((branches) =>
  machine([
    { id: 'hb', kind: 'hostBridge' },
    ...branches.map((root, i): FunctionNode => ({
      id: `r${i}`,
      kind: 'rootPort',
      device: i + 1,
      link: LINK,
      below: nodesOf(root, `r${i}`),
    })),
  ]),
);

/** Closed form of section 3: buses in pre-order of bridges. */
function expectedNumbers(spec: MachineSpec): ReadonlyMap<NodeId, string> {
  const numbers = new Map<NodeId, string>();
  let next = 0;
  const visit = (parent: NodeId, bus: number): void => {
    const children = spec.functions
      .filter((entry) => entry.parent === parent)
      .sort((a, b) => a.device - b.device || a.fn - b.fn);
    for (const child of children) {
      if (isBridgeKind(child.kind)) {
        const secondary = ++next;
        visit(child.id, secondary);
        numbers.set(child.id, `${bdf(bus, child.device, child.fn)} ${bus}/${secondary}/${next}`);
      } else {
        numbers.set(child.id, `${bdf(bus, child.device, child.fn)}`);
      }
    }
  };
  visit('pcie0', 0);
  return numbers;
}

function seenNumbers({ view, fabric }: BootedMachine): ReadonlyMap<NodeId, string> {
  return new Map(
    view.functions.map((entry) => {
      const buses =
        entry.buses === undefined ? '' : ` ${entry.buses.primary}/${entry.buses.secondary}/${entry.buses.subordinate}`;
      return [fabric.nodeAt(entry.segment, entry.bdf) ?? '', `${entry.bdf}${buses}`];
    }),
  );
}

const inside = (outer: HostWindow | undefined, inner: HostWindow): boolean =>
  outer !== undefined && inner.base >= outer.base && inner.limit <= outer.limit;

/** Assigned ranges of the functions of one bus. */
function rangesOn(
  view: HostView,
  bridge: number | undefined,
): readonly { readonly what: string; readonly space: string; readonly range: HostWindow }[] {
  return view.functions
    .filter((entry) => entry.upstreamBridge === bridge)
    .flatMap((entry: HostFunction) => [
      ...entry.bars.flatMap(({ index, address, sizeBytes, space }) =>
        address === undefined
          ? []
          : [{ what: `${entry.bdf} BAR ${index}`, space, range: { base: address, limit: address + sizeBytes - 1 } }],
      ),
      ...Object.entries(entry.windows ?? {}).flatMap(([kind, range]: [string, HostWindow | undefined]) =>
        range === undefined ? [] : [{ what: `${entry.bdf} ${kind}`, space: kind === 'io' ? 'io' : 'memory', range }],
      ),
    ]);
}

describe('any tree of switches and endpoints', () => {
  it('is numbered in pre-order of its bridges, and found as it was built', () => {
    fc.assert(
      fc.property(topology, (spec) => {
        expect(seenNumbers(boot(spec))).toEqual(expectedNumbers(spec));
      }),
      { numRuns: 60 },
    );
  });

  it('gets addresses inside its windows, aligned, and nowhere twice', () => {
    fc.assert(
      fc.property(topology, (spec) => {
        const { view } = boot(spec);
        for (const owner of [
          undefined,
          ...view.functions.filter((entry) => entry.headerType === 1).map((entry) => entry.index),
        ]) {
          const ranges = rangesOn(view, owner);
          const windows = owner === undefined ? undefined : view.functions[owner]?.windows;
          for (const [i, one] of ranges.entries()) {
            const others = ranges.slice(i + 1).filter((other) => other.space === one.space);
            expect(
              others.filter((other) => other.range.base <= one.range.limit && other.range.limit >= one.range.base),
            ).toEqual([]);
            if (windows === undefined) continue;
            const outer = one.space === 'io' ? [windows.io] : [windows.memory, windows.prefetchable];
            expect(
              outer.some((window) => inside(window, one.range)),
              one.what,
            ).toBe(true);
          }
        }
        for (const entry of view.functions) {
          for (const { address = 0, sizeBytes } of entry.bars) expect(address % sizeBytes).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never lacks room under the packed rule while the root windows are large enough', () => {
    fc.assert(
      fc.property(topology, (spec) => {
        const problems = boot(spec).view.diagnostics.filter(({ severity }) => severity === 'error');
        // 1004 MiB below 4 GiB: the sizes above can only exceed it together.
        const small = spec.functions
          .flatMap((entry) => entry.bars)
          .filter((entry) => !(entry.prefetchable && entry.widthBits === 64));
        fc.pre(small.reduce((sum, entry) => sum + 2 * Math.max(entry.sizeBytes, 2 ** 20), 0) < 2 ** 29);
        expect(problems).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('reads the same from the hardware registers as software believes', () => {
    fc.assert(
      fc.property(topology, (spec) => {
        const { view, fabric } = boot(spec);
        for (const entry of view.functions) {
          const found = fabric.target(entry.segment, entry.bdf);
          expect(found).toBeDefined();
          if (found === undefined) continue;
          for (const { index, address } of entry.bars) {
            if (address !== undefined) expect(decode.barAddress(found.config, index)).toBe(address);
          }
          if (entry.windows !== undefined) expect(decode.bridgeWindows(found.config)).toEqual(entry.windows);
          if (entry.buses !== undefined) expect(decode.bridgeBuses(found.config)).toEqual(entry.buses);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is the same the second time, from what the first left as firmware', () => {
    fc.assert(
      fc.property(topology, (spec) => {
        const configs = buildConfigSpaces(spec);
        const fabric = new ConfigFabric(spec, configs);
        const options = enumerateOptionsOf(spec);
        const first = runAtBoot(enumerate(options), fabric);
        const again = runAtBoot(enumerate({ ...options, start: 'firmware' }), fabric);
        expect({ ...again, diagnostics: [] }).toEqual({ ...first, diagnostics: [] });
      }),
      { numRuns: 40 },
    );
  });
});
