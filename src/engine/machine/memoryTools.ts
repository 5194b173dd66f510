/*
 * A debugger's work on memories, in pieces small enough that an engine stays responsive. Memories are gigabytes, most of
 * which was never written: what is not there is passed over, not read.
 */
import { at } from '../../base/invariant.ts';
import { PAGE_BYTES } from '../../core/sim/memoryArena.ts';
import { byteAt } from '../../core/sim/cells.ts';
import type { SparseMemory } from '../../core/sim/sparseMemory.ts';
import {
  type ByteRange,
  type ComparedPiece,
  MAX_PIECE_BYTES,
  MAX_RANGES,
  type SearchedPiece,
  type WrittenPiece,
} from '../protocol.ts';

/** Bytes one piece of a search or of a comparison reads at most: some ten milliseconds. */
const READ_BUDGET_BYTES = 4 * 1024 * 1024;

/** How bytes get into a memory: a machine takes note of what was changed by hand. */
export type Poke = (offset: number, bytes: Uint8Array) => void;

/** @param bytes at most MAX_PIECE_BYTES, inside the memory. */
export function writePiece(memory: SparseMemory, offset: number, bytes: Uint8Array, poke: Poke): WrittenPiece {
  const before = new Uint8Array(bytes.length);
  memory.readInto(offset, bytes.length, before, 0);
  poke(offset, bytes);
  return { lengthBytes: bytes.length, before };
}

export interface FillRange extends ByteRange {
  readonly pattern: Uint8Array;
  /** Byte of the pattern the range begins with. */
  readonly phase: number;
}

/** Fills the beginning of a range, at most MAX_PIECE_BYTES of it; zeros leave what was never written as it is. */
export function fillPiece(memory: SparseMemory, range: FillRange, poke: Poke): WrittenPiece {
  const { offset, pattern, phase } = range;
  const isZero = pattern.every((byte) => byte === 0);
  const written = isZero ? memory.nextWritten(offset) : offset;
  if (written > offset) return { lengthBytes: Math.min(range.lengthBytes, written - offset), before: undefined };
  const most = Math.min(range.lengthBytes, MAX_PIECE_BYTES);
  const count = isZero ? writtenRun(memory, offset, most) : most;
  return writePiece(memory, offset, isZero ? new Uint8Array(count) : repeated(pattern, phase, count), poke);
}

/** A pattern from its byte `phase` on, again and again. */
function repeated(pattern: Uint8Array, phase: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  const first = Math.min(count, pattern.length);
  for (let index = 0; index < first; index++) bytes[index] = at(pattern, (phase + index) % pattern.length);
  // What is there is whole turns of the pattern: twice as much each time.
  for (let done = first; done < count; done *= 2) bytes.copyWithin(done, 0, Math.min(done, count - done));
  return bytes;
}

/** How many bytes from `offset` on lie on pages that exist. */
function writtenRun(memory: SparseMemory, offset: number, most: number): number {
  let end = offset;
  while (end < offset + most && memory.nextWritten(end) === end) end += PAGE_BYTES - (end % PAGE_BYTES);
  return Math.min(end - offset, most);
}

export interface SearchRange extends ByteRange {
  /** 0…MAX_NEEDLE_BYTES; none = any byte that is not zero. */
  readonly needle: Uint8Array;
  readonly backwards: boolean;
}

/** Looks for the first (backwards: the last) place where all of `needle` lies in the range. */
export function searchPiece(memory: SparseMemory, range: SearchRange, budget = READ_BUDGET_BYTES): SearchedPiece {
  if (range.needle.length === 0) return dataPiece(memory, range, budget);
  if (range.needle.length > range.lengthBytes) return { offset: undefined, searchedBytes: range.lengthBytes };
  const search = new PageSearch(memory, range);
  return range.backwards ? search.down(budget) : search.up(budget);
}

