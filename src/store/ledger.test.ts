/* The ledger of whole runs: its rows are the way the payload took, and its figures those of the report. */
import { describe, expect, it } from 'vitest';
import { createInProcessClient } from '../engine/inProcessClient.ts';
import type { EngineClient } from '../engine/clientInterface.ts';
import type { MachineDescription, RunReport } from '../engine/protocol.ts';
import type { TransferWay } from '../topology/document.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { HopTee } from './hopTee.ts';
import { Ledger, type LedgerPlace } from './ledger.ts';

const BYTES = 65_536;

interface Made {
  readonly client: EngineClient;
  readonly machine: MachineDescription;
  readonly report: Promise<RunReport>;
}

async function make(way: TransferWay): Promise<Made> {
  const client = createInProcessClient();
  const machine = await client.load(defaultMachine, { ...defaultMachine.transfer, bytes: BYTES }, way, 1);
  const report = new Promise<RunReport>((resolve) => {
    client.listen((event) => event.kind === 'finished' && resolve(event.report));
  });
  return { client, machine, report };
}

function viewOf(client: EngineClient): NonNullable<EngineClient['view']> {
  if (client.view === undefined) throw new Error('no view');
  return client.view;
}

function names(machine: MachineDescription, places: readonly LedgerPlace[]): readonly string[] {
  return places.map((place) => {
    if (place === 'memory') return 'memory';
    const link = machine.links[place >> 1];
    return `${link?.upper} ${place % 2 === 0 ? 'down' : 'up'}`;
  });
}

describe('the ledger', () => {
  it('of a peer transfer has two numbered directions, and an uplink and memory that carried nothing', async () => {
    const { client, machine, report } = await make('p2p');
    const view = viewOf(client);
    const tee = new HopTee(view, machine.links.length * 2);
    client.setTarget(Infinity);
    const { throughputBytesPerSecond } = await report;
    await client.pause();
    tee.pump();
    const [flow] = new Ledger(defaultMachine, machine).read(view, tee.log);
    client.dispose();
    const numbered = flow?.rows.filter((row) => row.number !== undefined) ?? [];
    expect(
      names(
        machine,
        numbered.map((row) => row.place),
      ),
    ).toEqual(['sw0-p1 up', 'sw0-p0 down']);
    expect(numbered.map((row) => row.number)).toEqual([1, 2]);
    expect(numbered.map((row) => row.payloadBytes)).toEqual([BYTES, BYTES]);
    for (const row of numbered) {
      expect(row.tlps).toBeGreaterThanOrEqual(BYTES / 256);
      expect(row.load).toBeGreaterThan(0.1);
      // The mean of the whole run, which begins before the first request.
      expect(row.payloadBytesPerSecond).toBeLessThanOrEqual(throughputBytesPerSecond);
      expect(tee.log?.serial[tee.log.cell(row.lastRecord)]).toBeGreaterThan(0);
    }
    const unused = flow?.rows.filter((row) => row.number === undefined) ?? [];
    expect(
      names(
        machine,
        unused.map((row) => row.place),
      ),
    ).toEqual(['rp0 up', 'rp0 down', 'memory']);
    expect(unused.map((row) => row.payloadBytes)).toEqual([0, 0, 0]);
  });

  it('of a bounce goes up, through memory and down', async () => {
    const { client, machine, report } = await make('bounce');
    client.setTarget(Infinity);
    await report;
    await client.pause();
    const [flow] = new Ledger(defaultMachine, machine).read(viewOf(client), undefined);
    client.dispose();
    expect(names(machine, flow?.rows.map((row) => row.place) ?? [])).toEqual([
      'sw0-p1 up',
      'rp0 up',
      'memory',
      'rp0 down',
      'sw0-p0 down',
    ]);
    expect(flow?.rows.map((row) => row.number)).toEqual([1, 2, 3, 4, 5]);
  });

  it('has rates of the time since its last reading, and keeps them while the clock stands', async () => {
    const { client, machine } = await make('p2p');
    const view = viewOf(client);
    const ledger = new Ledger(defaultMachine, machine);
    await client.runUntil(4_000_000);
    ledger.read(view, undefined);
    await client.runUntil(6_000_000);
    const moving = ledger.read(view, undefined)[0]?.rows[0];
    const standing = ledger.read(view, undefined)[0]?.rows[0];
    client.dispose();
    expect(moving?.load).toBeGreaterThan(0.9);
    expect(standing).toEqual(moving);
  });
});
