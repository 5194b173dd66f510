/*
 * Access Control Services on built machines: every control bit at the port that evaluates it (semantics reference 3.2, 5.1).
 *
 *   rp0 ── sw ┬ sw.0 ── a          rp1 ── c
 *             ├ sw.1 ── b
 *             └ sw.2 ── d
 */
import { describe, expect, it } from 'vitest';
import { acsControlOf } from '../config/decode.ts';
import { ACS_BITS } from '../pcie/acs.ts';
import type { LinkEndSpec } from '../pcie/machineSpec.ts';
import { COMPLETION_STATUS, FLOW } from '../pcie/tlp.ts';
import { ADDRESS_TYPE, TLP_ATTRIBUTE } from './fabric/tlpPool.ts';
import { expectConserved, impersonate, Paths, runFor, stamp, unsupportedAt } from './machineChecks.testing.ts';
import { builtMachine, device, PATTERN, switchOf, TestFunction, type TestPort } from './machines.testing.ts';
import { FunctionRegisters } from './fabric/registers.ts';

const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const TRANSLATED = ADDRESS_TYPE.translated << 4;
const TRANSLATION_REQUEST = ADDRESS_TYPE.translationRequest << 4;
const HOST_ADDRESS = 2 ** 32;
const {
  sourceValidation: SV,
  translationBlocking: TB,
  p2pRequestRedirect: RR,
  p2pCompletionRedirect: CR,
  upstreamForwarding: UF,
  p2pEgressControl: EC,
  directTranslatedP2p: DT,
} = ACS_BITS;

type Settings = Partial<Pick<TestPort, 'acsControl' | 'egressVector'>>;

/** @param at settings by port. */
function machine(at: Readonly<Record<string, Settings>> = {}, relaxed = false) {
  const port = (id: string, below: TestPort['below']): TestPort => ({
    link: X8,
    below,
    acsControl: at[id]?.acsControl ?? 0,
    ...(at[id]?.egressVector === undefined ? {} : { egressVector: at[id].egressVector }),
  });
  const one = (id: string) => device(id, X8, relaxed ? { ordering: { relaxed: true } } : {});
  const paths = new Paths();
  const below = switchOf('sw', X8, [port('sw.0', one('a')), port('sw.1', one('b')), port('sw.2', one('d'))]);
  const hardware = builtMachine({ ports: [port('rp0', below), port('rp1', one('c'))] }, paths);
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => new TestFunction(hardware, id));
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('no device');
  /** What one write, then one read of 64 bytes did. */
  const attempt = (from: TestFunction, address: number) => {
    paths.take(hardware);
    from.port.write(address, 64, PATTERN, 0, FLOW.p2p);
    runFor(hardware);
    const write = paths.take(hardware);
    from.port.read(address, 64, 0, FLOW.p2p);
    runFor(hardware);
    const read = paths.take(hardware);
    expectConserved(hardware);
    return { write, read, status: from.done.at(-1)?.[1] };
  };
  return { hardware, a, b, c, d, attempt };
}

const DIRECT = {
  write: ['MWr sw.0^', 'MWr sw.1v'],
  read: ['MRd sw.0^', 'MRd sw.1v', 'CplD sw.1^', 'CplD sw.0v'],
  status: COMPLETION_STATUS.SC,
};
const REDIRECTED = {
  write: ['MWr sw.0^', 'MWr rp0^', 'MWr rp0v', 'MWr sw.1v'],
  read: ['MRd sw.0^', 'MRd rp0^', 'MRd rp0v', 'MRd sw.1v', 'CplD sw.1^', 'CplD sw.0v'],
  status: COMPLETION_STATUS.SC,
};
/** Completer Abort from the requester's own port. */
const VIOLATION = { write: ['MWr sw.0^'], read: ['MRd sw.0^', 'Cpl sw.0v'], status: COMPLETION_STATUS.CA };
const UNSUPPORTED = { ...VIOLATION, status: COMPLETION_STATUS.UR };

