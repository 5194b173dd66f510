import type { EnginePort, PortListener } from './enginePort.ts';
import { SimulatedMachine } from './machine/simulatedMachine.ts';
import { MessageClient } from './messageClient.ts';
import { openInProcess } from './worker/inProcessPort.ts';

/** The engine on this thread: where workers are missing, in Node and in tests. */
export function openSimulationInProcess(listener: PortListener): EnginePort {
  return openInProcess(listener, (options) => SimulatedMachine.create(options));
}

/** A client whose engine runs on this thread. */
export function createInProcessClient(): MessageClient {
  return new MessageClient((listener) => Promise.resolve(openSimulationInProcess(listener)));
}
