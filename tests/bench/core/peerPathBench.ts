/*
 * Peer-to-peer writes over four links, on a machine built from its description: NIC → switch → root complex → switch →
 * memory, with DLLPs, timers, credits, real bytes, counters and hash. What is timed is the run; the machine is built, and
 * its memory touched, before.
 */
import { builtMachine, device, switchOf, TestFunction } from '../../../src/core/models/machines.testing.ts';
import type { ByteSource } from '../../../src/core/models/ports.ts';
import { MACHINE_COUNTER } from '../../../src/core/pcie/counters.ts';
import type { LinkEndSpec } from '../../../src/core/pcie/machineSpec.ts';
import { FLOW } from '../../../src/core/pcie/tlp.ts';
import type { BenchRow } from '../benchRow.ts';
import { scriptKernel } from './referenceKernels.ts';
import { compareRates, unprepared } from './timing.ts';

const X16: LinkEndSpec = { maxGen: 4, maxWidth: 16 };
const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const BYTES = 64 * 2 ** 20;
const PIECE_BYTES = 2 ** 20;
const ROUNDS = 7;

interface PathRun {
  readonly hops: number;
  readonly events: number;
  readonly gigabytesPerSecond: number;
  readonly conserved: boolean;
}

/** A machine about to move bytes across two switches and the root complex. @returns what moves them. */
export function prepareFourHops(bytes = BYTES): () => PathRun {
  const half = (name: string) =>
    switchOf(`sw${name}`, X16, [{ link: X8, below: device(name, X8, { barBytes: 2 ** 27 }) }]);
  const hardware = builtMachine({
    ports: [
      { link: X16, below: half('a') },
      { link: X16, below: half('b') },
    ],
  });
  const from = new TestFunction(hardware, 'a');
  const to = new TestFunction(hardware, 'b');
  // Real bytes: one mebibyte of the sender's memory, over and over.
  const piece = new Uint8Array(PIECE_BYTES).map((_, index) => index * 31);
  for (let offset = 0; offset < bytes; offset += PIECE_BYTES) to.memory.writeFrom(offset, PIECE_BYTES, piece, 0);
  from.memory.writeFrom(0, PIECE_BYTES, piece, 0);
  const source: ByteSource = {
    readInto: (offset, lengthBytes, target, targetOffset) =>
      from.memory.readInto(offset & (PIECE_BYTES - 1), lengthBytes, target, targetOffset),
  };
  return () => {
    from.writeAll(to.base, bytes, source, FLOW.p2p);
    hardware.runUntil(Infinity, Infinity);
    return {
      hops: hardware.machineCounters[MACHINE_COUNTER.hops] ?? Number.NaN,
      events: hardware.machineCounters[MACHINE_COUNTER.events] ?? Number.NaN,
      gigabytesPerSecond: (bytes / hardware.now_ps) * 1000,
      conserved: hardware.checkConservation().every((check) => check.ok),
    };
  };
}

/** Bytes of the same transfer, moved by nothing but copies of the same size. */
function rawCopies(): () => number {
  const source = new Uint8Array(BYTES);
  const target = new Uint8Array(BYTES);
  return () => {
    for (let offset = 0; offset < BYTES; offset += 256) target.set(source.subarray(offset, offset + 256), offset);
    return BYTES;
  };
}

function fourHops(): () => number {
  const run = prepareFourHops();
  return () => run().hops;
}

export async function run(): Promise<BenchRow[]> {
  const proof = prepareFourHops()();
  const state = proof.conserved ? 'all credits, tags and bytes accounted for' : 'NOT conserved';
  const note = `${(proof.events / proof.hops).toFixed(2)} events a hop; ${state}; ${proof.gigabytesPerSecond.toFixed(2)} GB/s simulated`;
  const script = await scriptKernel();
  const workloads = [fourHops, unprepared(rawCopies()), ...(script === undefined ? [] : [unprepared(script)])];
  const [hops, copied, kernel] = compareRates(workloads, ROUNDS);
  const payload = ((hops ?? 0) / proof.hops) * BYTES;
  return [
    {
      name: 'peer-to-peer path of 4 links, 256 B writes',
      value: (hops ?? 0) / 1e6,
      unit: 'million packet-hops/s',
      baselineName: 'kernel.mjs with bytes (chain of 2 links)',
      baselineValue: kernel === undefined ? undefined : kernel / 1e6,
      promise: { what: 'atLeast', value: 2 },
      note,
    },
    {
      name: 'payload over 4 links, end to end',
      value: payload / 1e6,
      unit: 'MB/s',
      baselineName: 'the same bytes in raw 256 B copies',
      baselineValue: (copied ?? 0) / 1e6,
    },
  ];
}
