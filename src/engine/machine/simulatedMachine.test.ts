import { describe, expect, it } from 'vitest';
import { JOB_STATE, MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import { privateStorage } from '../../base/storage.ts';
import { PS_PER_US } from '../../base/units.ts';
import { Random } from '../../base/random.ts';
import { PatternSource } from '../../core/models/devices/pattern.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { hostBridge } from '../../topology/build.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { allKinds } from './allKinds.testing.ts';
import { machineFor, runJob, verdictOf } from './runs.testing.ts';
import { SimulatedMachine } from './simulatedMachine.ts';

const P2P = ['nic0', 'iopmem0', 'p2p'] as const;
const BOUNCE = ['nic0', 'iopmem0', 'bounce'] as const;

/** The same machine whose root complex treats peer traffic so. */
function withPeerPolicy(
  write: 'forward' | 'drop' | 'unsupported',
  read: 'forward' | 'drop' | 'unsupported',
): TopologyDocument {
  return { ...allKinds, hostBridges: [hostBridge('pcie0', { peerToPeer: { write, read } })] };
}

function without(document: TopologyDocument, ...ids: readonly string[]): TopologyDocument {
  return { ...document, functions: document.functions.filter((fn) => !ids.includes(fn.id)) };
}

describe('a run', () => {
  it('is the same for the same document, transfer and seed, and differs where they differ', () => {
    const first = runJob(defaultMachine, BOUNCE, { seed: 5 });
    expect(runJob(defaultMachine, BOUNCE, { seed: 5 })).toEqual(first);
    const other = runJob(defaultMachine, BOUNCE, { seed: 6 });
    expect(other.sourceCrc32).not.toBe(first.sourceCrc32);
    expect(other.duration_ps).toBe(first.duration_ps);
    expect(runJob(defaultMachine, P2P, { seed: 5 }).traceHash).not.toBe(first.traceHash);
  });

  it('does not depend on how it is sliced', () => {
    const whole = runJob(defaultMachine, BOUNCE, { bytes: 100_001 });
    const random = new Random(1);
    const machine = machineFor(defaultMachine, BOUNCE, { bytes: 100_001 });
    for (let turn = 0; machine.report === undefined; turn++) {
      if (turn % 3 === 0) machine.runUntil(machine.now_ps + random.below(5_000_000), Infinity);
      else if (turn % 3 === 1) machine.runUntil(Infinity, 1 + random.below(300));
      else machine.step(turn % 2 === 0 ? 'event' : 'tlp');
    }
    expect(machine.report).toEqual(whole);
  });

  it('stands exactly where it is asked to, and ends once', () => {
    const machine = machineFor(defaultMachine, P2P, { bytes: 1_000_000 });
    expect(machine.runUntil(3 * PS_PER_US, Infinity)).toBe('reached');
    expect(machine.now_ps).toBe(3 * PS_PER_US);
    expect(machine.machineCounters[MACHINE_COUNTER.jobState]).toBe(JOB_STATE.running);
    expect(machine.runUntil(Infinity, 10)).toBe('budget');
    expect(machine.runUntil(Infinity, Infinity)).toBe('finished');
    const ended_ps = machine.now_ps;
    expect(machine.runUntil(Infinity, Infinity)).toBe('finished');
    expect(machine.now_ps).toBe(ended_ps);
    expect(machine.machineCounters[MACHINE_COUNTER.jobState]).toBe(JOB_STATE.finished);
    expect(machine.machineCounters[MACHINE_COUNTER.arrivedBytes]).toBe(1_000_000);
    const finished_ps = machine.machineCounters[MACHINE_COUNTER.finished_ps] ?? 0;
    expect(finished_ps).toBeGreaterThan(0);
    expect(finished_ps).toBeLessThan(ended_ps);
  });

  it('shows which leg of a bounce is at work', () => {
    const machine = machineFor(defaultMachine, BOUNCE, { bytes: 300_000, chunkBytes: 65_536, buffers: 2 });
    const seen = new Set<number>();
    while (machine.report === undefined) {
      machine.runUntil(machine.now_ps + PS_PER_US, Infinity);
      seen.add(machine.machineCounters[MACHINE_COUNTER.activeLegs] ?? -1);
    }
    expect(seen).toEqual(new Set([0, 1, 2, 3]));
  });

  it('counts what arrives at a wire and at the media of a drive, too', () => {
    for (const to of ['nic0', 'nvme1']) {
      const machine = machineFor(allKinds, ['gpu0', to, 'p2p'], { bytes: 10_007, force: true });
      machine.runUntil(Infinity, Infinity);
      expect(machine.report?.outcome, machine.report?.reason).toBe('finished');
      expect(machine.machineCounters[MACHINE_COUNTER.arrivedBytes]).toBe(10_007);
      // What the page counts while it runs is what the report says.
      const live_ps =
        (machine.machineCounters[MACHINE_COUNTER.firstByte_ps] ?? 0) -
        (machine.machineCounters[MACHINE_COUNTER.begun_ps] ?? 0);
      expect(machine.report?.firstByte_ps).toBe(live_ps);
      expect(machine.report?.firstByte_ps).toBeGreaterThan(0);
      expect(machine.report?.firstByte_ps).toBeLessThan(machine.report?.duration_ps ?? 0);
    }
  });
});

describe('the description of a machine', () => {
  const machine = machineFor(defaultMachine, P2P, { bytes: 1000, seed: 9 });
  machine.runUntil(Infinity, Infinity);

  it('names functions, links and memories', () => {
    const { functions, links, memories } = machine.description;
    expect(functions.find((fn) => fn.id === 'nic0')).toMatchObject({
      bdf: '0000:04:00.0',
      mpsBytes: 256,
      mrrsBytes: 512,
    });
    expect(links.map(({ upper, lower, width }) => [upper, lower, width])).toContainEqual(['sw0-p1', 'nic0', 8]);
    const labels = memories.map(({ node, label }) => `${node}: ${label}`);
    expect(labels[0]).toBe('host: Host memory');
    expect(labels).toContain('iopmem0: Memory');
    expect(labels).toContain('nvme0: Controller memory buffer');
    expect(machine.memoryRoots.length).toBe(memories.length);
    const iopmem = memories.find(({ node }) => node === 'iopmem0');
    expect(iopmem?.busAddress).toBe(functions.find((fn) => fn.id === 'iopmem0')?.bars[0]?.address);
  });

  it('says where the bytes will be, and they are there', () => {
    const { destination, memories } = machine.description;
    expect(memories[destination?.memory ?? -1]?.node).toBe('iopmem0');
    const bytes = new Uint8Array(1004);
    machine.readMemory(destination?.memory ?? -1, destination?.offset ?? -1, bytes);
    const expected = new Uint8Array(1004);
    new PatternSource(9).readInto(0, 1000, expected, 0);
    expect(bytes).toEqual(expected);
  });

  it('carries the verdict of the pair and answers for any other', () => {
    expect(machine.description.verdict).toMatchObject({ provider: 'iopmem0', client: 'nic0', mapType: 'BUS_ADDR' });
    const other = machine.verdict('nvme0', 'nic0');
    expect(other.ok && other.value.mapType).toBe('NOT_SUPPORTED');
    expect(machine.verdict('nothing', 'nic0').ok).toBe(false);
  });

  it('shows configuration spaces as the hardware holds them', () => {
    const config = machine.readConfig('iopmem0');
    expect([config?.[0], config?.[1], config?.[2], config?.[3]]).toEqual([0xf8, 0x11, 0x15, 0xf1]);
    expect(machine.readConfig('nothing')).toBeUndefined();
  });

  it('refuses a document that contradicts itself', () => {
    const document = {
      ...defaultMachine,
      functions: [...defaultMachine.functions, ...defaultMachine.functions.slice(-1)],
    };
    const options = {
      document,
      transfer: defaultMachine.transfer,
      way: 'p2p',
      seed: 1,
      storage: privateStorage,
    } as const;
    expect(SimulatedMachine.create(options).ok).toBe(false);
  });
});

describe('a transfer that cannot run', () => {
  it('is refused by the kernel’s verdict, in its words, unless forced', () => {
    const job = ['nic1', 'iopmem0', 'p2p'] as const;
    const machine = machineFor(allKinds, job);
    expect(machine.description.plan.refused?.code).toBe('P2P_NOT_SUPPORTED');
    expect(machine.description.plan.refused?.message).toContain('8086:29c0');
    expect(machine.report?.outcome).toBe('refused');
    expect(machine.machineCounters[MACHINE_COUNTER.jobState]).toBe(JOB_STATE.refused);
    expect(machine.runUntil(Infinity, Infinity)).toBe('finished');
    expect(verdictOf(runJob(allKinds, job, { force: true }))).toBe('finished');
  });

  const cases = [
    ['P2P_NO_ADDRESSABLE_MEMORY', allKinds, ['nic0', 'nvme1', 'p2p'], {}],
    ['P2P_NO_ENGINE', without(allKinds, 'dma0', 'dma1'), ['iopmem0', 'generic0', 'p2p'], {}],
    ['BOUNCE_NO_ENGINE', without(allKinds, 'dma0', 'dma1'), ['nic0', 'iopmem0', 'bounce'], {}],
    ['TRANSFER_SAME_DEVICE', allKinds, ['nic0', 'nic0', 'p2p'], {}],
    ['TRANSFER_NO_STORE', allKinds, ['dma0', 'nic0', 'p2p'], {}],
    ['TRANSFER_NO_STORE', allKinds, ['rp0', 'nic0', 'bounce'], {}],
    ['TRANSFER_HOST_END', allKinds, ['host', 'nic0', 'bounce'], {}],
    ['TRANSFER_TOO_LARGE', allKinds, ['nic0', 'generic0', 'p2p'], { bytes: 2 ** 20 + 1 }],
    ['TRANSFER_TOO_LARGE', allKinds, ['nic0', 'nic1', 'bounce'], { bytes: 2 ** 36 }],
    ['TRANSFER_NO_FUNCTION', allKinds, ['nic0', 'nothing', 'p2p'], {}],
  ] as const;
  it.each(cases)('%s', (code, document, job, options) => {
    const { plan, destination } = machineFor(document, job, options).description;
    expect(plan.refused?.code).toBe(code);
    expect(plan.refused?.message.length).toBeGreaterThan(20);
    expect(destination).toBeUndefined();
  });

  it('does run where the CPU can do what no engine can', () => {
    const document = without(allKinds, 'dma0', 'dma1');
    const report = runJob(document, ['iopmem0', 'iopmem1', 'copy'], { bytes: 30_001 });
    expect(verdictOf(report)).toBe('finished');
    // Loads from a BAR are slow (performance reference, section 6).
    expect(report.throughputBytesPerSecond).toBeLessThan(0.55e9);
  });
});

describe('hardware that does not do what the kernel believes', () => {
  const job = ['nic1', 'iopmem0', 'p2p'] as const;

  it('loses dropped peer writes, and the checks say so', () => {
    const report = runJob(withPeerPolicy('drop', 'forward'), job, { force: true, bytes: 5000 });
    expect(report.outcome).toBe('failed');
    expect(report.reason).toContain('bytes differ');
    expect(report.checks.find((check) => check.name.includes('destination once'))?.ok).toBe(false);
  });

  it('brings peer writes although peer reads are refused, and says that nothing confirmed them', () => {
    const machine = machineFor(withPeerPolicy('forward', 'unsupported'), job, { force: true, bytes: 5000 });
    machine.runUntil(Infinity, Infinity);
    expect(machine.report?.outcome, machine.report?.reason).toBe('finished');
    expect(machine.report?.checks.find((check) => check.name === 'Last write')?.detail).toContain(
      'not answered with data',
    );
  });

  it('fails peer reads that are refused, with the engine’s own words', () => {
    const report = runJob(withPeerPolicy('forward', 'unsupported'), ['iopmem0', 'nic1', 'p2p'], {
      force: true,
      bytes: 5000,
    });
    expect(report.outcome).toBe('failed');
    expect(report.reason).toContain('nic1: a read was answered with Unsupported Request');
  });

  it('gives up on peer reads that nobody answers', () => {
    const report = runJob(withPeerPolicy('forward', 'drop'), ['iopmem0', 'nic1', 'p2p'], { force: true, bytes: 5000 });
    expect(report.outcome).toBe('failed');
    expect(report.reason).toContain('nic1');
  });
});
