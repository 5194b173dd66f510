/*
 * Old documents are brought up one version at a time, so every step is written and tested once and never
 * changes again. There is one version so far, hence no step.
 */
import type { Diagnostic } from '../base/diagnostic.ts';
import { err, ok, type Result } from '../base/result.ts';
import { DOCUMENT_VERSION } from './document.ts';

/** Turns a document of version n (the key in {@link MIGRATIONS}) into one of version n + 1, `version` included. */
export type MigrationStep = (document: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

export const MIGRATIONS: ReadonlyMap<number, MigrationStep> = new Map();

function problem(code: string, message: string, fix: string): Result<never, readonly Diagnostic[]> {
  return err([{ code, severity: 'error', path: 'version', message, fix }]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Brings a parsed JSON value up to `current`.
 * @param steps and `current` are parameters for tests only.
 * @returns the value at the current version, not yet checked against the schema; `DOCUMENT_NOT_AN_OBJECT`,
 *   `DOCUMENT_VERSION_MISSING`, `DOCUMENT_VERSION_NEWER` or `DOCUMENT_VERSION_UNKNOWN` otherwise.
 */
export function migrate(
  value: unknown,
  steps: ReadonlyMap<number, MigrationStep> = MIGRATIONS,
  current: number = DOCUMENT_VERSION,
): Result<Readonly<Record<string, unknown>>, readonly Diagnostic[]> {
  if (!isRecord(value)) {
    return problem(
      'DOCUMENT_NOT_AN_OBJECT',
      'A machine document is a JSON object.',
      'Open a file that Peerlane saved, or import the output of lspci instead.',
    );
  }
  let document = value;
  for (;;) {
    const version = document['version'];
    if (version === current) return ok(document);
    if (typeof version !== 'number' || !Number.isInteger(version)) {
      return problem(
        'DOCUMENT_VERSION_MISSING',
        `The document has no version number (found ${JSON.stringify(version) ?? 'nothing'}).`,
        `Add "version": ${current} if the document was written by hand.`,
      );
    }
    if (version > current) {
      return problem(
        'DOCUMENT_VERSION_NEWER',
        `The document has version ${version}; this program reads up to version ${current}.`,
        'Reload the page to get the newest program, or save the document again where it was made.',
      );
    }
    const step = steps.get(version);
    const next = step?.(document);
    if (next === undefined || next['version'] !== version + 1) {
      return problem(
        'DOCUMENT_VERSION_UNKNOWN',
        `No program ever wrote version ${version} of the document.`,
        `Use "version": ${current} and check the document against docs/model.md.`,
      );
    }
    document = next;
  }
}
