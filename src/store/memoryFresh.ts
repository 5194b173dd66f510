/*
 * Which bytes of a window have changed, and how long ago: what the hex view lets fade while the machine runs. While it
 * stands nothing fades: what the last change changed stays marked until the next one.
 */

/** 3 = just now … 1 = nearly faded, 0 = not changed lately. */
export const FRESHEST = 3;
/** Age in milliseconds up to which a byte is as fresh as this; index is FRESHEST − level. */
const AGES_MS: readonly number[] = [250, 600, 1000];

export interface FreshWindow {
  /** Anything that tells one memory of one machine from others. */
  readonly source: object;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly now_ms: number;
  /** Marks fade; else they stay until the next change. */
  readonly fades: boolean;
}

export class FreshBytes {
  /** By byte of the window. */
  levels: Uint8Array = new Uint8Array(0);
  #before: Uint8Array = new Uint8Array(0);
  #changed_ms: Float64Array = new Float64Array(0);
  #source: object | undefined;
  #offset = 0;

  /** Takes the bytes as they are now. */
  update({ source, offset, bytes, now_ms, fades }: FreshWindow): void {
    if (this.#source !== source || this.levels.length !== bytes.length) this.#restart(bytes);
    else if (offset !== this.#offset) this.#shift(offset - this.#offset, bytes);
    this.#source = source;
    this.#offset = offset;
    this.#note(bytes, now_ms, fades);
    if (fades) this.#fade(now_ms);
  }

  #restart(bytes: Uint8Array): void {
    this.levels = new Uint8Array(bytes.length);
    this.#before = bytes.slice();
    this.#changed_ms = new Float64Array(bytes.length).fill(-Infinity);
  }

  /** The window moves over the memory: marks move with their bytes, bytes that come into view have no past. */
  #shift(by: number, bytes: Uint8Array): void {
    const { length } = bytes;
    if (Math.abs(by) >= length) return this.#restart(bytes);
    for (const array of [this.levels, this.#before, this.#changed_ms]) {
      array.copyWithin(Math.max(0, -by), Math.max(0, by), length - Math.max(0, -by));
    }
    const from = by > 0 ? length - by : 0;
    const to = by > 0 ? length : -by;
    this.levels.fill(0, from, to);
    this.#changed_ms.fill(-Infinity, from, to);
    this.#before.set(bytes.subarray(from, to), from);
    return undefined;
  }

  #note(bytes: Uint8Array, now_ms: number, fades: boolean): void {
    let isFirst = true;
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte === this.#before[index]) continue;
      if (isFirst && !fades) this.levels.fill(0);
      isFirst = false;
      this.#before[index] = byte;
      this.#changed_ms[index] = now_ms;
      this.levels[index] = FRESHEST;
    }
  }

  #fade(now_ms: number): void {
    for (let index = 0; index < this.levels.length; index += 1) {
      if (this.levels[index] === 0) continue;
      const age_ms = now_ms - (this.#changed_ms[index] ?? -Infinity);
      const step = AGES_MS.findIndex((limit_ms) => age_ms < limit_ms);
      this.levels[index] = step < 0 ? 0 : FRESHEST - step;
    }
  }
}
