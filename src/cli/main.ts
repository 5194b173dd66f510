/*
 * The command `peerlane`: the simulator without a page. Reads files and standard input, writes text or JSON,
 * and says by its exit code how it went.
 */
import { parseArguments } from './arguments.ts';
import type { Command, CommandFailure, CommandIo, ExitCode } from './command.ts';
import { EXIT, writeJson } from './command.ts';
import { checkP2pdma, checkThroughput } from './commands/check.ts';
import { find } from './commands/find.ts';
import { flows } from './commands/flows.ts';
import { groups } from './commands/groups.ts';
import { importDumps } from './commands/import.ts';
import { lspci } from './commands/lspci.ts';
import { pairs } from './commands/pairs.ts';
import { race } from './commands/race.ts';
import { validate } from './commands/validate.ts';
import { why } from './commands/why.ts';
import { commandHelp, generalHelp, usageLine } from './help.ts';
import { presets } from '../topology/presets/presets.ts';

const COMMANDS: readonly Command[] = [
  race,
  flows,
  why,
  pairs,
  find,
  groups,
  importDumps,
  lspci,
  checkThroughput,
  checkP2pdma,
  validate,
];

/**
 * Runs one command line.
 * @param words without the program's own name.
 * @returns the exit code; nothing is thrown but faults of our own.
 */
export function runCommandLine(words: readonly string[], io: CommandIo, version: string): ExitCode {
  const request = parseArguments(words, COMMANDS);
  if (!request.ok) {
    const { message, command } = request.error;
    io.note(`peerlane: ${message}\n`);
    io.note(command === undefined ? 'Try: peerlane --help\n' : `Usage: ${usageLine(command)}\n`);
    return EXIT.usage;
  }
  switch (request.value.kind) {
    case 'version':
      io.write(`${version}\n`);
      return EXIT.ok;
    case 'help': {
      const { command } = request.value;
      const ids = presets.map(({ id }) => id);
      io.write(command === undefined ? generalHelp(COMMANDS, ids) : commandHelp(command));
      return EXIT.ok;
    }
    case 'run': {
      const { command, args } = request.value;
      const outcome = command.run(args, io);
      return outcome.ok ? outcome.value : reportFailure(outcome.error, args.options.has('--json'), io);
    }
  }
}

function reportFailure(failure: CommandFailure, asJson: boolean, io: CommandIo): ExitCode {
  const { exitCode, code, message, diagnostics } = failure;
  if (asJson) {
    writeJson(io, { error: { code, message, diagnostics } });
    return exitCode;
  }
  io.note(`peerlane: ${message}\n`);
  for (const { code: rule, severity, path, message: text, fix } of diagnostics) {
    const place = path === '' ? '' : ` (${path})`;
    io.note(`  ${severity} ${rule}${place}: ${text}${fix === undefined ? '' : ` ${fix}`}\n`);
  }
  return exitCode;
}
