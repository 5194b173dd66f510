import type { Command, OptionSpec } from './command.ts';
import { JSON_OPTION } from './command.ts';
import { plainTable } from './table.ts';

const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'the answer is complete'],
  ['1', 'a check failed, or a transfer was refused or did not finish'],
  ['2', 'the command line is wrong'],
  ['3', 'a file, document or dump could not be read or understood'],
  ['4', 'a fault of Peerlane itself'],
];

const MACHINE_HELP = [
  'MACHINE is the name of a preset, a document file, or the output of lspci (-xxxx, -vvv or both); - reads',
  'standard input. A preset wins over a file of the same name: write ./NAME for the file.',
  'A and B are functions: 03:00.0, 0000:03:00.0, or the id or name in the document.',
];

function indented(rows: readonly (readonly string[])[]): string {
  return plainTable(rows)
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}

/** `race MACHINE --from A --to B [--json]` */
export function usageLine(command: Command): string {
  const positionals = command.positionals.map((spec) => `${spec.name}${spec.many === true ? ' …' : ''}`);
  const options = [...command.options, JSON_OPTION].map((option) => `[${optionText(option)}]`);
  return ['peerlane', command.name, ...positionals, ...options].join(' ');
}

function optionText(option: OptionSpec): string {
  return option.value === undefined ? option.name : `${option.name} ${option.value}`;
}

/** What `peerlane --help` prints. */
export function generalHelp(commands: readonly Command[], presetIds: readonly string[]): string {
  return [
    'peerlane: PCI Express machines, the path of every byte, without a page',
    '',
    'Usage: peerlane COMMAND … [--json]',
    '',
    indented(commands.map((command) => [command.name, command.summary])),
    ...MACHINE_HELP,
    '',
    `Presets: ${presetIds.join(', ')}`,
    '',
    'Exit codes:',
    indented(EXIT_CODES),
    'peerlane COMMAND --help says more about one command.',
    '',
  ].join('\n');
}

/** What `peerlane COMMAND --help` prints. */
export function commandHelp(command: Command): string {
  const examples = command.examples.map((example) => `  ${example}`);
  return [
    `peerlane ${command.name}: ${command.summary}`,
    '',
    `Usage: ${usageLine(command)}`,
    '',
    indented([
      ...command.positionals.map((spec) => [spec.name, spec.summary]),
      ...[...command.options, JSON_OPTION].map((option) => [optionText(option), option.summary]),
    ]),
    ...command.details.flatMap((paragraph) => [paragraph, '']),
    ...(examples.length === 0 ? [] : ['Examples:', ...examples, '']),
    'Exit codes:',
    indented(EXIT_CODES),
  ].join('\n');
}
