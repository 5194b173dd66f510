/*
 * Text of lspci → a machine document, what was assumed, and what became of every line.
 *
 *   inputs → lines → blocks (one function each) → facts → tree → document
 *
 * Nothing here throws on any input; everything that is wrong is a diagnostic with the line it is about.
 */
import type { Diagnostic } from '../base/diagnostic.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Assumption, TopologyDocument } from '../topology/document.ts';
import { drivesLink } from '../topology/documentIndex.ts';
import { parseDocument } from '../topology/parseDocument.ts';
import { assembleDocument } from './assemble.ts';
import { splitBlocks, type FunctionBlock } from './blocks.ts';
import { gatherFunctions, type Gathered } from './gather.ts';
import { ImportLog } from './importLog.ts';
import { MAX_INPUT_CHARACTERS, MAX_INPUTS, MAX_LISTED_DIAGNOSTICS } from './limits.ts';
import { InputLines, LINE_CLASS, linePath, plainText } from './lines.ts';
import { recogniseOther, WHAT_TO_PASTE } from './otherFormats.ts';
import { maskInput } from './privacy.ts';
import { buildTree } from './tree.ts';

/** One pasted text or dropped file. */
export interface ImportInput {
  readonly name: string;
  readonly text: string;
}

export interface ImportOptions {
  /** Keep serial numbers and MAC addresses: for local use, where nothing is shared. Default false. */
  readonly keepIdentifiers?: boolean;
}

export interface ImportedInput {
  readonly name: string;
  /** What it was recognised as: `lspci -vvv`, `lspci -xxxx`, `lspci -vvv -xxxx`, `lspci`. */
  readonly format: string;
  /** Its lines, with identifiers masked. */
  readonly lines: readonly string[];
  /** One LINE_CLASS value for each line. */
  readonly classes: Uint8Array;
}

/** How many lines are of each class, and what the machine has. */
export interface ImportCounts {
  readonly lines: number;
  readonly used: number;
  readonly ignored: number;
  readonly assumption: number;
  readonly removed: number;
  readonly problem: number;
  readonly functions: number;
  /** Links with something at their lower end. */
  readonly links: number;
  readonly switches: number;
  readonly endpoints: number;
  /** Serial numbers and MAC addresses that were removed. */
  readonly identifiers: number;
}

export interface ImportResult {
  readonly document: TopologyDocument;
  /** The same as in the document. */
  readonly assumptions: readonly Assumption[];
  readonly inputs: readonly ImportedInput[];
  readonly counts: ImportCounts;
  /** What was odd, but did not stop the import. */
  readonly warnings: readonly Diagnostic[];
}

function refusal(code: string, path: string, message: string, fix = WHAT_TO_PASTE): Diagnostic {
  return { code, severity: 'error', path, message, fix };
}

function refuse(...problems: Diagnostic[]): Result<never, readonly Diagnostic[]> {
  return err(problems);
}

/** Checks that need no look at the structure: number, size, emptiness, binary data. */
function checkInputs(inputs: readonly ImportInput[]): Diagnostic | undefined {
  if (inputs.every((input) => input.text.trim() === '')) {
    return refusal('INPUT_EMPTY', '', 'There is no text to import.');
  }
  if (inputs.length > MAX_INPUTS) {
    return refusal(
      'INPUT_TOO_MANY',
      '',
      `${inputs.length} texts were given; at most ${MAX_INPUTS} are read.`,
      'Give the outputs of one machine only.',
    );
  }
  const characters = inputs.reduce((sum, input) => sum + input.text.length, 0);
  if (characters > MAX_INPUT_CHARACTERS) {
    const megabytes = (value: number): string => (value / 2 ** 20).toFixed(1);
    return refusal(
      'INPUT_TOO_LARGE',
      '',
      `The text has ${megabytes(characters)} MiB; at most ${megabytes(MAX_INPUT_CHARACTERS)} MiB are read. lspci of a large server has less than 1 MiB.`,
    );
  }
  const binary = inputs.find((input) => looksBinary(input.text));
  return binary === undefined ? undefined : refusal('INPUT_IS_BINARY', binary.name, 'This is binary data, not text.');
}

const SAMPLE_CHARACTERS = 65_536;
/** Share of unprintable characters above which a text is data. */
const BINARY_SHARE = 0.02;

