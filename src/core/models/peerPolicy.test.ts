/*
 * What a root complex does with traffic between its ports: policies, caps, pieces, sockets, segments (semantics reference
 * 1.4; performance reference, sections 6 and 7.2).
 */
import { describe, expect, it } from 'vitest';
import type { HostBridgeSpec, LinkEndSpec } from '../pcie/machineSpec.ts';
import { COMPLETION_STATUS, FLOW } from '../pcie/tlp.ts';
import { LINK_COUNTER, LINK_COUNTER_COUNT } from '../pcie/counters.ts';
import type { Hardware } from './hardware.ts';
import { expectConserved, Paths, payloadOn, runFor } from './machineChecks.testing.ts';
import { builtMachine, device, holdsPattern, PATTERN, switchOf, TestFunction } from './machines.testing.ts';

type PeerToPeer = NonNullable<HostBridgeSpec['peerToPeer']>;

const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const GEN5_X16: LinkEndSpec = { maxGen: 5, maxWidth: 16 };
/** Longer than any completion timeout. */
const LONG_PS = 60e9;

function pair(peerToPeer?: PeerToPeer, link = X8) {
  const paths = new Paths();
  const hardware = builtMachine(
    {
      ports: [
        { link, below: device('a', link) },
        { link, below: device('b', link) },
      ],
      ...(peerToPeer === undefined ? {} : { peerToPeer }),
    },
    paths,
  );
  return { hardware, paths, a: new TestFunction(hardware, 'a'), b: new TestFunction(hardware, 'b') };
}

/** Writes or reads until a steady state, then measures. @returns payload bytes per second on the link below `port`. */
function rate(hardware: Hardware, port: string, direction: 0 | 1): number {
  runFor(hardware, 5e7);
  const before = payloadOn(hardware, port, direction);
  runFor(hardware, 1e8);
  return (payloadOn(hardware, port, direction) - before) / 1e-4;
}