/** Looks for the first (backwards: the last) byte of a range that is not zero. */
function dataPiece(memory: SparseMemory, range: SearchRange, budget: number): SearchedPiece {
  const { offset, lengthBytes, backwards } = range;
  const end = offset + lengthBytes;
  const bytes = new Uint8Array(PAGE_BYTES);
  // What lies between these two has not been searched.
  let low = offset;
  let high = end;
  for (let left = budget; left > 0;) {
    if (low < high && backwards) high = Math.min(high, memory.lastWritten(high));
    if (low < high && !backwards) low = Math.max(low, memory.nextWritten(low));
    if (low >= high) return { offset: undefined, searchedBytes: lengthBytes };
    const inPage = backwards ? ((high - 1) % PAGE_BYTES) + 1 : PAGE_BYTES - (low % PAGE_BYTES);
    const count = Math.min(inPage, high - low);
    const first = backwards ? high - count : low;
    memory.readInto(first, count, bytes, 0);
    const part = bytes.subarray(0, count);
    const found = backwards ? part.findLastIndex((byte) => byte !== 0) : part.findIndex((byte) => byte !== 0);
    if (found >= 0) return { offset: first + found, searchedBytes: lengthBytes };
    if (backwards) high = first;
    else low = first + count;
    left -= count;
  }
  return { offset: undefined, searchedBytes: backwards ? end - high : low - offset };
}

/**
 * Places are where a match can begin. A match touches a page that exists, or is all zeros, so places further than its
 * length before such a page need not be read.
 */
class PageSearch {
  private readonly _memory: SparseMemory;
  private readonly _range: SearchRange;
  private readonly _firstPlace: number;
  private readonly _lastPlace: number;
  private readonly _isZero: boolean;
  private readonly _borders: Int32Array;
  private readonly _buffer: Uint8Array;

  constructor(memory: SparseMemory, range: SearchRange) {
    const { needle, offset, lengthBytes, backwards } = range;
    this._memory = memory;
    this._range = range;
    this._firstPlace = offset;
    this._lastPlace = offset + lengthBytes - needle.length;
    this._isZero = needle.every((byte) => byte === 0);
    this._borders = bordersOf(needle, backwards);
    this._buffer = new Uint8Array(PAGE_BYTES + 2 * needle.length);
  }

  up(budget: number): SearchedPiece {
    const length = this._range.needle.length;
    let place = this._firstPlace;
    for (let left = budget; place <= this._lastPlace && left > 0;) {
      const written = this._memory.nextWritten(place);
      if (this._isZero && written >= place + length) return this.#found(place);
      if (!this._isZero) place = Math.max(place, written - (length - 1));
      if (written >= this._range.offset + this._range.lengthBytes || place > this._lastPlace) break;
      const last = Math.min(this._lastPlace, written - (written % PAGE_BYTES) + PAGE_BYTES - 1);
      const found = this.#read(place, last);
      if (found >= 0) return this.#found(place + found);
      left -= last - place + 1;
      place = last + 1;
      if (left <= 0 && place <= this._lastPlace)
        return { offset: undefined, searchedBytes: place - this._range.offset };
    }
    return this.#nothing();
  }

  down(budget: number): SearchedPiece {
    const length = this._range.needle.length;
    let place = this._lastPlace;
    for (let left = budget; place >= this._firstPlace && left > 0;) {
      const written = this._memory.lastWritten(place + length);
      if (this._isZero && written <= place) return this.#found(place);
      if (!this._isZero) place = Math.min(place, written - 1);
      if (place < this._firstPlace) break;
      const page = written - 1 - ((written - 1) % PAGE_BYTES);
      const first = Math.max(this._firstPlace, page - (length - 1));
      const found = this.#read(first, place);
      if (found >= 0) return this.#found(first + found);
      left -= place - first + 1;
      place = first - 1;
      if (left <= 0 && place >= this._firstPlace) {
        const end = this._range.offset + this._range.lengthBytes;
        return { offset: undefined, searchedBytes: end - (place + length) };
      }
    }
    return this.#nothing();
  }

