/* What was changed by hand in one machine's memories, and what is needed to put it back. */
import type { MachineDescription } from '../engine/protocol.ts';

/** Bytes kept to undo with. One change above it cannot be undone. */
export const UNDO_BUDGET_BYTES = 32 * 1024 * 1024;
/** Marks of what was changed by hand; older ones are forgotten, their bytes look like any others. */
const MOST_MARKS = 4096;

export interface MemoryChange {
  readonly name: string;
  readonly memory: number;
  /** What was there before, in the order of writing. */
  readonly pieces: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
  /** Bytes that were changed, those that were zeros and stayed so included. */
  readonly totalBytes: number;
}

/** Bytes that somebody changed by hand, and when: `records` of the log were there already. */
export interface HandMark {
  readonly memory: number;
  readonly offset: number;
  readonly lengthBytes: number;
  readonly at_ps: number;
  readonly records: number;
}

export interface UndoStacks {
  readonly machine: MachineDescription | undefined;
  readonly past: readonly MemoryChange[];
  readonly future: readonly MemoryChange[];
  readonly marks: readonly HandMark[];
  /** A change too large to keep what it replaced. */
  readonly lost: string | undefined;
}

export const NO_CHANGES: UndoStacks = { machine: undefined, past: [], future: [], marks: [], lost: undefined };

function sizeOf(change: MemoryChange): number {
  return change.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** A new change: what could be redone is gone, and the oldest steps go where there is no room for all. */
export function addUndo(stacks: UndoStacks, change: MemoryChange, marks: readonly HandMark[]): UndoStacks {
  const kept = [...stacks.marks, ...marks].slice(-MOST_MARKS);
  if (sizeOf(change) > UNDO_BUDGET_BYTES) return { ...stacks, past: [], future: [], marks: kept, lost: change.name };
  const past = [...stacks.past, change];
  let total = past.reduce((sum, row) => sum + sizeOf(row), 0);
  let first = 0;
  while (total > UNDO_BUDGET_BYTES) {
    const oldest = past[first];
    total -= oldest === undefined ? 0 : sizeOf(oldest);
    first += 1;
  }
  return { ...stacks, past: past.slice(first), future: [], marks: kept, lost: undefined };
}
