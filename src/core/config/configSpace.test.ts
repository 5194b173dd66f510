import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bar, functionsBelow } from '../../../tests/support/machineBuilder.ts';
import type { FunctionNode } from '../../../tests/support/machineBuilder.ts';
import { at } from '../../base/invariant.ts';
import { buildConfigSpace } from './buildConfigSpace.ts';
import { findCapability } from './capability.ts';
import { ConfigSpace } from './configSpace.ts';
import { barAddress, deviceControlOf } from './decode.ts';
import { EXPRESS } from './expressCapability.ts';
import { AER, RESIZABLE_BAR } from './extendedCapabilities.ts';
import { LONE_PLACE } from './places.ts';
import type { FieldSpec } from './register.ts';
import { defineRegister, extractField, insertFields } from './register.ts';

const MIB = 2 ** 20;

function build(node: FunctionNode): ConfigSpace {
  return buildConfigSpace(at(functionsBelow('pcie0', [node]), 0), {
    ...LONE_PLACE,
    link: { up: true, gen: 4, width: 8 },
  });
}

const ENDPOINT: FunctionNode = {
  id: 'e',
  kind: 'endpoint',
  link: { maxGen: 4, maxWidth: 8 },
  bars: [bar(4, 256 * MIB, 64, true)],
};

describe('a register table', () => {
  it('rejects fields that overlap', () => {
    expect(() =>
      defineRegister({
        name: 'x',
        offsetBytes: 0,
        widthBits: 8,
        spec: '',
        fields: { a: { lsb: 0, widthBits: 4, access: 'RW' }, b: { lsb: 3, access: 'RO' } },
      }),
    ).toThrow(/x\.b overlaps/);
  });

  it('rejects fields and reset values that do not fit', () => {
    expect(() =>
      defineRegister({
        name: 'x',
        offsetBytes: 0,
        widthBits: 8,
        spec: '',
        fields: { a: { lsb: 6, widthBits: 3, access: 'RW' } },
      }),
    ).toThrow(/do not fit/);
    expect(() =>
      defineRegister({
        name: 'x',
        offsetBytes: 0,
        widthBits: 8,
        spec: '',
        fields: { a: { lsb: 0, access: 'RW', reset: 2 } },
      }),
    ).toThrow(/exceeds/);
  });

  it('inserts and extracts any field without touching the others', () => {
    const widths = fc.tuple(
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 11 }),
      fc.integer({ min: 1, max: 11 }),
    );
    fc.assert(
      fc.property(widths, fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.nat(), ([a, b, c], value, wanted) => {
        const fields: Record<string, FieldSpec> = {
          a: { lsb: 0, widthBits: a, access: 'RW' },
          b: { lsb: a, widthBits: b, access: 'RW' },
          c: { lsb: a + b, widthBits: c, access: 'RW' },
        };
        const register = defineRegister({ name: 'x', offsetBytes: 0, widthBits: 32, spec: '', fields });
        const code = wanted % 2 ** b;
        const result = insertFields(register, value, { b: code });
        expect(extractField(register, 'b', result)).toBe(code);
        expect(extractField(register, 'a', result)).toBe(extractField(register, 'a', value));
        expect(extractField(register, 'c', result)).toBe(extractField(register, 'c', value));
      }),
    );
  });
});

