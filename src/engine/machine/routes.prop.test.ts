/*
 * Random machines with random ACS and root complexes that do what they like: software's prediction of every way, from
 * what it has read, against the links that TLPs really crossed; and nothing is lost, whatever becomes of a request.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enumerate, enumerateOptionsOf, runAtBoot } from '../../core/host/enumerate.ts';
import type { HostView } from '../../core/host/hostView.ts';
import { nameView } from '../../core/host/p2pdma/names.ts';
import { type Path, predictPath } from '../../core/host/route.ts';
import { peerMemoryAddress } from '../../core/host/routeClaims.ts';
import type { Hardware } from '../../core/models/hardware.ts';
import { expectConserved, Paths } from '../../core/models/machineChecks.testing.ts';
import {
  builtMachine,
  device,
  machineSpec,
  switchOf,
  type TestBridge,
  type TestDevice,
  TestFunction,
  type TestMachine,
  type TestPort,
} from '../../core/models/machines.testing.ts';
import type { HostBridgeSpec, LinkEndSpec, PeerPolicy } from '../../core/pcie/machineSpec.ts';
import { FLOW, READ_OUTCOME } from '../../core/pcie/tlp.ts';
import type { ByteSink, ByteSource } from '../../core/models/ports.ts';
import { SparseMemory } from '../../core/sim/sparseMemory.ts';

const BAR_BYTES = 2 ** 20;
const BYTES = 64;
/** Longer than any completion timeout of these machines. */
const LONG_PS = 100e9;

const link: fc.Arbitrary<LinkEndSpec> = fc.record({
  maxGen: fc.constantFrom(1 as const, 3 as const, 4 as const, 5 as const),
  maxWidth: fc.constantFrom(1 as const, 4 as const, 16 as const),
});
const port = fc.record({
  link,
  acsControl: fc.oneof(
    fc.constant(0),
    fc.constantFrom(0x1d, 0x0c, 0x04, 0x08, 0x5d),
    fc.integer({ min: 0, max: 0x7f }),
  ),
  egressVector: fc.integer({ min: 0, max: 15 }),
  credits: fc.oneof(
    fc.constant({}),
    fc.record({
      postedHeader: fc.integer({ min: 1, max: 3 }),
      postedData: fc.integer({ min: 16, max: 40 }),
      nonPostedHeader: fc.integer({ min: 1, max: 2 }),
      completionHeader: fc.integer({ min: 1, max: 3 }),
      completionData: fc.integer({ min: 16, max: 40 }),
    }),
  ),
  weight: fc.integer({ min: 1, max: 16 }),
});
const policy = fc.constantFrom<PeerPolicy>(
  'forward',
  'forward',
  'forward',
  'drop',
  'unsupported',
  'timeout',
  'corrupt',
);
const peerToPeer: fc.Arbitrary<NonNullable<HostBridgeSpec['peerToPeer']>> = fc.record({
  write: policy,
  read: policy,
  latency_ps: fc.constantFrom(0, 200_000),
  repacketiseBytes: fc.constantFrom(64 as const, 128 as const, 256 as const),
  crossSocketFactor: fc.constantFrom(1, 0.4),
});

interface Shape {
  readonly machine: TestMachine;
  readonly devices: readonly string[];
  readonly relaxed: boolean;
}

