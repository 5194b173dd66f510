/*
 * The border between the command line and Node: files, streams, exit code. This file is the program.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { CommandIo } from './command.ts';
import { EXIT } from './command.ts';
import { runCommandLine } from './main.ts';

/** Larger files are not read at all; importers and documents have smaller limits of their own. */
const LARGEST_INPUT_BYTES = 256 * 2 ** 20;
const STANDARD_INPUT = 0;

function readText(path: string): Result<string, string> {
  try {
    if (path === '-') return ok(readFileSync(STANDARD_INPUT, 'utf8'));
    const { size } = statSync(path);
    if (size > LARGEST_INPUT_BYTES) return err(`${path} has ${size} bytes; at most ${LARGEST_INPUT_BYTES} are read.`);
    return ok(readFileSync(path, 'utf8'));
  } catch (error) {
    return err(`${path} could not be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

const io: CommandIo = {
  write: (text) => void process.stdout.write(text),
  note: (text) => void process.stderr.write(text),
  fileExists: (path) => existsSync(path),
  readText,
};

/** Whoever read our output stopped reading (`| head`): that is no fault of the command. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? EXIT.ok);
}
process.stdout.on('error', ignoreClosedPipe);
process.stderr.on('error', ignoreClosedPipe);

declare const PEERLANE_VERSION: string;

try {
  process.exitCode = runCommandLine(process.argv.slice(2), io, PEERLANE_VERSION);
} catch (error) {
  io.note(
    `peerlane: this is a fault of Peerlane: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = EXIT.internal;
}
