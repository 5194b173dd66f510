/*
 * Order between TLPs on built machines: what must pass, what must not, and what shares (semantics reference, section 8).
 */
import { describe, expect, it } from 'vitest';
import { ACS_BITS } from '../pcie/acs.ts';
import type { CreditSpec, LinkEndSpec } from '../pcie/machineSpec.ts';
import { FLOW } from '../pcie/tlp.ts';
import { SparseMemory } from '../sim/sparseMemory.ts';
import type { Hardware } from './hardware.ts';
import { expectConserved, payloadOn, runFor } from './machineChecks.testing.ts';
import { builtMachine, device, PATTERN, switchOf, TestFunction, type TestPort } from './machines.testing.ts';
import type { ByteSink, ByteSource } from './ports.ts';

const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const X16: LinkEndSpec = { maxGen: 4, maxWidth: 16 };
const X1: LinkEndSpec = { maxGen: 1, maxWidth: 1 };
/** One TLP of each class at a time. */
const TINY: CreditSpec = {
  postedHeader: 1,
  postedData: 16,
  nonPostedHeader: 1,
  nonPostedData: 1,
  completionHeader: 1,
  completionData: 16,
};

/** Bytes moved when two devices write to and read from each other as fast as they can, and whether it ended. */
function exchange(orderingExceptions: boolean): {
  readonly reads: number;
  readonly ended: boolean;
  readonly hardware: Hardware;
} {
  const one = (id: string): TestPort => ({ link: X8, below: device(id, X8, { credits: TINY }), credits: TINY });
  const hardware = builtMachine(
    { ports: [{ link: X16, below: switchOf('sw', X16, [one('a'), one('b')]) }] },
    undefined,
    {
      orderingExceptions,
    },
  );
  const a = new TestFunction(hardware, 'a');
  const b = new TestFunction(hardware, 'b');
  const goal = 200;
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    let writes = 0;
    let reads = 0;
    from.pump = () => {
      while (writes < goal && from.port.postedRoom() > 0)
        from.port.write(to.base, 64, PATTERN, 64 * writes++, FLOW.p2p);
      while (reads < goal && from.port.readRoom() > 0) from.port.read(to.base + 4096, 256, 256 * reads++, FLOW.p2p);
    };
    from.pump();
  }
  runFor(hardware, 5e9);
  const reads = a.done.length + b.done.length;
  return { reads, ended: reads === 2 * goal, hardware };
}

describe('the classic deadlock', () => {
  it('O-2: appears when nothing may pass: each waits for the other to take a read before it can answer one', () => {
    const { ended, reads, hardware } = exchange(false);
    expect(ended).toBe(false);
    expect(reads).toBeLessThan(100);
    const stuck = hardware.checkConservation().find((check) => check.name === 'queues empty');
    expect(stuck?.ok).toBe(false);
    // Time goes on, nothing moves any more.
    const before = hardware.machineCounters.slice();
    runFor(hardware, 1e9);
    expect(hardware.machineCounters.slice(1)).toEqual(before.slice(1));
  });

  it('O-2: does not appear with the exceptions of the table', () => {
    const { ended, hardware } = exchange(true);
    expect(ended).toBe(true);
    expectConserved(hardware);
  });
});

describe('data and flag', () => {
  /**
   * b writes data into c; c reads a flag from b. The link above the switch is slow.
   * @param acsControl of the port above b.
   * @returns what was in c's memory when the flag arrived.
   */
  function flagAfterData(acsControl: number): number {
    const ports: TestPort[] = [
      { link: X8, below: device('b', X8), acsControl },
      { link: X8, below: device('c', X8) },
    ];
    const hardware = builtMachine({ ports: [{ link: X1, below: switchOf('sw', X1, ports) }] });
    const b = new TestFunction(hardware, 'b');
    const c = new TestFunction(hardware, 'c');
    const [data, flag] = [0x1111_1111, 0x2222_2222];
    b.memory.writeFrom(0, 4, new Uint8Array(Uint32Array.of(flag).buffer), 0);
    let seen = -1;
    const handler = Object.assign(c, {
      onReadDone: () => {
        seen = c.memory.readUint(0, 4);
      },
    });
    expect(handler).toBe(c);
    b.port.writeDword(c.base, data, FLOW.p2p);
    // The read meets the write on its way: the write has left b before the answer does.
    c.port.read(b.base, 4, 0, FLOW.p2p);
    runFor(hardware, 1e8);
    expect(c.received.readUint(0, 4)).toBe(flag);
    expect(c.memory.readUint(0, 4)).toBe(data);
    expectConserved(hardware);
    return seen;
  }

  it('O-3: a flag read after the data was written says the truth if both take the same way', () => {
    expect(flagAfterData(0)).toBe(0x1111_1111);
    expect(flagAfterData(ACS_BITS.p2pRequestRedirect | ACS_BITS.p2pCompletionRedirect)).toBe(0x1111_1111);
  });

  it('O-3: where ACS sends requests round by the root complex and completions directly, the flag is early', () => {
    expect(flagAfterData(ACS_BITS.p2pRequestRedirect)).toBe(0);
  });
});

