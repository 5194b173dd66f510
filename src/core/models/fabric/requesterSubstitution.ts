/*
 * Where PCI segments meet, bus numbers repeat: a request that crosses carries the requester ID and a tag of the root
 * complex, and its completions get the original ones back (semantics reference R-9).
 */
import { int32At } from '../../sim/cells.ts';
import { TLP_CLASS, TLP_KIND } from '../../pcie/tlp.ts';
import type { TlpPool } from './tlpPool.ts';

/** Reads that may be under way between segments; when all are, the oldest is given up. */
const ENTRIES = 4096;

export class RequesterSubstitution {
  private readonly _pool: TlpPool;
  /** By tag of the root complex: the requester's own ID and tag, and the bytes that are still to come (0 = free). */
  private readonly _requesterId = new Int32Array(ENTRIES);
  private readonly _tag = new Int32Array(ENTRIES);
  private readonly _missing = new Int32Array(ENTRIES);
  private _last = 0;

  constructor(pool: TlpPool) {
    this._pool = pool;
  }

  /** A request leaves its segment. @param ownId requester ID of the root complex in the segment it enters. */
  replace(slot: number, ownId: number): void {
    const pool = this._pool;
    const isPosted = pool.classOf(slot) === TLP_CLASS.posted;
    const entry = isPosted ? 0 : this.#take();
    if (!isPosted) {
      this._requesterId[entry] = pool.requesterId(slot);
      this._tag[entry] = pool.tag(slot);
      this._missing[entry] = pool.kind(slot) === TLP_KIND.CAS ? pool.lengthBytes(slot) / 2 : pool.lengthBytes(slot);
    }
    pool.setTransaction(slot, ownId, entry, pool.origin(slot));
  }

  /** A completion comes back. @returns false if nobody waits for it. */
  restore(slot: number): boolean {
    const pool = this._pool;
    const entry = pool.tag(slot);
    const missing = entry < ENTRIES ? int32At(this._missing, entry) : 0;
    if (missing === 0) return false;
    const isLast = pool.kind(slot) === TLP_KIND.Cpl || pool.lengthBytes(slot) >= missing;
    this._missing[entry] = isLast ? 0 : missing - pool.lengthBytes(slot);
    pool.setTransaction(slot, int32At(this._requesterId, entry), int32At(this._tag, entry), pool.origin(slot));
    return true;
  }

  /** The next free entry; after a whole turn without one, the oldest. */
  #take(): number {
    for (let step = 1; step <= ENTRIES; step++) {
      const entry = (this._last + step) % ENTRIES;
      if (int32At(this._missing, entry) > 0) continue;
      this._last = entry;
      return entry;
    }
    this._last = (this._last + 1) % ENTRIES;
    return this._last;
  }
}
