/*
 * One capability as a particular function has it: which registers, and which values come from where.
 */
import type { CapabilityDefinition, ConfigReader } from './capability.ts';
import type { FieldValues, Register, RegisterMasks } from './register.ts';
import { insertFields } from './register.ts';
import type { ConfigSpace } from './configSpace.ts';

export interface RegisterInstance {
  readonly register: Register;
  /** Added to the register's own offset: for repeated entries. */
  readonly delta: number;
  /** Facts of this project's own layout; an imported function keeps its own. */
  readonly defaults: FieldValues<string>;
  /** Hardware facts that the document states: written over an image too, and kept by a reset. */
  readonly facts: FieldValues<string>;
  /** What firmware or a strap left in writable fields: written over an image too, lost by a reset. */
  readonly state: FieldValues<string>;
  /** The state holds after a cold start as well. */
  readonly stateIsStrap: boolean;
  readonly masks: RegisterMasks;
}

export interface CapabilityInstance {
  readonly definition: CapabilityDefinition;
  readonly lengthBytes: number;
  readonly registers: readonly RegisterInstance[];
  /** The document states that the function has it: added to an image that lacks it. */
  readonly stated: boolean;
  /** The document states that the function does not have it: taken out of an image's chain. */
  readonly denied?: boolean;
}

/** Where an image has a capability. */
export interface ImagePlace {
  readonly reader: ConfigReader;
  readonly offset: number;
}

interface RegisterOptions<Name extends string> {
  readonly delta?: number;
  readonly defaults?: FieldValues<Name>;
  readonly facts?: FieldValues<Name>;
  readonly state?: FieldValues<Name>;
  readonly stateIsStrap?: boolean;
  readonly masks?: RegisterMasks;
}

/** A register with the values this function gives it. */
export function instance<Name extends string>(
  register: Register<Name>,
  options: RegisterOptions<Name> = {},
): RegisterInstance {
  return {
    register,
    delta: options.delta ?? 0,
    defaults: options.defaults ?? {},
    facts: options.facts ?? {},
    state: options.state ?? {},
    stateIsStrap: options.stateIsStrap ?? false,
    masks: options.masks ?? register,
  };
}

/** Registers without values of their own. */
export function plain(registers: readonly Register[]): readonly RegisterInstance[] {
  return registers.map((register) => instance(register));
}

/**
 * Puts one register into a configuration space: masks, reset value, and the value now.
 * @param imported its bytes hold an image; otherwise they are this project's own layout.
 * @param start whether registers hold what firmware left or are at reset.
 */
export function attachInstance(
  config: ConfigSpace,
  base: number,
  entry: RegisterInstance,
  imported: boolean,
  start: 'cold' | 'firmware',
): void {
  const { register, masks } = entry;
  const offset = base + entry.delta;
  const bytes = register.widthBits / 8;
  const changeable = (masks.writable | masks.clearable) >>> 0;
  const found = config.readRegister(register, offset);
  const ground = imported
    ? (found & ~changeable) | (register.reset & changeable)
    : insertFields(register, register.reset, entry.defaults);
  const reset = insertFields(register, ground >>> 0, entry.facts);
  config.attach(register, offset, reset, masks);
  let value = start === 'firmware' && imported ? insertFields(register, found, entry.facts) : reset;
  if (start === 'firmware' || entry.stateIsStrap) value = insertFields(register, value, entry.state);
  config.poke(offset + register.offsetBytes, bytes, value);
}
