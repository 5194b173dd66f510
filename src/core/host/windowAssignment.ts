/*
 * Addresses for everything that has none: from the root bus down, required parts and wishes together if
 * they fit, else required parts first.
 * Source: enumeration reference, X-1…, W-4.
 */
import type { Diagnostic } from '../../base/diagnostic.ts';
import { logLine, resourceName, sizeText } from './hostDiagnostics.ts';
import type { FoundBus, Resource } from './hostTree.ts';
import { bridgesOn } from './hostTree.ts';
import { inPlacementOrder, place, unassign, unassignedOn } from './resourcePlacement.ts';

/** Assigns on this bus, then below each bridge whose windows are now fixed. */
export function assignBelow(bus: FoundBus, diagnostics: Diagnostic[]): void {
  assignOn(bus, diagnostics);
  for (const bridge of bridgesOn(bus)) {
    if (bridge.bridge?.child !== undefined) assignBelow(bridge.bridge.child, diagnostics);
  }
}

function assignOn(bus: FoundBus, diagnostics: Diagnostic[]): void {
  const wanted = unassignedOn(bus);
  if (wanted.length === 0) return;
  const failed = placeWithWishes(bus, wanted);
  if (failed.length === 0) return;
  // What competes with a failure is tried again without wishes; kinds that fitted keep their places.
  const again = wanted.filter((entry) => failed.some((other) => competes(other, entry)));
  for (const entry of again) unassign(entry);
  const required = again.filter((entry) => entry.sizeBytes > 0);
  for (const entry of inPlacementOrder(required, (each) => each.alignment)) {
    if (!place(bus, entry, entry.sizeBytes, entry.alignment)) diagnostics.push(noSpace(entry));
  }
  for (const entry of inPlacementOrder(again, (each) => each.alignment)) {
    if (entry.optionalBytes > 0 && !grow(bus, entry)) diagnostics.push(notGranted(entry));
  }
}

/** @returns what did not fit. */
function placeWithWishes(bus: FoundBus, wanted: readonly Resource[]): readonly Resource[] {
  return inPlacementOrder(wanted, (entry) => entry.optionalAlignment).filter(
    (entry) => !place(bus, entry, entry.sizeBytes + entry.optionalBytes, entry.optionalAlignment),
  );
}

/** Whether giving up wishes of `entry` can make room for `failed`. */
function competes(failed: Resource, entry: Resource): boolean {
  if (entry === failed) return true;
  if (entry.space !== failed.space) return false;
  if (entry.space === 'io' || entry.prefetchable === failed.prefetchable) return true;
  // A prefetchable resource that lies in an ordinary window competes with ordinary ones.
  return entry.prefetchable && entry.parent?.flags.prefetchable === false;
}

/** Adds the optional part, at a new place if need be. @returns false if it does not fit; then nothing changed. */
function grow(bus: FoundBus, entry: Resource): boolean {
  const { address, assignedBytes, parent } = entry;
  if (address === undefined && entry.sizeBytes > 0) return false;
  unassign(entry);
  if (place(bus, entry, entry.sizeBytes + entry.optionalBytes, entry.optionalAlignment)) return true;
  if (address !== undefined && parent !== undefined) place(bus, entry, assignedBytes, entry.alignment);
  return false;
}

function noSpace(entry: Resource): Diagnostic {
  return logLine(
    'NO_SPACE',
    'error',
    entry.owner,
    `${resourceName(entry)} ${sizeText(entry, entry.sizeBytes)}: can't assign; no space`,
    "Use the window rule 'packed', a larger host bridge window, or smaller BARs.",
  );
}

function notGranted(entry: Resource): Diagnostic {
  const text = `${resourceName(entry)} ${sizeText(entry, entry.optionalBytes)}: can't assign; no space`;
  return logLine('NO_SPACE_FOR_OPTIONAL', 'note', entry.owner, text);
}
