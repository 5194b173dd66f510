/* The real machine through real clients: a run is the same in this thread and in a worker, however it is driven. */
import { beforeAll, describe, expect, it } from 'vitest';
import { runOnce } from '../../tests/support/engineOutcome.ts';
import type { RunOutcome } from '../../tests/support/engineOutcome.ts';
import { nodeWorker } from '../../tests/support/nodeWorker.ts';
import type { TransferWay } from '../topology/document.ts';
import { createInProcessClient } from './inProcessClient.ts';
import { MessageClient } from './messageClient.ts';
import { openWorker } from './workerPort.ts';
import type { StartWorker } from './workerPort.ts';

const BYTES = 2 ** 18;
const WAYS: readonly TransferWay[] = ['p2p', 'bounce', 'copy'];

let start: StartWorker;
beforeAll(async () => {
  start = await nodeWorker('src/engine/worker.ts');
});

async function outcomeOf(client: MessageClient, way: TransferWay): Promise<RunOutcome> {
  try {
    return await runOnce(client, way, BYTES);
  } finally {
    client.dispose();
  }
}

/** Plenty: a test machine may be busy with other things. */
const TIMEOUT_ms = 60_000;

describe.each(WAYS)('a %s run of the default machine', { timeout: TIMEOUT_ms }, (way) => {
  it('finishes, and the bytes the page sees are the ones that were sent', async () => {
    const { report, seenCrc32, hops, lostHops } = await outcomeOf(createInProcessClient(), way);
    expect(report.outcome).toBe('finished');
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expect(seenCrc32).toBe(report.sourceCrc32);
    expect(hops + lostHops).toBeGreaterThan(BYTES / 256);
  });

  it('is the same in a worker with shared memory and in one that sends copies', async () => {
    const here = await outcomeOf(createInProcessClient(), way);
    for (const shared of [true, false]) {
      const there = await outcomeOf(new MessageClient((listener) => openWorker(start, shared, listener)), way);
      expect(there.report).toEqual(here.report);
      expect(there.series).toEqual(here.series);
      expect(there.seenCrc32).toBe(here.seenCrc32);
      expect(there.hops + there.lostHops).toBe(here.hops + here.lostHops);
      expect(there.shared).toBe(shared);
    }
  });
});
