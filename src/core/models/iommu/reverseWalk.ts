/*
 * The other way through an IOMMU's page tables: which I/O virtual addresses lead to a physical one. Hardware never does
 * this; a debugger does, over the tables as they lie in memory.
 */
import {
  addressIn,
  ENTRY_BYTES,
  PAGE_LARGE,
  PAGE_READ,
  PAGE_WRITE,
  pageBytesOf,
  TABLE_BYTES,
  TABLE_LEVELS,
} from '../../config/iommuTables.ts';
import type { HardwareHostMemory } from '../hardware.ts';

export interface ReverseMapping {
  readonly iova: number;
  /** PAGE_READ and PAGE_WRITE, as far as all levels allow. */
  readonly flags: number;
}

/** Tables that are looked at: a domain of 4 GiB in pages of 4 KiB has some two thousand; a table may point to itself. */
const MOST_TABLES = 16_384;

/**
 * Every mapping of a domain that leads to a physical address, by I/O virtual address.
 * @param table topmost page table.
 * @returns at most `most` of them.
 */
export function mappingsOf(
  memory: Pick<HardwareHostMemory, 'memory' | 'offsetOf'>,
  table: number,
  physical: number,
  most: number,
): readonly ReverseMapping[] {
  const found: ReverseMapping[] = [];
  const bytes = new Uint8Array(TABLE_BYTES * TABLE_LEVELS);
  const view = new DataView(bytes.buffer);
  let tables = 0;
  const visit = (address: number, level: number, iova: number, allowed: number): void => {
    const offset = memory.offsetOf(address);
    tables += 1;
    if (offset < 0 || offset + TABLE_BYTES > memory.memory.sizeBytes || tables > MOST_TABLES) return;
    // Each level has its own part: the one above is read on afterwards.
    const start = level * TABLE_BYTES;
    memory.memory.readInto(offset, TABLE_BYTES, bytes, start);
    const pageBytes = pageBytesOf(level);
    for (let entry = 0; entry < TABLE_BYTES / ENTRY_BYTES && found.length < most; entry++) {
      const low = view.getUint32(start + entry * ENTRY_BYTES, true);
      const flags = allowed & low;
      if (flags === 0) continue;
      const target = addressIn(low, view.getUint32(start + entry * ENTRY_BYTES + 4, true));
      const first = iova + entry * pageBytes;
      if (level > 0 && (level === TABLE_LEVELS - 1 || (low & PAGE_LARGE) === 0)) visit(target, level - 1, first, flags);
      else if (physical >= target && physical < target + pageBytes) {
        found.push({ iova: first + (physical - target), flags });
      }
    }
  };
  visit(table, TABLE_LEVELS - 1, 0, PAGE_READ | PAGE_WRITE);
  return found;
}
