import { describe, expect, it } from 'vitest';
import type { MemoryDescription } from '../engine/protocol.ts';
import { emptyMachine } from './fakes.testing.ts';
import { parsePattern, randomSource } from './memoryPatterns.ts';
import { busAddressOf, offsetAt, parseHexBytes, parseNeedle, parsePlace } from './memoryPlaces.ts';

const GIB = 2 ** 30;
const host: MemoryDescription = {
  index: 0,
  node: 'host',
  label: 'Host memory',
  busAddress: 0,
  sizeBytes: 8 * GIB,
  pieces: [
    { offset: 0, busAddress: 0, sizeBytes: 3 * GIB },
    { offset: 3 * GIB, busAddress: 4 * GIB, sizeBytes: 5 * GIB },
  ],
};
const bar: MemoryDescription = {
  index: 1,
  node: 'iopmem0',
  label: 'BAR 4',
  busAddress: 0x40_0000_0000,
  sizeBytes: 2 ** 28,
};
const media: MemoryDescription = { index: 2, node: 'nvme0', label: 'Media', busAddress: undefined, sizeBytes: 2 ** 40 };
const machine = emptyMachine('p2p', { memories: [host, bar, media], destination: { memory: 1, offset: 0x1000 } });
const context = { machine, memory: bar, nameOf: (node: string) => (node === 'nvme0' ? 'Fast Drive' : node) };

function placeOf(text: string, memory = bar): string {
  const parsed = parsePlace(text, { ...context, memory });
  return parsed.ok ? `${parsed.value.memory}:${parsed.value.offset.toString(16)}` : parsed.error;
}

describe('addresses of memories', () => {
  it('go on above the windows for devices, where RAM does', () => {
    expect([0, 3 * GIB - 1, 3 * GIB].map((offset) => busAddressOf(host, offset))).toEqual([0, 3 * GIB - 1, 4 * GIB]);
    expect([3 * GIB, 4 * GIB, 9 * GIB].map((address) => offsetAt(host, address))).toEqual([
      undefined,
      3 * GIB,
      undefined,
    ]);
    expect(busAddressOf(media, 5)).toBeUndefined();
    expect(offsetAt(media, 5)).toBeUndefined();
    expect(offsetAt(bar, 0x40_0fff_ffff)).toBe(2 ** 28 - 1);
  });
});

describe('a place that was typed', () => {
  it('is a bus address of the memory in view, else an offset in it, else a bus address of another one', () => {
    expect(placeOf('0x40_02B3_E600')).toBe('1:2b3e600');
    expect(placeOf('2b3e600')).toBe('1:2b3e600');
    expect(placeOf('1_4000_0000')).toBe('0:100000000');
    expect(placeOf('40_0000_0010', host)).toBe('1:10');
    expect(placeOf('3e7', media)).toBe('2:3e7');
  });

  it('is a name with something added or taken away', () => {
    expect(placeOf('iopmem0')).toBe('1:0');
    expect(placeOf('IOPMEM0 + 0x100')).toBe('1:100');
    expect(placeOf('iopmem0.bar4+1f')).toBe('1:1f');
    expect(placeOf('fast drive+10')).toBe('2:10');
    expect(placeOf('nvme0.media+10')).toBe('2:10');
    expect(placeOf('dest-40')).toBe('1:fc0');
    expect(placeOf('host+10')).toBe('0:10');
  });

  it('is refused with the reason', () => {
    expect(placeOf('dma9+100')).toContain('Nothing here is called dma9');
    expect(placeOf('iopmem0+1000_0000')).toContain('beyond the end');
    expect(placeOf('iopmem0-1')).toContain('beyond the end');
    expect(placeOf('ffff_ffff_ffff')).toContain('Not in this memory');
    expect(placeOf('')).toContain('hexadecimal');
    expect(placeOf('12 zz')).toContain('hexadecimal');
  });
});

describe('bytes that were typed', () => {
  it('are written in their order', () => {
    expect(parseHexBytes('DE ad_be,ef', 8)).toEqual({ ok: true, value: Uint8Array.of(0xde, 0xad, 0xbe, 0xef) });
    expect(parseHexBytes('0x1234', 8)).toEqual({ ok: true, value: Uint8Array.of(0x12, 0x34) });
    expect(parseNeedle('é', 'text')).toEqual({ ok: true, value: Uint8Array.of(0xc3, 0xa9) });
  });

  it('are refused with the reason', () => {
    const error = (text: string): string => {
      const parsed = parseHexBytes(text, 2);
      return parsed.ok ? '' : parsed.error;
    };
    expect(error('')).toContain('at least one');
    expect(error('123')).toContain('3 digits');
    expect(error('xy')).toContain('hexadecimal');
    expect(error('112233')).toContain('2 at most');
    expect(parseNeedle('', 'text').ok).toBe(false);
  });
});

describe('patterns', () => {
  it('are zeros, ones, a counter, or bytes of one’s own', () => {
    const bytes = (kind: Parameters<typeof parsePattern>[0], text = '') => {
      const parsed = parsePattern(kind, text);
      return parsed.ok && parsed.value.kind === 'repeat' ? [...parsed.value.bytes.subarray(0, 3)] : undefined;
    };
    expect(bytes('zeros')).toEqual([0]);
    expect(bytes('ones')).toEqual([0xff]);
    expect(bytes('counter')).toEqual([0, 1, 2]);
    expect(bytes('hex', 'aa bb')).toEqual([0xaa, 0xbb]);
    expect(parsePattern('hex', 'a').ok).toBe(false);
    expect(parsePattern('random', '-1').ok).toBe(false);
    expect(parsePattern('random', '4294967296').ok).toBe(false);
  });

  it('random ones are the same for the same seed, in whatever pieces', async () => {
    const whole = await randomSource(7, 100).read(0, 100);
    const pieces = randomSource(7, 100);
    expect([...(await pieces.read(0, 33)), ...(await pieces.read(33, 67))]).toEqual([...whole]);
    expect([...(await randomSource(8, 100).read(0, 100))]).not.toEqual([...whole]);
  });
});
