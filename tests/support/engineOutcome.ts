/* One run of the default machine through a client, and what there is to compare between browser and Node. */
import { crc32 } from '../../src/core/sim/crc32.ts';
import type { EngineClient } from '../../src/engine/clientInterface.ts';
import type { RunReport } from '../../src/engine/protocol.ts';
import type { TransferWay } from '../../src/topology/document.ts';
import { defaultMachine } from '../../src/topology/presets/defaultMachine.ts';

export interface RunOutcome {
  readonly report: RunReport;
  /** CRC-32 of the bytes found at the destination through the page's own view. */
  readonly seenCrc32: number;
  readonly hops: number;
  readonly lostHops: number;
  /** Every value of the series, in order. */
  readonly series: readonly number[];
  /** The counters are in shared memory. */
  readonly shared: boolean;
}

const SEED = 42;
const PIECE_BYTES = 65_536;

/** Runs `bytes` the given way: a little way exactly, a few steps, then to the end as fast as possible. */
export async function runOnce(client: EngineClient, way: TransferWay, bytes: number): Promise<RunOutcome> {
  const machine = await client.load(defaultMachine, { ...defaultMachine.transfer, bytes }, way, SEED);
  const { view } = client;
  const { destination } = machine;
  if (view === undefined || destination === undefined) throw new Error('the machine has no view or no destination');
  let hops = 0;
  let lostHops = 0;
  const drain = (): void => {
    lostHops = view.drainHops(() => {
      hops += 1;
    });
  };
  await client.runUntil(1_234_567);
  await client.step('event');
  await client.step('tlp');
  drain();
  const finished = new Promise<RunReport>((resolve, reject) => {
    client.listen((event) => {
      if (event.kind === 'finished') resolve(event.report);
      if (event.kind === 'failed') reject(new Error(`${event.code}: ${event.message}\n${event.stack}`));
    });
  });
  client.setTarget(Infinity);
  const report = await finished;
  await client.pause();
  drain();
  let seenCrc32 = 0;
  const piece = new Uint8Array(PIECE_BYTES);
  for (let offset = 0; offset < bytes; offset += PIECE_BYTES) {
    const target = piece.subarray(0, Math.min(PIECE_BYTES, bytes - offset));
    while (!view.readMemory(destination.memory, destination.offset + offset, target)) await laterTask();
    seenCrc32 = crc32(target, seenCrc32);
  }
  const series: number[] = [];
  for (let bin = 0; bin < view.series.length; bin += 1) {
    series.push(view.series.arrived(bin), view.series.memory(bin));
    for (const link of machine.links)
      series.push(view.series.link(bin, link.index, 0), view.series.link(bin, link.index, 1));
  }
  const shared = globalThis.SharedArrayBuffer !== undefined && view.machineCounters.buffer instanceof SharedArrayBuffer;
  return { report, seenCrc32, hops, lostHops, series, shared };
}

function laterTask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
