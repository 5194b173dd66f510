/*
 * Writing the linked lists of capabilities: a new list for a described function, additions to and
 * removals from the list of an imported one.
 */
import { alignUp } from '../../base/bits.ts';
import { invariant } from '../../base/invariant.ts';
import { listCapabilities, listExtendedCapabilities } from './capability.ts';
import type { CapabilityDefinition } from './capability.ts';
import type { CapabilityInstance } from './capabilityInstance.ts';
import type { ConfigSpace } from './configSpace.ts';
import { CAPABILITIES_POINTER, STATUS } from './header.ts';

export interface PlacedCapability {
  readonly instance: CapabilityInstance;
  readonly offset: number;
}

const FIRST_CAPABILITY = 0x40;
const FIRST_EXTENDED = 0x100;
const NULL_CAPABILITY_BYTES = 4;

/** Finds room that no capability and no image uses. */
class Room {
  private readonly _config: ConfigSpace;
  private readonly _taken: { readonly start: number; readonly end: number }[] = [];

  constructor(config: ConfigSpace) {
    this._config = config;
  }

  take(start: number, lengthBytes: number): void {
    this._taken.push({ start, end: start + alignUp(lengthBytes, 4) });
  }

  /** @returns `preferred` if it is free, else the first free dword-aligned place in [from, to); undefined if there is none. */
  place(preferred: number, lengthBytes: number, from: number, to: number): number | undefined {
    if (this.#isFree(preferred, lengthBytes, to)) return preferred;
    for (let offset = from; offset + lengthBytes <= to; offset += 4) {
      if (this.#isFree(offset, lengthBytes, to)) return offset;
    }
    return undefined;
  }

  #isFree(offset: number, lengthBytes: number, to: number): boolean {
    const end = offset + alignUp(lengthBytes, 4);
    if (end > to || this._taken.some((range) => offset < range.end && end > range.start)) return false;
    return this._config.bytes.subarray(offset, end).every((byte) => byte === 0);
  }
}

/** Links capabilities into the first 256 bytes, after those already there. */
function linkConventional(
  config: ConfigSpace,
  added: readonly CapabilityInstance[],
  room: Room,
): readonly PlacedCapability[] {
  if (added.length === 0) return [];
  const existing = listCapabilities(config).filter((entry) => entry.offset + 4 <= config.knownBytes);
  const hasList = config.field(STATUS, 0, 'capabilitiesList') === 1;
  const pointer = hasList ? config.field(CAPABILITIES_POINTER, 0, 'pointer') & 0xfc : 0;
  let previous = existing.at(-1)?.offset;
  // A short image names the place of a first capability that it does not show.
  const unseen = previous === undefined && pointer >= FIRST_CAPABILITY;
  if (unseen && !added.some((instance) => instance.definition.offsetBytes === pointer)) {
    room.take(pointer, NULL_CAPABILITY_BYTES);
    previous = pointer;
  }
  const placed: PlacedCapability[] = [];
  const first = unseen ? added.find((instance) => instance.definition.offsetBytes === pointer) : undefined;
  const ordered = first === undefined ? added : [first, ...added.filter((instance) => instance !== first)];
  for (const instance of ordered) {
    const { definition, lengthBytes } = instance;
    const offset = room.place(definition.offsetBytes, lengthBytes, FIRST_CAPABILITY, FIRST_EXTENDED);
    if (offset === undefined) continue;
    room.take(offset, lengthBytes);
    config.poke(offset, 2, definition.id);
    if (previous === undefined) {
      config.pokeFields(CAPABILITIES_POINTER, 0, { pointer: offset });
      config.pokeFields(STATUS, 0, { capabilitiesList: 1 });
    } else {
      config.poke(previous + 1, 1, offset);
    }
    previous = offset;
    placed.push({ instance, offset });
  }
  return placed;
}

/** Links capabilities into the extended space; the first of all lies at 100h. */
function linkExtended(
  config: ConfigSpace,
  added: readonly CapabilityInstance[],
  room: Room,
): readonly PlacedCapability[] {
  let previous = listExtendedCapabilities(config).at(-1)?.offset;
  return added.flatMap((instance) => {
    const { definition, lengthBytes } = instance;
    const preferred = previous === undefined ? FIRST_EXTENDED : definition.offsetBytes;
    const offset = room.place(preferred, lengthBytes, FIRST_EXTENDED, config.bytes.length);
    if (offset === undefined) return [];
    room.take(offset, lengthBytes);
    config.poke(offset, 4, definition.id + (definition.version ?? 1) * 2 ** 16);
    if (previous !== undefined) writeExtendedNext(config, previous, offset);
    previous = offset;
    return [{ instance, offset }];
  });
}

function writeExtendedNext(config: ConfigSpace, offset: number, next: number): void {
  const header = config.read(offset, 4);
  config.poke(offset, 4, (header % 2 ** 20) + next * 2 ** 20);
}

/**
 * Places capabilities where the project's layout has them (elsewhere if an image uses that room) and links
 * them at the end of the chains. What finds no room is left out: an extended capability in a conventional
 * function's 256 bytes, or any in an image that is full.
 */
export function linkNewCapabilities(
  config: ConfigSpace,
  added: readonly CapabilityInstance[],
): readonly PlacedCapability[] {
  const room = new Room(config);
  for (const entry of [...listCapabilities(config), ...listExtendedCapabilities(config)]) {
    if (entry.offset + 4 <= config.knownBytes) room.take(entry.offset, 4);
  }
  return [
    ...linkConventional(
      config,
      added.filter((instance) => !instance.definition.extended),
      room,
    ),
    ...linkExtended(
      config,
      added.filter((instance) => instance.definition.extended),
      room,
    ),
  ];
}

/** Takes a capability out of an extended chain. At 100h its header stays, as a null capability that leads on. */
export function unlinkCapability(config: ConfigSpace, definition: CapabilityDefinition, offset: number): void {
  invariant(definition.extended, () => `${definition.name} is not an extended capability`);
  const chain = listExtendedCapabilities(config);
  const index = chain.findIndex((entry) => entry.offset === offset);
  const next = chain[index + 1]?.offset ?? 0;
  const previous = chain[index - 1];
  if (previous === undefined) {
    config.poke(offset, 4, next === 0 ? 0 : 2 ** 16 + next * 2 ** 20);
  } else {
    writeExtendedNext(config, previous.offset, next);
    config.poke(offset, 4, 0);
  }
}
