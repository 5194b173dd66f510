/*
 * Peer-to-peer writes over four links, on a machine built from its description: NIC → switch → root complex → switch →
 * memory, with DLLPs, timers, credits, real bytes, counters and hash.
 */
import { builtMachine, device, switchOf, TestFunction } from '../../../src/core/models/machines.testing.ts';
import type { LinkEndSpec } from '../../../src/core/pcie/machineSpec.ts';
import type { ByteSource } from '../../../src/core/models/ports.ts';
import { FLOW } from '../../../src/core/pcie/tlp.ts';
import type { BenchRow } from '../benchRow.ts';
import { compareRates } from './timing.ts';

const X16: LinkEndSpec = { maxGen: 4, maxWidth: 16 };
const X8: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const BYTES = 64 * 2 ** 20;
const ROUNDS = 5;
const PIECE_BYTES = 2 ** 20;

interface PathRun {
  readonly hops: number;
  readonly events: number;
  readonly gigabytesPerSecond: number;
  readonly conserved: boolean;
}

/** Moves 64 MiB across two switches and the root complex. */
export function runFourHops(bytes = BYTES): PathRun {
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
  from.memory.writeFrom(0, PIECE_BYTES, piece, 0);
  const source: ByteSource = {
    readInto: (offset, lengthBytes, target, targetOffset) =>
      from.memory.readInto(offset & (PIECE_BYTES - 1), lengthBytes, target, targetOffset),
  };
  from.writeAll(to.base, bytes, source, FLOW.p2p);
  hardware.runUntil(Infinity, Infinity);
  const [, , , , , events = 0, hops = 0] = hardware.machineCounters;
  return {
    hops,
    events,
    gigabytesPerSecond: (bytes / hardware.now_ps) * 1000,
    conserved: hardware.checkConservation().every((check) => check.ok),
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

export function run(): BenchRow[] {
  const proof = runFourHops();
  const note = `${(proof.events / proof.hops).toFixed(2)} events a hop${proof.conserved ? '' : ', NOT conserved'}`;
  const [hops, copied] = compareRates([() => runFourHops().hops, rawCopies()], ROUNDS);
  const payload = ((hops ?? 0) / proof.hops) * BYTES;
  return [
    {
      name: 'peer-to-peer path of 4 links, 256 B writes',
      value: (hops ?? 0) / 1e6,
      unit: 'million packet-hops/s',
      baselineName: '–',
      baselineValue: undefined,
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
