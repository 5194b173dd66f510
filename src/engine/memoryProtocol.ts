/*
 * Commands of a debugger that looks into memories and changes them: no TLP moves, no simulated time passes. Long work is
 * done in pieces: an answer says how far it got, and whoever asked goes on from there, or does not.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';

/** A byte of a memory: index of MachineDescription.memories, offset in it. */
export interface MemoryPlace {
  readonly memory: number;
  readonly offset: number;
}

/** Longest answer to one read, and the most bytes one command writes. */
export const MAX_PIECE_BYTES = 1024 * 1024;
/** Longest pattern that can be searched for. */
export const MAX_NEEDLE_BYTES = 4096;
/** Longest pattern that is repeated. */
export const MAX_PATTERN_BYTES = 64 * 1024;
/** Ranges one comparison names; bytes are counted beyond that. */
export const MAX_RANGES = 1000;

/** An address in one of the ways it can be named. */
export type AddressQuestion =
  | { readonly by: 'memory'; readonly memory: number; readonly offset: number }
  | { readonly by: 'bus' | 'physical' | 'iova'; readonly address: number };

/** One name of a byte; `value` undefined = it has none, and `why` says so. */
export interface AddressName {
  readonly value: number | undefined;
  readonly why: string;
}

/** The same byte under all its names, as the machine's registers and tables are now. */
export interface AddressNames {
  readonly place: { readonly at: MemoryPlace | undefined; readonly why: string };
  readonly bus: AddressName;
  readonly physical: AddressName;
  /** As the function that was asked for has to say it. */
  readonly iova: AddressName;
}

export type MemoryCommand =
  /** Answers `written`. At most {@link MAX_PIECE_BYTES}, inside the memory. */
  | {
      readonly kind: 'writeMemory';
      readonly requestId: number;
      readonly memory: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  /** Repeats a pattern from its byte `phase` on; answers `written`, which may be less than was asked for. */
  | {
      readonly kind: 'fillMemory';
      readonly requestId: number;
      readonly memory: number;
      readonly offset: number;
      readonly lengthBytes: number;
      readonly pattern: Uint8Array;
      readonly phase: number;
    }
  /**
   * The first place, or the last one, where a pattern lies wholly inside a range; an empty pattern means any byte that is
   * not zero. Answers `found`.
   */
  | {
      readonly kind: 'searchMemory';
      readonly requestId: number;
      readonly memory: number;
      readonly offset: number;
      readonly lengthBytes: number;
      readonly needle: Uint8Array;
      readonly backwards: boolean;
    }
  /** Answers `compared`. */
  | {
      readonly kind: 'compareMemory';
      readonly requestId: number;
      readonly a: MemoryPlace;
      readonly b: MemoryPlace;
      readonly lengthBytes: number;
    }
  /** What an address is called elsewhere; `node` is the function whose I/O virtual addresses are meant. Answers `named`. */
  | {
      readonly kind: 'nameAddress';
      readonly requestId: number;
      readonly node: NodeId;
      readonly question: AddressQuestion;
    };

/** What one piece of writing did. */
export interface WrittenPiece {
  /** Bytes of the range that are done. */
  readonly lengthBytes: number;
  /** What they were; undefined = zeros that were never written, and stay so. */
  readonly before: Uint8Array | undefined;
}

export interface SearchedPiece {
  readonly offset: number | undefined;
  /** Bytes of the range, from where the search began, in which no match begins (backwards: ends). Its whole length = done. */
  readonly searchedBytes: number;
}

export interface ByteRange {
  readonly offset: number;
  readonly lengthBytes: number;
}

export interface ComparedPiece {
  /** Bytes of the ranges that have been compared. */
  readonly comparedBytes: number;
  readonly differentBytes: number;
  /** Runs of different bytes, offsets from the start of both ranges; at most {@link MAX_RANGES}. */
  readonly ranges: readonly ByteRange[];
}

export type MemoryEvent =
  | ({ readonly kind: 'written'; readonly requestId: number } & WrittenPiece)
  | ({ readonly kind: 'found'; readonly requestId: number } & SearchedPiece)
  | ({ readonly kind: 'compared'; readonly requestId: number } & ComparedPiece)
  | { readonly kind: 'named'; readonly requestId: number; readonly names: AddressNames };
