/*
 * Registers of a dump → facts. All decoding is that of core/config: this file only decides which questions
 * to ask and what a short or damaged image cannot answer.
 */
import { fromDwords, hex } from '../base/bits.ts';
import { findCapability, type CapabilityDefinition, type ConfigReader } from '../core/config/capability.ts';
import {
  acsControlOf,
  barAddress,
  bridgeBuses,
  bridgeWindows,
  classCodeOf,
  deviceControlOf,
  headerLayoutOf,
  linkRegistersOf,
  mpsSupportedOf,
  portTypeOf,
  readField,
  readRegister,
  slotOf,
} from '../core/config/decode.ts';
import { EXPRESS, LINK_CAPABILITIES } from '../core/config/expressCapability.ts';
import {
  ATS,
  PAGE_REQUEST,
  PASID,
  RESIZABLE_BAR,
  RESIZABLE_BAR_CAPABILITY,
  RESIZABLE_BAR_CONTROL,
  RESIZABLE_BAR_ENTRY_BYTES,
  SERIAL_HIGH,
  SERIAL_LOW,
  SERIAL_NUMBER,
  SRIOV,
  SRIOV_CONTROL,
  SRIOV_FIRST_VF_OFFSET,
  SRIOV_NUM_VFS,
  SRIOV_VF_BAR_OFFSET,
  SRIOV_VF_DEVICE_ID,
  SRIOV_VF_STRIDE,
} from '../core/config/extendedCapabilities.ts';
import {
  BAR_BASE,
  BAR_COUNT,
  BASE_ADDRESS,
  COMMAND,
  DEVICE_ID,
  EXPANSION_ROM,
  INTERRUPT_PIN,
  REVISION_AND_CLASS,
  ROM_BASE,
  STATUS,
  SUBSYSTEM_ID,
  SUBSYSTEM_VENDOR_ID,
  VENDOR_ID,
} from '../core/config/header.ts';
import {
  MSIX,
  MSIX_CONTROL,
  MSIX_PENDING,
  MSIX_TABLE,
  SUBSYSTEM,
  SUBSYSTEM_IDS,
} from '../core/config/legacyCapabilities.ts';
import type { BarFacts, FunctionFacts, Range, ResizableFacts } from './facts.ts';
import { ADDRESS_LIMIT } from './verboseWords.ts';

const CONVENTIONAL_BYTES = 256;
const STANDARD_BYTES = 64;

/** An image as a configuration space; what lies beyond its end reads all ones. */
class ImageReader implements ConfigReader {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  read(offset: number, bytes: number): number {
    let value = 0;
    for (let index = bytes - 1; index >= 0; index--) value = value * 256 + (this.bytes[offset + index] ?? 0xff);
    return value;
  }
}

/** Offset of a capability that lies within the image from its first to its last fixed byte. */
function wholeCapability(
  reader: ImageReader,
  definition: CapabilityDefinition,
  lengthBytes = definition.lengthBytes,
): number | undefined {
  const offset = findCapability(reader, definition);
  return offset !== undefined && offset + lengthBytes <= reader.bytes.length ? offset : undefined;
}

function assigned(address: number): number | undefined {
  return address > 0 && address < ADDRESS_LIMIT ? address : undefined;
}

/**
 * Fills in what the registers say.
 * @param image 64…4096 bytes.
 */
export function readRegisters(facts: FunctionFacts, image: Uint8Array): void {
  const reader = new ImageReader(image);
  facts.image = image;
  facts.detailed = true;
  readHeader(facts, reader);
  if (facts.headerType === 0 || facts.headerType === 1) {
    facts.bars = readBars(reader, BAR_COUNT[facts.headerType]);
    facts.barIndicesKnown = true;
    readRom(facts, reader, ROM_BASE[facts.headerType]);
  }
  facts.capabilities = capabilityKnowledge(reader);
  if (facts.capabilities !== 'known') return;
  readExpress(facts, reader);
  readMsix(facts, reader);
  readExtended(facts, reader);
}

function readHeader(facts: FunctionFacts, reader: ImageReader): void {
  facts.vendorId = readRegister(reader, VENDOR_ID, 0);
  facts.deviceId = readRegister(reader, DEVICE_ID, 0);
  facts.classCode = classCodeOf(reader);
  facts.revision = readField(reader, REVISION_AND_CLASS, 0, 'revision');
  facts.headerType = headerLayoutOf(reader);
  facts.command = readRegister(reader, COMMAND, 0);
  facts.interruptPin = readRegister(reader, INTERRUPT_PIN, 0);
  if (facts.headerType === 0) {
    facts.subsystemVendorId = readRegister(reader, SUBSYSTEM_VENDOR_ID, 0);
    facts.subsystemId = readRegister(reader, SUBSYSTEM_ID, 0);
  }
  if (facts.headerType === 1) {
    facts.buses = bridgeBuses(reader);
    const windows = bridgeWindows(reader);
    const configured = facts.buses.secondary !== 0;
    facts.windows = {
      io: configured ? possible(windows.io) : undefined,
      memory: configured ? possible(windows.memory) : undefined,
      prefetchable: configured ? possible(windows.prefetchable) : undefined,
    };
  }
}

