/*
 * The configuration space of one function: bytes, and for each bit what software may do to it.
 * There is no second copy of any field; models and inspectors decode these bytes (decode.ts).
 */
import { invariant } from '../../base/invariant.ts';
import type { FieldValues, Register, RegisterMasks } from './register.ts';
import { extractField, insertFields } from './register.ts';

/** Called after a software write; `value` is what was written, before masks. */
export type ConfigWriteListener = (offset: number, bytes: number, value: number) => void;

/**
 * function: started by Initiate Function Level Reset. hot: the link or a bus above was reset. power: the function was
 * without power, so that sticky bits are gone, too.
 */
export type ResetKind = 'function' | 'hot' | 'power';
export type ConfigResetListener = (kind: ResetKind) => void;

export const CONVENTIONAL_CONFIG_BYTES = 256;
export const EXPRESS_CONFIG_BYTES = 4096;

/** What may happen to the bits of one dword, and what a reset gives them. All int32. */
interface DwordRules {
  writable: number;
  clearable: number;
  sticky: number;
  keptByFunctionReset: number;
  reset: number;
}

export class ConfigSpace {
  /** 256 or 4096 bytes, little-endian registers. Written only by `write`, `poke`, `reset`. */
  readonly bytes: Uint8Array;
  /** How many leading bytes are known: less than `bytes.length` only for functions imported from a short dump. */
  readonly knownBytes: number;
  /** +1 on every software write, poke and reset: who caches decoded values compares it. */
  generation = 0;

  private readonly _view: DataView;
  /** By dword offset; a dword without rules is read-only. */
  private readonly _rules = new Map<number, DwordRules>();
  private readonly _writeListeners: ConfigWriteListener[] = [];
  private readonly _resetListeners: ConfigResetListener[] = [];

  /** @param image initial bytes; 256 or 4096 of them. @param knownBytes default all. */
  constructor(image: Uint8Array, knownBytes = image.length) {
    invariant(
      image.length === CONVENTIONAL_CONFIG_BYTES || image.length === EXPRESS_CONFIG_BYTES,
      () => `a configuration space has 256 or 4096 bytes, not ${image.length}`,
    );
    this.bytes = image.slice();
    this._view = new DataView(this.bytes.buffer);
    this.knownBytes = knownBytes;
  }

  /**
   * A read of 1, 2 or 4 bytes, unsigned. Beyond the end of a conventional function: all ones.
   * @param offset multiple of `bytes`.
   */
  read(offset: number, bytes: number): number {
    invariant(offset >= 0 && offset % bytes === 0, () => `configuration read of ${bytes} at ${offset}`);
    if (offset + bytes > this.bytes.length) return 2 ** (8 * bytes) - 1;
    if (bytes === 4) return this._view.getUint32(offset, true);
    return bytes === 2 ? this._view.getUint16(offset, true) : this._view.getUint8(offset);
  }

  /**
   * A software write of 1, 2 or 4 bytes: read-only bits stay, write-one-to-clear bits clear; then the listeners.
   * @param offset multiple of `bytes`. Beyond the end the write vanishes.
   */
  write(offset: number, bytes: number, value: number): void {
    invariant(offset >= 0 && offset % bytes === 0, () => `configuration write of ${bytes} at ${offset}`);
    if (offset + bytes > this.bytes.length) return;
    const rules = this._rules.get(offset & ~3);
    if (rules !== undefined) {
      const shift = 8 * (offset & 3);
      const lanes = laneMask(bytes) << shift;
      const written = value << shift;
      const old = this._view.getInt32(offset & ~3, true);
      const writable = rules.writable & lanes;
      const cleared = written & rules.clearable & lanes;
      this._view.setInt32(offset & ~3, ((old & ~writable) | (written & writable)) & ~cleared, true);
    }
    this.generation++;
    for (const listener of this._writeListeners) listener(offset, bytes, value);
  }

  /** A write by the hardware itself: no masks, no listeners. */
  poke(offset: number, bytes: number, value: number): void {
    invariant(offset >= 0 && offset + bytes <= this.bytes.length, () => `poke of ${bytes} at ${offset}`);
    for (let i = 0; i < bytes; i++) this.bytes[offset + i] = Math.floor(value / 256 ** i) & 0xff;
    this.generation++;
  }

  /** Calls `listener` after every software write. @returns the way to stop. */
  onWrite(listener: ConfigWriteListener): () => void {
    return subscribe(this._writeListeners, listener);
  }

