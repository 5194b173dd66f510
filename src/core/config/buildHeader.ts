/*
 * The first 64 bytes of a function's configuration space.
 * Source: enumeration reference, sections 4.1, 6.1 and 8.1.
 */
import type { FirmwareState, FunctionSpec } from '../pcie/machineSpec.ts';
import { barTypeBits, pokeBar, setBarSize, writableMasks } from './bars.ts';
import { bridgeWindows, pokeBridgeWindow } from './bridgeWindows.ts';
import type { RegisterInstance } from './capabilityInstance.ts';
import { attachInstance, instance, plain } from './capabilityInstance.ts';
import type { ConfigSpace } from './configSpace.ts';
import {
  BAR_BASE,
  BAR_COUNT,
  BASE_ADDRESS,
  CACHE_LINE_SIZE,
  CAPABILITIES_POINTER,
  COMMAND,
  DEVICE_ID,
  EXPANSION_ROM,
  HEADER_TYPE,
  INTERRUPT_LINE,
  INTERRUPT_PIN,
  IO_BASE,
  IO_TYPE,
  IO_UPPER_REGISTERS,
  IO_WINDOW_REGISTERS,
  PREFETCHABLE_BASE,
  PREFETCHABLE_TYPE,
  PREFETCHABLE_UPPER_REGISTERS,
  PREFETCHABLE_WINDOW_REGISTERS,
  PRIMARY_BUS,
  REVISION_AND_CLASS,
  ROM_BASE,
  SECONDARY_BUS,
  STATUS,
  SUBORDINATE_BUS,
  SUBSYSTEM_ID,
  SUBSYSTEM_VENDOR_ID,
  TYPE_1_HEADER,
  VENDOR_ID,
} from './header.ts';
import type { FunctionPlace } from './places.ts';
import { isBridgeKind } from './places.ts';

/** What a virtual function's own Vendor ID and Device ID registers read. */
const VIRTUAL_FUNCTION_ID = 0xffff;

/** Writes header registers, BARs and windows, with masks. @param imported `config` holds an image. */
export function buildHeader(config: ConfigSpace, spec: FunctionSpec, place: FunctionPlace, imported: boolean): void {
  const layout = headerLayout(config, spec, imported);
  const registers = [
    ...commonRegisters(config, spec, place, imported, layout),
    ...(layout === 1 ? bridgeRegisters(config, spec, imported) : []),
    ...(layout === 0 ? subsystemRegisters(spec) : []),
  ];
  for (const entry of registers) attachInstance(config, 0, entry, imported, place.start);
  if (layout > 1) return;
  const type = layout === 0 ? 0 : 1;
  if (spec.virtualFunctionOf === undefined) buildBars(config, spec, place, imported, BAR_COUNT[type]);
  buildRom(config, spec, place, imported, ROM_BASE[type]);
  if (layout === 1 && place.start === 'firmware') encodeWindows(config, spec.firmware);
}

/** 0 or 1 from the kind; an image of another layout (CardBus) keeps its own. */
function headerLayout(config: ConfigSpace, spec: FunctionSpec, imported: boolean): number {
  const own = config.field(HEADER_TYPE, 0, 'layout');
  if (imported && own > 1) return own;
  return isBridgeKind(spec.kind) ? 1 : 0;
}

function commonRegisters(
  config: ConfigSpace,
  spec: FunctionSpec,
  place: FunctionPlace,
  imported: boolean,
  layout: number,
): readonly RegisterInstance[] {
  const { identity, firmware } = spec;
  const virtual = spec.virtualFunctionOf !== undefined;
  const ownBit = imported ? config.field(HEADER_TYPE, 0, 'multiFunction') : 0;
  const multiFunction = place.multiFunction && (spec.fn === 0 || !imported) && !virtual ? 1 : ownBit;
  return [
    instance(VENDOR_ID, { facts: { vendorId: virtual ? VIRTUAL_FUNCTION_ID : identity.vendorId } }),
    instance(DEVICE_ID, { facts: { deviceId: virtual ? VIRTUAL_FUNCTION_ID : identity.deviceId } }),
    instance(COMMAND, { state: firmware?.command === undefined ? {} : commandFields(firmware.command) }),
    instance(STATUS),
    instance(REVISION_AND_CLASS, { facts: { revision: identity.revision, classCode: identity.classCode } }),
    instance(CACHE_LINE_SIZE),
    instance(HEADER_TYPE, { facts: { layout, multiFunction } }),
    instance(CAPABILITIES_POINTER),
    instance(INTERRUPT_LINE),
    instance(INTERRUPT_PIN, { facts: spec.interruptPin === undefined ? {} : { pin: spec.interruptPin } }),
  ];
}

