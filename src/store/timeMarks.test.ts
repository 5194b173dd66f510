import { describe, expect, it } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { presets } from '../topology/presets/presets.ts';
import { at } from '../base/invariant.ts';
import { createDocumentStore } from './documentStore.ts';
import { emptyMachine, FakeEngine } from './fakes.testing.ts';
import type { LibraryState } from './library.ts';
import { pageStore } from './localStore.ts';
import { Session } from './session.ts';
import { followMachine, keepStops } from './timeKeeping.ts';
import { TimeMarks } from './timeMarks.ts';
import { breakpointOf, breakpointsOf, ROOT_REQUESTER, type Stop } from './timeStops.ts';

const AT_1US = { kind: 'time', at_ps: 1_000_000 } as const;
const preset = at(presets, 0);

describe('marks in time', () => {
  it('are kept with the machine they were set for', () => {
    const local = pageStore();
    const marks = new TimeMarks(local);
    marks.open('a', false);
    marks.addStop(AT_1US);
    marks.addBookmark(500, 'there');
    marks.open('b', false);
    expect(marks.store.getState()).toMatchObject({ stops: [], bookmarks: [] });
    marks.addBookmark(7, 'other');
    const again = new TimeMarks(local);
    again.open('a', false);
    expect(again.store.getState().bookmarks).toMatchObject([{ name: 'there', at_ps: 500 }]);
    expect(again.store.getState().stops).toMatchObject([{ isEnabled: true, when: AT_1US }]);
    again.addStop(AT_1US);
    expect(new Set(again.store.getState().stops.map(({ id }) => id)).size).toBe(2);
  });

  it.each([
    '',
    '{',
    '{"version":1}',
    '{"version":1,"machines":[{"machine":"a","marks":{"stops":[{}],"bookmarks":[]}}]}',
  ])('begin empty where what was kept cannot be read: %j', (text) => {
    const local = pageStore();
    local.write('peerlane.time', text);
    const marks = new TimeMarks(local);
    marks.open('a', false);
    expect(marks.store.getState().stops).toEqual([]);
  });

  it('go along when a preset becomes a machine of one’s own, and not to a machine that is opened', () => {
    const local = pageStore();
    const origin = { from: 'preset', preset: preset.id } as const;
    const documents = createDocumentStore(local, { document: preset.document, origin, notice: undefined });
    const entry = (id: string) => ({ id, name: id, changed_ms: 0 });
    const library = createStore<LibraryState>()(() => ({
      machines: [entry('old')],
      current: undefined,
      keeper: 'here',
      saved: 'written',
      removed: undefined,
    }));
    const marks = new TimeMarks(local);
    followMachine(marks, documents, library);
    marks.addBookmark(9, 'mine');
    library.setState({ machines: [entry('old'), entry('new')] });
    library.setState({ current: 'new' });
    expect(marks.store.getState().bookmarks).toMatchObject([{ name: 'mine' }]);
    library.setState({ current: 'old' });
    expect(marks.store.getState().bookmarks).toEqual([]);
    library.setState({ current: 'new' });
    expect(marks.store.getState().bookmarks).toMatchObject([{ name: 'mine' }]);
  });

  it('finds bookmarks on both sides of an instant', () => {
    const marks = new TimeMarks(pageStore());
    for (const at_ps of [300, 100, 200]) marks.addBookmark(at_ps, String(at_ps));
    expect(marks.bookmarkBeside(200, 'before')?.at_ps).toBe(100);
    expect(marks.bookmarkBeside(200, 'after')?.at_ps).toBe(300);
    expect(marks.bookmarkBeside(100, 'before')).toBeUndefined();
  });

  it('lists a place once, however often a run is stopped there', () => {
    const marks = new TimeMarks(pageStore());
    const hit = { stop: 't1', lane: 'direct', at_ps: 5, what: 'x' } as const;
    marks.hit(hit);
    marks.dismiss();
    marks.hit(hit);
    marks.hit({ ...hit, at_ps: 9 });
    expect(marks.store.getState().hits.map(({ at_ps }) => at_ps)).toEqual([5, 9]);
    expect(marks.store.getState().notice?.at_ps).toBe(9);
    marks.forgetHitsAfter(5);
    expect(marks.store.getState().hits).toHaveLength(1);
  });
});

describe('stops of a machine', () => {
  const link = { index: 4, upper: 'dsp1', lower: 'nic0', up: true, gen: 4, width: 8 } as const;
  const fn = { id: 'nic0', index: 0, bdf: '0000:04:00.0', buses: undefined, bars: [], mpsBytes: 256, mrrsBytes: 512 };
  const machine = emptyMachine('p2p', {
    links: [{ ...link, bytesPerSecond: 1, propagation_ps: 1 }],
    functions: [{ ...fn, acsControl: undefined }],
    memories: [{ index: 2, node: 'nic0', label: 'BAR 0', busAddress: 0x1000, sizeBytes: 4096 }],
  });
  const stop = (when: Stop['when']): Stop => ({ id: 'a', isEnabled: true, when });

  it('are given the numbers that the machine uses', () => {
    const tlp = breakpointOf(stop({ kind: 'tlp', requester: 'nic0', link: 'dsp1', direction: 1 }), machine);
    expect(tlp).toMatchObject({ value: { when: { kind: 'tlp', requester: 0x400, link: 4, direction: 1 } } });
    const root = breakpointOf(stop({ kind: 'tlp', requester: ROOT_REQUESTER }), machine);
    expect(root).toMatchObject({ value: { when: { requester: 0 } } });
    const write = breakpointOf(
      stop({ kind: 'memoryWrite', node: 'nic0', label: 'BAR 0', range: { first: 16, last: 31 } }),
      machine,
    );
    expect(write).toMatchObject({ value: { when: { memory: 2, first: 16, last: 31 } } });
  });

  it('that it cannot meet are left out, and say why', () => {
    const lost = [
      stop({ kind: 'tlp', link: 'gone' }),
      stop({ kind: 'tlp', requester: 'gone' }),
      stop({ kind: 'memoryWrite', node: 'nic0', label: 'BAR 0', range: { first: 0, last: 4096 } }),
      stop({ kind: 'register', node: 'gone', offset: 4, bytes: 2, mask: 1, name: 'Command' }),
    ];
    for (const one of lost) expect(breakpointOf(one, machine)).toMatchObject({ ok: false });
    expect(breakpointsOf([...lost, stop(AT_1US)], machine)).toHaveLength(1);
  });

  it('are told to every machine, when it is built and when they change', async () => {
    const engines: FakeEngine[] = [];
    const session = new Session({
      seed: 1,
      makeClient: () => {
        const engine = new FakeEngine();
        engines.push(engine);
        return engine;
      },
    });
    const marks = new TimeMarks(pageStore());
    const quit = keepStops(session, marks);
    marks.addStop(AT_1US);
    await session.load('direct', preset.document, 'p2p');
    const [engine] = engines;
    expect(engine?.breakpoints).toMatchObject([{ isEnabled: true, when: AT_1US }]);
    const id = engine?.breakpoints[0]?.id ?? '';
    marks.changeStop(id, { isEnabled: false });
    expect(engine?.breakpoints).toMatchObject([{ isEnabled: false }]);
    marks.removeStop(id);
    expect(engine?.breakpoints).toEqual([]);
    quit();
  });
});
