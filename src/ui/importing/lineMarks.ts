/* The lines to show beside the preview: the importer's own, or the text's with the lines its problems name. */
import { LINE_CLASS } from '../../import/lines.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { ImportInput } from '../../import/importText.ts';
import type { ImportOutcome } from './importMessages.ts';

export interface MarkedText {
  readonly name: string;
  readonly lines: readonly string[];
  readonly classes: Uint8Array;
}

/** Number of the line a diagnostic is about, from 0; undefined if it is about no line of this input. */
export function lineOf(diagnostic: Diagnostic, input: Pick<ImportInput, 'name'>, several: boolean): number | undefined {
  const found = /^(?:(.*) )?line (\d+)$/.exec(diagnostic.path);
  if (found === null || (several && found[1] !== input.name)) return undefined;
  return Number(found[2]) - 1;
}

/** What to show for inputs and their outcome. */
export function markedTexts(inputs: readonly ImportInput[], outcome: ImportOutcome): readonly MarkedText[] {
  if (outcome.ok) return outcome.value.inputs;
  return inputs.map((input) => {
    const lines = input.text.split(/\r\n|\n|\r/);
    const classes = new Uint8Array(lines.length);
    for (const diagnostic of outcome.error) {
      const line = lineOf(diagnostic, input, inputs.length > 1);
      if (line !== undefined && line < classes.length) classes[line] = LINE_CLASS.problem;
    }
    return { name: input.name, lines, classes };
  });
}

/** First line with a problem, else with an assumption, else 0: where the list opens. */
export function firstOfInterest(text: MarkedText): number {
  for (const wanted of [LINE_CLASS.problem, LINE_CLASS.assumption]) {
    const line = text.classes.indexOf(wanted);
    if (line >= 0) return line;
  }
  return 0;
}
