/*
 * What a link that goes down does to the TLPs of one direction.
 *
 *   waiting at the sender        dropped; a request from elsewhere gets UR from the port (PCIe Base 5.0 §2.9.1)
 *   sent, to be sent again       lost
 *   on the wire                  lost, unless its last bit has come
 *   inside the receiver          goes on, unless that is reset with its link: then it is lost and nobody logs it
 */
import { TLP_CLASS } from '../../pcie/tlp.ts';
import { releaseBuffer } from './completions.ts';
import type { TlpTaker } from './fabricParts.ts';
import { NONE, type TlpPool } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';

/** What becomes of a receiver whose link goes down: that below the link is reset with it. */
export type Survivor = 'reset' | 'kept';

/** Takes what still arrives from a link that has gone down: the first TLPs are whole, the others lost. */
export class OutageTaker implements TlpTaker {
  private readonly _pool: TlpPool;
  private _whole: number;
  private _lost: number;
  private readonly _onEnd: () => void;

  /** @param onEnd called after the last one. */
  constructor(pool: TlpPool, whole: number, lost: number, onEnd: () => void) {
    this._pool = pool;
    this._whole = whole;
    this._lost = lost;
    this._onEnd = onEnd;
  }

  onArrive(slot: number, ingress: Transmitter): void {
    if (this._whole > 0) {
      this._whole--;
      ingress.receiver.onArrive(slot, ingress);
      return;
    }
    // It has been counted as arrived.
    if (this._pool.dataCredits(slot) > 0) ingress.flight.arrivedPayload -= this._pool.lengthBytes(slot);
    loseSent(this._pool, slot, ingress);
    this._lost--;
    if (this._lost === 0) this._onEnd();
  }
}

/** A TLP that was sent never arrives: its credits return, its payload is counted as lost. */
export function loseSent(pool: TlpPool, slot: number, over: Transmitter): void {
  if (pool.dataCredits(slot) > 0) over.flight.lostPayload += pool.lengthBytes(slot);
  over.credits.restore(pool.classOf(slot), pool.bufferData(slot));
  pool.setBuffer(slot, NONE, 0);
  pool.free(slot);
}

/**
 * A TLP that waits for a link that is down. A non-posted request that came to this node over another link is answered;
 * one of the node's own functions ends in a completion timeout.
 */
export function loseWaiting(pool: TlpPool, slot: number, egress: Transmitter, isOwn: boolean): void {
  const node = egress.reverse.receiver;
  if (!isOwn && pool.classOf(slot) === TLP_CLASS.nonPosted && node.onUndeliverable !== undefined) {
    node.onUndeliverable(slot);
    return;
  }
  releaseBuffer(pool, slot, egress);
  pool.free(slot);
}
