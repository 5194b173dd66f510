/*
 * Memory-to-memory engines that can move bytes for devices without an engine of their own.
 */
import type { DeviceCapability } from './capabilities.ts';
import type { PartyView, PairVerdict, PlanningBoard } from './planningBoard.ts';

/** All memory-to-memory engines, those inside the root complex first, then by address. */
export function thirdEngines(board: PlanningBoard): readonly DeviceCapability[] {
  const engines = [...board.capabilities.values()].filter((one) => one.engine !== undefined && !one.engine.inner);
  return engines.sort((a, b) => Number(isInRootComplex(board, b)) - Number(isInRootComplex(board, a)) || a.fn - b.fn);
}

export function isInRootComplex(board: PlanningBoard, engine: DeviceCapability): boolean {
  return board.view.functions[engine.fn]?.kind === 'rcEndpoint';
}

/** What the kernel says to an engine that reaches into the memory of a party; host memory is always allowed. */
export function verdictFor(board: PlanningBoard, party: PartyView, client: number): PairVerdict | undefined {
  return typeof party.party === 'number' ? board.verdictOf(party.party, client) : undefined;
}

/**
 * The engine for one leg of a bounce to or from a device's memory. One inside the root complex is preferred: it
 * is set up as for device registers (as the kernel does for engines that feed a bridge's window), which needs
 * no peer-to-peer verdict. One elsewhere must be allowed to reach the device.
 */
export function engineForWindow(board: PlanningBoard, device: PartyView, force: boolean): DeviceCapability | undefined {
  return thirdEngines(board).find((engine) => {
    if (isInRootComplex(board, engine) || force) return true;
    return verdictFor(board, device, engine.fn)?.mapType !== 'NOT_SUPPORTED';
  });
}
