/* Entry of the engine's worker: one machine at a time, commanded through engine/protocol.ts. */
import { createSimulation } from './machine/createSimulation.ts';
import { startWorker } from './worker/startWorker.ts';
import type { WorkerScope } from './worker/startWorker.ts';

declare const self: WorkerScope;

startWorker(self, createSimulation);
