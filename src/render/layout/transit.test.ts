import { array, assert, integer, property, uniqueArray } from 'fast-check';
import { expect, test } from 'vitest';
import { assignTracks, placePorts, type PortWish } from './transit.ts';

const wish = (targetX: number, leastX: number, mostX: number): PortWish => ({
  targetX,
  leastX,
  mostX,
  left: 20,
  right: 60,
});

test('a port stands above its target where the plate reaches that far', () => {
  expect(placePorts([wish(419.5, 352, 660), wish(924.5, 352, 660)])).toEqual([419.5, 660.5]);
});

test('ports keep their order and their room, whatever their targets', () => {
  assert(
    property(array(integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 20 }), (targets) => {
      const sorted = targets.toSorted((a, b) => a - b);
      const places = placePorts(sorted.map((target) => wish(target, 300, 900)));
      for (let index = 1; index < places.length; index += 1) {
        expect((places[index] ?? 0) - (places[index - 1] ?? 0)).toBeGreaterThanOrEqual(79);
      }
    }),
  );
});

/** True if a vertical run at `x` between two depths meets a horizontal run. */
function meets(x: number, from: number, to: number, run: { fromX: number; toX: number; depth: number }): boolean {
  return x > Math.min(run.fromX, run.toX) && x < Math.max(run.fromX, run.toX) && run.depth > from && run.depth < to;
}

test('transit lines between ordered ports and ordered targets never cross', () => {
  const places = uniqueArray(integer({ min: 0, max: 400 }), { minLength: 2, maxLength: 12 });
  assert(
    property(places, places, (a, b) => {
      const count = Math.min(a.length, b.length);
      const ports = a.slice(0, count).toSorted((x, y) => x - y);
      const targets = b.slice(0, count).toSorted((x, y) => x - y);
      const crossings = ports.map((fromX, index) => ({ fromX, toX: targets[index] ?? 0, width: 8 }));
      const { depths, depth } = assignTracks(crossings, 30);
      const runs = crossings.map((crossing, index) => ({ ...crossing, depth: depths[index] ?? 0 }));
      for (const one of runs) {
        for (const other of runs) {
          if (one === other || other.fromX === other.toX) continue;
          expect(meets(one.fromX, 0, one.fromX === one.toX ? depth + 1 : one.depth, other)).toBe(false);
          expect(meets(one.toX, one.fromX === one.toX ? 0 : one.depth, depth + 1, other)).toBe(false);
        }
      }
    }),
  );
});
