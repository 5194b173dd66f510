/*
 * The worked cases for the validation: what `check p2pdma` finds, layer by layer.
 */
import type { SemanticsOutcome } from '../../validation/semanticsPoints.ts';
import { viewOfMachine } from '../boot.ts';
import { checkP2pdmaLine } from './p2pdmaCheck.ts';

/** Checks one case; each layer that the case says nothing of, or that is not run, is undefined. */
export function checkSemanticsCase(line: string): SemanticsOutcome {
  const checked = checkP2pdmaLine(line, 'case', viewOfMachine);
  const { id, got, ok, reason } = checked;
  return {
    id,
    policy: ok,
    isolation: undefined,
    path: undefined,
    answer: got === undefined ? '' : `${got.map ?? ''} ${got.ret ?? ''}`.trim(),
    reason,
  };
}
