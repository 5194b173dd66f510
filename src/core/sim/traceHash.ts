import { hex } from '../../base/bits.ts';
import { int32At } from './cells.ts';

const FNV_OFFSET_HIGH = 0xcbf29ce4;
const FNV_OFFSET_LOW = 0x84222325;

/**
 * A 64-bit fingerprint of a run, two 32-bit lanes. Every hop is absorbed, in order; two runs that differ in
 * the time, place or content of one hop differ in the hash (to chance). Not cryptographic.
 */
export class TraceHash {
  /** Two lanes. In a typed array, because engines box 32-bit integers in object fields. */
  readonly #lanes = Int32Array.of(FNV_OFFSET_HIGH, FNV_OFFSET_LOW);

  /** Absorbs one hop; the arguments are those of HopRecorder.record. */
  absorb(start_ps: number, end_ps: number, place: number, address: number, lengthBytes: number, serial: number): void {
    const lanes = this.#lanes;
    let a = int32At(lanes, 0);
    let b = int32At(lanes, 1);
    // `| 0` of a double is its value modulo 2^32; times are below 2^53, addresses below 2^52.
    a = Math.imul(a ^ start_ps, 0x85ebca6b);
    b = Math.imul(b ^ end_ps, 0xc2b2ae35);
    a = Math.imul(((a << 13) | (a >>> 19)) ^ address, 0x9e3779b1);
    b = Math.imul(((b << 15) | (b >>> 17)) ^ (place + Math.imul(lengthBytes, 0x10001)), 0x27d4eb2f);
    a = Math.imul(((a << 11) | (a >>> 21)) ^ ((address / 0x1_0000_0000) | 0) ^ b, 0x165667b1);
    b = Math.imul(((b << 17) | (b >>> 15)) ^ serial ^ a, 0x2c1b3c6d);
    lanes[0] = a;
    lanes[1] = b;
  }

  /** 16 hexadecimal digits. */
  text(): string {
    return hex(int32At(this.#lanes, 0) >>> 0, 8) + hex(int32At(this.#lanes, 1) >>> 0, 8);
  }
}
