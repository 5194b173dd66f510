import { offsetIn } from '../../../base/bits.ts';
import { requestLength } from '../../pcie/splitting.ts';
import { TLP_CLASS, type TlpKind } from '../../pcie/tlp.ts';
import type { TlpPool } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';

/**
 * Sends a TLP with payload as several, none longer than `limitBytes`; the last one takes over its receive buffer.
 * Root complexes may do this, switches never (semantics reference P-2).
 */
export function repacketise(
  pool: TlpPool,
  slot: number,
  limitBytes: number,
  egress: Transmitter,
  source: number,
): void {
  const address = pool.address(slot);
  const length = pool.lengthBytes(slot);
  const headerBytes = pool.wireBytes(slot) - ((offsetIn(address, 4) + length + 3) & ~3);
  for (let done = 0; done < length;) {
    const count = requestLength(address + done, length - done, limitBytes);
    const piece = pool.allocate();
    pool.describe(piece, kindOf(pool, slot), pool.flow(slot), address + done, count, count, headerBytes);
    pool.copyTransaction(piece, slot);
    pool.copyAttributes(piece, slot);
    pool.setVia(piece, pool.via(slot));
    if (pool.classOf(slot) === TLP_CLASS.completion) pool.setByteCount(piece, pool.byteCount(slot) - done);
    const from = slot * pool.strideBytes + done;
    pool.payload.copyWithin(piece * pool.strideBytes, from, from + count);
    done += count;
    if (done === length) {
      pool.takeBuffer(piece, slot);
      pool.free(slot);
    }
    egress.enqueue(piece, source);
  }
}

/** Kinds that carry payload keep their number. */
function kindOf(pool: TlpPool, slot: number): TlpKind {
  return pool.kind(slot) === 1 ? 1 : 7;
}