describe('R-5: peer requests', () => {
  it.each([
    ['forward', COMPLETION_STATUS.SC, true],
    ['unsupported', COMPLETION_STATUS.UR, false],
  ] as const)('%s: status %i', (policy, status, arrives) => {
    const { hardware, a, b } = pair({ write: policy, read: policy });
    b.memory.writeFrom(4096, 4, Uint8Array.of(1, 2, 3, 4), 0);
    a.port.write(b.base, 256, PATTERN, 0, FLOW.p2p);
    a.port.read(b.base + 4096, 4, 0, FLOW.p2p);
    runFor(hardware);
    expect(a.done[0]?.[1]).toBe(status);
    expect(holdsPattern(b.memory, 0, 256)).toBe(arrives);
    expectConserved(hardware);
  });

  it.each(['drop', 'timeout'] as const)('%s: writes vanish, reads end when the requester gives up', (policy) => {
    const { hardware, a, b } = pair({ write: policy, read: policy });
    a.port.write(b.base, 256, PATTERN, 0, FLOW.p2p);
    a.port.read(b.base, 4, 0, FLOW.p2p);
    runFor(hardware, 1e8);
    expect(a.done).toEqual([]);
    runFor(hardware, LONG_PS);
    expect(a.done).toHaveLength(1);
    expect(a.done[0]?.[1]).not.toBe(COMPLETION_STATUS.SC);
    expect(holdsPattern(b.memory, 0, 256)).toBe(false);
    expectConserved(hardware);
  });

  it('corrupt: everything arrives and succeeds, with every byte wrong, and the same wrong bytes each time', () => {
    const outcomes = [1, 2].map(() => {
      const { hardware, a, b } = pair({ write: 'corrupt', read: 'corrupt' });
      const read = new Uint8Array(64);
      const written = new Uint8Array(64);
      const expected = new Uint8Array(64);
      PATTERN.readInto(0, 64, expected, 0);
      b.memory.writeFrom(4096, 64, expected, 0);
      a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
      a.port.read(b.base + 4096, 64, 0, FLOW.p2p);
      runFor(hardware);
      expect(a.done[0]?.[1]).toBe(COMPLETION_STATUS.SC);
      b.memory.readInto(0, 64, written, 0);
      a.received.readInto(0, 64, read, 0);
      expect(written.every((byte, index) => byte !== expected[index])).toBe(true);
      expect(read.every((byte, index) => byte !== expected[index])).toBe(true);
      expectConserved(hardware);
      return [...written, ...read];
    });
    expect(outcomes[0]).toEqual(outcomes[1]);
  });

  it('a client root complex forwards writes and not reads', () => {
    const { hardware, a, b } = pair({ write: 'forward', read: 'unsupported' });
    a.port.write(b.base, 256, PATTERN, 0, FLOW.p2p);
    a.port.read(b.base, 64, 0, FLOW.p2p);
    runFor(hardware);
    expect(holdsPattern(b.memory, 0, 256)).toBe(true);
    expect(a.done[0]?.[1]).toBe(COMPLETION_STATUS.UR);
  });

  it('the host’s own accesses are no peer requests', () => {
    const { hardware, a, b } = pair({ write: 'drop', read: 'unsupported' });
    const cpu = hardware.cpuPort(a);
    cpu.writeDword(b.base, 0x01020304, FLOW.control);
    cpu.read(b.base, 4, 0, FLOW.control);
    runFor(hardware);
    expect(a.received.readUint(0, 4)).toBe(0x01020304);
    expectConserved(hardware);
  });

  it('integrated endpoints are peers of root ports', () => {
    const paths = new Paths();
    const build = (write: PeerToPeer['write']) => {
      const hardware = builtMachine(
        {
          ports: [{ link: X8, below: device('a', X8) }],
          integrated: [device('i', X8)],
          peerToPeer: { write, read: 'unsupported' },
        },
        paths,
      );
      return { hardware, a: new TestFunction(hardware, 'a'), i: new TestFunction(hardware, 'i') };
    };
    for (const [policy, arrives] of [
      ['forward', true],
      ['drop', false],
    ] as const) {
      const { hardware, a, i } = build(policy);
      paths.take(hardware);
      i.port.write(a.base, 64, PATTERN, 0, FLOW.p2p);
      a.port.write(i.base, 64, PATTERN, 0, FLOW.p2p);
      i.port.read(a.base, 64, 0, FLOW.p2p);
      runFor(hardware);
      expect(holdsPattern(a.memory, 0, 64)).toBe(arrives);
      expect(holdsPattern(i.memory, 0, 64)).toBe(arrives);
      expect(i.done[0]?.[1]).toBe(COMPLETION_STATUS.UR);
      expect([...paths.take(hardware)].sort()).toEqual(arrives ? ['MWr rp0^', 'MWr rp0v'] : ['MWr rp0^']);
      expectConserved(hardware);
    }
  });
});

