/* What a page asks an engine about memories: one method for each command of memoryProtocol.ts. */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type {
  AddressNames,
  AddressQuestion,
  ByteRange,
  ComparedPiece,
  EngineCommand,
  EngineEvent,
  MemoryPlace,
  SearchedPiece,
  WrittenPiece,
} from './protocol.ts';

/** Sends a command. @param answer takes the answer's value out of the event that answers it. */
export type AskEngine = <T>(
  command: (requestId: number) => EngineCommand,
  answer: (event: EngineEvent) => T | undefined,
) => Promise<T>;

/** A debugger's access to the memories of one machine: no TLP moves, no simulated time passes. */
export interface MemoryAccess {
  /** Bytes as they are now. @param lengthBytes at most MAX_PIECE_BYTES; what lies beyond the memory reads zero. */
  read(memory: number, offset: number, lengthBytes: number): Promise<Uint8Array>;
  /** @param bytes at most MAX_PIECE_BYTES. @returns what was there before. */
  write(memory: number, offset: number, bytes: Uint8Array): Promise<WrittenPiece>;
  /** Repeats a pattern from its byte `phase` on. @returns how much of the range is done: call again for the rest. */
  fill(memory: number, range: ByteRange, pattern: Uint8Array, phase: number): Promise<WrittenPiece>;
  /** @returns how much of the range was searched: call again for the rest. */
  search(memory: number, range: ByteRange, needle: Uint8Array, backwards: boolean): Promise<SearchedPiece>;
  /** @returns how much was compared: call again for the rest. */
  compare(a: MemoryPlace, b: MemoryPlace, lengthBytes: number): Promise<ComparedPiece>;
  /** What an address is called elsewhere, for this function. */
  nameAddress(node: NodeId, question: AddressQuestion): Promise<AddressNames>;
}

export class MemoryClient implements MemoryAccess {
  readonly #ask: AskEngine;
  readonly #onWritten: () => void;

  /** @param onWritten called after bytes were changed: copies kept of them are old. */
  constructor(ask: AskEngine, onWritten: () => void) {
    this.#ask = ask;
    this.#onWritten = onWritten;
  }

  read(memory: number, offset: number, lengthBytes: number): Promise<Uint8Array> {
    return this.#ask(
      (requestId) => ({ kind: 'readMemory', requestId, memory, offset, lengthBytes }),
      (event) => (event.kind === 'bytes' ? event.bytes : undefined),
    );
  }

  write(memory: number, offset: number, bytes: Uint8Array): Promise<WrittenPiece> {
    return this.#change((requestId) => ({ kind: 'writeMemory', requestId, memory, offset, bytes }));
  }

  fill(memory: number, range: ByteRange, pattern: Uint8Array, phase: number): Promise<WrittenPiece> {
    return this.#change((requestId) => ({ kind: 'fillMemory', requestId, memory, ...range, pattern, phase }));
  }

  search(memory: number, range: ByteRange, needle: Uint8Array, backwards: boolean): Promise<SearchedPiece> {
    return this.#ask(
      (requestId) => ({ kind: 'searchMemory', requestId, memory, ...range, needle, backwards }),
      (event) => (event.kind === 'found' ? event : undefined),
    );
  }

  compare(a: MemoryPlace, b: MemoryPlace, lengthBytes: number): Promise<ComparedPiece> {
    return this.#ask(
      (requestId) => ({ kind: 'compareMemory', requestId, a, b, lengthBytes }),
      (event) => (event.kind === 'compared' ? event : undefined),
    );
  }

  nameAddress(node: NodeId, question: AddressQuestion): Promise<AddressNames> {
    return this.#ask(
      (requestId) => ({ kind: 'nameAddress', requestId, node, question }),
      (event) => (event.kind === 'named' ? event.names : undefined),
    );
  }

  #change(command: (requestId: number) => EngineCommand): Promise<WrittenPiece> {
    return this.#ask(command, (event) => {
      if (event.kind !== 'written') return undefined;
      this.#onWritten();
      return event;
    });
  }
}
