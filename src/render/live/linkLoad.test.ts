import { expect, test } from 'vitest';
import type { LinkDescription } from '../../engine/protocol.ts';
import { idleLoads, limitingDirection, type LinkLoad } from './linkLoad.ts';

function link(index: number): LinkDescription {
  return {
    index,
    upper: `p${index}`,
    lower: `d${index}`,
    up: true,
    gen: 4,
    width: 8,
    bytesPerSecond: 15.75e9,
    propagation_ps: 1500,
  };
}

function loads(...fractions: readonly (readonly [number, number])[]): readonly LinkLoad[] {
  const all = idleLoads(fractions.map((_, index) => link(index)));
  all.forEach((load, index) => {
    const [down = 0, up = 0] = fractions[index] ?? [];
    load.directions[0].fraction = down;
    load.directions[1].fraction = up;
  });
  return all;
}

test('the fullest direction limits, if it is full', () => {
  expect(limitingDirection(loads([0.01, 0.5], [0.98, 0.02], [0.2, 0.97]), undefined)).toEqual({
    link: 1,
    direction: 0,
  });
  expect(limitingDirection(loads([0.01, 0.5], [0.9, 0.02]), undefined)).toBeUndefined();
});

test('of two equally full links on one path the first keeps the chip', () => {
  const before = limitingDirection(loads([0.997, 0.01], [0.01, 0.9975]), undefined);
  expect(before).toEqual({ link: 1, direction: 1 });
  expect(limitingDirection(loads([0.998, 0.01], [0.01, 0.9965]), before)).toEqual(before);
  expect(limitingDirection(loads([0.998, 0.01], [0.01, 0.6]), before)).toEqual({ link: 0, direction: 0 });
});