  /** Calls `listener` after software writes that touch `register` at `base`, with the register's bits as written (others 0). */
  onRegisterWrite(register: Register, base: number, listener: (written: number) => void): () => void {
    const start = base + register.offsetBytes;
    const length = register.widthBits / 8;
    return this.onWrite((offset, bytes, value) => {
      if (offset >= start + length || offset + bytes <= start) return;
      const shifted = offset >= start ? value * 256 ** (offset - start) : Math.floor(value / 256 ** (start - offset));
      listener(shifted % 256 ** length);
    });
  }

  /** Calls `listener` after every reset of this function. @returns the way to stop. */
  onReset(listener: ConfigResetListener): () => void {
    return subscribe(this._resetListeners, listener);
  }

  /**
   * Returns every bit that software can change to its reset value, except sticky bits (unless power was off) and, for a
   * function-level reset, the fields the specification exempts. Read-only bits are the hardware's and stay.
   * @spec PCIe Base 5.0 §6.6.1, §6.6.2
   */
  reset(kind: ResetKind): void {
    for (const [offset, rules] of this._rules) {
      const sticky = kind === 'power' ? 0 : rules.sticky;
      const kept = sticky | (kind === 'function' ? rules.keptByFunctionReset : 0);
      // Without power, logs that hardware alone writes are lost as well.
      const lost = kind === 'power' ? rules.sticky : 0;
      const mask = (rules.writable | rules.clearable | lost) & ~kept;
      const old = this._view.getInt32(offset, true);
      this._view.setInt32(offset, (old & ~mask) | (rules.reset & mask), true);
    }
    this.generation++;
    for (const listener of this._resetListeners) listener(kind);
  }

  /** Adds a register: from now on its masks hold at `base`, and `resetValue` is what a reset gives back. Its bytes stay. */
  attach(register: Register, base: number, resetValue: number = register.reset, masks: RegisterMasks = register): void {
    const offset = base + register.offsetBytes;
    const shift = 8 * (offset & 3);
    const lanes = laneMask(register.widthBits / 8) << shift;
    const rules = this.#rulesAt(offset & ~3);
    const put = (old: number, bits: number): number => (old & ~lanes) | ((bits << shift) & lanes);
    rules.writable = put(rules.writable, masks.writable);
    rules.clearable = put(rules.clearable, masks.clearable);
    rules.sticky = put(rules.sticky, masks.sticky);
    rules.keptByFunctionReset = put(rules.keptByFunctionReset, masks.keptByFunctionReset);
    rules.reset = put(rules.reset, resetValue);
  }

  #rulesAt(dword: number): DwordRules {
    const found = this._rules.get(dword);
    if (found !== undefined) return found;
    const made: DwordRules = { writable: 0, clearable: 0, sticky: 0, keptByFunctionReset: 0, reset: 0 };
    this._rules.set(dword, made);
    return made;
  }

  /** Software-writable bits of 1, 2 or 4 bytes at `offset`, unsigned. */
  writableMask(offset: number, bytes: number): number {
    const writable = this._rules.get(offset & ~3)?.writable ?? 0;
    return ((writable >>> (8 * (offset & 3))) & laneMask(bytes)) >>> 0;
  }

  /** Value of a register that lies at `base` + its own offset. */
  readRegister(register: Register, base: number): number {
    return this.read(base + register.offsetBytes, register.widthBits / 8);
  }

  /** One field of a register at `base`, unshifted. */
  field<Name extends string>(register: Register<Name>, base: number, name: Name): number {
    return extractField(register, name, this.readRegister(register, base));
  }

  /** Hardware changes some fields of a register at `base`. */
  pokeFields<Name extends string>(register: Register<Name>, base: number, fields: FieldValues<Name>): void {
    const value = insertFields(register, this.readRegister(register, base), fields);
    this.poke(base + register.offsetBytes, register.widthBits / 8, value);
  }
}

/** All ones over 1, 2 or 4 bytes, as int32. */
function laneMask(bytes: number): number {
  return bytes === 4 ? -1 : (1 << (8 * bytes)) - 1;
}

function subscribe<T>(listeners: T[], listener: T): () => void {
  listeners.push(listener);
  return () => {
    const index = listeners.indexOf(listener);
    if (index >= 0) listeners.splice(index, 1);
  };
}
