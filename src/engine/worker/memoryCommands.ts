/*
 * Commands about memories: what is asked for is checked here, so that a wrong question leaves the machine as it is.
 */
import { unreachable } from '../../base/invariant.ts';
import type { SparseMemory } from '../../core/sim/sparseMemory.ts';
import { EngineFailure, FAILURE_CODE } from '../engineFailure.ts';
import { comparePiece, fillPiece, searchPiece, writePiece } from '../machine/memoryTools.ts';
import type { EngineEvent, MemoryCommand, MemoryPlace } from '../protocol.ts';
import { MAX_NEEDLE_BYTES, MAX_PATTERN_BYTES, MAX_PIECE_BYTES } from '../protocol.ts';
import type { EngineMachine } from './engineMachine.ts';

type MemoryMachine = Pick<EngineMachine, 'memories' | 'pokeMemory' | 'nameAddress'>;

/** Does one command. @throws EngineFailure if it names what is not there; nothing has changed then. */
export function answerMemoryCommand(machine: MemoryMachine, command: MemoryCommand): EngineEvent {
  const { requestId } = command;
  switch (command.kind) {
    case 'writeMemory': {
      const { memory: index, offset, bytes } = command;
      const memory = memoryOf(machine, command, bytes.length);
      check(bytes.length, MAX_PIECE_BYTES, 'write');
      const written = writePiece(memory, offset, bytes, (at, data) => machine.pokeMemory(index, at, data));
      return { kind: 'written', requestId, ...written };
    }
    case 'fillMemory': {
      const memory = memoryOf(machine, command, command.lengthBytes);
      check(command.pattern.length, MAX_PATTERN_BYTES, 'repeat');
      const written = fillPiece(memory, command, (at, data) => machine.pokeMemory(command.memory, at, data));
      return { kind: 'written', requestId, ...written };
    }
    case 'searchMemory': {
      const memory = memoryOf(machine, command, command.lengthBytes);
      if (command.needle.length > 0) check(command.needle.length, MAX_NEEDLE_BYTES, 'look for');
      return { kind: 'found', requestId, ...searchPiece(memory, command) };
    }
    case 'compareMemory': {
      const { a, b, lengthBytes } = command;
      const sides = [a, b].map((place) => ({ memory: memoryOf(machine, place, lengthBytes), offset: place.offset }));
      const [first, second] = sides;
      if (first === undefined || second === undefined) throw refusal('A comparison has two sides.');
      return { kind: 'compared', requestId, ...comparePiece(first, second, lengthBytes) };
    }
    case 'nameAddress': {
      const names = machine.nameAddress(command.node, command.question);
      if (names === undefined) {
        const message = `This machine has no function ${command.node}.`;
        throw new EngineFailure({ code: FAILURE_CODE.unknownNode, message });
      }
      return { kind: 'named', requestId, names };
    }
    default:
      return unreachable(command);
  }
}

function memoryOf(machine: MemoryMachine, { memory: index, offset }: MemoryPlace, lengthBytes: number): SparseMemory {
  const memory = machine.memories[index];
  if (memory === undefined) throw refusal(`This machine has no memory ${index}.`);
  if (!(offset >= 0 && lengthBytes >= 0 && offset + lengthBytes <= memory.sizeBytes)) {
    throw refusal(`Bytes ${offset}…${offset + lengthBytes} are outside a memory of ${memory.sizeBytes} bytes.`);
  }
  return memory;
}

function check(lengthBytes: number, most: number, verb: string): void {
  if (lengthBytes >= 1 && lengthBytes <= most) return;
  throw refusal(`Cannot ${verb} ${lengthBytes} bytes at once: 1 to ${most}.`);
}

function refusal(message: string): EngineFailure {
  return new EngineFailure({ code: FAILURE_CODE.outsideMemory, message });
}