function possible(window: Range | undefined): Range | undefined {
  return window !== undefined && window.limit < ADDRESS_LIMIT ? window : undefined;
}

/** BARs that show themselves by an address or by type bits; one that is 0 throughout cannot be told from none. */
function readBars(reader: ConfigReader, count: number): BarFacts[] {
  const bars: BarFacts[] = [];
  for (let index = 0; index < count; index++) {
    const base = BAR_BASE + 4 * index;
    const low = reader.read(base, 4);
    if (low === 0 || low === 0xffffffff) continue;
    if (readField(reader, BASE_ADDRESS, base, 'ioSpace') === 1) {
      const address = assigned(barAddress(reader, index));
      bars.push({ index, space: 'io', widthBits: 32, prefetchable: false, address, sizeBytes: undefined });
      continue;
    }
    const wide = readField(reader, BASE_ADDRESS, base, 'memoryType') === 2 && index + 1 < count;
    bars.push({
      index,
      space: 'memory',
      widthBits: wide ? 64 : 32,
      prefetchable: readField(reader, BASE_ADDRESS, base, 'prefetchable') === 1,
      address: assigned(wide ? barAddress(reader, index) : low - (low % 16)),
      sizeBytes: undefined,
    });
    if (wide) index++;
  }
  return bars;
}

function readRom(facts: FunctionFacts, reader: ImageReader, base: number): void {
  const value = readRegister(reader, EXPANSION_ROM, base);
  if (value === 0 || value === 0xffffffff) return;
  const address = readField(reader, EXPANSION_ROM, base, 'address') * 2 ** 11;
  if (address > 0) facts.rom = { address, sizeBytes: undefined };
}

function capabilityKnowledge(reader: ImageReader): 'known' | 'none' | 'hidden' {
  if (readField(reader, STATUS, 0, 'capabilitiesList') === 0) return 'none';
  return reader.bytes.length > STANDARD_BYTES ? 'known' : 'hidden';
}

function readExpress(facts: FunctionFacts, reader: ImageReader): void {
  // Version 1 of the capability ends early on endpoints; up to Link Status it is there in every version.
  const offset = wholeCapability(reader, EXPRESS, LINK_CAPABILITIES.offsetBytes + 8);
  if (offset === undefined) return;
  const portType = portTypeOf(reader, offset);
  const control = deviceControlOf(reader, offset);
  const link = linkRegistersOf(reader, offset);
  const slot = offset + EXPRESS.lengthBytes <= reader.bytes.length ? slotOf(reader, offset) : undefined;
  const reportsActive = readField(reader, LINK_CAPABILITIES, offset, 'dataLinkActiveReporting') === 1;
  const hasLink = link !== undefined && portType !== 'rcEndpoint' && portType !== 'rcEventCollector';
  facts.express = {
    portType,
    slotImplemented: slot !== undefined,
    mpsSupportedBytes: Math.min(4096, mpsSupportedOf(reader, offset)),
    mpsBytes: Math.min(4096, control.mpsBytes),
    mrrsBytes: Math.min(4096, control.mrrsBytes),
    reportsActive,
    ...(hasLink
      ? {
          capability: { gen: link.maxSpeed, width: link.maxWidth },
          status: { gen: link.speed, width: link.width, active: link.active },
        }
      : {}),
    ...(slot === undefined ? {} : { slotNumber: slot.number, hotPlug: slot.hotPlug }),
  };
}

function readMsix(facts: FunctionFacts, reader: ImageReader): void {
  const subsystem = wholeCapability(reader, SUBSYSTEM);
  if (subsystem !== undefined && facts.headerType === 1) {
    facts.subsystemVendorId = readField(reader, SUBSYSTEM_IDS, subsystem, 'subsystemVendorId');
    facts.subsystemId = readField(reader, SUBSYSTEM_IDS, subsystem, 'subsystemId');
  }
  const offset = wholeCapability(reader, MSIX);
  if (offset === undefined) return;
  facts.msix = {
    vectors: readField(reader, MSIX_CONTROL, offset, 'tableSizeMinusOne') + 1,
    bar: readField(reader, MSIX_TABLE, offset, 'bar'),
    tableOffset: readField(reader, MSIX_TABLE, offset, 'offsetQwords') * 8,
    pbaOffset: readField(reader, MSIX_PENDING, offset, 'offsetQwords') * 8,
  };
}

