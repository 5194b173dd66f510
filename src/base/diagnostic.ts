/** How much a {@link Diagnostic} matters: an error blocks, a warning surprises, a note explains. */
export type Severity = 'error' | 'warning' | 'note';

/**
 * Something the user should know about a document or an input. `code` is stable
 * (`UPPER_SNAKE`), `path` points into the input (`functions/nic0/link`, `line 41`),
 * `message` carries the actual values, `fix` says what to do.
 */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly path: string;
  readonly message: string;
  readonly fix?: string;
}
