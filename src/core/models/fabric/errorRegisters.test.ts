import { describe, expect, it } from 'vitest';
import { findCapability } from '../../config/capability.ts';
import { ConfigSpace } from '../../config/configSpace.ts';
import { DEVICE_CONTROL, DEVICE_STATUS, EXPRESS } from '../../config/expressCapability.ts';
import {
  AER,
  AER_CONTROL,
  AER_CORRECTABLE_MASK,
  AER_CORRECTABLE_STATUS,
  AER_ERROR_SOURCE,
  AER_HEADER_LOG,
  AER_ROOT_COMMAND,
  AER_ROOT_STATUS,
  AER_UNCORRECTABLE_MASK,
  AER_UNCORRECTABLE_SEVERITY,
  AER_UNCORRECTABLE_STATUS,
} from '../../config/extendedCapabilities.ts';
import { MSI, MSI_ADDRESS, MSI_CONTROL, MSI_DATA } from '../../config/legacyCapabilities.ts';
import type { Register } from '../../config/register.ts';
import type { HeaderDwords } from '../../pcie/tlpHeader.ts';
import { builtMachine, device } from '../machines.testing.ts';
import { CORRECTABLE, ErrorRegisters, UNCORRECTABLE } from './errorRegisters.ts';
import { RootErrorRegisters } from './errorRoot.ts';

const HEADER: HeaderDwords = [0x6000_0020, 0x0300_00ff, 0x40, 0x1000];
const OTHER: HeaderDwords = [0x2000_0001, 0x0400_010f, 0x41, 0];
const X8 = { maxGen: 4, maxWidth: 8 } as const;

interface Space {
  readonly config: ConfigSpace;
  readonly aer: number;
  readonly express: number;
}

function spaceOf(node: string): Space {
  const hardware = builtMachine({ ports: [{ link: X8, below: device('a', X8) }] });
  const { config } = hardware.functionOf(node);
  const space = { config, aer: findCapability(config, AER) ?? 0, express: findCapability(config, EXPRESS) ?? 0 };
  write(space, space.express, DEVICE_CONTROL, 0x281f);
  return space;
}

/** As software does. */
function write({ config }: Space, base: number, register: Register, value: number): void {
  config.write(base + register.offsetBytes, register.widthBits / 8, value);
}

function status({ config, aer, express }: Space) {
  const log = [0, 4, 8, 12].map((offset) => config.read(aer + AER_HEADER_LOG.offsetBytes + offset, 4));
  return {
    device: config.readRegister(DEVICE_STATUS, express) & 0xf,
    uncorrectable: config.readRegister(AER_UNCORRECTABLE_STATUS, aer),
    correctable: config.readRegister(AER_CORRECTABLE_STATUS, aer),
    pointer: config.field(AER_CONTROL, aer, 'firstErrorPointer'),
    log,
  };
}

