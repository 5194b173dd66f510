/* The results as the build carries them: fetched once, when the view is first shown. */
import { type Answer, useAnswer } from '../useAnswer.ts';
// A file of its own: only who looks at the validation loads it.
import resultsUrl from '../../validation/results.json?url';
import { isValidationResults, type ValidationResults } from '../../validation/points.ts';

async function fetchResults(): Promise<ValidationResults> {
  const response = await fetch(resultsUrl);
  if (!response.ok) throw new Error(`The results: ${response.status} ${response.statusText}`);
  const value: unknown = await response.json();
  if (!isValidationResults(value)) throw new Error('The results are not of the version this page knows.');
  return value;
}

let pending: Promise<ValidationResults> | undefined;

/** A failed try is not kept: showing the view again tries again. */
function loadResults(): Promise<ValidationResults> {
  pending ??= fetchResults().catch((error: unknown) => {
    pending = undefined;
    throw error;
  });
  return pending;
}

export function useResults(): Answer<ValidationResults> {
  return useAnswer(loadResults);
}
