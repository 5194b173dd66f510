/*
 * Identities by name, for descriptions without numbers (lspci without -nn). Only names that stand for exactly
 * one number; everything else stays unknown and is listed as an assumption. From the public PCI ID database
 * (github.com/pciutils/pciids), whose names changed over the years: older spellings are listed too.
 */

/** Placeholder vendor of functions whose vendor is unknown. Neither it nor ffff:ffff is a real device; this one enumerates. */
export const UNKNOWN_VENDOR_ID = 0xfffe;
export const UNKNOWN_DEVICE_ID = 0xffff;

/** Beginnings of descriptions. The longest that fits decides. */
const VENDORS: readonly (readonly [name: string, vendorId: number])[] = [
  ['Intel Corporation', 0x8086],
  ['Advanced Micro Devices, Inc. [AMD/ATI]', 0x1002],
  ['Advanced Micro Devices, Inc. [AMD]', 0x1022],
  ['Advanced Micro Devices [AMD]', 0x1022],
  ['Chengdu Haiguang IC Design Co., Ltd.', 0x1d94],
  ['NVIDIA Corporation', 0x10de],
  ['Mellanox Technologies', 0x15b3],
  ['Broadcom / LSI', 0x1000],
  ['LSI Logic / Symbios Logic', 0x1000],
  ['Broadcom Inc. and subsidiaries', 0x14e4],
  ['Broadcom Corporation', 0x14e4],
  ['PLX Technology, Inc.', 0x10b5],
  ['PMC-Sierra Inc.', 0x11f8],
  ['Microchip Technology', 0x11f8],
  ['Microsemi / PMC / IDT', 0x11f8],
  ['Integrated Device Technology, Inc. [IDT]', 0x111d],
  ['Samsung Electronics Co Ltd', 0x144d],
  ['Micron/Crucial Technology', 0xc0a9],
  ['Micron Technology Inc', 0x1344],
  ['Sandisk Corp', 0x15b7],
  ['SK hynix', 0x1c5c],
  ['KIOXIA Corporation', 0x1e0f],
  ['Toshiba Corporation', 0x1179],
  ['Solidigm', 0x025e],
  ['Phison Electronics Corporation', 0x1987],
  ['HGST, Inc.', 0x1c58],
  ['Seagate Technology PLC', 0x1bb1],
  ['ASPEED Technology, Inc.', 0x1a03],
  ['ASMedia Technology Inc.', 0x1b21],
  ['Matrox Electronics Systems Ltd.', 0x102b],
  ['Realtek Semiconductor Co., Ltd.', 0x10ec],
  ['Texas Instruments', 0x104c],
  ['Xilinx Corporation', 0x10ee],
  ['Altera Corporation', 0x1172],
  ['Chelsio Communications Inc', 0x1425],
  ['QLogic Corp.', 0x1077],
  ['Solarflare Communications', 0x1924],
  ['Adaptec', 0x9005],
  ['HighPoint Technologies, Inc.', 0x1103],
  ['Cavium, Inc.', 0x177d],
  ['Ampere Computing, LLC', 0x1def],
  ['Amazon.com, Inc.', 0x1d0f],
  ['Google, Inc.', 0x1ae0],
  ['Huawei Technologies Co., Ltd.', 0x19e5],
  ['IBM', 0x1014],
  ['NEC Corporation', 0x1033],
  ['MYRICOM Inc.', 0x14c1],
  ['Freescale Semiconductor Inc', 0x1957],
  ['Synopsys, Inc.', 0x16c3],
  ['Habana Labs Ltd.', 0x1da3],
  ['Renesas Technology Corp.', 0x1912],
  ['VMware', 0x15ad],
  ['Microsoft Corporation', 0x1414],
  ['Qualcomm Atheros', 0x168c],
  ['Cirrus Logic', 0x1013],
];