describe('software writes', () => {
  const PROBE = defineRegister({
    name: 'Probe',
    offsetBytes: 0x04,
    widthBits: 32,
    spec: '',
    fields: {
      low: { lsb: 0, widthBits: 8, access: 'RW' },
      fixed: { lsb: 8, widthBits: 8, access: 'RO' },
      events: { lsb: 16, widthBits: 8, access: 'RW1C' },
      kept: { lsb: 24, widthBits: 8, access: 'RWS' },
    },
  });

  function probe(): ConfigSpace {
    const bytes = new Uint8Array(256);
    bytes.set([0x11, 0x22, 0xff, 0x44], 0x44);
    const config = new ConfigSpace(bytes);
    config.attach(PROBE, 0x40);
    return config;
  }

  it('change read-write bits, clear events by ones, and leave the rest', () => {
    const config = probe();
    config.write(0x44, 4, 0x5a0faa99);
    expect(config.read(0x44, 4)).toBe(0x5af02299);
  });

  it('of one or two bytes touch only those bytes, as one wide write would', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        const [whole, halves, single] = [probe(), probe(), probe()];
        whole.write(0x44, 4, value);
        for (const i of [0, 1]) halves.write(0x44 + 2 * i, 2, Math.floor(value / 2 ** (16 * i)) % 2 ** 16);
        for (const i of [0, 1, 2, 3]) single.write(0x44 + i, 1, Math.floor(value / 2 ** (8 * i)) % 2 ** 8);
        expect(halves.read(0x44, 4)).toBe(whole.read(0x44, 4));
        expect(single.read(0x44, 4)).toBe(whole.read(0x44, 4));
      }),
    );
  });

  it('count up the generation and tell listeners what was written', () => {
    const config = probe();
    const seen: number[] = [];
    const stop = config.onRegisterWrite(PROBE, 0x40, (written) => seen.push(written));
    const before = config.generation;
    config.write(0x46, 2, 0xabcd);
    config.write(0x48, 4, 1);
    stop();
    config.write(0x44, 4, 7);
    expect(seen).toEqual([0xabcd0000]);
    expect(config.generation).toBe(before + 3);
  });

  it('beyond the end of a conventional function vanish, and reads there give ones', () => {
    const config = probe();
    config.write(0x100, 4, 1);
    expect(config.read(0x100, 4)).toBe(0xffffffff);
    expect(config.read(0x100, 2)).toBe(0xffff);
  });

  it('are undone by a reset, but for sticky bits', () => {
    const config = probe();
    config.write(0x44, 4, 0x5a0000aa);
    config.reset('hot');
    expect(config.read(0x44, 4)).toBe(0x5a002200);
  });
});

describe('BAR sizing', () => {
  const shapes = fc.record({
    log: fc.integer({ min: 4, max: 40 }),
    wide: fc.boolean(),
    prefetchable: fc.boolean(),
    index: fc.constantFrom(0, 2, 4),
  });

  it('reads back ones above the size and zeros below, with type bits', () => {
    fc.assert(
      fc.property(shapes, ({ log, wide, prefetchable, index }) => {
        const sizeBytes = 2 ** (wide ? log : Math.min(log, 31));
        const config = build({ ...ENDPOINT, bars: [bar(index, sizeBytes, wide ? 64 : 32, prefetchable)] });
        const offset = 0x10 + 4 * index;
        config.write(offset, 4, 0xffffffff);
        if (wide) config.write(offset + 4, 4, 0xffffffff);
        const low = config.read(offset, 4);
        expect(low & 0xf).toBe((wide ? 4 : 0) + (prefetchable ? 8 : 0));
        const expectedLow = sizeBytes >= 2 ** 32 ? 0 : 2 ** 32 - sizeBytes;
        expect(low - (low & 0xf)).toBe(expectedLow);
        if (wide)
          expect(config.read(offset + 4, 4)).toBe(sizeBytes > 2 ** 32 ? 2 ** 32 - sizeBytes / 2 ** 32 : 0xffffffff);
      }),
    );
  });

  it('holds any multiple of the size', () => {
    const config = build(ENDPOINT);
    config.write(0x20, 4, 0x10000000);
    config.write(0x24, 4, 0x40);
    expect(barAddress(config, 4)).toBe(0x40_1000_0000);
  });

  it('leaves dwords without a BAR at zero', () => {
    const config = build(ENDPOINT);
    config.write(0x10, 4, 0xffffffff);
    expect(config.read(0x10, 4)).toBe(0);
  });
});

describe('a resizable BAR', () => {
  const config = build({
    ...ENDPOINT,
    bars: [{ ...bar(4, 64 * MIB, 64, true), resizableBytes: [MIB, 64 * MIB, 256 * MIB] }],
  });
  const control = (findCapability(config, RESIZABLE_BAR) ?? 0) + 8;

  it('says which sizes it offers and which it has', () => {
    expect(config.read(control - 4, 4)).toBe((1 + 2 ** 6 + 2 ** 8) * 16);
    expect(config.read(control, 4)).toBe(4 + (1 << 5) + (6 << 8));
  });

  it('takes a new size at once and loses its address', () => {
    config.write(0x20, 4, 0x04000000);
    config.write(control, 4, 8 << 8);
    expect(config.read(0x20, 4)).toBe(0x0000000c);
    config.write(0x20, 4, 0xffffffff);
    expect(config.read(0x20, 4)).toBe(0xf000000c);
  });

  it('keeps its masks when the code is not offered', () => {
    config.write(control, 4, 3 << 8);
    config.write(0x20, 4, 0xffffffff);
    expect(config.read(0x20, 4)).toBe(0xf000000c);
  });
});

