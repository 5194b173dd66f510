import { EngineFailure, FAILURE_CODE } from './engineFailure.ts';
import type { EnginePort, PortListener } from './enginePort.ts';
import { isolationState } from './isolation.ts';
import { MessageClient } from './messageClient.ts';
import { browserWorker, openWorker } from './workerPort.ts';

export { EngineFailure, FAILURE_CODE } from './engineFailure.ts';

/**
 * A client for one machine. Its engine runs in a worker that shares memory with the page where the page is
 * isolated, in a worker that sends copies where it is not, and on the page's own thread where there are no
 * workers. Each client has its own engine; a race takes two.
 */
export function createClient(keepsHistory = true): MessageClient {
  return new MessageClient(openHere, keepsHistory);
}

const startEngineWorker = browserWorker(
  () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'Peerlane engine' }),
);

async function openHere(listener: PortListener): Promise<EnginePort> {
  if (globalThis.Worker !== undefined) {
    try {
      return await openWorker(startEngineWorker, isolationState().sharedMemory, listener);
    } catch (error) {
      const unavailable = error instanceof EngineFailure && error.code === FAILURE_CODE.engineUnavailable;
      if (!unavailable) throw error;
    }
  }
  // Loaded only here: most pages never need the engine in their own thread.
  const { openSimulationInProcess } = await import('./inProcessClient.ts');
  return openSimulationInProcess(listener);
}
