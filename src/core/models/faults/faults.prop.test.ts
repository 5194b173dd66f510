/*
 * Random machines, random traffic, random faults at random times: never an invariant error, every request ends, the
 * machine goes quiet, nothing is lost that is not counted as lost.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bdf } from '../../../base/units.ts';
import { findCapability } from '../../config/capability.ts';
import { DEVICE_CONTROL, DEVICE_CONTROL_2, EXPRESS, LINK_CONTROL_DOWNSTREAM } from '../../config/expressCapability.ts';
import { BRIDGE_CONTROL, COMMAND } from '../../config/header.ts';
import { isBridgeKind } from '../../config/places.ts';
import type { Register } from '../../config/register.ts';
import type { FaultSpec, LinkDirection } from '../../pcie/faults.ts';
import type { CreditSpec, LinkEndSpec, NodeId } from '../../pcie/machineSpec.ts';
import { FLOW } from '../../pcie/tlp.ts';
import type { Hardware } from '../hardware.ts';
import { builtMachine, device, PATTERN, switchOf, TestFunction, type TestMachine } from '../machines.testing.ts';
import type { ProcessorPort } from '../ports.ts';
import { reportAll, write } from './faults.testing.ts';

const DEVICES = ['a', 'b', 'n', 'c'] as const;
const LINKS = ['rp0', 'rp1', 'sw.0', 'sw.1', 'sw.2', 'inner.0'] as const;
const NODES = [...DEVICES, 'sw', 'sw.0', 'rp1'] as const;
const BAR_BYTES = 2 ** 20;
const LONGEST_PS = 60e6;
const MOST_EVENTS = 3e6;

const link: fc.Arbitrary<LinkEndSpec> = fc.record({
  maxGen: fc.constantFrom(1 as const, 3 as const, 4 as const, 6 as const),
  maxWidth: fc.constantFrom(1 as const, 4 as const, 16 as const),
});
const credits: fc.Arbitrary<CreditSpec> = fc.oneof(
  fc.constant({}),
  fc.record({
    postedHeader: fc.integer({ min: 1, max: 4 }),
    postedData: fc.integer({ min: 32, max: 64 }),
    nonPostedHeader: fc.integer({ min: 1, max: 3 }),
    completionHeader: fc.integer({ min: 1, max: 4 }),
    completionData: fc.integer({ min: 32, max: 64 }),
  }),
);

/** rp0 ─ sw ─┬ a   ├ b   └ inner ─ n        rp1 ─ c */
const machine: fc.Arbitrary<TestMachine> = fc
  .record({
    links: fc.array(link, { minLength: 4, maxLength: 4 }),
    buffers: fc.array(credits, { minLength: 4, maxLength: 4 }),
    acsControl: fc.constantFrom(0, 0x1d, 0x0c, 0x01),
    forwarding: fc.constantFrom('cutThrough' as const, 'storeAndForward' as const),
    mpsBytes: fc.constantFrom(128, 256, 512),
  })
  .map(({ links, buffers, acsControl, forwarding, mpsBytes }) => {
    const at = (index: number): LinkEndSpec => links[index % links.length] ?? { maxGen: 4, maxWidth: 4 };
    const some = (index: number): { readonly credits: CreditSpec } => ({ credits: buffers[index % 4] ?? {} });
    const port = (id: string, index: number) => ({
      link: at(index),
      below: device(id, at(index), { barBytes: BAR_BYTES, ...some(index) }),
      acsControl,
      ...some(index + 1),
    });
    const parameters = { forwarding };
    const inner = switchOf('inner', at(2), [port('n', 2)], { parameters });
    const ports = [port('a', 0), port('b', 1), { link: at(2), below: inner, acsControl }];
    return {
      ports: [{ link: at(3), below: switchOf('sw', at(3), ports, { parameters, ...some(2) }) }, port('c', 3)],
      mpsBytes,
    };
  });

