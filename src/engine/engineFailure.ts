import type { Diagnostic } from '../base/diagnostic.ts';

/** What an engine could not do, with the engine's own code and diagnostics; commands reject with it. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
  /** Stable, UPPER_SNAKE: see {@link FAILURE_CODE} and the codes of diagnostics. */
  readonly code: string;
  readonly diagnostics: readonly Diagnostic[];
  /** Stack on the engine's side of the border, if it was an exception. */
  readonly engineStack: string | undefined;

  constructor(failure: {
    readonly code: string;
    readonly message: string;
    readonly diagnostics?: readonly Diagnostic[];
    readonly stack?: string | undefined;
  }) {
    super(failure.message);
    this.code = failure.code;
    this.diagnostics = failure.diagnostics ?? [];
    this.engineStack = failure.stack;
  }
}

export const FAILURE_CODE = {
  /** The document cannot be built; the diagnostics say why. */
  documentRejected: 'DOCUMENT_REJECTED',
  /** A broken promise of our own code inside the engine. */
  invariant: 'ENGINE_INVARIANT',
  /** Any other exception inside the engine. */
  exception: 'ENGINE_EXCEPTION',
  /** No machine is loaded, or the last one failed. */
  noMachine: 'NO_MACHINE',
  /** A memory, or a range of one, that the loaded machine does not have. */
  outsideMemory: 'OUTSIDE_MEMORY',
  /** No such function in the loaded machine. */
  unknownNode: 'UNKNOWN_NODE',
  /** The engine's thread died; the next load starts a new one. */
  engineLost: 'ENGINE_LOST',
  /** The engine could not be started at all. */
  engineUnavailable: 'ENGINE_UNAVAILABLE',
  /** Page and engine were built from different versions. */
  versionMismatch: 'ENGINE_VERSION',
  /** A newer load, or dispose, came before the answer. */
  superseded: 'SUPERSEDED',
  /** Simulated time ran out (2^53 ps) and the job never ended. */
  endOfTime: 'END_OF_TIME',
} as const;
