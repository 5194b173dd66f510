/*
 * One function's error registers: Device Status, and AER where the function has it. What is detected goes in, what has
 * to be told comes out. Written by hardware only, through `poke`.
 *
 *   detected ─ advisory? ─┬─ no ──▶ FED/NFED, status, first error pointer and header ─ masked? ─▶ ERR_FATAL/ERR_NONFATAL
 *                         └─ yes ─▶ CED, advisory non-fatal ─ masked? ─▶ status, header ─▶ ERR_COR
 */
import { type CapabilityDefinition, findCapability } from '../../config/capability.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import { DEVICE_CAPABILITIES, DEVICE_CONTROL, DEVICE_STATUS, EXPRESS } from '../../config/expressCapability.ts';
import {
  AER,
  AER_CONTROL,
  AER_CORRECTABLE_MASK,
  AER_CORRECTABLE_STATUS,
  AER_HEADER_LOG,
  AER_UNCORRECTABLE_MASK,
  AER_UNCORRECTABLE_SEVERITY,
  AER_UNCORRECTABLE_STATUS,
} from '../../config/extendedCapabilities.ts';
import { COMMAND } from '../../config/header.ts';
import type { Register } from '../../config/register.ts';
import type { ErrorSeverity } from '../../pcie/faults.ts';
import type { HeaderDwords, MessageName } from '../../pcie/tlpHeader.ts';

/** Bits of the uncorrectable status, mask and severity registers (semantics reference 9.2). */
export const UNCORRECTABLE = {
  dataLinkProtocol: 4,
  surpriseDown: 5,
  poisonedTlp: 12,
  flowControlProtocol: 13,
  completionTimeout: 14,
  completerAbort: 15,
  unexpectedCompletion: 16,
  receiverOverflow: 17,
  malformedTlp: 18,
  ecrc: 19,
  unsupportedRequest: 20,
  acsViolation: 21,
  internal: 22,
  atomicEgressBlocked: 24,
} as const;
export type UncorrectableBit = (typeof UNCORRECTABLE)[keyof typeof UNCORRECTABLE];

/** Bits of the correctable status and mask registers (semantics reference 9.2). */
export const CORRECTABLE = {
  receiver: 0,
  badTlp: 6,
  badDllp: 7,
  replayRollover: 8,
  replayTimeout: 12,
  advisoryNonFatal: 13,
  internal: 14,
  headerLogOverflow: 15,
} as const;
export type CorrectableBit = (typeof CORRECTABLE)[keyof typeof CORRECTABLE];

/** Severities of functions without AER, which are those of AER after reset (semantics reference 9.2). */
const DEFAULT_SEVERITY = AER_UNCORRECTABLE_SEVERITY.reset;

/** Up to Device Status, up to the Header Log, up to Error Source Identification. */
const EXPRESS_BYTES = 0x0c;
const AER_BYTES = 0x2c;
export const ROOT_AER_BYTES = 0x38;

/** Offset of a capability; undefined if it is not there, or runs over the end of its space, as broken images have it. */
export function wholeCapability(
  config: ConfigSpace,
  definition: CapabilityDefinition,
  lengthBytes: number,
): number | undefined {
  const offset = findCapability(config, definition);
  if (offset === undefined) return undefined;
  return offset + lengthBytes <= (definition.extended ? config.bytes.length : 256) ? offset : undefined;
}

/** What became of an error. */
export interface Reported {
  readonly severity: ErrorSeverity;
  /** Treated as Advisory Non-Fatal. */
  readonly advisory: boolean;
  /** Its header is in the Header Log now. */
  readonly isLogged: boolean;
  /** A header had to be logged, but the log still holds another one, and nothing had said so before. */
  readonly hasOverflowed: boolean;
  /** Message to send to the root. */
  readonly message: MessageName | undefined;
  /** Why no message is sent; undefined if one is. */
  readonly silence: string | undefined;
}

/**
 * @spec PCIe Base 5.0 §6.2.3, §6.2.4, §7.8.4 (semantics reference 9.2, E-2)
 * @simplifies The log holds one header. Header Log Overflow and corrected internal errors are not masked after reset, as
 * the reference's mask 2000h says.
 */
export class ErrorRegisters {
  private readonly _config: ConfigSpace;
  private readonly _express: number | undefined;
  private readonly _aer: number | undefined;

  constructor(config: ConfigSpace) {
    this._config = config;
    this._express = wholeCapability(config, EXPRESS, EXPRESS_BYTES);
    this._aer = wholeCapability(config, AER, AER_BYTES);
  }

  /** The function can say more than Device Status does. */
  get hasAer(): boolean {
    return this._aer !== undefined;
  }

  /** ECRC digests are checked, as software has set it. */
  get checksEcrc(): boolean {
    return this._aer !== undefined && this._config.field(AER_CONTROL, this._aer, 'ecrcCheckEnable') === 1;
  }