function readExtended(facts: FunctionFacts, reader: ImageReader): void {
  if (reader.bytes.length <= CONVENTIONAL_BYTES) return;
  const has = (definition: CapabilityDefinition): boolean => wholeCapability(reader, definition) !== undefined;
  facts.ats = has(ATS);
  facts.pageRequest = has(PAGE_REQUEST);
  facts.pasid = has(PASID);
  const acs = acsControlOf(reader);
  if (acs !== undefined && acs.offset + 8 <= reader.bytes.length) {
    facts.acs = { capability: acs.capability, control: acs.control };
  }
  facts.resizable = readResizable(reader);
  const sriov = wholeCapability(reader, SRIOV);
  if (sriov !== undefined) {
    facts.sriov = {
      enabled: readField(reader, SRIOV_CONTROL, sriov, 'vfEnable') === 1,
      count: readRegister(reader, SRIOV_NUM_VFS, sriov),
      offset: readRegister(reader, SRIOV_FIRST_VF_OFFSET, sriov),
      stride: readRegister(reader, SRIOV_VF_STRIDE, sriov),
      deviceId: readRegister(reader, SRIOV_VF_DEVICE_ID, sriov),
      barStarts: virtualBarStarts(reader, sriov),
    };
  }
}

/** The BARs of virtual functions are laid out like those of a header. */
function virtualBarStarts(reader: ImageReader, sriov: number): number[] {
  const moved: ConfigReader = {
    read: (offset, bytes) => reader.read(offset - BAR_BASE + sriov + SRIOV_VF_BAR_OFFSET, bytes),
  };
  return readBars(moved, 6)
    .map((bar) => bar.address)
    .filter((address) => address !== undefined);
}

/** Entries of the resizable BAR capability (enumeration reference B-8). */
function readResizable(reader: ImageReader): ResizableFacts[] {
  const offset = wholeCapability(reader, RESIZABLE_BAR, RESIZABLE_BAR.lengthBytes + RESIZABLE_BAR_ENTRY_BYTES);
  if (offset === undefined) return [];
  const count = readField(reader, RESIZABLE_BAR_CONTROL, offset, 'barCount');
  const found: ResizableFacts[] = [];
  for (let entry = 0; entry < Math.min(count, 6); entry++) {
    const place = offset + RESIZABLE_BAR_ENTRY_BYTES * entry;
    if (place + RESIZABLE_BAR.lengthBytes + RESIZABLE_BAR_ENTRY_BYTES > reader.bytes.length) break;
    const supported = readField(reader, RESIZABLE_BAR_CAPABILITY, place, 'supportedSizes');
    const sizesBytes: number[] = [];
    for (let bit = 0; bit < 28; bit++) if (Math.floor(supported / 2 ** bit) % 2 === 1) sizesBytes.push(2 ** (20 + bit));
    found.push({
      index: readField(reader, RESIZABLE_BAR_CONTROL, place, 'barIndex'),
      sizesBytes,
      currentBytes: 2 ** (20 + readField(reader, RESIZABLE_BAR_CONTROL, place, 'sizeCode')),
    });
  }
  return found;
}

/** Where an image holds the serial number: offset of its 8 bytes, or undefined. */
export function serialNumberOffset(image: Uint8Array): number | undefined {
  if (image.length <= CONVENTIONAL_BYTES) return undefined;
  const offset = wholeCapability(new ImageReader(image), SERIAL_NUMBER);
  return offset === undefined ? undefined : offset + SERIAL_LOW.offsetBytes;
}

/** The serial number of an image as 16 hexadecimal digits; undefined without the capability. */
export function serialNumberOf(image: Uint8Array): string | undefined {
  const offset = serialNumberOffset(image);
  if (offset === undefined) return undefined;
  const base = offset - SERIAL_LOW.offsetBytes;
  const reader = new ImageReader(image);
  const value = { low: readRegister(reader, SERIAL_LOW, base), high: readRegister(reader, SERIAL_HIGH, base) };
  return hex(value.high, 8) + hex(value.low, 8);
}

/** True if the vendor and device dword means that nothing answered (enumeration reference C-5). */
export function nothingAnswered(image: Uint8Array): boolean {
  const value = fromDwords(0, new ImageReader(image).read(0, 4));
  return value === 0 || value === 0xffffffff || value === 0x0000ffff || value === 0xffff0000;
}
