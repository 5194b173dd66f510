/*
 * Whole machines in which something breaks in the middle of a transfer: a run ends finished or failed with a reason,
 * never with an exception; nothing leaks; what was reset is configured again.
 */
import { describe, expect, it } from 'vitest';
import type { ErrorRecord, FaultSpec, PlannedFault } from '../../core/pcie/faults.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { TransferWay } from '../../topology/document.ts';
import { privateStorage } from '../../base/storage.ts';
import { EngineDrivers } from '../../core/host/drivers/engineDrivers.ts';
import { Kernel } from '../../core/host/drivers/kernel.ts';
import { Cpu } from '../../core/models/cpu.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { bootHardware } from './boot.ts';
import { recoverFunctions } from './recovery.ts';
import type { RunReport } from '../protocol.ts';
import { machineFor, type RunOptions } from './runs.testing.ts';
import type { SimulatedMachine } from './simulatedMachine.ts';

const FROM = 'nic0';
const TO = 'iopmem0';
const BYTES = 128 * 1024;

const PORTS = new Map(defaultMachine.functions.map((fn) => [fn.id, fn.parent]));
const above = (node: NodeId): NodeId => PORTS.get(node) ?? '';

interface Run {
  readonly report: RunReport;
  readonly records: readonly ErrorRecord[];
  readonly machine: SimulatedMachine;
}

function run(way: TransferWay, faults: readonly PlannedFault[], options: RunOptions = {}): Run {
  const machine = machineFor({ ...defaultMachine, faults }, [FROM, TO, way], { bytes: BYTES, ...options });
  machine.runUntil(Infinity, Infinity);
  const { report } = machine;
  if (report === undefined) throw new Error('the run has no report');
  return { report, records: machine.errorsFrom(0).records, machine };
}

/** One of each kind, on the way of the transfer. */
const FAULTS: readonly FaultSpec[] = [
  { kind: 'bitErrors', link: above(FROM), direction: 'up', rate: 1e-6 },
  { kind: 'bitErrors', link: above(TO), direction: 'down', rate: 1e-5 },
  { kind: 'corruptTlp', link: above(FROM), direction: 'up', count: 3 },
  { kind: 'loseAcks', link: above(TO), direction: 'down', count: 2 },
  { kind: 'linkDown', link: above(FROM) },
  { kind: 'linkDown', link: above(TO) },
  { kind: 'linkUp', link: above(TO) },
  { kind: 'retrain', link: above(FROM), gen: 1, width: 1 },
  { kind: 'surpriseRemoval', link: above(FROM) },
  { kind: 'surpriseRemoval', link: above(TO) },
  { kind: 'hotAdd', link: above(TO) },
  { kind: 'hotReset', link: above(FROM) },
  { kind: 'hotReset', link: above(TO) },
  { kind: 'functionLevelReset', node: FROM },
  { kind: 'functionLevelReset', node: TO },
  { kind: 'poison', node: FROM, what: 'writes', count: 2 },
  { kind: 'poison', node: TO, what: 'completions', count: 2 },
  { kind: 'corruptDigest', node: FROM, count: 1 },
  { kind: 'malformed', node: FROM, count: 1 },
  { kind: 'spoofRequester', node: FROM, count: 4 },
  { kind: 'strayAddress', node: FROM, count: 3 },
  { kind: 'completerAbort', node: TO, count: 2 },
  { kind: 'noAnswer', node: TO, count: 2 },
  { kind: 'unexpectedCompletion', node: FROM, count: 5 },
  { kind: 'configRetry', node: TO, duration_ps: 5e6 },
  { kind: 'memoryDisable', node: TO },
  { kind: 'memoryDisable', node: FROM },
  { kind: 'unmapIommu', node: FROM },
];
const TIMES = {
  p2p: [
    [0, 'polled'],
    [6e6, 'interrupt'],
  ],
  bounce: [
    [3e6, 'polled'],
    [25e6, 'interrupt'],
  ],
} as const;
const nameOf = (fault: FaultSpec): string => `${fault.kind} at ${'link' in fault ? fault.link : fault.node}`;

describe('a transfer in which something breaks', () => {
  for (const way of ['p2p', 'bounce'] as const) {
    for (const fault of FAULTS) {
      it(`${way}, ${nameOf(fault)}: ends finished or failed with a reason, and nothing leaks`, () => {
        for (const [at_ps, completion] of TIMES[way]) {
          const { report } = run(way, [{ at_ps, fault }], { completion });
          const leaks = report.checks.filter((check) => !check.ok && LEAKS.has(check.name));
          expect(leaks).toEqual([]);
          expect(['finished', 'failed']).toContain(report.outcome);
          if (report.outcome === 'failed') expect(report.reason).toMatch(/\w+/);
        }
      });
    }
  }

  it('is the same when it is run again', () => {
    const faults: PlannedFault[] = [
      { at_ps: 3e6, fault: { kind: 'bitErrors', link: above(FROM), direction: 'up', rate: 1e-5 } },
      { at_ps: 9e6, fault: { kind: 'surpriseRemoval', link: above(TO) } },
    ];
    const [one, other] = [run('p2p', faults), run('p2p', faults)];
    expect(other.report).toEqual(one.report);
    expect(other.records).toEqual(one.records);
  });
});

/** Conservation of the fabric; bytes that a fault destroyed are missing at the target, as they should. */
const LEAKS = new Set(['credits returned', 'tags returned', 'no TLP left', 'queues empty', 'payload in = out']);

