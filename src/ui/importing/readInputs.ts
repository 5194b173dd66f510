/* The importer and the lines to show beside its answer; runs in the import worker. */
import type { Diagnostic } from '../../base/diagnostic.ts';
import { importText, type ImportInput } from '../../import/importText.ts';
import { LINE_CLASS } from '../../import/lines.ts';
import type { ImportReading, MarkedText } from './importMessages.ts';

/** Most lines of a refused text that are shown, around its first problem. */
const MOST_LINES = 20_000;

/** Number of the line a diagnostic is about, from 0; undefined if it is about no line of this input. */
export function lineOf(diagnostic: Diagnostic, input: Pick<ImportInput, 'name'>, several: boolean): number | undefined {
  const found = /^(?:(.*) )?line (\d+)$/.exec(diagnostic.path);
  if (found === null || (several && found[1] !== input.name)) return undefined;
  return Number(found[2]) - 1;
}

/** A text that was refused, with the lines marked that its problems name. */
export function markProblems(input: ImportInput, problems: readonly Diagnostic[], several: boolean): MarkedText {
  const all = input.text.split(/\r\n|\n|\r/);
  const numbers = problems.flatMap((problem) => lineOf(problem, input, several) ?? []);
  const firstLine = Math.max(0, Math.min(numbers[0] ?? 0, all.length) - MOST_LINES / 2);
  const lines = all.slice(firstLine, firstLine + MOST_LINES);
  const classes = new Uint8Array(lines.length);
  for (const number of numbers) classes[number - firstLine] = LINE_CLASS.problem;
  return { name: input.name, firstLine, lines, classes };
}

export function readInputs(inputs: readonly ImportInput[]): ImportReading {
  const outcome = importText(inputs);
  const texts = outcome.ok
    ? outcome.value.inputs.map(({ name, lines, classes }) => ({ name, firstLine: 0, lines, classes }))
    : inputs.map((input) => markProblems(input, outcome.error, inputs.length > 1));
  return { outcome, texts };
}
