/*
 * The first 64 bytes of a configuration space: type 0 (functions) and type 1 (bridges).
 * Source: enumeration reference, sections 4.1, 6.1 and 8.1.
 */
import { defineRegister } from './register.ts';

const SPEC = 'PCIe Base 5.0 §7.5.1';

export const VENDOR_ID = defineRegister({
  name: 'Vendor ID',
  offsetBytes: 0x00,
  widthBits: 16,
  spec: `${SPEC}.1.1`,
  fields: { vendorId: { lsb: 0, widthBits: 16, access: 'HwInit' } },
});
export const DEVICE_ID = defineRegister({
  name: 'Device ID',
  offsetBytes: 0x02,
  widthBits: 16,
  spec: `${SPEC}.1.2`,
  fields: { deviceId: { lsb: 0, widthBits: 16, access: 'HwInit' } },
});
export const COMMAND = defineRegister({
  name: 'Command',
  offsetBytes: 0x04,
  widthBits: 16,
  spec: `${SPEC}.1.3`,
  fields: {
    ioSpaceEnable: { lsb: 0, access: 'RW' },
    memorySpaceEnable: { lsb: 1, access: 'RW' },
    busMasterEnable: { lsb: 2, access: 'RW' },
    parityErrorResponse: { lsb: 6, access: 'RW' },
    serrEnable: { lsb: 8, access: 'RW' },
    interruptDisable: { lsb: 10, access: 'RW' },
  },
});
export const STATUS = defineRegister({
  name: 'Status',
  offsetBytes: 0x06,
  widthBits: 16,
  spec: `${SPEC}.1.4`,
  fields: {
    interruptStatus: { lsb: 3, access: 'RO' },
    capabilitiesList: { lsb: 4, access: 'RO' },
    masterDataParityError: { lsb: 8, access: 'RW1C' },
    signaledTargetAbort: { lsb: 11, access: 'RW1C' },
    receivedTargetAbort: { lsb: 12, access: 'RW1C' },
    receivedMasterAbort: { lsb: 13, access: 'RW1C' },
    signaledSystemError: { lsb: 14, access: 'RW1C' },
    detectedParityError: { lsb: 15, access: 'RW1C' },
  },
});
export const REVISION_AND_CLASS = defineRegister({
  name: 'Revision ID and Class Code',
  offsetBytes: 0x08,
  widthBits: 32,
  spec: `${SPEC}.1.5`,
  fields: {
    revision: { lsb: 0, widthBits: 8, access: 'HwInit' },
    classCode: { lsb: 8, widthBits: 24, access: 'HwInit' },
  },
});
export const CACHE_LINE_SIZE = defineRegister({
  name: 'Cache Line Size',
  offsetBytes: 0x0c,
  widthBits: 8,
  spec: `${SPEC}.1.7`,
  fields: { cacheLineDwords: { lsb: 0, widthBits: 8, access: 'RW' } },
});
export const HEADER_TYPE = defineRegister({
  name: 'Header Type',
  offsetBytes: 0x0e,
  widthBits: 8,
  spec: `${SPEC}.1.9`,
  fields: {
    layout: { lsb: 0, widthBits: 7, access: 'HwInit' },
    multiFunction: { lsb: 7, access: 'HwInit' },
  },
});

/** One BAR dword; its masks depend on the size (`bars.ts`). Base = 10h + 4 · index. */
export const BASE_ADDRESS = defineRegister({
  name: 'Base Address',
  offsetBytes: 0x00,
  widthBits: 32,
  spec: `${SPEC}.2.1`,
  fields: {
    ioSpace: { lsb: 0, access: 'HwInit' },
    memoryType: { lsb: 1, widthBits: 2, access: 'HwInit' },
    prefetchable: { lsb: 3, access: 'HwInit' },
    address: { lsb: 4, widthBits: 28, access: 'RW' },
  },
});
export const EXPANSION_ROM = defineRegister({
  name: 'Expansion ROM Base Address',
  offsetBytes: 0x00,
  widthBits: 32,
  spec: `${SPEC}.2.4`,
  fields: {
    enable: { lsb: 0, access: 'RW' },
    address: { lsb: 11, widthBits: 21, access: 'RW' },
  },
});
export const BAR_BASE = 0x10;
/** Base of EXPANSION_ROM by header type. */
export const ROM_BASE: readonly [number, number] = [0x30, 0x38];
/** BAR dwords by header type. */
export const BAR_COUNT: readonly [number, number] = [6, 2];

