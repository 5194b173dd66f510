/* Entry of a worker that runs the engine around the fake machine. */
import { startWorker } from '../../src/engine/worker/startWorker.ts';
import type { WorkerScope } from '../../src/engine/worker/startWorker.ts';
import { createFakeMachine } from './fakeMachine.ts';

declare const self: WorkerScope;

startWorker(self, createFakeMachine);
