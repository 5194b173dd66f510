/*
 * How every edit ends: with a checked document, or with the reason why not.
 */
import { err, ok, type Result } from '../../base/result.ts';
import type { TopologyDocument } from '../document.ts';
import { validateDocument } from '../validate.ts';
import type { EditOutcome, EditResult, Refusal, RefusalCode } from './api.ts';
import { settleReferences } from './references.ts';

export function refusal(code: RefusalCode, message: string, fix?: string): Result<never, Refusal> {
  return err({ code, message, ...(fix === undefined ? {} : { fix }) });
}

function errorsOf(document: TopologyDocument): readonly string[] {
  return validateDocument(document)
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);
}

/**
 * The end of every edit: references settled, and the result checked. A result with an error that was not there before
 * is refused, so that no edit can lead where a document cannot be saved.
 */
export function finished(
  before: TopologyDocument,
  after: TopologyDocument,
  step: Pick<EditOutcome, 'label' | 'selection'>,
): EditResult {
  const settled = settleReferences(after);
  const known = new Set(errorsOf(before));
  const problem = errorsOf(settled.document).find((message) => !known.has(message));
  if (problem !== undefined) return refusal('RESULT_INVALID', problem);
  return ok({ ...step, document: settled.document, notes: settled.notes });
}
