/*
 * Atomic operations at a completer: non-posted requests with operands; the answer is the value that was there before.
 */
import { invariant } from '../../../base/invariant.ts';
import { byteAt } from '../../sim/cells.ts';
import { COMPLETION_HEADER_BYTES, TLP_KIND, type TlpKind } from '../../pcie/tlp.ts';
import type { ByteSink, ByteSource } from '../ports.ts';
import type { CompletionPath } from './completions.ts';
import type { TlpPool } from './tlpPool.ts';

/** TLP_KIND of FetchAdd, Swap and CAS. */
export type AtomicKind = 12 | 13 | 14;

/** True for FetchAdd, Swap and CAS. */
export function isAtomic(pool: TlpPool, slot: number): boolean {
  // TLP_KIND in figures, see TlpPool.
  return pool.kind(slot) >= 12;
}

/**
 * Bytes of payload of an atomic request: one operand, or for compare-and-swap the compare value and the new one.
 * @param operandBytes 4 or 8; 16 for compare-and-swap only.
 */
export function atomicPayloadBytes(kind: TlpKind, operandBytes: number): number {
  const isCompare = kind === TLP_KIND.CAS;
  invariant(
    operandBytes === 4 || operandBytes === 8 || (operandBytes === 16 && isCompare),
    () => `no atomic operation on ${operandBytes} bytes`,
  );
  return isCompare ? 2 * operandBytes : operandBytes;
}

/**
 * Carries out an atomic request on memory. The request's payload becomes the old value.
 * @spec PCIe Base 5.0 §6.15
 */
export function performAtomic(pool: TlpPool, slot: number, memory: ByteSource & ByteSink, offset: number): void {
  const { payload } = pool;
  const kind = pool.kind(slot);
  const start = slot * pool.strideBytes;
  const length = pool.lengthBytes(slot);
  const bytes = kind === TLP_KIND.CAS ? length / 2 : length;
  // Behind the operands: a slot holds at least 64 bytes, operands have at most 32.
  const old = start + length;
  memory.readInto(offset, bytes, payload, old);
  if (kind === TLP_KIND.FetchAdd) addInPlace(payload, start, old, bytes);
  const written = kind === TLP_KIND.CAS ? start + bytes : start;
  if (kind !== TLP_KIND.CAS || isEqual(payload, start, old, bytes)) memory.writeFrom(offset, bytes, payload, written);
  payload.copyWithin(start, old, old + bytes);
}

/** Answers an atomic request that has been carried out, and ends it. */
export function completeAtomic(pool: TlpPool, request: number, path: CompletionPath): void {
  const length = pool.lengthBytes(request);
  const bytes = pool.kind(request) === TLP_KIND.CAS ? length / 2 : length;
  const slot = pool.allocate();
  const headerBytes = COMPLETION_HEADER_BYTES + path.digestBytes;
  pool.describe(slot, TLP_KIND.CplD, pool.flow(request), pool.address(request), bytes, bytes, headerBytes);
  pool.copyTransaction(slot, request);
  pool.addAttributes(slot, path.stamp);
  pool.setByteCount(slot, bytes);
  const from = request * pool.strideBytes;
  pool.payload.copyWithin(slot * pool.strideBytes, from, from + bytes);
  pool.takeBuffer(slot, request);
  pool.free(request);
  path.egress.enqueue(slot, path.source);
}

/** Little-endian sum, modulo the operand's size. */
function addInPlace(payload: Uint8Array, target: number, other: number, bytes: number): void {
  let carry = 0;
  for (let index = 0; index < bytes; index++) {
    const sum = byteAt(payload, target + index) + byteAt(payload, other + index) + carry;
    payload[target + index] = sum & 0xff;
    carry = sum >> 8;
  }
}

function isEqual(payload: Uint8Array, one: number, other: number, bytes: number): boolean {
  for (let index = 0; index < bytes; index++) {
    if (byteAt(payload, one + index) !== byteAt(payload, other + index)) return false;
  }
  return true;
}
