import { privateStorage } from '../../base/storage.ts';
import type { EnginePort, PortListener } from '../enginePort.ts';
import type { CreateMachine } from './engineMachine.ts';
import { EngineSession } from './engineSession.ts';
import { macrotasks } from './macrotasks.ts';

/**
 * Longest time the engine holds the page's own thread. Two machines of a race take turns, so both together stay
 * within half of a frame.
 */
const SLICE_ms = 4;

/**
 * Runs an engine in this thread. Messages both ways arrive in later tasks, as from a worker; what the engine
 * writes is seen at once, without `SharedArrayBuffer`.
 */
export function openInProcess(listener: PortListener, createMachine: CreateMachine): EnginePort {
  const { soon, close } = macrotasks();
  let closed = false;
  const session = new EngineSession(
    {
      post: (event) =>
        soon(() => {
          if (!closed) listener.onEvent(event);
        }),
      soon,
      wallClock_ms: () => performance.now(),
      slice_ms: SLICE_ms,
      sharedStorage: privateStorage,
    },
    createMachine,
  );
  return {
    sharesMemory: true,
    post: (command) =>
      soon(() => {
        if (!closed) session.handle(command);
      }),
    close: () => {
      closed = true;
      session.unload();
      close();
    },
  };
}
