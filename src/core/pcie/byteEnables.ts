/*
 * Memory requests address double words; byte enables say which bytes of the first and last one are meant.
 */
import { invariant } from '../../base/invariant.ts';

export interface ByteEnables {
  /** Address of the first double word. */
  readonly address: number;
  readonly lengthDw: number;
  /** Bit n = byte n of the first double word. */
  readonly first: number;
  /** Bit n = byte n of the last double word; 0 for requests of one double word. */
  readonly last: number;
}

/**
 * @param address of the first byte. @param lengthBytes 1…4096.
 * @spec PCIe Base 5.0 §2.2.5 (semantics reference 7.2)
 */
export function byteEnablesOf(address: number, lengthBytes: number): ByteEnables {
  invariant(lengthBytes >= 1 && lengthBytes <= 4096, () => `no byte enables for ${lengthBytes} bytes`);
  const lead = address % 4;
  const lengthDw = Math.ceil((lead + lengthBytes) / 4);
  const tail = lengthDw * 4 - lead - lengthBytes;
  const fromLead = (0b1111 << lead) & 0b1111;
  const toTail = 0b1111 >> tail;
  return lengthDw === 1
    ? { address: address - lead, lengthDw, first: fromLead & toTail, last: 0 }
    : { address: address - lead, lengthDw, first: fromLead, last: toTail };
}

/** The bytes a request means, from its double words and byte enables (both contiguous). */
export function bytesOfEnables(enables: ByteEnables): { readonly address: number; readonly lengthBytes: number } {
  const lead = trailingZeros(enables.first);
  const lastMask = enables.lengthDw === 1 ? enables.first : enables.last;
  const tail = Math.clz32(lastMask) - 28;
  return { address: enables.address + lead, lengthBytes: enables.lengthDw * 4 - lead - tail };
}

function trailingZeros(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
