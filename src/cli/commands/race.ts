/*
 * `race`: one transfer in one or all of its ways, on one machine each.
 */
import { parseSize } from '../../base/format.ts';
import { at } from '../../base/invariant.ts';
import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { privateStorage } from '../../base/storage.ts';
import { SimulatedMachine } from '../../engine/machine/simulatedMachine.ts';
import type { RunReport } from '../../engine/protocol.ts';
import type { TopologyDocument, TransferSpec, TransferWay } from '../../topology/document.ts';
import { bootDocument } from '../boot.ts';
import type { BootedMachine } from '../boot.ts';
import type { Command, CommandArguments, CommandFailure } from '../command.ts';
import { EXIT, inputFailure, usageFailure, writeJson } from '../command.ts';
import type { ExitCode } from '../command.ts';
import { findFunction } from '../functionArgument.ts';
import { readMachine } from '../machineArgument.ts';
import { raceSentence, raceText } from '../raceText.ts';
import { readSeed } from '../seed.ts';
import type { Race } from '../raceText.ts';

const WAYS: readonly TransferWay[] = ['p2p', 'bounce', 'copy'];
const LARGEST_TRANSFER_BYTES = 2 ** 36;
const SMALLEST_CHUNK_BYTES = 4 * 1024;
const LARGEST_CHUNK_BYTES = 16 * 1024 * 1024;
/** Events between two looks at whether the run has ended. */
const EVENTS_AT_ONCE = 10_000_000;

export const race: Command = {
  name: 'race',
  summary: 'move bytes from A to B peer-to-peer, through a bounce buffer, and with a CPU copy',
  positionals: [{ name: 'MACHINE', summary: 'a preset, a document, or a dump' }],
  options: [
    { name: '--from', value: 'A', summary: 'function the bytes come from (default: the document’s)' },
    { name: '--to', value: 'B', summary: 'function they go to (default: the document’s)' },
    { name: '--bytes', value: 'N', summary: 'how many, e.g. 67108864 or 64MiB (default: the document’s)' },
    { name: '--way', value: 'WAY', summary: 'p2p, bounce or copy; without it all three, side by side' },
    { name: '--chunk', value: 'N', summary: 'bytes of one staging buffer, 4KiB to 16MiB' },
    { name: '--buffers', value: '1|2', summary: 'staging buffers: one, or two that alternate' },
    { name: '--polled', summary: 'the CPU polls for completion instead of sleeping until the interrupt' },
    { name: '--force', summary: 'run a peer-to-peer transfer that the kernel would refuse' },
    { name: '--seed', value: 'N', summary: 'seed of everything random (default 1)' },
  ],
  details: [
    'Every run ends with checks: the destination holds the bytes of the source, all credits, tags and buffers came back, the byte counters agree. The same document and seed give the same trace hash everywhere.',
    'With --way the exit code is 1 if that run was refused or failed. Without it, it is 1 if any run failed a check or if none finished; a refused peer-to-peer run beside finished ones is an answer.',
  ],
  examples: [
    'peerlane race default --from nic0 --to iopmem0 --bytes 64MiB',
    'peerlane race dump.txt --from 03:00.0 --to 04:00.0 --bytes 1MiB --way p2p --json',
  ],
  run: (args, io) => {
    const document = readMachine(args.positionals[0] ?? '', io);
    if (!document.ok) return document;
    const booted = bootDocument(document.value);
    if (!booted.ok) return booted;
    const transfer = readTransfer(args, booted.value);
    if (!transfer.ok) return transfer;
    const ways = readWays(args.options.get('--way'));
    if (!ways.ok) return ways;
    const seed = readSeed(args);
    if (!seed.ok) return seed;
    const reports: RunReport[] = [];
    for (const way of ways.value) {
      const report = runWay(document.value, transfer.value, way, seed.value);
      if (!report.ok) return report;
      reports.push(report.value);
    }
    const result: Race = { document: document.value, transfer: transfer.value, seed: seed.value, reports };
    if (args.options.has('--json')) writeJson(io, raceJson(result));
    else io.write(raceText(result, booted.value.names));
    return ok(exitCodeOf(reports, ways.value.length === 1));
  },
};