/** A switch with two or three devices and perhaps another switch, a device at a root port, perhaps a second bridge. */
const shape: fc.Arbitrary<Shape> = fc
  .record({
    ports: fc.array(port, { minLength: 9, maxLength: 9 }),
    below: fc.integer({ min: 2, max: 3 }),
    hasNested: fc.boolean(),
    hasTwin: fc.boolean(),
    twinAcs: fc.constantFrom(0, 0x04, 0x08, 0x0c),
    second: fc.constantFrom(undefined, 'same segment' as const, 'other segment' as const),
    policies: fc.tuple(fc.option(peerToPeer, { nil: undefined }), fc.option(peerToPeer, { nil: undefined })),
    relaxed: fc.boolean(),
    arbitration: fc.constantFrom('roundRobin' as const, 'weighted' as const),
  })
  .map((choice) => {
    const devices: string[] = [];
    const at = (index: number): Omit<TestPort, 'below'> => choice.ports[index] ?? { link: { maxGen: 4, maxWidth: 4 } };
    const ordering = { relaxed: choice.relaxed, idBased: choice.relaxed };
    const one = (id: string, index: number, more: Partial<TestDevice> = {}): TestPort => {
      devices.push(id);
      const settings = at(index);
      return { ...settings, below: device(id, settings.link, { barBytes: BAR_BYTES, ordering, ...more }) };
    };
    const parameters = { arbitration: choice.arbitration };
    const inside: TestPort[] = Array.from({ length: choice.below }, (_, index) => one(`d${index}`, index));
    if (choice.hasNested) {
      const inner = switchOf('inner', at(3).link, [one('n0', 4), one('n1', 5)], { parameters });
      inside.push({ ...at(3), below: inner });
    }
    const ports: TestPort[] = [{ ...at(6), below: switchOf('sw', at(6).link, inside, { parameters }) }];
    const twin = choice.hasTwin ? { sibling: 'r1', acsControl: choice.twinAcs } : {};
    ports.push(one('r0', 7, twin));
    if (choice.hasTwin) devices.push('r1');
    const [first, second] = choice.policies;
    const bridges: TestBridge[] =
      choice.second === undefined
        ? []
        : [
            {
              ...(choice.second === 'same segment' ? { segment: 0, rootBus: 0x80 } : { segment: 1, rootBus: 0 }),
              ports: [one('s0', 8)],
              ...(second === undefined ? {} : { peerToPeer: second }),
            },
          ];
    const machine: TestMachine = { ports, bridges, ...(first === undefined ? {} : { peerToPeer: first }) };
    return { machine, devices, relaxed: choice.relaxed };
  });

/** A machine with its devices, enumerated. */
class Scene {
  readonly hardware: Hardware;
  readonly paths = new Paths();
  readonly view: HostView;
  readonly names: ReturnType<typeof nameView>;
  readonly functions: ReadonlyMap<string, TestFunction>;
  readonly shape: Shape;

  /** @param noting by device: where the numbers go that are written to it. */
  constructor(made: Shape, noting: ReadonlyMap<string, number[]> = new Map()) {
    this.shape = made;
    const spec = machineSpec(made.machine);
    this.hardware = builtMachine(made.machine, this.paths);
    this.functions = new Map(
      made.devices.map((id) => {
        const notes = noting.get(id);
        const behaviour = notes === undefined ? {} : { memory: recordingMemory(this.hardware, notes) };
        return [id, new TestFunction(this.hardware, id, behaviour)];
      }),
    );
    this.view = runAtBoot(enumerate(enumerateOptionsOf(spec)), this.hardware.configFabric);
    this.names = nameView(this.view, spec);
  }

  fn(id: string): TestFunction {
    const found = this.functions.get(id);
    if (found === undefined) throw new Error(`no device ${id}`);
    return found;
  }

  index(id: string): number {
    return this.names.functions.findIndex((fn) => fn.id === id);
  }

  /** Bus address of a device's memory. */
  address(id: string): number {
    const fn = this.view.functions[this.index(id)];
    const address = fn === undefined ? undefined : peerMemoryAddress(fn);
    if (address === undefined) throw new Error(`${id} has no address`);
    return address;
  }

  /** What the root complex does with peer traffic that takes this way. */
  policy(path: Path, isRead: boolean): PeerPolicy {
    const bridges = path.elements.flatMap((element) => (element.kind === 'rootComplex' ? [element.hostBridge] : []));
    const found = bridges.map((bridge) => {
      const spec = this.hardware.spec.hostBridges.find(({ id }) => id === this.names.hostBridges[bridge]?.id);
      return (isRead ? spec?.peerToPeer?.read : spec?.peerToPeer?.write) ?? 'forward';
    });
    const severity: readonly PeerPolicy[] = ['unsupported', 'drop', 'timeout', 'corrupt'];
    return severity.find((candidate) => found.includes(candidate)) ?? 'forward';
  }

  /** Links of a predicted way; if the root complex stops the TLP, up to there. */
  links(path: Path, isStopped: boolean): readonly string[] {
    const crossed = isStopped ? path.elements.findIndex(({ kind }) => kind === 'rootComplex') : path.elements.length;
    return path.elements.slice(0, crossed).flatMap((element) => {
      if (element.kind !== 'up' && element.kind !== 'down') return [];
      return [`${this.names.functions[element.port]?.id}${element.kind === 'up' ? '^' : 'v'}`];
    });
  }

  /** Links that TLPs of a kind have crossed, in order; pieces of one TLP count once. */
  taken(hops: readonly string[], kind: string): readonly string[] {
    const links = hops.flatMap((hop) => (hop.startsWith(`${kind} `) ? [hop.slice(kind.length + 1)] : []));
    return links.filter((hop, index) => hop !== links[index - 1]);
  }
}

