/*
 * One function as software finds it: identity, role, capabilities, resources.
 * Source: enumeration reference, sections 2 and 4.
 */
import type { Bdf } from '../../base/units.ts';
import type { FoundCapability } from '../config/capability.ts';
import { walkCapabilities, walkExtendedCapabilities } from '../config/capability.ts';
import {
  bridgeBuses,
  bridgeWindows,
  classCodeOf,
  headerLayoutOf,
  portTypeOf,
  readField,
  readRegister,
  slotOf,
} from '../config/decode.ts';
import type { AddressWindow } from '../config/decode.ts';
import { EXPRESS, SLOT_CAPABILITIES } from '../config/expressCapability.ts';
import {
  ACS,
  ARI,
  SRIOV,
  SRIOV_CONTROL,
  SRIOV_FIRST_VF_OFFSET,
  SRIOV_NUM_VFS,
  SRIOV_TOTAL_VFS,
  SRIOV_VF_BAR_OFFSET,
  SRIOV_VF_DEVICE_ID,
  SRIOV_VF_STRIDE,
} from '../config/extendedCapabilities.ts';
import { HEADER_TYPE } from '../config/header.ts';
import { IO_WINDOW_GRANULARITY, MEMORY_WINDOW_GRANULARITY } from '../config/bridgeWindows.ts';
import type { FunctionKind } from '../pcie/machineSpec.ts';
import type { HostProcess } from '../pcie/requests.ts';
import type { ConfigPlace } from './configRequests.ts';
import { ConfigSnapshot, configRead, during, walkByRequests } from './configRequests.ts';
import type { SizedBar, WindowAbilities } from './enumerateSizing.ts';
import { probeWindows, sizeBars, sizeHeader } from './enumerateSizing.ts';
import type { BridgeState, FoundBus, FoundFunction, Resource, VirtualFunctions } from './hostTree.ts';
import { RESOURCE_SLOT } from './hostTree.ts';

/** Dwords of the header that are looked at: all of it on bridges, class and header type on others. */
const COMMON_PART = { offset: 0x08, bytes: 8 } as const;
const BRIDGE_PART = { offset: 0x18, bytes: 0x1c } as const;
const HOST_BRIDGE_CLASS = 0x0600;

/** Vendor ID dwords that mean "nothing here" (C-5). */
const ABSENT: ReadonlySet<number> = new Set([0x00000000, 0xffffffff, 0x0000ffff, 0xffff0000]);
/** What a root port with retry visibility makes of a function that is not ready yet (C-4). */
const RETRY_DWORD = 0xffff0001;
const RETRY_LIMIT = 60;
const RETRY_WAIT_PS = 1_000_000_000;

/**
 * Reads the vendor and device ID; waits while a root port reports "retry".
 * @returns undefined if nothing is there.
 */
export function* readIdentity(place: ConfigPlace): HostProcess<number | undefined> {
  let dword = yield* configRead(place, 0, 4);
  for (let tries = 0; dword === RETRY_DWORD && tries < RETRY_LIMIT; tries++) {
    yield { kind: 'delay', duration_ps: RETRY_WAIT_PS, busy: false };
    dword = yield* configRead(place, 0, 4);
  }
  return ABSENT.has(dword) || dword === RETRY_DWORD ? undefined : dword;
}

/** Role from header type and port type: what the page calls the function. */
function kindOf(snapshot: ConfigSnapshot, express: number | undefined, headerType: number): FunctionKind {
  const type = express === undefined ? undefined : portTypeOf(snapshot, express);
  const isHostBridge = classCodeOf(snapshot) >>> 8 === HOST_BRIDGE_CLASS;
  if (headerType === 1) {
    const bridges: readonly FunctionKind[] = [
      'rootPort',
      'upstreamPort',
      'downstreamPort',
      'pcieToPciBridge',
      'pciToPcieBridge',
    ];
    return bridges.find((kind) => kind === type) ?? 'pciBridge';
  }
  if (isHostBridge) return 'hostBridge';
  const functions: readonly FunctionKind[] = ['endpoint', 'legacyEndpoint', 'rcEndpoint', 'rcEventCollector'];
  return functions.find((kind) => kind === type) ?? (express === undefined ? 'pciDevice' : 'endpoint');
}

