/*
 * Configuration reads and writes as requests, and a copy of what was read, so that the decoders of
 * core/config work on software's view exactly as on hardware's.
 */
import { invariant } from '../../base/invariant.ts';
import type { Bdf } from '../../base/units.ts';
import type { ConfigReader, RegisterWalk } from '../config/capability.ts';
import type { HostRoutine, HostRoutineName } from '../pcie/hostRoutine.ts';
import type { AccessBytes, HostProcess } from '../pcie/requests.ts';

/** A function as configuration requests address it. */
export interface ConfigPlace {
  readonly segment: number;
  readonly bdf: Bdf;
}

/** Reads 1, 2 or 4 bytes; all ones where nothing answers. */
export function* configRead(place: ConfigPlace, offset: number, bytes: AccessBytes): HostProcess<number> {
  const value = yield { kind: 'configRead', segment: place.segment, bdf: place.bdf, offset, bytes };
  invariant(typeof value === 'number', () => 'a configuration read is answered with a number');
  return value;
}

/** Writes 1, 2 or 4 bytes. */
export function* configWrite(place: ConfigPlace, offset: number, bytes: AccessBytes, value: number): HostProcess<void> {
  yield { kind: 'configWrite', segment: place.segment, bdf: place.bdf, offset, bytes, value };
}

/**
 * Does something under a name: whoever records the requests knows what they are for.
 * @param detail as HOST_ROUTINES says.
 */
export function* during<T>(
  name: HostRoutineName,
  place: ConfigPlace,
  process: HostProcess<T>,
  detail = 0,
): HostProcess<T> {
  yield { kind: 'routine', routine: { name, segment: place.segment, bdf: place.bdf, detail } };
  const result = yield* process;
  yield { kind: 'routine', routine: undefined };
  return result;
}

/** Runs a register walk through requests. */
export function* walkByRequests<T>(place: ConfigPlace, walk: RegisterWalk<T>): HostProcess<T> {
  let step = walk.next();
  while (step.done !== true) step = walk.next(yield* configRead(place, step.value.offset, step.value.bytes));
  return step.value;
}

/** The dwords of one function that were read so far. Reading one that was not is an error of ours. */
export class ConfigSnapshot implements ConfigReader {
  private readonly _dwords = new Map<number, number>();

  /** Reads the dwords of [offset, offset + bytes) by requests. */
  *fetch(place: ConfigPlace, offset: number, bytes: number): HostProcess<void> {
    for (let dword = offset - (offset % 4); dword < offset + bytes; dword += 4) {
      this._dwords.set(dword, yield* configRead(place, dword, 4));
    }
  }

  read(offset: number, bytes: number): number {
    const dword = this._dwords.get(offset - (offset % 4));
    invariant(dword !== undefined, () => `configuration offset ${offset} was not read`);
    return Math.floor(dword / 256 ** (offset % 4)) % 256 ** bytes;
  }
}

/** What answers requests before time starts. */
export interface ConfigAccess {
  read(segment: number, bdf: Bdf, offset: number, bytes: number): number;
  write(segment: number, bdf: Bdf, offset: number, bytes: number, value: number): void;
  /** Software begins something, or (undefined) is done with it. */
  routine?(routine: HostRoutine | undefined): void;
  /** The CPU's stores to its own memory, where there is one. */
  writeMemory?(address: number, data: Uint8Array): void;
}

/**
 * Runs host software to its end with configuration requests answered at once.
 * @throws InvariantError on requests that need time or memory.
 * @simplifies Enumeration takes no simulated time: it happens before time 0. Its waits pass at once.
 */
export function runAtBoot<T>(process: HostProcess<T>, access: ConfigAccess): T {
  let step = process.next();
  while (step.done !== true) {
    const request = step.value;
    if (request.kind === 'configRead') {
      step = process.next(access.read(request.segment, request.bdf, request.offset, request.bytes));
    } else if (request.kind === 'configWrite') {
      access.write(request.segment, request.bdf, request.offset, request.bytes, request.value);
      step = process.next(undefined);
    } else if (request.kind === 'routine') {
      access.routine?.(request.routine);
      step = process.next(undefined);
    } else if (request.kind === 'memoryWrite' && access.writeMemory !== undefined) {
      access.writeMemory(request.address, request.data);
      step = process.next(undefined);
    } else {
      invariant(request.kind === 'delay', () => `request ${request.kind} before time starts`);
      step = process.next(undefined);
    }
  }
  return step.value;
}
