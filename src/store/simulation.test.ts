import { describe, expect, it } from 'vitest';
import { at } from '../base/invariant.ts';
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';
import { presets } from '../topology/presets/presets.ts';
import { createAnnouncer } from './announcer.ts';
import { createDocumentStore } from './documentStore.ts';
import { emptyMachine, FAKE_END_PS, FakeEngine } from './fakes.testing.ts';
import { pageStore } from './localStore.ts';
import { createPreferences } from './preferences.ts';
import { Simulation } from './simulation.ts';
import { SPEEDS } from './speeds.ts';
import type { View } from './urlState.ts';
import { createViewStore } from './viewStore.ts';

const preset = at(presets, 0);

function page(view: View = 'race', makeClient?: () => FakeEngine) {
  const engines: FakeEngine[] = [];
  const local = pageStore();
  const parts = {
    documents: createDocumentStore(local, { document: preset.document, origin: { from: 'saved' }, notice: undefined }),
    preferences: createPreferences(local),
    view: createViewStore(view),
    announcer: createAnnouncer(),
    seed: 1,
    makeClient: () => {
      const engine = makeClient?.() ?? new FakeEngine();
      engines.push(engine);
      return engine;
    },
  };
  parts.preferences.getState().change({ speed: SPEEDS.length - 1 });
  const simulation = new Simulation(parts);
  simulation.start();
  return { ...parts, simulation, engines };
}

/** Plays until the clock stands. */
function runOut(simulation: Simulation): void {
  for (let frame = 0; frame < 100; frame += 1) simulation.player.tick(16);
}

