/*
 * Max_Payload_Size where TLPs are received (semantics reference T-3, P-1, P-2).
 *
 *   rp0 ── sw ┬ sw.0 ── a (sends 512 bytes)          rp1 ── c
 *             └ sw.1 ── b
 */
import { describe, expect, it } from 'vitest';
import type { LinkEndSpec } from '../pcie/machineSpec.ts';
import { FLOW } from '../pcie/tlp.ts';
import type { Hardware } from './hardware.ts';
import { expectConserved, Paths, runFor } from './machineChecks.testing.ts';
import { builtMachine, device, holdsPattern, PATTERN, switchOf, TestFunction } from './machines.testing.ts';

const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const HOST_ADDRESS = 2 ** 32;
const PORTS = ['rp0', 'rp1', 'sw', 'sw.0', 'sw.1', 'a', 'b', 'c'] as const;

/** @param small ports that run with 256 bytes; all others with 512. */
function machine(small: readonly (typeof PORTS)[number][]) {
  const paths = new Paths();
  const mps = (id: (typeof PORTS)[number]) => ({ mpsBytes: small.includes(id) ? 256 : 512 });
  const below = switchOf(
    'sw',
    X8,
    [
      { link: X8, below: device('a', X8, mps('a')), ...mps('sw.0') },
      { link: X8, below: device('b', X8, mps('b')), ...mps('sw.1') },
    ],
    mps('sw'),
  );
  const hardware = builtMachine(
    {
      ports: [
        { link: X8, below, ...mps('rp0') },
        { link: X8, below: device('c', X8, mps('c')), ...mps('rp1') },
      ],
    },
    paths,
  );
  const [a, b, c] = ['a', 'b', 'c'].map((id) => new TestFunction(hardware, id));
  if (a === undefined || b === undefined || c === undefined) throw new Error('no device');
  return { hardware, paths, a, b, c };
}

function malformedAt(hardware: Hardware): readonly string[] {
  return hardware.errors.kept.filter(({ name }) => name === 'Malformed TLP').map(({ node }) => node ?? '?');
}

describe('a payload longer than Max_Payload_Size', () => {
  it.each([
    ['the downstream port it enters by', 'sw.0', 1],
    ['the downstream port it would leave by', 'sw.1', 1],
    ['its receiver', 'b', 2],
  ] as const)('T-3: is malformed at %s and goes no further', (_where, small, hops) => {
    const { hardware, paths, a, b } = machine([small]);
    a.port.write(b.base, 512, PATTERN, 0, FLOW.p2p);
    runFor(hardware);
    expect(malformedAt(hardware)).toEqual([small]);
    expect(holdsPattern(b.memory, 0, 512)).toBe(false);
    expect(paths.take(hardware).filter((hop) => hop.startsWith('MWr'))).toHaveLength(hops);
    expectConserved(hardware);
  });

  it('T-3: is malformed at a root port, and at the upstream port when it comes from above', () => {
    const up = machine(['rp0']);
    up.a.port.write(HOST_ADDRESS, 512, PATTERN, 0, FLOW.p2p);
    runFor(up.hardware);
    expect(malformedAt(up.hardware)).toEqual(['rp0']);
    const down = machine(['sw']);
    down.c.port.write(down.b.base, 512, PATTERN, 0, FLOW.p2p);
    runFor(down.hardware);
    expect(malformedAt(down.hardware)).toEqual(['sw']);
    expectConserved(down.hardware);
  });

  it('P-1: passes where every port on the way and the receiver take it', () => {
    const { hardware, a, b } = machine(['rp1', 'c']);
    a.port.write(b.base, 512, PATTERN, 0, FLOW.p2p);
    runFor(hardware);
    expect(malformedAt(hardware)).toEqual([]);
    expect(holdsPattern(b.memory, 0, 512)).toBe(true);
  });

  it('P-2: a root complex cuts what it forwards, a switch never does', () => {
    const { hardware, paths, a, c } = machine(['rp1', 'c']);
    a.port.write(c.base, 512, PATTERN, 0, FLOW.p2p);
    runFor(hardware);
    const hops = paths.take(hardware);
    expect(hops.filter((hop) => hop === 'MWr rp0^')).toHaveLength(1);
    expect(hops.filter((hop) => hop === 'MWr rp1v')).toHaveLength(2);
    expect(holdsPattern(c.memory, 0, 512)).toBe(true);
    expectConserved(hardware);
  });

  it('T-3: of a completion leaves the requester waiting until it gives up', () => {
    const { hardware, a, b } = machine(['a', 'sw.0']);
    b.memory.writeFrom(0, 4, Uint8Array.of(1, 2, 3, 4), 0);
    a.port.read(b.base, 512, 0, FLOW.p2p);
    runFor(hardware, 1e8);
    expect(malformedAt(hardware)).toEqual(['sw.0']);
    expect(a.done).toEqual([]);
    runFor(hardware, 60e9);
    expect(a.done).toHaveLength(1);
    expectConserved(hardware);
  });
});
