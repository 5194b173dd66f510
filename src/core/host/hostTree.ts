/*
 * What enumeration knows while it works: buses, functions and the resources they ask for. Filled from
 * configuration reads only; turned into a HostView at the end.
 */
import type { FunctionKind } from '../pcie/machineSpec.ts';
import type { AddressSpace } from './addressSpace.ts';
import type { Bdf } from '../../base/units.ts';

/** Slot of a resource in its function, in the order of X-1: BARs 0–5, ROM 6, VF BARs 7–12, windows 13–15. */
export const RESOURCE_SLOT = { rom: 6, virtualBar: 7, ioWindow: 13, memoryWindow: 14, prefetchableWindow: 15 } as const;

/** Something that needs addresses: a BAR, a ROM, the BARs of all virtual functions, or a bridge window. */
export interface Resource {
  readonly owner: FoundFunction;
  readonly slot: number;
  readonly kind: 'bar' | 'rom' | 'virtualBar' | 'window';
  readonly space: 'memory' | 'io';
  /** Needs or offers prefetchable memory. */
  prefetchable: boolean;
  /** May lie above 4 GiB. */
  is64: boolean;
  /** Required bytes; 0 = a window nothing asks for, or a wholly optional resource before it is granted. */
  sizeBytes: number;
  /** Wanted beyond `sizeBytes`: room for hot-plug, ROMs, virtual functions (W-4). */
  optionalBytes: number;
  alignment: number;
  /** Alignment with the optional part; at least `alignment`. */
  optionalAlignment: number;
  /** Assigned, or claimed from firmware. */
  address: number | undefined;
  /** Bytes assigned. */
  assignedBytes: number;
  /** Where it lies; known once assigned. */
  parent: AddressSpace | undefined;
  /** A window's own space, for what lies below; exists while the window is assigned. */
  inner: AddressSpace | undefined;
}

export interface BridgeState {
  primary: number;
  secondary: number;
  subordinate: number;
  readonly hotPlug: boolean;
  readonly io: Resource | undefined;
  readonly memory: Resource;
  readonly prefetchable: Resource | undefined;
  /** Undefined until numbered. */
  child: FoundBus | undefined;
}

export interface VirtualFunctions {
  /** Of the SR-IOV capability. */
  readonly offset: number;
  readonly enabled: boolean;
  readonly count: number;
  readonly total: number;
  readonly firstOffset: number;
  readonly stride: number;
  readonly deviceId: number;
}

export interface FoundFunction {
  readonly bus: FoundBus;
  readonly bdf: Bdf;
  readonly vendorId: number;
  readonly deviceId: number;
  readonly classCode: number;
  readonly headerType: 0 | 1;
  readonly multiFunction: boolean;
  readonly kind: FunctionKind;
  /** Offsets of capabilities; undefined = not there. */
  readonly express: number | undefined;
  readonly acs: number | undefined;
  readonly ari: number | undefined;
  readonly virtualFunctions: VirtualFunctions | undefined;
  /** BARs, ROM, VF BARs; then the windows of a bridge. */
  readonly resources: Resource[];
  bridge: BridgeState | undefined;
  /** The function this is a virtual one of. */
  readonly physical: FoundFunction | undefined;
  /** Which of them, from 0. */
  readonly virtualIndex: number;
}

export interface FoundBus {
  readonly segment: number;
  /** Index of the host bridge. */
  readonly hostBridge: number;
  readonly number: number;
  /** Last bus number this bus may pass down. */
  end: number;
  readonly bridge: FoundFunction | undefined;
  /** In ascending device and function order (F-5). */
  readonly functions: FoundFunction[];
  /** A root bus: its host bridge's windows. Other buses take their bridge's. */
  readonly rootSpaces: readonly AddressSpace[];
}

/** Bridges of a bus, in order. */
export function bridgesOn(bus: FoundBus): readonly FoundFunction[] {
  return bus.functions.filter((entry) => entry.bridge !== undefined);
}

/** All functions below and on `bus`, parents before children. */
export function functionsFrom(bus: FoundBus): readonly FoundFunction[] {
  const all: FoundFunction[] = [];
  const visit = (current: FoundBus): void => {
    for (const entry of current.functions) {
      all.push(entry);
      if (entry.bridge?.child !== undefined) visit(entry.bridge.child);
    }
  };
  visit(bus);
  return all;
}