describe('the page', () => {
  it('builds both machines of a race and stands at time 0', async () => {
    const { simulation, engines } = page();
    await simulation.idle();
    expect(engines.flatMap((engine) => engine.loads)).toEqual(['p2p', 'bounce']);
    expect(simulation.player.store.getState().phase).toBe('paused');
  });

  it('builds only the machine it shows, and the other when it is wanted', async () => {
    const { simulation, view } = page('watch');
    await simulation.idle();
    expect(simulation.session.lane('bounced').status).toBe('empty');
    view.getState().set({ lane: 'bounced' });
    await simulation.idle();
    expect(simulation.session.lane('bounced').status).toBe('ready');
  });

  it('runs to the end, announces each machine and begins again on the next play', async () => {
    const { simulation, announcer } = page();
    await simulation.idle();
    await simulation.toggle();
    runOut(simulation);
    await simulation.idle();
    expect(simulation.player.store.getState().phase).toBe('finished');
    expect(announcer.getState().sentence).toMatch(/Bounce finished after/);
    expect(simulation.session.lane('direct').report?.outcome).toBe('finished');
    await simulation.toggle();
    expect(simulation.player.store.getState().phase).toBe('playing');
    expect(simulation.session.lane('direct').report).toBeUndefined();
  });

  it('builds the machines anew when the document changes, and stops the clock', async () => {
    const { simulation, documents, engines } = page();
    await simulation.idle();
    await simulation.toggle();
    documents.getState().setTransfer('less', { bytes: 4096 });
    await simulation.idle();
    expect(simulation.player.store.getState().phase).toBe('paused');
    expect(engines.flatMap((engine) => engine.loads)).toEqual(['p2p', 'p2p', 'bounce', 'bounce']);
  });

  it('shows the last of several quick changes', async () => {
    const { simulation, documents } = page();
    for (const bytes of [4096, 8192, 16_384]) documents.getState().setTransfer(`${bytes}`, { bytes });
    await simulation.idle();
    expect(simulation.session.store.getState().document?.transfer.bytes).toBe(16_384);
    expect(simulation.player.store.getState().phase).toBe('paused');
  });

  it('plays once the machines stand when asked while they are being built', async () => {
    const { simulation, documents } = page();
    await simulation.toggle();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(simulation.player.store.getState().phase).toBe('playing');
    documents.getState().setTransfer('less', { bytes: 4096 });
    simulation.runToEnd();
    await new Promise((resolve) => setTimeout(resolve, 0));
    runOut(simulation);
    expect(simulation.player.store.getState().phase).toBe('finished');
  });

  it('lets the bounce run alone where P2P is refused', async () => {
    const refused = { code: 'X', message: 'not supported' };
    const { simulation } = page(
      'race',
      () =>
        new FakeEngine((_document, _transfer, way) =>
          Promise.resolve(emptyMachine(way, { plan: { way, legs: [], refused: way === 'p2p' ? refused : undefined } })),
        ),
    );
    await simulation.idle();
    await simulation.toggle();
    runOut(simulation);
    await simulation.idle();
    expect(simulation.session.lane('direct').report).toBeUndefined();
    expect(simulation.session.lane('bounced').report?.outcome).toBe('finished');
    expect(simulation.player.store.getState().phase).toBe('finished');
  });

  it('lets the CPU copy where no engine can, and says why', async () => {
    const refused = { code: 'X', message: 'no DMA engine.' };
    const { simulation } = page(
      'race',
      () =>
        new FakeEngine((_document, _transfer, way) =>
          Promise.resolve(
            emptyMachine(way, { plan: { way, legs: [], refused: way === 'bounce' ? refused : undefined } }),
          ),
        ),
    );
    await simulation.idle();
    expect(simulation.session.lane('bounced')).toMatchObject({
      way: 'copy',
      status: 'ready',
      instead: 'no DMA engine.',
    });
    expect(simulation.player.store.getState().phase).toBe('paused');
  });

  it('keeps a document that cannot be built, with the reasons', async () => {
    const rejection = Object.assign(new Error('no'), {
      code: 'DOCUMENT_REJECTED',
      diagnostics: [{ code: 'A', severity: 'error', path: '', message: 'm' }],
    });
    const { simulation } = page('race', () => new FakeEngine(() => Promise.reject(rejection)));
    await simulation.idle();
    const lane = simulation.session.lane('direct');
    expect(lane.status).toBe('failed');
    expect(lane.failure).toMatchObject({ engineStopped: false, diagnostics: [{ code: 'A' }] });
    expect(simulation.player.store.getState().phase).toBe('empty');
  });

  it('starts another engine after one was lost', async () => {
    const { simulation, engines } = page();
    await simulation.idle();
    at(engines, 0).emit({
      kind: 'failed',
      requestId: undefined,
      code: 'ENGINE_LOST',
      message: 'gone',
      stack: undefined,
      diagnostics: [],
    });
    expect(simulation.session.lane('direct')).toMatchObject({ status: 'failed', failure: { engineStopped: true } });
    expect(at(engines, 0).disposed).toBe(true);
    await simulation.restart();
    expect(simulation.session.lane('direct').status).toBe('ready');
    expect(engines).toHaveLength(3);
  });

  it('restarts a run that was playing, and leaves a paused one paused', async () => {
    const { simulation } = page();
    await simulation.idle();
    await simulation.restart();
    expect(simulation.player.store.getState().phase).toBe('paused');
    simulation.player.play();
    await simulation.restart();
    expect(simulation.player.store.getState().phase).toBe('playing');
  });

  it('shows an engine that breaks while it answers, and starts another', async () => {
    const { simulation, engines } = page();
    await simulation.idle();
    const engine = at(engines, 0);
    engine.step = () => Promise.reject(new Error('event 1000'));
    await simulation.player.step('tlp');
    await simulation.idle();
    expect(simulation.session.lane('direct').failure?.message).toBe('event 1000');
    expect(engine.disposed).toBe(true);
    await simulation.restart();
    await simulation.idle();
    expect(simulation.session.lane('direct').status).toBe('ready');
    expect(simulation.player.store.getState().phase).toBe('paused');
  });

  it('is not disturbed by an answer that a newer machine has overtaken', async () => {
    const { simulation, engines } = page();
    await simulation.idle();
    const engine = at(engines, 0);
    let refuse = (_reason: Error): void => undefined;
    engine.step = () => new Promise((_, reject) => (refuse = reject));
    const stepping = simulation.player.step('tlp');
    const restarting = simulation.restart();
    refuse(new Error('superseded'));
    await Promise.all([stepping, restarting]);
    await simulation.idle();
    expect(simulation.session.lane('direct').status).toBe('ready');
    expect(simulation.player.store.getState()).toMatchObject({ phase: 'paused', busy: false });
  });
});

