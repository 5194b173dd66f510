/*
 * The tables of an IOMMU as they lie in host memory: software writes them, the hardware walks them. The layout is that
 * of VT-d's legacy mode; the model uses it for every vendor.
 *
 *   root table (by bus, 256 × 16 B) ── context table (by device and function, 256 × 16 B) ── 4 levels of 512 × 8 B
 *
 * Addresses are numbers below 2^52; entries are read and written as two dwords, low first.
 */
import { invariant } from '../../base/invariant.ts';

export const TABLE_BYTES = 4096;
export const ENTRY_BYTES = 8;
/** Root and context entries. */
export const WIDE_ENTRY_BYTES = 16;
/** Levels 0 (pages of 4 KiB) … 3. */
export const TABLE_LEVELS = 4;
/** An I/O virtual address has this many bits. */
export const IOVA_BITS = 48;

const TWO_32 = 2 ** 32;
const HIGH_ADDRESS_BITS = 0x000f_ffff;
const PRESENT = 1;

/** Bits of a page-table entry's low dword. */
export const PAGE_READ = 0x1;
export const PAGE_WRITE = 0x2;
/** At levels 1 and 2: the entry is a page of 2 MiB or 1 GiB, not a table. */
export const PAGE_LARGE = 0x80;

/** Bytes one entry of a level covers: 4 KiB, 2 MiB, 1 GiB, 512 GiB. */
export function pageBytesOf(level: number): number {
  return TABLE_BYTES * 512 ** level;
}

/** Offset in its table of the entry for an address. */
export function entryOffset(iova: number, level: number): number {
  return (Math.floor(iova / pageBytesOf(level)) % 512) * ENTRY_BYTES;
}

/** Address in an entry, without its flags. */
export function addressIn(low: number, high: number): number {
  return (high & HIGH_ADDRESS_BITS) * TWO_32 + (low - (low % TABLE_BYTES));
}

/** Offset in the root table of the entry for a bus, and in a context table of the entry for a device and function. */
export function wideEntryOffset(number: number): number {
  return number * WIDE_ENTRY_BYTES;
}

/** How requests of a function are treated. */
export const TRANSLATION_TYPE = {
  /** Untranslated requests are translated; translated ones and translation requests are blocked. */
  untranslated: 0,
  /** All three kinds are served: the function has an address translation cache of its own (ATS). */
  withAts: 1,
  /** Addresses are physical already. */
  passThrough: 2,
} as const;

export interface ContextEntry {
  readonly type: number;
  /** Topmost page table. */
  readonly table: number;
  /** 0…65535; translations are cached by domain. */
  readonly domain: number;
}

const FOUR_LEVELS = 2;

/** @param address physical, a multiple of 4096. */
export function rootEntryBytes(address: number): Uint8Array {
  return wideEntry(address, PRESENT, 0);
}

export function contextEntryBytes({ type, table, domain }: ContextEntry): Uint8Array {
  return wideEntry(table, PRESENT + type * 4, FOUR_LEVELS + domain * 256);
}

/** The context in an entry, or undefined if it is not present. @param words its first three dwords. */
export function contextIn(low: number, high: number, third: number): ContextEntry | undefined {
  if (low % 2 === 0) return undefined;
  return { type: (low >> 2) & 3, table: addressIn(low, high), domain: Math.floor(third / 256) & 0xffff };
}

/** The context table a root entry points to, or undefined. */
export function rootTarget(low: number, high: number): number | undefined {
  return low % 2 === 0 ? undefined : addressIn(low, high);
}

function wideEntry(address: number, flags: number, third: number): Uint8Array {
  checkTable(address);
  const bytes = new Uint8Array(WIDE_ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (address % TWO_32) + flags, true);
  view.setUint32(4, Math.floor(address / TWO_32), true);
  view.setUint32(8, third, true);
  return bytes;
}

/** Writes a page-table entry into a table's bytes. */
export function putEntry(table: DataView, offset: number, address: number, flags: number): void {
  checkTable(address);
  table.setUint32(offset, (address % TWO_32) + flags, true);
  table.setUint32(offset + 4, Math.floor(address / TWO_32), true);
}

function checkTable(address: number): void {
  invariant(address >= 0 && address < 2 ** 52 && address % TABLE_BYTES === 0, () => `not a page: ${address}`);
}

/**
 * A translation as a completion of ATS carries it (8 bytes, big-endian in the specification; here the low dword first):
 * address bits 63:12, read bit 0, write bit 1, S bit 11 for ranges larger than 4 KiB.
 * @spec PCIe Base 5.0 §10.2.3
 */
export const ATS_READ = 0x1;
export const ATS_WRITE = 0x2;
export const ATS_SIZE = 0x800;
export const ATS_ENTRY_BYTES = 8;
