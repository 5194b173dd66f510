import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Result } from '../../base/result.ts';
import type { ImportInput, ImportResult } from '../../import/importText.ts';

export type ImportOutcome = Result<ImportResult, readonly Diagnostic[]>;

export interface ImportRequest {
  readonly id: number;
  readonly inputs: readonly ImportInput[];
}

/** Lines to show beside the outcome. */
export interface MarkedText {
  readonly name: string;
  /** Number of the first line here, from 0: of a long text that was refused only a part is shown. */
  readonly firstLine: number;
  readonly lines: readonly string[];
  /** One LINE_CLASS value for each line. */
  readonly classes: Uint8Array;
}

/** What became of inputs, and their lines. */
export interface ImportReading {
  readonly outcome: ImportOutcome;
  readonly texts: readonly MarkedText[];
}

export interface ImportReply {
  readonly id: number;
  readonly reading: ImportReading;
}
