/*
 * Text or JSON from outside → a checked document, or everything that is wrong with it.
 */
import * as v from 'valibot';
import type { Diagnostic } from '../base/diagnostic.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { TopologyDocument } from './document.ts';
import { migrate } from './migrations.ts';
import { documentSchema } from './schema.ts';
import { validateDocument } from './validate.ts';

/** Longest text that is looked at: 4096 functions with their configuration images fit. */
export const MAX_DOCUMENT_CHARACTERS = 48 * 2 ** 20;
/** More problems than this are counted, not listed. */
const MAX_LISTED_PROBLEMS = 100;

const SHOWN_VALUE_LENGTH = 40;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_VALUE_LENGTH ? `${text.slice(0, SHOWN_VALUE_LENGTH)}…` : text;
}

function issueDiagnostic(issue: v.BaseIssue<unknown>): Diagnostic {
  const path = (issue.path ?? []).map((item) => String(item.key)).join('/');
  const where = path === '' ? 'the document' : path;
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return {
      code: 'DOCUMENT_UNKNOWN_KEY',
      severity: 'error',
      path,
      message: `${where} is not a property that documents of this version have.`,
      fix: 'Remove it, or correct its spelling.',
    };
  }
  if (issue.received === 'undefined') {
    return {
      code: 'DOCUMENT_KEY_MISSING',
      severity: 'error',
      path,
      message: `${where} is missing.`,
      fix: 'Add it; every preset is an example.',
    };
  }
  const generic = issue.message.startsWith('Invalid');
  return {
    code: 'DOCUMENT_VALUE_INVALID',
    severity: 'error',
    path,
    message: `${where} ${generic ? `must be ${issue.expected ?? 'something else'}` : issue.message}, but is ${shown(issue.input)}.`,
    fix: 'Correct the value.',
  };
}

function parseJson(text: string): Result<unknown, readonly Diagnostic[]> {
  if (text.length > MAX_DOCUMENT_CHARACTERS) {
    return err([
      {
        code: 'DOCUMENT_TOO_LARGE',
        severity: 'error',
        path: '',
        message: `The document has ${text.length} characters; at most ${MAX_DOCUMENT_CHARACTERS} are read.`,
        fix: 'Remove configuration images of functions you do not need.',
      },
    ]);
  }
  try {
    return ok(JSON.parse(text));
  } catch (cause) {
    return err([
      {
        code: 'DOCUMENT_NOT_JSON',
        severity: 'error',
        path: '',
        message: `This is not JSON: ${cause instanceof Error ? cause.message.slice(0, 200) : 'unreadable'}.`,
        fix: 'Paste a whole document as Peerlane saved it; lspci output goes to Import.',
      },
    ]);
  }
}

function limited(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= MAX_LISTED_PROBLEMS) return diagnostics;
  const rest = diagnostics.length - MAX_LISTED_PROBLEMS;
  return [
    ...diagnostics.slice(0, MAX_LISTED_PROBLEMS),
    {
      code: 'DOCUMENT_MORE_PROBLEMS',
      severity: 'error',
      path: '',
      message: `${rest} more problems of the same kinds are not listed.`,
      fix: 'Correct the listed ones first.',
    },
  ];
}

/**
 * Reads a document: JSON, migration, shape, then the rules of validate.ts.
 * @param json the text of a document, or an already parsed JSON value.
 * @returns the document, or every problem found in the first stage that failed. Warnings and notes do not
 *   stop it; ask {@link validateDocument} for them.
 */
export function parseDocument(json: unknown): Result<TopologyDocument, readonly Diagnostic[]> {
  const value = typeof json === 'string' ? parseJson(json) : ok(json);
  if (!value.ok) return value;
  const migrated = migrate(value.value);
  if (!migrated.ok) return migrated;
  const parsed = v.safeParse(documentSchema, migrated.value);
  if (!parsed.success) return err(limited(parsed.issues.map(issueDiagnostic)));
  const errors = validateDocument(parsed.output).filter((diagnostic) => diagnostic.severity === 'error');
  return errors.length === 0 ? ok(parsed.output) : err(limited(errors));
}
