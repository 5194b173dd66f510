/*
 * Reading a configuration space: one function for each question that models, software and inspectors ask.
 * They take anything that can be read, so hardware's registers and software's copy decode alike.
 */
import { fromDwords } from '../../base/bits.ts';
import type { ConfigReader } from './capability.ts';
import { findCapability } from './capability.ts';
import {
  DEVICE_CAPABILITIES,
  DEVICE_CONTROL,
  EXPRESS,
  EXPRESS_FLAGS,
  LINK_CAPABILITIES,
  LINK_STATUS,
  PORT_TYPE,
  SLOT_CAPABILITIES,
  payloadSizeFromCode,
} from './expressCapability.ts';
import type { PortTypeName } from './expressCapability.ts';
import { ACS, ACS_CAPABILITY, ACS_CONTROL } from './extendedCapabilities.ts';
import {
  BAR_BASE,
  COMMAND,
  HEADER_TYPE,
  PRIMARY_BUS,
  REVISION_AND_CLASS,
  SECONDARY_BUS,
  SUBORDINATE_BUS,
} from './header.ts';
import type { Register } from './register.ts';
import { extractField } from './register.ts';

export { bridgeWindows } from './bridgeWindows.ts';
export type { AddressWindow, BridgeWindows } from './bridgeWindows.ts';

/** Value of a register at `base`. */
export function readRegister(config: ConfigReader, register: Register, base: number): number {
  return config.read(base + register.offsetBytes, register.widthBits / 8);
}

/** One field, unshifted. */
export function readField<Name extends string>(
  config: ConfigReader,
  register: Register<Name>,
  base: number,
  name: Name,
): number {
  return extractField(register, name, readRegister(config, register, base));
}

/** 0 functions, 1 bridges, other = not ours. */
export function headerLayoutOf(config: ConfigReader): number {
  return readField(config, HEADER_TYPE, 0, 'layout');
}

/** 24 bits. */
export function classCodeOf(config: ConfigReader): number {
  return readField(config, REVISION_AND_CLASS, 0, 'classCode');
}

/** The three bus numbers of a type 1 header. */
export function bridgeBuses(config: ConfigReader): {
  readonly primary: number;
  readonly secondary: number;
  readonly subordinate: number;
} {
  return {
    primary: readRegister(config, PRIMARY_BUS, 0),
    secondary: readRegister(config, SECONDARY_BUS, 0),
    subordinate: readRegister(config, SUBORDINATE_BUS, 0),
  };
}

/** Address in BAR `bar` (0…5), type bits removed; 64 bits if its type says so. 0 = never assigned. */
export function barAddress(config: ConfigReader, bar: number): number {
  const low = config.read(BAR_BASE + 4 * bar, 4);
  if ((low & 1) === 1) return (low & ~0x3) >>> 0;
  const address = (low & ~0xf) >>> 0;
  return ((low >> 1) & 3) === 2 ? fromDwords(config.read(BAR_BASE + 4 * bar + 4, 4), address) : address;
}

export interface CommandBits {
  readonly ioEnable: boolean;
  readonly memoryEnable: boolean;
  readonly busMaster: boolean;
  readonly interruptDisable: boolean;
}

/** The command register. */
export function commandOf(config: ConfigReader): CommandBits {
  const value = readRegister(config, COMMAND, 0);
  const bit = (name: keyof typeof COMMAND.fields): boolean => extractField(COMMAND, name, value) === 1;
  return {
    ioEnable: bit('ioSpaceEnable'),
    memoryEnable: bit('memorySpaceEnable'),
    busMaster: bit('busMasterEnable'),
    interruptDisable: bit('interruptDisable'),
  };
}

export interface DeviceControlBits {
  readonly mpsBytes: number;
  readonly mrrsBytes: number;
  readonly relaxedOrdering: boolean;
  readonly noSnoop: boolean;
  readonly extendedTag: boolean;
}

