/*
 * A TLP from the dwords somebody pasted: header of three or four, payload, and what is wrong with it if it is none.
 * What the fields are is in tlpFieldTable.ts.
 */
import { fromDwords, hex } from '../../base/bits.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Bdf } from '../../base/units.ts';
import { bytesOfEnables } from './byteEnables.ts';
import { TLP_KIND, TLP_KIND_NAMES, type TlpKind } from './tlp.ts';
import {
  binary,
  FIRST_DWORD,
  lengthDw,
  rowsOf,
  ROUTINGS,
  typeOf,
  type FieldRow,
  type Layout,
} from './tlpFieldTable.ts';
import type { TlpHeader } from './tlpHeader.ts';

export interface TlpField {
  /** As the specification writes it. */
  readonly name: string;
  /** 0…3 */
  readonly dword: number;
  /** Inclusive, 31…0. */
  readonly msb: number;
  readonly lsb: number;
  /** Unshifted. */
  readonly value: number;
  /** What the value means: `256 B`, `04:00.0`, `UR`. */
  readonly text: string;
  /** What the field is for, in one or two sentences. */
  readonly about: string;
}

export interface DecodedTlp {
  readonly kind: TlpKind;
  readonly header: TlpHeader;
  /** 3 or 4 */
  readonly headerDwords: number;
  /** The header's own dwords, unsigned. */
  readonly dwords: readonly number[];
  /** From bit 31 of DW0 on; every bit of the header is in exactly one of them. */
  readonly fields: readonly TlpField[];
  /** Bytes in the order of addresses; empty where only the header was given. */
  readonly payload: Uint8Array;
  /** ECRC, if one follows. */
  readonly digest: number | undefined;
}

export interface TlpProblem {
  readonly code: 'TLP_HEX' | 'TLP_LENGTH' | 'TLP_TYPE' | 'TLP_FIELD';
  readonly message: string;
}

function problem(code: TlpProblem['code'], message: string): { readonly ok: false; readonly error: TlpProblem } {
  return { ok: false, error: { code, message } };
}

/**
 * Reads hexadecimal text: dwords `60000040 040000ff …`, or bytes in the order they travel `60 00 00 40 …`. Prefixes 0x,
 * commas, underscores and line breaks are ignored; `//` and `#` begin a remark.
 * @returns dwords, unsigned, or what is wrong with the text.
 */
