import { expect, test } from 'vitest';
import { detailAt } from './detail.ts';
import { fitText, TEXT } from './textFit.ts';

/** Every letter is 7 pixels wide. */
const measure = (text: string): number => text.length * 7;

test('text that fits stays, longer text is cut with an ellipsis and never wider than its room', () => {
  expect(fitText('iopmem0', TEXT.cardName, 49, measure)).toBe('iopmem0');
  expect(fitText('iopmem0', TEXT.cardName, 48, measure)).toBe('iopme…');
  expect(fitText('PCI bridge 00:1e.0', TEXT.cardName, 84, measure)).toBe('PCI bridge…');
});

test('where fewer than two letters fit there is nothing', () => {
  expect(fitText('nvme12', TEXT.cardName, 15, measure)).toBe('');
});

test('text keeps its size below 100 %, and what a card says gets less', () => {
  expect(detailAt(1.5, 'full').textScale).toBe(1);
  expect(detailAt(0.5, 'full').textScale * 0.5).toBe(1);
  expect([1, 0.75, 0.5, 0.3, 0.1].map((zoom) => detailAt(zoom, 'full').card)).toEqual([
    'all',
    'state',
    'short',
    'name',
    'none',
  ]);
  expect(detailAt(0.74, 'full').showsLanes).toBe(false);
  expect(detailAt(0.75, 'full').showsLanes).toBe(true);
});
