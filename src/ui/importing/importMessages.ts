import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Result } from '../../base/result.ts';
import type { ImportInput, ImportResult } from '../../import/importText.ts';

export type ImportOutcome = Result<ImportResult, readonly Diagnostic[]>;

export interface ImportRequest {
  readonly id: number;
  readonly inputs: readonly ImportInput[];
}

export interface ImportReply {
  readonly id: number;
  readonly outcome: ImportOutcome;
}