  /**
   * @param isAdvisoryCase the function's role lets somebody else report it, if the severity is non-fatal (E-2).
   * @param header of the TLP, for errors that log one.
   */
  uncorrectable(bit: UncorrectableBit, isAdvisoryCase: boolean, header: HeaderDwords | undefined): Reported {
    const isFatal = hasBit(this.#read(AER_UNCORRECTABLE_SEVERITY, DEFAULT_SEVERITY), bit);
    const isUnsupported = bit === UNCORRECTABLE.unsupportedRequest;
    if (isUnsupported) this.#detected('unsupportedRequestDetected');
    if (isAdvisoryCase && !isFatal && this.#isRoleBased()) return this.#advisory(bit, header);
    this.#detected(isFatal ? 'fatalErrorDetected' : 'nonFatalErrorDetected');
    const common = { severity: isFatal ? 'fatal' : 'nonFatal', advisory: false } as const;
    const before = this.#setStatus(AER_UNCORRECTABLE_STATUS, bit);
    if (this.#isMasked(AER_UNCORRECTABLE_MASK, bit)) {
      return { ...common, ...NOTHING_LOGGED, message: undefined, silence: 'masked in Uncorrectable Error Mask' };
    }
    const log = this.#log(bit, before, header);
    return { ...common, ...log, ...this.#messageOf(isFatal ? 'ERR_FATAL' : 'ERR_NONFATAL', isUnsupported) };
  }

  correctable(bit: CorrectableBit): Reported {
    this.#detected('correctableErrorDetected');
    this.#setStatus(AER_CORRECTABLE_STATUS, bit);
    const common = { severity: 'correctable', advisory: false, ...NOTHING_LOGGED } as const;
    if (this.#isMasked(AER_CORRECTABLE_MASK, bit)) {
      return { ...common, message: undefined, silence: 'masked in Correctable Error Mask' };
    }
    return { ...common, ...this.#messageOf('ERR_COR', false) };
  }

  /** Somebody else will report it: only noted, unless software has unmasked such errors. */
  #advisory(bit: UncorrectableBit, header: HeaderDwords | undefined): Reported {
    this.#detected('correctableErrorDetected');
    this.#setStatus(AER_CORRECTABLE_STATUS, CORRECTABLE.advisoryNonFatal);
    const common = { severity: 'correctable', advisory: true } as const;
    if (this.#isMasked(AER_CORRECTABLE_MASK, CORRECTABLE.advisoryNonFatal)) {
      return { ...common, ...NOTHING_LOGGED, message: undefined, silence: 'Advisory Non-Fatal errors are masked' };
    }
    const before = this.#setStatus(AER_UNCORRECTABLE_STATUS, bit);
    const log = this.#isMasked(AER_UNCORRECTABLE_MASK, bit) ? NOTHING_LOGGED : this.#log(bit, before, header);
    return { ...common, ...log, ...this.#messageOf('ERR_COR', bit === UNCORRECTABLE.unsupportedRequest) };
  }

  /**
   * First error pointer and header, unless they still hold an error that software has not cleared.
   * @param before uncorrectable status before this error.
   */
  #log(bit: number, before: number, header: HeaderDwords | undefined): Pick<Reported, 'isLogged' | 'hasOverflowed'> {
    const aer = this._aer;
    if (aer === undefined) return NOTHING_LOGGED;
    const config = this._config;
    if (hasBit(before, config.field(AER_CONTROL, aer, 'firstErrorPointer'))) {
      const isKnown = hasBit(this.#read(AER_CORRECTABLE_STATUS, 0), CORRECTABLE.headerLogOverflow);
      return { isLogged: false, hasOverflowed: header !== undefined && !isKnown };
    }
    config.pokeFields(AER_CONTROL, aer, { firstErrorPointer: bit });
    for (const [index, dword] of (header ?? NO_HEADER).entries()) {
      config.poke(aer + AER_HEADER_LOG.offsetBytes + 4 * index, 4, dword);
    }
    return { isLogged: header !== undefined, hasOverflowed: false };
  }

  /** What Device Control and Command let out. */
  #messageOf(message: MessageName, isUnsupported: boolean): Pick<Reported, 'message' | 'silence'> {
    const express = this._express;
    if (express === undefined) return { message: undefined, silence: 'no PCI Express capability' };
    const config = this._config;
    const isOn = (name: keyof typeof DEVICE_CONTROL.fields): boolean =>
      config.field(DEVICE_CONTROL, express, name) === 1;
    if (isUnsupported && !isOn('unsupportedRequestReporting')) {
      return { message: undefined, silence: 'Unsupported Request reporting is off in Device Control' };
    }
    const hasSystemErrors = message !== 'ERR_COR' && config.field(COMMAND, 0, 'serrEnable') === 1;
    if (hasSystemErrors || isOn(ENABLE_OF[message])) return { message, silence: undefined };
    return { message: undefined, silence: `${message} is off in Device Control` };
  }

  #isRoleBased(): boolean {
    if (this._express === undefined) return false;
    return this._config.field(DEVICE_CAPABILITIES, this._express, 'roleBasedErrorReporting') === 1;
  }

  #detected(name: keyof typeof DEVICE_STATUS.fields): void {
    if (this._express !== undefined) this._config.pokeFields(DEVICE_STATUS, this._express, { [name]: 1 });
  }

  /** @returns the status before. */
  #setStatus(register: Register, bit: number): number {
    const before = this.#read(register, 0);
    if (this._aer !== undefined) this._config.poke(this._aer + register.offsetBytes, 4, (before | (1 << bit)) >>> 0);
    return before;
  }

  #isMasked(register: Register, bit: number): boolean {
    return hasBit(this.#read(register, 0), bit);
  }

  /** An AER register, or what stands for it in functions without AER. */
  #read(register: Register, otherwise: number): number {
    return this._aer === undefined ? otherwise : this._config.readRegister(register, this._aer);
  }
}

const NOTHING_LOGGED = { isLogged: false, hasOverflowed: false } as const;
const NO_HEADER: HeaderDwords = [0, 0, 0, 0];
const ENABLE_OF = {
  ERR_COR: 'correctableErrorReporting',
  ERR_NONFATAL: 'nonFatalErrorReporting',
  ERR_FATAL: 'fatalErrorReporting',
} as const;

function hasBit(value: number, bit: number): boolean {
  return ((value >>> bit) & 1) === 1;
}
