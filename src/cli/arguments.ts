/*
 * The words of a command line → a command and its arguments. Options may stand anywhere, as `--name value` or
 * `--name=value`; `--` ends them.
 */
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Command, CommandArguments, OptionSpec } from './command.ts';
import { JSON_OPTION } from './command.ts';

/** What the words ask for. */
export type Request =
  | { readonly kind: 'run'; readonly command: Command; readonly args: CommandArguments }
  /** Help of one command, or of all if undefined. */
  | { readonly kind: 'help'; readonly command: Command | undefined }
  | { readonly kind: 'version' };

/** A sentence, and the command whose usage would help. */
export interface UsageError {
  readonly message: string;
  readonly command: Command | undefined;
}

const HELP_WORDS: readonly string[] = ['--help', '-h'];

/**
 * @param words without the program's own name.
 * @returns what is asked for, or what is wrong with it.
 */
export function parseArguments(words: readonly string[], commands: readonly Command[]): Result<Request, UsageError> {
  const [first] = words;
  if (first === undefined || HELP_WORDS.includes(first)) return ok({ kind: 'help', command: undefined });
  if (first === '--version') return ok({ kind: 'version' });
  if (first === 'help') return helpOf(words.slice(1), commands);
  const command = findCommand(words, commands);
  if (command === undefined) {
    // `check --help`: half of a name, and the question is which halves there are.
    const isHalf = commands.some(({ name }) => name.startsWith(`${first} `));
    if (isHalf && HELP_WORDS.includes(words[1] ?? '')) return ok({ kind: 'help', command: undefined });
    return err({ message: unknownCommand(words, commands), command: undefined });
  }
  const rest = words.slice(command.name.split(' ').length);
  const end = rest.indexOf('--');
  if (rest.slice(0, end < 0 ? undefined : end).some((word) => HELP_WORDS.includes(word))) {
    return ok({ kind: 'help', command });
  }
  const args = readArguments(rest, command);
  return args.ok ? ok({ kind: 'run', command, args: args.value }) : err({ message: args.error, command });
}

function helpOf(words: readonly string[], commands: readonly Command[]): Result<Request, UsageError> {
  if (words.length === 0) return ok({ kind: 'help', command: undefined });
  const command = findCommand(words, commands);
  return command === undefined
    ? err({ message: unknownCommand(words, commands), command: undefined })
    : ok({ kind: 'help', command });
}

function findCommand(words: readonly string[], commands: readonly Command[]): Command | undefined {
  return commands.find((command) => command.name.split(' ').every((part, index) => words[index] === part));
}

function unknownCommand(words: readonly string[], commands: readonly Command[]): string {
  const [first = '', second] = words;
  const sameStart = commands.filter((command) => command.name.startsWith(`${first} `)).map((command) => command.name);
  if (sameStart.length > 0) {
    return second === undefined
      ? `"${first}" needs a second word: ${sameStart.join(' or ')}.`
      : `"${first} ${second}" is no command: ${sameStart.join(' or ')}.`;
  }
  return `"${first}" is no command: ${commands.map((command) => command.name).join(', ')}.`;
}

function readArguments(words: readonly string[], command: Command): Result<CommandArguments, string> {
  const specs = [...command.options, JSON_OPTION];
  const positionals: string[] = [];
  const options = new Map<string, string>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') {
      positionals.push(...words.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const option = readOption(word, words[index + 1], specs);
    if (!option.ok) return option;
    if (options.has(option.value.name)) return err(`${option.value.name} is given twice.`);
    options.set(option.value.name, option.value.value);
    if (option.value.tookNext) index += 1;
  }
  const problem = countProblem(positionals, command);
  return problem === undefined ? ok({ positionals, options }) : err(problem);
}

function readOption(
  word: string,
  next: string | undefined,
  specs: readonly OptionSpec[],
): Result<{ readonly name: string; readonly value: string; readonly tookNext: boolean }, string> {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  const name = equals < 0 ? word : word.slice(0, equals);
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined) return err(`${name} is no option here: ${specs.map((known) => known.name).join(', ')}.`);
  if (spec.value === undefined) {
    return equals < 0 ? ok({ name, value: '', tookNext: false }) : err(`${name} takes no value.`);
  }
  if (equals >= 0) return ok({ name, value: word.slice(equals + 1), tookNext: false });
  if (next === undefined || next.startsWith('--')) return err(`${name} needs a value: ${name} ${spec.value}.`);
  return ok({ name, value: next, tookNext: true });
}

function countProblem(positionals: readonly string[], command: Command): string | undefined {
  const missing = command.positionals[positionals.length];
  if (missing !== undefined) return `${missing.name} is missing: ${missing.summary}.`;
  const takesMany = command.positionals.at(-1)?.many === true;
  const surplus = positionals[command.positionals.length];
  return surplus === undefined || takesMany ? undefined : `"${surplus}" is one argument too many.`;
}
