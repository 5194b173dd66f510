/*
 * Advanced Error Reporting of one function, read out of its configuration space with the tables the hardware is
 * built from.
 */
import { findCapability, type ConfigReader } from '../../core/config/capability.ts';
import {
  AER,
  AER_CONTROL,
  AER_CORRECTABLE_MASK,
  AER_CORRECTABLE_STATUS,
  AER_ERROR_SOURCE,
  AER_HEADER_LOG,
  AER_ROOT_COMMAND,
  AER_ROOT_STATUS,
  AER_UNCORRECTABLE_MASK,
  AER_UNCORRECTABLE_SEVERITY,
  AER_UNCORRECTABLE_STATUS,
} from '../../core/config/extendedCapabilities.ts';
import { extractField, type Register } from '../../core/config/register.ts';

/** One error: a bit in several registers. */
export interface AerBit {
  readonly name: string;
  readonly bit: number;
  readonly status: boolean;
  readonly masked: boolean;
  /** Uncorrectable only. */
  readonly fatal: boolean | undefined;
  /** The First Error Pointer names it. */
  readonly first: boolean;
}

export interface AerRegister {
  readonly name: string;
  /** In the configuration space. */
  readonly offset: number;
  readonly value: number;
}

export interface AerFacts {
  readonly offset: number;
  readonly uncorrectable: readonly AerBit[];
  readonly correctable: readonly AerBit[];
  readonly registers: readonly AerRegister[];
  readonly headerLog: readonly number[];
  /** Root ports and event collectors. */
  readonly root:
    | { readonly set: readonly string[]; readonly correctableSource: number; readonly uncorrectableSource: number }
    | undefined;
}

const HEADER_DWORDS = 4;
/** Root Error Command is beyond what other functions have. */
const ROOT_KINDS: ReadonlySet<string> = new Set(['rootPort', 'rcEventCollector']);

/** A configuration space that was fetched, as registers are read. Bytes beyond its end read as ones. */
export function bytesReader(bytes: Uint8Array): ConfigReader {
  return {
    read: (offset, count) => {
      let value = 0;
      for (let index = count - 1; index >= 0; index -= 1) value = value * 256 + (bytes[offset + index] ?? 0xff);
      return value;
    },
  };
}

/** `surpriseDown` → `Surprise down`. */
function spoken(name: string): string {
  const words = name.replace(/([A-Z])/g, ' $1').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const NAMES: Readonly<Record<string, string>> = {
  ecrc: 'ECRC',
  poisonedTlp: 'Poisoned TLP',
  malformedTlp: 'Malformed TLP',
  acsViolation: 'ACS violation',
  badTlp: 'Bad TLP',
  badDllp: 'Bad DLLP',
  tlpPrefixBlocked: 'TLP prefix blocked',
  receiver: 'Receiver error',
  advisoryNonFatal: 'Advisory non-fatal',
  internal: 'Internal error',
};

/**
 * Decodes the AER capability.
 * @param kind of the function: root ports have three registers more.
 * @returns undefined if the function has none.
 */
export function aerFacts(bytes: Uint8Array, kind: string): AerFacts | undefined {
  const config = bytesReader(bytes);
  const offset = findCapability(config, AER);
  if (offset === undefined) return undefined;
  const read = (register: Register): number => config.read(offset + register.offsetBytes, 4);
  const pointer = extractField(AER_CONTROL, 'firstErrorPointer', read(AER_CONTROL));
  const status = read(AER_UNCORRECTABLE_STATUS);
  const bitsOf = (
    register: Register,
    rows: { readonly mask: Register; readonly severity?: Register },
  ): readonly AerBit[] =>
    Object.entries(register.fields).map(([name, field]) => {
      const isSet = (from: Register): boolean => (read(from) >>> field.lsb) % 2 === 1;
      return {
        name: NAMES[name] ?? spoken(name),
        bit: field.lsb,
        status: isSet(register),
        masked: isSet(rows.mask),
        fatal: rows.severity === undefined ? undefined : isSet(rows.severity),
        first: rows.severity !== undefined && status !== 0 && field.lsb === pointer && isSet(register),
      };
    });
  const registers = [
    AER_UNCORRECTABLE_STATUS,
    AER_UNCORRECTABLE_MASK,
    AER_UNCORRECTABLE_SEVERITY,
    AER_CORRECTABLE_STATUS,
    AER_CORRECTABLE_MASK,
    AER_CONTROL,
    ...(ROOT_KINDS.has(kind) ? [AER_ROOT_COMMAND, AER_ROOT_STATUS, AER_ERROR_SOURCE] : []),
  ];
  return {
    offset,
    uncorrectable: bitsOf(AER_UNCORRECTABLE_STATUS, {
      mask: AER_UNCORRECTABLE_MASK,
      severity: AER_UNCORRECTABLE_SEVERITY,
    }),
    correctable: bitsOf(AER_CORRECTABLE_STATUS, { mask: AER_CORRECTABLE_MASK }),
    registers: registers.map((register) => ({
      name: register.name,
      offset: offset + register.offsetBytes,
      value: read(register),
    })),
    headerLog: Array.from({ length: HEADER_DWORDS }, (_, dword) =>
      config.read(offset + AER_HEADER_LOG.offsetBytes + 4 * dword, 4),
    ),
    root: ROOT_KINDS.has(kind) ? rootFacts(read) : undefined,
  };
}

function rootFacts(read: (register: Register) => number): NonNullable<AerFacts['root']> {
  const status = read(AER_ROOT_STATUS);
  const source = read(AER_ERROR_SOURCE);
  const flags = Object.entries(AER_ROOT_STATUS.fields).filter(([name]) => name !== 'interruptMessageNumber');
  return {
    set: flags.filter(([, field]) => (status >>> field.lsb) % 2 === 1).map(([name]) => spoken(name)),
    correctableSource: extractField(AER_ERROR_SOURCE, 'correctable', source),
    uncorrectableSource: extractField(AER_ERROR_SOURCE, 'uncorrectable', source),
  };
}
