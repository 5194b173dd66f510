import { invariant } from '../../base/invariant.ts';
import { PAGE_BYTES, PAGES_PER_SEGMENT, type Segment, segmentOf } from './memoryArena.ts';
import { lookUpPage, pageOffset } from './pageTable.ts';

/**
 * Reads a {@link SparseMemory} that another thread writes, from its root table and the arena's segments.
 * What it returns is a moment's view: bytes may change while they are copied.
 */
export class SparseMemoryReader {
  private readonly _root: Int32Array;
  private readonly _segments: Segment[] = [];

  /** @param segments those known now; later ones are given to {@link addSegment}, in order. */
  constructor(root: ArrayBufferLike, segments: readonly ArrayBufferLike[]) {
    this._root = new Int32Array(root);
    for (const buffer of segments) this.addSegment(buffer);
  }

  /** Makes the arena's next segment known. Until then its pages read zero. */
  addSegment(buffer: ArrayBufferLike): void {
    this._segments.push(segmentOf(buffer));
  }

  /** Copies `lengthBytes` bytes from `offset` to `target[targetOffset…]`; absent pages read zero. */
  readInto(offset: number, lengthBytes: number, target: Uint8Array, targetOffset = 0): void {
    invariant(offset >= 0 && lengthBytes >= 0, () => `not a range: ${offset}, ${lengthBytes} bytes`);
    let from = offset;
    let to = targetOffset;
    let left = lengthBytes;
    while (left > 0) {
      const inPage = from % PAGE_BYTES;
      const count = Math.min(left, PAGE_BYTES - inPage);
      const page = lookUpPage(this._root, (from - inPage) / PAGE_BYTES, (index) => this._segments[index]);
      const segment = page < 0 ? undefined : this._segments[Math.floor(page / PAGES_PER_SEGMENT)];
      if (segment === undefined) target.fill(0, to, to + count);
      else target.set(segment.bytes.subarray(pageOffset(page) + inPage, pageOffset(page) + inPage + count), to);
      from += count;
      to += count;
      left -= count;
    }
  }
}