function readTransfer(args: CommandArguments, booted: BootedMachine): Result<TransferSpec, CommandFailure> {
  const given = booted.document.transfer;
  const endOf = (option: string, fallback: string): Result<string, CommandFailure> => {
    const word = args.options.get(option);
    if (word === undefined) return ok(fallback);
    const found = findFunction(booted.view, booted.names, word, option);
    return found.ok ? ok(at(booted.names.functions, found.value).id) : found;
  };
  const from = endOf('--from', given.from);
  if (!from.ok) return from;
  const to = endOf('--to', given.to);
  if (!to.ok) return to;
  const bytes = readSize(args.options.get('--bytes'), '--bytes', [1, LARGEST_TRANSFER_BYTES], given.bytes);
  if (!bytes.ok) return bytes;
  const chunkBytes = readSize(
    args.options.get('--chunk'),
    '--chunk',
    [SMALLEST_CHUNK_BYTES, LARGEST_CHUNK_BYTES],
    given.bounce.chunkBytes,
  );
  if (!chunkBytes.ok) return chunkBytes;
  const buffers = readInteger(args.options.get('--buffers') ?? String(given.bounce.buffers), '--buffers', 1, 2);
  if (!buffers.ok) return buffers;
  return ok({
    from: from.value,
    to: to.value,
    bytes: bytes.value,
    bounce: {
      chunkBytes: chunkBytes.value,
      buffers: buffers.value === 2 ? 2 : 1,
      completion: args.options.has('--polled') ? 'polled' : given.bounce.completion,
    },
    ...(args.options.has('--force') || given.force === true ? { force: true } : {}),
  });
}

function readSize(
  text: string | undefined,
  option: string,
  [least, most]: readonly [number, number],
  fallback: number,
): Result<number, CommandFailure> {
  if (text === undefined) return ok(fallback);
  const bytes = parseSize(text);
  if (!bytes.ok) return err(usageFailure(`${option}: ${bytes.error}`));
  if (bytes.value >= least && bytes.value <= most) return bytes;
  return err(usageFailure(`${option}: ${bytes.value} bytes are outside ${least}…${most}.`));
}

function readInteger(text: string, option: string, least: number, most: number): Result<number, CommandFailure> {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return ok(value);
  return err(usageFailure(`${option}: "${text}" is no integer in ${least}…${most}.`));
}

function readWays(text: string | undefined): Result<readonly TransferWay[], CommandFailure> {
  if (text === undefined) return ok(WAYS);
  const way = WAYS.find((known) => known === text);
  return way === undefined ? err(usageFailure(`--way: "${text}" is none of ${WAYS.join(', ')}.`)) : ok([way]);
}

function runWay(
  document: TopologyDocument,
  transfer: TransferSpec,
  way: TransferWay,
  seed: number,
): Result<RunReport, CommandFailure> {
  const created = SimulatedMachine.create({ document, transfer, way, seed, storage: privateStorage });
  if (!created.ok) {
    return err(inputFailure('MACHINE_INVALID', `The machine cannot run this transfer (${way}).`, created.error));
  }
  const machine = created.value;
  while (machine.report === undefined) {
    if (machine.runUntil(Infinity, EVENTS_AT_ONCE) === 'budget') continue;
    break;
  }
  const { report } = machine;
  if (report !== undefined) return ok(report);
  return err(
    inputFailure('RUN_UNFINISHED', `The run (${way}) ended without a result.`, machine.description.diagnostics),
  );
}

function raceJson(result: Race): unknown {
  const { document, transfer, seed, reports } = result;
  return {
    machine: document.name,
    transfer,
    seed,
    runs: Object.fromEntries(reports.map((report) => [report.way, report])),
    sentence: raceSentence(result),
  };
}

function exitCodeOf(reports: readonly RunReport[], single: boolean): ExitCode {
  const broken = reports.some((report) => report.outcome === 'failed' || report.checks.some((check) => !check.ok));
  const finished = reports.filter((report) => report.outcome === 'finished').length;
  if (broken || finished === 0) return EXIT.failed;
  return single && finished < reports.length ? EXIT.failed : EXIT.ok;
}