describe('rates of peer traffic', () => {
  it('a cap holds for writes and for the data of reads', () => {
    const cap = 3e9;
    const writes = pair({ write: 'forward', read: 'forward', capBytesPerSecond: cap });
    writes.a.writeAll(writes.b.base, 2 ** 20, PATTERN, FLOW.p2p);
    const written = rate(writes.hardware, 'rp1', 0);
    expect(written / cap).toBeGreaterThan(0.99);
    expect(written / cap).toBeLessThan(1.01);
    const reads = pair({ write: 'forward', read: 'forward', capBytesPerSecond: cap });
    reads.a.readAll(reads.b.base, 2 ** 20, FLOW.p2p);
    const read = rate(reads.hardware, 'rp0', 0);
    expect(read / cap).toBeGreaterThan(0.99);
    expect(read / cap).toBeLessThan(1.01);
  });

  it('reads may have a cap of their own, which leaves writes alone', () => {
    const limits = { capBytesPerSecond: 7e9, readCapBytesPerSecond: 1e9 };
    const { hardware, a, b } = pair({ write: 'forward', read: 'forward', ...limits });
    a.readAll(b.base, 2 ** 20, FLOW.p2p);
    b.writeAll(a.base, 2 ** 21, PATTERN, FLOW.p2p);
    runFor(hardware, 5e7);
    const before = payloadOn(hardware, 'rp0', 0);
    runFor(hardware, 1e8);
    // Writes of b and data for a come down the same link.
    const together = (payloadOn(hardware, 'rp0', 0) - before) / 1e-4;
    expect(together).toBeGreaterThan(0.97 * 8e9);
    expect(together).toBeLessThan(1.01 * 8e9);
  });

  it('P-2: in pieces of 64 bytes a Gen5 x16 link carries 45.2 GB/s of writes', () => {
    const link = GEN5_X16;
    const hardware = builtMachine({
      ports: ['s0', 's1', 't'].map((id) => ({ link, below: device(id, link) })),
      peerToPeer: { write: 'forward', read: 'forward', repacketiseBytes: 64 },
    });
    const target = new TestFunction(hardware, 't');
    for (const id of ['s0', 's1']) new TestFunction(hardware, id).writeAll(target.base, 2 ** 23, PATTERN, FLOW.p2p);
    const payload = rate(hardware, 'rp2', 0);
    expect(payload / 45.2e9).toBeGreaterThan(0.97);
    expect(payload / 45.2e9).toBeLessThan(1.03);
    const base = (hardware.links.find((found) => found.upper === 'rp2')?.index ?? NaN) * 2 * LINK_COUNTER_COUNT;
    const bytes = hardware.linkCounters[base + LINK_COUNTER.tlpBytes] ?? NaN;
    const ratio = bytes / payloadOn(hardware, 'rp2', 0);
    // 64 bytes of payload, 16 of header, 8 of framing.
    expect(ratio).toBeCloseTo(88 / 64, 3);
  });

  it('completions are cut too, and arrive whole', () => {
    const { hardware, a, b } = pair({ write: 'forward', read: 'forward', repacketiseBytes: 64 });
    const bytes = new Uint8Array(8192);
    PATTERN.readInto(0, bytes.length, bytes, 0);
    b.memory.writeFrom(0, bytes.length, bytes, 0);
    a.readAll(b.base, bytes.length, FLOW.p2p);
    a.writeAll(b.base + 16_384, bytes.length, PATTERN, FLOW.p2p);
    runFor(hardware);
    expect(holdsPattern(a.received, 0, bytes.length)).toBe(true);
    expectConserved(hardware);
  });
});

