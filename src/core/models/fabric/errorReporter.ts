/*
 * Whom the fabric tells of errors it detects. What comes of them (status registers, messages, records) is not its matter.
 */

/**
 * Each method is told which function detected the error (its place in the document) and the TLP it concerns, which is
 * still whole: the caller drops or answers it afterwards. None of them keeps the slot.
 */
export interface ErrorReporter {
  /** An ACS service refused a request (semantics reference 3.2). */
  acsViolation(functionIndex: number, slot: number): void;
  /** Nobody here serves the request: unclaimed address, disabled memory, a port that does not pass it on. */
  unsupportedRequest(functionIndex: number, slot: number): void;
  /** The function is the completer and refuses the request: a status of Completer Abort goes back if one is awaited. */
  completerAbort(functionIndex: number, slot: number): void;
  /** Payload longer than the receiver's Max_Payload_Size (T-3), or another fault of the header. */
  malformed(functionIndex: number, slot: number): void;
  /** A completion that nobody here waits for. */
  unexpectedCompletion(functionIndex: number, slot: number): void;
  /** Poisoned data reached its consumer. */
  poisonedReceived(functionIndex: number, slot: number): void;
  /** Poisoned data passes on its way to its consumer (E-4). */
  poisonedForwarded(functionIndex: number, slot: number): void;
  /** A request was not answered in time (E-1). @param what it asked for, in words. */
  completionTimeout(functionIndex: number, what: string, waited_ps: number): void;
  /** An error message has reached a root port. */
  messageReceived(functionIndex: number, slot: number): void;
  /** The digest of a TLP does not fit at its final receiver. */
  ecrcError(functionIndex: number, slot: number): void;
  /** A port that does not let atomic operations out was asked to. */
  atomicEgressBlocked(functionIndex: number, slot: number): void;
  /** The IOMMU has no mapping, or not that permission. Not an AER error. @param requesterId as on the wire. */
  translationFault(requesterId: number, slot: number): void;
}

/** Nobody listens: for fabrics that are built by hand. */
export const SILENT_REPORTER: ErrorReporter = {
  acsViolation: () => undefined,
  unsupportedRequest: () => undefined,
  completerAbort: () => undefined,
  malformed: () => undefined,
  unexpectedCompletion: () => undefined,
  poisonedReceived: () => undefined,
  poisonedForwarded: () => undefined,
  completionTimeout: () => undefined,
  messageReceived: () => undefined,
  ecrcError: () => undefined,
  atomicEgressBlocked: () => undefined,
  translationFault: () => undefined,
};
