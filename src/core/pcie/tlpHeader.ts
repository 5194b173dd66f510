/*
 * The header of a TLP as the bits that are on the wire, for logs: what a Header Log register holds.
 * Facts: semantics reference 7.1 and 7.2, non-flit mode.
 */
import { highDword, lowDword } from '../../base/bits.ts';
import { invariant } from '../../base/invariant.ts';
import type { Bdf } from '../../base/units.ts';
import { byteEnablesOf } from './byteEnables.ts';
import { TLP_KIND, type TlpKind } from './tlp.ts';

/** Codes of the messages this model sends (semantics reference T-8). */
export const MESSAGE_CODE = { ERR_COR: 0x30, ERR_NONFATAL: 0x31, ERR_FATAL: 0x33 } as const;
export type MessageName = keyof typeof MESSAGE_CODE;

/** Fmt bits. */
const FOUR_DW = 0b001;
const WITH_DATA = 0b010;

/** What kinds look like in the first byte; memory requests and atomics take four DWs above 4 GiB. */
interface KindBits {
  readonly type: number;
  readonly withData: boolean;
  readonly layout: 'memory' | 'config' | 'completion' | 'message';
}

const KIND_BITS: Readonly<Record<TlpKind, KindBits>> = {
  [TLP_KIND.MRd]: { type: 0b00000, withData: false, layout: 'memory' },
  [TLP_KIND.MWr]: { type: 0b00000, withData: true, layout: 'memory' },
  [TLP_KIND.IORd]: { type: 0b00010, withData: false, layout: 'memory' },
  [TLP_KIND.IOWr]: { type: 0b00010, withData: true, layout: 'memory' },
  [TLP_KIND.CfgRd0]: { type: 0b00100, withData: false, layout: 'config' },
  [TLP_KIND.CfgWr0]: { type: 0b00100, withData: true, layout: 'config' },
  [TLP_KIND.CfgRd1]: { type: 0b00101, withData: false, layout: 'config' },
  [TLP_KIND.CfgWr1]: { type: 0b00101, withData: true, layout: 'config' },
  [TLP_KIND.Cpl]: { type: 0b01010, withData: false, layout: 'completion' },
  [TLP_KIND.CplD]: { type: 0b01010, withData: true, layout: 'completion' },
  [TLP_KIND.Msg]: { type: 0b10000, withData: false, layout: 'message' },
  [TLP_KIND.MsgD]: { type: 0b10000, withData: true, layout: 'message' },
  [TLP_KIND.FetchAdd]: { type: 0b01100, withData: true, layout: 'memory' },
  [TLP_KIND.Swap]: { type: 0b01101, withData: true, layout: 'memory' },
  [TLP_KIND.CAS]: { type: 0b01110, withData: true, layout: 'memory' },
};

/** The fields of any header; those of other kinds are ignored. */
export interface TlpHeader {
  readonly kind: TlpKind;
  readonly requesterId: Bdf;
  /** 0…1023 */
  readonly tag: number;
  /** Memory requests: of the first byte. Configuration requests: register, 0…4095. Completions: of their first byte. */
  readonly address: number;
  /** Bytes meant by the request or carried by the completion, 0…4096. */
  readonly lengthBytes: number;
  readonly poisoned?: boolean;
  /** An ECRC digest follows. */
  readonly digest?: boolean;
  readonly relaxedOrdering?: boolean;
  readonly idBasedOrdering?: boolean;
  readonly noSnoop?: boolean;
  /** AT, 0…2 */
  readonly addressType?: number;
  /** Configuration requests: the function meant. */
  readonly targetId?: Bdf;
  readonly completerId?: Bdf;
  readonly status?: number;
  /** Completions: bytes of the request still to come, this piece included; 1…4096. */
  readonly byteCount?: number;
  /** Messages */
  readonly code?: number;
}

export type HeaderDwords = readonly [number, number, number, number];

/**
 * Four dwords as a Header Log shows them, unsigned; the fourth is 0 for headers of three.
 * @spec PCIe Base 5.0 §2.2 (semantics reference 7.1, 7.2, T-1, T-5)
 * @simplifies Traffic class, processing hints and byte count modified are 0.
 */
export function headerDwords(header: TlpHeader): HeaderDwords {
  const bits = KIND_BITS[header.kind];
  switch (bits.layout) {
    case 'memory':
      return memoryHeader(header, bits);
    case 'config': {
      const enables = byteEnablesOf(header.address, header.lengthBytes);
      return [
        firstDword(header, bits, false, 1),
        transactionDword(header, enables.first),
        unsigned(((header.targetId ?? 0) << 16) | (enables.address & 0xffc)),
        0,
      ];
    }
    case 'completion':
      return completionHeader(header, bits);
    case 'message':
      return [firstDword(header, bits, true, 0), transactionDword(header, header.code ?? 0), 0, 0];
  }
}

function memoryHeader(header: TlpHeader, bits: KindBits): HeaderDwords {
  const enables = byteEnablesOf(header.address, header.lengthBytes);
  const isLong = header.address >= 2 ** 32;
  const first = firstDword(header, bits, isLong, enables.lengthDw);
  const second = transactionDword(header, (enables.last << 4) | enables.first);
  const low = lowDword(enables.address);
  return isLong ? [first, second, highDword(enables.address), low] : [first, second, low, 0];
}

function completionHeader(header: TlpHeader, bits: KindBits): HeaderDwords {
  const count = header.byteCount ?? header.lengthBytes;
  invariant(count >= 0 && count <= 4096, () => `not a byte count: ${count}`);
  const lengthDw =
    bits.withData && header.lengthBytes > 0 ? byteEnablesOf(header.address, header.lengthBytes).lengthDw : 0;
  const second = ((header.completerId ?? 0) << 16) | ((header.status ?? 0) << 13) | (count & 0xfff);
  const third = (header.requesterId << 16) | ((header.tag & 0xff) << 8) | (lowDword(header.address) & 0x7f);
  return [firstDword(header, bits, false, lengthDw), unsigned(second), unsigned(third), 0];
}

/** @param lengthDw 0…1024; 1024 is written as 0. */
function firstDword(header: TlpHeader, bits: KindBits, fourDw: boolean, lengthDw: number): number {
  const format = (fourDw ? FOUR_DW : 0) | (bits.withData ? WITH_DATA : 0);
  return unsigned(
    (format << 29) |
      (bits.type << 24) |
      (((header.tag >> 9) & 1) << 23) |
      (((header.tag >> 8) & 1) << 19) |
      (flag(header.idBasedOrdering) << 18) |
      (flag(header.digest) << 15) |
      (flag(header.poisoned) << 14) |
      (flag(header.relaxedOrdering) << 13) |
      (flag(header.noSnoop) << 12) |
      (((header.addressType ?? 0) & 3) << 10) |
      (lengthDw & 0x3ff),
  );
}

/** Requester ID, tag, and what the kind has in the last byte. */
function transactionDword(header: TlpHeader, low: number): number {
  return unsigned((header.requesterId << 16) | ((header.tag & 0xff) << 8) | low);
}

function flag(value: boolean | undefined): number {
  return value === true ? 1 : 0;
}

function unsigned(value: number): number {
  return value >>> 0;
}