describe('two host bridges', () => {
  function sockets(peerToPeer: PeerToPeer, segment = 0, nested = false) {
    const paths = new Paths();
    const end = device('b', X8);
    const below = nested ? switchOf('sw', X8, [{ link: X8, below: end }]) : end;
    const hardware = builtMachine(
      {
        ports: [
          { link: X8, below: device('a', X8) },
          { link: X8, below: device('c', X8) },
        ],
        bridges: [
          { segment, rootBus: segment === 0 ? 0x80 : 0, ports: [{ link: X8, below }], peerToPeer, numaNode: 1 },
        ],
        peerToPeer,
      },
      paths,
    );
    const [a, b, c] = ['a', 'b', 'c'].map((id) => new TestFunction(hardware, id));
    if (a === undefined || b === undefined || c === undefined) throw new Error('no device');
    return { hardware, paths, a, b, c };
  }
  const FORWARD: PeerToPeer = { write: 'forward', read: 'forward' };

  it('add their latencies', () => {
    const { hardware, a, b, c } = sockets(FORWARD);
    a.port.read(c.base, 64, 0, FLOW.p2p);
    runFor(hardware);
    const same_ps = a.done[0]?.[2] ?? NaN;
    const started_ps = hardware.now_ps;
    a.port.read(b.base, 64, 1, FLOW.p2p);
    runFor(hardware);
    const other_ps = (a.done[1]?.[2] ?? NaN) - started_ps;
    // 200 ns more each way.
    expect(other_ps - same_ps).toBeGreaterThan(395_000);
    expect(other_ps - same_ps).toBeLessThan(405_000);
    expectConserved(hardware);
  });

  it.each([
    ['of the links', FORWARD, undefined],
    ['of the cap', { ...FORWARD, capBytesPerSecond: 5e9 }, 5e9],
  ] as const)('pass on the stated share %s', (_name, policy, cap) => {
    const factor = 0.8;
    const near = sockets({ ...policy, crossSocketFactor: factor });
    near.a.writeAll(near.c.base, 2 ** 22, PATTERN, FLOW.p2p);
    const inside = rate(near.hardware, 'rp1', 0);
    if (cap !== undefined) expect(inside / cap).toBeCloseTo(1, 2);
    const far = sockets({ ...policy, crossSocketFactor: factor });
    far.a.writeAll(far.b.base, 2 ** 22, PATTERN, FLOW.p2p);
    const across = rate(far.hardware, 'rp2', 0);
    expect(across / inside / factor).toBeGreaterThan(0.98);
    expect(across / inside / factor).toBeLessThan(1.02);
  });

  it('the stricter policy of both holds', () => {
    const { hardware, a, b } = sockets({ write: 'drop', read: 'unsupported' });
    a.port.write(b.base, 64, PATTERN, 0, FLOW.p2p);
    a.port.read(b.base, 64, 0, FLOW.p2p);
    runFor(hardware);
    expect(a.done[0]?.[1]).toBe(COMPLETION_STATUS.UR);
    expect(holdsPattern(b.memory, 0, 64)).toBe(false);
  });

  it('R-9: inside one segment the requester ID stays', () => {
    const { hardware, paths, a, b } = sockets(FORWARD);
    a.port.read(b.base, 64, 0, FLOW.p2p);
    runFor(hardware);
    expect(new Set(paths.requesters())).toEqual(new Set([a.port.requesterId]));
    expect(a.done[0]?.[1]).toBe(COMPLETION_STATUS.SC);
  });

  it('R-9: into another segment the root complex sends with its own ID and puts the answer right', () => {
    // Both segments have the same bus numbers: without substitution the answer would stay in the wrong one.
    const { hardware, a, b, paths } = sockets(FORWARD, 1, true);
    a.port.read(b.base, 64, 0, FLOW.p2p);
    runFor(hardware);
    // Up to the root complex and down from it, then the answer.
    expect(paths.requesters()).toEqual([a.port.requesterId, 0, 0, 0, 0, a.port.requesterId]);
    const bytes = new Uint8Array(4096);
    PATTERN.readInto(0, bytes.length, bytes, 0);
    b.memory.writeFrom(0, bytes.length, bytes, 0);
    a.readAll(b.base, bytes.length, FLOW.p2p);
    a.writeAll(b.base + 8192, bytes.length, PATTERN, FLOW.p2p);
    b.readAll(a.base, 1024, FLOW.p2p);
    runFor(hardware);
    expect(holdsPattern(a.received, 0, bytes.length)).toBe(true);
    expect(a.done.every(([, status]) => status === COMPLETION_STATUS.SC)).toBe(true);
    expect(b.done.every(([, status]) => status === COMPLETION_STATUS.SC)).toBe(true);
    expect(paths.take(hardware)).toContain('CplD rp0v');
    expectConserved(hardware);
  });

  it('R-9: refused requests come back across segments too', () => {
    const { hardware, a, b } = sockets(FORWARD, 1, true);
    hardware.functionOf('b').config.write(0x04, 2, 0x4);
    for (let index = 0; index < 8; index++) a.port.read(b.base, 64, index, FLOW.p2p);
    runFor(hardware);
    expect(a.done.map(([, status]) => status)).toEqual(Array.from({ length: 8 }, () => COMPLETION_STATUS.UR));
    expectConserved(hardware);
  });
});
