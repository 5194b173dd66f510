/*
 * A or B on the command line → one function of a machine.
 */
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { bdfTextOf } from '../core/host/p2pdma/hostBridgeBelief.ts';
import type { HostView } from '../core/host/hostView.ts';
import type { ViewNames } from '../core/host/p2pdma/names.ts';
import type { CommandFailure } from './command.ts';
import { EXIT } from './command.ts';

/** Written as `03:00.0` or `0000:03:00.0`. */
const BDF = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$/i;
/** More candidates than this are counted, not listed. */
const LISTED = 12;

interface Candidate {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  /** `0000:03:00.0` */
  readonly place: string;
}

/**
 * Finds the function a word means: a bus:device.function with or without domain, an id, or a name (in that
 * order; capitals do not matter).
 * @param role for messages: `--from`, `A`.
 * @returns its index in the view; a failure lists the candidates where the word fits none or several.
 */
export function findFunction(
  view: HostView,
  names: ViewNames,
  word: string,
  role: string,
): Result<number, CommandFailure> {
  const candidates = view.functions.map((fn): Candidate => {
    const named = names.functions[fn.index];
    return { index: fn.index, id: named?.id ?? '', name: named?.name ?? '', place: bdfTextOf(fn) };
  });
  const matches = matchesOf(candidates, word);
  const [only] = matches;
  if (only !== undefined && matches.length === 1) return ok(only.index);
  if (matches.length > 1) {
    return err(failure('FUNCTION_AMBIGUOUS', `${role}: "${word}" fits several functions`, matches));
  }
  const lower = word.toLowerCase();
  const similar = candidates.filter(({ id, name, place }) =>
    [id, name, place].some((text) => text.toLowerCase().includes(lower)),
  );
  const offered = similar.length > 0 ? similar : candidates;
  return err(failure('FUNCTION_UNKNOWN', `${role}: no function is called "${word}"`, offered));
}

function matchesOf(candidates: readonly Candidate[], word: string): readonly Candidate[] {
  const parts = BDF.exec(word);
  if (parts !== null) {
    const hex = (text: string | undefined, digits: number): string => (text ?? '').toLowerCase().padStart(digits, '0');
    const local = `${hex(parts[2], 2)}:${hex(parts[3], 2)}.${parts[4]}`;
    const domain = parts[1];
    const byPlace = candidates.filter(({ place }) =>
      domain === undefined ? place.endsWith(`:${local}`) : place === `${hex(domain, 4)}:${local}`,
    );
    const inFirstDomain = byPlace.filter(({ place }) => place === `0000:${local}`);
    if (byPlace.length > 0) return domain === undefined && inFirstDomain.length > 0 ? inFirstDomain : byPlace;
  }
  const lower = word.toLowerCase();
  const byId = candidates.filter(({ id }) => id.toLowerCase() === lower);
  return byId.length > 0 ? byId : candidates.filter(({ name }) => name.toLowerCase() === lower);
}

function failure(code: string, message: string, candidates: readonly Candidate[]): CommandFailure {
  const listed = candidates
    .slice(0, LISTED)
    .map(({ id, name, place }) => `${place} ${id}${name === id ? '' : ` (${name})`}`);
  const rest = candidates.length - listed.length;
  const lines = [...listed, ...(rest > 0 ? [`and ${rest} more`] : [])];
  return {
    exitCode: EXIT.usage,
    code,
    message: `${message}. Candidates:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    diagnostics: [],
  };
}
