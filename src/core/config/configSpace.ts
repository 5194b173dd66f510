/*
 * The configuration space of one function: bytes, and for each bit what software may do to it.
 * There is no second copy of any field; models and inspectors decode these bytes (decode.ts).
 */
import { invariant } from '../../base/invariant.ts';
import type { FieldValues, Register, RegisterMasks } from './register.ts';
import { extractField, insertFields } from './register.ts';

/** Called after a software write; `value` is what was written, before masks. */
export type ConfigWriteListener = (offset: number, bytes: number, value: number) => void;

/** function: started by Initiate Function Level Reset. hot: the link or a bus above was reset. */
export type ResetKind = 'function' | 'hot';
export type ConfigResetListener = (kind: ResetKind) => void;

export const CONVENTIONAL_CONFIG_BYTES = 256;
export const EXPRESS_CONFIG_BYTES = 4096;

export class ConfigSpace {
  /** 256 or 4096 bytes, little-endian registers. Written only by `write`, `poke`, `reset`. */
  readonly bytes: Uint8Array;
  /** How many leading bytes are known: less than `bytes.length` only for functions imported from a short dump. */
  readonly knownBytes: number;
  /** +1 on every software write, poke and reset: who caches decoded values compares it. */
  generation = 0;

  readonly #writable: Uint8Array;
  readonly #clearable: Uint8Array;
  readonly #sticky: Uint8Array;
  readonly #keptByFunctionReset: Uint8Array;
  readonly #resetBytes: Uint8Array;
  readonly #writeListeners: ConfigWriteListener[] = [];
  readonly #resetListeners: ConfigResetListener[] = [];

  /** @param image initial bytes; 256 or 4096 of them. @param knownBytes default all. */
  constructor(image: Uint8Array, knownBytes = image.length) {
    invariant(
      image.length === CONVENTIONAL_CONFIG_BYTES || image.length === EXPRESS_CONFIG_BYTES,
      () => `a configuration space has 256 or 4096 bytes, not ${image.length}`,
    );
    this.bytes = image.slice();
    this.knownBytes = knownBytes;
    this.#writable = new Uint8Array(image.length);
    this.#clearable = new Uint8Array(image.length);
    this.#sticky = new Uint8Array(image.length);
    this.#keptByFunctionReset = new Uint8Array(image.length);
    this.#resetBytes = image.slice();
  }

  /**
   * A read of 1, 2 or 4 bytes, unsigned. Beyond the end of a conventional function: all ones.
   * @param offset multiple of `bytes`.
   */
  read(offset: number, bytes: number): number {
    invariant(offset >= 0 && offset % bytes === 0, () => `configuration read of ${bytes} at ${offset}`);
    if (offset + bytes > this.bytes.length) return 2 ** (8 * bytes) - 1;
    let value = 0;
    for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (this.bytes[offset + i] ?? 0);
    return value;
  }

  /**
   * A software write of 1, 2 or 4 bytes: read-only bits stay, write-one-to-clear bits clear; then the listeners.
   * @param offset multiple of `bytes`. Beyond the end the write vanishes.
   */
  write(offset: number, bytes: number, value: number): void {
    invariant(offset >= 0 && offset % bytes === 0, () => `configuration write of ${bytes} at ${offset}`);
    if (offset + bytes > this.bytes.length) return;
    for (let i = 0; i < bytes; i++) {
      const place = offset + i;
      const written = Math.floor(value / 256 ** i) & 0xff;
      const old = this.bytes[place] ?? 0;
      const writable = this.#writable[place] ?? 0;
      const cleared = written & (this.#clearable[place] ?? 0);
      this.bytes[place] = ((old & ~writable) | (written & writable)) & ~cleared;
    }
    this.generation++;
    for (const listener of this.#writeListeners) listener(offset, bytes, value);
  }

  /** A write by the hardware itself: no masks, no listeners. */
  poke(offset: number, bytes: number, value: number): void {
    invariant(offset >= 0 && offset + bytes <= this.bytes.length, () => `poke of ${bytes} at ${offset}`);
    for (let i = 0; i < bytes; i++) this.bytes[offset + i] = Math.floor(value / 256 ** i) & 0xff;
    this.generation++;
  }

  /** Calls `listener` after every software write. @returns the way to stop. */
  onWrite(listener: ConfigWriteListener): () => void {
    return subscribe(this.#writeListeners, listener);
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
    return subscribe(this.#resetListeners, listener);
  }

  /**
   * Returns every bit that software can change to its reset value, except sticky bits and, for a
   * function-level reset, the fields the specification exempts. Read-only bits are the hardware's and stay.
   * @spec PCIe Base 5.0 §6.6.1, §6.6.2
   */
  reset(kind: ResetKind): void {
    for (let i = 0; i < this.bytes.length; i++) {
      let mask = ((this.#writable[i] ?? 0) | (this.#clearable[i] ?? 0)) & ~(this.#sticky[i] ?? 0);
      if (kind === 'function') mask &= ~(this.#keptByFunctionReset[i] ?? 0);
      this.bytes[i] = ((this.bytes[i] ?? 0) & ~mask) | ((this.#resetBytes[i] ?? 0) & mask);
    }
    this.generation++;
    for (const listener of this.#resetListeners) listener(kind);
  }

  /** Adds a register: from now on its masks hold at `base`, and `resetValue` is what a reset gives back. Its bytes stay. */
  attach(register: Register, base: number, resetValue: number = register.reset, masks: RegisterMasks = register): void {
    const start = base + register.offsetBytes;
    this.setMasks(start, register.widthBits / 8, masks);
    for (let i = 0; i < register.widthBits / 8; i++) this.#resetBytes[start + i] = (resetValue >>> (8 * i)) & 0xff;
  }

  /** Replaces the masks of `bytes` bytes (1…4) at `offset`: for BARs, whose size decides. */
  setMasks(offset: number, bytes: number, masks: RegisterMasks): void {
    for (let i = 0; i < bytes; i++) {
      this.#writable[offset + i] = (masks.writable >>> (8 * i)) & 0xff;
      this.#clearable[offset + i] = (masks.clearable >>> (8 * i)) & 0xff;
      this.#sticky[offset + i] = (masks.sticky >>> (8 * i)) & 0xff;
      this.#keptByFunctionReset[offset + i] = (masks.keptByFunctionReset >>> (8 * i)) & 0xff;
    }
  }

  /** Software-writable bits of `bytes` bytes at `offset`: for inspectors. */
  writableMask(offset: number, bytes: number): number {
    let value = 0;
    for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (this.#writable[offset + i] ?? 0);
    return value;
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

function subscribe<T>(listeners: T[], listener: T): () => void {
  listeners.push(listener);
  return () => {
    const index = listeners.indexOf(listener);
    if (index >= 0) listeners.splice(index, 1);
  };
}