describe('the page in time', () => {
  it('has a result only at the end: going back takes it away, running on brings it again', async () => {
    const { simulation } = page();
    await simulation.idle();
    simulation.runToEnd();
    runOut(simulation);
    await simulation.idle();
    const report = (): unknown => simulation.session.lane('direct').report;
    expect(report()).toBeDefined();
    expect(simulation.player.end_ps).toBe(FAKE_END_PS);
    await simulation.seek(FAKE_END_PS / 2);
    expect(report()).toBeUndefined();
    expect(simulation.player.store.getState().phase).toBe('paused');
    expect(simulation.player.end_ps).toBe(FAKE_END_PS);
    simulation.runToEnd();
    runOut(simulation);
    await simulation.idle();
    expect(report()).toBeDefined();
    await simulation.step('back');
    expect(report()).toBeUndefined();
    await simulation.seek(Infinity);
    expect(simulation.player.store.getState().phase).toBe('finished');
  });

  it('forgets the end, and what was furthest, when a machine is changed in its past', async () => {
    const { simulation, engines } = page('watch');
    await simulation.idle();
    await simulation.seek(FAKE_END_PS);
    await simulation.seek(1000);
    at(engines, 0).emit({ kind: 'branched', at_ps: 1000 });
    expect(simulation.player.end_ps).toBeUndefined();
    expect(simulation.player.furthest_ps).toBe(1000);
  });

  it('stops all machines where a breakpoint has stopped one, and tells of it', async () => {
    const { simulation, engines } = page();
    await simulation.idle();
    const id = 'a';
    await at(engines, 1).setBreakpoints([{ id, isEnabled: true, when: { kind: 'time', at_ps: 400_000 } }]);
    const heard: unknown[] = [];
    simulation.onBreak((lane, hit) => heard.push([lane, hit.breakpoint, simulation.player.now_ps]));
    simulation.runToEnd();
    simulation.player.tick(16);
    await simulation.idle();
    await expect.poll(() => heard).toEqual([['bounced', id, 400_000]]);
    expect(simulation.player.store.getState().phase).toBe('paused');
    expect(simulation.session.lane('direct').view?.machineCounters[MACHINE_COUNTER.now_ps]).toBe(400_000);
  });

  it('stays at its instant when another view brings a machine that was further', async () => {
    const { simulation, view } = page();
    await simulation.idle();
    await simulation.seek(500_000);
    view.getState().set({ view: 'watch' });
    await simulation.idle();
    await simulation.seek(200_000);
    view.getState().set({ view: 'race' });
    await simulation.idle();
    expect(simulation.player.now_ps).toBe(200_000);
    expect(simulation.session.lane('bounced').view?.machineCounters[MACHINE_COUNTER.now_ps]).toBe(200_000);
  });

  it('runs the last stretch again where records were lost, unless a stop could hold it', async () => {
    const asked: string[] = [];
    class ListeningEngine extends FakeEngine {
      override seek(at_ps: number): Promise<number> {
        asked.push(`seek ${at_ps}`);
        return super.seek(at_ps);
      }

      override runUntil(at_ps: number): Promise<number> {
        asked.push(`run ${at_ps}`);
        return super.runUntil(at_ps);
      }
    }
    const { simulation, engines } = page('watch', () => new ListeningEngine());
    await simulation.idle();
    await simulation.seek(900_000);
    asked.length = 0;
    await simulation.seek(600_000);
    expect(asked[0]).toBe('seek 600000');
    const { view } = at(engines, 0);
    if (view !== undefined) view.drainHops = () => 5;
    simulation.session.lane('direct').hops?.pump();
    asked.length = 0;
    await simulation.seek(500_000);
    expect(asked.at(0)).toBe('seek 0');
    expect(asked.at(-1)).toBe('run 500000');
    simulation.marks.addStop({ kind: 'time', at_ps: 450_000 });
    asked.length = 0;
    await simulation.seek(470_000);
    expect(asked[0]).toBe('seek 470000');
    expect(simulation.player.now_ps).toBe(470_000);
  });
});
