import { expect, test } from 'vitest';
import { fitZoom, nextZoom, shift } from './viewport.ts';

const bounds = { x: 0, y: 0, width: 974, height: 566 };

test('a machine that fits is shown at 100 %, a large window shows it at the next whole step', () => {
  expect(fitZoom(bounds, { width: 1048, height: 608 })).toBe(1);
  expect(fitZoom(bounds, { width: 1480, height: 900 })).toBe(1.5);
});

test('a machine that does not fit is shown whole', () => {
  const zoom = fitZoom(bounds, { width: 700, height: 608 });
  expect(zoom).toBeLessThan(0.7);
  expect(zoom * bounds.width).toBeLessThanOrEqual(700);
});

test('zooming goes from step to step and stops at the fitting zoom on the way', () => {
  expect(nextZoom(1, 1, 1)).toBe(1.5);
  expect(nextZoom(2, 1, 1)).toBe(2);
  expect(nextZoom(1, -1, 1)).toBe(0.75);
  expect(nextZoom(0.5, -1, 0.3)).toBe(0.3);
  expect(nextZoom(0.3, -1, 0.3)).toBe(0.3);
  expect(nextZoom(0.3, 1, 0.3)).toBe(0.5);
});

test('between the whole of a large machine and half size there are steps', () => {
  expect(nextZoom(0.06, 1, 0.06)).toBe(0.125);
  expect(nextZoom(0.125, 1, 0.06)).toBe(0.25);
  expect(nextZoom(0.25, 1, 0.06)).toBe(0.5);
  expect(nextZoom(0.5, -1, 0.22)).toBe(0.22);
});

test('the view moves as little as shows a thing; what is too long to be shown whole stays where it fills the view', () => {
  expect(shift(100, 300, 800, 16)).toBe(0);
  expect(shift(-20, 180, 800, 16)).toBe(36);
  expect(shift(700, 900, 800, 16)).toBe(-116);
  expect(shift(-300, 900, 800, 16)).toBe(0);
  expect(shift(600, 1800, 800, 16)).toBe(-584);
});
