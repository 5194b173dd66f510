/*
 * Device and host memory: bytes that exist from the first write on.
 */
import { invariant, InvariantError } from '../../base/invariant.ts';
import { crc32 } from './crc32.ts';
import { byteAt, int32At } from './cells.ts';
import { MemoryArena, PAGE_BYTES, PAGES_PER_SEGMENT, type Segment, segmentOf } from './memoryArena.ts';
import {
  ENTRIES_PER_TABLE,
  lookUpPage,
  nextPage,
  pageBefore,
  pageOffset,
  rootTableBytes,
  tableEntryIndex,
} from './pageTable.ts';

export { MemoryArena };

const ZEROS = new Uint8Array(PAGE_BYTES);
/** Up to this many bytes a loop over words beats `set(subarray)`, which allocates a view (tests/bench/copy). */
const WORD_LOOP_BYTES = 256;

/**
 * A memory of up to 2^52 bytes. Pages of 64 KiB come from the arena on first write; what was never written reads
 * zero. Little-endian. Not thread-safe: one writer, any number of {@link SparseMemoryReader}s elsewhere.
 */
export class SparseMemory {
  readonly sizeBytes: number;
  private readonly _arena: MemoryArena;
  private readonly _root: Int32Array;
  private readonly _segmentAt: (index: number) => Segment;
  private readonly _rootBuffer: ArrayBufferLike;
  /** The page used last: its number, its first address, its segment and its offset there. −1 = none. */
  private _page = -1;
  private _pageStart = 0.5;
  /** Bytes of that page that belong to the memory. */
  private _pageBytes = 0;
  private _segment: Segment = segmentOf(new ArrayBuffer(0));
  private _offset = 0;
  /** Its number in the arena, and the arena's epoch in which we last said that we write it. */
  private _arenaPage = -1;
  private _touchedIn = -1;
  /** The buffer of another party used last, as words, if it is word-aligned. */
  private _peer: Uint8Array = new Uint8Array(0);
  private _peerWords: Int32Array | undefined;

  /** @param sizeBytes 1…2^52. */
  constructor(arena: MemoryArena, sizeBytes: number) {
    invariant(sizeBytes > 0 && sizeBytes <= 2 ** 52, () => `not a memory size: ${sizeBytes}`);
    this.sizeBytes = sizeBytes;
    this._arena = arena;
    this._rootBuffer = arena.storage(rootTableBytes(sizeBytes));
    this._root = new Int32Array(this._rootBuffer);
    this._pageStart = 0;
    this._segmentAt = (index) => arena.segmentOfPage(index * PAGES_PER_SEGMENT);
  }

  /** The root table; with the arena's segments it is all a reader needs. */
  get root(): ArrayBufferLike {
    return this._rootBuffer;
  }

