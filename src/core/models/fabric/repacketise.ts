import { requestLength } from '../../pcie/splitting.ts';
import type { TlpKind } from '../../pcie/tlp.ts';
import { byteAt, doubleAt, int32At } from '../../sim/cells.ts';
import { NONE, type TlpPool } from './tlpPool.ts';
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
  const address = doubleAt(pool.address, slot);
  const length = int32At(pool.lengthBytes, slot);
  const kind = kindOf(pool, slot);
  for (let done = 0; done < length;) {
    const count = requestLength(address + done, length - done, limitBytes);
    const piece = pool.allocate();
    pool.describe(piece, kind, address + done, count, count, int32At(pool.headerBytes, slot));
    pool.flow[piece] = byteAt(pool.flow, slot);
    pool.status[piece] = byteAt(pool.status, slot);
    pool.relaxed[piece] = byteAt(pool.relaxed, slot);
    pool.requesterId[piece] = int32At(pool.requesterId, slot);
    pool.tag[piece] = int32At(pool.tag, slot);
    pool.origin[piece] = int32At(pool.origin, slot);
    pool.via[piece] = int32At(pool.via, slot);
    const from = slot * pool.strideBytes + done;
    pool.payload.copyWithin(piece * pool.strideBytes, from, from + count);
    done += count;
    if (done === length) {
      pool.buffer[piece] = int32At(pool.buffer, slot);
      pool.bufferData[piece] = int32At(pool.bufferData, slot);
      pool.buffer[slot] = NONE;
      pool.free(slot);
    }
    egress.enqueue(piece, source);
  }
}

/** Kinds that carry payload keep their number. */
function kindOf(pool: TlpPool, slot: number): TlpKind {
  return byteAt(pool.kind, slot) === 1 ? 1 : 7;
}
