import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { endSpan, pageSpan, roundUp, ticksOf, unitFor, wholeSpan, type TimeSpan } from './timeScale.ts';

const MS = 1e9;
const US = 1e6;

test('ends are round: 1, 2 or 5 times a power of ten', () => {
  expect([0.3 * US, 1.1 * US, 3.2 * MS, 5 * MS, 5.1 * MS].map((end_ps) => roundUp(end_ps))).toEqual([
    US,
    2 * US,
    5 * MS,
    5 * MS,
    10 * MS,
  ]);
});

test('the axis of a run never ends before now, and is extended a few times only', () => {
  let span: TimeSpan | undefined;
  let changes = 0;
  for (let now = 0; now <= 12 * MS; now += 0.01 * MS) {
    const next = wholeSpan(now, undefined, span);
    if (next !== span) changes += 1;
    expect(next.to_ps).toBeGreaterThanOrEqual(now);
    span = next;
  }
  expect(span?.to_ps).toBe(20 * MS);
  expect(changes).toBeLessThan(16);
});

test('a known end is inside the axis', () => {
  expect(wholeSpan(0.1 * MS, 4.715 * MS, undefined)).toEqual({ from_ps: 0, to_ps: 5 * MS });
});

test('the axis of a run that is over is not half empty, and stays', () => {
  const span = endSpan(9.43 * MS, { from_ps: 0, to_ps: 20 * MS });
  expect(span).toEqual({ from_ps: 0, to_ps: 10 * MS });
  expect(endSpan(9.43 * MS, span)).toBe(span);
  expect(endSpan(9.8 * MS, span).to_ps).toBe(12 * MS);
  expect(endSpan(11.642 * MS, span).to_ps).toBe(15 * MS);
});

test('a page always holds now', () => {
  assert(
    property(integer({ min: 0, max: 40_000 }), integer({ min: 1, max: 4000 }), (start, step) => {
      let span: TimeSpan | undefined;
      for (let index = 0; index < 50; index += 1) {
        const now = (start + index * step) * US;
        span = pageSpan(now, span);
        expect(now).toBeGreaterThanOrEqual(span.from_ps);
        expect(now).toBeLessThanOrEqual(span.to_ps);
      }
    }),
  );
});

test('ticks carry the unit of the axis: 0 to 5 in ms', () => {
  const { ticks, unit } = ticksOf({ from_ps: 0, to_ps: 5 * MS }, 5);
  expect(unit.name).toBe('ms');
  expect(ticks.filter((tick) => tick.label !== undefined).map((tick) => tick.label)).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
  ]);
  expect(ticks).toHaveLength(26);
  expect(unitFor(200 * US).name).toBe('µs');
});