interface Capabilities {
  readonly express: number | undefined;
  readonly acs: number | undefined;
  readonly ari: number | undefined;
  readonly sriov: number | undefined;
}

function* findCapabilities(place: ConfigPlace, snapshot: ConfigSnapshot): HostProcess<Capabilities> {
  const first = yield* walkByRequests(place, walkCapabilities());
  const express = first.find((entry) => entry.id === EXPRESS.id)?.offset;
  let extended: readonly FoundCapability[] = [];
  if (express !== undefined) {
    yield* snapshot.fetch(place, express, 4);
    if (headerLayoutOf(snapshot) === 1) yield* snapshot.fetch(place, express + SLOT_CAPABILITIES.offsetBytes, 4);
    extended = yield* walkByRequests(place, walkExtendedCapabilities());
  }
  const offsetOf = (id: number): number | undefined => extended.find((entry) => entry.id === id)?.offset;
  return { express, acs: offsetOf(ACS.id), ari: offsetOf(ARI.id), sriov: offsetOf(SRIOV.id) };
}

function resource(owner: FoundFunction, slot: number, kind: Resource['kind'], bar: SizedBar, count = 1): Resource {
  return {
    owner,
    slot,
    kind,
    space: bar.space,
    prefetchable: bar.prefetchable,
    is64: bar.is64,
    sizeBytes: bar.sizeBytes * count,
    optionalBytes: 0,
    alignment: bar.sizeBytes,
    optionalAlignment: bar.sizeBytes,
    address: undefined,
    assignedBytes: 0,
    parent: undefined,
    inner: undefined,
  };
}

/** A wholly optional resource: wanted, not required (W-4). */
function asOptional(wanted: Resource): Resource {
  wanted.optionalBytes = wanted.sizeBytes;
  wanted.sizeBytes = 0;
  return wanted;
}

function windowResource(
  owner: FoundFunction,
  slot: number,
  space: 'memory' | 'io',
  prefetchable: boolean,
  is64: boolean,
): Resource {
  const granularity = space === 'io' ? IO_WINDOW_GRANULARITY : MEMORY_WINDOW_GRANULARITY;
  const none: SizedBar = { index: slot, space, is64, prefetchable, sizeBytes: granularity, address: 0 };
  return { ...resource(owner, slot, 'window', none), sizeBytes: 0 };
}

/** What firmware had left in a function, for claiming. */
export interface FirmwareAddresses {
  /** By resource slot. */
  readonly bars: ReadonlyMap<number, number>;
  readonly windows: {
    readonly io: AddressWindow | undefined;
    readonly memory: AddressWindow | undefined;
    readonly prefetchable: AddressWindow | undefined;
  };
}

export interface FoundWithFirmware {
  readonly found: FoundFunction;
  readonly firmware: FirmwareAddresses;
}

/**
 * Reads a function that answers: header, capabilities, BAR sizes, windows.
 * @param identity vendor and device ID as read.
 */
export function* readFunction(bus: FoundBus, bdf: Bdf, identity: number): HostProcess<FoundWithFirmware> {
  const place: ConfigPlace = { segment: bus.segment, bdf };
  const snapshot = new ConfigSnapshot();
  const layout = yield* during('readHeader', place, readHeader(place, snapshot));
  const headerType = layout === 1 ? 1 : 0;
  const capabilities = yield* during('walkCapabilities', place, findCapabilities(place, snapshot));
  const windows = headerType === 1 ? yield* during('probeWindows', place, probeWindows(place)) : undefined;
  const virtualFunctions = yield* during(
    'readVirtual',
    place,
    readVirtualFunctions(place, snapshot, capabilities.sriov),
  );
  const found: FoundFunction = {
    bus,
    bdf,
    vendorId: identity % 2 ** 16,
    deviceId: Math.floor(identity / 2 ** 16),
    classCode: classCodeOf(snapshot),
    headerType,
    // Any function but the first counts as one of several, whatever its own bit says (F-3).
    multiFunction: bdf % 8 > 0 || readField(snapshot, HEADER_TYPE, 0, 'multiFunction') === 1,
    kind: kindOf(snapshot, capabilities.express, headerType),
    express: capabilities.express,
    acs: capabilities.acs,
    ari: capabilities.ari,
    virtualFunctions,
    resources: [],
    bridge: undefined,
    physical: undefined,
    virtualIndex: 0,
  };
  found.bridge = windows === undefined ? undefined : bridgeState(found, snapshot, windows, capabilities.express);
  // Other layouts (CardBus) are known by name only: their registers are not where ours are.
  const bars = layout > 1 ? new Map<number, number>() : yield* collectResources(place, found);
  const firmware: FirmwareAddresses = {
    bars,
    windows: headerType === 1 ? bridgeWindows(snapshot) : { io: undefined, memory: undefined, prefetchable: undefined },
  };
  return { found, firmware };
}

