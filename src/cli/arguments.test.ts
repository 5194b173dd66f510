import { describe, expect, it } from 'vitest';
import { ok } from '../base/result.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { EXIT } from './command.ts';
import { commandHelp, generalHelp } from './help.ts';

const command = (name: string, many = false): Command => ({
  name,
  summary: `does ${name}`,
  positionals: [{ name: 'MACHINE', summary: 'a machine', ...(many ? { many } : {}) }],
  options: [
    { name: '--bytes', value: 'N', summary: 'how many' },
    { name: '-t', summary: 'a tree' },
  ],
  details: [],
  examples: [],
  run: () => ok(EXIT.ok),
});
const COMMANDS = [command('race'), command('import', true), command('check p2pdma'), command('check throughput')];

const parse = (line: string) => parseArguments(line === '' ? [] : line.split(' '), COMMANDS);
const parsed = (line: string) => {
  const result = parse(line);
  return result.ok && result.value.kind === 'run'
    ? {
        command: result.value.command.name,
        positionals: result.value.args.positionals,
        options: Object.fromEntries(result.value.args.options),
      }
    : result;
};
const problem = (line: string): string => {
  const result = parse(line);
  return result.ok ? `understood as ${result.value.kind}` : result.error.message;
};

describe('a command line', () => {
  it('takes options before, between and after, with a blank or =', () => {
    const expected = { command: 'race', positionals: ['m'], options: { '--bytes': '5', '-t': '', '--json': '' } };
    expect(parsed('race --json m --bytes 5 -t')).toEqual(expected);
    expect(parsed('race -t --bytes=5 --json m')).toEqual(expected);
  });

  it('finds commands of two words', () => {
    expect(parsed('check p2pdma f')).toMatchObject({ command: 'check p2pdma', positionals: ['f'] });
  });

  it('takes - as an argument and everything after -- as arguments', () => {
    expect(parsed('race -')).toMatchObject({ positionals: ['-'] });
    expect(parsed('import -- --json -x')).toMatchObject({ positionals: ['--json', '-x'], options: {} });
  });

  it('gives the last argument many values where it takes them', () => {
    expect(parsed('import a b c')).toMatchObject({ positionals: ['a', 'b', 'c'] });
  });

  it.each(['', '--help', '-h', 'help'])('"%s" is a question for help', (line) => {
    expect(parse(line)).toEqual(ok({ kind: 'help', command: undefined }));
  });

  it.each(['race --help', 'race m -h', 'help race'])('"%s" is a question for help on race', (line) => {
    expect(parse(line)).toMatchObject(ok({ kind: 'help', command: { name: 'race' } }));
  });
});

describe('a wrong command line', () => {
  it.each([
    ['rade m', '"rade" is no command'],
    ['check', '"check" needs a second word'],
    ['check nothing f', '"check nothing" is no command'],
    ['race', 'MACHINE is missing'],
    ['import', 'MACHINE is missing'],
    ['race a b', '"b" is one argument too many'],
    ['race m --speed 5', '--speed is no option here'],
    ['race m --bytes', '--bytes needs a value'],
    ['race m --bytes --json', '--bytes needs a value'],
    ['race m --bytes 1 --bytes 2', '--bytes is given twice'],
    ['race m --json=yes', '--json takes no value'],
  ])('%s: %s', (line, expected) => {
    expect(problem(line)).toContain(expected);
  });
});

describe('help', () => {
  it('names every command, preset and exit code', () => {
    const text = generalHelp(COMMANDS, ['default']);
    for (const { name } of COMMANDS) expect(text).toContain(name);
    for (const code of Object.values(EXIT)) expect(text).toMatch(new RegExp(`^ {2}${code} `, 'm'));
    expect(text).toContain('Presets: default');
  });

  it('of one command names its arguments and options', () => {
    const [first] = COMMANDS;
    const text = first === undefined ? '' : commandHelp(first);
    for (const word of ['MACHINE', '--bytes N', '-t', '--json']) expect(text).toContain(word);
  });

  it('is given for the first word of commands that have two', () => {
    expect(parseArguments(['check', '--help'], COMMANDS)).toEqual({
      ok: true,
      value: { kind: 'help', command: undefined },
    });
  });
});
