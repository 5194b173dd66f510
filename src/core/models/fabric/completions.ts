/*
 * Turning requests into completions.
 */
import { invariant } from '../../../base/invariant.ts';
import { type CompletionLimits, completionLength } from '../../pcie/splitting.ts';
import {
  COMPLETION_HEADER_BYTES,
  COMPLETION_STATUS,
  type CompletionStatus,
  TLP_CLASS,
  TLP_KIND,
} from '../../pcie/tlp.ts';
import { byteAt, doubleAt, int32At } from '../../sim/cells.ts';
import type { ByteSource } from '../ports.ts';
import { KIND_CLASS, NONE, type TlpPool } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';

/** Where a completer's answers leave. */
export interface CompletionPath {
  readonly egress: Transmitter;
  readonly source: number;
  /** 4 if the completer adds an ECRC digest. */
  readonly digestBytes: number;
}

/** True if somebody waits for an answer. */
export function wantsCompletion(pool: TlpPool, slot: number): boolean {
  return byteAt(KIND_CLASS, byteAt(pool.kind, slot)) === TLP_CLASS.nonPosted;
}

/**
 * Answers a read with its data, split at the Read Completion Boundary, and ends the request. The request's receive
 * buffer is freed when the last completion has left, so a completer never takes more reads than it can answer.
 */
export function completeRead(
  pool: TlpPool,
  request: number,
  memory: ByteSource,
  offset: number,
  limits: CompletionLimits,
  path: CompletionPath,
): void {
  const address = doubleAt(pool.address, request);
  const length = int32At(pool.lengthBytes, request);
  let done = 0;
  while (done < length) {
    const count = completionLength(address + done, length - done, limits);
    const slot = completion(pool, request, TLP_KIND.CplD, address + done, count, path.digestBytes);
    memory.readInto(offset + done, count, pool.payload, slot * pool.strideBytes);
    done += count;
    if (done === length) endRequest(pool, request, slot);
    path.egress.enqueue(slot, path.source);
  }
}

/** Answers a read of 1 to 8 bytes of registers, given as two unsigned double words, and ends the request. */
export function completeRegister(
  pool: TlpPool,
  request: number,
  low: number,
  high: number,
  path: CompletionPath,
): void {
  const length = int32At(pool.lengthBytes, request);
  const slot = completion(pool, request, TLP_KIND.CplD, doubleAt(pool.address, request), length, path.digestBytes);
  const start = slot * pool.strideBytes;
  for (let index = 0; index < length; index++) {
    // Shift counts are taken modulo 32.
    pool.payload[start + index] = (index < 4 ? low : high) >>> (8 * index);
  }
  endRequest(pool, request, slot);
  path.egress.enqueue(slot, path.source);
}

/** Answers a non-posted request with a status and no data, and ends it. */
export function completeWithStatus(
  pool: TlpPool,
  request: number,
  status: CompletionStatus,
  path: CompletionPath,
): void {
  invariant(wantsCompletion(pool, request), () => 'a posted request has no completion');
  const slot = completion(pool, request, TLP_KIND.Cpl, doubleAt(pool.address, request), 0, path.digestBytes);
  pool.status[slot] = status;
  endRequest(pool, request, slot);
  path.egress.enqueue(slot, path.source);
}

/** Frees the receive buffer a TLP occupies, if it does. */
export function releaseBuffer(pool: TlpPool, slot: number, anyTransmitter: Transmitter): void {
  const buffer = int32At(pool.buffer, slot);
  if (buffer === NONE) return;
  pool.buffer[slot] = NONE;
  anyTransmitter.releaseBuffer(buffer, int32At(pool.bufferData, slot));
}

function completion(
  pool: TlpPool,
  request: number,
  kind: 6 | 7,
  address: number,
  count: number,
  digestBytes: number,
): number {
  const slot = pool.allocate();
  pool.describe(slot, kind, address, count, count, COMPLETION_HEADER_BYTES + digestBytes);
  pool.flow[slot] = byteAt(pool.flow, request);
  pool.status[slot] = COMPLETION_STATUS.SC;
  pool.relaxed[slot] = byteAt(pool.relaxed, request);
  pool.requesterId[slot] = int32At(pool.requesterId, request);
  pool.tag[slot] = int32At(pool.tag, request);
  pool.origin[slot] = int32At(pool.origin, request);
  return slot;
}

/** The last completion takes over the request's receive buffer; the request is gone. */
function endRequest(pool: TlpPool, request: number, last: number): void {
  pool.buffer[last] = int32At(pool.buffer, request);
  pool.bufferData[last] = int32At(pool.bufferData, request);
  pool.free(request);
}
