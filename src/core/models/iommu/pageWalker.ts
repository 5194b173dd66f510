/*
 * Reads the IOMMU's tables out of host memory, as they are at that moment.
 */
import {
  addressIn,
  type ContextEntry,
  contextIn,
  entryOffset,
  IOVA_BITS,
  PAGE_LARGE,
  PAGE_READ,
  PAGE_WRITE,
  rootTarget,
  TABLE_BYTES,
  TABLE_LEVELS,
  wideEntryOffset,
} from '../../config/iommuTables.ts';
import type { HardwareHostMemory } from '../hardware.ts';

/** What one walk found. */
export interface FoundPage {
  readonly level: number;
  /** Physical address of the page. */
  readonly address: number;
  /** PAGE_READ and PAGE_WRITE, as far as all levels allow. */
  readonly flags: number;
}

export class PageWalker {
  private readonly _memory: Pick<HardwareHostMemory, 'memory' | 'offsetOf'>;

  constructor(memory: Pick<HardwareHostMemory, 'memory' | 'offsetOf'>) {
    this._memory = memory;
  }

  /** The context of a requester, or undefined if software has not given it one. */
  context(rootTable: number, requesterId: number): ContextEntry | undefined {
    const root = rootTable + wideEntryOffset(requesterId >> 8);
    const table = rootTarget(this.#dword(root), this.#dword(root + 4));
    if (table === undefined) return undefined;
    const entry = table + wideEntryOffset(requesterId & 0xff);
    return contextIn(this.#dword(entry), this.#dword(entry + 4), this.#dword(entry + 8));
  }

  /** Marks a context as not present. */
  clearContext(rootTable: number, requesterId: number): void {
    const root = rootTable + wideEntryOffset(requesterId >> 8);
    const table = rootTarget(this.#dword(root), this.#dword(root + 4));
    if (table === undefined) return;
    const offset = this._memory.offsetOf(table + wideEntryOffset(requesterId & 0xff));
    if (offset >= 0) this._memory.memory.writeUint(offset, 4, 0);
  }

  /** @returns the page an address is in; undefined if nothing is mapped there. */
  page(table: number, iova: number): FoundPage | undefined {
    if (iova >= 2 ** IOVA_BITS) return undefined;
    let place = table;
    let flags = PAGE_READ | PAGE_WRITE;
    for (let level = TABLE_LEVELS - 1; level >= 0; level--) {
      const entry = place + entryOffset(iova, level);
      const low = this.#dword(entry);
      flags &= low;
      if (flags === 0) return undefined;
      const address = addressIn(low, this.#dword(entry + 4));
      const isPage = level === 0 || (level < TABLE_LEVELS - 1 && (low & PAGE_LARGE) !== 0);
      if (isPage) return { level, address, flags };
      place = address;
    }
    return undefined;
  }

  /** Zero where there is no memory: then nothing is present there. */
  #dword(address: number): number {
    const offset = this._memory.offsetOf(address);
    return offset < 0 || address % TABLE_BYTES > TABLE_BYTES - 4 ? 0 : this._memory.memory.readUint(offset, 4);
  }
}