export const SUBSYSTEM_VENDOR_ID = defineRegister({
  name: 'Subsystem Vendor ID',
  offsetBytes: 0x2c,
  widthBits: 16,
  spec: `${SPEC}.2.3`,
  fields: { subsystemVendorId: { lsb: 0, widthBits: 16, access: 'HwInit' } },
});
export const SUBSYSTEM_ID = defineRegister({
  name: 'Subsystem ID',
  offsetBytes: 0x2e,
  widthBits: 16,
  spec: `${SPEC}.2.3`,
  fields: { subsystemId: { lsb: 0, widthBits: 16, access: 'HwInit' } },
});
export const CAPABILITIES_POINTER = defineRegister({
  name: 'Capabilities Pointer',
  offsetBytes: 0x34,
  widthBits: 8,
  spec: `${SPEC}.1.11`,
  fields: { pointer: { lsb: 0, widthBits: 8, access: 'HwInit' } },
});
export const INTERRUPT_LINE = defineRegister({
  name: 'Interrupt Line',
  offsetBytes: 0x3c,
  widthBits: 8,
  spec: `${SPEC}.1.12`,
  fields: { line: { lsb: 0, widthBits: 8, access: 'RW' } },
});
export const INTERRUPT_PIN = defineRegister({
  name: 'Interrupt Pin',
  offsetBytes: 0x3d,
  widthBits: 8,
  spec: `${SPEC}.1.13`,
  fields: { pin: { lsb: 0, widthBits: 8, access: 'HwInit' } },
});

export const PRIMARY_BUS = defineRegister({
  name: 'Primary Bus Number',
  offsetBytes: 0x18,
  widthBits: 8,
  spec: `${SPEC}.3.2`,
  fields: { bus: { lsb: 0, widthBits: 8, access: 'RW' } },
});
export const SECONDARY_BUS = defineRegister({
  name: 'Secondary Bus Number',
  offsetBytes: 0x19,
  widthBits: 8,
  spec: `${SPEC}.3.3`,
  fields: { bus: { lsb: 0, widthBits: 8, access: 'RW' } },
});
export const SUBORDINATE_BUS = defineRegister({
  name: 'Subordinate Bus Number',
  offsetBytes: 0x1a,
  widthBits: 8,
  spec: `${SPEC}.3.4`,
  fields: { bus: { lsb: 0, widthBits: 8, access: 'RW' } },
});
/** The three numbers and the secondary latency timer are written as one dword. */
export const BUS_NUMBERS_OFFSET = 0x18;

