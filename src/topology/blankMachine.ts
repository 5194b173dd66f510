/*
 * The machine one starts to build from.
 */
import { hostBridge, hostBridgeFunction, machineDocument, transfer } from './build.ts';
import type { TopologyDocument } from './document.ts';

/**
 * A processor, memory and a root complex without a port. A document must name two ends of a transfer, so both are the
 * root complex's own function; the first two devices that can hold bytes replace them.
 */
export function blankMachine(name = 'New machine'): TopologyDocument {
  return machineDocument({
    name,
    description: 'Built from an empty root complex.',
    hostBridges: [hostBridge('pcie0')],
    functions: [hostBridgeFunction('hb0', 'pcie0')],
    transfer: transfer('hb0', 'hb0'),
  });
}