function looksBinary(text: string): boolean {
  if (text.includes('\u0000')) return true;
  const sample = text.slice(0, SAMPLE_CHARACTERS);
  let odd = 0;
  for (let index = 0; index < sample.length; index++) {
    const code = sample.charCodeAt(index);
    const control = code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d && code !== 0x1b;
    if (control || code === 0x7f || code === 0xfffd) odd++;
  }
  return odd > BINARY_SHARE * sample.length + 2;
}

/** What the blocks of one input are, in the words of the command that prints them. */
function formatOf(blocks: readonly FunctionBlock[]): string {
  const longest = Math.max(0, ...blocks.map((block) => block.image.length));
  const registers = longest === 0 ? '' : longest <= 64 ? ' -x' : longest <= 256 ? ' -xxx' : ' -xxxx';
  const detailed = blocks.some((block) => block.details.some(({ text }) => /^(?:Control|LnkSta|DevCtl):/.test(text)));
  const flags = blocks.some((block) => block.details.some(({ text }) => text.startsWith('Flags: ')));
  return `lspci${detailed ? ' -vvv' : flags ? ' -v' : ''}${registers}`;
}

/** A text that was cut in the middle of a line shows it in its last line. */
function cutLine(input: InputLines): boolean {
  if (!input.endsOpen) return false;
  const last = input.lines.at(-1) ?? '';
  const opened = (last.match(/[[(<]/g) ?? []).length;
  const closed = (last.match(/[\])>]/g) ?? []).length;
  // "Status: … >TAbort- <TAbort-" has unpaired angle brackets of its own.
  return opened > closed && !/TAbort|MAbort/.test(last);
}

interface ReadInput {
  readonly input: InputLines;
  readonly blocks: readonly FunctionBlock[];
}

function nothingUsable(read: readonly ReadInput[]): readonly Diagnostic[] {
  const several = read.length > 1;
  return read.map(({ input, blocks }) => {
    const path = several ? input.name : '';
    const other = recogniseOther(input);
    if (other !== undefined) return refusal(other.code, path, other.message);
    if (blocks.length > 0) {
      return refusal(
        'LSPCI_WITHOUT_DETAIL',
        path,
        `This is lspci without details: ${blocks.length} functions by name, but no registers, addresses or links.`,
      );
    }
    const line = input.lines.findIndex((text) => text.trim() !== '');
    input.mark(line, LINE_CLASS.problem);
    return refusal(
      'INPUT_NOT_RECOGNISED',
      line < 0 ? path : linePath(input, line, several),
      `This is not the output of lspci. It begins with "${plainText(input.lines[line] ?? '', 60)}".`,
      `Expected a line such as "03:00.0 Ethernet controller: …" or "0000:03:00.0 …". ${WHAT_TO_PASTE}`,
    );
  });
}

function limited(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= MAX_LISTED_DIAGNOSTICS) return diagnostics;
  const rest = diagnostics.length - MAX_LISTED_DIAGNOSTICS;
  return [
    ...diagnostics.slice(0, MAX_LISTED_DIAGNOSTICS),
    refusal(
      'MORE_PROBLEMS',
      '',
      `${rest} more problems of the same kinds are not listed.`,
      'Correct the listed ones first.',
    ),
  ];
}

function countLines(
  read: readonly ReadInput[],
): Pick<ImportCounts, 'lines' | 'used' | 'ignored' | 'assumption' | 'removed' | 'problem'> {
  const totals = [0, 0, 0, 0, 0];
  for (const { input } of read) for (const value of input.classes) totals[value] = (totals[value] ?? 0) + 1;
  const of = (value: number): number => totals[value] ?? 0;
  return {
    lines: totals.reduce((sum, value) => sum + value, 0),
    used: of(LINE_CLASS.used),
    ignored: of(LINE_CLASS.ignored),
    assumption: of(LINE_CLASS.assumption),
    removed: of(LINE_CLASS.removed),
    problem: of(LINE_CLASS.problem),
  };
}

function countMachine(
  document: TopologyDocument,
): Pick<ImportCounts, 'functions' | 'links' | 'switches' | 'endpoints'> {
  const ports = new Set(document.functions.filter((fn) => drivesLink(fn.kind)).map((fn) => fn.id));
  const below = new Set(document.functions.filter((fn) => ports.has(fn.parent)).map((fn) => fn.parent));
  const endpoints = new Set(['endpoint', 'legacyEndpoint', 'rcEndpoint', 'pciDevice']);
  return {
    functions: document.functions.length,
    links: below.size,
    switches: document.functions.filter((fn) => fn.kind === 'upstreamPort').length,
    endpoints: document.functions.filter((fn) => endpoints.has(fn.kind)).length,
  };
}

