/*
 * Spoils what a device answers: refuses, says nothing, or sends wrong data, a counted number of each kind for each
 * function.
 */
import { DIGEST, TLP_ATTRIBUTE, type TlpPool } from '../fabric/tlpPool.ts';

export type CompleterFault = 'completerAbort' | 'noAnswer' | 'poison' | 'corruptDigest';

export class CompleterFaults {
  private readonly _pool: TlpPool;
  /** By function index and fault. */
  private readonly _left = new Map<string, number>();

  constructor(pool: TlpPool) {
    this._pool = pool;
  }

  add(functionIndex: number, fault: CompleterFault, count: number): void {
    this._left.set(keyOf(functionIndex, fault), this.left(functionIndex, fault) + count);
  }

  left(functionIndex: number, fault: CompleterFault): number {
    return this._left.get(keyOf(functionIndex, fault)) ?? 0;
  }

  get isDone(): boolean {
    return this._left.size === 0;
  }

  /** One use of a fault. @returns false if none is left. */
  takes(functionIndex: number, fault: CompleterFault): boolean {
    const left = this.left(functionIndex, fault);
    if (left === 0) return false;
    if (left === 1) this._left.delete(keyOf(functionIndex, fault));
    else this._left.set(keyOf(functionIndex, fault), left - 1);
    return true;
  }

  /** Spoils a completion with data that is about to be sent. */
  spoil(functionIndex: number, slot: number): void {
    const pool = this._pool;
    if (this.takes(functionIndex, 'poison')) pool.addAttributes(slot, TLP_ATTRIBUTE.poisoned);
    if (pool.digest(slot) !== DIGEST.none && this.takes(functionIndex, 'corruptDigest')) {
      pool.setDigest(slot, DIGEST.bad);
    }
  }
}

function keyOf(functionIndex: number, fault: CompleterFault): string {
  return `${functionIndex} ${fault}`;
}
