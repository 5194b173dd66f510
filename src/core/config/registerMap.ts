/*
 * Which registers a configuration space has, found by walking it: the header of its type, then each capability with
 * the registers of its variant. Inspectors and text views show these; hardware is built from the same tables.
 */
import { findCapability, listCapabilities, listExtendedCapabilities } from './capability.ts';
import type { CapabilityDefinition, ConfigReader, FoundCapability } from './capability.ts';
import { headerLayoutOf, portTypeOf, readField, readRegister } from './decode.ts';
import {
  DEVICE_CAPABILITIES_2,
  DEVICE_CONTROL_2,
  EXPRESS,
  EXPRESS_FLAGS,
  LINK_CAPABILITIES,
  LINK_CAPABILITIES_2,
  LINK_CONTROL_2,
  LINK_CONTROL_DOWNSTREAM,
  LINK_CONTROL_UPSTREAM,
  LINK_STATUS,
  LINK_STATUS_2,
  ROOT_CAPABILITIES,
  ROOT_CONTROL,
  ROOT_STATUS,
  SLOT_CAPABILITIES,
  SLOT_CONTROL,
  SLOT_STATUS,
} from './expressCapability.ts';
import {
  ACS,
  ACS_CAPABILITY,
  ACS_CONTROL,
  ACS_EGRESS_VECTOR,
  AER,
  AER_ROOT_REGISTERS,
  ARI,
  ATS,
  PAGE_REQUEST,
  PASID,
  RESIZABLE_BAR,
  RESIZABLE_BAR_CAPABILITY,
  RESIZABLE_BAR_CONTROL,
  RESIZABLE_BAR_ENTRY_BYTES,
  SECONDARY_EXPRESS,
  SERIAL_NUMBER,
  SRIOV,
  SRIOV_VF_BAR_OFFSET,
} from './extendedCapabilities.ts';
import * as header from './header.ts';
import {
  MSI,
  MSI_ADDRESS,
  MSI_ADDRESS_UPPER,
  MSI_CONTROL,
  MSI_DATA,
  MSI_DATA_32,
  MSIX,
  POWER_MANAGEMENT,
  SUBSYSTEM,
} from './legacyCapabilities.ts';
import type { Register } from './register.ts';

/** One register at its place. */
export interface PlacedRegister {
  readonly register: Register;
  readonly name: string;
  /** In the configuration space. */
  readonly offset: number;
  /** Bits software may set here, where that depends on more than the table. */
  readonly writable?: number;
}

export interface RegisterSection {
  readonly name: string;
  readonly offset: number;
  readonly extended: boolean;
  /** Undefined for the header. */
  readonly id: number | undefined;
  readonly version: number;
  /** Empty where this project has no table for the capability. */
  readonly registers: readonly PlacedRegister[];
}

function place(register: Register, base: number, name = register.name): PlacedRegister {
  return { register, name, offset: base + register.offsetBytes };
}

/** BAR dwords with what they say they are; the upper half of a 64-bit one is a plain dword. */
function barsOf(config: ConfigReader, base: number, count: number, prefix: string): readonly PlacedRegister[] {
  const places: PlacedRegister[] = [];
  for (let bar = 0; bar < count; bar += 1) {
    const offset = base + 4 * bar;
    const low = config.read(offset, 4);
    const isWide = (low & 7) === 4;
    const words = isWide ? ', 64-bit' : (low & 1) === 1 ? ', I/O' : '';
    const prefetchable = (low & 9) === 8 ? ' prefetchable' : '';
    places.push(place(header.BASE_ADDRESS, offset, `${prefix}${bar}${words}${prefetchable}`));
    if (isWide && bar + 1 < count) {
      bar += 1;
      places.push(place(UPPER_BASE_ADDRESS, base + 4 * bar, `${prefix}${bar}, upper half of ${prefix}${bar - 1}`));
    }
  }
  return places;
}

/** The upper dword of a 64-bit BAR has no type bits. */
const UPPER_BASE_ADDRESS: Register = {
  ...header.BASE_ADDRESS,
  name: 'Base Address (upper)',
  fields: { address: { lsb: 0, widthBits: 32, access: 'RW' } },
};

