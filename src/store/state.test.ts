import { describe, expect, it } from 'vitest';
import { pageStore } from './localStore.ts';
import { createPreferences, DEFAULT_PREFERENCES, readPreferences } from './preferences.ts';
import { DEFAULT_SPEED, speedAt, SPEEDS } from './speeds.ts';
import { DEFAULT_SEED, readUrl, withoutPreset, withView } from './urlState.ts';
import { ACTIONS, actionForKey } from './actions.ts';
import { PS_PER_MS, PS_PER_NS, PS_PER_US } from '../base/units.ts';

describe('speeds', () => {
  it('go from 1 ns to 1 ms per second and then without limit', () => {
    expect(SPEEDS[0]).toBe(PS_PER_NS);
    expect(SPEEDS.at(-2)).toBe(PS_PER_MS);
    expect(SPEEDS.at(-1)).toBe(Infinity);
    expect([...SPEEDS].sort((a, b) => a - b)).toEqual(SPEEDS);
  });

  it('start at 500 µs per second and stay inside', () => {
    expect(speedAt(DEFAULT_SPEED)).toBe(500 * PS_PER_US);
    expect(speedAt(-4)).toBe(PS_PER_NS);
    expect(speedAt(999)).toBe(Infinity);
  });
});

describe('preferences', () => {
  it('are kept and read again', () => {
    const local = pageStore();
    createPreferences(local).getState().change({ theme: 'dark', bounceWay: 'copy' });
    expect(createPreferences(local).getState().preferences).toMatchObject({ theme: 'dark', bounceWay: 'copy' });
  });

  it.each(['', '{', '{"version":2}', '{"version":1,"theme":"pink"}'])('fall back to the defaults from %j', (text) => {
    expect(readPreferences(text)).toEqual(DEFAULT_PREFERENCES);
  });

  it('are forgotten on request', () => {
    const local = pageStore();
    const store = createPreferences(local);
    store.getState().change({ theme: 'dark' });
    store.getState().reset();
    expect(store.getState().preferences).toEqual(DEFAULT_PREFERENCES);
    expect(createPreferences(local).getState().preferences).toEqual(DEFAULT_PREFERENCES);
  });
});

describe('the address', () => {
  it('names preset, view, seed and bench', () => {
    expect(readUrl('?preset=acs-redirect&view=why&seed=7')).toMatchObject({
      preset: 'acs-redirect',
      view: 'why',
      seed: 7,
      testing: false,
    });
    expect(readUrl('?bench=packets&count=5000').bench).toEqual({ name: 'packets', count: 5000 });
  });

  it('fixes the seed in tests and ignores what it does not know', () => {
    expect(readUrl('?testing=1&seed=7&view=lasers&x=y')).toMatchObject({
      testing: true,
      seed: DEFAULT_SEED,
      view: undefined,
    });
  });

  it('follows the view and keeps the rest', () => {
    expect(withView('?preset=default&testing=1', 'watch')).toBe('?preset=default&testing=1&view=watch');
    expect(withoutPreset('?preset=default&view=why')).toBe('?view=why');
    expect(withoutPreset('?preset=default')).toBe('');
  });
});

describe('actions', () => {
  const press = (key: string, more: object = {}) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...more,
  });

  it('have ids and keys of their own', () => {
    const keys = ACTIONS.flatMap(({ shortcut }) => (shortcut === undefined ? [] : [JSON.stringify(shortcut)]));
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(ACTIONS.map((action) => action.id)).size).toBe(ACTIONS.length);
  });

  it('answer to their keys and to no others', () => {
    expect(actionForKey(press(' '))?.id).toBe('play');
    expect(actionForKey(press('?', { shiftKey: true }))?.id).toBe('keys');
    expect(actionForKey(press('z', { ctrlKey: true }))?.id).toBe('undo');
    expect(actionForKey(press('Z', { ctrlKey: true, shiftKey: true }))?.id).toBe('redo');
    expect(actionForKey(press('z', { metaKey: true }))?.id).toBe('undo');
    expect(actionForKey(press('z'))).toBeUndefined();
    expect(actionForKey(press('i', { ctrlKey: true }))).toBeUndefined();
    expect(actionForKey(press('i', { altKey: true }))).toBeUndefined();
  });
});
