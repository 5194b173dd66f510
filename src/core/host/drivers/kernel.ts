/*
 * What drivers take from the kernel: memory for DMA, interrupt vectors, semaphores.
 */
import { alignUp } from '../../../base/bits.ts';
import { invariant } from '../../../base/invariant.ts';

/** One range of RAM as firmware describes it (an e820 entry). */
export interface RamRange {
  readonly base: number;
  readonly sizeBytes: number;
}

const FOUR_GIB = 2 ** 32;
const PAGE_BYTES = 4096;
/** Real-mode memory, firmware tables: nobody gets it. */
const FIRST_USABLE = 0x10_0000;
/** Vectors below are exceptions and the kernel's own. */
const FIRST_VECTOR = 0x30;
const LAST_VECTOR = 0xef;

/**
 * Memory, vectors and semaphores of one running system. Nothing is given back: a run is short.
 * @simplifies DMA memory is physically contiguous and its bus address is its physical address; it lies above
 * 4 GiB where there is RAM, so requests for it have 16-byte headers.
 */
export class Kernel {
  readonly #free: { base: number; end: number }[];
  #nextVector = FIRST_VECTOR;
  #nextSemaphore = 0;

  constructor(ram: readonly RamRange[]) {
    this.#free = ram
      .map(({ base, sizeBytes }) => ({ base: Math.max(base, FIRST_USABLE), end: base + sizeBytes }))
      .filter(({ base, end }) => base < end)
      .sort((a, b) => Number(b.base >= FOUR_GIB) - Number(a.base >= FOUR_GIB) || a.base - b.base);
  }

  /** Bytes that one allocation can still get. */
  get largestFreeBytes(): number {
    return this.#free.reduce((largest, { base, end }) => Math.max(largest, end - base), 0);
  }

  /**
   * Page-aligned memory that devices may read and write.
   * @returns its bus address. @throws InvariantError if there is none left: ask largestFreeBytes before.
   */
  allocate(lengthBytes: number): number {
    const size = alignUp(lengthBytes, PAGE_BYTES);
    const range = this.#free.find(({ base, end }) => end - alignUp(base, PAGE_BYTES) >= size);
    invariant(range !== undefined, () => `no ${lengthBytes} bytes of memory left`);
    const address = alignUp(range.base, PAGE_BYTES);
    range.base = address + size;
    return address;
  }

  /** A vector of its own. @throws InvariantError after the last one. */
  allocateVector(): number {
    invariant(this.#nextVector <= LAST_VECTOR, () => 'no interrupt vector left');
    return this.#nextVector++;
  }

  /** A semaphore that counts from 0. */
  allocateSemaphore(): number {
    return this.#nextSemaphore++;
  }
}