describe('routing without ACS', () => {
  it('R-1, R-2, R-3: a peer below the switch is reached directly, host memory and other root ports through the port up', () => {
    const { a, b, c, attempt } = machine();
    expect(attempt(a, b.base)).toEqual(DIRECT);
    expect(attempt(a, HOST_ADDRESS)).toEqual({
      write: ['MWr sw.0^', 'MWr rp0^'],
      read: ['MRd sw.0^', 'MRd rp0^', 'CplD rp0v', 'CplD sw.0v'],
      status: COMPLETION_STATUS.SC,
    });
    expect(attempt(a, c.base).write).toEqual(['MWr sw.0^', 'MWr rp0^', 'MWr rp1v']);
    expect(attempt(c, a.base).write).toEqual(['MWr rp1^', 'MWr rp0v', 'MWr sw.0v']);
  });

  it('R-3 (2): an address in the port’s own window is unsupported', () => {
    const { hardware, a, attempt } = machine();
    expect(attempt(a, a.base)).toEqual(UNSUPPORTED);
    expect(unsupportedAt(hardware, 'sw.0')).toBe(2);
  });

  it('R-4: a hole in the switch’s address map is unsupported, from below and from above', () => {
    // The peer's downstream port no longer claims what the upstream port still does.
    const below = machine();
    below.hardware.functionOf('sw.1').config.write(0x04, 2, 0x4);
    expect(below.attempt(below.a, below.b.base)).toEqual(UNSUPPORTED);
    const above = below.attempt(below.c, below.b.base);
    expect(above.status).toBe(COMPLETION_STATUS.UR);
    expect(above.write).toEqual(['MWr rp1^', 'MWr rp0v']);
  });

  it('R-8: completions go to the bus of the requester by the shortest way', () => {
    const { a, c, attempt } = machine();
    expect(attempt(c, a.base).read).toEqual([
      'MRd rp1^',
      'MRd rp0v',
      'MRd sw.0v',
      'CplD sw.0^',
      'CplD rp0^',
      'CplD rp1v',
    ]);
  });

  it('R-12: a bridge that is not a bus master forwards nothing up, one without memory enable nothing down', () => {
    const noMaster = machine();
    noMaster.hardware.functionOf('sw.0').config.write(0x04, 2, 0x2);
    expect(noMaster.attempt(noMaster.a, noMaster.b.base)).toEqual(UNSUPPORTED);
    const noMemory = machine();
    noMemory.hardware.functionOf('rp1').config.write(0x04, 2, 0x4);
    expect(noMemory.attempt(noMemory.a, noMemory.c.base).status).toBe(COMPLETION_STATUS.UR);
  });

  it('R-12: a function whose memory space is disabled answers UR', () => {
    const { hardware, a, b, attempt } = machine();
    hardware.functionOf('b').config.write(0x04, 2, 0x4);
    expect(attempt(a, b.base).status).toBe(COMPLETION_STATUS.UR);
  });
});

describe('P2P request redirect', () => {
  it('R-3: acts at the requester’s port, on writes and reads', () => {
    const { a, b, attempt } = machine({ 'sw.0': { acsControl: RR } });
    expect(attempt(a, b.base)).toEqual(REDIRECTED);
  });

  it('R-3: of the completer’s port does nothing', () => {
    const { a, b, attempt } = machine({ 'sw.1': { acsControl: RR } });
    expect(attempt(a, b.base)).toEqual(DIRECT);
  });

  it('does not touch what leaves the switch anyway', () => {
    const { a, c, attempt } = machine({ 'sw.0': { acsControl: RR } });
    expect(attempt(a, c.base).write).toEqual(['MWr sw.0^', 'MWr rp0^', 'MWr rp1v']);
  });

  it('R-5: at a root port, without an IOMMU, changes no way', () => {
    const { a, c, attempt } = machine({ rp0: { acsControl: RR } });
    expect(attempt(a, c.base)).toMatchObject({
      write: ['MWr sw.0^', 'MWr rp0^', 'MWr rp1v'],
      status: COMPLETION_STATUS.SC,
    });
  });
});

describe('P2P completion redirect', () => {
  it('R-8: acts at the completer’s port', () => {
    const { a, b, attempt } = machine({ 'sw.1': { acsControl: CR } });
    expect(attempt(a, b.base)).toEqual({
      ...DIRECT,
      read: ['MRd sw.0^', 'MRd sw.1v', 'CplD sw.1^', 'CplD rp0^', 'CplD rp0v', 'CplD sw.0v'],
    });
  });

  it('R-8: does nothing to completions with relaxed ordering', () => {
    const { a, b, attempt } = machine({ 'sw.1': { acsControl: CR } }, true);
    expect(attempt(a, b.base)).toEqual(DIRECT);
  });

  it('R-8: relaxed ordering that Device Control forbids does not count', () => {
    const { hardware, a, b, attempt } = machine({ 'sw.1': { acsControl: CR } }, true);
    const { config } = hardware.functionOf('a');
    const control = 0x80 + 0x08;
    config.write(control, 2, config.read(control, 2) & ~0x10);
    expect(attempt(a, b.base).read).toContain('CplD rp0^');
  });
});

