import type { FunctionKind, FunctionSpec, NodeId } from '../../pcie/machineSpec.ts';
import type { AttachedDevice, DeviceSite } from './attachedDevice.ts';
import { buildDevice } from './buildDevice.ts';

const DEVICE_KINDS: ReadonlySet<FunctionKind> = new Set<FunctionKind>([
  'endpoint',
  'legacyEndpoint',
  'rcEndpoint',
  'pciDevice',
]);

/**
 * Puts a device model behind every endpoint of the machine, in the order of the document.
 * @param seed of the run; wires deliver bytes that depend on it.
 */
export function attachDevices(
  site: DeviceSite,
  functions: readonly FunctionSpec[],
  seed: number,
): ReadonlyMap<NodeId, AttachedDevice> {
  const devices = new Map<NodeId, AttachedDevice>();
  for (const spec of functions) {
    if (DEVICE_KINDS.has(spec.kind)) devices.set(spec.id, buildDevice(site, spec, seed));
  }
  return devices;
}
