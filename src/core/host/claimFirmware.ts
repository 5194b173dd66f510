/*
 * Keeping what firmware assigned: windows from the root down, then BARs; whatever lies inside a parent
 * window and conflicts with nothing.
 * Source: enumeration reference, X-9.
 */
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { AddressRange, AddressSpace } from './addressSpace.ts';
import type { FirmwareAddresses } from './enumerateFunction.ts';
import { logLine, rangeText, resourceName } from './hostDiagnostics.ts';
import type { FoundBus, FoundFunction, Resource } from './hostTree.ts';
import { bridgesOn, functionsFrom } from './hostTree.ts';
import { assign, spacesOf } from './resourcePlacement.ts';

type Firmware = ReadonlyMap<FoundFunction, FirmwareAddresses>;

/**
 * BARs of functions that decode are claimed before those of functions that do not; disabled ROMs come last,
 * since firmware lets them overlap.
 * @param decodes whether firmware had left memory or I/O decoding on.
 */
export function claimFirmware(
  root: FoundBus,
  firmware: Firmware,
  decodes: (entry: FoundFunction) => boolean,
  diagnostics: Diagnostic[],
): void {
  claimWindows(root, firmware, diagnostics);
  const functions = functionsFrom(root);
  for (const decoding of [true, false]) {
    for (const entry of functions) {
      if (decodes(entry) === decoding)
        claimBars(entry, firmware.get(entry), (wanted) => wanted.kind !== 'rom', diagnostics);
    }
  }
  for (const entry of functions) claimBars(entry, firmware.get(entry), (wanted) => wanted.kind === 'rom', diagnostics);
}

function claimWindows(bus: FoundBus, firmware: Firmware, diagnostics: Diagnostic[]): void {
  for (const bridge of bridgesOn(bus)) {
    const found = firmware.get(bridge)?.windows;
    const state = bridge.bridge;
    if (found === undefined || state?.child === undefined) continue;
    const pairs: readonly (readonly [Resource | undefined, AddressRange | undefined])[] = [
      [state.io, found.io && { base: found.io.base, limit: found.io.limit }],
      [state.memory, found.memory && { base: found.memory.base, limit: found.memory.limit }],
      [state.prefetchable, found.prefetchable && { base: found.prefetchable.base, limit: found.prefetchable.limit }],
    ];
    for (const [window, range] of pairs) {
      // A window at zero is what a bridge reads that nobody touched (6.1).
      if (window !== undefined && range !== undefined && range.base !== 0) claim(bus, window, range, diagnostics);
    }
    claimWindows(state.child, firmware, diagnostics);
  }
}

function claimBars(
  entry: FoundFunction,
  firmware: FirmwareAddresses | undefined,
  isDue: (wanted: Resource) => boolean,
  diagnostics: Diagnostic[],
): void {
  for (const wanted of entry.resources) {
    if (wanted.kind === 'window' || !isDue(wanted)) continue;
    const base = firmware?.bars.get(wanted.slot) ?? 0;
    // Zero is what a BAR reads that nobody assigned.
    if (base === 0) continue;
    claim(entry.bus, wanted, { base, limit: base + wanted.sizeBytes + wanted.optionalBytes - 1 }, diagnostics);
  }
}

/** Best parent first: same kind, then any that contains the range; never a prefetchable one for what is not. */
function parentFor(bus: FoundBus, wanted: Resource, range: AddressRange): AddressSpace | undefined {
  const fitting = spacesOf(bus).filter(
    (space) =>
      space.flags.space === wanted.space && (wanted.prefetchable || !space.flags.prefetchable) && space.contains(range),
  );
  return fitting.find((space) => space.flags.prefetchable === wanted.prefetchable) ?? fitting[0];
}

function claim(bus: FoundBus, wanted: Resource, range: AddressRange, diagnostics: Diagnostic[]): void {
  const parent = parentFor(bus, wanted, range);
  const text = `${resourceName(wanted)} ${rangeText(wanted, range.base, range.limit)}`;
  if (parent === undefined) {
    const line = `${text}: can't claim; no compatible bridge window`;
    diagnostics.push(logLine('FIRMWARE_NOT_IN_WINDOW', 'warning', wanted.owner, line));
    return;
  }
  const other = parent.conflict(range);
  if (other !== undefined) {
    const line = `${text}: can't claim; address conflict with ${rangeText(wanted, other.base, other.limit)}`;
    diagnostics.push(logLine('FIRMWARE_ADDRESS_CONFLICT', 'warning', wanted.owner, line));
    return;
  }
  assign(wanted, parent, range.base, range.limit + 1 - range.base);
}
