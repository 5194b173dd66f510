/* The engine without the page: every kind of client, run from a test. */
import { createInProcessClient } from '../../src/engine/inProcessClient.ts';
import { MessageClient } from '../../src/engine/messageClient.ts';
import { browserWorker, openWorker } from '../../src/engine/workerPort.ts';
import type { TransferWay } from '../../src/topology/document.ts';
import { runOnce } from '../../tests/support/engineOutcome.ts';
import type { RunOutcome } from '../../tests/support/engineOutcome.ts';

export type ClientKind = 'worker with shared memory' | 'worker that sends copies' | 'in the page';

declare global {
  interface Window {
    runEngine(kind: ClientKind, way: TransferWay, bytes: number): Promise<RunOutcome>;
  }
}

const startWorker = browserWorker(
  () => new Worker(new URL('../../src/engine/worker.ts', import.meta.url), { type: 'module' }),
);

function make(kind: ClientKind): MessageClient {
  if (kind === 'in the page') return createInProcessClient();
  return new MessageClient((listener) => openWorker(startWorker, kind === 'worker with shared memory', listener));
}

window.runEngine = async (kind, way, bytes) => {
  const client = make(kind);
  try {
    return await runOnce(client, way, bytes);
  } finally {
    client.dispose();
  }
};
