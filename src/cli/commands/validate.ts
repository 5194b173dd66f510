/*
 * `validate`: runs what the model is compared with, all of it or some, and says what came out.
 */
import { err, ok } from '../../base/result.ts';
import { deviation, figureText, SECTION_WORDS, spanText, VERDICT_WORDS } from '../../validation/figures.ts';
import { MEASUREMENTS } from '../../validation/measurementTable.ts';
import type { NumberPoint, SemanticsPoint, ValidationResults } from '../../validation/points.ts';
import { SECTIONS } from '../../validation/points.ts';
import { pointIds, runValidation } from '../../validation/runValidation.ts';
import { checkSemanticsCase } from '../checks/semanticsCheck.ts';
import type { Command } from '../command.ts';
import { EXIT, usageFailure, writeJson } from '../command.ts';
import { plainTable } from '../table.ts';

declare const PEERLANE_VERSION: string | undefined;

export const validate: Command = {
  name: 'validate',
  summary: 'run the model against closed forms, worked cases and published measurements',
  positionals: [],
  options: [
    {
      name: '--only',
      value: 'ID',
      summary: 'one point, or all whose id begins so: iopmem-rd, pb-, R-g4, semantics:W07',
    },
  ],
  details: [
    'Prints every point that was asked for, or without --only those that are not inside their tolerance, and a count of each section. All figures come from runs; the same version gives the same figures.',
    'The exit code is 1 if a point is missed for a reason that is not known. Known misses are listed with their reason; so is what this model cannot run.',
  ],
  examples: ['peerlane validate', 'peerlane validate --only gpu- --json'],
  run: (args, io) => {
    const only = args.options.get('--only');
    const known = Object.values(pointIds()).flat();
    if (only !== undefined && !known.some((id) => id.startsWith(only))) {
      return err(usageFailure(`--only: no point has an id that begins with "${only}".`));
    }
    const results = runValidation({
      model: typeof PEERLANE_VERSION === 'string' ? PEERLANE_VERSION : 'unknown',
      checkSemantics: checkSemanticsCase,
      ...(only === undefined ? {} : { wants: (id: string) => id.startsWith(only) }),
    });
    if (args.options.has('--json')) writeJson(io, results);
    else io.write(validationText(results, only !== undefined));
    return ok(allPoints(results).some(isSurprise) ? EXIT.failed : EXIT.ok);
  },
};

function allPoints(results: ValidationResults): readonly (NumberPoint | SemanticsPoint)[] {
  return SECTIONS.flatMap((section): readonly (NumberPoint | SemanticsPoint)[] => results[section]);
}

/** Missed, and the table of measurements does not say why it has to be. */
function isSurprise({ id, verdict }: NumberPoint | SemanticsPoint): boolean {
  return verdict === 'missed' && MEASUREMENTS.find((entry) => entry.id === id)?.knownReason === undefined;
}

/** @param all points that are inside are listed as well. */
function validationText(results: ValidationResults, all: boolean): string {
  const listed = allPoints(results)
    .filter(({ verdict }) => all || verdict !== 'inside')
    .map(pointCells);
  const counts = results.summary
    .filter(({ inside, missed, notRun }) => inside + missed + notRun > 0)
    .map(({ section, inside, missed, notRun }) => [
      SECTION_WORDS[section].title,
      `${inside} inside`,
      `${missed} missed`,
      `${notRun} not run`,
    ]);
  return `${listed.length === 0 ? '' : `${plainTable(listed)}\n`}${plainTable(counts)}`;
}

function pointCells(point: NumberPoint | SemanticsPoint): readonly string[] {
  const verdict = VERDICT_WORDS[point.verdict];
  const reason = point.reason ?? '';
  if (point.section === 'semantics') return [point.id, verdict, point.answer, '', '', reason];
  const { id, model, unit, reference, role } = point;
  const difference = deviation(point);
  return [
    id,
    verdict,
    model === undefined ? '' : figureText(model, unit),
    spanText(reference, unit),
    difference === undefined ? '' : `${(difference * 100).toFixed(2)} %`,
    reason === '' ? role : `${role}; ${reason}`,
  ];
}