/** Memory that notes the number in every write. */
function recordingMemory(hardware: Hardware, notes: number[]): ByteSource & ByteSink {
  const memory = new SparseMemory(hardware.arena, BAR_BYTES);
  return {
    readInto: (offset, lengthBytes, target, targetOffset) => memory.readInto(offset, lengthBytes, target, targetOffset),
    writeFrom: (offset, lengthBytes, source, sourceOffset) => {
      memory.writeFrom(offset, lengthBytes, source, sourceOffset);
      notes.push(memory.readUint(offset, lengthBytes));
    },
  };
}

/** The same machine with root complexes that pass everything on. */
function forwarding(machine: TestMachine): TestMachine {
  const open = (peerToPeer: TestMachine['peerToPeer']) =>
    peerToPeer === undefined ? {} : { peerToPeer: { ...peerToPeer, write: 'forward', read: 'forward' } as const };
  const bridges = (machine.bridges ?? []).map((bridge) => ({ ...bridge, ...open(bridge.peerToPeer) }));
  return { ...machine, bridges, ...open(machine.peerToPeer) };
}

const bytesOf = (seed: number): Uint8Array =>
  Uint8Array.from({ length: BYTES }, (_, at) => (at * 7 + seed * 31 + 1) & 0xff);

/** One write and one read, alone on the machine, against the prediction. */
function checkPair(scene: Scene, from: string, to: string, seed: number): void {
  const [client, provider] = [scene.fn(from), scene.fn(to)];
  const what = `${from} → ${to}`;
  const address = scene.address(to);
  const request = predictPath(scene.view, scene.index(from), { by: 'address', fn: scene.index(to), address });
  const { relaxed } = scene.shape;
  const answer = predictPath(scene.view, scene.index(to), { by: 'id', fn: scene.index(from) }, { relaxed });

  const [written, kept] = [bytesOf(seed), bytesOf(seed + 1)];
  const data = new SparseMemory(scene.hardware.arena, BYTES);
  data.writeFrom(0, BYTES, written, 0);
  provider.memory.writeFrom(4096, BYTES, kept, 0);
  provider.memory.writeFrom(0, BYTES, new Uint8Array(BYTES), 0);
  scene.paths.take(scene.hardware);
  client.port.write(address, BYTES, data, 0, FLOW.p2p);
  scene.hardware.runUntil(scene.hardware.now_ps + LONG_PS, 1e6);
  const writePolicy = scene.policy(request, false);
  const isWriteStopped = ['drop', 'timeout', 'unsupported'].includes(writePolicy);
  const write = scene.taken(scene.paths.take(scene.hardware), 'MWr');
  expect({ what, write }).toEqual({ what, write: scene.links(request, isWriteStopped && request.end === undefined) });
  const arrives = request.end === undefined && !isWriteStopped;
  const stored = new Uint8Array(BYTES);
  provider.memory.readInto(0, BYTES, stored, 0);
  const isIntact = writePolicy !== 'corrupt';
  expect([...stored].every((byte, at) => byte === written[at])).toBe(arrives && isIntact);
  if (!arrives) expect([...stored].every((byte) => byte === 0)).toBe(true);

  client.done.length = 0;
  client.port.read(address + 4096, BYTES, 0, FLOW.p2p);
  scene.hardware.runUntil(scene.hardware.now_ps + LONG_PS, 1e6);
  checkRead(scene, { what, client, request, answer, kept });
}

interface ReadCheck {
  readonly what: string;
  readonly client: TestFunction;
  readonly request: Path;
  readonly answer: Path;
  readonly kept: Uint8Array;
}

function checkRead(scene: Scene, { what, client, request, answer, kept }: ReadCheck): void {
  const policyOut = scene.policy(request, true);
  const isStopped = ['drop', 'timeout', 'unsupported'].includes(policyOut);
  const hops = scene.paths.take(scene.hardware);
  const read = scene.taken(hops, 'MRd');
  expect({ what, read }).toEqual({ what, read: scene.links(request, isStopped && request.end === undefined) });
  const outcome = client.done[0]?.[1];
  expect(client.done).toHaveLength(1);
  if (request.end !== undefined) {
    const expected = request.end.status === 'acsViolation' ? READ_OUTCOME.CA : READ_OUTCOME.UR;
    expect({ what, outcome }).toEqual({ what, outcome: expected });
    return;
  }
  if (isStopped) {
    const expected = policyOut === 'unsupported' ? READ_OUTCOME.UR : READ_OUTCOME.timeout;
    expect({ what, outcome }).toEqual({ what, outcome: expected });
    return;
  }
  expect({ what, answer: scene.taken(hops, 'CplD') }).toEqual({ what, answer: scene.links(answer, false) });
  expect({ what, outcome }).toEqual({
    what,
    outcome: answer.end === undefined ? READ_OUTCOME.SC : READ_OUTCOME.timeout,
  });
  if (answer.end !== undefined) return;
  const got = new Uint8Array(BYTES);
  client.received.readInto(0, BYTES, got, 0);
  const isIntact = scene.policy(answer, true) !== 'corrupt';
  expect({ what, intact: [...got].every((byte, at) => byte === kept[at]) }).toEqual({ what, intact: isIntact });
}