describe('error registers of a function (semantics reference 9.2)', () => {
  it('severity after reset is 00462030h, the correctable mask 2000h', () => {
    const { config, aer } = spaceOf('a');
    expect(config.readRegister(AER_UNCORRECTABLE_SEVERITY, aer)).toBe(0x0046_2030);
    expect(config.readRegister(AER_CORRECTABLE_MASK, aer)).toBe(0x2000);
  });

  it('a non-fatal error sets NFED, its bit, the first error pointer and the header log, and sends ERR_NONFATAL', () => {
    const space = spaceOf('a');
    const reported = new ErrorRegisters(space.config).uncorrectable(UNCORRECTABLE.poisonedTlp, false, HEADER);
    expect(reported).toEqual({
      severity: 'nonFatal',
      advisory: false,
      isLogged: true,
      hasOverflowed: false,
      message: 'ERR_NONFATAL',
      silence: undefined,
    });
    expect(status(space)).toEqual({ device: 0b0010, uncorrectable: 1 << 12, correctable: 0, pointer: 12, log: HEADER });
  });

  it('a fatal error sets FED and sends ERR_FATAL', () => {
    const space = spaceOf('a');
    const reported = new ErrorRegisters(space.config).uncorrectable(UNCORRECTABLE.malformedTlp, false, HEADER);
    expect(reported).toMatchObject({ severity: 'fatal', message: 'ERR_FATAL' });
    expect(status(space)).toMatchObject({ device: 0b0100, uncorrectable: 1 << 18, pointer: 18 });
  });

  it('an unsupported request also sets URD, and its reporting has an enable of its own', () => {
    const space = spaceOf('a');
    const registers = new ErrorRegisters(space.config);
    write(space, space.express, DEVICE_CONTROL, 0x2817);
    expect(registers.uncorrectable(UNCORRECTABLE.unsupportedRequest, false, HEADER).message).toBeUndefined();
    expect(status(space)).toMatchObject({ device: 0b1010, uncorrectable: 1 << 20 });
    write(space, space.express, DEVICE_CONTROL, 0x281f);
    expect(registers.uncorrectable(UNCORRECTABLE.unsupportedRequest, false, HEADER).message).toBe('ERR_NONFATAL');
  });

  it('E-2: an advisory case is correctable, and masked until software unmasks it', () => {
    const space = spaceOf('a');
    const registers = new ErrorRegisters(space.config);
    const first = registers.uncorrectable(UNCORRECTABLE.completerAbort, true, HEADER);
    expect(first).toMatchObject({ severity: 'correctable', advisory: true, isLogged: false, message: undefined });
    expect(status(space)).toMatchObject({ device: 0b0001, uncorrectable: 0, correctable: 1 << 13 });
    write(space, space.aer, AER_CORRECTABLE_MASK, 0);
    const second = registers.uncorrectable(UNCORRECTABLE.completerAbort, true, HEADER);
    expect(second).toMatchObject({ severity: 'correctable', advisory: true, isLogged: true, message: 'ERR_COR' });
    expect(status(space)).toMatchObject({ uncorrectable: 1 << 15, pointer: 15, log: HEADER });
  });

  it('E-2: what software made fatal is not advisory', () => {
    const space = spaceOf('a');
    write(space, space.aer, AER_UNCORRECTABLE_SEVERITY, 1 << 15);
    const reported = new ErrorRegisters(space.config).uncorrectable(UNCORRECTABLE.completerAbort, true, HEADER);
    expect(reported).toMatchObject({ severity: 'fatal', advisory: false, message: 'ERR_FATAL' });
  });

  it('a masked error sets its bit, but logs no header and sends no message', () => {
    const space = spaceOf('a');
    write(space, space.aer, AER_UNCORRECTABLE_MASK, 1 << 12);
    const reported = new ErrorRegisters(space.config).uncorrectable(UNCORRECTABLE.poisonedTlp, false, HEADER);
    expect(reported).toMatchObject({ isLogged: false, message: undefined });
    expect(status(space)).toMatchObject({ device: 0b0010, uncorrectable: 1 << 12, pointer: 0, log: [0, 0, 0, 0] });
  });

  it('the log keeps the first header until software clears its bit; a second one overflows it', () => {
    const space = spaceOf('a');
    const registers = new ErrorRegisters(space.config);
    registers.uncorrectable(UNCORRECTABLE.poisonedTlp, false, HEADER);
    const second = registers.uncorrectable(UNCORRECTABLE.unsupportedRequest, false, OTHER);
    expect(second).toMatchObject({ isLogged: false, hasOverflowed: true });
    expect(status(space)).toMatchObject({ uncorrectable: (1 << 12) | (1 << 20), pointer: 12, log: HEADER });
    write(space, space.aer, AER_UNCORRECTABLE_STATUS, 1 << 12);
    const third = registers.uncorrectable(UNCORRECTABLE.completionTimeout, false, undefined);
    expect(third.isLogged).toBe(false);
    expect(status(space)).toMatchObject({ pointer: 14, log: [0, 0, 0, 0] });
  });

  it('a correctable error sets CED and its bit, and sends ERR_COR unless it is masked or off', () => {
    const space = spaceOf('a');
    const registers = new ErrorRegisters(space.config);
    expect(registers.correctable(CORRECTABLE.badTlp)).toMatchObject({ severity: 'correctable', message: 'ERR_COR' });
    expect(status(space)).toMatchObject({ device: 0b0001, correctable: 1 << 6, uncorrectable: 0 });
    write(space, space.aer, AER_CORRECTABLE_MASK, 1 << 6);
    expect(registers.correctable(CORRECTABLE.badTlp).message).toBeUndefined();
    write(space, space.express, DEVICE_CONTROL, 0x281e);
    expect(registers.correctable(CORRECTABLE.badDllp).message).toBeUndefined();
  });

  it('a function without AER still sets Device Status and sends its message', () => {
    const space = spaceOf('a');
    space.config.poke(0x100, 4, 0);
    const registers = new ErrorRegisters(space.config);
    expect(registers.hasAer).toBe(false);
    const reported = registers.uncorrectable(UNCORRECTABLE.poisonedTlp, false, HEADER);
    expect(reported).toMatchObject({ severity: 'nonFatal', message: 'ERR_NONFATAL', isLogged: false });
    expect(space.config.readRegister(DEVICE_STATUS, space.express) & 0xf).toBe(0b0010);
    const conventional = new ErrorRegisters(new ConfigSpace(new Uint8Array(256)));
    expect(conventional.uncorrectable(UNCORRECTABLE.poisonedTlp, false, HEADER).message).toBeUndefined();
  });

  it('capabilities that run over the end of a broken image are as good as none', () => {
    const image = new Uint8Array(4096);
    image.set([0x86, 0x80, 1, 0, 0, 0, 0x10, 0]);
    image[0x34] = 0xf8;
    image.set([0x10, 0x00], 0xf8);
    image.set([0x0f, 0x00, 0x01, 0xff], 0x100);
    image.set([0x01, 0x00, 0x01, 0x00], 0xff0);
    const registers = new ErrorRegisters(new ConfigSpace(image));
    expect(registers.hasAer).toBe(false);
    expect(registers.uncorrectable(UNCORRECTABLE.poisonedTlp, false, HEADER).message).toBeUndefined();
  });

  it('status bits survive a reset, as sticky bits do', () => {
    const space = spaceOf('a');
    new ErrorRegisters(space.config).uncorrectable(UNCORRECTABLE.poisonedTlp, false, HEADER);
    space.config.reset('hot');
    expect(status(space)).toMatchObject({ device: 0, uncorrectable: 1 << 12, pointer: 12, log: HEADER });
  });
});

