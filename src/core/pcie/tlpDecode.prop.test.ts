import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex } from '../../base/bits.ts';
import type { Bdf } from '../../base/units.ts';
import { COMPLETION_STATUS, TLP_KIND, type TlpKind } from './tlp.ts';
import { decodeTlp, decodeTlpText, readDwords } from './tlpDecode.ts';
import { headerDwords, type TlpHeader } from './tlpHeader.ts';

const id = fc.integer({ min: 0, max: 0xffff }).map((value) => value as Bdf);
const common = {
  requesterId: id,
  tag: fc.integer({ min: 0, max: 1023 }),
  poisoned: fc.boolean(),
  digest: fc.boolean(),
  relaxedOrdering: fc.boolean(),
  noSnoop: fc.boolean(),
  idBasedOrdering: fc.boolean(),
  addressType: fc.constantFrom(0, 1, 2),
};
const bytes = fc.integer({ min: 1, max: 4096 });
/** Inside one page, below or above 4 GiB. */
const place = fc
  .record({ page: fc.integer({ min: 0, max: 2 ** 34 }), offset: fc.integer({ min: 0, max: 4095 }), lengthBytes: bytes })
  .map(({ page, offset, lengthBytes }) => ({
    address: page * 4096 + offset,
    lengthBytes: Math.min(lengthBytes, 4096 - offset),
  }));
const register = fc
  .record({
    dword: fc.integer({ min: 0, max: 1023 }),
    byte: fc.constantFrom(0, 1, 2, 3),
    count: fc.constantFrom(1, 2, 4),
  })
  .map(({ dword, byte, count }) => ({ address: dword * 4 + byte, lengthBytes: Math.min(count, 4 - byte) }));

const MEMORY = [
  TLP_KIND.MRd,
  TLP_KIND.MWr,
  TLP_KIND.IORd,
  TLP_KIND.IOWr,
  TLP_KIND.FetchAdd,
  TLP_KIND.Swap,
  TLP_KIND.CAS,
];
const memory = fc
  .record({ kind: fc.constantFrom<TlpKind>(...MEMORY), ...common, place })
  .map(({ place: { address, lengthBytes }, ...rest }): TlpHeader => ({ ...rest, address, lengthBytes }));
const CONFIG = [TLP_KIND.CfgRd0, TLP_KIND.CfgWr0, TLP_KIND.CfgRd1, TLP_KIND.CfgWr1];
const config = fc
  .record({ kind: fc.constantFrom<TlpKind>(...CONFIG), ...common, targetId: id, register })
  .map(({ register: { address, lengthBytes }, ...rest }): TlpHeader => ({ ...rest, address, lengthBytes }));
const status = fc.constantFrom(...Object.values(COMPLETION_STATUS));
const withData = fc
  .record({
    ...common,
    completerId: id,
    status,
    address: fc.integer({ min: 0, max: 127 }),
    lengthBytes: bytes,
    more: bytes,
  })
  .map(({ more, lengthBytes, ...rest }): TlpHeader => {
    const most = 4096 - (rest.address % 4);
    const length = Math.min(lengthBytes, most);
    return {
      ...rest,
      kind: TLP_KIND.CplD,
      lengthBytes: length,
      byteCount: Math.min(4096, Math.ceil((length + more) / 4) * 4),
    };
  })
  // A piece that is not the last one ends on a dword: byte count says more only then.
  .filter((header) => header.byteCount === header.lengthBytes || (header.address + header.lengthBytes) % 4 === 0);
const withoutData = fc
  .record({ ...common, completerId: id, status, address: fc.integer({ min: 0, max: 127 }), byteCount: bytes })
  .map((rest): TlpHeader => ({ ...rest, kind: TLP_KIND.Cpl, lengthBytes: 0 }));
const message = fc
  .record({
    kind: fc.constantFrom<TlpKind>(TLP_KIND.Msg, TLP_KIND.MsgD),
    ...common,
    code: fc.integer({ min: 0, max: 255 }),
  })
  .map((rest): TlpHeader => ({ ...rest, address: 0, lengthBytes: 0 }));
const anyHeader = fc.oneof(memory, config, withData, withoutData, message);

function dwordsOf(header: TlpHeader): readonly number[] {
  const dwords = headerDwords(header);
  return dwords.slice(0, dwords[0] % 2 ** 30 >= 2 ** 29 ? 4 : 3);
}

