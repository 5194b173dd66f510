/*
 * How long transfers become TLPs: requests at 4 KiB and at Max_Payload_Size or Max_Read_Request_Size,
 * completions at the Read Completion Boundary.
 */
import { offsetIn } from '../../base/bits.ts';
import { invariant } from '../../base/invariant.ts';
import { REQUEST_BOUNDARY_BYTES } from './tlp.ts';

/** A piece of a transfer, relative to its start. */
export interface Piece {
  readonly offset: number;
  readonly lengthBytes: number;
}

/**
 * How far a completer fills its completions: `mps` = the largest piece that ends on the boundary and fits
 * Max_Payload_Size, `rcb` = a cut at every boundary (performance reference, section 6).
 */
export type CompletionChunk = 'mps' | 'rcb';

export interface CompletionLimits {
  /** 64 or 128. */
  readonly rcbBytes: number;
  /** Max_Payload_Size of the completer, 128…4096. */
  readonly mpsBytes: number;
  readonly chunk: CompletionChunk;
}

/**
 * Length of the next request of a transfer.
 * @param address of the bytes still to be moved. @param leftBytes how many, at least 1.
 * @param limitBytes Max_Payload_Size for writes, Max_Read_Request_Size for reads; a power of two.
 * @returns 1…limitBytes. A misaligned transfer is cut at multiples of the limit, so that all but its first and last
 * request are aligned; because the limit divides 4 KiB, no request crosses that boundary.
 * @spec PCIe performance reference section 2; semantics reference T-2, T-3, T-4
 */
export function requestLength(address: number, leftBytes: number, limitBytes: number): number {
  const unit = limitBytes < REQUEST_BOUNDARY_BYTES ? limitBytes : REQUEST_BOUNDARY_BYTES;
  const toBoundary = unit - offsetIn(address, unit);
  return leftBytes < toBoundary ? leftBytes : toBoundary;
}

/** All requests of a transfer, in address order. @throws InvariantError unless `lengthBytes` ≥ 1. */
export function splitRequests(address: number, lengthBytes: number, limitBytes: number): readonly Piece[] {
  invariant(lengthBytes >= 1, () => `cannot split ${lengthBytes} bytes`);
  const pieces: Piece[] = [];
  for (let offset = 0; offset < lengthBytes;) {
    const length = requestLength(address + offset, lengthBytes - offset, limitBytes);
    pieces.push({ offset, lengthBytes: length });
    offset += length;
  }
  return pieces;
}

/**
 * Length of the next completion of a read.
 * @param address of the first byte not yet answered. @param leftBytes how many are left, at least 1.
 * @returns 1…mpsBytes.
 */
export function completionLength(address: number, leftBytes: number, limits: CompletionLimits): number {
  const { rcbBytes, mpsBytes } = limits;
  if (limits.chunk === 'rcb') {
    const unit = rcbBytes < mpsBytes ? rcbBytes : mpsBytes;
    const toBoundary = unit - offsetIn(address, unit);
    return leftBytes < toBoundary ? leftBytes : toBoundary;
  }
  if (leftBytes <= mpsBytes) return leftBytes;
  // The largest end on a boundary within MPS of the start; MPS is at least 128, so it lies behind the start.
  const farthest = address + mpsBytes;
  return farthest - offsetIn(farthest, rcbBytes) - address;
}

/**
 * Splits the answer to a memory read at the Read Completion Boundary: every piece but the last ends on a multiple of
 * `rcbBytes`, and none exceeds `mpsBytes`.
 * @param lengthBytes 1…4096; the request does not cross a 4 KiB boundary.
 * @returns Pieces in address order; their lengths add up to `lengthBytes`.
 * @throws InvariantError if a range above is broken: requests are checked on entry.
 * @spec PCIe Base 5.0 §2.3.1.1 (semantics reference T-5)
 * @simplifies Completers always send the largest completion their policy allows.
 */
export function splitAtRcb(address: number, lengthBytes: number, limits: CompletionLimits): readonly Piece[] {
  invariant(
    lengthBytes >= 1 && (address % REQUEST_BOUNDARY_BYTES) + lengthBytes <= REQUEST_BOUNDARY_BYTES,
    () => `a read of ${lengthBytes} bytes at ${address} crosses 4 KiB`,
  );
  const pieces: Piece[] = [];
  for (let offset = 0; offset < lengthBytes;) {
    const length = completionLength(address + offset, lengthBytes - offset, limits);
    pieces.push({ offset, lengthBytes: length });
    offset += length;
  }
  return pieces;
}
