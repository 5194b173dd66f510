import { hex } from '../../base/bits.ts';

const FNV_OFFSET_HIGH = 0xcbf29ce4;
const FNV_OFFSET_LOW = 0x84222325;

/**
 * A 64-bit fingerprint of a run, two 32-bit lanes. What happens is absorbed in order; two runs that differ in one word
 * differ in the hash (to chance). Not cryptographic.
 */
export class TraceHash {
  /** Two lanes. In a typed array, because engines box 32-bit integers in object fields. */
  private readonly _lanes = Int32Array.of(FNV_OFFSET_HIGH, FNV_OFFSET_LOW);

  /** Absorbs four 32-bit words. */
  absorb(w: number, x: number, y: number, z: number): void {
    const lanes = this._lanes;
    let a = lanes[0] as number;
    let b = lanes[1] as number;
    a = Math.imul(a ^ w, 0x85ebca6b);
    b = Math.imul(b ^ x, 0xc2b2ae35);
    a = Math.imul(((a << 13) | (a >>> 19)) ^ y, 0x9e3779b1) ^ b;
    b = Math.imul(((b << 15) | (b >>> 17)) ^ z, 0x27d4eb2f) ^ a;
    lanes[0] = (a << 11) | (a >>> 21);
    lanes[1] = (b << 17) | (b >>> 15);
  }

  /** 16 hexadecimal digits. */
  text(): string {
    return hex((this._lanes[0] as number) >>> 0, 8) + hex((this._lanes[1] as number) >>> 0, 8);
  }
}