describe('one receive buffer for several ways', () => {
  it('O-4: what waits for a slow egress holds its credits; when they are gone, other ways wait too', () => {
    const arrivals: string[] = [];
    const ports: TestPort[] = [
      { link: X8, below: device('a', X8), credits: { postedHeader: 4, postedData: 64 } },
      { link: X1, below: device('slow', X1) },
      { link: X8, below: device('fast', X8) },
    ];
    const hardware = builtMachine({ ports: [{ link: X16, below: switchOf('sw', X16, ports) }] });
    const a = new TestFunction(hardware, 'a');
    const noting = (name: string) => ({ memory: notingMemory(hardware, () => arrivals.push(name)) });
    const slow = new TestFunction(hardware, 'slow', noting('slow'));
    const fast = new TestFunction(hardware, 'fast', noting('fast'));
    // One for the fast device among few, then one behind more than the port can hold.
    for (const to of [slow, slow, fast, slow, slow, slow, slow, slow, fast])
      a.port.write(to.base, 256, PATTERN, 0, FLOW.p2p);
    runFor(hardware);
    expect(arrivals.slice(0, 2)).toContain('fast');
    // The second one passed what fits into the buffer, but not what did not.
    expect(arrivals.lastIndexOf('fast')).toBeGreaterThanOrEqual(arrivals.length - 5);
    expect(arrivals.lastIndexOf('fast')).toBeGreaterThan(3);
    expect(arrivals).toHaveLength(9);
    expectConserved(hardware);
  });
});

/** Memory that calls when something is written. */
function notingMemory(hardware: Hardware, onWrite: () => void): ByteSource & ByteSink {
  const memory = new SparseMemory(hardware.arena, 2 ** 24);
  return {
    readInto: (offset, lengthBytes, target, targetOffset) => memory.readInto(offset, lengthBytes, target, targetOffset),
    writeFrom: (offset, lengthBytes, source, sourceOffset) => {
      memory.writeFrom(offset, lengthBytes, source, sourceOffset);
      onWrite();
    },
  };
}

describe('several ingress ports, one egress', () => {
  /** Shares of three senders at one receiver behind a switch, as payload that crossed each one's link. */
  function shares(weights: readonly number[], arbitration: 'roundRobin' | 'weighted'): readonly number[] {
    const senders: TestPort[] = weights.map((weight, index) => ({ link: X8, below: device(`s${index}`, X8), weight }));
    const ports = [...senders, { link: X8, below: device('t', X8) }];
    const hardware = builtMachine({
      ports: [{ link: X16, below: switchOf('sw', X16, ports, { parameters: { arbitration } }) }],
    });
    const target = new TestFunction(hardware, 't');
    for (const index of weights.keys()) {
      const sender = new TestFunction(hardware, `s${index}`);
      sender.writeAll(target.base, 2 ** 22, PATTERN, FLOW.p2p);
    }
    // Until the buffers are in their steady state; then a tenth of a millisecond.
    runFor(hardware, 2e7);
    const before = weights.map((_, index) => payloadOn(hardware, `sw.${index}`, 1));
    runFor(hardware, 1e8);
    const moved = weights.map((_, index) => payloadOn(hardware, `sw.${index}`, 1) - (before[index] ?? 0));
    const total = moved.reduce((sum, bytes) => sum + bytes, 0);
    expect(total).toBeGreaterThan(1e6);
    return moved.map((bytes) => bytes / total);
  }

  it('get equal shares by round robin, whatever weights say', () => {
    for (const share of shares([1, 2, 4], 'roundRobin')) expect(Math.abs(share * 3 - 1)).toBeLessThan(0.02);
  });

  it('get shares by their weights where the switch is weighted', () => {
    const [one, two, four] = shares([1, 2, 4], 'weighted');
    expect(Math.abs((one ?? 0) * 7 - 1)).toBeLessThan(0.03);
    expect(Math.abs(((two ?? 0) * 7) / 2 - 1)).toBeLessThan(0.03);
    expect(Math.abs(((four ?? 0) * 7) / 4 - 1)).toBeLessThan(0.03);
  });
});
