/*
 * Atomic operations on built machines: what memory holds afterwards, what comes back, and who lets them through.
 *
 *   rp0 ── sw ┬ sw.0 ── a          rp1 ── c
 *             └ sw.1 ── b
 */
import { describe, expect, it } from 'vitest';
import type { LinkEndSpec } from '../pcie/machineSpec.ts';
import { COMPLETION_STATUS, TLP_KIND } from '../pcie/tlp.ts';
import type { Hardware } from './hardware.ts';
import { RequesterPort } from './fabric/requesterPort.ts';
import { expectConserved, Paths, runFor, unsupportedAt } from './machineChecks.testing.ts';
import { builtMachine, device, switchOf, TestFunction } from './machines.testing.ts';
import type { AtomicPort } from './ports.ts';

const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
/** Device Control 2 in the project's layout. */
const CONTROL_2 = 0x80 + 0x28;
const REQUESTER_ENABLE = 0x40;
const EGRESS_BLOCKING = 0x80;
const HOST_ADDRESS = 2 ** 32 + 4096;

function setBits(hardware: Hardware, node: string, bits: number): void {
  const { config } = hardware.functionOf(node);
  config.write(CONTROL_2, 2, config.read(CONTROL_2, 2) | bits);
}

function machine() {
  const paths = new Paths();
  const below = switchOf('sw', X8, [
    { link: X8, below: device('a', X8) },
    { link: X8, below: device('b', X8) },
  ]);
  const hardware = builtMachine(
    {
      ports: [
        { link: X8, below },
        { link: X8, below: device('c', X8) },
      ],
    },
    paths,
  );
  const [a, b, c] = ['a', 'b', 'c'].map((id) => new TestFunction(hardware, id));
  if (a === undefined || b === undefined || c === undefined) throw new Error('no device');
  setBits(hardware, 'a', REQUESTER_ENABLE);
  return { hardware, paths, a, b, c };
}

function atomicPort(fn: TestFunction): AtomicPort {
  if (fn.port instanceof RequesterPort) return fn.port;
  throw new Error('no atomics');
}

const dwords = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

describe('atomic operations', () => {
  it('FetchAdd adds and returns what was there', () => {
    const { hardware, a, b } = machine();
    b.memory.writeFrom(64, 4, dwords(0xffff_fff0), 0);
    atomicPort(a).atomic(TLP_KIND.FetchAdd, b.base + 64, 4, dwords(0x21), 0);
    runFor(hardware);
    expect(a.received.readUint(0, 4)).toBe(0xffff_fff0);
    expect(b.memory.readUint(64, 4)).toBe(0x11);
    expect(b.memory.readUint(68, 4)).toBe(0);
    expectConserved(hardware);
  });

  it('FetchAdd of 8 bytes carries into the upper half', () => {
    const { hardware, a, b } = machine();
    b.memory.writeFrom(64, 8, dwords(0xffff_ffff, 1), 0);
    atomicPort(a).atomic(TLP_KIND.FetchAdd, b.base + 64, 8, dwords(1, 0), 0);
    runFor(hardware);
    expect([b.memory.readUint(64, 4), b.memory.readUint(68, 4)]).toEqual([0, 2]);
    expect([a.received.readUint(0, 4), a.received.readUint(4, 4)]).toEqual([0xffff_ffff, 1]);
  });

  it('Swap exchanges', () => {
    const { hardware, a, b } = machine();
    b.memory.writeFrom(64, 4, dwords(1), 0);
    atomicPort(a).atomic(TLP_KIND.Swap, b.base + 64, 4, dwords(2), 0);
    runFor(hardware);
    expect([a.received.readUint(0, 4), b.memory.readUint(64, 4)]).toEqual([1, 2]);
  });

  it.each([4, 8, 16])('CAS of %i bytes stores only what compares equal', (bytes) => {
    const { hardware, a, b } = machine();
    const fill = (value: number): Uint8Array => new Uint8Array(bytes).fill(value);
    b.memory.writeFrom(64, bytes, fill(5), 0);
    const send = (compare: number, value: number, context: number): void =>
      atomicPort(a).atomic(TLP_KIND.CAS, b.base + 64, bytes, Uint8Array.of(...fill(compare), ...fill(value)), context);
    send(6, 7, 0);
    send(5, 8, 16);
    send(5, 9, 32);
    runFor(hardware);
    const now = new Uint8Array(bytes);
    b.memory.readInto(64, bytes, now, 0);
    expect([...now]).toEqual([...fill(8)]);
    expect([0, 16, 32].map((context) => a.received.readUint(context, 1))).toEqual([5, 5, 8]);
    expectConserved(hardware);
  });

  it('host memory carries them out', () => {
    const { hardware, a } = machine();
    const { hostMemory } = hardware;
    const offset = hostMemory.offsetOf(HOST_ADDRESS);
    for (let count = 0; count < 10; count++)
      atomicPort(a).atomic(TLP_KIND.FetchAdd, HOST_ADDRESS, 4, dwords(3), 4 * count);
    runFor(hardware);
    expect(hostMemory.memory.readUint(offset, 4)).toBe(30);
    expect(a.received.readUint(36, 4)).toBe(27);
    expectConserved(hardware);
  });

  it('need AtomicOp Requester Enable', () => {
    const { b, c } = machine();
    expect(() => atomicPort(c).atomic(TLP_KIND.Swap, b.base, 4, dwords(1), 0)).toThrow('may not send');
  });

  it('are routed by switch ports, and not between root ports that lack the capability', () => {
    const { hardware, paths, a, b, c } = machine();
    atomicPort(a).atomic(TLP_KIND.Swap, b.base, 4, dwords(1), 0);
    runFor(hardware);
    expect(paths.take(hardware)).toEqual(['Swap sw.0^', 'Swap sw.1v', 'CplD sw.1^', 'CplD sw.0v']);
    atomicPort(a).atomic(TLP_KIND.Swap, c.base, 4, dwords(1), 0);
    runFor(hardware);
    expect(a.done.map(([, status]) => status)).toEqual([COMPLETION_STATUS.SC, COMPLETION_STATUS.UR]);
    expect(unsupportedAt(hardware, 'rp0')).toBe(1);
    expect(c.memory.readUint(0, 4)).toBe(0);
    expectConserved(hardware);
  });

  it('end with UR where a port blocks them on their way out', () => {
    const { hardware, paths, a, b } = machine();
    setBits(hardware, 'sw.1', EGRESS_BLOCKING);
    atomicPort(a).atomic(TLP_KIND.Swap, b.base, 4, dwords(1), 0);
    runFor(hardware);
    expect(a.done[0]?.[1]).toBe(COMPLETION_STATUS.UR);
    expect(paths.take(hardware)).toEqual(['Swap sw.0^', 'Cpl sw.0v']);
    expectConserved(hardware);
  });
});
