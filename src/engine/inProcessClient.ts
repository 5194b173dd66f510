import type { EnginePort, PortListener } from './enginePort.ts';
import { createSimulation } from './machine/createSimulation.ts';
import { MessageClient } from './messageClient.ts';
import { openInProcess } from './worker/inProcessPort.ts';

/** The engine on this thread: where workers are missing, in Node and in tests. */
export function openSimulationInProcess(listener: PortListener): EnginePort {
  return openInProcess(listener, createSimulation);
}

/** A client whose engine runs on this thread. */
export function createInProcessClient(): MessageClient {
  return new MessageClient((listener) => Promise.resolve(openSimulationInProcess(listener)));
}
