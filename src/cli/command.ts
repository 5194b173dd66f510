/*
 * What a command of the command line is made of. Commands are plain functions from arguments to an outcome;
 * files and streams come in through CommandIo, so tests need no process.
 */
import type { Diagnostic } from '../base/diagnostic.ts';
import type { Result } from '../base/result.ts';

/** What the process exits with. */
export const EXIT = {
  ok: 0,
  /** A check failed, a transfer was refused or did not finish. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** A file, document or dump could not be read or understood. */
  badInput: 3,
  /** A fault of Peerlane. */
  internal: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Why a command did not come to an answer. */
export interface CommandFailure {
  readonly exitCode: ExitCode;
  /** Stable, UPPER_SNAKE. */
  readonly code: string;
  readonly message: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Exit code of a command that answered, or why it could not. */
export type CommandOutcome = Result<ExitCode, CommandFailure>;

export interface CommandIo {
  /** Standard output. */
  readonly write: (text: string) => void;
  /** Standard error. */
  readonly note: (text: string) => void;
  readonly fileExists: (path: string) => boolean;
  /** Text of a file, or of standard input for `-`; the error is a sentence. */
  readonly readText: (path: string) => Result<string, string>;
}

export interface OptionSpec {
  /** As written, with its dashes: `--bytes`, `-t`. */
  readonly name: string;
  /** Word for its value in the help; absent = a switch without value. */
  readonly value?: string;
  readonly summary: string;
}

export interface PositionalSpec {
  readonly name: string;
  readonly summary: string;
  /** Takes all remaining arguments, at least one. Only the last may. */
  readonly many?: boolean;
}

export interface CommandArguments {
  /** In the order of the command's positionals; a `many` one gives all its values. */
  readonly positionals: readonly string[];
  /** Option name → value; a switch has the value ''. */
  readonly options: ReadonlyMap<string, string>;
}

export interface Command {
  /** One or two words: `race`, `check p2pdma`. */
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: readonly OptionSpec[];
  /** Paragraphs of the command's help. */
  readonly details: readonly string[];
  readonly examples: readonly string[];
  readonly run: (args: CommandArguments, io: CommandIo) => CommandOutcome;
}

/** Every command has this option. */
export const JSON_OPTION: OptionSpec = { name: '--json', summary: 'print JSON instead of text' };

export function usageFailure(message: string): CommandFailure {
  return { exitCode: EXIT.usage, code: 'USAGE', message, diagnostics: [] };
}

export function inputFailure(code: string, message: string, diagnostics: readonly Diagnostic[] = []): CommandFailure {
  return { exitCode: EXIT.badInput, code, message, diagnostics };
}

/** One JSON document, indented for people. */
export function writeJson(io: CommandIo, value: unknown): void {
  io.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
