/*
 * Where the pages of one sparse memory are. Two levels of 32-bit entries, so that a reader in another thread
 * needs only the root table and the arena's segments:
 *
 *   root        one entry for each GiB: number of the arena page that holds the table of that GiB, plus 1
 *   table page  16,384 entries, one for each 64-KiB page: arena page, plus 1
 *
 * 0 means "not there, reads zero". An entry is written after the page it names is ready; it becomes 0 again only when the
 * machine goes back to before that.
 */
import { int32At } from './cells.ts';
import { PAGE_BYTES, PAGES_PER_SEGMENT, type Segment } from './memoryArena.ts';

export const ENTRIES_PER_TABLE = PAGE_BYTES / 4;

/** Bytes of the root table of a memory, a multiple of 8. */
export function rootTableBytes(sizeBytes: number): number {
  const entries = Math.ceil(sizeBytes / (ENTRIES_PER_TABLE * PAGE_BYTES));
  return Math.ceil(Math.max(entries, 1) / 2) * 8;
}

/**
 * The arena page behind page number `page` of a memory.
 * @param segment answers with a segment by number, or undefined where this thread has not got it yet.
 * @returns −1 if the page is not there.
 */
export function lookUpPage(root: Int32Array, page: number, segment: (index: number) => Segment | undefined): number {
  const table = int32At(root, Math.floor(page / ENTRIES_PER_TABLE)) - 1;
  if (table < 0) return -1;
  const holder = segment(Math.floor(table / PAGES_PER_SEGMENT));
  if (holder === undefined) return -1;
  return int32At(holder.words, tableEntryIndex(table, page)) - 1;
}

/** Index, in 32-bit words of its segment, of the entry for `page` in arena page `table`. */
export function tableEntryIndex(table: number, page: number): number {
  return (table % PAGES_PER_SEGMENT) * ENTRIES_PER_TABLE + (page % ENTRIES_PER_TABLE);
}

/** Offset of an arena page in the bytes of its segment. */
export function pageOffset(arenaPage: number): number {
  return (arenaPage % PAGES_PER_SEGMENT) * PAGE_BYTES;
}

/**
 * The first page from `page` on that is there; tables that are missing are passed over whole.
 * @returns `end` if there is none below it.
 */
export function nextPage(
  root: Int32Array,
  page: number,
  end: number,
  segment: (index: number) => Segment | undefined,
): number {
  for (let next = page; next < end;) {
    if (lookUpPage(root, next, segment) >= 0) return next;
    const isTable = int32At(root, Math.floor(next / ENTRIES_PER_TABLE)) > 0;
    next = isTable ? next + 1 : (Math.floor(next / ENTRIES_PER_TABLE) + 1) * ENTRIES_PER_TABLE;
  }
  return end;
}

/** The last page up to `page` that is there; −1 if there is none. */
export function pageBefore(root: Int32Array, page: number, segment: (index: number) => Segment | undefined): number {
  for (let next = page; next >= 0;) {
    if (lookUpPage(root, next, segment) >= 0) return next;
    const isTable = int32At(root, Math.floor(next / ENTRIES_PER_TABLE)) > 0;
    next = isTable ? next - 1 : Math.floor(next / ENTRIES_PER_TABLE) * ENTRIES_PER_TABLE - 1;
  }
  return -1;
}
