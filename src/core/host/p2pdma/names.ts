/*
 * The view knows bus numbers, the document knows names. Both describe one machine, so a function of the view
 * is found in the document by its place: host bridge, bridges on the way, device and function number.
 */
import { at } from '../../../base/invariant.ts';
import { bdfText, deviceOf, functionOf, segmentBdfText } from '../../pcie/bdf.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../../pcie/machineSpec.ts';
import type { HostView } from '../hostView.ts';
import { functionAt, upstreamBridgeOf } from './chain.ts';

export interface NodeName {
  readonly id: NodeId;
  /** What people call it. */
  readonly name: string;
}

/** Names by index of the view. */
export interface ViewNames {
  readonly functions: readonly NodeName[];
  readonly hostBridges: readonly NodeName[];
}

/**
 * Finds the names of everything in a view. A function the document does not have (which would be a fault of
 * the document) is named by its address.
 */
export function nameView(view: HostView, spec: Pick<MachineSpec, 'hostBridges' | 'functions'>): ViewNames {
  const hostBridges = view.hostBridges.map((bridge, index): NodeName => {
    const found =
      spec.hostBridges.find((row) => row.segment === bridge.segment && row.rootBus === bridge.rootBus) ??
      spec.hostBridges[index];
    return found ?? { id: `host-bridge-${index}`, name: `host bridge ${index}` };
  });
  const specs = new Map<string, FunctionSpec>();
  for (const fn of spec.functions) {
    specs.set(placeKey(fn.parent, fn.device, fn.fn, fn.virtualFunctionOf !== undefined), fn);
  }
  const functions: NodeName[] = [];
  for (const fn of view.functions) {
    const bridge = upstreamBridgeOf(view, fn.index);
    const parent = bridge === undefined ? at(hostBridges, fn.hostBridge) : at(functions, bridge);
    const key = placeKey(parent.id, deviceOf(fn.bdf), functionOf(fn.bdf), fn.physicalFunction !== undefined);
    const text = segmentBdfText(fn.segment, fn.bdf);
    functions.push(specs.get(key) ?? { id: text, name: text });
  }
  return { functions, hostBridges };
}

function placeKey(parent: NodeId, device: number, fn: number, virtual: boolean): string {
  return `${parent}/${device}.${fn}${virtual ? 'v' : ''}`;
}

/** Index of the function with this id, or undefined. */
export function indexOfId(names: ViewNames, id: NodeId): number | undefined {
  const index = names.functions.findIndex((row) => row.id === id);
  return index < 0 ? undefined : index;
}

/** `03:00.0`, with the segment where the machine has more than one. */
export function shortPlace(view: HostView, index: number): string {
  const fn = functionAt(view, index);
  const isAlone = view.hostBridges.every((bridge) => bridge.segment === 0);
  return isAlone ? bdfText(fn.bdf) : segmentBdfText(fn.segment, fn.bdf);
}
