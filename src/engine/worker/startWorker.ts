import type { EngineCommand, EngineEvent } from '../protocol.ts';
import type { CreateMachine } from './engineMachine.ts';
import { EngineSession } from './engineSession.ts';
import { macrotasks } from './macrotasks.ts';

/** The part of a worker's global scope that an engine uses. */
export interface WorkerScope {
  postMessage(event: EngineEvent): void;
  onmessage: ((message: { readonly data: EngineCommand }) => void) | null;
}

/** Longest time a worker computes before it looks at its messages. */
const SLICE_ms = 4;

/** Runs an engine in this worker. */
export function startWorker(scope: WorkerScope, createMachine: CreateMachine): void {
  const tasks = macrotasks();
  const session = new EngineSession(
    {
      post: (event) => scope.postMessage(event),
      soon: tasks.soon,
      wallClock_ms: () => performance.now(),
      slice_ms: SLICE_ms,
      sharedStorage: (byteLength) => new SharedArrayBuffer(byteLength),
    },
    createMachine,
  );
  scope.onmessage = ({ data }) => session.handle(data);
}