const COMMON_HEADER: readonly Register[] = [
  header.VENDOR_ID,
  header.DEVICE_ID,
  header.COMMAND,
  header.STATUS,
  header.REVISION_AND_CLASS,
  header.CACHE_LINE_SIZE,
  header.HEADER_TYPE,
];
const BRIDGE_HEADER: readonly Register[] = [
  header.PRIMARY_BUS,
  header.SECONDARY_BUS,
  header.SUBORDINATE_BUS,
  header.IO_BASE,
  header.IO_LIMIT,
  header.SECONDARY_STATUS,
  header.MEMORY_BASE,
  header.MEMORY_LIMIT,
  header.PREFETCHABLE_BASE,
  header.PREFETCHABLE_LIMIT,
  header.PREFETCHABLE_BASE_UPPER,
  header.PREFETCHABLE_LIMIT_UPPER,
];
const LAST_OF_HEADER: readonly Register[] = [header.CAPABILITIES_POINTER, header.INTERRUPT_LINE, header.INTERRUPT_PIN];

function headerSection(config: ConfigReader): RegisterSection {
  const layout = headerLayoutOf(config) === 1 ? 1 : 0;
  const own =
    layout === 1 ? [...BRIDGE_HEADER, header.BRIDGE_CONTROL] : [header.SUBSYSTEM_VENDOR_ID, header.SUBSYSTEM_ID];
  const registers = [
    ...[...COMMON_HEADER, ...own, ...LAST_OF_HEADER].map((register) => place(register, 0)),
    ...barsOf(config, header.BAR_BASE, header.BAR_COUNT[layout], 'BAR'),
    place(header.EXPANSION_ROM, header.ROM_BASE[layout]),
  ];
  return {
    name: `Type ${layout} header`,
    offset: 0,
    extended: false,
    id: undefined,
    version: 0,
    registers: registers.slice().sort((a, b) => a.offset - b.offset),
  };
}

/** What each port type has of the PCI Express capability (PCIe Base 5.0 §7.5.3, figure 7-22). */
function expressRegisters(config: ConfigReader, base: number): readonly Register[] {
  const type = portTypeOf(config, base);
  const inside = type === 'rcEndpoint' || type === 'rcEventCollector';
  const above = type === 'rootPort' || type === 'downstreamPort' || type === 'pciToPcieBridge';
  const hasSlot = readField(config, EXPRESS_FLAGS, base, 'slotImplemented') === 1;
  const isRoot = type === 'rootPort' || type === 'rcEventCollector';
  const isSecond = readField(config, EXPRESS_FLAGS, base, 'version') >= 2;
  return [
    ...EXPRESS.registers,
    ...(inside ? [] : [LINK_CAPABILITIES, above ? LINK_CONTROL_DOWNSTREAM : LINK_CONTROL_UPSTREAM, LINK_STATUS]),
    ...(hasSlot ? [SLOT_CAPABILITIES, SLOT_CONTROL, SLOT_STATUS] : []),
    ...(isRoot ? [ROOT_CONTROL, ROOT_CAPABILITIES, ROOT_STATUS] : []),
    ...(isSecond ? [DEVICE_CAPABILITIES_2, DEVICE_CONTROL_2] : []),
    ...(isSecond && !inside ? [LINK_CAPABILITIES_2, LINK_CONTROL_2, LINK_STATUS_2] : []),
  ];
}

type PlaceRegisters = (config: ConfigReader, base: number) => readonly PlacedRegister[];

function accessControl(config: ConfigReader, base: number): readonly PlacedRegister[] {
  const offered = readRegister(config, ACS_CAPABILITY, base) & 0x7f;
  return [
    place(ACS_CAPABILITY, base),
    { ...place(ACS_CONTROL, base), writable: offered },
    ...((offered & 0x20) === 0 ? [] : [place(ACS_EGRESS_VECTOR, base)]),
  ];
}

