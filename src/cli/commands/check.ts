/*
 * `check p2pdma` and `check throughput`: rows of reference files, one JSON line each, then a count.
 */
import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { viewOfMachine } from '../boot.ts';
import { checkP2pdmaLine } from '../checks/p2pdmaCheck.ts';
import type { CheckedRow } from '../checks/p2pdmaCheck.ts';
import type { Command, CommandFailure, CommandIo, CommandOutcome } from '../command.ts';
import { EXIT, inputFailure } from '../command.ts';

const OUTPUT =
  'Prints one JSON object a row (id, expected, got, ok, and a reason where it is not), then the line "N passed, N failed". --json changes nothing.';

export const checkP2pdma: Command = {
  name: 'check p2pdma',
  summary: 'worked peer-to-peer cases: distance, map type, redirectors, common bridge',
  positionals: [{ name: 'FILE', summary: 'a file with one case a line (JSON), or - for standard input' }],
  options: [],
  details: [
    OUTPUT,
    'A case is a tree of functions with a provider and a client. Its machine is built, its bus numbers are found by enumeration, and the kernel’s rules are asked. ACS control values are taken as given. Of "expect", the members chain, ret, map, redir and anc are compared as far as they are there; the predicted paths are printed beside them and do not count.',
  ],
  examples: ['peerlane check p2pdma cases.jsonl'],
  run: (args, io) => {
    const text = readFile(args.positionals[0] ?? '', io);
    if (!text.ok) return text;
    const lines = caseLines(text.value);
    if (lines.length === 0) return err(inputFailure('NO_ROWS', 'The file has no rows.'));
    return report(
      lines.map((line, index) => checkP2pdmaLine(line, `line ${index + 1}`, viewOfMachine)),
      io,
    );
  },
};

/** One case a line; a JSON list of cases is taken too. */
function caseLines(text: string): readonly string[] {
  if (text.trimStart().startsWith('[')) {
    const rows = parseList(text);
    if (rows !== undefined) return rows.map((row) => JSON.stringify(row));
  }
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function parseList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    // Not one JSON value: each line is then looked at, and complained about, by itself.
    return undefined;
  }
}

function readFile(path: string, io: CommandIo): Result<string, CommandFailure> {
  const text = io.readText(path);
  return text.ok ? text : err(inputFailure('FILE_UNREADABLE', text.error));
}

function report(rows: readonly Pick<CheckedRow, 'ok'>[], io: CommandIo): CommandOutcome {
  for (const row of rows) io.write(`${JSON.stringify(row)}\n`);
  const passed = rows.filter((row) => row.ok).length;
  io.write(`${passed} passed, ${rows.length - passed} failed\n`);
  return ok(passed === rows.length ? EXIT.ok : EXIT.failed);
}