describe('a device that is reset with its link', () => {
  it.each([
    ['linkDown', { kind: 'linkDown', link: above(TO) }],
    ['linkDown above its switch', { kind: 'linkDown', link: above('sw0') }],
    ['surpriseRemoval', { kind: 'surpriseRemoval', link: above(TO) }],
    ['hotReset', { kind: 'hotReset', link: above(TO) }],
    ['hotReset above its switch', { kind: 'hotReset', link: above('sw0') }],
  ] as const)(
    '%s: loses what was inside it; its reset Max_Payload_Size is no reason for a malformed TLP',
    (_, fault) => {
      for (let at_ps = 6.1e6; at_ps < 6.2e6; at_ps += 9e3) {
        const { records } = run('p2p', [{ at_ps, fault }], { bytes: 4 * BYTES });
        const names = records.map(({ name }) => name);
        expect(names.some((name) => name.startsWith('Injected'))).toBe(true);
        expect(names).not.toContain('Malformed TLP');
      }
    },
  );
});

describe('recovery', () => {
  it('a device that is taken out fails the transfer at once, and the reason says so', () => {
    const { report } = run('p2p', [{ at_ps: 6e6, fault: { kind: 'surpriseRemoval', link: above(FROM) } }]);
    expect(report).toMatchObject({ outcome: 'failed', reason: `${FROM}: it was taken out` });
    expect(report.duration_ps).toBeLessThan(10e6);
  });

  it.each([
    ['hotReset', { kind: 'hotReset', link: above(FROM) }, 'its link went down'],
    ['linkDown', { kind: 'linkDown', link: above('sw0') }, 'its link went down'],
    ['functionLevelReset', { kind: 'functionLevelReset', node: FROM }, 'it was reset'],
  ] as const)('%s of the device at work fails the transfer with what happened to it', (_name, fault, reason) => {
    for (const completion of ['interrupt', 'polled'] as const) {
      const { report } = run('p2p', [{ at_ps: 6e6, fault }], { completion });
      expect(report).toMatchObject({ outcome: 'failed', reason: `${FROM}: ${reason}` });
    }
  });

  it('an engine whose last words are lost is given up after 10 s', () => {
    for (const completion of ['interrupt', 'polled'] as const) {
      const stray: FaultSpec = { kind: 'strayAddress', node: FROM, count: 100_000 };
      const { report } = run('p2p', [{ at_ps: 6e6, fault: stray }], { completion });
      const reason = `${FROM}: its engine has reported nothing for 10 s; it is still enabled`;
      expect(report).toMatchObject({ outcome: 'failed', reason });
    }
  });

  it.each([
    ['a device that is reset', [{ kind: 'hotReset', link: above(FROM) }], [FROM]],
    ['a function that is reset', [{ kind: 'functionLevelReset', node: FROM }], [FROM]],
    [
      'a device that is plugged in again',
      [
        { kind: 'surpriseRemoval', link: above(TO) },
        { kind: 'hotAdd', link: above(TO) },
      ],
      [TO],
    ],
    [
      'a whole switch that is reset',
      [{ kind: 'hotReset', link: above('sw0') }],
      ['sw0', above(FROM), above(TO), FROM, TO],
    ],
  ] as const)('%s is configured again after 100 ms, as it was', (_name, faults, nodes) => {
    const { hardware, view, names, devices } = bootHardware(defaultMachine, { storage: privateStorage, seed: 1 });
    const booted = { hardware, view, names, devices };
    recoverFunctions(booted, new Cpu(hardware), new EngineDrivers(new Kernel([])));
    const header = (node: NodeId): readonly number[] => {
      const bytes = Array.from(hardware.functionOf(node).config.bytes.subarray(0, 0x40));
      // The Status registers hold what was detected.
      return bytes.filter((_, offset) => ![0x06, 0x07, 0x1e, 0x1f].includes(offset));
    };
    const before = nodes.map(header);
    for (const [index, fault] of faults.entries()) hardware.injectAt((index + 1) * 5e6, fault);
    hardware.runUntil(1e9, Infinity);
    expect(nodes.map(header)).not.toEqual(before);
    hardware.runUntil(Infinity, Infinity);
    expect(nodes.map(header)).toEqual(before);
    const notes = hardware.errors.kept.filter(({ name }) => name === 'Configuration restored');
    expect(notes[0]).toMatchObject({ severity: 'note', recovery: 'configured again' });
    expect(notes[0]?.at_ps).toBeGreaterThan(100e9);
    expect(hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
  });

  it('an IOMMU that loses its mappings makes the transfer fail, and says for whom', () => {
    const host = { ...defaultMachine.host, iommu: 'translate' as const };
    const machine = machineFor(
      { ...defaultMachine, host, faults: [{ at_ps: 5e6, fault: { kind: 'unmapIommu', node: FROM } }] },
      [FROM, TO, 'bounce'],
      { bytes: BYTES },
    );
    machine.runUntil(Infinity, Infinity);
    expect(machine.report?.outcome).toBe('failed');
    const names = machine.errorsFrom(0).records.map(({ name }) => name);
    expect(names).toContain('Injected: IOMMU mappings lost');
    expect(names).toContain('IOMMU fault');
  });

  it('others are not disturbed: a transfer on other links finishes while a device is taken out', () => {
    const machine = machineFor(
      { ...defaultMachine, faults: [{ at_ps: 2e6, fault: { kind: 'surpriseRemoval', link: above(TO) } }] },
      [FROM, 'host', 'p2p'],
      { bytes: BYTES },
    );
    machine.runUntil(Infinity, Infinity);
    expect(machine.report?.outcome).toBe('finished');
    expect(machine.report?.checks.filter((check) => !check.ok)).toEqual([]);
  });
});
