import { describe, expect, it } from 'vitest';
import { findCapability } from '../../config/capability.ts';
import { COMPLETION_TIMEOUT_RANGES, completionTimeout_ps } from '../../config/completionTimeout.ts';
import { DEVICE_CONTROL_2, EXPRESS, ROOT_CONTROL } from '../../config/expressCapability.ts';
import { AER, AER_CONTROL, AER_ROOT_COMMAND } from '../../config/extendedCapabilities.ts';
import { MSI, MSI_ADDRESS, MSI_CONTROL, MSI_DATA } from '../../config/legacyCapabilities.ts';
import { COMMAND } from '../../config/header.ts';
import { LINK_COUNTER, LINK_COUNTER_COUNT, UPSTREAM } from '../../pcie/counters.ts';
import { FLOW, READ_OUTCOME } from '../../pcie/tlp.ts';
import { privateStorage } from '../../../base/storage.ts';
import type { FunctionSpec } from '../../pcie/machineSpec.ts';
import { buildHardware } from '../buildHardware.ts';
import { machineSpec, PATTERN } from '../machines.testing.ts';
import { benchOf, errorsOf, rootStatusOf, settle, statusOf, threeDevices, write } from './faults.testing.ts';

const NOBODY = 0x3f_0000_0000;
const UR_BIT = 20;
const CA_BIT = 15;
const TIMEOUT_BIT = 14;