describe('source validation', () => {
  it('refuses a requester ID from elsewhere with Completer Abort', () => {
    const { hardware, a, b, c, attempt } = machine({ 'sw.0': { acsControl: SV } });
    expect(attempt(a, b.base)).toEqual(DIRECT);
    impersonate(a, c.port.requesterId);
    expect(attempt(a, b.base)).toEqual(VIOLATION);
    expect(unsupportedAt(hardware, 'sw.0')).toBe(2);
  });

  it('at a root port looks at all the buses below it', () => {
    const { hardware, a, b, c } = machine({ rp0: { acsControl: SV } });
    const sent = (from: TestFunction): number => {
      from.port.write(HOST_ADDRESS, 64, PATTERN, 0, FLOW.p2p);
      runFor(hardware);
      return unsupportedAt(hardware, 'rp0');
    };
    expect(sent(a)).toBe(0);
    impersonate(a, b.port.requesterId);
    expect(sent(a)).toBe(0);
    impersonate(a, c.port.requesterId);
    expect(sent(a)).toBe(1);
    expectConserved(hardware);
  });
});

describe('translation blocking', () => {
  it.each([
    ['translated requests', TRANSLATED],
    ['translation requests', TRANSLATION_REQUEST],
  ])('refuses %s, at downstream and at root ports', (_name, attributes) => {
    for (const port of ['sw.0', 'rp0']) {
      const { a, c, attempt } = machine({ [port]: { acsControl: TB } });
      expect(attempt(a, c.base).status).toBe(COMPLETION_STATUS.SC);
      stamp(a, attributes);
      expect(attempt(a, c.base).status).toBe(COMPLETION_STATUS.CA);
    }
  });
});

describe('upstream forwarding', () => {
  it('R-3 (2): sends requests to below the same port to the root complex, which sends them back', () => {
    const { a, attempt } = machine({ 'sw.0': { acsControl: UF } });
    expect(attempt(a, a.base).write).toEqual(['MWr sw.0^', 'MWr rp0^', 'MWr rp0v', 'MWr sw.0v']);
  });
});

describe('P2P egress control', () => {
  it('R-3: refuses requests to the peers in the vector only', () => {
    const { a, b, d, attempt } = machine({ 'sw.0': { acsControl: EC, egressVector: 0b010 } });
    expect(attempt(a, b.base)).toEqual(VIOLATION);
    expect(attempt(a, d.base).write).toEqual(['MWr sw.0^', 'MWr sw.2v']);
  });

  it('R-3: with request redirect, redirects the peers in the vector and spares the others', () => {
    const { a, b, d, attempt } = machine({ 'sw.0': { acsControl: EC | RR, egressVector: 0b010 } });
    expect(attempt(a, b.base)).toEqual(REDIRECTED);
    expect(attempt(a, d.base).write).toEqual(['MWr sw.0^', 'MWr sw.2v']);
  });

  it('follows the vector as software writes it', () => {
    const { hardware, a, b, attempt } = machine({ 'sw.0': { acsControl: EC, egressVector: 0 } });
    expect(attempt(a, b.base)).toEqual(DIRECT);
    const { config } = hardware.functionOf('sw.0');
    config.write((acsControlOf(config)?.offset ?? NaN) + 8, 4, 0b010);
    expect(attempt(a, b.base)).toEqual(VIOLATION);
  });

  it('R-5: acts between root ports too', () => {
    const { a, c, attempt } = machine({ rp0: { acsControl: EC, egressVector: 0b100 } });
    expect(attempt(a, c.base)).toMatchObject({ write: ['MWr sw.0^', 'MWr rp0^'], status: COMPLETION_STATUS.CA });
    const spared = machine({ rp0: { acsControl: EC, egressVector: 0b1011 } });
    expect(spared.attempt(spared.a, spared.c.base).status).toBe(COMPLETION_STATUS.SC);
  });
});

