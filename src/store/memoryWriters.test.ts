/* The map of writers against a whole run: who wrote each byte in view, at the end and at instants before it. */
import { describe, expect, it, vi } from 'vitest';
import { TLP_KIND } from '../core/pcie/tlp.ts';
import { createInProcessClient } from '../engine/inProcessClient.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import type { TransferWay } from '../topology/document.ts';
import { HopTee } from './hopTee.ts';
import { findWriter } from './inspectWriter.ts';
import { WRITER, WriterMap } from './memoryWriters.ts';
import type { HandMark } from './memoryUndo.ts';

vi.setConfig({ testTimeout: 60_000 });

const BYTES = 8192;

async function ran(way: TransferWay) {
  const client = createInProcessClient();
  const machine = await client.load(defaultMachine, { ...defaultMachine.transfer, bytes: BYTES }, way, 1);
  const { view } = client;
  if (view === undefined) throw new Error('no view');
  const tee = new HopTee(view, machine.links.length * 2);
  const end_ps = await client.runUntil(1e12);
  tee.pump();
  client.dispose();
  const { log } = tee;
  const { destination } = machine;
  const memory = machine.memories.find(({ index }) => index === destination?.memory);
  if (log === undefined || destination === undefined || memory === undefined) throw new Error('nothing was recorded');
  return { log, machine, memory, destination, end_ps };
}

const NO_MARKS: readonly HandMark[] = [];

describe.each(['p2p', 'bounce'] as const)('who wrote the bytes in view, %s', (way) => {
  it('is who the log says wrote each of them', async () => {
    const { log, machine, memory, destination, end_ps } = await ran(way);
    const map = new WriterMap();
    const offset = destination.offset - 32;
    const first = Math.max(0, offset);
    map.update({ log, machine, memory, marks: NO_MARKS, now_ps: end_ps }, first, 700);
    for (let index = 0; index < 700; index += 7) {
      const answer = findWriter(log, machine, { memory: memory.index, offset: first + index });
      const record = map.records[index] ?? WRITER.nobody;
      expect(record, `byte ${index}`).toBe(answer.kind === 'found' ? answer.record : WRITER.nobody);
      if (record >= 0) expect(log.kind(record)).toBe(TLP_KIND.MWr);
    }
  });

  it('is the same brought up to date piece by piece as asked for at once, and at no instant ahead of it', async () => {
    const { log, machine, memory, destination, end_ps } = await ran(way);
    const grown = new WriterMap();
    const source = { log, machine, memory, marks: NO_MARKS };
    let known = 0;
    for (let step = 1; step <= 40; step += 1) {
      const now_ps = Math.round((end_ps * step) / 40);
      grown.update({ ...source, now_ps }, destination.offset, 640);
      const fresh = new WriterMap();
      fresh.update({ ...source, now_ps }, destination.offset, 640);
      expect([...grown.records]).toEqual([...fresh.records]);
      for (const record of fresh.records) {
        if (record >= 0) expect(log.end_ps[log.cell(record)]).toBeLessThanOrEqual(now_ps);
      }
      const written = fresh.records.filter((record) => record >= 0).length;
      expect(written).toBeGreaterThanOrEqual(known);
      known = written;
    }
    expect(known).toBe(640);
    // Back again: what comes later has not happened.
    grown.update({ ...source, now_ps: 0 }, destination.offset, 640);
    expect(grown.records.every((record) => record === WRITER.nobody)).toBe(true);
  });

  it('is a person where bytes were changed by hand after the last write to them', async () => {
    const { log, machine, memory, destination, end_ps } = await ran(way);
    const mark = (records: number, at_ps: number): HandMark => ({
      memory: memory.index,
      offset: destination.offset + 4,
      lengthBytes: 3,
      at_ps,
      records,
    });
    const map = new WriterMap();
    const source = { log, machine, memory, now_ps: end_ps };
    const hands = (marks: readonly HandMark[], now_ps = end_ps): number[] => {
      map.update({ ...source, marks, now_ps }, destination.offset, 16);
      return [...map.records].flatMap((record, index) => (record === WRITER.hand ? [index] : []));
    };
    expect(hands([mark(log.end, end_ps)])).toEqual([4, 5, 6]);
    expect(hands([mark(0, 0)])).toEqual([]);
    expect(hands([mark(log.end, end_ps)], end_ps - 1)).toEqual([]);
    // The machine goes back to before the change, and on through it again.
    const marks = [mark(log.end, end_ps)];
    expect(hands(marks, end_ps - 2)).toEqual([]);
    expect(hands(marks)).toEqual([4, 5, 6]);
  });
});

it('asks again only when something can have changed', async () => {
  const { log, machine, memory, destination, end_ps } = await ran('p2p');
  const map = new WriterMap();
  const source = { log, machine, memory, marks: NO_MARKS, now_ps: end_ps };
  expect(map.update(source, destination.offset, 64)).toBe(true);
  expect(map.update({ ...source }, destination.offset, 64)).toBe(false);
  expect(map.update(source, destination.offset + 16, 64)).toBe(true);
});