describe('a function-level reset', () => {
  it('starts by writing a one that reads zero, and keeps what the specification exempts', () => {
    const config = build(ENDPOINT);
    const kinds: string[] = [];
    config.onReset((kind) => kinds.push(kind));
    const express = findCapability(config, EXPRESS) ?? 0;
    const aer = findCapability(config, AER) ?? 0;
    config.write(0x04, 2, 0x6);
    config.write(0x24, 4, 0x40);
    config.write(express + 8, 2, 0x5930);
    config.write(aer + 8, 4, 0x10);
    config.write(express + 8, 2, 0x5930 + 0x8000);
    expect(kinds).toEqual(['function']);
    expect(config.read(0x04, 2)).toBe(0);
    expect(barAddress(config, 4)).toBe(0);
    expect(deviceControlOf(config)).toEqual({
      mpsBytes: 256,
      mrrsBytes: 512,
      relaxedOrdering: true,
      noSnoop: true,
      extendedTag: false,
    });
    expect(config.read(aer + 8, 4)).toBe(0x10);
    expect(config.read(express + 0x12, 2) & 0x3ff).toBe(0x084);
  });

  it('does not happen on a function that cannot', () => {
    const config = build({ id: 'p', kind: 'rootPort', link: { maxGen: 4, maxWidth: 8 } });
    config.write(0x04, 2, 0x6);
    config.write(0x88, 2, 0x8000);
    expect(config.read(0x04, 2)).toBe(0x6);
  });
});

describe('write behaviour of the header', () => {
  it.each([
    ['command', 0x04, 2, 0xffff, 0x0547],
    ['status', 0x06, 2, 0xffff, 0x0010],
    ['cache line size', 0x0c, 1, 0xff, 0xff],
    ['latency timer', 0x0d, 1, 0xff, 0x00],
    ['interrupt line', 0x3c, 1, 0xff, 0xff],
    ['interrupt pin', 0x3d, 1, 0xff, 0x00],
    ['device control', 0x88, 2, 0x7fff, 0x7fff],
    ['vendor', 0x00, 4, 0, 0x00101b36],
  ])('of a function: %s', (_name, offset, bytes, value, expected) => {
    const config = build(ENDPOINT);
    config.write(offset, bytes, value);
    expect(config.read(offset, bytes)).toBe(expected);
  });

  it.each([
    ['bus numbers, without the latency timer', 0x18, 4, 0xffffffff, 0x00ffffff],
    ['I/O base and limit', 0x1c, 2, 0xffff, 0xf1f1],
    ['memory base and limit', 0x20, 4, 0xffffffff, 0xfff0fff0],
    ['prefetchable base and limit', 0x24, 4, 0xffffffff, 0xfff1fff1],
    ['prefetchable upper', 0x28, 4, 0x12345678, 0x12345678],
    ['I/O upper', 0x30, 4, 0x00010001, 0x00010001],
    ['bridge control', 0x3e, 2, 0xffff & ~0x40, 0x001f],
  ])('of a bridge: %s', (_name, offset, bytes, value, expected) => {
    const config = build({ id: 'p', kind: 'downstreamPort', link: { maxGen: 4, maxWidth: 8 } });
    config.write(offset, bytes, value);
    expect(config.read(offset, bytes)).toBe(expected);
  });
});

describe('the historical minimum', () => {
  it('has only the PCI Express capability, at 80h', () => {
    const config = build({ ...ENDPOINT, capabilities: { historicalMinimum: true } });
    expect(config.read(0x34, 1)).toBe(0x80);
    expect(config.read(0x81, 1)).toBe(0);
    expect(config.read(0x100, 4)).toBe(0);
  });
});