/** Vendor and device in one name. These matter for trust between host bridges, or belong to vendors with two numbers. */
const DEVICES: readonly (readonly [name: string, vendorId: number, deviceId: number])[] = [
  ['Intel Corporation 82G33/G31/P35/P31 Express DRAM Controller', 0x8086, 0x29c0],
  ['Intel Corporation 440FX - 82441FX PMC [Natoma]', 0x8086, 0x1237],
  ['Intel Corporation Xeon E5/Core i7 DMI2', 0x8086, 0x3c00],
  ['Intel Corporation Xeon E5/Core i7 DMI2 in PCI Express Mode', 0x8086, 0x3c01],
  ['Intel Corporation Xeon E7 v3/Xeon E5 v3/Core i7 DMI2', 0x8086, 0x2f00],
  ['Intel Corporation Xeon E7 v3/Xeon E5 v3/Core i7 PCI Express Root Port 0', 0x8086, 0x2f01],
  ['Intel Corporation Xeon E7 v4/Xeon E5 v4/Xeon E3 v4/Xeon D DMI2', 0x8086, 0x6f00],
  ['Intel Corporation Sky Lake-E DMI3 Registers', 0x8086, 0x2020],
  ['Intel Corporation Sky Lake-E PCI Express Root Port A', 0x8086, 0x2030],
  ['Intel Corporation Sky Lake-E PCI Express Root Port B', 0x8086, 0x2031],
  ['Intel Corporation Sky Lake-E PCI Express Root Port C', 0x8086, 0x2032],
  ['Intel Corporation Sky Lake-E PCI Express Root Port D', 0x8086, 0x2033],
  ['Intel Corporation Ice Lake Memory Map/VT-d', 0x8086, 0x09a2],
  ['Intel Corporation 82801IB (ICH9) LPC Interface Controller', 0x8086, 0x2918],
  ['Intel Corporation 82801IR/IO/IH (ICH9R/DO/DH) 6 port SATA Controller [AHCI mode]', 0x8086, 0x2922],
  ['Intel Corporation 82801I (ICH9 Family) SMBus Controller', 0x8086, 0x2930],
  ['Intel Corporation 82801 PCI Bridge', 0x8086, 0x244e],
  ['Intel Corporation 82574L Gigabit Network Connection', 0x8086, 0x10d3],
  ['Intel Corporation 82540EM Gigabit Ethernet Controller', 0x8086, 0x100e],
  ['Intel Corporation 82576 Gigabit Network Connection', 0x8086, 0x10c9],
  ['Advanced Micro Devices, Inc. [AMD] Starship/Matisse Root Complex', 0x1022, 0x1480],
  ['Advanced Micro Devices, Inc. [AMD] Starship/Matisse GPP Bridge', 0x1022, 0x1483],
  ['Advanced Micro Devices, Inc. [AMD] Starship/Matisse PCIe Dummy Host Bridge', 0x1022, 0x1482],
  ['Texas Instruments XIO3130 PCI Express Switch (Upstream)', 0x104c, 0x8232],
  ['Texas Instruments XIO3130 PCI Express Switch (Downstream)', 0x104c, 0x8233],
  ['Red Hat, Inc. QEMU PCI-PCI bridge', 0x1b36, 0x0001],
  ['Red Hat, Inc. QEMU PCIe Host bridge', 0x1b36, 0x0008],
  ['Red Hat, Inc. QEMU PCI Expander bridge', 0x1b36, 0x0009],
  ['Red Hat, Inc. QEMU PCIe Expander bridge', 0x1b36, 0x000b],
  ['Red Hat, Inc. QEMU PCIe Root port', 0x1b36, 0x000c],
  ['Red Hat, Inc. QEMU XHCI Host Controller', 0x1b36, 0x000d],
  ['Red Hat, Inc. QEMU PCIe-PCI bridge', 0x1b36, 0x000e],
  ['Red Hat, Inc. QEMU NVM Express Controller', 0x1b36, 0x0010],
  ['Red Hat, Inc. Inter-VM shared memory', 0x1af4, 0x1110],
  ['Red Hat, Inc. Virtio 1.0 network device', 0x1af4, 0x1041],
  ['Red Hat, Inc. Virtio 1.0 block device', 0x1af4, 0x1042],
  ['Red Hat, Inc. Virtio 1.0 console', 0x1af4, 0x1043],
  ['Red Hat, Inc. Virtio 1.0 RNG', 0x1af4, 0x1044],
  ['Red Hat, Inc. Virtio 1.0 balloon', 0x1af4, 0x1045],
  ['Red Hat, Inc. Virtio 1.0 SCSI', 0x1af4, 0x1048],
  ['Red Hat, Inc. Virtio 1.0 GPU', 0x1af4, 0x1050],
  ['Red Hat, Inc. Virtio 1.0 input', 0x1af4, 0x1052],
];

const DEVICE_BY_NAME = new Map(
  DEVICES.map(([name, vendorId, deviceId]) => [name.toLowerCase(), { vendorId, deviceId }]),
);
const VENDORS_BY_LENGTH = [...VENDORS].sort((a, b) => b[0].length - a[0].length);

/** What a description says about identity; either number may be missing. */
export interface NamedIdentity {
  readonly vendorId?: number;
  readonly deviceId?: number;
}

/**
 * Vendor and device of a description such as `Intel Corporation Device 9d10`, `Device 8086:6f00` or a name in
 * the tables above.
 */
export function identityOfName(description: string): NamedIdentity {
  const both = /(?:^|\s)Device \[?([0-9a-f]{4}):([0-9a-f]{4})\]?$/i.exec(description);
  if (both !== null) return { vendorId: parseInt(both[1] ?? '', 16), deviceId: parseInt(both[2] ?? '', 16) };
  const lower = description.toLowerCase();
  const exact = DEVICE_BY_NAME.get(lower);
  if (exact !== undefined) return exact;
  const vendor = VENDORS_BY_LENGTH.find(([name]) => lower.startsWith(name.toLowerCase()));
  const device = /\sDevice ([0-9a-f]{4})$/i.exec(description);
  return {
    ...(vendor === undefined ? {} : { vendorId: vendor[1] }),
    ...(device === null ? {} : { deviceId: parseInt(device[1] ?? '', 16) }),
  };
}