  /** Copies bytes from this memory; the range must lie inside. */
  readInto(offset: number, lengthBytes: number, target: Uint8Array, targetOffset: number): void {
    const place = offset - this._pageStart;
    if (place >= 0 && place + lengthBytes <= this._pageBytes) {
      this.#copyOut(this._offset + place, lengthBytes, target, targetOffset);
      return;
    }
    this.#checkRange(offset, lengthBytes);
    let from = offset;
    let to = targetOffset;
    let left = lengthBytes;
    while (left > 0) {
      const inPage = from % PAGE_BYTES;
      const count = Math.min(left, PAGE_BYTES - inPage);
      if (this.#select((from - inPage) / PAGE_BYTES)) this.#copyOut(this._offset + inPage, count, target, to);
      else target.fill(0, to, to + count);
      from += count;
      to += count;
      left -= count;
    }
  }

  /** Copies bytes into this memory; the range must lie inside. */
  writeFrom(offset: number, lengthBytes: number, source: Uint8Array, sourceOffset: number): void {
    const place = offset - this._pageStart;
    if (place >= 0 && place + lengthBytes <= this._pageBytes) {
      this.#copyIn(this._offset + place, lengthBytes, source, sourceOffset);
      return;
    }
    this.#checkRange(offset, lengthBytes);
    let to = offset;
    let from = sourceOffset;
    let left = lengthBytes;
    while (left > 0) {
      const inPage = to % PAGE_BYTES;
      const count = Math.min(left, PAGE_BYTES - inPage);
      this.#materialise((to - inPage) / PAGE_BYTES);
      this.#copyIn(this._offset + inPage, count, source, from);
      to += count;
      from += count;
      left -= count;
    }
  }

  /** An unsigned little-endian number of 1 to 6 bytes, or 8 bytes below 2^53. */
  readUint(offset: number, bytes: number): number {
    this.#checkRange(offset, bytes);
    let value = 0;
    for (let index = bytes - 1; index >= 0; index--) {
      const inPage = (offset + index) % PAGE_BYTES;
      const present = this.#select((offset + index - inPage) / PAGE_BYTES);
      value = value * 256 + (present ? byteAt(this._segment.bytes, this._offset + inPage) : 0);
    }
    return value;
  }

  /** Stores the low `bytes` (1 to 8) bytes of a non-negative integer below 2^53, little-endian. */
  writeUint(offset: number, bytes: number, value: number): void {
    this.#checkRange(offset, bytes);
    let rest = value;
    for (let index = 0; index < bytes; index++) {
      const inPage = (offset + index) % PAGE_BYTES;
      this.#materialise((offset + index - inPage) / PAGE_BYTES);
      if (this._touchedIn !== this._arena.epoch) this.#touch();
      this._segment.bytes[this._offset + inPage] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }

  /** Reads 8 bytes of any value. */
  readUint64(offset: number): bigint {
    return BigInt(this.readUint(offset, 4)) | (BigInt(this.readUint(offset + 4, 4)) << 32n);
  }

  /** Writes 8 bytes of any value. */
  writeUint64(offset: number, value: bigint): void {
    this.writeUint(offset, 4, Number(value & 0xffffffffn));
    this.writeUint(offset + 4, 4, Number((value >> 32n) & 0xffffffffn));
  }

  /** The first offset from `offset` on whose page exists, `sizeBytes` if there is none: what lies before it reads zero. */
  nextWritten(offset: number): number {
    const pages = Math.ceil(this.sizeBytes / PAGE_BYTES);
    const page = nextPage(this._root, Math.floor(offset / PAGE_BYTES), pages, this._segmentAt);
    return Math.min(this.sizeBytes, Math.max(offset, page * PAGE_BYTES));
  }

  /** One past the last offset below `offset` whose page exists, 0 if there is none. @param offset 1…sizeBytes. */
  lastWritten(offset: number): number {
    const page = pageBefore(this._root, Math.floor((offset - 1) / PAGE_BYTES), this._segmentAt);
    return Math.min(offset, (page + 1) * PAGE_BYTES);
  }

  /** CRC-32 of a range. */
  crc32(offset: number, lengthBytes: number): number {
    this.#checkRange(offset, lengthBytes);
    let crc = 0;
    this.#eachPiece(offset, lengthBytes, (bytes, start, count) => {
      crc = crc32(bytes.subarray(start, start + count), crc);
      return true;
    });
    return crc;
  }