describe('error registers of a root port (E-3)', () => {
  function sources({ config, aer }: Space) {
    return {
      status: config.readRegister(AER_ROOT_STATUS, aer),
      correctable: config.field(AER_ERROR_SOURCE, aer, 'correctable'),
      uncorrectable: config.field(AER_ERROR_SOURCE, aer, 'uncorrectable'),
    };
  }

  it('E-3: the first message of each class leaves its source, later ones set the multiple bits', () => {
    const space = spaceOf('rp0');
    const root = new RootErrorRegisters(space.config);
    root.receive('ERR_COR', 0x0100);
    root.receive('ERR_NONFATAL', 0x0200);
    expect(sources(space)).toEqual({ status: 0b010_0101, correctable: 0x0100, uncorrectable: 0x0200 });
    root.receive('ERR_COR', 0x0300);
    root.receive('ERR_FATAL', 0x0400);
    expect(sources(space)).toEqual({ status: 0b110_1111, correctable: 0x0100, uncorrectable: 0x0200 });
  });

  it('E-3: a first fatal message says so', () => {
    const space = spaceOf('rp0');
    new RootErrorRegisters(space.config).receive('ERR_FATAL', 0x0400);
    expect(sources(space)).toMatchObject({ status: 0b101_0100, uncorrectable: 0x0400 });
  });

  it('E-3: an interrupt is raised where Root Error Command and MSI are enabled, once for each status bit', () => {
    const space = spaceOf('rp0');
    const msi = findCapability(space.config, MSI) ?? 0;
    const root = new RootErrorRegisters(space.config);
    expect(root.receive('ERR_COR', 0x0100)).toBeUndefined();
    write(space, space.aer, AER_ROOT_COMMAND, 0b110);
    write(space, msi, MSI_ADDRESS, 0xfee0_0000);
    write(space, msi, MSI_DATA, 0x55);
    write(space, msi, MSI_CONTROL, 1);
    expect(root.receive('ERR_NONFATAL', 0x0100)).toEqual({ address: 0xfee0_0000, data: 0x55 });
    expect(root.receive('ERR_NONFATAL', 0x0100)).toBeUndefined();
    expect(root.receive('ERR_FATAL', 0x0100)).toBeDefined();
    write(space, space.aer, AER_ROOT_STATUS, 0x7f);
    expect(root.receive('ERR_COR', 0x0100)).toBeUndefined();
    expect(root.receive('ERR_NONFATAL', 0x0100)).toBeDefined();
  });
});
