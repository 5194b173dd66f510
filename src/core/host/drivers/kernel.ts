/*
 * What drivers take from the kernel: memory for DMA and addresses for it, interrupt vectors, semaphores.
 */
import { alignDown, alignUp } from '../../../base/bits.ts';
import { invariant } from '../../../base/invariant.ts';
import { PS_PER_NS } from '../../../base/units.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import type { IommuDriver } from '../iommu/iommuDriver.ts';
import type { DmaDirection } from '../iommu/pageTables.ts';

/** One range of RAM as firmware describes it (an e820 entry). */
export interface RamRange {
  readonly base: number;
  readonly sizeBytes: number;
  /** Socket it belongs to. Default 0. */
  readonly node?: number;
}

const FOUR_GIB = 2 ** 32;
const PAGE_BYTES = 4096;
/** Real-mode memory, firmware tables: nobody gets it. */
const FIRST_USABLE = 0x10_0000;
/** Vectors below are exceptions and the kernel's own. */
const FIRST_VECTOR = 0x30;
const LAST_VECTOR = 0xef;

/** Behind a translating IOMMU tables need room, too: at most 8 bytes a page and mapping, for two functions, and some more. */
const BYTES_PER_TABLE_BYTE = PAGE_BYTES / 8 / 2;
const SPARE_TABLE_BYTES = 0x4_0000;

/**
 * What one core spends on mapping a piece of work for a device behind a translating IOMMU and on unmapping it: an
 * address, page-table entries, its share of an invalidation (estimate).
 */
const MAPPING_PS = 250 * PS_PER_NS;

/**
 * Memory, addresses, vectors and semaphores of one running system. Nothing is given back: a run is short.
 * @simplifies DMA memory is physically contiguous; it lies above 4 GiB where there is RAM, so requests for it have
 * 16-byte headers unless an IOMMU translates. Mappings stay for the whole run; their cost is charged for each descriptor.
 */
export class Kernel {
  private readonly _free: { base: number; end: number; readonly node: number }[];
  private _nextVector = FIRST_VECTOR;
  private _nextSemaphore = 0;
  private _iommu: IommuDriver | undefined;

  constructor(ram: readonly RamRange[]) {
    this._free = ram
      .map(({ base, sizeBytes, node }) => ({
        base: Math.max(base, FIRST_USABLE),
        end: base + sizeBytes,
        node: node ?? 0,
      }))
      .filter(({ base, end }) => base < end)
      .sort((a, b) => Number(b.base >= FOUR_GIB) - Number(a.base >= FOUR_GIB) || a.base - b.base);
  }

  /** Bytes that one allocation can still get. */
  get largestFreeBytes(): number {
    const largest = this._free.reduce((most, { base, end }) => Math.max(most, end - base), 0);
    if (this._iommu?.translates !== true) return largest;
    return Math.max(0, largest - Math.ceil(largest / BYTES_PER_TABLE_BYTE) - SPARE_TABLE_BYTES);
  }

  /**
   * Page-aligned memory that devices may read and write.
   * @param node socket it shall belong to, if that has room. Default: wherever there is room.
   * @returns its bus address. @throws InvariantError if there is none left: ask largestFreeBytes before.
   */
  allocate(lengthBytes: number, node?: number): number {
    const size = alignUp(lengthBytes, PAGE_BYTES);
    const fitting = this._free.filter(({ base, end }) => end - alignUp(base, PAGE_BYTES) >= size);
    const range = fitting.find((one) => one.node === node) ?? fitting[0];
    invariant(range !== undefined, () => `no ${lengthBytes} bytes of memory left`);
    const address = alignUp(range.base, PAGE_BYTES);
    range.base = address + size;
    return address;
  }

  /** A page for tables, from the end of memory: buffers lie where they would without. */
  allocateTable(): number {
    const range = this._free.find(({ base, end }) => end - alignUp(base, PAGE_BYTES) >= PAGE_BYTES);
    invariant(range !== undefined, () => 'no memory left for tables');
    range.end = alignDown(range.end - PAGE_BYTES, PAGE_BYTES);
    return range.end;
  }

  /** From now on devices are given the addresses of this driver's domains. */
  useIommu(driver: IommuDriver): void {
    this._iommu = driver;
  }

  /**
   * The DMA API: makes bytes reachable for a function.
   * @param fn index of the function in the host's view. @param address physical: RAM, or memory of a peer.
   * @returns the address the function shall use; `writeTables` must be run before it does.
   * @spec semantics reference 1.5
   */
  mapForDevice(fn: number, address: number, lengthBytes: number, direction: DmaDirection): number {
    return this._iommu?.map(fn, address, lengthBytes, direction) ?? address;
  }

  /** The address a function uses for a physical one that was mapped for it; the same address where none was. */
  deviceAddress(fn: number, address: number, direction: DmaDirection): number {
    return this._iommu?.addressFor(fn, address, direction) ?? address;
  }

  /** Stores what the latest mappings have changed in the IOMMU's tables. */
  *writeTables(): HostProcess<void> {
    if (this._iommu !== undefined) yield* this._iommu.writeTables();
  }

  /** Processor time for each descriptor's mapping; 0 where addresses are not translated. */
  get mapping_ps(): number {
    return this._iommu?.translates === true ? MAPPING_PS : 0;
  }

  /** A vector of its own. @throws InvariantError after the last one. */
  allocateVector(): number {
    invariant(this._nextVector <= LAST_VECTOR, () => 'no interrupt vector left');
    return this._nextVector++;
  }

  /** A semaphore that counts from 0. */
  allocateSemaphore(): number {
    return this._nextSemaphore++;
  }
}