  /** True if a range of this memory holds the same bytes as a range of another. */
  equals(offset: number, lengthBytes: number, other: SparseMemory, otherOffset: number): boolean {
    this.#checkRange(offset, lengthBytes);
    const theirs = new Uint8Array(PAGE_BYTES);
    let at = otherOffset;
    return this.#eachPiece(offset, lengthBytes, (bytes, start, count) => {
      other.readInto(at, count, theirs, 0);
      at += count;
      for (let index = 0; index < count; index++) {
        if (byteAt(bytes, start + index) !== byteAt(theirs, index)) return false;
      }
      return true;
    });
  }

  /** Hands the range on page by page; absent pages come as zeros. Stops, and returns false, when `visit` does. */
  #eachPiece(
    offset: number,
    lengthBytes: number,
    visit: (bytes: Uint8Array, start: number, count: number) => boolean,
  ): boolean {
    let at = offset;
    let left = lengthBytes;
    while (left > 0) {
      const inPage = at % PAGE_BYTES;
      const count = Math.min(left, PAGE_BYTES - inPage);
      const present = this.#select((at - inPage) / PAGE_BYTES);
      if (!visit(present ? this._segment.bytes : ZEROS, present ? this._offset + inPage : 0, count)) return false;
      at += count;
      left -= count;
    }
    return true;
  }

  #checkRange(offset: number, lengthBytes: number): void {
    if (offset >= 0 && lengthBytes >= 0 && offset + lengthBytes <= this.sizeBytes) return;
    throw new InvariantError(`bytes ${offset}…${offset + lengthBytes} are outside a memory of ${this.sizeBytes}`);
  }

  /** Makes a page the current one. @returns false if it does not exist yet. */
  #select(page: number): boolean {
    if (page === this._page) return true;
    const arenaPage = lookUpPage(this._root, page, this._segmentAt);
    if (arenaPage < 0) return false;
    this.#remember(page, arenaPage);
    return true;
  }

  /** Makes a page the current one and creates it if it does not exist. */
  #materialise(page: number): void {
    if (this.#select(page)) return;
    const slot = Math.floor(page / ENTRIES_PER_TABLE);
    let table = int32At(this._root, slot) - 1;
    if (table < 0) {
      table = this._arena.allocatePage();
      this._root[slot] = table + 1;
    }
    const arenaPage = this._arena.allocatePage();
    this._arena.touch(table);
    this._arena.segmentOfPage(table).words[tableEntryIndex(table, page)] = arenaPage + 1;
    this.#remember(page, arenaPage);
  }

  #remember(page: number, arenaPage: number): void {
    this._page = page;
    this._pageStart = page * PAGE_BYTES;
    this._pageBytes = Math.min(PAGE_BYTES, this.sizeBytes - this._pageStart);
    this._segment = this._arena.segmentOfPage(arenaPage);
    this._offset = pageOffset(arenaPage);
    this._arenaPage = arenaPage;
    this._touchedIn = -1;
  }

  /** Whoever keeps pages hears of the first write to this one in each epoch. */
  #touch(): void {
    this._touchedIn = this._arena.epoch;
    this._arena.touch(this._arenaPage);
  }

  /** The other party's buffer as words, if it starts on a word; remembered, since it is nearly always the same one. */
  #wordsOf(peer: Uint8Array): Int32Array | undefined {
    if (peer !== this._peer) {
      this._peer = peer;
      this._peerWords =
        peer.byteOffset % 4 === 0 ? new Int32Array(peer.buffer, peer.byteOffset, peer.length >> 2) : undefined;
    }
    return this._peerWords;
  }

  #copyOut(at: number, count: number, target: Uint8Array, to: number): void {
    if (count <= WORD_LOOP_BYTES && ((at | to | count) & 3) === 0) {
      const words = this.#wordsOf(target);
      if (words !== undefined) return copyWords(this._segment.words, at >> 2, words, to >> 2, count >> 2);
    }
    target.set(this._segment.bytes.subarray(at, at + count), to);
  }

  #copyIn(at: number, count: number, source: Uint8Array, from: number): void {
    if (this._touchedIn !== this._arena.epoch) this.#touch();
    if (count <= WORD_LOOP_BYTES && ((at | from | count) & 3) === 0) {
      const words = this.#wordsOf(source);
      if (words !== undefined) return copyWords(words, from >> 2, this._segment.words, at >> 2, count >> 2);
    }
    this._segment.bytes.set(source.subarray(from, from + count), at);
  }
}

/** Word by word: doubles would be faster still, but some engines rewrite NaN patterns on the way. */
function copyWords(source: Int32Array, from: number, target: Int32Array, to: number, count: number): void {
  for (let index = 0; index < count; index++) target[to + index] = int32At(source, from + index);
}
