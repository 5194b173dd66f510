import { describe, expect, it } from 'vitest';
import { KIB, MIB } from '../base/units.ts';
import { sweepParameter } from './sweepParameters.ts';
import { countSentence, parseValue, rangeValues, sweepValues, type ValuesDraft } from './sweepPoints.ts';

const DRAFT: ValuesDraft = { mode: 'range', list: '', from: '1', to: '256', count: '9', spacing: 'log' };

function numbersOf(id: Parameters<typeof sweepParameter>[0]) {
  const { values } = sweepParameter(id);
  if (values.kind !== 'number') throw new Error(`${id} takes choices`);
  return values;
}

function valuesOf(id: Parameters<typeof sweepParameter>[0], change: Partial<ValuesDraft>) {
  return sweepValues(sweepParameter(id), { ...DRAFT, ...change }, []);
}

describe('points of a sweep', () => {
  it('go in equal ratios or equal steps, with both ends', () => {
    expect(rangeValues(numbersOf('tags'), { from: 1, to: 256 }, 9, 'log')).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
    expect(rangeValues(numbersOf('background'), { from: 0, to: 50 }, 6, 'linear')).toEqual([0, 10, 20, 30, 40, 50]);
    expect(rangeValues(numbersOf('chunk'), { from: 4 * KIB, to: 4 * MIB }, 6, 'log').every((v) => v % 4 === 0)).toBe(
      true,
    );
  });

  it('that are rounded to the same value are one', () => {
    expect(rangeValues(numbersOf('tags'), { from: 1, to: 4 }, 64, 'log')).toEqual([1, 2, 3, 4]);
  });

  it('come out of a list in order, each once', () => {
    expect(valuesOf('size', { mode: 'list', list: '1 MiB, 4096; 64 KiB, 4 KiB' })).toEqual({
      ok: true,
      value: [4096, 65_536, 1_048_576],
    });
    expect(valuesOf('bitErrors', { mode: 'list', list: '1e-6, 0' })).toEqual({ ok: true, value: [0, 1e-6] });
  });

  it.each([
    ['tags', { from: '' }, 'from'],
    ['tags', { from: 'x' }, 'from'],
    ['tags', { from: '0.5' }, 'from'],
    ['tags', { to: '5000' }, 'to'],
    ['tags', { from: '9', to: '9' }, 'to'],
    ['tags', { count: '65' }, 'count'],
    ['tags', { count: '1' }, 'count'],
    ['tags', { count: '' }, 'count'],
    ['background', { from: '0', to: '10' }, 'from'],
    ['chunk', { mode: 'list', list: '4098' }, 'list'],
    ['size', { mode: 'list', list: ' , ' }, 'list'],
    ['size', { mode: 'list', list: Array.from({ length: 65 }, (_none, index) => index + 1).join(',') }, 'list'],
    ['mps', {}, 'choice'],
  ] as const)('of %s with %o have their problem at %s', (id, change, field) => {
    const values = valuesOf(id, change);
    expect(values.ok ? undefined : values.error.field).toBe(field);
  });

  it('say their limits in their own unit', () => {
    const value = parseValue(sweepParameter('chunk'), numbersOf('chunk'), '1 KiB');
    expect(value.ok ? '' : value.error.replace(/\s/g, ' ')).toBe('From 4 KiB to 16 MiB.');
  });

  it('are counted in words', () => {
    expect(countSentence(3, 2)).toBe('3 points × 2 ways = 6 runs');
    expect(countSentence(1, 1)).toBe('1 point × 1 way = 1 run');
  });
});
