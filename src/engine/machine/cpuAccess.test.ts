import { describe, expect, it } from 'vitest';
import { privateStorage } from '../../base/storage.ts';
import { KIB, PS_PER_NS, PS_PER_SECOND } from '../../base/units.ts';
import { Cpu } from '../../core/models/cpu.ts';
import type { HostProcess } from '../../core/pcie/requests.ts';
import { FLOW } from '../../core/pcie/tlp.ts';
import { allKinds } from './allKinds.testing.ts';
import { bootHardware } from './boot.ts';
import { viewOf } from './describe.ts';

const RAM = 0x100_0000;

/** Time one process takes on an otherwise idle machine, picoseconds. */
function timeOf(make: (bar: (node: string, index: number) => number) => HostProcess<void>): number {
  const booted = bootHardware(allKinds, { storage: privateStorage, seed: 1 });
  const cpu = new Cpu(booted.hardware);
  let end_ps = 0;
  const barOf = (node: string, index: number): number =>
    viewOf(booted, node)?.bars.find((bar) => bar.index === index)?.address ?? -1;
  function* timed(): HostProcess<void> {
    yield* make(barOf);
    const now_ps = yield { kind: 'now' };
    end_ps = typeof now_ps === 'number' ? now_ps : 0;
  }
  cpu.start(timed());
  booted.hardware.runUntil(PS_PER_SECOND, Infinity);
  expect(booted.hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
  return end_ps;
}

/** Performance reference, 7.3. */
describe('the CPU against devices', () => {
  it.each([
    ['memory of an accelerator', 'gpu0', 2],
    ['a register of a NIC', 'nic0', 0],
    ['a register of a drive', 'nvme0', 0],
  ] as const)('loads %s in 0.7 to 2.2 µs', (_, node, index) => {
    const time_ps = timeOf(function* (bar) {
      yield { kind: 'mmioRead', address: bar(node, index), bytes: 4 };
    });
    expect(time_ps).toBeGreaterThan(700 * PS_PER_NS);
    expect(time_ps).toBeLessThan(2200 * PS_PER_NS);
  });

  it('reads memory behind a BAR at 0.4 to 0.8 GB/s', () => {
    const bytes = 64 * KIB;
    const time_ps = timeOf(function* (bar) {
      yield { kind: 'copy', from: bar('gpu0', 2), to: RAM, lengthBytes: bytes, flow: FLOW.bounceIn };
    });
    const rate = (bytes * PS_PER_SECOND) / time_ps;
    expect(rate).toBeGreaterThan(0.4e9);
    expect(rate).toBeLessThan(0.8e9);
  });

  it('writes to a Gen4 x8 BAR at 0.83 to 0.95 of what 64-byte TLPs allow', () => {
    const bytes = 256 * KIB;
    const time_ps = timeOf(function* (bar) {
      yield { kind: 'copy', from: RAM, to: bar('iopmem0', 4), lengthBytes: bytes, flow: FLOW.bounceOut };
    });
    const limit = (15.754e9 * 64) / (64 + 24);
    const rate = (bytes * PS_PER_SECOND) / time_ps;
    expect(rate / limit).toBeGreaterThan(0.83);
    expect(rate / limit).toBeLessThan(0.95);
  });

  it('is held back by a narrow link', () => {
    const copyTime_ps = (bytes: number): number =>
      timeOf(function* (bar) {
        yield { kind: 'copy', from: RAM, to: bar('generic0', 0), lengthBytes: bytes, flow: FLOW.bounceOut };
      });
    // What buffers on the way take in is the same for both lengths. Below 4 GiB: 12-byte headers.
    const more = 512 * KIB;
    const rate = (more * PS_PER_SECOND) / (copyTime_ps(KIB * KIB) - copyTime_ps(KIB * KIB - more));
    const limit = (7.877e9 * 64) / (64 + 20);
    expect(rate / limit).toBeGreaterThan(0.97);
    expect(rate / limit).toBeLessThan(1.01);
  });
});