function commandFields(command: number) {
  return {
    ioSpaceEnable: command & 1,
    memorySpaceEnable: (command >> 1) & 1,
    busMasterEnable: (command >> 2) & 1,
    parityErrorResponse: (command >> 6) & 1,
    serrEnable: (command >> 8) & 1,
    interruptDisable: (command >> 10) & 1,
  };
}

function subsystemRegisters(spec: FunctionSpec): readonly RegisterInstance[] {
  const { subsystemVendorId, subsystemId } = spec.identity;
  return [
    instance(SUBSYSTEM_VENDOR_ID, { facts: { subsystemVendorId } }),
    instance(SUBSYSTEM_ID, { facts: { subsystemId } }),
  ];
}

/**
 * Bridge registers; which optional windows exist an image tells by its type nibbles.
 * @simplifies An imported bridge whose I/O or prefetchable registers read zero is taken to have no such
 * window: firmware and kernel write a closed window as base above limit, never as zero.
 */
function bridgeRegisters(config: ConfigSpace, spec: FunctionSpec, imported: boolean): readonly RegisterInstance[] {
  const buses = spec.firmware?.buses;
  const hasIo = !imported || config.read(IO_BASE.offsetBytes, 2) !== 0;
  const wideIo = hasIo && (!imported || config.field(IO_BASE, 0, 'type') === IO_TYPE.bits32);
  const hasPrefetchable = !imported || config.read(PREFETCHABLE_BASE.offsetBytes, 4) !== 0;
  const widePrefetchable =
    hasPrefetchable && (!imported || config.field(PREFETCHABLE_BASE, 0, 'type') === PREFETCHABLE_TYPE.bits64);
  return [
    ...(buses === undefined
      ? plain([PRIMARY_BUS, SECONDARY_BUS, SUBORDINATE_BUS])
      : [
          instance(PRIMARY_BUS, { state: { bus: buses.primary } }),
          instance(SECONDARY_BUS, { state: { bus: buses.secondary } }),
          instance(SUBORDINATE_BUS, { state: { bus: buses.subordinate } }),
        ]),
    ...plain(TYPE_1_HEADER.slice(3)),
    ...plain(hasIo ? IO_WINDOW_REGISTERS : []),
    ...plain(wideIo ? IO_UPPER_REGISTERS : []),
    ...plain(hasPrefetchable ? PREFETCHABLE_WINDOW_REGISTERS : []),
    ...plain(widePrefetchable ? PREFETCHABLE_UPPER_REGISTERS : []),
  ];
}

/** Each BAR gets its masks and type bits, and the firmware's address if there is one. Dwords without a BAR stay as they are. */
function buildBars(
  config: ConfigSpace,
  spec: FunctionSpec,
  place: FunctionPlace,
  imported: boolean,
  count: number,
): void {
  const addresses = place.start === 'firmware' ? spec.firmware?.bars : undefined;
  for (const bar of spec.bars) {
    if (bar.index >= count) continue;
    setBarSize(config, bar, bar.sizeBytes);
    const offset = BAR_BASE + 4 * bar.index;
    const found = imported && place.start === 'firmware' && spec.firmware === undefined;
    if (found) config.pokeFields(BASE_ADDRESS, offset, typeFields(barTypeBits(bar)));
    else pokeBar(config, bar, addresses?.[bar.index] ?? 0);
  }
}

function typeFields(type: number) {
  return { ioSpace: type & 1, memoryType: (type >> 1) & 3, prefetchable: type >> 3 };
}

/** BAR index under which a document holds the address of the expansion ROM. */
const ROM_INDEX = 6;

/** An imported function keeps its image's ROM register unless the document states an address. */
function buildRom(
  config: ConfigSpace,
  spec: FunctionSpec,
  place: FunctionPlace,
  imported: boolean,
  base: number,
): void {
  if (spec.romBytes === undefined) return;
  const masks = writableMasks((2 ** 32 - spec.romBytes + 1) >>> 0);
  const address = spec.firmware?.bars?.[ROM_INDEX];
  const state = address === undefined ? {} : { address: address / 2 ** EXPANSION_ROM.fields.address.lsb };
  attachInstance(config, base, instance(EXPANSION_ROM, { masks, state }), imported, place.start);
}

/** Writes the windows firmware left. A window that is closed already keeps its own way of saying so. */
function encodeWindows(config: ConfigSpace, firmware: FirmwareState | undefined): void {
  if (firmware === undefined) return;
  const now = bridgeWindows(config);
  const wanted = {
    io: firmware.ioWindow,
    memory: firmware.memoryWindow,
    prefetchable: firmware.prefetchableWindow,
  };
  for (const kind of ['io', 'memory', 'prefetchable'] as const) {
    if (wanted[kind] !== undefined || now[kind] !== undefined) pokeBridgeWindow(config, kind, wanted[kind]);
  }
}
