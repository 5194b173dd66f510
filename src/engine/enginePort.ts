import type { EngineCommand, EngineEvent } from './protocol.ts';

/** A running engine, wherever it runs. */
export interface EnginePort {
  /** The engine's arrays are the page's own: what it writes is seen at once. Otherwise it sends copies. */
  readonly sharesMemory: boolean;
  post(command: EngineCommand): void;
  /** Ends the engine; nothing comes from it any more. */
  close(): void;
}

export interface PortListener {
  onEvent(event: EngineEvent): void;
  /** The engine is gone by itself. */
  onLost(message: string, stack: string | undefined): void;
}

/** Starts an engine. Rejects with EngineFailure if it cannot be started here. */
export type OpenPort = (listener: PortListener) => Promise<EnginePort>;
