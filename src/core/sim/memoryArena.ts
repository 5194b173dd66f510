import type { StorageAllocator } from '../../base/storage.ts';
import { invariant } from '../../base/invariant.ts';

/** Page size of sparse memory. */
export const PAGE_BYTES = 64 * 1024;
/** Storage is obtained in segments of 64 pages. */
export const SEGMENT_BYTES = 4 * 1024 * 1024;
export const PAGES_PER_SEGMENT = SEGMENT_BYTES / PAGE_BYTES;

/** One segment as bytes and as little-endian words; both views cover the same storage. */
export interface Segment {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}

export function segmentOf(buffer: ArrayBufferLike): Segment {
  return { bytes: new Uint8Array(buffer), words: new Int32Array(buffer) };
}

/** Told before pages change, so that it can keep what they held (pageHistory.ts). */
export interface PageObserver {
  /** A page is about to be written, for the first time in this epoch or not. */
  beforeWrite(page: number): void;
  /** A page that was handed out before the arena was rewound is handed out again; it is about to be cleared. */
  beforeReuse(page: number): void;
}

/**
 * Hands out 64-KiB pages, numbered from 0, that read zero. All memories of a machine share one arena, so an
 * untouched 64-GiB BAR costs a table and nothing else. Pages are not given back.
 */
export class MemoryArena {
  /** Makes what the memories keep beside their pages, too. */
  readonly storage: StorageAllocator;
  private readonly _onSegment: ((buffer: ArrayBufferLike) => void) | undefined;
  private readonly _buffers: ArrayBufferLike[] = [];
  private readonly _segments: Segment[] = [];
  private _pages = 0;
  /** Pages ever handed out: those below hold something, even after a rewind. */
  private _used = 0;
  private _observer: PageObserver | undefined;
  /** Grows whenever every page shall be reported anew before it is next written. */
  epoch = 0;

  /** @param onSegment told about every new segment, before a page in it is used. */
  constructor(storage: StorageAllocator, onSegment?: (buffer: ArrayBufferLike) => void) {
    this.storage = storage;
    this._onSegment = onSegment;
  }

  /** Storage made so far, in order. */
  get segments(): readonly ArrayBufferLike[] {
    return this._buffers;
  }

  /** Pages handed out. */
  get pages(): number {
    return this._pages;
  }

  /** Number of a fresh page that reads zero. */
  allocatePage(): number {
    const page = this._pages++;
    if (page < this._used) {
      this._observer?.beforeReuse(page);
      const start = pageStart(page);
      this.segmentOfPage(page).bytes.fill(0, start, start + PAGE_BYTES);
      return page;
    }
    this._used = this._pages;
    if (page === this._buffers.length * PAGES_PER_SEGMENT) {
      const buffer = this.storage(SEGMENT_BYTES);
      this._buffers.push(buffer);
      this._segments.push(segmentOf(buffer));
      this._onSegment?.(buffer);
    }
    return page;
  }

  /** From now on somebody keeps what pages held. */
  observe(observer: PageObserver): void {
    this._observer = observer;
  }

  /** To be called before a page is written, once in each epoch at least. */
  touch(page: number): void {
    this._observer?.beforeWrite(page);
  }

  /** Takes back the pages from `pages` on; what they hold stays where it is until they are handed out again. */
  rewind(pages: number): void {
    invariant(pages >= 0 && pages <= this._used, () => `the arena never had ${pages} pages`);
    this._pages = pages;
  }

  /** A page as bytes, without copying. */
  pageBytes(page: number): Uint8Array {
    const start = pageStart(page);
    return this.segmentOfPage(page).bytes.subarray(start, start + PAGE_BYTES);
  }

  /** The segment a page lies in. */
  segmentOfPage(page: number): Segment {
    const segment = this._segments[Math.floor(page / PAGES_PER_SEGMENT)];
    invariant(segment !== undefined, () => `page ${page} was never handed out`);
    return segment;
  }
}

/** Offset of a page in the bytes of its segment. */
function pageStart(page: number): number {
  return (page % PAGES_PER_SEGMENT) * PAGE_BYTES;
}