const direction = fc.constantFrom<LinkDirection>('up', 'down');
const somewhere = fc.constantFrom<NodeId>(...LINKS);
const someone = fc.constantFrom<NodeId>(...NODES);
const count = fc.integer({ min: 1, max: 12 });
const fault: fc.Arbitrary<FaultSpec> = fc.oneof(
  fc.record({
    kind: fc.constant('bitErrors' as const),
    link: somewhere,
    direction,
    rate: fc.constantFrom(0, 1e-6, 1e-5, 1e-4),
  }),
  fc.record({ kind: fc.constantFrom('corruptTlp' as const, 'loseAcks' as const), link: somewhere, direction, count }),
  fc.record({
    kind: fc.constantFrom(
      'linkDown' as const,
      'linkUp' as const,
      'retrain' as const,
      'surpriseRemoval' as const,
      'hotAdd' as const,
      'hotReset' as const,
    ),
    link: somewhere,
  }),
  fc.record({
    kind: fc.constant('retrain' as const),
    link: somewhere,
    gen: fc.constant(1 as const),
    width: fc.constant(1 as const),
  }),
  fc.record({
    kind: fc.constantFrom('functionLevelReset' as const, 'memoryDisable' as const, 'unmapIommu' as const),
    node: someone,
  }),
  fc.record({
    kind: fc.constant('poison' as const),
    node: someone,
    what: fc.constantFrom('writes' as const, 'completions' as const),
    count,
  }),
  fc.record({
    kind: fc.constantFrom(
      'corruptDigest' as const,
      'malformed' as const,
      'spoofRequester' as const,
      'strayAddress' as const,
      'completerAbort' as const,
      'noAnswer' as const,
      'unexpectedCompletion' as const,
    ),
    node: someone,
    count,
  }),
  fc.record({
    kind: fc.constant('configRetry' as const),
    node: someone,
    duration_ps: fc.integer({ min: 1, max: 20e6 }),
  }),
);
const planned = fc.record({ at_ps: fc.integer({ min: 0, max: LONGEST_PS }), fault });
const job = fc.record({
  from: fc.nat(3),
  to: fc.nat(3),
  kind: fc.constantFrom('write' as const, 'read' as const, 'memory' as const),
  lengthBytes: fc.integer({ min: 1, max: 200_000 }),
});

/** What software may do to a function's registers in the middle of everything. */
const ACTIONS: readonly ((hardware: Hardware, node: NodeId) => void)[] = [
  (hardware, node) => writeField(hardware, node, 'secondaryBusReset', 1),
  (hardware, node) => writeField(hardware, node, 'secondaryBusReset', 0),
  (hardware, node) => writeExpress(hardware, node, LINK_CONTROL_DOWNSTREAM, { linkDisable: 1 }),
  (hardware, node) => writeExpress(hardware, node, LINK_CONTROL_DOWNSTREAM, { linkDisable: 0 }),
  (hardware, node) => writeExpress(hardware, node, LINK_CONTROL_DOWNSTREAM, { retrainLink: 1 }),
  (hardware, node) => hardware.functionOf(node).config.write(COMMAND.offsetBytes, 2, 0),
  (hardware, node) => hardware.functionOf(node).config.write(COMMAND.offsetBytes, 2, 6),
  (hardware, node) => writeExpress(hardware, node, DEVICE_CONTROL, { maxPayloadSize: 0 }),
  (hardware, node) => writeExpress(hardware, node, DEVICE_CONTROL, { maxPayloadSize: 1 }),
  (hardware, node) => writeExpress(hardware, node, DEVICE_CONTROL, { initiateFunctionLevelReset: 1 }),
  (hardware, node) => writeExpress(hardware, node, DEVICE_CONTROL_2, { completionTimeoutValue: 1 }),
];
const deed = fc.record({
  at_ps: fc.integer({ min: 0, max: LONGEST_PS }),
  action: fc.nat(ACTIONS.length - 1),
  node: fc.constantFrom<NodeId>(...DEVICES, ...LINKS),
});

function writeField(hardware: Hardware, node: NodeId, name: 'secondaryBusReset', value: number): void {
  const { config, spec } = hardware.functionOf(node);
  if (isBridgeKind(spec.kind)) write(config, BRIDGE_CONTROL, 0, { [name]: value });
}

function writeExpress<Name extends string>(
  hardware: Hardware,
  node: NodeId,
  register: Register<Name>,
  fields: Partial<Record<NoInfer<Name>, number>>,
): void {
  const { config, spec } = hardware.functionOf(node);
  if (register === LINK_CONTROL_DOWNSTREAM && !isBridgeKind(spec.kind)) return;
  write(config, register, findCapability(config, EXPRESS) ?? 0, fields);
}