/** Device Control; what a function without the PCI Express capability behaves like: 128 bytes each. */
export function deviceControlOf(config: ConfigReader, offset = findCapability(config, EXPRESS)): DeviceControlBits {
  if (offset === undefined) {
    return { mpsBytes: 128, mrrsBytes: 128, relaxedOrdering: false, noSnoop: false, extendedTag: false };
  }
  const value = readRegister(config, DEVICE_CONTROL, offset);
  const field = (name: keyof typeof DEVICE_CONTROL.fields): number => extractField(DEVICE_CONTROL, name, value);
  return {
    mpsBytes: payloadSizeFromCode(field('maxPayloadSize')),
    mrrsBytes: payloadSizeFromCode(field('maxReadRequestSize')),
    relaxedOrdering: field('enableRelaxedOrdering') === 1,
    noSnoop: field('enableNoSnoop') === 1,
    extendedTag: field('extendedTagEnable') === 1,
  };
}

/** Max_Payload_Size Supported; 128 without the PCI Express capability. */
export function mpsSupportedOf(config: ConfigReader, offset = findCapability(config, EXPRESS)): number {
  return offset === undefined
    ? 128
    : payloadSizeFromCode(readField(config, DEVICE_CAPABILITIES, offset, 'maxPayloadSizeSupported'));
}

export interface AcsBits {
  /** Of the capability; the control register lies at + 6. */
  readonly offset: number;
  /** Bits 6:0 each. */
  readonly capability: number;
  readonly control: number;
}

/** ACS, or undefined without the capability. */
export function acsControlOf(config: ConfigReader, offset = findCapability(config, ACS)): AcsBits | undefined {
  if (offset === undefined) return undefined;
  return {
    offset,
    capability: readRegister(config, ACS_CAPABILITY, offset) & 0x7f,
    control: readRegister(config, ACS_CONTROL, offset) & 0x7f,
  };
}

const PORT_TYPE_NAMES = new Map<number, PortTypeName>([
  [PORT_TYPE.endpoint, 'endpoint'],
  [PORT_TYPE.legacyEndpoint, 'legacyEndpoint'],
  [PORT_TYPE.rootPort, 'rootPort'],
  [PORT_TYPE.upstreamPort, 'upstreamPort'],
  [PORT_TYPE.downstreamPort, 'downstreamPort'],
  [PORT_TYPE.pcieToPciBridge, 'pcieToPciBridge'],
  [PORT_TYPE.pciToPcieBridge, 'pciToPcieBridge'],
  [PORT_TYPE.rcEndpoint, 'rcEndpoint'],
  [PORT_TYPE.rcEventCollector, 'rcEventCollector'],
]);

/** Device/port type; undefined without the PCI Express capability or for a reserved code. */
export function portTypeOf(config: ConfigReader, offset = findCapability(config, EXPRESS)): PortTypeName | undefined {
  return offset === undefined ? undefined : PORT_TYPE_NAMES.get(readField(config, EXPRESS_FLAGS, offset, 'portType'));
}

export interface LinkRegisters {
  readonly maxSpeed: number;
  readonly maxWidth: number;
  readonly speed: number;
  readonly width: number;
  readonly active: boolean;
}

/** Link Capabilities and Status as they read; undefined without the PCI Express capability. */
export function linkRegistersOf(
  config: ConfigReader,
  offset = findCapability(config, EXPRESS),
): LinkRegisters | undefined {
  if (offset === undefined) return undefined;
  return {
    maxSpeed: readField(config, LINK_CAPABILITIES, offset, 'maxSpeed'),
    maxWidth: readField(config, LINK_CAPABILITIES, offset, 'maxWidth'),
    speed: readField(config, LINK_STATUS, offset, 'speed'),
    width: readField(config, LINK_STATUS, offset, 'width'),
    active: readField(config, LINK_STATUS, offset, 'dataLinkActive') === 1,
  };
}

/** Slot of a port; undefined if none is implemented. */
export function slotOf(
  config: ConfigReader,
  offset = findCapability(config, EXPRESS),
): { readonly number: number; readonly hotPlug: boolean } | undefined {
  if (offset === undefined || readField(config, EXPRESS_FLAGS, offset, 'slotImplemented') === 0) return undefined;
  return {
    number: readField(config, SLOT_CAPABILITIES, offset, 'slotNumber'),
    hotPlug: readField(config, SLOT_CAPABILITIES, offset, 'hotPlugCapable') === 1,
  };
}