describe('direct translated P2P', () => {
  it('R-14: translated requests go straight to the peer, untranslated ones are redirected', () => {
    const { a, b, attempt } = machine({ 'sw.0': { acsControl: DT | RR } });
    expect(attempt(a, b.base)).toEqual(REDIRECTED);
    stamp(a, TRANSLATED);
    expect(attempt(a, b.base)).toEqual(DIRECT);
    stamp(a, 0);
    expect(attempt(a, b.base)).toEqual(REDIRECTED);
  });

  it('R-15: without DT a translated request is redirected like any other', () => {
    const { a, b, attempt } = machine({ 'sw.0': { acsControl: RR } });
    stamp(a, TRANSLATED);
    expect(attempt(a, b.base)).toEqual(REDIRECTED);
  });

  it('R-3: overrides egress control', () => {
    const { a, b, attempt } = machine({ 'sw.0': { acsControl: DT | EC, egressVector: 0b010 } });
    expect(attempt(a, b.base)).toEqual(VIOLATION);
    stamp(a, TRANSLATED);
    expect(attempt(a, b.base)).toEqual(DIRECT);
  });
});

describe('one-sided ACS', () => {
  it('R-3, R-8: redirect at the completer’s port only: writes go direct, read data through the root complex (W09)', () => {
    const { a, b, attempt } = machine({ 'sw.1': { acsControl: RR | CR } });
    expect(attempt(a, b.base)).toMatchObject({ write: DIRECT.write });
    expect(attempt(a, b.base).read.slice(2)).toEqual(['CplD sw.1^', 'CplD rp0^', 'CplD rp0v', 'CplD sw.0v']);
  });

  it('R-3, R-8: redirect at the requester’s port only: writes through the root complex, read data direct (W10)', () => {
    const { a, b, attempt } = machine({ 'sw.0': { acsControl: RR | CR } });
    expect(attempt(a, b.base)).toEqual(REDIRECTED);
  });
});

describe('functions of one device', () => {
  const twins = (acsControl: number) => {
    const paths = new Paths();
    const twin = device('a', X8, { sibling: 'a1', acsControl });
    const hardware = builtMachine({ ports: [{ link: X8, below: twin }] }, paths);
    return { hardware, paths, a: new TestFunction(hardware, 'a'), a1: new TestFunction(hardware, 'a1') };
  };

  it('R-10: reach each other inside, unless request redirect sends them to the root port', () => {
    for (const [control, taken] of [
      [0, []],
      [RR, ['MWr rp0^', 'MWr rp0v']],
      [CR | DT, []],
    ] as const) {
      const { hardware, paths, a, a1 } = twins(control);
      a.port.write(a1.base, 64, PATTERN, 0, FLOW.p2p);
      runFor(hardware);
      expect(paths.take(hardware)).toEqual(taken);
      expectConserved(hardware);
    }
  });

  it('R-10: direct translated P2P keeps translated requests inside', () => {
    const { hardware, paths, a, a1 } = twins(RR | DT);
    stamp(a, TRANSLATED);
    a.port.write(a1.base, 64, PATTERN, 0, FLOW.p2p);
    runFor(hardware);
    expect(paths.take(hardware)).toEqual([]);
  });
});

describe('attributes', () => {
  it('relaxed ordering and ID-based ordering come from the live registers', () => {
    const hardware = builtMachine({
      ports: [{ link: X8, below: device('a', X8, { ordering: { relaxed: true, idBased: true } }) }],
    });
    const a = new TestFunction(hardware, 'a');
    const { config } = hardware.functionOf('a');
    const attributes = (): number => {
      expect(a.port.mayRequest).toBe(true);
      const registers: unknown = Reflect.get(a.port, 'registers');
      return registers instanceof FunctionRegisters ? registers.attributes : Number.NaN;
    };
    expect(attributes()).toBe(TLP_ATTRIBUTE.relaxedOrdering | TLP_ATTRIBUTE.idBasedOrdering);
    const control = 0x80 + 0x08;
    config.write(control, 2, config.read(control, 2) & ~0x10);
    expect(attributes()).toBe(TLP_ATTRIBUTE.idBasedOrdering);
    const control2 = 0x80 + 0x28;
    config.write(control2, 2, config.read(control2, 2) & ~0x100);
    expect(attributes()).toBe(0);
  });
});