/** @returns the header's layout. */
function* readHeader(place: ConfigPlace, snapshot: ConfigSnapshot): HostProcess<number> {
  yield* snapshot.fetch(place, COMMON_PART.offset, COMMON_PART.bytes);
  const layout = headerLayoutOf(snapshot);
  if (layout === 1) yield* snapshot.fetch(place, BRIDGE_PART.offset, BRIDGE_PART.bytes);
  return layout;
}

function bridgeState(
  owner: FoundFunction,
  snapshot: ConfigSnapshot,
  windows: WindowAbilities,
  express: number | undefined,
): BridgeState {
  return {
    ...bridgeBuses(snapshot),
    hotPlug: express !== undefined && slotOf(snapshot, express)?.hotPlug === true,
    io: windows.io ? windowResource(owner, RESOURCE_SLOT.ioWindow, 'io', false, false) : undefined,
    memory: windowResource(owner, RESOURCE_SLOT.memoryWindow, 'memory', false, false),
    prefetchable: windows.prefetchable
      ? windowResource(owner, RESOURCE_SLOT.prefetchableWindow, 'memory', true, windows.prefetchable64)
      : undefined,
    child: undefined,
  };
}

/** Sizes BARs, ROM and VF BARs into `found.resources`. @returns the addresses they held. */
function* collectResources(place: ConfigPlace, found: FoundFunction): HostProcess<ReadonlyMap<number, number>> {
  const addresses = new Map<number, number>();
  const { bars, rom } = yield* sizeHeader(place, found.headerType);
  for (const bar of bars) {
    found.resources.push(resource(found, bar.index, 'bar', bar));
    addresses.set(bar.index, bar.address);
  }
  if (rom !== undefined) {
    const entry = resource(found, RESOURCE_SLOT.rom, 'rom', rom.bar);
    found.resources.push(rom.enabled ? entry : asOptional(entry));
    addresses.set(RESOURCE_SLOT.rom, rom.bar.address);
  }
  const virtual = found.virtualFunctions;
  if (virtual !== undefined && virtual.total > 0) {
    const all = sizeBars(place, virtual.offset + SRIOV_VF_BAR_OFFSET, 6, 'sizeVirtualBar');
    for (const bar of yield* all) {
      const slot = RESOURCE_SLOT.virtualBar + bar.index;
      found.resources.push(asOptional(resource(found, slot, 'virtualBar', bar, virtual.total)));
      addresses.set(slot, bar.address);
    }
  }
  const bridge = found.bridge;
  if (bridge !== undefined) {
    for (const window of [bridge.io, bridge.memory, bridge.prefetchable]) {
      if (window !== undefined) found.resources.push(window);
    }
  }
  return addresses;
}

function* readVirtualFunctions(
  place: ConfigPlace,
  snapshot: ConfigSnapshot,
  offset: number | undefined,
): HostProcess<VirtualFunctions | undefined> {
  if (offset === undefined) return undefined;
  yield* snapshot.fetch(place, offset, SRIOV.lengthBytes);
  return {
    offset,
    enabled: readField(snapshot, SRIOV_CONTROL, offset, 'vfEnable') === 1,
    count: readRegister(snapshot, SRIOV_NUM_VFS, offset),
    total: readRegister(snapshot, SRIOV_TOTAL_VFS, offset),
    firstOffset: readRegister(snapshot, SRIOV_FIRST_VF_OFFSET, offset),
    stride: readRegister(snapshot, SRIOV_VF_STRIDE, offset),
    deviceId: readRegister(snapshot, SRIOV_VF_DEVICE_ID, offset),
  };
}
