import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bdf } from './bdf.ts';
import { byteEnablesOf, bytesOfEnables } from './byteEnables.ts';
import { headerDwords, MESSAGE_CODE } from './tlpHeader.ts';
import { COMPLETION_STATUS, TLP_KIND } from './tlp.ts';

const requesterId = bdf(3, 0, 0);
const base = { requesterId, tag: 0x12, address: 0, lengthBytes: 4 };

describe('header dwords (semantics reference 7.1, 7.2)', () => {
  it('T-1: a write below 4 GiB has three dwords, at or above it four', () => {
    expect(headerDwords({ ...base, kind: TLP_KIND.MWr, address: 0xfee0_0000 })).toEqual([
      0x4000_0001, 0x0300_120f, 0xfee0_0000, 0,
    ]);
    expect(headerDwords({ ...base, kind: TLP_KIND.MWr, address: 0x40_0000_0100, lengthBytes: 256 })).toEqual([
      0x6000_0040, 0x0300_12ff, 0x40, 0x100,
    ]);
  });

  it('a read of 4096 bytes has length 0, which means 1024 dwords', () => {
    const [first] = headerDwords({ ...base, kind: TLP_KIND.MRd, address: 0x1_0000_0000, lengthBytes: 4096 });
    expect(first).toBe(0x2000_0000);
  });

  it('TD, EP, attributes and address type have their bits in the first dword', () => {
    const first = (fields: object): number => headerDwords({ ...base, kind: TLP_KIND.MWr, ...fields })[0];
    const plain = first({});
    expect(first({ digest: true }) ^ plain).toBe(1 << 15);
    expect(first({ poisoned: true }) ^ plain).toBe(1 << 14);
    expect(first({ relaxedOrdering: true }) ^ plain).toBe(1 << 13);
    expect(first({ noSnoop: true }) ^ plain).toBe(1 << 12);
    expect(first({ addressType: 2 }) ^ plain).toBe(1 << 11);
    expect(first({ idBasedOrdering: true }) ^ plain).toBe(1 << 18);
  });

  it('T-6: tag bits 8 and 9 go into the first dword', () => {
    const [first, second] = headerDwords({ ...base, kind: TLP_KIND.MRd, tag: 0x3a5 });
    expect(first).toBe(0x0088_0001);
    expect(second).toBe(0x0300_a50f);
  });

  it('configuration requests name bus, device, function and register', () => {
    const target = bdf(4, 2, 1);
    expect(headerDwords({ ...base, kind: TLP_KIND.CfgWr1, targetId: target, address: 0x10a, lengthBytes: 2 })).toEqual([
      0x4500_0001, 0x0300_120c, 0x0411_0108, 0,
    ]);
    expect(headerDwords({ ...base, kind: TLP_KIND.CfgRd0, targetId: target, address: 0 })[0]).toBe(0x0400_0001);
  });

  it('T-5, T-7: completions carry status, byte count and lower address', () => {
    const completerId = bdf(5, 0, 0);
    expect(
      headerDwords({ ...base, kind: TLP_KIND.CplD, completerId, address: 0x1080, lengthBytes: 128, byteCount: 384 }),
    ).toEqual([0x4a00_0020, 0x0500_0180, 0x0300_1200, 0]);
    expect(
      headerDwords({
        ...base,
        kind: TLP_KIND.Cpl,
        completerId,
        address: 0x1004,
        lengthBytes: 0,
        status: COMPLETION_STATUS.CA,
        byteCount: 4096,
      }),
    ).toEqual([0x0a00_0000, 0x0500_8000, 0x0300_1204, 0]);
  });

  it('T-8: error messages are routed to the root complex and carry their code', () => {
    const code = MESSAGE_CODE.ERR_NONFATAL;
    expect(headerDwords({ ...base, kind: TLP_KIND.Msg, tag: 0, lengthBytes: 0, code })).toEqual([
      0x3000_0000, 0x0300_0031, 0, 0,
    ]);
  });

  it('the bytes that a request means can be read back from its header', () => {
    const range = fc.record({
      address: fc.integer({ min: 0, max: 2 ** 40 }),
      lengthBytes: fc.integer({ min: 1, max: 4096 }),
    });
    fc.assert(
      fc.property(range, ({ address, lengthBytes }) => {
        fc.pre((address % 4096) + lengthBytes <= 4096);
        const [first, second, third, fourth] = headerDwords({ ...base, kind: TLP_KIND.MRd, address, lengthBytes });
        const isLong = first >= 2 ** 29;
        const start = isLong ? third * 2 ** 32 + fourth : third;
        const enables = {
          address: start,
          lengthDw: first & 0x3ff || 1024,
          first: second & 15,
          last: (second >> 4) & 15,
        };
        expect(enables).toEqual(byteEnablesOf(address, lengthBytes));
        expect(bytesOfEnables(enables)).toEqual({ address, lengthBytes });
      }),
    );
  });
});
