/* A whole run of the engine with all its hops on record, for tests. */
import { createInProcessClient } from '../engine/inProcessClient.ts';
import type { MachineDescription, RunReport } from '../engine/protocol.ts';
import type { TopologyDocument, TransferWay } from '../topology/document.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { HopTee } from './hopTee.ts';
import type { PacketLog } from './inspectLog.ts';

export interface RecordedRun {
  readonly log: PacketLog;
  readonly document: TopologyDocument;
  readonly machine: MachineDescription;
}

/** Runs a transfer to its end. @throws Error if a hop was lost: then the log is not the run. */
export async function recordedRun(
  way: TransferWay,
  bytes: number,
  document: TopologyDocument = defaultMachine,
): Promise<RecordedRun> {
  const client = createInProcessClient();
  const machine = await client.load(document, { ...document.transfer, bytes }, way, 1);
  const { view } = client;
  if (view === undefined) throw new Error('no view');
  const tee = new HopTee(view, machine.links.length * 2);
  const finished = new Promise<RunReport>((resolve) => {
    client.listen((event) => event.kind === 'finished' && resolve(event.report));
  });
  client.setTarget(Infinity);
  await finished;
  await client.pause();
  tee.pump();
  client.dispose();
  if (tee.log === undefined || tee.lost > 0) throw new Error('not all was recorded');
  return { log: tee.log, document, machine };
}
