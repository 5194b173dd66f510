import { describe, expect, it } from 'vitest';
import type { Bdf } from '../../base/units.ts';
import { TLP_KIND } from './tlp.ts';
import { headerDwords, type TlpHeader } from './tlpHeader.ts';
import { decodeHeader } from './tlpHeaderFields.ts';

const REQUESTER = 0x0400 as Bdf;

function texts(header: TlpHeader): Readonly<Record<string, string>> {
  return Object.fromEntries(decodeHeader(headerDwords(header)).fields.map((field) => [field.name, field.text]));
}

describe('a header log', () => {
  it('gives back what a memory write above 4 GiB said', () => {
    const header = {
      kind: TLP_KIND.MWr,
      requesterId: REQUESTER,
      tag: 0x2a,
      address: 0x40_02b3_e600,
      lengthBytes: 256,
      poisoned: true,
      relaxedOrdering: true,
    };
    const decoded = decodeHeader(headerDwords(header));
    expect(decoded).toMatchObject({ kind: 'MWr', address: 0x40_02b3_e600 });
    expect(texts(header)).toMatchObject({
      Fmt: '4 DW, data',
      Length: '256 B',
      'Requester ID': '04:00.0',
      Tag: '0x2a',
      'First BE': '1111',
      EP: 'yes',
      RO: 'yes',
      NS: 'no',
      Address: '0x4002b3e600',
    });
  });

  it('gives back a read below 4 GiB', () => {
    const header = { kind: TLP_KIND.MRd, requesterId: REQUESTER, tag: 1, address: 0xfe00_0000, lengthBytes: 4096 };
    expect(decodeHeader(headerDwords(header))).toMatchObject({ kind: 'MRd', address: 0xfe00_0000 });
    expect(texts(header)).toMatchObject({ Length: '4096 B', Address: '0xfe000000' });
  });

  it('gives back completions, configuration requests and messages', () => {
    const completion = {
      kind: TLP_KIND.Cpl,
      requesterId: REQUESTER,
      completerId: 0x0300 as Bdf,
      tag: 3,
      address: 0,
      lengthBytes: 0,
      status: 1,
      byteCount: 64,
    };
    expect(texts(completion)).toMatchObject({ 'Completer ID': '03:00.0', Status: 'UR', 'Byte Count': '64 B' });
    const config = {
      kind: TLP_KIND.CfgRd0,
      requesterId: REQUESTER,
      targetId: 0x0300 as Bdf,
      tag: 3,
      address: 0x10,
      lengthBytes: 4,
    };
    expect(texts(config)).toMatchObject({ Target: '03:00.0', Register: '0x010' });
    const message = { kind: TLP_KIND.Msg, requesterId: REQUESTER, tag: 0, address: 0, lengthBytes: 0, code: 0x31 };
    expect(decodeHeader(headerDwords(message)).kind).toBe('ERR_NONFATAL');
  });

  it('has fields that do not overlap inside a dword', () => {
    for (const kind of Object.values(TLP_KIND)) {
      const decoded = decodeHeader(
        headerDwords({ kind, requesterId: REQUESTER, tag: 5, address: 2 ** 33, lengthBytes: 8, byteCount: 8 }),
      );
      const used = [0, 0, 0, 0];
      for (const field of decoded.fields) {
        const mask = ((2 ** (field.msb - field.lsb + 1) - 1) * 2 ** field.lsb) >>> 0;
        expect((used[field.dword] ?? 0) & mask, `${decoded.kind} ${field.name}`).toBe(0);
        used[field.dword] = ((used[field.dword] ?? 0) | mask) >>> 0;
      }
    }
  });
});
