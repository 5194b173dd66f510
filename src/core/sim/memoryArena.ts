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
    if (page % PAGES_PER_SEGMENT === 0) {
      const buffer = this.storage(SEGMENT_BYTES);
      this._buffers.push(buffer);
      this._segments.push(segmentOf(buffer));
      this._onSegment?.(buffer);
    }
    return page;
  }

  /** The segment a page lies in. */
  segmentOfPage(page: number): Segment {
    const segment = this._segments[Math.floor(page / PAGES_PER_SEGMENT)];
    invariant(segment !== undefined, () => `page ${page} was never handed out`);
    return segment;
  }
}
