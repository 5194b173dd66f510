import { HISTORY_LIMITS } from './history.ts';
import { SimulatedMachine } from './simulatedMachine.ts';
import type { SimulatedMachineOptions } from './simulatedMachine.ts';

interface SimulationOptions extends Omit<SimulatedMachineOptions, 'history'> {
  readonly keepsHistory?: boolean;
}

/** The machine an engine runs. */
export function createSimulation(options: SimulationOptions): ReturnType<typeof SimulatedMachine.create> {
  return SimulatedMachine.create(options.keepsHistory === true ? { ...options, history: HISTORY_LIMITS } : options);
}
