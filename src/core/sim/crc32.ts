/*
 * CRC-32 as in Ethernet, zip and PNG: reflected polynomial 0xedb88320, initial value and final inversion all ones.
 * Eight bytes a step ("slicing by eight", Kounavis and Berry 2005); the tables are computed.
 */
import { byteAt, int32At } from './cells.ts';

const POLYNOMIAL = 0xedb88320;
const SLICES = 8;

/** Entry [slice · 256 + byte]: the remainder of `byte` followed by `slice` zero bytes. */
const TABLES: Int32Array = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
    tables[byte] = remainder;
  }
  for (let index = 256; index < SLICES * 256; index++) {
    const previous = int32At(tables, index - 256);
    tables[index] = (previous >>> 8) ^ int32At(tables, previous & 255);
  }
  return tables;
}

/**
 * Continues a CRC-32 over more bytes.
 * @param crc the value so far, 0 at the start. @returns the CRC as an unsigned 32-bit number.
 */
export function crc32(bytes: Uint8Array, crc = 0): number {
  const t = TABLES;
  let c = ~crc;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    const low =
      c ^
      (byteAt(bytes, i) | (byteAt(bytes, i + 1) << 8) | (byteAt(bytes, i + 2) << 16) | (byteAt(bytes, i + 3) << 24));
    c =
      int32At(t, 0x700 + (low & 255)) ^
      int32At(t, 0x600 + ((low >>> 8) & 255)) ^
      int32At(t, 0x500 + ((low >>> 16) & 255)) ^
      int32At(t, 0x400 + (low >>> 24)) ^
      int32At(t, 0x300 + byteAt(bytes, i + 4)) ^
      int32At(t, 0x200 + byteAt(bytes, i + 5)) ^
      int32At(t, 0x100 + byteAt(bytes, i + 6)) ^
      int32At(t, byteAt(bytes, i + 7));
  }
  for (; i < bytes.length; i++) c = (c >>> 8) ^ int32At(t, (c ^ byteAt(bytes, i)) & 255);
  return ~c >>> 0;
}
