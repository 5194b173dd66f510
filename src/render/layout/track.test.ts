import { assert, array, boolean, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import type { Point } from './sceneModel.ts';
import { AT_DX, AT_DY, AT_X, AT_Y, Track } from './track.ts';

const at = (track: Track, distance: number): readonly number[] => {
  const out = new Float64Array(4);
  track.pointAt(distance, out);
  return [...out].map((value) => Math.round(value * 1000) / 1000 + 0);
};

const corner: readonly Point[] = [
  { x: 0, y: 0 },
  { x: 0, y: 100 },
  { x: 100, y: 100 },
];

test('a corner is a quarter circle: shorter than the angle, and ends where the next run begins', () => {
  const track = Track.along(corner, 16);
  expect(track.length).toBeCloseTo(84 + 84 + (16 * Math.PI) / 2, 9);
  expect(at(track, 0)).toEqual([0, 0, 0, 1]);
  expect(at(track, track.length)).toEqual([100, 100, 1, 0]);
});

test('traffic keeps right: going down, the right of travel is west; going back, east', () => {
  const down = Track.along(
    [
      { x: 50, y: 0 },
      { x: 50, y: 10 },
    ],
    0,
    9,
  );
  const up = Track.along(
    [
      { x: 50, y: 10 },
      { x: 50, y: 0 },
    ],
    0,
    9,
  );
  expect(at(down, 0)[AT_X]).toBe(41);
  expect(at(up, 0)[AT_X]).toBe(59);
});

test('parallel tracks keep their distance through a corner', () => {
  const centre = Track.along(corner, 30);
  for (const offset of [-20, -5, 5, 20]) {
    const side = Track.along(corner, 30, offset);
    const out = new Float64Array(4);
    for (let step = 0; step <= 50; step += 1) {
      side.pointAt((side.length * step) / 50, out);
      let nearest = Infinity;
      for (let probe = 0; probe <= 2000; probe += 1) {
        const [x = 0, y = 0] = at(centre, (centre.length * probe) / 2000);
        nearest = Math.min(nearest, Math.hypot(x - (out[AT_X] ?? 0), y - (out[AT_Y] ?? 0)));
      }
      expect(nearest).toBeCloseTo(Math.abs(offset), 1);
    }
  }
});

const turns = array(integer({ min: 3, max: 200 }), { minLength: 2, maxLength: 8 });

test('moving along a track never jumps and never leaves the unit direction, whatever the corners', () => {
  assert(
    property(
      turns,
      boolean(),
      integer({ min: 0, max: 40 }),
      integer({ min: -12, max: 12 }),
      (lengths, left, radius, offset) => {
        const points: Point[] = [{ x: 0, y: 0 }];
        lengths.forEach((length, index) => {
          const last = points.at(-1) ?? { x: 0, y: 0 };
          const sign = left && index % 4 === 2 ? -1 : 1;
          points.push(index % 2 === 0 ? { x: last.x, y: last.y + length } : { x: last.x + sign * length, y: last.y });
        });
        const track = Track.along(points, radius, offset);
        let [x = 0, y = 0] = at(track, 0);
        const steps = Math.ceil(track.length);
        for (let step = 1; step <= steps; step += 1) {
          const next = at(track, (track.length * step) / steps);
          expect(Math.hypot((next[AT_X] ?? 0) - x, (next[AT_Y] ?? 0) - y)).toBeLessThanOrEqual(1.01);
          expect(Math.hypot(next[AT_DX] ?? 0, next[AT_DY] ?? 0)).toBeCloseTo(1, 2);
          [x = 0, y = 0] = next;
        }
      },
    ),
  );
});

test('a part of a track is drawn from exactly its first point to its last', () => {
  const track = Track.along(corner, 16);
  const seen: string[] = [];
  const note = (what: string, x: number, y: number): void => {
    seen.push(`${what} ${Math.round(x)} ${Math.round(y)}`);
  };
  const sink = {
    moveTo: (x: number, y: number) => note('move', x, y),
    lineTo: (x: number, y: number) => note('line', x, y),
    arc: (x: number, y: number, radius: number, _from: number, to: number) =>
      note('arc', x + Math.cos(to) * radius, y + Math.sin(to) * radius),
  };
  track.trace(sink, 80, track.length - 10);
  expect(seen).toEqual(['move 0 80', 'line 0 84', 'arc 16 100', 'line 90 100']);
});

test('path data for the still drawing uses the same corners', () => {
  expect(Track.along(corner, 16).toSvg()).toBe('M0 0L0 84A16 16 0 0 0 16 100L100 100');
});
