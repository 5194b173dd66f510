/*
 * The values of a sweep, out of what was typed: a list, or a range in equal steps or equal ratios.
 */
import { integerText, parseSize } from '../base/format.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { NumberValues, SweepParameter } from './sweepParameters.ts';

export const MOST_POINTS = 64;

export type Spacing = 'log' | 'linear';

/** How the values of a number are given. */
export interface ValuesDraft {
  readonly mode: 'range' | 'list';
  readonly list: string;
  readonly from: string;
  readonly to: string;
  readonly count: string;
  readonly spacing: Spacing;
}

/** Fields of a form that a problem can be about. */
export type SweepField = 'list' | 'from' | 'to' | 'count' | 'choice' | 'bytes' | 'ways' | 'target';

export interface FieldProblem {
  readonly field: SweepField;
  readonly message: string;
}

const TOO_MANY = `At most ${MOST_POINTS} points.`;

function limitText(parameter: SweepParameter, { minimum, maximum }: NumberValues): string {
  return `From ${parameter.text(minimum)} to ${parameter.text(maximum)}.`;
}

function parseNumber(text: string, values: NumberValues): Result<number, string> {
  const cleaned = text.trim();
  if (cleaned === '') return err('Write a value.');
  if (values.unit === 'bytes') return parseSize(cleaned);
  const value = Number(cleaned.replace('−', '-').replace(/\s*GB\/s$/i, ''));
  return Number.isFinite(value) ? ok(value) : err(`${cleaned} is not a number.`);
}

/** One value, or a sentence that says what is wrong with it. */
export function parseValue(parameter: SweepParameter, values: NumberValues, text: string): Result<number, string> {
  const parsed = parseNumber(text, values);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  if (values.whole && !Number.isInteger(value)) return err('A whole number.');
  if (value < values.minimum || value > values.maximum) return err(limitText(parameter, values));
  if (values.multipleOf > 1 && value % values.multipleOf !== 0) {
    return err(`${text.trim()} is not a multiple of ${values.multipleOf}.`);
  }
  return parsed;
}

/** Ascending and each once: two equal points would be one run made twice. */
function distinct(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

function listValues(parameter: SweepParameter, values: NumberValues, text: string): Result<readonly number[], string> {
  const parts = text.split(/[,;\n]/).filter((part) => part.trim() !== '');
  if (parts.length === 0) return err('Write values, parted by commas.');
  if (parts.length > MOST_POINTS) return err(`${TOO_MANY} These are ${parts.length}.`);
  const found: number[] = [];
  for (const part of parts) {
    const value = parseValue(parameter, values, part);
    if (!value.ok) return err(`${part.trim()}: ${value.error}`);
    found.push(value.value);
  }
  return ok(distinct(found));
}

/** Nine digits: what binary fractions add to a step is no intention. */
function snapped(value: number, values: NumberValues): number {
  if (values.multipleOf > 0) return Math.round(value / values.multipleOf) * values.multipleOf;
  return Number(value.toPrecision(9));
}

/**
 * `count` values from one end to the other.
 * @param spacing log: equal ratios (both ends above 0). Values that are rounded to the same are one.
 */
export function rangeValues(
  values: NumberValues,
  ends: { readonly from: number; readonly to: number },
  count: number,
  spacing: Spacing,
): readonly number[] {
  const { from, to } = ends;
  const made = Array.from({ length: count }, (_none, index) => {
    // The ends as they were written, whatever the arithmetic says.
    if (index === 0) return from;
    if (index === count - 1) return to;
    const share = index / (count - 1);
    const value = spacing === 'log' ? from * (to / from) ** share : from + (to - from) * share;
    return Math.min(values.maximum, Math.max(values.minimum, snapped(value, values)));
  });
  return distinct(made);
}

function rangeOf(
  parameter: SweepParameter,
  values: NumberValues,
  draft: ValuesDraft,
): Result<readonly number[], FieldProblem> {
  const problem = (field: SweepField, message: string): Result<never, FieldProblem> => err({ field, message });
  const from = parseValue(parameter, values, draft.from);
  if (!from.ok) return problem('from', from.error);
  const to = parseValue(parameter, values, draft.to);
  if (!to.ok) return problem('to', to.error);
  const count = Number(draft.count.trim());
  if (draft.count.trim() === '' || !Number.isInteger(count) || count < 2)
    return problem('count', 'A whole number from 2.');
  if (count > MOST_POINTS) return problem('count', TOO_MANY);
  if (to.value <= from.value) return problem('to', `More than ${parameter.text(from.value)}.`);
  if (draft.spacing === 'log' && from.value <= 0) {
    return problem('from', 'Equal ratios need a start above 0; use equal steps or a list.');
  }
  return ok(rangeValues(values, { from: from.value, to: to.value }, count, draft.spacing));
}

/** The values a sweep runs, ascending, each once. */
export function sweepValues(
  parameter: SweepParameter,
  draft: ValuesDraft,
  chosen: readonly number[],
): Result<readonly number[], FieldProblem> {
  const { values } = parameter;
  if (values.kind === 'choice') {
    const picked = values.options.filter((option) => chosen.includes(option));
    return picked.length === 0 ? err({ field: 'choice', message: 'Choose at least one value.' }) : ok(picked);
  }
  if (draft.mode === 'range') return rangeOf(parameter, values, draft);
  const list = listValues(parameter, values, draft.list);
  return list.ok ? list : err({ field: 'list', message: list.error });
}

/** `7 points × 2 ways = 14 runs` */
export function countSentence(points: number, ways: number): string {
  const runs = points * ways;
  const pointWord = points === 1 ? 'point' : 'points';
  return `${integerText(points)} ${pointWord} × ${ways} ${ways === 1 ? 'way' : 'ways'} = ${integerText(runs)} ${runs === 1 ? 'run' : 'runs'}`;
}