/** Reads all inputs and masks identifiers. */
function readInputs(
  inputs: readonly ImportInput[],
  keepIdentifiers: boolean,
): { read: readonly ReadInput[]; problems: readonly Diagnostic[]; identifiers: number } {
  const several = inputs.length > 1;
  const problems: Diagnostic[] = [];
  let identifiers = 0;
  const read = inputs.map(({ name, text }) => {
    const original = InputLines.split(name, text);
    const masked = keepIdentifiers ? { input: original, count: 0 } : maskInput(original);
    identifiers += masked.count;
    const split = splitBlocks(masked.input, several);
    problems.push(...split.problems);
    if (split.blocks.length > 0 && cutLine(masked.input)) {
      const line = masked.input.lines.length - 1;
      masked.input.mark(line, LINE_CLASS.problem);
      problems.push(
        refusal(
          'TEXT_TRUNCATED',
          linePath(masked.input, line, several),
          `The text ends in the middle of a line: "${plainText(masked.input.lines[line] ?? '', 60)}".`,
          'Copy the whole output again, to the last line.',
        ),
      );
    }
    return { input: masked.input, blocks: split.blocks };
  });
  return { read, problems, identifiers };
}

/** Title of the machine: the name of the file, or what was pasted. */
function machineName(inputs: readonly ImportInput[]): string {
  const name = plainText(
    (inputs[0]?.name ?? '').replace(/^.*[/\\]/, '').replace(/\.(?:txt|log|out|dump|lspci)$/i, ''),
    60,
  );
  return name === '' ? 'Imported machine' : name;
}

/**
 * Imports the output of lspci: `-vvv`, `-vv`, `-v`, `-x`, `-xxx`, `-xxxx`, alone, mixed, or in several texts
 * of the same machine; with `-nn`, `-D`, `-k`, `-P`, `-PP`.
 * @returns the document with all assumptions, or every problem found. An input that fails changes nothing.
 * @simplifies The processor, memory, wire rates and device behaviour are assumptions; each is listed.
 */
export function importText(
  inputs: readonly ImportInput[],
  options: ImportOptions = {},
): Result<ImportResult, readonly Diagnostic[]> {
  const early = checkInputs(inputs);
  if (early !== undefined) return refuse(early);
  const keepIdentifiers = options.keepIdentifiers === true;
  const { read, problems, identifiers } = readInputs(inputs, keepIdentifiers);
  if (problems.length > 0) return err(limited(problems));

  const blocks = read.flatMap((one) => one.blocks);
  const gathered = gatherFunctions(blocks, { keepIdentifiers, several: read.length > 1 });
  if (gathered.problems.length > 0) return err(limited(gathered.problems));
  if (!gathered.functions.some((facts) => facts.detailed)) return err(nothingUsable(read));
  return finish(inputs, read, gathered, identifiers + gathered.removedIdentifiers);
}

function finish(
  inputs: readonly ImportInput[],
  read: readonly ReadInput[],
  gathered: Gathered,
  identifiers: number,
): Result<ImportResult, readonly Diagnostic[]> {
  const log = new ImportLog();
  const tree = buildTree(gathered.functions, log);
  const document = assembleDocument(tree, machineName(inputs), log);
  if (document === undefined) {
    return refuse(
      ...log.warnings.map((warning) => ({ ...warning, severity: 'error' as const })),
      refusal('NO_FUNCTIONS', '', 'No function in the text answered.'),
    );
  }
  // What the text made of itself must be a machine: numbers that contradict each other are the text's fault.
  const checked = parseDocument(document);
  if (!checked.ok) {
    const fix = 'The text contradicts itself here. Take the output of one machine again and paste all of it.';
    return err(limited(checked.error.map((diagnostic) => ({ ...diagnostic, fix }))));
  }
  return ok({
    document,
    assumptions: document.assumptions,
    inputs: read.map(({ input, blocks }) => ({
      name: input.name,
      format: formatOf(blocks),
      lines: input.lines,
      classes: input.classes,
    })),
    counts: { ...countLines(read), ...countMachine(document), identifiers },
    warnings: [...gathered.warnings, ...log.warnings],
  });
}
