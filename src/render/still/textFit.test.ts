import { expect, test } from 'vitest';
import { detailAt } from './detail.ts';
import { fitName, fitText, TEXT } from './textFit.ts';

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
  expect(detailAt(1.5, 'full', 4).textScale).toBe(1);
  expect(detailAt(0.5, 'full', 4).textScale * 0.5).toBe(1);
  expect([1, 0.75, 0.5, 0.3, 0.1].map((zoom) => detailAt(zoom, 'full', 4).card)).toEqual([
    'all',
    'state',
    'short',
    'name',
    'none',
  ]);
  expect(detailAt(0.74, 'full', 4).showsLanes).toBe(false);
  expect(detailAt(0.75, 'full', 4).showsLanes).toBe(true);
});

test('of a numbered name the number stays', () => {
  expect(fitName('mem-s0-3-15', TEXT.cardName, 77, measure)).toBe('mem-s0-3-15');
  expect(fitName('mem-s0-3-15', TEXT.cardName, 63, measure)).toBe('mem…3-15');
  expect(fitName('mem-s0-3-15', TEXT.cardName, 49, measure)).toBe('mem…15');
  expect(fitName('mem-s0-3-15', TEXT.cardName, 21, measure)).toBe('');
  expect(fitName('PCI bridge 0', TEXT.cardName, 70, measure)).toBe('PCI bridg…');
});

test('of many devices no names are shown where they could not be read', () => {
  expect(detailAt(0.3, 'compact', 20).isFar).toBe(false);
  expect(detailAt(0.3, 'compact', 512).isFar).toBe(true);
  expect(detailAt(0.5, 'compact', 512).isFar).toBe(false);
});
