/* The log against real machines that are taken back: the same run again, and another one from where it was changed. */
import { describe, expect, it } from 'vitest';
import { createInProcessClient } from '../engine/inProcessClient.ts';
import type { TransferWay } from '../topology/document.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { HopTee } from './hopTee.ts';
import { clockOf } from './session.ts';

const BYTES = 16_384;
const END = Number.MAX_SAFE_INTEGER;

async function machineOf(way: TransferWay) {
  const client = createInProcessClient();
  const machine = await client.load(defaultMachine, { ...defaultMachine.transfer, bytes: BYTES }, way, 1);
  const { view } = client;
  if (view === undefined) throw new Error('no view');
  const tee = new HopTee(view, machine.links.length * 2);
  client.listen((event) => event.kind === 'branched' && tee.branch(event.at_ps));
  const goTo = async (at_ps: number): Promise<void> => {
    tee.leave();
    await client.seek(at_ps);
    tee.arrive(clockOf(view));
  };
  const runToEnd = async (): Promise<void> => {
    await client.runUntil(END);
    tee.pump();
  };
  /** Every record: when, where, which TLP. */
  const records = (): readonly string[] => {
    const { log } = tee;
    if (log === undefined) return [];
    return Array.from({ length: log.end - log.first }, (_, index) => {
      const cell = log.cell(log.first + index);
      return `${log.start_ps[cell]} ${log.segment[cell]} ${log.serial[cell]} ${log.address[cell]}`;
    });
  };
  return { client, tee, view, goTo, runToEnd, records };
}

describe.each(['p2p', 'bounce', 'copy'] as const)('the log of a machine that is taken back, %s', (way) => {
  it('is the same when it runs on, wherever it was', async () => {
    const { client, tee, view, goTo, runToEnd, records } = await machineOf(way);
    await runToEnd();
    const whole = records();
    const end_ps = clockOf(view);
    const epoch = tee.log?.epoch;
    for (const share of [0.5, 0.1, 0.9, 0]) {
      const at_ps = Math.floor(end_ps * share);
      await goTo(at_ps);
      expect(records()).toEqual(whole);
      // The present is where a machine that was never further has its newest record.
      const fresh = await machineOf(way);
      await fresh.client.runUntil(at_ps);
      fresh.tee.pump();
      expect(whole.slice(0, tee.present(at_ps))).toEqual(fresh.records());
      fresh.client.dispose();
      await runToEnd();
      expect(records()).toEqual(whole);
    }
    expect(tee.log?.epoch).toBe(epoch);
    expect(tee.lost).toBe(0);
    client.dispose();
  });

  it('is that of the other run when it was changed in its past', async () => {
    const first = await machineOf(way);
    await first.runToEnd();
    const at_ps = Math.floor(clockOf(first.view) * 0.4);
    const fault = { kind: 'corruptTlp', link: 'sw0-p0', direction: 'up', count: 1 } as const;
    await first.goTo(at_ps);
    expect(await first.client.inject(fault)).toBeUndefined();
    await first.runToEnd();
    const other = await machineOf(way);
    await other.client.runUntil(at_ps);
    expect(await other.client.inject(fault)).toBeUndefined();
    await other.runToEnd();
    expect(first.records()).toEqual(other.records());
    first.client.dispose();
    other.client.dispose();
  });
});
