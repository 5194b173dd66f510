import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { privateStorage } from '../../../base/storage.ts';
import { at } from '../../../base/invariant.ts';
import { KIB, PS_PER_SECOND } from '../../../base/units.ts';
import type { LinkEndSpec } from '../../pcie/machineSpec.ts';
import type { CpuAccessBytes, CpuMapping, HostProcess } from '../../pcie/requests.ts';
import { FLOW } from '../../pcie/tlp.ts';
import { buildHardware } from '../buildHardware.ts';
import { Cpu } from '../cpu.ts';
import { device, machineSpec, TestFunction } from '../machines.testing.ts';

const LINK: LinkEndSpec = { maxGen: 4, maxWidth: 4 };
const MAPPINGS: readonly CpuMapping[] = ['UC', 'WC', 'WT', 'WB'];
/** Every process has a part of the BAR for each mapping: one byte must not be mapped in two ways at once. */
const PART_BYTES = 2 * KIB;
const PROCESSES = 3;

interface Step {
  readonly kind: 'store' | 'load' | 'flush' | 'sleep';
  readonly mapping: number;
  readonly accessBytes: CpuAccessBytes;
  /** In accesses. */
  readonly first: number;
  readonly count: number;
  readonly value: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('store' as const, 'store' as const, 'load' as const, 'flush' as const, 'sleep' as const),
  mapping: fc.integer({ min: 0, max: MAPPINGS.length - 1 }),
  accessBytes: fc.constantFrom<CpuAccessBytes[]>(1, 2, 4, 8, 16, 32, 64),
  first: fc.nat(31),
  count: fc.integer({ min: 1, max: 24 }),
  value: fc.nat(255),
});

interface Machine {
  readonly cores: number;
  readonly readLatency_ps: number;
  readonly programs: readonly (readonly Step[])[];
}

const machine: fc.Arbitrary<Machine> = fc.record({
  cores: fc.integer({ min: 1, max: PROCESSES }),
  readLatency_ps: fc.integer({ min: 0, max: 900_000 }),
  programs: fc.array(fc.array(step, { maxLength: 12 }), { minLength: 1, maxLength: PROCESSES }),
});

function bytesOf(lengthBytes: number, value: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, index) => (value + 7 * index) & 0xff);
}

const sourceOf = (bytes: Uint8Array) => ({
  readInto(offset: number, count: number, target: Uint8Array, targetOffset: number): void {
    target.set(bytes.subarray(offset, offset + count), targetOffset);
  },
});

const sinkOf = (bytes: Uint8Array) => ({
  writeFrom(offset: number, count: number, source: Uint8Array, sourceOffset: number): void {
    bytes.set(source.subarray(sourceOffset, sourceOffset + count), offset);
  },
});

/** Runs a program on its parts of the BAR, and the same on an array: every load must give what the array holds. */
function* execute(program: readonly Step[], base: number, expected: Uint8Array): HostProcess<void> {
  for (const { kind, mapping, accessBytes, first, count, value } of program) {
    const offset = mapping * PART_BYTES + first * accessBytes;
    const lengthBytes = Math.min(count * accessBytes, (mapping + 1) * PART_BYTES - offset);
    const name = MAPPINGS[mapping] ?? 'UC';
    const range = { address: base + offset, lengthBytes, flow: FLOW.p2p };
    if (lengthBytes <= 0) continue;
    if (kind === 'store') {
      const bytes = bytesOf(lengthBytes, value);
      expected.set(bytes, offset);
      yield { kind: 'cpuStore', ...range, accessBytes, mapping: name, bytes: sourceOf(bytes) };
    } else if (kind === 'load') {
      const seen = new Uint8Array(lengthBytes);
      yield { kind: 'cpuLoad', ...range, accessBytes, mapping: name, into: sinkOf(seen) };
      expect(seen).toEqual(expected.slice(offset, offset + lengthBytes));
    } else if (kind === 'flush') {
      yield { kind: 'flushLines', ...range };
    } else {
      yield { kind: 'delay', duration_ps: 1000 * value, busy: value % 2 === 0 };
    }
  }
  yield { kind: 'flushLines', address: base, lengthBytes: MAPPINGS.length * PART_BYTES, flow: FLOW.p2p };
}

describe('random loads and stores of several processes on few cores', () => {
  it('see what was stored, end with the device holding it, and leave nothing behind', () => {
    fc.assert(
      fc.property(machine, ({ cores, readLatency_ps, programs }) => {
        const spec = machineSpec({ ports: [{ link: LINK, below: device('gpu', LINK) }] });
        const host = { ...spec.host, cpu: { ...spec.host.cpu, cores } };
        const hardware = buildHardware({ ...spec, host }, { storage: privateStorage, seed: 1 });
        const gpu = new TestFunction(hardware, 'gpu', { readLatency_ps });
        const cpu = new Cpu(hardware);
        const share = MAPPINGS.length * PART_BYTES;
        const expected = programs.map(() => new Uint8Array(share));
        for (const [index, program] of programs.entries())
          cpu.start(execute(program, gpu.base + index * share, at(expected, index)));
        hardware.runUntil(PS_PER_SECOND, 1e7);
        expect(cpu.liveProcesses).toBe(0);
        expect(hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
        for (const [index, bytes] of expected.entries()) {
          const stored = new Uint8Array(share);
          gpu.memory.readInto(index * share, share, stored, 0);
          expect(stored).toEqual(bytes);
        }
      }),
      { numRuns: 60 },
    );
  });
});
