/*
 * `check p2pdma` and `check throughput`: rows of reference files, one JSON line each, then a count.
 */
import { InvariantError } from '../../base/invariant.ts';
import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { checkThroughputRow } from '../../core/models/checks/throughputCheck.ts';
import { parseThroughputRow } from '../../core/pcie/throughputRow.ts';
import { viewOfMachine } from '../boot.ts';
import { checkP2pdmaLine } from '../checks/p2pdmaCheck.ts';
import type { CheckedRow } from '../checks/p2pdmaCheck.ts';
import type { Command, CommandFailure, CommandIo, CommandOutcome } from '../command.ts';
import { EXIT, inputFailure } from '../command.ts';

const LISTED_PROBLEMS = 3;

const OUTPUT =
  'Prints one JSON object a row (id, expected, got, ok, and a reason where it is not), then the line "N passed, N failed". --json changes nothing.';

export const checkP2pdma: Command = {
  name: 'check p2pdma',
  summary: 'worked peer-to-peer cases: distance, map type, redirectors, groups, and the paths packets take',
  positionals: [{ name: 'FILE', summary: 'a file with one case a line (JSON), or - for standard input' }],
  options: [],
  details: [
    OUTPUT,
    'A case is a tree of functions with a provider and a client. Its machine is built, its bus numbers are found by enumeration, and the kernel’s rules are asked. ACS control values are taken as given. Of "expect", the members chain, ret, map, redir, anc, groups, write and readData are compared as far as they are there. Paths count twice: as predicted from registers, and as a write and a read of the client took them in a simulation of the machine (with the address that "addr" names; a refused transfer is forced).',
  ],
  examples: ['peerlane check p2pdma cases.jsonl'],
  run: (args, io) => {
    const text = readFile(args.positionals[0] ?? '', io);
    if (!text.ok) return text;
    const rows = rowTexts(text.value);
    if (rows.length === 0) return err(inputFailure('NO_ROWS', 'The file has no rows.'));
    return report(rows, io, (row, fallbackId) => checkP2pdmaLine(row, fallbackId, viewOfMachine));
  },
};

export const checkThroughput: Command = {
  name: 'check throughput',
  summary: 'throughput rows on the event-driven core: TLP and byte counts, payload rate',
  positionals: [{ name: 'FILE', summary: 'a JSON file with a list of rows, or - for standard input' }],
  options: [],
  details: [
    OUTPUT,
    'Each row is a saturating stream over one link. Counts of TLPs and wire bytes of one operation must be exact, the rate within −1 % … +3 % of nominalBps, below the ceiling and above the bound with dense DLLPs.',
  ],
  examples: ['peerlane check throughput rows.json'],
  run: (args, io) => {
    const text = readFile(args.positionals[0] ?? '', io);
    if (!text.ok) return text;
    const rows = rowTexts(text.value);
    if (rows.length === 0) return err(inputFailure('NO_ROWS', 'The file has no rows.'));
    return report(rows, io, checkThroughputText);
  },
};

function checkThroughputText(row: string, fallbackId: string): CheckedLine {
  let value: unknown;
  try {
    value = JSON.parse(row);
  } catch (error) {
    return failed(fallbackId, `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const id = isRecord(value) && typeof value['id'] === 'string' ? value['id'] : fallbackId;
  const parsed = parseThroughputRow(value, fallbackId);
  if (!parsed.ok) return failed(id, problemsText(parsed.error.map(({ message }) => message)));
  try {
    return checkThroughputRow(parsed.value);
  } catch (error) {
    if (error instanceof InvariantError) return failed(id, `this row cannot be run: ${error.message}`);
    throw error;
  }
}

/** The first problems of a row; the others are counted. */
function problemsText(messages: readonly string[]): string {
  const listed = messages.slice(0, LISTED_PROBLEMS).join(' ');
  const rest = messages.length - LISTED_PROBLEMS;
  return rest > 0 ? `${listed} And ${rest} more.` : listed;
}

function failed(id: string, reason: string): CheckedLine {
  return { id, expected: undefined, got: undefined, ok: false, reason };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * JSON texts of the rows of a file: one JSON list, an object with a list `rows`, one object, or one object a
 * line. What is no JSON is passed on line by line, for each to be complained about.
 */
function rowTexts(text: string): readonly string[] {
  const plain = text.replace(/^\uFEFF/, '');
  const whole = parseWhole(plain);
  if (whole !== undefined) return whole.map((row) => JSON.stringify(row));
  return plain.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function parseWhole(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
    return isRecord(value) && Array.isArray(value['rows']) ? value['rows'] : [value];
  } catch {
    // Several JSON values, or none: the lines are then looked at one by one.
    return undefined;
  }
}

function readFile(path: string, io: CommandIo): Result<string, CommandFailure> {
  const text = io.readText(path);
  return text.ok ? text : err(inputFailure('FILE_UNREADABLE', text.error));
}

/** What every line of output has. */
type CheckedLine = Pick<CheckedRow, 'id' | 'ok'> & {
  readonly expected: unknown;
  readonly got: unknown;
  readonly reason?: string;
};

/** Rows are checked and printed one by one, so that a long file shows progress. */
function report(
  rows: readonly string[],
  io: CommandIo,
  check: (row: string, fallbackId: string) => CheckedLine,
): CommandOutcome {
  let passed = 0;
  rows.forEach((row, index) => {
    const checked = check(row, `row ${index + 1}`);
    if (checked.ok) passed += 1;
    const { id, expected, got, ...rest } = checked;
    // A row that could not be judged has neither: null in JSON.
    io.write(`${JSON.stringify({ id, expected: expected ?? null, got: got ?? null, ...rest })}\n`);
  });
  io.write(`${passed} passed, ${rows.length - passed} failed\n`);
  return ok(passed === rows.length ? EXIT.ok : EXIT.failed);
}
