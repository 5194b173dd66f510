/*
 * Writing what was decided into registers: BARs, windows, command enables.
 * Source: enumeration reference X-4…X-6, 6.1, 6.2.
 */
import { fromDwords, highDword, lowDword } from '../../base/bits.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import { decodeIoWindow, decodeMemoryWindow, decodePrefetchableWindow, encodeWindow } from '../config/bridgeWindows.ts';
import type { AddressWindow, WindowKind } from '../config/bridgeWindows.ts';
import type { ConfigReader } from '../config/capability.ts';
import { SRIOV_VF_BAR_OFFSET } from '../config/extendedCapabilities.ts';
import { BAR_BASE, COMMAND, ROM_BASE } from '../config/header.ts';
import { extractField, insertFields } from '../config/register.ts';
import { WINDOW_ORDER } from '../pcie/hostRoutine.ts';
import type { HostProcess } from '../pcie/requests.ts';
import type { ConfigPlace } from './configRequests.ts';
import { ConfigSnapshot, configRead, configWrite, during } from './configRequests.ts';
import { logLine, resourceName, sizeText } from './hostDiagnostics.ts';
import type { FoundFunction, Resource } from './hostTree.ts';
import { RESOURCE_SLOT } from './hostTree.ts';

const DECODE_BITS = 0x3;
/** Type bits of the lower dword of a BAR. */
const IO_TYPE_MASK = 0x3;
const MEMORY_TYPE_MASK = 0xf;
const ROM_ENABLE = 0x1;

/** Register of a BAR-like resource. */
function registerOf(entry: Resource): number {
  if (entry.kind === 'rom') return ROM_BASE[entry.owner.headerType];
  if (entry.kind === 'bar') return BAR_BASE + 4 * entry.slot;
  return (
    (entry.owner.virtualFunctions?.offset ?? 0) + SRIOV_VF_BAR_OFFSET + 4 * (entry.slot - RESOURCE_SLOT.virtualBar)
  );
}

/**
 * Writes one BAR if its register says something else: 64-bit ones with decoding off, low dword first.
 * A disabled ROM keeps its register; its address is only reserved.
 */
function* programBar(
  place: ConfigPlace,
  entry: Resource,
  address: number,
  diagnostics: Diagnostic[],
): HostProcess<void> {
  const offset = registerOf(entry);
  const low = yield* configRead(place, offset, 4);
  if (entry.kind === 'rom' && (low & ROM_ENABLE) === 0) return;
  const typeMask = entry.space === 'io' ? IO_TYPE_MASK : entry.kind === 'rom' ? ROM_ENABLE : MEMORY_TYPE_MASK;
  const wanted = (lowDword(address) | (low & typeMask)) >>> 0;
  const high = entry.is64 ? yield* configRead(place, offset + 4, 4) : 0;
  if (low === wanted && high === (entry.is64 ? highDword(address) : 0)) return;
  const command = yield* configRead(place, COMMAND.offsetBytes, 2);
  const decoding = entry.is64 && (command & DECODE_BITS) !== 0;
  if (decoding) yield* configWrite(place, COMMAND.offsetBytes, 2, command & ~DECODE_BITS);
  yield* configWrite(place, offset, 4, wanted);
  if (entry.is64) yield* configWrite(place, offset + 4, 4, highDword(address));
  const readBack = fromDwords(
    entry.is64 ? yield* configRead(place, offset + 4, 4) : 0,
    yield* configRead(place, offset, 4),
  );
  if (decoding) yield* configWrite(place, COMMAND.offsetBytes, 2, command);
  if (readBack !== fromDwords(highDword(address), wanted)) {
    const text = `${resourceName(entry)}: error updating (0x${wanted.toString(16)} != 0x${readBack.toString(16)})`;
    diagnostics.push(logLine('BAR_NOT_WRITABLE', 'warning', entry.owner, text));
  }
}

/** BARs, ROM and VF BARs that have addresses. */
export function* programBars(entry: FoundFunction, diagnostics: Diagnostic[]): HostProcess<void> {
  const place = { segment: entry.bus.segment, bdf: entry.bdf };
  for (const wanted of entry.resources) {
    if (wanted.kind === 'window' || wanted.address === undefined) continue;
    yield* during('writeBar', place, programBar(place, wanted, wanted.address, diagnostics), wanted.slot);
  }
}

const DECODERS: Readonly<Record<WindowKind, (config: ConfigReader) => AddressWindow | undefined>> = {
  io: decodeIoWindow,
  memory: decodeMemoryWindow,
  prefetchable: decodePrefetchableWindow,
};
/** The window registers, 1Ch to 33h. */
const WINDOW_PART = { offset: 0x1c, bytes: 0x18 } as const;

/** The window registers of a bridge; those that say the right thing already are left alone. */
export function* programWindows(entry: FoundFunction): HostProcess<void> {
  const state = entry.bridge;
  if (state === undefined) return;
  const place = { segment: entry.bus.segment, bdf: entry.bdf };
  const snapshot = new ConfigSnapshot();
  yield* during('readWindows', place, snapshot.fetch(place, WINDOW_PART.offset, WINDOW_PART.bytes));
  const windows = { io: state.io, memory: state.memory, prefetchable: state.prefetchable };
  for (const [position, kind] of WINDOW_ORDER.entries()) {
    const window = windows[kind];
    if (window === undefined) continue;
    const wanted = rangeOf(window);
    const now = DECODERS[kind](snapshot);
    if (now?.base === wanted?.base && now?.limit === wanted?.limit) continue;
    yield* during('writeWindow', place, writeWindow(place, kind, wanted), position);
  }
}

function* writeWindow(place: ConfigPlace, kind: WindowKind, window: AddressWindow | undefined): HostProcess<void> {
  for (const { offset, bytes, value } of encodeWindow(kind, window)) yield* configWrite(place, offset, bytes, value);
}

/** Assigned range of a window; undefined = closed. */
export function rangeOf(window: Resource): AddressWindow | undefined {
  if (window.address === undefined || window.assignedBytes === 0) return undefined;
  return { base: window.address, limit: window.address + window.assignedBytes - 1 };
}

/**
 * What the start of a driver sets: decoding of what it has, and bus mastering; bridges likewise for open
 * windows. A function with an unassigned BAR cannot be enabled.
 * @spec enumeration reference, 6.2
 */
export function* enableFunction(entry: FoundFunction, diagnostics: Diagnostic[]): HostProcess<void> {
  const needed = entry.resources.filter((wanted) => wanted.kind === 'bar' || wanted.kind === 'window');
  const missing = needed.find((wanted) => wanted.kind === 'bar' && wanted.address === undefined);
  if (missing !== undefined) {
    const text = `can't enable device: ${resourceName(missing)} ${sizeText(missing, missing.sizeBytes)} not assigned`;
    diagnostics.push(logLine('CANNOT_ENABLE', 'error', entry, text));
    return;
  }
  const has = (space: 'memory' | 'io'): boolean =>
    needed.some((wanted) => wanted.space === space && wanted.address !== undefined);
  const place = { segment: entry.bus.segment, bdf: entry.bdf };
  const now = yield* configRead(place, COMMAND.offsetBytes, 2);
  const wanted = insertFields(COMMAND, now, {
    ioSpaceEnable: has('io') ? 1 : extractField(COMMAND, 'ioSpaceEnable', now),
    memorySpaceEnable: has('memory') ? 1 : extractField(COMMAND, 'memorySpaceEnable', now),
    busMasterEnable: 1,
  });
  if (wanted !== now) yield* configWrite(place, COMMAND.offsetBytes, 2, wanted);
}
