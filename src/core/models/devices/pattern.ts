import type { ByteSource } from '../ports.ts';

const GOLDEN = 0x9e3779b9;

/** The pattern's 32-bit word number `index`: a hash, so that no two places look alike. */
function patternWord(seed: number, index: number): number {
  let z = (seed + Math.imul(index, GOLDEN)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}

/**
 * Endless test bytes that depend only on the seed and the offset: what a wire delivers and what source
 * memories are filled with. The checks at the end of a run compute the same bytes again.
 * Offsets below 2^34 never repeat; beyond, the pattern repeats every 16 GiB.
 */
export class PatternSource implements ByteSource {
  private readonly _seed: number;

  /** @param seed any 32-bit integer. */
  constructor(seed: number) {
    this._seed = seed | 0;
  }

  readInto(offset: number, lengthBytes: number, target: Uint8Array, targetOffset: number): void {
    let done = 0;
    let place = targetOffset;
    // Bytes up to a word boundary, whole words, the rest.
    const lead = (4 - (offset % 4)) % 4;
    const head = lead < lengthBytes ? lead : lengthBytes;
    for (; done < head; done++) target[place++] = this.#byte(offset + done);
    let index = (offset + done) / 4;
    for (; done + 4 <= lengthBytes; done += 4) {
      const word = patternWord(this._seed, index++);
      target[place] = word;
      target[place + 1] = word >> 8;
      target[place + 2] = word >> 16;
      target[place + 3] = word >> 24;
      place += 4;
    }
    for (; done < lengthBytes; done++) target[place++] = this.#byte(offset + done);
  }

  #byte(offset: number): number {
    return patternWord(this._seed, Math.floor(offset / 4)) >> (8 * (offset % 4));
  }
}
