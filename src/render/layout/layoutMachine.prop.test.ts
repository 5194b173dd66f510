import { assert, property, constantFrom } from 'fast-check';
import { expect, test } from 'vitest';
import { geometryOf, overlaps, right, bottom, grown } from './geometry.ts';
import { layoutMachine, type LayoutOptions } from './layoutMachine.ts';
import { linkRects } from './linkLabels.ts';
import { randomMachines } from './randomMachines.testing.ts';
import type { Rect, Scene } from './sceneModel.ts';

const sizes = constantFrom<LayoutOptions>(
  { density: 'full', width: 1048, height: 652 },
  { density: 'compact', width: 640, height: 360 },
  { density: 'full', width: 4000, height: 3000 },
);

const scenes = { numRuns: 60 };

interface Named {
  readonly what: string;
  readonly rect: Rect;
}

/** Pairs of different things that overlap. */
function clashes(all: readonly Named[]): readonly string[] {
  const found: string[] = [];
  all.forEach((one, index) => {
    for (let next = index + 1; next < all.length; next += 1) {
      const other = all[next];
      if (other !== undefined && other.what !== one.what && overlaps(one.rect, other.rect))
        found.push(`${one.what} and ${other.what}`);
    }
  });
  return found;
}

function solids(scene: Scene): readonly Named[] {
  return [
    ...scene.hosts.map((host) => ({ what: `host ${host.numaNode}`, rect: host.rect })),
    ...scene.plates.map((plate) => ({ what: plate.node, rect: plate.rect })),
    ...scene.cards.map((card) => ({ what: card.node, rect: card.rect })),
    ...scene.slots.map((slot) => ({ what: `slot ${slot.port}`, rect: slot.rect })),
    ...scene.dimms.map((dimm) => ({ what: dimm.label, rect: dimm.rect })),
  ];
}

test('plates, cards, slots and modules never overlap', () => {
  assert(
    property(randomMachines(), sizes, (document, size) => {
      const all = solids(layoutMachine(document, undefined, size));
      expect(clashes(all)).toEqual([]);
    }),
    scenes,
  );
});

test('every link runs from its upper port to its lower one, in right angles, through nothing', () => {
  assert(
    property(randomMachines(), sizes, (document, size) => {
      const scene = layoutMachine(document, undefined, size);
      const geometry = geometryOf(scene.density);
      const through: string[] = [];
      for (const link of scene.links) {
        const upper = scene.ports.find((port) => port.node === link.upper);
        const lower = scene.ports.find((port) => port.node === link.lower);
        expect(link.path[0]).toEqual({ x: upper?.x, y: upper?.y });
        expect(link.path.at(-1)).toEqual({ x: lower?.x, y: lower?.y });
        link.path.slice(1).forEach((to, index) => {
          const from = link.path[index];
          expect(from?.x === to.x || from?.y === to.y, `${link.upper} runs in right angles`).toBe(true);
        });
        for (const run of linkRects(geometry, link)) {
          for (const solid of solids(scene)) {
            if (overlaps(grown(run, -1), grown(solid.rect, -1)))
              through.push(`link of ${link.upper} through ${solid.what}`);
          }
        }
      }
      expect(through).toEqual([]);
    }),
    scenes,
  );
});

test('links do not touch each other, and ports do not overlap', () => {
  assert(
    property(randomMachines(), sizes, (document, size) => {
      const scene = layoutMachine(document, undefined, size);
      const geometry = geometryOf(scene.density);
      const runs = scene.links.flatMap((link) => linkRects(geometry, link).map((rect) => ({ what: link.upper, rect })));
      expect(clashes(runs)).toEqual([]);
      expect(clashes(scene.ports.map((port) => ({ what: port.node, rect: port.rect })))).toEqual([]);
    }),
    scenes,
  );
});

test('every port stands on the edge of its owner', () => {
  assert(
    property(randomMachines(), sizes, (document, size) => {
      const scene = layoutMachine(document, undefined, size);
      const owners = solids(scene).filter((solid) => !solid.what.startsWith('DIMM'));
      const lost = scene.ports.filter(
        ({ rect, y }) =>
          !owners.some(
            (owner) =>
              (owner.rect.y === y || bottom(owner.rect) === y) &&
              owner.rect.x <= rect.x &&
              right(rect) <= right(owner.rect),
          ),
      );
      expect(lost.map((port) => port.node)).toEqual([]);
    }),
    scenes,
  );
});

test('everything lies inside the bounds, and every function can be reached by the keyboard', () => {
  assert(
    property(randomMachines(), sizes, (document, size) => {
      const scene = layoutMachine(document, undefined, size);
      const { bounds } = scene;
      for (const { what, rect } of [
        ...solids(scene),
        ...scene.ports.map((port) => ({ what: port.node, rect: port.rect })),
      ]) {
        expect(
          rect.x >= bounds.x && rect.y >= bounds.y && right(rect) <= right(bounds) && bottom(rect) <= bottom(bounds),
          what,
        ).toBe(true);
      }
      const items = new Set(scene.tree.map((item) => item.id));
      for (const fn of document.functions) expect(items.has(scene.itemOfNode.get(fn.id) ?? ''), fn.id).toBe(true);
      for (const item of scene.tree) if (item.parent !== undefined) expect(items.has(item.parent), item.id).toBe(true);
    }),
    scenes,
  );
});

test('the same machine gives the same drawing', () => {
  assert(
    property(randomMachines(), sizes, (document, size) => {
      expect(layoutMachine(document, undefined, size)).toEqual(layoutMachine(document, undefined, size));
    }),
    { numRuns: 20 },
  );
});
