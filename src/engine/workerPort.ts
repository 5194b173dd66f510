import { EngineFailure, FAILURE_CODE } from './engineFailure.ts';
import type { EnginePort, PortListener } from './enginePort.ts';
import { PROTOCOL_VERSION } from './protocol.ts';
import type { EngineCommand, EngineEvent } from './protocol.ts';

/** What a port hears from its worker. */
export interface WorkerListener {
  onMessage(event: EngineEvent): void;
  /** An uncaught exception in the worker, or a script that could not be loaded. */
  onError(message: string, stack: string | undefined): void;
}

/** A worker as a port needs it: the browser's, or in tests Node's. */
export interface EngineWorker {
  post(command: EngineCommand): void;
  terminate(): void;
}

/** Starts a worker whose messages go to `listener`. */
export type StartWorker = (listener: WorkerListener) => EngineWorker;

/** The browser's own worker. */
export function browserWorker(make: () => Worker): StartWorker {
  return (listener) => {
    const worker = make();
    worker.onmessage = (message: MessageEvent<EngineEvent>) => listener.onMessage(message.data);
    worker.onmessageerror = () => listener.onError("A message from the engine's worker could not be read.", undefined);
    worker.onerror = (event) => {
      event.preventDefault();
      const stack = event.error instanceof Error ? event.error.stack : undefined;
      // A script that does not load gives an event without a message.
      listener.onError(event.message || "The engine's script could not be loaded.", stack);
    };
    return { post: (command) => worker.postMessage(command), terminate: () => worker.terminate() };
  };
}

/**
 * Starts an engine in a worker and waits until it says `ready`.
 * @param sharesMemory the worker's `SharedArrayBuffer`s can be received here.
 * @throws EngineFailure ENGINE_UNAVAILABLE if the worker does not start, ENGINE_VERSION if it is another build's.
 */
export function openWorker(start: StartWorker, sharesMemory: boolean, listener: PortListener): Promise<EnginePort> {
  return new Promise((resolve, reject) => {
    let state: 'starting' | 'running' | 'closed' = 'starting';
    const worker = start({
      onError: (message, stack) => {
        if (state === 'running') listener.onLost(`The engine stopped: ${message}`, stack);
        else refuse(FAILURE_CODE.engineUnavailable, `The engine could not be started: ${message}`);
      },
      onMessage: (event) => {
        if (state === 'running') listener.onEvent(event);
        else if (state === 'starting' && event.kind === 'ready') welcome(event.protocolVersion);
      },
    });
    const close = (): void => {
      state = 'closed';
      worker.terminate();
    };
    const refuse = (code: string, message: string): void => {
      close();
      reject(new EngineFailure({ code, message }));
    };
    const welcome = (version: number): void => {
      if (version !== PROTOCOL_VERSION) {
        const message = `Page and engine are of different versions (${PROTOCOL_VERSION} and ${version}); reload the page.`;
        return refuse(FAILURE_CODE.versionMismatch, message);
      }
      state = 'running';
      return resolve({ sharesMemory, post: (command) => worker.post(command), close });
    };
  });
}