  /** Index, from `first` on, of the first (backwards: the last) match among these places; −1 if there is none. */
  #read(first: number, last: number): number {
    const { needle, backwards } = this._range;
    const count = last - first + needle.length;
    this._memory.readInto(first, count, this._buffer, 0);
    return indexOf(this._buffer, count, needle, { borders: this._borders, backwards });
  }

  #found(offset: number): SearchedPiece {
    return { offset, searchedBytes: this._range.lengthBytes };
  }

  #nothing(): SearchedPiece {
    return { offset: undefined, searchedBytes: this._range.lengthBytes };
  }
}

/** By length of a beginning of the pattern: its longest proper beginning that is also its end (Knuth, Morris, Pratt). */
function bordersOf(needle: Uint8Array, backwards: boolean): Int32Array {
  const byte = (index: number): number => byteAt(needle, backwards ? needle.length - 1 - index : index);
  const borders = new Int32Array(needle.length + 1);
  borders[0] = -1;
  for (let index = 0, border = -1; index < needle.length; index++) {
    while (border >= 0 && byte(border) !== byte(index)) border = at(borders, border);
    border += 1;
    borders[index + 1] = border;
  }
  return borders;
}

/** Where a pattern begins in the first `count` bytes: its first match, backwards its last; −1 if there is none. */
function indexOf(
  bytes: Uint8Array,
  count: number,
  needle: Uint8Array,
  { borders, backwards }: { readonly borders: Int32Array; readonly backwards: boolean },
): number {
  const { length } = needle;
  for (let index = 0, matched = 0; index < count; index++) {
    const byte = byteAt(bytes, backwards ? count - 1 - index : index);
    while (matched >= 0 && byteAt(needle, backwards ? length - 1 - matched : matched) !== byte) {
      matched = at(borders, matched);
    }
    matched += 1;
    if (matched === length) return backwards ? count - 1 - index : index - length + 1;
  }
  return -1;
}

/** One side of a comparison. */
export interface ComparedSide {
  readonly memory: SparseMemory;
  readonly offset: number;
}

/** Compares the beginning of two ranges; what neither memory has written is equal without being read. */
export function comparePiece(
  a: ComparedSide,
  b: ComparedSide,
  lengthBytes: number,
  budget = READ_BUDGET_BYTES,
): ComparedPiece {
  const ours = new Uint8Array(PAGE_BYTES);
  const theirs = new Uint8Array(PAGE_BYTES);
  const runs = new Runs();
  let done = 0;
  for (let left = budget; done < lengthBytes && left > 0;) {
    const skip = Math.min(
      lengthBytes,
      a.memory.nextWritten(a.offset + done) - a.offset,
      b.memory.nextWritten(b.offset + done) - b.offset,
    );
    if (skip > done) {
      done = skip;
      continue;
    }
    const count = Math.min(PAGE_BYTES, lengthBytes - done);
    a.memory.readInto(a.offset + done, count, ours, 0);
    b.memory.readInto(b.offset + done, count, theirs, 0);
    runs.addDifferences(ours, theirs, count, done);
    done += count;
    left -= count;
  }
  return { comparedBytes: done, differentBytes: runs.bytes, ranges: runs.ranges };
}

/** Bytes that differ, as runs in ascending order. */
class Runs {
  bytes = 0;
  readonly ranges: { offset: number; lengthBytes: number }[] = [];

  /** @param offset of the first byte of both. */
  addDifferences(ours: Uint8Array, theirs: Uint8Array, count: number, offset: number): void {
    for (let index = 0; index < count; index++) {
      if (byteAt(ours, index) === byteAt(theirs, index)) continue;
      let end = index + 1;
      while (end < count && byteAt(ours, end) !== byteAt(theirs, end)) end++;
      this.#add(offset + index, end - index);
      index = end;
    }
  }

  #add(offset: number, lengthBytes: number): void {
    this.bytes += lengthBytes;
    const last = this.ranges.at(-1);
    if (last !== undefined && last.offset + last.lengthBytes === offset) last.lengthBytes += lengthBytes;
    else if (this.ranges.length < MAX_RANGES) this.ranges.push({ offset, lengthBytes });
  }
}
