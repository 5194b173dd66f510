/*
 * Which window takes which resource, in which order, and where it goes.
 * Source: enumeration reference, 5.1, X-1…X-3.
 */
import { AddressSpace } from './addressSpace.ts';
import type { FoundBus, FoundFunction, Resource } from './hostTree.ts';

const FOUR_GIB = 2 ** 32;
const HIGHEST_ADDRESS = 2 ** 52 - 1;
/** Ports below belong to the platform (ISA); the kernel's own minimum. */
const LOWEST_PORT = 0x1000;

/**
 * The window of `bridge` that a resource below it counts towards (5.1); undefined if there is none.
 */
export function windowFor(bridge: FoundFunction, wanted: Resource): Resource | undefined {
  const state = bridge.bridge;
  if (state === undefined) return undefined;
  if (wanted.space === 'io') return state.io;
  const prefetchable = state.prefetchable;
  if (prefetchable === undefined || !wanted.prefetchable) return state.memory;
  return prefetchable.is64 && !wanted.is64 ? state.memory : prefetchable;
}

/** Resources of a bus without addresses that want some, whether required or optional. */
export function unassignedOn(bus: FoundBus): readonly Resource[] {
  return bus.functions.flatMap((entry) =>
    entry.resources.filter(
      (wanted) =>
        wanted.address === undefined &&
        wanted.sizeBytes + wanted.optionalBytes > 0 &&
        (wanted.kind !== 'window' || entry.bridge?.child !== undefined),
    ),
  );
}

/**
 * Largest alignment first; equal ones keep device order, then register order.
 * @param resources in device and register order.
 */
export function inPlacementOrder(
  resources: readonly Resource[],
  alignmentOf: (wanted: Resource) => number,
): readonly Resource[] {
  return [...resources].sort((a, b) => alignmentOf(b) - alignmentOf(a));
}

/** Spaces that a bus offers: its host bridge's windows, or the assigned windows of its bridge. */
export function spacesOf(bus: FoundBus): readonly AddressSpace[] {
  const state = bus.bridge?.bridge;
  if (state === undefined) return bus.rootSpaces;
  return [state.io, state.memory, state.prefetchable].flatMap((window) => window?.inner ?? []);
}

/** Candidate spaces in the order in which they are tried (X-2 a, b, c). */
function passesFor(spaces: readonly AddressSpace[], wanted: Resource): readonly (readonly AddressSpace[])[] {
  const sameSpace = spaces.filter(
    ({ flags }) => flags.space === wanted.space && (wanted.prefetchable || !flags.prefetchable),
  );
  if (wanted.space === 'io') return [sameSpace];
  const exact = sameSpace.filter(
    ({ flags }) => flags.prefetchable === wanted.prefetchable && flags.is64 === wanted.is64,
  );
  const prefetchable = wanted.prefetchable && wanted.is64 ? sameSpace.filter(({ flags }) => flags.prefetchable) : [];
  const any = wanted.prefetchable || wanted.is64 ? sameSpace : [];
  return [exact, prefetchable, any];
}

/** Ranges in the order in which they are tried: 64-bit resources above 4 GiB first, then anywhere. */
function rangesFor(wanted: Resource): readonly { readonly from: number; readonly to: number }[] {
  if (wanted.space === 'io') return [{ from: LOWEST_PORT, to: FOUR_GIB - 1 }];
  if (!wanted.is64) return [{ from: 0, to: FOUR_GIB - 1 }];
  return [
    { from: FOUR_GIB, to: HIGHEST_ADDRESS },
    { from: 0, to: HIGHEST_ADDRESS },
  ];
}

/** @returns where `sizeBytes` would go now, or undefined if nowhere. */
function findPlace(
  bus: FoundBus,
  wanted: Resource,
  sizeBytes: number,
  alignment: number,
): { readonly space: AddressSpace; readonly base: number } | undefined {
  const spaces = spacesOf(bus);
  for (const candidates of passesFor(spaces, wanted)) {
    for (const { from, to } of rangesFor(wanted)) {
      for (const space of candidates) {
        const base = space.find(sizeBytes, alignment, from, to);
        if (base !== undefined) return { space, base };
      }
    }
  }
  return undefined;
}

/** Gives a resource the lowest place that fits. @returns whether there was one. */
export function place(bus: FoundBus, wanted: Resource, sizeBytes: number, alignment: number): boolean {
  const found = findPlace(bus, wanted, sizeBytes, alignment);
  if (found === undefined) return false;
  assign(wanted, found.space, found.base, sizeBytes);
  return true;
}

/** Records an address; a window becomes a space for what lies below. */
export function assign(wanted: Resource, parent: AddressSpace, base: number, sizeBytes: number): void {
  const range = { base, limit: base + sizeBytes - 1 };
  parent.take(range);
  wanted.parent = parent;
  wanted.address = base;
  wanted.assignedBytes = sizeBytes;
  if (wanted.kind === 'window') {
    const { space, prefetchable, is64 } = wanted;
    wanted.inner = new AddressSpace(range, { space, prefetchable, is64 });
  }
}

/** Takes the address back. */
export function unassign(wanted: Resource): void {
  if (wanted.address === undefined) return;
  wanted.parent?.release({ base: wanted.address, limit: wanted.address + wanted.assignedBytes - 1 });
  wanted.parent = undefined;
  wanted.address = undefined;
  wanted.assignedBytes = 0;
  wanted.inner = undefined;
}