describe('decoding a TLP', () => {
  it('gives back every header of every kind', () => {
    const seen = new Set<number>();
    fc.assert(
      fc.property(anyHeader, (header) => {
        const decoded = decodeTlp(dwordsOf(header));
        expect(decoded).toMatchObject({ ok: true, value: { kind: header.kind, header } });
        seen.add(header.kind);
      }),
      { numRuns: 2000 },
    );
    expect(seen.size).toBe(Object.keys(TLP_KIND).length);
  });

  it('has every bit of a header in exactly one field', () => {
    fc.assert(
      fc.property(anyHeader, (header) => {
        const decoded = decodeTlp(dwordsOf(header));
        if (!decoded.ok) throw new Error(decoded.error.message);
        const { fields, headerDwords: count, dwords } = decoded.value;
        for (let dword = 0; dword < count; dword += 1) {
          const own = fields.filter((field) => field.dword === dword);
          expect(own.reduce((sum, field) => sum + field.msb - field.lsb + 1, 0)).toBe(32);
          expect(own.reduce((sum, field) => sum + field.value * 2 ** field.lsb, 0)).toBe(dwords[dword]);
          for (const [index, field] of own.entries()) expect(field.lsb).toBe((own[index + 1]?.msb ?? -1) + 1);
        }
        expect(fields.every((field) => field.about.length > 10)).toBe(true);
      }),
    );
  });

  it('gives back the payload and the digest from text', () => {
    const data = fc.uint8Array({ minLength: 4, maxLength: 64 }).map((found) => found.subarray(0, found.length & ~3));
    fc.assert(
      fc.property(data, fc.boolean(), (payload, digest) => {
        const header: TlpHeader = {
          kind: TLP_KIND.MWr,
          requesterId: 0x400 as Bdf,
          tag: 0,
          address: 0x40_0000_0000,
          lengthBytes: payload.length,
          digest,
        };
        const head = dwordsOf(header).map((dword) => hex(dword, 8));
        const text = [...head, ...[...payload].map((byte) => hex(byte, 2)), ...(digest ? ['dead_beef'] : [])].join(' ');
        const decoded = decodeTlpText(text);
        expect(decoded).toMatchObject({ ok: true, value: { payload, digest: digest ? 0xdeadbeef : undefined } });
      }),
    );
  });

  it('is total: any dwords give a TLP or a reason', () => {
    const dword = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(fc.array(dword, { maxLength: 12 }), (dwords) => {
        const decoded = decodeTlp(dwords);
        if (!decoded.ok) expect(decoded.error.message).toMatch(/\w/);
      }),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.string(), (text) => void decodeTlpText(text)));
  });
});

describe('what is wrong with a pasted TLP is said', () => {
  it.each([
    ['', /Nothing to decode/],
    ['60000040 04xx00ff', /“04xx00ff” is not hexadecimal/],
    ['600 0040', /“600” has 3 digits/],
    ['60 00 00', /3 bytes are no whole number of dwords: 1 more/],
    ['60000040 040000ff 00000040', /header of this MWr has 4 dwords, 3 are here/],
    ['1f000000 00000000 00000000', /Type 11111 without data/],
    ['80000000 0 0', /digits/],
    ['80000000 00000000 00000000', /prefix/],
    ['40000002 0400000f fee00000', /Last BE is 0000/],
    ['40000001 040000ff fee00000', /Last BE is 1111/],
    ['60000001 0400000f 00000000 fee00000', /below/],
    ['00000002 040000ff 00000ffc', /4 KiB/],
    ['04000002 0400000f 01000000', /length 1, not 2/],
    ['40000001 0400000f fee00000 01020304 05060708', /Length says 1 dwords of data after the header, 2 are here/],
    ['30000000 04000031 00000000', /4 dwords, 3/],
  ])('%j', (text, message) => {
    expect(decodeTlpText(text)).toMatchObject({ ok: false, error: { message: expect.stringMatching(message) } });
  });

  it('remarks, prefixes and commas do not matter', () => {
    expect(readDwords('0x4000_0001, 0x0300120f // header\n# what\nfe e0 00 00')).toEqual({
      ok: true,
      value: [0x4000_0001, 0x0300_120f, 0xfee0_0000],
    });
  });
});
