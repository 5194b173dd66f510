/*
 * Turning requests into completions.
 */
import { invariant } from '../../../base/invariant.ts';
import { type CompletionLimits, completionLength } from '../../pcie/splitting.ts';
import { COMPLETION_HEADER_BYTES, type CompletionStatus, TLP_KIND } from '../../pcie/tlp.ts';
import type { ByteSource } from '../ports.ts';
import { NONE, type TlpPool } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';

/** Where a completer's answers leave. */
export interface CompletionPath {
  readonly egress: Transmitter;
  readonly source: number;
  /** 4 if the completer adds an ECRC digest. */
  readonly digestBytes: number;
  /** Completer ID in bits 31:16, attributes (TLP_ATTRIBUTE) below: what all its answers carry. */
  readonly stamp: number;
}

/** Spoils answers on purpose. */
export type Spoiler = (slot: number) => void;

/** True if somebody waits for an answer. */
export function wantsCompletion(pool: TlpPool, slot: number): boolean {
  return pool.classOf(slot) === 1;
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
  spoil?: Spoiler,
): void {
  const address = pool.address(request);
  const length = pool.lengthBytes(request);
  let done = 0;
  while (done < length) {
    const count = completionLength(address + done, length - done, limits);
    const slot = completion(pool, request, TLP_KIND.CplD, address + done, count, path);
    pool.setByteCount(slot, length - done);
    memory.readInto(offset + done, count, pool.payload, slot * pool.strideBytes);
    if (spoil !== undefined) spoil(slot);
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
  const length = pool.lengthBytes(request);
  const slot = completion(pool, request, TLP_KIND.CplD, pool.address(request), length, path);
  pool.setByteCount(slot, length);
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
  const slot = completion(pool, request, TLP_KIND.Cpl, pool.address(request), 0, path);
  pool.setByteCount(slot, pool.lengthBytes(request));
  pool.setStatus(slot, status);
  endRequest(pool, request, slot);
  path.egress.enqueue(slot, path.source);
}

/** Frees the receive buffer a TLP occupies, if it does. */
export function releaseBuffer(pool: TlpPool, slot: number, anyTransmitter: Transmitter): void {
  const buffer = pool.buffer(slot);
  if (buffer < 0) return;
  const data = pool.bufferData(slot);
  pool.setBuffer(slot, NONE, 0);
  anyTransmitter.releaseBuffer(buffer, data);
}

function completion(
  pool: TlpPool,
  request: number,
  kind: 6 | 7,
  address: number,
  count: number,
  path: CompletionPath,
): number {
  const slot = pool.allocate();
  pool.describe(slot, kind, pool.flow(request), address, count, count, COMPLETION_HEADER_BYTES + path.digestBytes);
  pool.copyTransaction(slot, request);
  pool.addAttributes(slot, path.stamp);
  return slot;
}

/** The last completion takes over the request's receive buffer; the request is gone. */
function endRequest(pool: TlpPool, request: number, last: number): void {
  pool.takeBuffer(last, request);
  pool.free(request);
}
