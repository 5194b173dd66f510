import { describe, expect, it } from 'vitest';
import { pageStore } from './localStore.ts';
import { findItems, fuzzyScore, readRecent, rememberUse, type PaletteItem } from './palette.ts';

const item = (id: string, label: string, hint = '', isEnabled = true): PaletteItem => ({
  id,
  label,
  hint,
  keys: [],
  isEnabled,
  perform: () => undefined,
});

const ITEMS = [
  item('memory', 'View: Memory', 'Views'),
  item('inspect', 'View: Inspect', 'Views'),
  item('nvme', 'Go to nvme0', 'Device 07:00.0'),
  item('undo', 'Undo', 'Document', false),
];
const ids = (query: string, recent: readonly string[] = []): readonly string[] =>
  findItems(ITEMS, query, recent).map(({ id }) => id);

describe('what a few letters find', () => {
  it('needs every word, in any order, in the name or in the hint', () => {
    expect(ids('mem view')).toEqual(['memory']);
    expect(ids('07 go')).toEqual(['nvme']);
    expect(ids('memory device')).toEqual([]);
  });

  it('does not join letters of the name with letters of the hint', () => {
    expect(ids('nv')).toEqual(['nvme']);
  });

  it('puts beginnings of words before middles', () => {
    const beginning = fuzzyScore('mem', 'View: Memory');
    const middle = fuzzyScore('mem', 'Iopmem');
    expect(beginning).toBeGreaterThan(middle ?? Infinity);
    expect(fuzzyScore('zz', 'View: Memory')).toBeUndefined();
  });

  it('is, with nothing typed, what was used last and then all that can be done now', () => {
    expect(ids('', ['nvme', 'inspect'])).toEqual(['nvme', 'inspect', 'memory']);
    expect(ids('undo')).toEqual(['undo']);
  });
});

describe('what was used last', () => {
  it('is remembered once each, newest first, not without end', () => {
    const local = pageStore();
    for (const id of ['a', 'b', 'a']) rememberUse(local, id);
    expect(readRecent(local)).toEqual(['a', 'b']);
    for (let count = 0; count < 50; count += 1) rememberUse(local, `more ${count}`);
    expect(readRecent(local)).toHaveLength(12);
    expect(readRecent(local)[0]).toBe('more 49');
  });

  it('is nothing where what was kept cannot be used', () => {
    const local = pageStore();
    for (const text of ['{', '[]', '{"version":1,"used":[5]}', '{"version":2,"used":[]}']) {
      local.write('peerlane.palette', text);
      expect(readRecent(local)).toEqual([]);
    }
  });
});