describe('random machines with random ACS and root complexes', () => {
  it('R-1 … R-10: every TLP takes the predicted way, and ends as predicted', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 0, max: 200 }), (made, seed) => {
        const scene = new Scene(made);
        for (const from of made.devices) {
          for (const to of made.devices) if (from !== to) checkPair(scene, from, to, seed);
        }
        expectConserved(scene.hardware);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('O-1, O-3: posted writes keep their order, and a read sees every write sent before it', () => {
    const pair = fc.record({ from: fc.nat(10), to: fc.nat(10), count: fc.integer({ min: 1, max: 200 }) });
    fc.assert(
      fc.property(shape, pair, (drawn, { from, to, count }) => {
        const made = { ...drawn, machine: forwarding(drawn.machine) };
        const { devices } = made;
        const [client, provider] = [devices[from % devices.length], devices[to % devices.length]];
        if (client === undefined || provider === undefined || client === provider) return;
        const arrivals: number[] = [];
        const scene = new Scene(made, new Map([[provider, arrivals]]));
        const answer = { by: 'address', fn: scene.index(provider), address: scene.address(provider) } as const;
        if (predictPath(scene.view, scene.index(client), answer).end !== undefined) return;
        const { port } = scene.fn(client);
        let sent = 0;
        let hasRead = false;
        // Control traffic never has the relaxed ordering attribute, payload has it on some machines.
        const flow = made.relaxed ? FLOW.control : FLOW.p2p;
        scene.fn(client).pump = () => {
          while (sent < count && port.postedRoom() > 0) port.writeDword(scene.address(provider), ++sent, flow);
          if (sent < count || hasRead || port.readRoom() === 0) return;
          hasRead = true;
          port.read(scene.address(provider), 4, 0, flow);
        };
        scene.fn(client).pump?.();
        scene.hardware.runUntil(LONG_PS, 1e7);
        expect(arrivals).toEqual(Array.from({ length: count }, (_, index) => index + 1));
        const [done] = scene.fn(client).done;
        if (done?.[1] === READ_OUTCOME.SC) expect(scene.fn(client).received.readUint(0, 4)).toBe(count);
        expectConserved(scene.hardware);
      }),
      { numRuns: 100 },
    );
  }, 120_000);

  it('every request is answered, timed out or dropped; no credit, tag, TLP or byte is lost', () => {
    const job = fc.record({
      from: fc.nat(10),
      to: fc.nat(10),
      kind: fc.constantFrom('write' as const, 'read' as const),
      lengthBytes: fc.integer({ min: 1, max: 20_000 }),
    });
    fc.assert(
      fc.property(shape, fc.array(job, { minLength: 2, maxLength: 8 }), (made, jobs) => {
        const scene = new Scene(made);
        const { devices } = made;
        const busy = new Set<string>();
        const requested = new Map<TestFunction, number>();
        for (const { from, to, kind, lengthBytes } of jobs) {
          const [client, provider] = [devices[from % devices.length], devices[to % devices.length]];
          if (client === undefined || provider === undefined || client === provider || busy.has(client)) continue;
          busy.add(client);
          const fn = scene.fn(client);
          const address = scene.address(provider);
          if (kind === 'write') fn.writeAll(address, lengthBytes, fn.memory, FLOW.p2p);
          else {
            fn.readAll(address, lengthBytes, FLOW.p2p);
            requested.set(fn, Math.ceil(lengthBytes / fn.port.mrrsBytes));
          }
        }
        // Reads that are dropped time out in turns of as many as there are tags.
        scene.hardware.runUntil(LONG_PS, 1e7);
        for (const [fn, count] of requested) {
          expect(fn.done).toHaveLength(count);
          const known: readonly number[] = [READ_OUTCOME.SC, READ_OUTCOME.UR, READ_OUTCOME.CA, READ_OUTCOME.timeout];
          expect(fn.done.every(([, outcome]) => known.includes(outcome))).toBe(true);
        }
        expectConserved(scene.hardware);
      }),
      { numRuns: 120 },
    );
  }, 120_000);
});
