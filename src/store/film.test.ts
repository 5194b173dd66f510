/* The film against the machine: what it ends with must be what the loaded machine holds, wherever it was before. */
import { describe, expect, it } from 'vitest';
import type { BootRecording } from '../core/pcie/bootRecording.ts';
import { createInProcessClient } from '../engine/inProcessClient.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { presets } from '../topology/presets/presets.ts';
import { Film } from './film.ts';
import { stepWords } from './filmWords.ts';

const SEED = 1;

async function record(document: TopologyDocument): Promise<BootRecording> {
  const client = createInProcessClient();
  const recording = await client.enumeration(document, document.transfer, 'p2p', SEED);
  client.dispose();
  return recording;
}

function spaces(film: Film): readonly string[] {
  return film.recording.functions.map(({ node }, fn) => `${node} ${film.bytes(fn)?.join(',')}`);
}

describe('the film of a boot', () => {
  it.each(presets.map((preset) => [preset.id, preset.document] as const))(
    'ends with the configuration spaces of the machine as loaded: %s',
    async (_id, document) => {
      const client = createInProcessClient();
      const [recording, machine] = [
        await client.enumeration(document, document.transfer, 'p2p', SEED),
        await client.load(document, document.transfer, 'p2p', SEED),
      ];
      const film = new Film(recording);
      film.seek(film.length);
      expect(recording.functions.map(({ node }) => node)).toEqual(machine.functions.map(({ id }) => id));
      for (const [fn, { node }] of recording.functions.entries()) {
        expect(film.bytes(fn), node).toEqual(await client.readConfig(node));
      }
      client.dispose();
    },
  );

  it('attributes every change to a write to the function that changed', async () => {
    for (const { document } of presets.slice(0, 8)) {
      const { changes, requests } = await record(document);
      for (const [change, request] of changes.request.entries()) {
        expect(requests.isWrite[request]).toBe(1);
        expect(requests.fn[request]).toBe(changes.fn[change]);
      }
    }
  });

  it('is the same at a place whether it was reached forward or back', async () => {
    const recording = await record(defaultMachine);
    const there = new Film(recording);
    const back = new Film(recording);
    back.seek(back.length);
    for (let place = recording.requests.fn.length; place >= 0; place -= 97) {
      there.seek(0);
      there.seek(place);
      back.seek(place);
      expect(spaces(back)).toEqual(spaces(there));
      const fn = place % recording.functions.length;
      there.seek(0);
      expect(there.bytesAt(fn, place)).toEqual(back.bytes(fn));
    }
  });

  it('has steps that cover every request once, in order', async () => {
    const film = new Film(await record(defaultMachine));
    let next = 0;
    for (const [index, step] of film.steps.entries()) {
      expect(step.first).toBe(next);
      expect(step.end).toBeGreaterThan(step.first);
      expect(film.stepOf(step.first)).toBe(index);
      expect(film.stepOf(step.end - 1)).toBe(index);
      next = step.end;
    }
    expect(next).toBe(film.length);
  });

  it('finds every function of the machine at the number the machine gives it', async () => {
    const client = createInProcessClient();
    const film = new Film(await client.enumeration(defaultMachine, defaultMachine.transfer, 'p2p', SEED));
    const machine = await client.load(defaultMachine, defaultMachine.transfer, 'p2p', SEED);
    expect(film.foundCount).toBe(0);
    film.seek(film.length);
    expect(film.foundCount).toBe(machine.functions.length);
    for (const [fn, { bdf }] of machine.functions.entries()) {
      const number = film.bdfOf(fn) ?? -1;
      const parts = [number >> 8, (number >> 3) & 31].map((part) => part.toString(16).padStart(2, '0'));
      expect(`0000:${parts[0]}:${parts[1]}.${number & 7}`).toBe(bdf);
    }
    client.dispose();
  });

  it('says in the words of a step what was written', async () => {
    const recording = await record(defaultMachine);
    const film = new Film(recording);
    const words = film.steps.map((step) => stepWords(step, recording, undefined).what);
    expect(words.some((text) => /Primary 00, secondary 01, subordinate ff for now/.test(text))).toBe(true);
    expect(words.some((text) => /answers with vendor/.test(text))).toBe(true);
    const routines = new Set(film.steps.map((step) => step.routine));
    for (const routine of [
      'probe',
      'sizeBar',
      'openBuses',
      'closeBuses',
      'writeWindow',
      'writeBar',
      'enable',
    ] as const) {
      expect(routines).toContain(routine);
    }
  });
});