/** Read-only low nibble of the I/O base and limit registers. */
export const IO_TYPE = { bits16: 0, bits32: 1 } as const;
export const IO_BASE = defineRegister({
  name: 'I/O Base',
  offsetBytes: 0x1c,
  widthBits: 8,
  spec: `${SPEC}.3.6`,
  fields: {
    type: { lsb: 0, widthBits: 4, access: 'HwInit', reset: IO_TYPE.bits32 },
    address: { lsb: 4, widthBits: 4, access: 'RW' },
  },
});
export const IO_LIMIT = defineRegister({
  name: 'I/O Limit',
  offsetBytes: 0x1d,
  widthBits: 8,
  spec: `${SPEC}.3.6`,
  fields: {
    type: { lsb: 0, widthBits: 4, access: 'HwInit', reset: IO_TYPE.bits32 },
    address: { lsb: 4, widthBits: 4, access: 'RW' },
  },
});
export const SECONDARY_STATUS = defineRegister({
  name: 'Secondary Status',
  offsetBytes: 0x1e,
  widthBits: 16,
  spec: `${SPEC}.3.7`,
  fields: {
    masterDataParityError: { lsb: 8, access: 'RW1C' },
    signaledTargetAbort: { lsb: 11, access: 'RW1C' },
    receivedTargetAbort: { lsb: 12, access: 'RW1C' },
    receivedMasterAbort: { lsb: 13, access: 'RW1C' },
    receivedSystemError: { lsb: 14, access: 'RW1C' },
    detectedParityError: { lsb: 15, access: 'RW1C' },
  },
});
export const MEMORY_BASE = defineRegister({
  name: 'Memory Base',
  offsetBytes: 0x20,
  widthBits: 16,
  spec: `${SPEC}.3.8`,
  fields: { address: { lsb: 4, widthBits: 12, access: 'RW' } },
});
export const MEMORY_LIMIT = defineRegister({
  name: 'Memory Limit',
  offsetBytes: 0x22,
  widthBits: 16,
  spec: `${SPEC}.3.8`,
  fields: { address: { lsb: 4, widthBits: 12, access: 'RW' } },
});
/** Read-only low nibble of the prefetchable base and limit registers. */
export const PREFETCHABLE_TYPE = { bits32: 0, bits64: 1 } as const;
export const PREFETCHABLE_BASE = defineRegister({
  name: 'Prefetchable Memory Base',
  offsetBytes: 0x24,
  widthBits: 16,
  spec: `${SPEC}.3.9`,
  fields: {
    type: { lsb: 0, widthBits: 4, access: 'HwInit', reset: PREFETCHABLE_TYPE.bits64 },
    address: { lsb: 4, widthBits: 12, access: 'RW' },
  },
});
export const PREFETCHABLE_LIMIT = defineRegister({
  name: 'Prefetchable Memory Limit',
  offsetBytes: 0x26,
  widthBits: 16,
  spec: `${SPEC}.3.9`,
  fields: {
    type: { lsb: 0, widthBits: 4, access: 'HwInit', reset: PREFETCHABLE_TYPE.bits64 },
    address: { lsb: 4, widthBits: 12, access: 'RW' },
  },
});
export const PREFETCHABLE_BASE_UPPER = defineRegister({
  name: 'Prefetchable Base Upper 32 Bits',
  offsetBytes: 0x28,
  widthBits: 32,
  spec: `${SPEC}.3.10`,
  fields: { address: { lsb: 0, widthBits: 32, access: 'RW' } },
});
export const PREFETCHABLE_LIMIT_UPPER = defineRegister({
  name: 'Prefetchable Limit Upper 32 Bits',
  offsetBytes: 0x2c,
  widthBits: 32,
  spec: `${SPEC}.3.10`,
  fields: { address: { lsb: 0, widthBits: 32, access: 'RW' } },
});
export const IO_BASE_UPPER = defineRegister({
  name: 'I/O Base Upper 16 Bits',
  offsetBytes: 0x30,
  widthBits: 16,
  spec: `${SPEC}.3.11`,
  fields: { address: { lsb: 0, widthBits: 16, access: 'RW' } },
});
export const IO_LIMIT_UPPER = defineRegister({
  name: 'I/O Limit Upper 16 Bits',
  offsetBytes: 0x32,
  widthBits: 16,
  spec: `${SPEC}.3.11`,
  fields: { address: { lsb: 0, widthBits: 16, access: 'RW' } },
});
export const BRIDGE_CONTROL = defineRegister({
  name: 'Bridge Control',
  offsetBytes: 0x3e,
  widthBits: 16,
  spec: `${SPEC}.3.13`,
  fields: {
    parityErrorResponse: { lsb: 0, access: 'RW' },
    serrEnable: { lsb: 1, access: 'RW' },
    isaEnable: { lsb: 2, access: 'RW' },
    vgaEnable: { lsb: 3, access: 'RW' },
    vga16BitDecode: { lsb: 4, access: 'RW' },
    secondaryBusReset: { lsb: 6, access: 'RW' },
  },
});

/** Registers only type 1 has, without the optional windows. */
export const TYPE_1_HEADER = [
  PRIMARY_BUS,
  SECONDARY_BUS,
  SUBORDINATE_BUS,
  SECONDARY_STATUS,
  MEMORY_BASE,
  MEMORY_LIMIT,
  BRIDGE_CONTROL,
] as const;
/** The optional windows of type 1. */
export const IO_WINDOW_REGISTERS = [IO_BASE, IO_LIMIT] as const;
export const IO_UPPER_REGISTERS = [IO_BASE_UPPER, IO_LIMIT_UPPER] as const;
export const PREFETCHABLE_WINDOW_REGISTERS = [PREFETCHABLE_BASE, PREFETCHABLE_LIMIT] as const;
export const PREFETCHABLE_UPPER_REGISTERS = [PREFETCHABLE_BASE_UPPER, PREFETCHABLE_LIMIT_UPPER] as const;
