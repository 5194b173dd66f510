/*
 * Capabilities in the first 256 bytes, except PCI Express itself.
 * Source: enumeration reference, section 8 and 8.5.
 */
import type { CapabilityDefinition } from './capability.ts';
import { defineRegister } from './register.ts';

export const POWER_MANAGEMENT_CAPABILITIES = defineRegister({
  name: 'Power Management Capabilities',
  offsetBytes: 0x02,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.5.2.1',
  fields: {
    version: { lsb: 0, widthBits: 3, access: 'HwInit', reset: 3 },
    d1Support: { lsb: 9, access: 'HwInit' },
    d2Support: { lsb: 10, access: 'HwInit' },
    pmeFromD0: { lsb: 11, access: 'HwInit' },
    pmeFromD3Hot: { lsb: 14, access: 'HwInit' },
    pmeFromD3Cold: { lsb: 15, access: 'HwInit' },
  },
});
export const POWER_MANAGEMENT_CONTROL = defineRegister({
  name: 'Power Management Control/Status',
  offsetBytes: 0x04,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.5.2.2',
  fields: {
    powerState: { lsb: 0, widthBits: 2, access: 'RW' },
    noSoftReset: { lsb: 3, access: 'HwInit', reset: 1 },
    pmeEnable: { lsb: 8, access: 'RWS' },
    pmeStatus: { lsb: 15, access: 'RW1CS' },
  },
});
export const POWER_MANAGEMENT: CapabilityDefinition = {
  id: 0x01,
  name: 'Power Management',
  extended: false,
  offsetBytes: 0x40,
  lengthBytes: 8,
  registers: [POWER_MANAGEMENT_CAPABILITIES, POWER_MANAGEMENT_CONTROL],
};

export const MSI_CONTROL = defineRegister({
  name: 'MSI Message Control',
  offsetBytes: 0x02,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.7.1.2',
  fields: {
    enable: { lsb: 0, access: 'RW' },
    multipleMessageCapable: { lsb: 1, widthBits: 3, access: 'RO' },
    multipleMessageEnable: { lsb: 4, widthBits: 3, access: 'RW' },
    address64: { lsb: 7, access: 'RO', reset: 1 },
    perVectorMasking: { lsb: 8, access: 'RO' },
  },
});
export const MSI_ADDRESS = defineRegister({
  name: 'MSI Message Address',
  offsetBytes: 0x04,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.7.1.3',
  fields: { address: { lsb: 2, widthBits: 30, access: 'RW' } },
});
export const MSI_ADDRESS_UPPER = defineRegister({
  name: 'MSI Message Upper Address',
  offsetBytes: 0x08,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.7.1.4',
  fields: { address: { lsb: 0, widthBits: 32, access: 'RW' } },
});
/** Message Data of a 64-bit capability; a 32-bit one has it where the upper address is. */
export const MSI_DATA = defineRegister({
  name: 'MSI Message Data',
  offsetBytes: 0x0c,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.7.1.5',
  fields: { data: { lsb: 0, widthBits: 16, access: 'RW' } },
});
export const MSI_DATA_32 = defineRegister({
  name: 'MSI Message Data (32-bit)',
  offsetBytes: 0x08,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.7.1.5',
  fields: { data: { lsb: 0, widthBits: 16, access: 'RW' } },
});
export const MSI: CapabilityDefinition = {
  id: 0x05,
  name: 'MSI',
  extended: false,
  offsetBytes: 0x50,
  lengthBytes: 14,
  registers: [MSI_CONTROL, MSI_ADDRESS, MSI_ADDRESS_UPPER, MSI_DATA],
};

export const SUBSYSTEM_IDS = defineRegister({
  name: 'Subsystem Vendor ID and Subsystem ID',
  offsetBytes: 0x04,
  widthBits: 32,
  spec: 'PCI-to-PCI Bridge 1.2 §3.2.5.13',
  fields: {
    subsystemVendorId: { lsb: 0, widthBits: 16, access: 'HwInit' },
    subsystemId: { lsb: 16, widthBits: 16, access: 'HwInit' },
  },
});
export const SUBSYSTEM: CapabilityDefinition = {
  id: 0x0d,
  name: 'Subsystem ID',
  extended: false,
  offsetBytes: 0xc0,
  lengthBytes: 8,
  registers: [SUBSYSTEM_IDS],
};

export const MSIX_CONTROL = defineRegister({
  name: 'MSI-X Message Control',
  offsetBytes: 0x02,
  widthBits: 16,
  spec: 'PCIe Base 5.0 §7.7.2.2',
  fields: {
    tableSizeMinusOne: { lsb: 0, widthBits: 11, access: 'RO' },
    functionMask: { lsb: 14, access: 'RW' },
    enable: { lsb: 15, access: 'RW' },
  },
});
export const MSIX_TABLE = defineRegister({
  name: 'MSI-X Table Offset/BIR',
  offsetBytes: 0x04,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.7.2.3',
  fields: {
    bar: { lsb: 0, widthBits: 3, access: 'RO' },
    offsetQwords: { lsb: 3, widthBits: 29, access: 'RO' },
  },
});
export const MSIX_PENDING = defineRegister({
  name: 'MSI-X PBA Offset/BIR',
  offsetBytes: 0x08,
  widthBits: 32,
  spec: 'PCIe Base 5.0 §7.7.2.4',
  fields: {
    bar: { lsb: 0, widthBits: 3, access: 'RO' },
    offsetQwords: { lsb: 3, widthBits: 29, access: 'RO' },
  },
});
export const MSIX: CapabilityDefinition = {
  id: 0x11,
  name: 'MSI-X',
  extended: false,
  offsetBytes: 0xd0,
  lengthBytes: 12,
  registers: [MSIX_CONTROL, MSIX_TABLE, MSIX_PENDING],
};
