import { describe, expect, it } from 'vitest';
import { DEVICE_CONTROL, DEVICE_STATUS } from '../../core/config/expressCapability.ts';
import { ACS_CONTROL } from '../../core/config/extendedCapabilities.ts';
import { bitCells, parseRegister, registerAccess, registerText, withField } from './registerRows.ts';

const control = { register: DEVICE_CONTROL, name: 'Device Control', offset: 0x88 };

describe('the bits of a register', () => {
  it('are all there, highest first', () => {
    const cells = bitCells(control, 0x293f);
    expect(cells.reduce((sum, cell) => sum + cell.msb - cell.lsb + 1, 0)).toBe(16);
    expect(cells.map((cell) => cell.lsb)).toEqual([15, 12, 11, 10, 9, 8, 5, 4, 3, 2, 1, 0]);
    expect(cells[1]).toMatchObject({ short: 'MRRS', value: 2, access: 'RW', meaning: '512\u00a0B' });
  });

  it('fill what the table leaves free', () => {
    const cells = bitCells({ register: DEVICE_STATUS, name: 'Device Status', offset: 0 }, 0);
    expect(cells[0]).toMatchObject({ field: undefined, msb: 15, lsb: 6 });
  });

  it('are changed one field at a time, and what a one would clear stays', () => {
    expect(withField(control, 0x293f, 'maxReadRequestSize', 5)).toBe(0x593f);
    const status = { register: DEVICE_STATUS, name: 'Device Status', offset: 0 };
    expect(withField(status, 0b1011, 'nonFatalErrorDetected', 1)).toBe(0b0010);
    expect(registerAccess(status)).toBe('RW1C');
  });

  it('that a port does not offer are read only', () => {
    const acs = { register: ACS_CONTROL, name: 'ACS Control', offset: 0x14e, writable: 0b100 };
    expect(bitCells(acs, 0).find((cell) => cell.short === 'RR')?.access).toBe('RW');
    expect(bitCells(acs, 0).find((cell) => cell.short === 'UF')?.access).toBe('RO');
    expect(registerAccess({ ...acs, writable: 0 })).toBe('RO');
  });

  it('are read and written in hexadecimal', () => {
    expect(registerText(0x100006, 32)).toBe('0x0010_0006');
    expect(parseRegister('0x0010_0006', 32)).toBe(0x100006);
    expect(parseRegister('1ffff', 16)).toBeUndefined();
    expect(parseRegister('12g', 16)).toBeUndefined();
  });
});