describe('what the requester learns (semantics reference 9.1)', () => {
  it('9.1: a write nobody claims is dropped, its sender learns nothing, the detecting port logs UR', () => {
    const { hardware, a } = benchOf();
    a.port.write(NOBODY, 64, PATTERN, 0, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(a.done).toEqual([]);
    expect(statusOf(hardware, 'a')).toMatchObject({ device: [], uncorrectable: [] });
    const [error, ...others] = errorsOf(hardware);
    expect(others).toEqual([]);
    expect(error).toMatchObject({
      node: 'rp0',
      name: 'Unsupported Request',
      bit: UR_BIT,
      severity: 'nonFatal',
      advisory: false,
      message: 'ERR_NONFATAL',
      rootPort: 'rp0',
      recovery: 'dropped; its sender learns nothing',
    });
    expect(error?.sentence).toBe(
      '00:01.0 (rp0) has no window or BAR for the MWr of 64 bytes to 0x3F_0000_0000 from 03:00.0.',
    );
    expect(statusOf(hardware, 'rp0')).toMatchObject({ device: [1, 3], uncorrectable: [UR_BIT], pointer: UR_BIT });
  });

  it('9.1, E-2: a read nobody claims ends with UR, which is Advisory Non-Fatal at the detecting port', () => {
    const { hardware, a } = benchOf();
    a.port.read(NOBODY, 64, 7, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(a.done.map(([context, status]) => [context, status])).toEqual([[7, READ_OUTCOME.UR]]);
    expect(errorsOf(hardware)).toMatchObject([
      { node: 'rp0', severity: 'correctable', advisory: true, message: 'ERR_COR', recovery: 'completion UR' },
    ]);
    expect(statusOf(hardware, 'rp0')).toMatchObject({ device: [0, 3], correctable: [13], uncorrectable: [UR_BIT] });
    expect(rootStatusOf(hardware, 'rp0')).toEqual({ status: 1, correctable: 0x0008, uncorrectable: 0 });
  });

  it('9.1: with memory disabled a device answers UR and stores nothing', () => {
    const { hardware, a, b } = benchOf();
    expect(hardware.inject({ kind: 'memoryDisable', node: 'b' })).toBeUndefined();
    a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
    a.port.read(b.base, 64, 1, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(b.memory.readUint(0, 4)).toBe(0);
    expect(a.done.map(([, status]) => status)).toEqual([READ_OUTCOME.UR]);
    expect(errorsOf(hardware).map(({ node, name }) => [node, name])).toEqual([
      ['b', 'Unsupported Request'],
      ['b', 'Unsupported Request'],
      ['b', 'Header Log Overflow'],
    ]);
    expect(errorsOf(hardware)[0]?.sentence).toContain('Memory Space Enable clear');
    expect(hardware.inject({ kind: 'memoryDisable', node: 'b' })).toContain('clear already');
  });

  it('9.1, E-2: a completer that refuses answers a read with CA and drops a write', () => {
    const { hardware, a, b } = benchOf();
    expect(hardware.inject({ kind: 'completerAbort', node: 'b', count: 2 })).toBeUndefined();
    a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
    a.port.read(b.base, 64, 1, FLOW.p2p);
    a.port.read(b.base, 64, 2, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(a.done.map(([context, status]) => [context, status])).toEqual([
      [1, READ_OUTCOME.CA],
      [2, READ_OUTCOME.SC],
    ]);
    expect(errorsOf(hardware)).toMatchObject([
      {
        node: 'b',
        bit: CA_BIT,
        advisory: false,
        message: 'ERR_NONFATAL',
        recovery: 'dropped; its sender learns nothing',
      },
      { node: 'b', bit: CA_BIT, advisory: true, message: 'ERR_COR', recovery: 'completion Completer Abort' },
      { node: 'b', bit: 15, name: 'Header Log Overflow' },
    ]);
  });

  it('9.1, E-1: a read that is never answered ends in a completion timeout at the requester', () => {
    const { hardware, a, b } = benchOf();
    expect(hardware.inject({ kind: 'noAnswer', node: 'b', count: 1 })).toBeUndefined();
    a.port.read(b.base, 64, 1, FLOW.p2p);
    a.port.read(b.base + 64, 64, 2, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(a.done.map(([context, status]) => [context, status])).toEqual([
      [2, READ_OUTCOME.SC],
      [1, READ_OUTCOME.timeout],
    ]);
    expect(errorsOf(hardware)).toMatchObject([{ node: 'a', bit: TIMEOUT_BIT, message: 'ERR_NONFATAL', header: [] }]);
    expect(statusOf(hardware, 'a')).toMatchObject({ device: [1], uncorrectable: [TIMEOUT_BIT], header: [0, 0, 0, 0] });
    expect(rootStatusOf(hardware, 'rp0')).toMatchObject({ uncorrectable: 0x0300 });
  });

  it('9.1, E-4: poisoned writes pass switches, are not stored, and are logged by their consumer', () => {
    const { hardware, a, b } = benchOf();
    expect(hardware.inject({ kind: 'poison', node: 'a', what: 'writes', count: 1 })).toBeUndefined();
    a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
    a.port.write(b.base + 64, 64, PATTERN, 64, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect([b.memory.readUint(0, 4), b.memory.readUint(68, 4)].map((word) => word !== 0)).toEqual([false, true]);
    const errors = errorsOf(hardware);
    expect(errors.at(-1)).toMatchObject({ node: 'b', bit: 12, message: 'ERR_NONFATAL', recovery: 'data not stored' });
    const { header, uncorrectable } = statusOf(hardware, 'b');
    expect(uncorrectable).toEqual([12]);
    // EP is bit 14 of the first dword.
    expect((header[0] ?? 0) & 0x4000).toBe(0x4000);
    expect(errors.slice(0, -1)).toMatchObject([{ node: 'sw.0', bit: 12, advisory: true, recovery: 'forwarded' }]);
  });

  it('E-4: poisoned writes pass the root complex on their way to a peer', () => {
    const { hardware, a, c } = benchOf();
    expect(hardware.inject({ kind: 'poison', node: 'c', what: 'writes', count: 1 })).toBeUndefined();
    c.port.write(a.base, 64, PATTERN, 4, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(errorsOf(hardware).map(({ node, advisory, recovery }) => [node, advisory, recovery])).toEqual([
      ['rp1', true, 'forwarded'],
      ['sw', true, 'forwarded'],
      ['a', false, 'data not stored'],
    ]);
    expect(a.memory.readUint(0, 4)).toBe(0);
  });

  it('9.1, E-4: poisoned writes to host memory are not stored either', () => {
    const { hardware, c } = benchOf();
    const ram = 0x1_0000_0000;
    expect(hardware.inject({ kind: 'poison', node: 'c', what: 'writes', count: 1 })).toBeUndefined();
    c.port.write(ram, 64, PATTERN, 4, FLOW.bounceIn);
    expect(settle(hardware)).toEqual([]);
    expect(hardware.hostMemory.memory.readUint(hardware.hostMemory.offsetOf(ram), 4)).toBe(0);
    expect(errorsOf(hardware)).toMatchObject([{ node: 'rp1', bit: 12, recovery: 'data not stored' }]);
  });

  it('9.1, E-4: a read whose completion is poisoned has failed, and its data is not used', () => {
    const { hardware, a, b } = benchOf();
    b.memory.writeFrom(0, 4, Uint8Array.of(1, 2, 3, 4), 0);
    expect(hardware.inject({ kind: 'poison', node: 'b', what: 'completions', count: 1 })).toBeUndefined();
    a.port.read(b.base, 64, 0, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(a.done.map(([, status]) => status)).toEqual([READ_OUTCOME.poisoned]);
    expect(a.received.readUint(0, 4)).toBe(0);
    expect(errorsOf(hardware).at(-1)).toMatchObject({ node: 'a', bit: 12, recovery: 'read failed' });
  });

  it('9.1, T-3: a write longer than the receiver’s Max_Payload_Size is malformed, fatal, and dropped', () => {
    const { hardware, a, b } = benchOf();
    expect(hardware.inject({ kind: 'malformed', node: 'a', count: 1 })).toBeUndefined();
    a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
    a.port.write(b.base + 64, 64, PATTERN, 64, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(b.memory.readUint(0, 4)).toBe(0);
    expect(b.memory.readUint(68, 4)).not.toBe(0);
    expect(errorsOf(hardware)).toMatchObject([
      { node: 'sw.0', bit: 18, severity: 'fatal', message: 'ERR_FATAL', recovery: 'dropped' },
    ]);
    // 260 bytes are 65 dwords.
    expect((statusOf(hardware, 'sw.0').header[0] ?? 0) & 0x3ff).toBe(65);
    expect(rootStatusOf(hardware, 'rp0')).toEqual({ status: 0b101_0100, correctable: 0, uncorrectable: 0x0200 });
  });

  it('T-3, P-1: devices with unlike Max_Payload_Size do not understand each other', () => {
    const { hardware, a, b } = benchOf(threeDevices({}, { mpsBytes: 256 }));
    const { config } = hardware.functionOf('b');
    const express = findCapability(config, EXPRESS) ?? 0;
    config.write(express + 0x08, 2, 0x280f);
    a.port.write(b.base, 256, PATTERN, 0, FLOW.p2p);
    a.port.write(b.base + 256, 128, PATTERN, 0, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(errorsOf(hardware)).toMatchObject([{ node: 'b', bit: 18, severity: 'fatal' }]);
    expect(b.memory.readUint(4, 4)).toBe(0);
    expect(b.memory.readUint(260, 4)).not.toBe(0);
  });

  it('9.1: a completion nobody waits for is an Unexpected Completion, advisory, and nothing else happens', () => {
    const { hardware } = benchOf();
    expect(hardware.inject({ kind: 'unexpectedCompletion', node: 'a', count: 2 })).toBeUndefined();
    expect(settle(hardware)).toEqual([]);
    expect(errorsOf(hardware).filter(({ bit }) => bit === 16)).toMatchObject([
      { node: 'a', advisory: true, message: 'ERR_COR', recovery: 'dropped' },
      { node: 'a', advisory: true },
    ]);
    // A CplD for requester 03:00.0: third dword.
    expect(((statusOf(hardware, 'a').header[2] ?? 0) >>> 16).toString(16)).toBe('300');
  });

  it('9.1: a request with another bus’s requester ID is an ACS violation where source validation is on', () => {
    const spoofed = benchOf(threeDevices());
    const { config } = spoofed.hardware.functionOf('sw.0');
    expect(config.bytes.length).toBe(4096);
    const guarded = benchOf({
      ports: threeDevices().ports.map((port, index) =>
        index === 0 && port.below?.kind === 'switch'
          ? { ...port, below: { ...port.below, ports: port.below.ports.map((inner) => ({ ...inner, acsControl: 1 })) } }
          : port,
      ),
    });
    const { hardware, a, b } = guarded;
    expect(hardware.inject({ kind: 'spoofRequester', node: 'a', count: 1 })).toBeUndefined();
    a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(errorsOf(hardware)).toMatchObject([{ node: 'sw.0', bit: 21, message: 'ERR_NONFATAL' }]);
    expect(b.memory.readUint(4, 4)).toBe(0);
    expect((statusOf(hardware, 'sw.0').header[1] ?? 0) >>> 16).toBe(0x0400);
  });

  it('9.1: a stray address is unsupported', () => {
    const { hardware, a, b } = benchOf();
    expect(hardware.inject({ kind: 'strayAddress', node: 'a', count: 1 })).toBeUndefined();
    a.port.read(b.base, 64, 1, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(a.done.map(([, status]) => status)).toEqual([READ_OUTCOME.UR]);
  });
});

describe('settings of the document', () => {
  const build = (change: Partial<FunctionSpec>) => {
    const spec = machineSpec(threeDevices());
    const functions = spec.functions.map((fn) => (fn.id === 'a' ? { ...fn, ...change } : fn));
    return buildHardware({ ...spec, functions }, { storage: privateStorage, seed: 1 }).functionOf('a').config;
  };

  it('E-1: completionTimeout is in Device Control 2 at boot', () => {
    const config = build({ completionTimeout: { value: 6, disabled: true } });
    const express = findCapability(config, EXPRESS) ?? 0;
    expect(config.field(DEVICE_CONTROL_2, express, 'completionTimeoutValue')).toBe(6);
    expect(config.field(DEVICE_CONTROL_2, express, 'completionTimeoutDisable')).toBe(1);
    config.reset('hot');
    expect(config.field(DEVICE_CONTROL_2, express, 'completionTimeoutValue')).toBe(0);
  });

  it('ecrc sets both enables of AER at boot', () => {
    const config = build({ ecrc: true });
    const aer = findCapability(config, AER) ?? 0;
    expect(config.readRegister(AER_CONTROL, aer)).toBe(0x1e0);
    expect(build({}).readRegister(AER_CONTROL, aer)).toBe(0x0a0);
  });
});

describe('completion timeout (E-1)', () => {
  it('E-1: every value of Device Control 2 gives a time inside its range, reserved ones the default', () => {
    for (const { value, least_ps, most_ps } of COMPLETION_TIMEOUT_RANGES) {
      const time_ps = completionTimeout_ps(value, false);
      expect(time_ps).toBeGreaterThanOrEqual(least_ps);
      expect(time_ps).toBeLessThanOrEqual(most_ps);
    }
    expect(completionTimeout_ps(3, false)).toBe(completionTimeout_ps(0, false));
    expect(completionTimeout_ps(6, true)).toBe(Infinity);
  });

  it.each([
    { value: 0, time_ps: 10e9 },
    { value: 1, time_ps: 100e6 },
    { value: 6, time_ps: 210e9 },
  ])('E-1: with value $value a requester gives up after $time_ps ps', ({ value, time_ps }) => {
    const { hardware, a, b } = benchOf();
    const { config } = hardware.functionOf('a');
    write(config, DEVICE_CONTROL_2, findCapability(config, EXPRESS) ?? 0, { completionTimeoutValue: value });
    hardware.inject({ kind: 'noAnswer', node: 'b', count: 1 });
    a.port.read(b.base, 64, 1, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(a.done).toEqual([[1, READ_OUTCOME.timeout, time_ps]]);
  });

  it('E-1: with the timeout disabled a requester waits for ever; enabled again, it gives up', () => {
    const { hardware, a, b } = benchOf();
    const { config } = hardware.functionOf('a');
    const express = findCapability(config, EXPRESS) ?? 0;
    write(config, DEVICE_CONTROL_2, express, { completionTimeoutDisable: 1 });
    hardware.inject({ kind: 'noAnswer', node: 'b', count: 1 });
    a.port.read(b.base, 64, 1, FLOW.p2p);
    expect(settle(hardware)).not.toEqual([]);
    expect(a.done).toEqual([]);
    write(config, DEVICE_CONTROL_2, express, { completionTimeoutDisable: 0 });
    hardware.injectAt(20e9, { kind: 'memoryDisable', node: 'c' });
    expect(settle(hardware)).toEqual([]);
    expect(a.done.map(([, status]) => status)).toEqual([READ_OUTCOME.timeout]);
  });

  it('E-1: a late completion is an Unexpected Completion', () => {
    const { hardware, a, b } = benchOf();
    const { config } = hardware.functionOf('a');
    write(config, DEVICE_CONTROL_2, findCapability(config, EXPRESS) ?? 0, { completionTimeoutValue: 1 });
    // b answers after 250 ns; 1024 reads of 512 bytes over one slow lane take longer than 100 µs.
    a.readAll(b.base, 2 ** 19, FLOW.p2p);
    hardware.inject({ kind: 'retrain', link: 'sw.1', gen: 1, width: 1 });
    expect(settle(hardware)).toEqual([]);
    const names = new Set(errorsOf(hardware).map(({ name }) => name));
    expect(names.has('Completion Timeout')).toBe(true);
    expect(names.has('Unexpected Completion')).toBe(true);
  });
});

describe('ECRC', () => {
  const ecrcBench = () => {
    const bench = benchOf();
    for (const { config } of bench.hardware.functions) {
      const aer = findCapability(config, AER);
      if (aer !== undefined) write(config, AER_CONTROL, aer, { ecrcGenerationEnable: 1, ecrcCheckEnable: 1 });
    }
    return bench;
  };

  it('T-9: a digest adds four bytes to every TLP', () => {
    const [plain = 0, guarded = 0] = [benchOf(), ecrcBench()].map(({ hardware, a, b }) => {
      a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
      settle(hardware);
      const link = hardware.links.find(({ upper }) => upper === 'sw.0')?.index ?? NaN;
      return hardware.linkCounters[(2 * link + UPSTREAM) * LINK_COUNTER_COUNT + LINK_COUNTER.tlpBytes];
    });
    expect(guarded - plain).toBe(4);
  });

  it('a wrong digest is found by the last receiver only, which drops the write', () => {
    const { hardware, a, b } = ecrcBench();
    expect(hardware.inject({ kind: 'corruptDigest', node: 'a', count: 1 })).toBeUndefined();
    a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
    a.port.write(b.base + 64, 64, PATTERN, 64, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(errorsOf(hardware)).toMatchObject([{ node: 'b', bit: 19, message: 'ERR_NONFATAL', recovery: 'dropped' }]);
    expect([b.memory.readUint(4, 4), b.memory.readUint(68, 4)].map((word) => word !== 0)).toEqual([false, true]);
    // TD is bit 15 of the first dword.
    expect((statusOf(hardware, 'b').header[0] ?? 0) & 0x8000).toBe(0x8000);
  });

  it('a read with a wrong digest is not answered: its requester times out', () => {
    const { hardware, a, b } = ecrcBench();
    hardware.inject({ kind: 'corruptDigest', node: 'a', count: 1 });
    a.port.read(b.base, 64, 1, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(a.done.map(([, status]) => status)).toEqual([READ_OUTCOME.timeout]);
    expect(errorsOf(hardware).map(({ name }) => name)).toEqual(['ECRC Error', 'Completion Timeout']);
  });

  it('where nobody checks, a wrong digest does no harm; where nobody generates, there is none to spoil', () => {
    const { hardware, a, b } = ecrcBench();
    const { config } = hardware.functionOf('b');
    write(config, AER_CONTROL, findCapability(config, AER) ?? 0, { ecrcCheckEnable: 0 });
    hardware.inject({ kind: 'corruptDigest', node: 'a', count: 1 });
    a.port.write(b.base, 64, PATTERN, 64, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(errorsOf(hardware)).toEqual([]);
    expect(b.memory.readUint(4, 4)).not.toBe(0);
    expect(benchOf().hardware.inject({ kind: 'corruptDigest', node: 'a', count: 1 })).toContain('adds no ECRC digest');
  });
});

describe('configuration Request Retry Status (T-7)', () => {
  it('T-7: the root complex repeats the request until it is answered; software only sees the delay', () => {
    const { hardware } = benchOf();
    const done: [number, number, number][] = [];
    const bytes = new Map<number, number>();
    const cpu = hardware.cpuPort({
      onRoom: () => undefined,
      onReadData: (context, offset, length, payload, at) => {
        for (let i = 0; i < length; i++) bytes.set(context * 16 + offset + i, payload[at + i] ?? 0);
      },
      onReadDone: (context, status) => done.push([context, status, cpu.now()]),
      onRegisterWrite: () => undefined,
      onRegisterRead: () => 0,
      onTimer: () => undefined,
      onReset: () => undefined,
    });
    hardware.inject({ kind: 'configRetry', node: 'a', duration_ps: 50e6 });
    cpu.configRead((3 << 8) as typeof cpu.requesterId, 0x04, 4, 1);
    cpu.configWrite((3 << 8) as typeof cpu.requesterId, COMMAND.offsetBytes, 2, 0x406, 2);
    expect(settle(hardware)).toEqual([]);
    const byContext = [...done].sort((one, other) => one[0] - other[0]);
    expect(byContext.map(([context, status]) => [context, status])).toEqual([
      [1, READ_OUTCOME.SC],
      [2, READ_OUTCOME.SC],
    ]);
    for (const [, , at_ps] of done) expect(at_ps).toBeGreaterThan(50e6);
    expect(hardware.functionOf('a').config.read(COMMAND.offsetBytes, 2)).toBe(0x406);
  });
});

describe('retry visibility (C-4)', () => {
  it('T-7: a root port that shows retries answers reads of the vendor ID with 0001 at once', () => {
    const { hardware } = benchOf();
    const { config } = hardware.functionOf('rp0');
    write(config, ROOT_CONTROL, findCapability(config, EXPRESS) ?? 0, { retryVisibility: 1 });
    const got: number[] = [];
    const cpu = hardware.cpuPort({
      onRoom: () => undefined,
      onReadData: (_context, _offset, length, payload, at) => got.push(...payload.slice(at, at + length)),
      onReadDone: (_context, status) => got.push(status, cpu.now()),
      onRegisterWrite: () => undefined,
      onRegisterRead: () => 0,
      onTimer: () => undefined,
      onReset: () => undefined,
    });
    hardware.inject({ kind: 'configRetry', node: 'a', duration_ps: 50e6 });
    cpu.configRead((3 << 8) as typeof cpu.requesterId, 0, 4, 1);
    expect(settle(hardware)).toEqual([]);
    expect(got.slice(0, 5)).toEqual([1, 0, 0xff, 0xff, READ_OUTCOME.SC]);
    expect(got[5]).toBeLessThan(10e6);
  });
});

describe('messages (E-3)', () => {
  it('E-3: an error below a switch travels as a Msg TLP to the root port, and interrupts where software wants it', () => {
    const { hardware, a, b } = benchOf();
    const { config } = hardware.functionOf('rp0');
    const msi = findCapability(config, MSI) ?? 0;
    config.write(msi + MSI_ADDRESS.offsetBytes, 4, 0xfee0_0000);
    config.write(msi + MSI_DATA.offsetBytes, 2, 0x41);
    config.write(msi + MSI_CONTROL.offsetBytes, 2, 1);
    write(config, AER_ROOT_COMMAND, findCapability(config, AER) ?? 0, {
      correctableReporting: 1,
      nonFatalReporting: 1,
      fatalReporting: 1,
    });
    const interrupts: (readonly number[])[] = [];
    hardware.onInterrupt((...values) => interrupts.push(values));
    hardware.inject({ kind: 'noAnswer', node: 'b', count: 1 });
    a.port.read(b.base, 64, 1, FLOW.p2p);
    expect(settle(hardware)).toEqual([]);
    expect(interrupts).toEqual([[0xfee0_0000, 0x41, 0x0008]]);
    expect(rootStatusOf(hardware, 'rp0')).toMatchObject({ status: 0b010_0100, uncorrectable: 0x0300 });
    // a ─ sw.0, sw ─ rp0: one read and one message of 16 bytes each way up.
    const message_ps = hardware.now_ps - 10e9;
    expect(message_ps).toBeGreaterThan(0);
  });
});