function messageInterrupts(config: ConfigReader, base: number): readonly PlacedRegister[] {
  const wide = readField(config, MSI_CONTROL, base, 'address64') === 1;
  const registers = wide
    ? [MSI_CONTROL, MSI_ADDRESS, MSI_ADDRESS_UPPER, MSI_DATA]
    : [MSI_CONTROL, MSI_ADDRESS, MSI_DATA_32];
  return registers.map((register) => place(register, base));
}

function resizableBars(config: ConfigReader, base: number): readonly PlacedRegister[] {
  const count = readField(config, RESIZABLE_BAR_CONTROL, base, 'barCount');
  return Array.from({ length: count }, (_, entry) => base + entry * RESIZABLE_BAR_ENTRY_BYTES).flatMap((at) => {
    const bar = readField(config, RESIZABLE_BAR_CONTROL, at, 'barIndex');
    return [
      place(RESIZABLE_BAR_CAPABILITY, at, `BAR${bar} sizes offered`),
      place(RESIZABLE_BAR_CONTROL, at, `BAR${bar} size`),
    ];
  });
}

const isRootFunction = (config: ConfigReader): boolean => {
  const type = portTypeOf(config);
  return type === 'rootPort' || type === 'rcEventCollector';
};

const SPECIAL: ReadonlyMap<CapabilityDefinition, PlaceRegisters> = new Map<CapabilityDefinition, PlaceRegisters>([
  [EXPRESS, (config, base) => expressRegisters(config, base).map((register) => place(register, base))],
  [MSI, messageInterrupts],
  [ACS, accessControl],
  [
    AER,
    (config, base) =>
      [...AER.registers, ...(isRootFunction(config) ? AER_ROOT_REGISTERS : [])].map((register) =>
        place(register, base),
      ),
  ],
  [RESIZABLE_BAR, resizableBars],
  [
    SRIOV,
    (config, base) => [
      ...SRIOV.registers.map((register) => place(register, base)),
      ...barsOf(config, base + SRIOV_VF_BAR_OFFSET, header.BAR_COUNT[0], 'VF BAR'),
    ],
  ],
]);

const DEFINITIONS: readonly CapabilityDefinition[] = [
  POWER_MANAGEMENT,
  MSI,
  EXPRESS,
  SUBSYSTEM,
  MSIX,
  AER,
  ACS,
  SERIAL_NUMBER,
  RESIZABLE_BAR,
  ATS,
  PAGE_REQUEST,
  PASID,
  SECONDARY_EXPRESS,
  SRIOV,
  ARI,
];

function sectionOf(config: ConfigReader, found: FoundCapability): RegisterSection {
  const definition = DEFINITIONS.find(({ id, extended }) => id === found.id && extended === found.extended);
  const special = definition === undefined ? undefined : SPECIAL.get(definition);
  const registers =
    special?.(config, found.offset) ?? definition?.registers.map((register) => place(register, found.offset)) ?? [];
  const { offset, extended, id, version } = found;
  const name = definition?.name ?? `Capability ${id.toString(16).toUpperCase()}h`;
  return { name, offset, extended, id, version, registers: registers.slice().sort((a, b) => a.offset - b.offset) };
}

/** The sections of a function's configuration space in the order of their offsets, the header first. */
export function registerMap(config: ConfigReader): readonly RegisterSection[] {
  const isExpress = findCapability(config, EXPRESS) !== undefined;
  const found = [...listCapabilities(config), ...(isExpress ? listExtendedCapabilities(config) : [])];
  const sections = found.map((capability) => sectionOf(config, capability));
  return [headerSection(config), ...sections.slice().sort((a, b) => a.offset - b.offset)];
}

/** `RW` and so on of a field at its place: what the capability does not offer is read-only there. */
export function accessAt(at: PlacedRegister, name: string): string {
  const field = at.register.fields[name];
  if (field === undefined) return 'RO';
  if (at.writable === undefined) return field.access;
  return Math.floor(at.writable / 2 ** field.lsb) % 2 === 1 ? field.access : 'RO';
}

/** Software can change something in it. */
export function isWritable(at: PlacedRegister): boolean {
  return Object.keys(at.register.fields).some((name) => accessAt(at, name).startsWith('RW'));
}
