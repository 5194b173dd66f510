import { invariant } from '../../../base/invariant.ts';
import { byteAt, doubleAt } from '../../sim/cells.ts';

export const CACHE_LINE_BYTES = 64;

export interface CacheShape {
  readonly sizeBytes: number;
  readonly ways: number;
  /** Ways that writes of devices may fill, 1…ways. */
  readonly ioWays: number;
}

/** Performance reference, section 6: 2 of 20 ways; the size is that of a server of ten years ago. */
export const DEFAULT_CACHE: CacheShape = { sizeBytes: 32 * 2 ** 20, ways: 20, ioWays: 2 };

const DIRTY = 0x80;

/**
 * Which lines of memory the last-level cache of one socket holds; their bytes are in memory all the same. Replaces the
 * line that was used least recently among the ways the accessor may fill.
 *
 *   way        0 1 │ 2 … 19
 *   devices    fill│ find only
 *   cores      fill  fill
 *
 * @spec performance reference, section 6: I/O share of the last-level cache
 * @simplifies A line's set is its number modulo the number of sets; there is no hash and no slice. A device's write to
 * part of a line that is not there does not fetch the rest.
 */
export class LastLevelCache {
  /** Line that the last access pushed out and that must be written back, or −1; and whose payload it holds (FLOW). */
  evicted = -1;
  evictedFlow = 0;
  private readonly _sets: number;
  private readonly _ways: number;
  private readonly _ioWays: number;
  /** [set · ways + way]: line number, −1 = empty; when it was used last; DIRTY and FLOW of the write. */
  private readonly _line: Float64Array;
  private readonly _used: Float64Array;
  private readonly _state: Uint8Array;
  private _clock = 0;

  constructor(shape: CacheShape) {
    this._ways = shape.ways;
    this._ioWays = shape.ioWays;
    this._sets = Math.floor(shape.sizeBytes / CACHE_LINE_BYTES / shape.ways);
    invariant(
      this._sets >= 1 && shape.ioWays >= 1 && shape.ioWays <= shape.ways,
      () => `not a cache: ${shape.sizeBytes} B, ${shape.ioWays} of ${shape.ways} ways`,
    );
    this._line = new Float64Array(this._sets * this._ways).fill(-1);
    this._used = new Float64Array(this._sets * this._ways);
    this._state = new Uint8Array(this._sets * this._ways);
  }

  /** A device reads a line: found or not, nothing is filled. */
  deviceRead(line: number): boolean {
    const place = this.#find(line);
    if (place >= 0) this.#touch(place);
    return place >= 0;
  }

  /** A device writes a line: where it is, or into the ways for devices. @param flow flow byte. */
  deviceWrite(line: number, flow: number): void {
    this.#store(line, flow, this._ioWays);
  }

  /** A core stores to a line, in any way. */
  coreWrite(line: number, flow: number): void {
    this.#store(line, flow, this._ways);
  }

  /** A core loads a line. @returns false if it had to be fetched. */
  coreRead(line: number): boolean {
    this.evicted = -1;
    const place = this.#find(line);
    if (place >= 0) {
      this.#touch(place);
      return true;
    }
    this._state[this.#fill(line, this._ways)] = 0;
    return false;
  }

  /** Streaming stores go past the cache; an older copy of what they overwrite is worth nothing. */
  dropRange(offset: number, lengthBytes: number): void {
    const last = Math.floor((offset + lengthBytes - 1) / CACHE_LINE_BYTES);
    for (let line = Math.floor(offset / CACHE_LINE_BYTES); line <= last; line++) {
      const place = this.#find(line);
      if (place < 0) continue;
      this._line[place] = -1;
      this._used[place] = 0;
      this._state[place] = 0;
    }
  }

  #store(line: number, flow: number, ways: number): void {
    this.evicted = -1;
    const found = this.#find(line);
    const place = found >= 0 ? found : this.#fill(line, ways);
    this.#touch(place);
    this._state[place] = DIRTY | (flow & 3);
  }

  /** Takes the place used least recently among the first `ways` of a line's set. */
  #fill(line: number, ways: number): number {
    const first = (line % this._sets) * this._ways;
    let oldest = first;
    for (let place = first + 1; place < first + ways; place++) {
      if (doubleAt(this._used, place) < doubleAt(this._used, oldest)) oldest = place;
    }
    const state = byteAt(this._state, oldest);
    if (state >= DIRTY) {
      this.evicted = doubleAt(this._line, oldest);
      this.evictedFlow = state & ~DIRTY;
    }
    this._line[oldest] = line;
    this.#touch(oldest);
    return oldest;
  }

  #find(line: number): number {
    const first = (line % this._sets) * this._ways;
    const end = first + this._ways;
    for (let place = first; place < end; place++) if (doubleAt(this._line, place) === line) return place;
    return -1;
  }

  #touch(place: number): void {
    this._used[place] = ++this._clock;
  }
}