export function readDwords(text: string): Result<readonly number[], TlpProblem> {
  const words = text
    .replace(/(\/\/|#).*$/gm, ' ')
    .split(/[\s,;]+/)
    .map((word) => word.replace(/^0x/i, '').replaceAll('_', ''))
    .filter((word) => word !== '');
  if (words.length === 0)
    return problem(
      'TLP_HEX',
      'Nothing to decode: paste a header of three or four dwords, such as 40000001 0300120f fee00000.',
    );
  const strange = words.find((word) => !/^[0-9a-f]+$/i.test(word));
  if (strange !== undefined) return problem('TLP_HEX', `“${strange.slice(0, 24)}” is not hexadecimal.`);
  const digits = words.every((word) => word.length === 8)
    ? words.join('')
    : words.every((word) => word.length % 2 === 0)
      ? words.join('')
      : undefined;
  if (digits === undefined) {
    const odd = words.find((word) => word.length % 2 === 1) ?? '';
    return problem('TLP_HEX', `“${odd.slice(0, 24)}” has ${odd.length} digits: write dwords of 8 or bytes of 2.`);
  }
  if (digits.length % 8 !== 0) {
    return problem(
      'TLP_HEX',
      `${digits.length / 2} bytes are no whole number of dwords: ${4 - ((digits.length / 2) % 4)} more are needed.`,
    );
  }
  return ok(
    Array.from({ length: digits.length / 8 }, (_, index) =>
      Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16),
    ),
  );
}

function fieldAt(dwords: readonly number[], row: FieldRow, layout: Layout): TlpField {
  const width = row.msb - row.lsb + 1;
  const value = Math.floor((dwords[row.dword] ?? 0) / 2 ** row.lsb) % 2 ** width;
  const { name, dword, msb, lsb, about } = row;
  if (name === 'Type' && layout === 'message') {
    const routing = ROUTINGS[value & 7] ?? 'reserved';
    return {
      name,
      dword,
      msb,
      lsb,
      value,
      text: `message ${routing}`,
      about: 'A message; its low three bits say how it is routed.',
    };
  }
  return { name, dword, msb, lsb, value, text: row.meaning(value), about };
}

/** Values of a header's fields by name. */
type FieldValues = (name: string) => number;

function headerOf(kind: TlpKind, layout: Layout, dwords: readonly number[], field: FieldValues): TlpHeader {
  const attributes = field('Attr');
  const common = {
    kind,
    requesterId: field('Requester ID') as Bdf,
    tag: field('Tag') + field('T8') * 256 + field('T9') * 512,
    poisoned: field('EP') === 1,
    digest: field('TD') === 1,
    relaxedOrdering: attributes >= 2,
    noSnoop: attributes % 2 === 1,
    idBasedOrdering: field('A2') === 1,
    addressType: field('AT'),
  };
  const enables = { first: field('First BE'), last: field('Last BE'), lengthDw: lengthDw(field('Length')) };
  switch (layout) {
    case 'memory': {
      const low = field('Address [31:2]') * 4;
      const address = dwords.length === 4 ? fromDwords(dwords[2] ?? 0, low) : low;
      return { ...common, ...bytesMeant(address, enables) };
    }
    case 'config': {
      const register = field('Ext. Register') * 256 + field('Register') * 4;
      return { ...common, targetId: field('Target') as Bdf, ...bytesMeant(register, enables) };
    }
    case 'completion': {
      const count = field('Byte Count');
      const lower = field('Lower Address');
      const isData = kind === TLP_KIND.CplD;
      const byteCount = count === 0 ? 4096 : count;
      return {
        ...common,
        completerId: field('Completer ID') as Bdf,
        status: field('Status'),
        byteCount,
        address: lower,
        lengthBytes: isData ? Math.min(enables.lengthDw * 4 - (lower % 4), byteCount) : 0,
      };
    }
    case 'message':
      return { ...common, address: 0, lengthBytes: 0, code: field('Message Code') };
  }
}

function bytesMeant(
  address: number,
  enables: { readonly first: number; readonly last: number; readonly lengthDw: number },
) {
  // A request without any byte enabled is legal: a flush. It means no bytes.
  return enables.first === 0 ? { address, lengthBytes: 0 } : bytesOfEnables({ ...enables, address });
}

/** What the specification forbids in fields that are there. */
function forbidden(layout: Layout, isLong: boolean, field: FieldValues, dwords: readonly number[]): string | undefined {
  const last = field('Last BE');
  const isData = field('Fmt') >= 2;
  if ((layout === 'config' || layout === 'completion') && isLong)
    return `A ${layout} TLP has a header of three dwords, Fmt says four.`;
  if (layout === 'message' && !isLong) return 'A message has a header of four dwords, Fmt says three.';
  if (layout === 'config' && field('Length') !== 1)
    return `A configuration request has length 1, not ${lengthDw(field('Length'))}.`;
  if (layout === 'memory' || layout === 'config') {
    if (field('Length') === 1 && last !== 0)
      return `Last BE is ${binary(4)(last)}: it must be 0000 where the length is one dword.`;
    if (field('Length') !== 1 && last === 0)
      return 'Last BE is 0000: a longer request enables bytes of its last dword.';
    if (field('Length') !== 1 && field('First BE') === 0)
      return 'First BE is 0000: a longer request enables bytes of its first dword.';
  }
  if (layout === 'memory' && isLong && dwords[2] === 0)
    return 'A header of four dwords is only for addresses from 4 GiB on; this one is below.';
  if (layout === 'memory' && isLong && (dwords[2] ?? 0) >= 2 ** 20)
    return 'Addresses above 2^52 are beyond this model.';
  if (layout === 'memory') {
    const offset = (field('Address [31:2]') * 4) % 4096;
    if (offset + lengthDw(field('Length')) * 4 > 4096) return 'The request crosses a 4 KiB boundary.';
  }
  if (layout === 'completion' && !isData && field('Length') > 0) return 'A completion without data has length 0.';
  return undefined;
}

function payloadOf(dwords: readonly number[]): Uint8Array {
  // Byte 0 of a dword travels first: it is the most significant one as the hexadecimal text shows it.
  return Uint8Array.from(
    dwords.flatMap((dword) => [dword >>> 24, (dword >>> 16) & 0xff, (dword >>> 8) & 0xff, dword & 0xff]),
  );
}

/**
 * Takes a TLP apart. Total: any dwords give a TLP or the reason why they are none.
 * @param all header, then data, then digest if TD is set. The header alone is enough.
 * @spec PCIe Base 5.0 §2.2 (semantics reference 7.1, 7.2, T-1, T-5)
 */
export function decodeTlp(all: readonly number[]): Result<DecodedTlp, TlpProblem> {
  const first = (all[0] ?? 0) >>> 0;
  const format = first >>> 29;
  const type = (first >>> 24) & 0x1f;
  if (all.length === 0) return problem('TLP_LENGTH', 'There is no dword.');
  if (format === 0b100)
    return problem('TLP_TYPE', `DW0 is ${hex(first, 8)}: Fmt 100 is a TLP prefix, which this model does not send.`);
  if (format > 0b100) return problem('TLP_TYPE', `DW0 is ${hex(first, 8)}: Fmt ${binary(3)(format)} is reserved.`);
  const isLong = (format & 1) === 1;
  const withData = (format & 2) !== 0;
  const known = typeOf(type);
  const kind = known?.kinds[withData ? 1 : 0];
  if (known === undefined || kind === undefined) {
    return problem(
      'TLP_TYPE',
      `DW0 is ${hex(first, 8)}: Type ${binary(5)(type)} ${withData ? 'with' : 'without'} data is not a TLP this model knows.`,
    );
  }
  const headerDwords = isLong ? 4 : 3;
  if (all.length < headerDwords) {
    return problem(
      'TLP_LENGTH',
      `The header of this ${TLP_KIND_NAMES[kind] ?? 'TLP'} has ${headerDwords} dwords, ${all.length} are here.`,
    );
  }
  const dwords = all.slice(0, headerDwords).map((dword) => dword >>> 0);
  const { layout } = known;
  const rows = [...FIRST_DWORD, ...rowsOf(layout, isLong)].filter((candidate) => candidate.dword < headerDwords);
  const fields = rows.map((candidate) => fieldAt(dwords, candidate, layout));
  const field: FieldValues = (name) => fields.find((candidate) => candidate.name === name)?.value ?? 0;
  const wrong = forbidden(layout, isLong, field, dwords);
  if (wrong !== undefined) return problem('TLP_FIELD', wrong);
  const dataDwords = withData ? lengthDw(field('Length')) : 0;
  const digestDwords = field('TD');
  const expected = headerDwords + dataDwords + digestDwords;
  if (all.length !== headerDwords && all.length !== expected) {
    return problem(
      'TLP_LENGTH',
      `Length says ${dataDwords} dwords of data${digestDwords === 1 ? ' and a digest' : ''} after the header, ${all.length - headerDwords} are here.`,
    );
  }
  const isWhole = all.length === expected;
  return ok({
    kind,
    header: headerOf(kind, layout, dwords, field),
    headerDwords,
    dwords,
    fields,
    payload: payloadOf(isWhole ? all.slice(headerDwords, headerDwords + dataDwords) : []),
    digest: isWhole && digestDwords === 1 ? all[expected - 1] : undefined,
  });
}

/** Text to TLP in one step. */
export function decodeTlpText(text: string): Result<DecodedTlp, TlpProblem> {
  const dwords = readDwords(text);
  return dwords.ok ? decodeTlp(dwords.value) : dwords;
}
