/*
 * Registers as tables. A register is a name, a place inside its capability or header, and fields; what
 * software may do to each field is its access attribute. Everything that reads, writes, documents or
 * inspects a configuration space works from these tables.
 */
import { invariant } from '../../base/invariant.ts';

/** The specification's attribute names (PCIe Base 5.0 §7.4). `S` = sticky: kept by a hot or function-level reset. */
export type FieldAccess = 'HwInit' | 'RO' | 'RW' | 'RW1C' | 'ROS' | 'RWS' | 'RW1CS' | 'RsvdP' | 'RsvdZ';

export interface FieldSpec {
  /** Position of the least significant bit, 0…31. */
  readonly lsb: number;
  /** Default 1. */
  readonly widthBits?: number;
  readonly access: FieldAccess;
  /** Value after reset, unshifted. Default 0. */
  readonly reset?: number;
  /** Writes start something, reads give 0 (reset bits, Retrain Link). */
  readonly readsZero?: boolean;
  /** Keeps its value over a function-level reset, though not over a hot reset (PCIe Base 5.0 §6.6.2). */
  readonly keptByFunctionReset?: boolean;
  /** What the code means, e.g. a size in bytes. */
  readonly decode?: (code: number) => number;
}

export interface RegisterSpec<Name extends string> {
  readonly name: string;
  /** From the start of the header or capability. */
  readonly offsetBytes: number;
  readonly widthBits: 8 | 16 | 32;
  /** Where it is specified. */
  readonly spec: string;
  readonly fields: { readonly [F in Name]: FieldSpec };
}

/** Masks over a register's bits, unsigned. */
export interface RegisterMasks {
  readonly writable: number;
  /** Write one to clear. */
  readonly clearable: number;
  readonly sticky: number;
  readonly keptByFunctionReset: number;
}

export interface Register<Name extends string = string> extends RegisterSpec<Name>, RegisterMasks {
  /** All fields at their reset values. */
  readonly reset: number;
}

const WRITABLE: ReadonlySet<FieldAccess> = new Set<FieldAccess>(['RW', 'RWS']);
const CLEARABLE: ReadonlySet<FieldAccess> = new Set<FieldAccess>(['RW1C', 'RW1CS']);
const STICKY: ReadonlySet<FieldAccess> = new Set<FieldAccess>(['ROS', 'RWS', 'RW1CS']);

/** `field`'s bits in place, unsigned. */
export function fieldMask(field: FieldSpec): number {
  const width = field.widthBits ?? 1;
  return ((width === 32 ? 0xffffffff : (1 << width) - 1) << field.lsb) >>> 0;
}

/**
 * Checks and completes one row of a register table.
 * @throws InvariantError when the module loads, if fields overlap or do not fit.
 */
export function defineRegister<const Name extends string>(spec: RegisterSpec<Name>): Register<Name> {
  let used = 0;
  let writable = 0;
  let clearable = 0;
  let sticky = 0;
  let keptByFunctionReset = 0;
  let reset = 0;
  for (const [name, field] of Object.entries<FieldSpec>(spec.fields)) {
    const width = field.widthBits ?? 1;
    invariant(
      width >= 1 && field.lsb >= 0 && field.lsb + width <= spec.widthBits,
      () => `${spec.name}.${name}: bits ${field.lsb}+${width} do not fit ${spec.widthBits}`,
    );
    const mask = fieldMask(field);
    invariant((used & mask) === 0, () => `${spec.name}.${name} overlaps another field`);
    const value = field.reset ?? 0;
    invariant(value >= 0 && value < 2 ** width, () => `${spec.name}.${name}: reset ${value} exceeds ${width} bits`);
    used |= mask;
    if (WRITABLE.has(field.access) && field.readsZero !== true) writable |= mask;
    if (CLEARABLE.has(field.access)) clearable |= mask;
    if (STICKY.has(field.access)) sticky |= mask;
    if (field.keptByFunctionReset === true) keptByFunctionReset |= mask;
    reset |= value << field.lsb;
  }
  return {
    ...spec,
    writable: writable >>> 0,
    clearable: clearable >>> 0,
    sticky: sticky >>> 0,
    keptByFunctionReset: keptByFunctionReset >>> 0,
    reset: reset >>> 0,
  };
}

/** The value of one field inside a register's value, unshifted. */
export function extractField<Name extends string>(register: Register<Name>, name: Name, value: number): number {
  const field: FieldSpec = register.fields[name];
  return ((value & fieldMask(field)) >>> 0) / 2 ** field.lsb;
}

/** Field values by name; absent fields are left alone. */
export type FieldValues<Name extends string> = { readonly [F in Name]?: number };

/**
 * `value` with some fields replaced.
 * @throws InvariantError if a field value does not fit its width.
 */
export function insertFields<Name extends string>(
  register: Register<Name>,
  value: number,
  fields: FieldValues<Name>,
): number {
  let result = value;
  for (const name of Object.keys(fields)) {
    const field = fieldNamed(register, name);
    const code = fieldValue(fields, name);
    if (code === undefined) continue;
    const width = field.widthBits ?? 1;
    invariant(
      Number.isInteger(code) && code >= 0 && code < 2 ** width,
      () => `${register.name}.${name}: ${code} does not fit ${width} bits`,
    );
    result = (result & ~fieldMask(field)) | (code << field.lsb);
  }
  return result >>> 0;
}

function fieldNamed(register: Register, name: string): FieldSpec {
  const field = register.fields[name];
  invariant(field !== undefined, () => `${register.name} has no field ${name}`);
  return field;
}

function fieldValue(fields: { readonly [name: string]: number | undefined }, name: string): number | undefined {
  return fields[name];
}
