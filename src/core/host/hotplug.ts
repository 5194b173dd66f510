/*
 * What an operating system keeps of each function's configuration, and writes back when the function has been reset or
 * plugged in again: bus numbers and windows of bridges, BARs, controls, interrupts; at last the Command register.
 */
import { hex } from '../../base/bits.ts';
import { walkCapabilities, walkExtendedCapabilities } from '../config/capability.ts';
import { DEVICE_CONTROL, DEVICE_CONTROL_2, EXPRESS, LINK_CONTROL_UPSTREAM } from '../config/expressCapability.ts';
import {
  ACS,
  ACS_CONTROL,
  AER,
  AER_CONTROL,
  AER_CORRECTABLE_MASK,
  AER_ROOT_COMMAND,
  AER_UNCORRECTABLE_MASK,
  AER_UNCORRECTABLE_SEVERITY,
} from '../config/extendedCapabilities.ts';
import { BAR_BASE, BRIDGE_CONTROL, BUS_NUMBERS_OFFSET, CACHE_LINE_SIZE, COMMAND, IO_BASE } from '../config/header.ts';
import {
  MSI,
  MSI_ADDRESS,
  MSI_ADDRESS_UPPER,
  MSI_CONTROL,
  MSI_DATA,
  MSIX,
  MSIX_CONTROL,
} from '../config/legacyCapabilities.ts';
import type { CapabilityDefinition } from '../config/capability.ts';
import type { Register } from '../config/register.ts';
import { bdfText } from '../pcie/bdf.ts';
import type { AccessBytes, HostProcess } from '../pcie/requests.ts';
import { configRead, configWrite, walkByRequests } from './configRequests.ts';
import type { HostFunction } from './hostView.ts';
import { sleep } from './processRequests.ts';

/** Software waits this long after a link has come up, or a function was reset, before its first request. */
export const SETTLE_PS = 100_000_000_000;

interface SavedRegister {
  readonly offset: number;
  readonly bytes: AccessBytes;
  readonly value: number;
}

/** One function as it was. */
export interface SavedFunction {
  readonly fn: HostFunction;
  /** Vendor and device ID. */
  readonly identity: number;
  /** In the order in which they are written back. */
  readonly registers: readonly SavedRegister[];
}

/** Registers of capabilities that are kept, controls that switch something on last. */
const KEPT: readonly (readonly [CapabilityDefinition, readonly Register[]])[] = [
  [EXPRESS, [DEVICE_CONTROL, LINK_CONTROL_UPSTREAM, DEVICE_CONTROL_2]],
  [MSI, [MSI_ADDRESS, MSI_ADDRESS_UPPER, MSI_DATA, MSI_CONTROL]],
  [MSIX, [MSIX_CONTROL]],
  [AER, [AER_UNCORRECTABLE_MASK, AER_UNCORRECTABLE_SEVERITY, AER_CORRECTABLE_MASK, AER_CONTROL]],
  [ACS, [ACS_CONTROL]],
];

/**
 * Reads what has to be kept of a function.
 * @simplifies The MSI-X table lies in the device's memory and is the driver's: it is not kept. Neither are SR-IOV,
 * resizable BARs and page requests.
 */
export function* saveFunction(fn: HostFunction): HostProcess<SavedFunction> {
  const identity = yield* configRead(fn, 0, 4);
  const registers: SavedRegister[] = [];
  for (const [offset, bytes] of headerPlaces(fn)) {
    registers.push({ offset, bytes, value: yield* configRead(fn, offset, bytes) });
  }
  const isExtended = fn.pcieOffset !== undefined;
  const chain = [
    ...(yield* walkByRequests(fn, walkCapabilities())),
    ...(isExtended ? yield* walkByRequests(fn, walkExtendedCapabilities()) : []),
  ];
  for (const [definition, kept] of KEPT) {
    const found = chain.find((entry) => entry.id === definition.id && entry.extended === definition.extended);
    if (found === undefined) continue;
    const isRoot = definition === AER && fn.kind === 'rootPort';
    for (const register of isRoot ? [...kept, AER_ROOT_COMMAND] : kept) {
      const offset = found.offset + register.offsetBytes;
      const bytes = bytesOf(register);
      registers.push({ offset, bytes, value: yield* configRead(fn, offset, bytes) });
    }
  }
  const command = yield* configRead(fn, COMMAND.offsetBytes, 2);
  return { fn, identity, registers: [...registers, { offset: COMMAND.offsetBytes, bytes: 2, value: command }] };
}

/** Reads what has to be kept of all functions, in the order of the view: bridges before what is below them. */
export function* saveConfiguration(functions: readonly HostFunction[]): HostProcess<readonly SavedFunction[]> {
  const saved: SavedFunction[] = [];
  for (const fn of functions) saved.push(yield* saveFunction(fn));
  return saved;
}

/** What became of one function. */
export interface Restored {
  readonly fn: HostFunction;
  /** Why it was left alone; undefined if it was written back. */
  readonly problem: string | undefined;
}

/**
 * Waits until functions have to answer, and writes back what was kept of them.
 * @param saved of these functions, bridges before what is below them.
 */
export function* restoreConfiguration(saved: readonly SavedFunction[]): HostProcess<readonly Restored[]> {
  yield* sleep(SETTLE_PS);
  const restored: Restored[] = [];
  for (const entry of saved) restored.push(yield* restoreFunction(entry));
  return restored;
}

function* restoreFunction({ fn, identity, registers }: SavedFunction): HostProcess<Restored> {
  const found = yield* configRead(fn, 0, 4);
  const name = bdfText(fn.bdf);
  if (found === 0xffff_ffff) return { fn, problem: `${name} does not answer.` };
  if (found !== identity) {
    const ids = [identity, found].map((id) => `${hex(id % 65536, 4)}:${hex(Math.floor(id / 65536), 4)}`);
    return { fn, problem: `${name} was ${ids[0]} and is ${ids[1]} now: it needs a driver of its own.` };
  }
  for (const { offset, bytes, value } of registers) yield* configWrite(fn, offset, bytes, value);
  return { fn, problem: undefined };
}

/** Places in the header, without the Command register. */
function headerPlaces(fn: HostFunction): readonly (readonly [offset: number, bytes: AccessBytes])[] {
  const bars = (count: number) => Array.from({ length: count }, (_, index) => [BAR_BASE + 4 * index, 4] as const);
  const common = [[CACHE_LINE_SIZE.offsetBytes, 1] as const];
  if (fn.headerType === 0) return [...common, ...bars(6)];
  const windows = [0x20, 0x24, 0x28, 0x2c, 0x30].map((offset) => [offset, 4] as const);
  return [
    ...common,
    ...bars(2),
    [BUS_NUMBERS_OFFSET, 4],
    [IO_BASE.offsetBytes, 2],
    ...windows,
    [BRIDGE_CONTROL.offsetBytes, 2],
  ];
}

function bytesOf(register: Register): AccessBytes {
  return register.widthBits === 32 ? 4 : register.widthBits === 16 ? 2 : 1;
}