interface Played {
  readonly hardware: Hardware;
  readonly outcome: string;
}

function play(
  spec: TestMachine,
  jobs: readonly { from: number; to: number; kind: 'write' | 'read' | 'memory'; lengthBytes: number }[],
  faults: readonly { at_ps: number; fault: FaultSpec }[],
  deeds: readonly { at_ps: number; action: number; node: NodeId }[],
): Played {
  const hardware = builtMachine(spec);
  for (const { config } of hardware.functions) reportAll(config);
  const functions = DEVICES.map((id) => new TestFunction(hardware, id));
  const cpu = busyProcessor(hardware, functions, deeds);
  const started = new Set<number>();
  for (const { from, to, kind, lengthBytes } of jobs) {
    const source = functions[from];
    const target = functions[to];
    if (source === undefined || target === undefined || source === target || started.has(from)) continue;
    started.add(from);
    const bytes = Math.min(lengthBytes, BAR_BYTES);
    if (kind === 'write') source.writeAll(target.base, bytes, PATTERN, FLOW.p2p);
    else source.readAll(kind === 'read' ? target.base : 0x1_0000_0000, bytes, FLOW.p2p);
  }
  for (const { at_ps, fault: what } of faults) hardware.injectAt(at_ps, what);
  cpu.onTimer(0);
  const outcome = hardware.runUntil(Infinity, MOST_EVENTS);
  return { hardware, outcome };
}

/** Software that reads registers and memory of the devices now and then, for as long as faults may come. */
function busyProcessor(
  hardware: Hardware,
  functions: readonly TestFunction[],
  deeds: readonly { at_ps: number; action: number; node: NodeId }[],
) {
  let turn = 0;
  const handler = {
    onRoom: () => undefined,
    onReadData: () => undefined,
    onReadDone: () => undefined,
    onRegisterWrite: () => undefined,
    onRegisterRead: () => 0,
    onReset: () => undefined,
    onTimer: (id: number) => {
      const planned = deeds[id - 1];
      if (planned !== undefined) return ACTIONS[planned.action]?.(hardware, planned.node);
      if (port === undefined || port.now() > LONGEST_PS) return;
      port.setTimer(1e6, 0);
      const target = functions[turn++ % functions.length];
      if (target === undefined || port.readRoom() < 2) return;
      port.read(target.base, 8, 0, FLOW.control);
      port.configRead((((turn % 8) << 8) | 0) as Bdf, turn % 3 === 0 ? 0 : 4, 4, 1);
      if (port.postedRoom() > 0) port.writeDword(target.base + 64, turn, FLOW.control);
    },
  };
  const port: ProcessorPort | undefined = hardware.cpuPort(handler);
  for (const [index, { at_ps }] of deeds.entries()) port.setTimer(at_ps, index + 1);
  return handler;
}

function problemsOf({ hardware, outcome }: Played): readonly string[] {
  const broken = hardware.checkConservation().flatMap((check) => (check.ok ? [] : [`${check.name}: ${check.detail}`]));
  return outcome === 'idle' ? broken : [`it is not quiet after ${MOST_EVENTS} events`, ...broken];
}

describe('random faults in random traffic on random machines', () => {
  it('end without an invariant error, and nothing leaks', () => {
    fc.assert(
      fc.property(
        machine,
        fc.array(job, { maxLength: 4 }),
        fc.array(planned, { maxLength: 6 }),
        fc.array(deed, { maxLength: 4 }),
        (spec, jobs, faults, deeds) => {
          expect(problemsOf(play(spec, jobs, faults, deeds))).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('give the same trace and the same records twice', () => {
    fc.assert(
      fc.property(
        machine,
        fc.array(job, { maxLength: 3 }),
        fc.array(planned, { maxLength: 4 }),
        fc.array(deed, { maxLength: 3 }),
        (spec, jobs, faults, deeds) => {
          const [one, other] = [play(spec, jobs, faults, deeds), play(spec, jobs, faults, deeds)];
          expect(other.hardware.traceHash()).toBe(one.hardware.traceHash());
          expect(other.hardware.errors.kept).toEqual(one.hardware.errors.kept);
        },
      ),
      { numRuns: 30 },
    );
  });
});
