/*
 * Spoils the requests of one function as it sends them, a counted number of each kind.
 */
import { offsetIn } from '../../../base/bits.ts';
import { REQUEST_BOUNDARY_BYTES, requestHeaderBytes, TLP_KIND } from '../../pcie/tlp.ts';
import { DIGEST, TLP_ATTRIBUTE, type TlpPool } from '../fabric/tlpPool.ts';

/** What can be wrong with a request. */
export type RequestFault = 'poison' | 'malformed' | 'corruptDigest' | 'spoofRequester' | 'strayAddress';

/** A page that no window, BAR or RAM of any machine contains. */
export const STRAY_PAGE = 0xf_0000_0000_0000;

export interface RequestFaultParts {
  readonly pool: TlpPool;
  /** 4 while the function adds digests. */
  readonly digestBytes: () => number;
  /** Max_Payload_Size of the receiver at the other end of its link. */
  readonly receiverMpsBytes: () => number;
  /** Called when a fault has been used up. */
  readonly onDone: () => void;
}

export class RequestFaults {
  private readonly _parts: RequestFaultParts;
  private readonly _left: Record<RequestFault, number> = {
    poison: 0,
    malformed: 0,
    corruptDigest: 0,
    spoofRequester: 0,
    strayAddress: 0,
  };

  constructor(parts: RequestFaultParts) {
    this._parts = parts;
  }

  /** The next `count` requests that the fault can act on are spoiled. */
  add(fault: RequestFault, count: number): void {
    this._left[fault] += count;
  }

  left(fault: RequestFault): number {
    return this._left[fault];
  }

  get isDone(): boolean {
    return Object.values(this._left).every((count) => count === 0);
  }

  /** Spoils a request that is about to be sent, as far as faults are left for it. */
  spoil(slot: number): void {
    const { pool } = this._parts;
    const isWrite = pool.kind(slot) === TLP_KIND.MWr;
    if (this.#takes('strayAddress')) {
      const offset = offsetIn(pool.address(slot), REQUEST_BOUNDARY_BYTES);
      pool.setAddress(slot, STRAY_PAGE + offset);
    }
    if (isWrite && this.#takes('malformed')) this.#lengthen(slot);
    if (isWrite && this.#takes('poison')) pool.addAttributes(slot, TLP_ATTRIBUTE.poisoned);
    if (pool.digest(slot) !== DIGEST.none && this.#takes('corruptDigest')) pool.setDigest(slot, DIGEST.bad);
    if (this.#takes('spoofRequester')) {
      const id = pool.requesterId(slot);
      const otherBus = ((id >> 8) + 1) & 0xff;
      pool.setTransaction(slot, (otherBus << 8) | (id & 0xff), pool.tag(slot), pool.origin(slot));
    }
    if (this.isDone) this._parts.onDone();
  }

  #takes(fault: RequestFault): boolean {
    if (this._left[fault] === 0) return false;
    this._left[fault]--;
    return true;
  }

  /** One double word more than the receiver accepts; what is behind the device's own bytes is whatever was there. */
  #lengthen(slot: number): void {
    const { pool, digestBytes, receiverMpsBytes } = this._parts;
    const address = pool.address(slot);
    const length = receiverMpsBytes() + 4;
    pool.describe(
      slot,
      TLP_KIND.MWr,
      pool.flow(slot),
      address,
      length,
      length,
      requestHeaderBytes(address) + digestBytes(),
    );
  }
}
