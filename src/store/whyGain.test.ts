import { describe, expect, it } from 'vitest';
import { at } from '../base/invariant.ts';
import type { EngineClient } from '../engine/clientInterface.ts';
import { createInProcessClient } from '../engine/inProcessClient.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { findPreset } from '../topology/presets/presets.ts';
import { fixesFor, type Fix } from './edits.ts';
import { FakeEngine } from './fakes.testing.ts';
import { GainLab, gainRatio, gainReport, gainTransfer, type GainQuestion, type GainState } from './whyGain.ts';

const PAIR = { client: 'nic0', provider: 'iopmem0', isTransfer: false } as const;
const BYTES = 65_536;

function preset(id: string): TopologyDocument {
  const document = findPreset(id)?.document;
  if (document === undefined) throw new Error(`no preset ${id}`);
  return { ...document, transfer: { ...document.transfer, bytes: BYTES } };
}

async function fixOf(document: TopologyDocument): Promise<Fix> {
  const client = createInProcessClient();
  await client.load(document, document.transfer, 'p2p', 1);
  const fixes = fixesFor(document, await client.verdict(PAIR.provider, PAIR.client));
  client.dispose();
  return at(fixes, 0);
}

function lab(makeClient: () => EngineClient): { gains: GainLab; said: string[] } {
  const said: string[] = [];
  return { gains: new GainLab({ makeClient, announcer: { say: (text) => said.push(text) }, slots: 1, seed: 1 }), said };
}

async function question(id: string): Promise<GainQuestion> {
  const document = preset(id);
  const fix = await fixOf(document);
  return { document, fixed: fix.document, pair: PAIR, label: fix.label };
}

function answerOf(gains: GainLab, asked: GainQuestion): GainState | undefined {
  return gains.answer(gains.store.getState(), asked);
}

describe('the gain of a fix', () => {
  it('is the rate of two runs; a machine that is refused goes through host memory', async () => {
    const asked = await question('acs-redirect');
    const { gains, said } = lab(createInProcessClient);
    await gains.ask(asked);
    const answer = answerOf(gains, asked);
    if (answer?.kind !== 'done') throw new Error(`no result: ${answer?.kind}`);
    const { asItIs, withFix, bytes } = answer.result;
    expect(bytes).toBe(BYTES);
    expect(asItIs.outcome.kind).toBe('refused');
    expect(gainReport(asItIs)?.way).toBe('bounce');
    expect(withFix).toMatchObject({ outcome: { kind: 'finished' }, instead: undefined, mapType: 'BUS_ADDR' });
    expect(gainReport(withFix)?.way).toBe('p2p');
    expect(gainRatio(answer.result)).toBeGreaterThan(1.2);
    expect(said.at(-1)).toMatch(/was simulated/);
  });

  it('is what a run of that document alone gives', async () => {
    const asked = await question('acs-redirect-allowed');
    const { gains } = lab(createInProcessClient);
    await gains.ask(asked);
    const answer = answerOf(gains, asked);
    if (answer?.kind !== 'done') throw new Error(`no result: ${answer?.kind}`);
    const client = createInProcessClient();
    const transfer = gainTransfer(asked.document, PAIR);
    await client.load({ ...asked.fixed, transfer }, transfer, 'p2p', 1);
    const hashes: string[] = [];
    client.listen((event) => event.kind === 'finished' && hashes.push(event.report.traceHash));
    await client.runUntil(Infinity);
    client.dispose();
    expect(hashes).toEqual([gainReport(answer.result.withFix)?.traceHash]);
  });

  it('is kept for its document, and run once', async () => {
    const asked = await question('acs-redirect-allowed');
    const made: EngineClient[] = [];
    const { gains } = lab(() => {
      const client = createInProcessClient();
      made.push(client);
      return client;
    });
    await gains.ask(asked);
    const count = made.length;
    const first = answerOf(gains, asked);
    gains.show(asked.fixed);
    expect(answerOf(gains, asked)).toBeUndefined();
    gains.show(asked.document);
    expect(answerOf(gains, asked)).toBe(first);
    await gains.ask(asked);
    expect(made.length).toBe(count);
  });

  it('is not there after a cancelled run, and its engines are closed', async () => {
    const document = preset('acs-redirect');
    const asked: GainQuestion = { document, fixed: document, pair: PAIR, label: 'nothing' };
    const engines: FakeEngine[] = [];
    const { gains } = lab(() => {
      // It never answers, as a machine that takes very long to build.
      const engine = new FakeEngine(() => new Promise(() => {}));
      engines.push(engine);
      return engine;
    });
    const asking = gains.ask(asked);
    await Promise.resolve();
    expect(answerOf(gains, asked)?.kind).toBe('running');
    gains.cancel();
    expect(answerOf(gains, asked)).toBeUndefined();
    expect(engines.map((engine) => engine.disposed)).toEqual([true]);
    void asking;
  });

  it('says why there is none when a machine cannot be built', async () => {
    const document = preset('acs-redirect');
    const asked: GainQuestion = { document, fixed: document, pair: PAIR, label: 'nothing' };
    const { gains } = lab(() => new FakeEngine(() => Promise.reject(new Error('no such machine'))));
    await gains.ask(asked);
    expect(answerOf(gains, asked)).toEqual({ kind: 'failed', reason: 'no such machine' });
  });
});
