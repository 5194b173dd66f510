/*
 * Capabilities: what a definition is, and the two linked lists in a configuration space.
 */
import type { Register } from './register.ts';

export interface CapabilityDefinition {
  readonly id: number;
  readonly name: string;
  /** In the extended space, from 100h on. */
  readonly extended: boolean;
  /** Version field of an extended capability's header. */
  readonly version?: number;
  /** Where this project places it (enumeration reference, section 8). */
  readonly offsetBytes: number;
  /** Length without its variable part. */
  readonly lengthBytes: number;
  readonly registers: readonly Register[];
}

/** Anything that can be read like a configuration space: the hardware's own, or software's copy of it. */
export interface ConfigReader {
  /** 1, 2 or 4 bytes, unsigned; all ones where nothing answers. */
  read(offset: number, bytes: number): number;
}

export interface FoundCapability {
  readonly id: number;
  readonly offset: number;
  readonly extended: boolean;
  /** 0 for the first 256 bytes. */
  readonly version: number;
}

const STATUS_OFFSET = 0x06;
const CAPABILITIES_LIST_BIT = 0x10;
const POINTER_OFFSET = 0x34;
const FIRST_EXTENDED = 0x100;
const SPACE_BYTES = 4096;

/** One register read of a walk: where and how many bytes. */
export interface RegisterRead {
  readonly offset: number;
  readonly bytes: 1 | 2 | 4;
}

/** A walk over registers that does not say how they are read: at once by hardware, by requests in software. */
export type RegisterWalk<T> = Generator<RegisterRead, T, number>;

/** Runs a walk on something that can be read at once. */
export function walkNow<T>(walk: RegisterWalk<T>, config: ConfigReader): T {
  let step = walk.next();
  while (step.done !== true) step = walk.next(config.read(step.value.offset, step.value.bytes));
  return step.value;
}

/**
 * Follows the chain of the first 256 bytes. Pointers are aligned down to a dword; a loop ends the walk.
 * @spec PCI Local Bus 3.0 §6.7
 */
export function* walkCapabilities(): RegisterWalk<readonly FoundCapability[]> {
  const status = yield { offset: STATUS_OFFSET, bytes: 2 };
  if ((status & CAPABILITIES_LIST_BIT) === 0) return [];
  const found: FoundCapability[] = [];
  const seen = new Set<number>();
  let offset = (yield { offset: POINTER_OFFSET, bytes: 1 }) & 0xfc;
  while (offset >= 0x40 && !seen.has(offset)) {
    seen.add(offset);
    const header = yield { offset, bytes: 2 };
    if ((header & 0xff) === 0xff) break;
    found.push({ id: header & 0xff, offset, extended: false, version: 0 });
    offset = (header >>> 8) & 0xfc;
  }
  return found;
}

/**
 * Follows the extended chain from 100h. All zeros or all ones there = none.
 * @spec PCIe Base 5.0 §7.6
 */
export function* walkExtendedCapabilities(): RegisterWalk<readonly FoundCapability[]> {
  const found: FoundCapability[] = [];
  const seen = new Set<number>();
  let offset = FIRST_EXTENDED;
  while (offset >= FIRST_EXTENDED && offset < SPACE_BYTES && !seen.has(offset)) {
    seen.add(offset);
    const header = yield { offset, bytes: 4 };
    if (header === 0 || header === 0xffffffff) break;
    found.push({ id: header & 0xffff, offset, extended: true, version: (header >>> 16) & 0xf });
    offset = (header >>> 20) & 0xffc;
  }
  return found;
}

/** Capabilities of the first 256 bytes, in the order of the chain. */
export function listCapabilities(config: ConfigReader): readonly FoundCapability[] {
  return walkNow(walkCapabilities(), config);
}

/** Extended capabilities, in the order of the chain. */
export function listExtendedCapabilities(config: ConfigReader): readonly FoundCapability[] {
  return walkNow(walkExtendedCapabilities(), config);
}

/** Offset of the first capability with this ID, or undefined. */
export function findCapability(config: ConfigReader, definition: CapabilityDefinition): number | undefined {
  const chain = definition.extended ? listExtendedCapabilities(config) : listCapabilities(config);
  return chain.find((entry) => entry.id === definition.id)?.offset;
}
