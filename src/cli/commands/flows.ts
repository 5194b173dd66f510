/*
 * `flows`: all flows of a machine at once, and what limited each.
 */
import { bytesText, durationText, rateText } from '../../base/format.ts';
import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { privateStorage } from '../../base/storage.ts';
import type { FlowReport } from '../../core/pcie/flowReport.ts';
import { SimulatedMachine } from '../../engine/machine/simulatedMachine.ts';
import type { LinkTimeShare, MachineDescription, RunReport } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import type { Command, CommandFailure, ExitCode } from '../command.ts';
import { EXIT, inputFailure, writeJson } from '../command.ts';
import { readMachine } from '../machineArgument.ts';
import { readSeed } from '../seed.ts';
import { plainTable } from '../table.ts';

/** Events between two looks at whether the run has ended. */
const EVENTS_AT_ONCE = 10_000_000;
/** Link directions that did less are left out of the text. */
const NOTABLE_SHARE = 0.001;

export const flows: Command = {
  name: 'flows',
  summary: 'run all flows of a document at once; say what limited each, and how links spent their time',
  positionals: [{ name: 'MACHINE', summary: 'a preset or a document with flows' }],
  options: [
    { name: '--with-transfer', summary: 'run the document’s transfer peer-to-peer beside them' },
    { name: '--seed', value: 'N', summary: 'seed of everything random (default 1)' },
  ],
  details: [
    'Shares of a limit are measured: the part of the flow’s time in which that kept it waiting.',
    'The exit code is 1 if a flow failed, or if all were refused.',
  ],
  examples: ['peerlane flows m-bdw-3-ssd', 'peerlane flows machine.json --json'],
  run: (args, io) => {
    const document = readMachine(args.positionals[0] ?? '', io);
    if (!document.ok) return document;
    const seed = readSeed(args);
    if (!seed.ok) return seed;
    const ran = runAll(document.value, args.options.has('--with-transfer'), seed.value);
    if (!ran.ok) return ran;
    const { report, machine } = ran.value;
    if (args.options.has('--json')) writeJson(io, { machine: document.value.name, seed: seed.value, report });
    else io.write(flowsText(report, machine));
    return ok(exitCodeOf(report));
  },
};

interface Ran {
  readonly report: RunReport;
  readonly machine: MachineDescription;
}

function runAll(document: TopologyDocument, withTransfer: boolean, seed: number): Result<Ran, CommandFailure> {
  const way = withTransfer ? 'p2p' : 'flows';
  const created = SimulatedMachine.create({
    document,
    transfer: document.transfer,
    way,
    seed,
    storage: privateStorage,
  });
  if (!created.ok) return err(inputFailure('MACHINE_INVALID', 'The machine cannot run these flows.', created.error));
  const machine = created.value;
  while (machine.report === undefined && machine.runUntil(Infinity, EVENTS_AT_ONCE) === 'budget');
  const { report, description } = machine;
  if (report !== undefined) return ok({ report, machine: description });
  return err(inputFailure('RUN_UNFINISHED', 'The run ended without a result.', description.diagnostics));
}

function exitCodeOf({ outcome, flows: reports = [] }: RunReport): ExitCode {
  if (outcome !== 'finished') return EXIT.failed;
  return reports.some((flow) => flow.outcome === 'failed') ? EXIT.failed : EXIT.ok;
}

/** What the command prints. */
export function flowsText(report: RunReport, machine: MachineDescription): string {
  const { flows: reports = [], outcome, reason } = report;
  const head = reason === undefined ? '' : `${outcome}: ${reason}\n\n`;
  if (reports.length === 0) return head;
  const rows = [
    ['flow', 'outcome', 'bytes', 'operations', 'time', 'throughput', 'limited by'],
    ...reports.map((flow) => [
      flow.name,
      flow.outcome,
      bytesText(flow.bytes),
      flow.operations === 0 ? '' : String(flow.operations),
      flow.outcome === 'refused' ? '' : durationText(flow.finished_ps - flow.begun_ps),
      flow.outcome === 'refused' ? '' : rateText(flow.throughputBytesPerSecond),
      limitText(flow),
    ]),
  ];
  return `${head}${plainTable(rows, [2, 3, 4, 5])}${reasonsText(reports)}${linksText(report, machine)}`;
}

function limitText({ limits }: FlowReport): string {
  return limits
    .slice(0, 2)
    .map(({ text, share }) => `${text} ${percent(share)}`)
    .join(', ');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function reasonsText(reports: readonly FlowReport[]): string {
  const lines = reports.flatMap(({ name, reason }) => (reason === undefined ? [] : [`  ${name}: ${reason}\n`]));
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}

function linksText({ links }: RunReport, machine: MachineDescription): string {
  const busy = links.filter(({ payload, headers }) => payload + headers > NOTABLE_SHARE);
  if (busy.length === 0) return '';
  const names = ['payload', 'headers', 'framing', 'DLLP', 'skip', 'replay', 'credits', 'idle'];
  const rows = [['link', ...names], ...busy.map((share) => [linkName(share, machine), ...partsOf(share).map(percent)])];
  return `\n${plainTable(rows, [1, 2, 3, 4, 5, 6, 7, 8])}`;
}

function partsOf(share: LinkTimeShare): readonly number[] {
  const { payload, headers, framing = 0, dllps, skip, replay = 0, creditStall, idle } = share;
  return [payload, headers, framing, dllps, skip, replay, creditStall, idle];
}

function linkName({ link, direction }: LinkTimeShare, machine: MachineDescription): string {
  const upper = machine.links.find(({ index }) => index === link)?.upper;
  const bdf = machine.functions.find(({ id }) => id === upper)?.bdf ?? upper ?? `link ${link}`;
  return `${bdf.replace(/^0000:/, '')} ${direction === 0 ? 'down' : 'up'}`;
}
