import { invariant } from '../../../base/invariant.ts';
import { PS_PER_SECOND } from '../../../base/units.ts';

/**
 * A producer of constant rate with a finite buffer: it stops while the buffer is full and goes on as soon
 * as something is taken. Costs no events: the level is computed when asked for.
 */
export class FilledBuffer {
  private readonly _bytesPerPs: number;
  private readonly _capacityBytes: number;
  private _levelBytes = 0;
  private _at_ps = 0;

  /** @param bytesPerSecond > 0. @param capacityBytes at least the largest amount ever taken at once. */
  constructor(bytesPerSecond: number, capacityBytes: number) {
    invariant(bytesPerSecond > 0 && capacityBytes > 0, () => `rate ${bytesPerSecond} B/s, buffer ${capacityBytes} B`);
    this._bytesPerPs = bytesPerSecond / PS_PER_SECOND;
    this._capacityBytes = capacityBytes;
  }

  /** The buffer is empty and production starts now. */
  restart(now_ps: number): void {
    this._levelBytes = 0;
    this._at_ps = now_ps;
  }

  /** Whole picoseconds until `lengthBytes` are in the buffer. */
  delay(now_ps: number, lengthBytes: number): number {
    this.#advance(now_ps);
    const missing = lengthBytes - this._levelBytes;
    return missing <= 0 ? 0 : Math.ceil(missing / this._bytesPerPs);
  }

  /** Takes bytes that are there. */
  take(now_ps: number, lengthBytes: number): void {
    this.#advance(now_ps);
    // The level is a rounded sum; after waiting the whole picoseconds of `delay` it may lack a tiny fraction of a byte.
    invariant(this._levelBytes - lengthBytes > -1e-3, () => `${lengthBytes} B taken of ${this._levelBytes} B`);
    this._levelBytes -= lengthBytes;
  }

  #advance(now_ps: number): void {
    const level = this._levelBytes + (now_ps - this._at_ps) * this._bytesPerPs;
    this._levelBytes = level < this._capacityBytes ? level : this._capacityBytes;
    this._at_ps = now_ps;
  }
}

/**
 * A consumer of constant rate behind a finite buffer. Room is reserved before bytes are asked for; they are
 * consumed in order, back to back, from the moment they are there.
 */
export class DrainedBuffer {
  private readonly _bytesPerPs: number;
  private readonly _capacityBytes: number;
  /** Reserved and not yet put in. */
  private _reservedBytes = 0;
  /** When the last byte put in will have been consumed. */
  private _empty_ps = 0;

  constructor(bytesPerSecond: number, capacityBytes: number) {
    invariant(bytesPerSecond > 0 && capacityBytes > 0, () => `rate ${bytesPerSecond} B/s, buffer ${capacityBytes} B`);
    this._bytesPerPs = bytesPerSecond / PS_PER_SECOND;
    this._capacityBytes = capacityBytes;
  }

  get reservedBytes(): number {
    return this._reservedBytes;
  }

  /** Whole picoseconds until `lengthBytes` fit; Infinity = not before reserved bytes have been put in. */
  delay(now_ps: number, lengthBytes: number): number {
    const waiting = this.#waitingBytes(now_ps);
    const missing = this._reservedBytes + waiting + lengthBytes - this._capacityBytes;
    if (missing <= 0) return 0;
    if (missing > waiting) return Infinity;
    return Math.ceil(missing / this._bytesPerPs);
  }

  reserve(lengthBytes: number): void {
    this._reservedBytes += lengthBytes;
  }

  /** The oldest reserved bytes are there. */
  put(now_ps: number, lengthBytes: number): void {
    invariant(lengthBytes <= this._reservedBytes, () => `${lengthBytes} B put in, ${this._reservedBytes} B reserved`);
    this._reservedBytes -= lengthBytes;
    const start = this._empty_ps > now_ps ? this._empty_ps : now_ps;
    this._empty_ps = start + lengthBytes / this._bytesPerPs;
  }

  /** Whole picoseconds until everything put in has been consumed. */
  drainDelay(now_ps: number): number {
    return this._empty_ps > now_ps ? Math.ceil(this._empty_ps - now_ps) : 0;
  }

  reset(): void {
    this._reservedBytes = 0;
    this._empty_ps = 0;
  }

  #waitingBytes(now_ps: number): number {
    return this._empty_ps > now_ps ? (this._empty_ps - now_ps) * this._bytesPerPs : 0;
  }
}
