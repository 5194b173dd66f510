/*
 * Every configuration request that software made before time 0, with what was answered and what it changed in
 * hardware. Plain arrays: a machine with hundreds of devices has tens of thousands of requests.
 */
import type { NodeId } from './machineSpec.ts';

/** One element each a request, in their order. */
export interface RecordedRequests {
  /** 0 = read, 1 = write. */
  readonly isWrite: Uint8Array;
  /** Position in {@link BootRecording.functions} of who answered; −1 = nobody. */
  readonly fn: Int32Array;
  readonly segment: Uint32Array;
  readonly bdf: Uint16Array;
  readonly offset: Uint16Array;
  readonly bytes: Uint8Array;
  /** Read: the answer. Written: the value sent. */
  readonly value: Uint32Array;
  /** Position in {@link BootRecording.routines}. Requests in a row with the same one belong together. */
  readonly routine: Int32Array;
}

/** One element each a routine that was begun. */
export interface RecordedRoutines {
  /** Position in HOST_ROUTINES (hostRoutine.ts). */
  readonly name: Uint8Array;
  readonly segment: Uint32Array;
  readonly bdf: Uint16Array;
  readonly detail: Int32Array;
}

/** One element each a dword of a configuration space that a request changed, in their order. */
export interface RecordedChanges {
  readonly request: Uint32Array;
  readonly fn: Int32Array;
  /** Multiple of 4. */
  readonly offset: Uint16Array;
  readonly before: Uint32Array;
  readonly after: Uint32Array;
}

export interface BootRecording {
  /** Configuration spaces as software found them, in the order of the machine's functions. */
  readonly functions: readonly { readonly node: NodeId; readonly bytes: Uint8Array }[];
  readonly requests: RecordedRequests;
  readonly routines: RecordedRoutines;
  readonly changes: RecordedChanges;
}
