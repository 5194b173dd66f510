/*
 * The worked cases for the validation: what `check p2pdma` finds, layer by layer.
 */
import type { Layer } from '../../validation/points.ts';
import type { SemanticsOutcome } from '../../validation/semanticsPoints.ts';
import { viewOfMachine } from '../boot.ts';
import { type CasePaths, type CaseResult, checkP2pdmaLine } from './p2pdmaCheck.ts';

const POLICY_MEMBERS = ['chain', 'ret', 'map', 'redir', 'anc'] as const;
const PATH_MEMBERS = ['write', 'readData'] as const;

/** Checks one case; a layer that the case says nothing of, or that could not be run, is undefined. */
export function checkSemanticsCase(line: string): SemanticsOutcome {
  const { id, expected, got, paths, reason } = checkP2pdmaLine(line, 'case', viewOfMachine);
  const asked: Layer[] = [
    ...(expected === undefined ? [] : (['policy'] as const)),
    ...(expected?.groups === undefined ? [] : (['isolation'] as const)),
    ...(paths === undefined || Object.keys(paths.expected).length === 0 ? [] : (['path'] as const)),
  ];
  const isolation = expected?.groups === undefined ? undefined : agrees(expected, got, ['groups']);
  return {
    id,
    asked,
    policy: expected === undefined ? undefined : agrees(expected, got, POLICY_MEMBERS),
    isolation,
    path: paths?.taken === undefined ? undefined : pathAgrees(paths.expected, paths.taken) && paths.agree,
    answer: got === undefined ? '' : `${got.map ?? ''} ${got.ret ?? ''}`.trim(),
    reason,
  };
}

function agrees(expected: CaseResult, got: CaseResult | undefined, members: readonly (keyof CaseResult)[]): boolean {
  return members.every(
    (member) => expected[member] === undefined || JSON.stringify(expected[member]) === JSON.stringify(got?.[member]),
  );
}

function pathAgrees(expected: Partial<CasePaths>, taken: CasePaths): boolean {
  return PATH_MEMBERS.every(
    (member) => expected[member] === undefined || JSON.stringify(expected[member]) === JSON.stringify(taken[member]),
  );
}
