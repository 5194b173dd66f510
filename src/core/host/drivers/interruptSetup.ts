/*
 * Programs a function's MSI-X or MSI by configuration requests (and stores to its MSI-X table).
 */
import { highDword, lowDword } from '../../../base/bits.ts';
import { ENGINE_BLOCK_BYTES } from '../../config/devices/engineRegisters.ts';
import { type CapabilityDefinition, walkCapabilities } from '../../config/capability.ts';
import {
  MSI,
  MSI_ADDRESS,
  MSI_ADDRESS_UPPER,
  MSI_CONTROL,
  MSI_DATA,
  MSI_DATA_32,
  MSIX,
  MSIX_CONTROL,
  MSIX_TABLE,
} from '../../config/legacyCapabilities.ts';
import { extractField, insertFields } from '../../config/register.ts';
import { walkByRequests } from '../configRequests.ts';
import type { HostFunction } from '../hostView.ts';
import { mmioWrite32 } from '../processRequests.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import { readRegister, writeRegister } from './functionSetup.ts';

/** Local interrupt controller of CPU 0. */
const MESSAGE_ADDRESS = 0xfee00000;
const ENTRY_BYTES = 16;

/** How a function will interrupt. */
export type InterruptRoute =
  | { readonly kind: 'msi'; readonly vector: number }
  /** The table entry has to be stored when time runs. */
  | { readonly kind: 'msix'; readonly vector: number; readonly tableEntry: number }
  /** It has neither: software polls. */
  | { readonly kind: 'none' };

/**
 * Chooses MSI-X, else MSI, and enables it with one vector. Configuration requests only.
 * @param registers bus address of the engine's registers: a table that lies in them cannot be used.
 */
export function* routeInterrupt(fn: HostFunction, registers: number, vector: number): HostProcess<InterruptRoute> {
  const chain = yield* walkByRequests(fn, walkCapabilities());
  const offsetOf = (capability: CapabilityDefinition): number | undefined =>
    chain.find((entry) => entry.id === capability.id)?.offset;
  const msix = offsetOf(MSIX);
  const tableEntry = msix === undefined ? undefined : yield* tableAddress(fn, msix);
  const isHidden =
    tableEntry !== undefined && tableEntry < registers + ENGINE_BLOCK_BYTES && tableEntry + ENTRY_BYTES > registers;
  if (msix !== undefined && tableEntry !== undefined && !isHidden) {
    const control = yield* readRegister(fn, MSIX_CONTROL, msix);
    yield* writeRegister(fn, MSIX_CONTROL, msix, insertFields(MSIX_CONTROL, control, { enable: 1, functionMask: 0 }));
    return { kind: 'msix', vector, tableEntry };
  }
  const msi = offsetOf(MSI);
  if (msi === undefined) return { kind: 'none' };
  const control = yield* readRegister(fn, MSI_CONTROL, msi);
  const wide = extractField(MSI_CONTROL, 'address64', control) === 1;
  yield* writeRegister(fn, MSI_ADDRESS, msi, lowDword(MESSAGE_ADDRESS));
  if (wide) yield* writeRegister(fn, MSI_ADDRESS_UPPER, msi, highDword(MESSAGE_ADDRESS));
  yield* writeRegister(fn, wide ? MSI_DATA : MSI_DATA_32, msi, vector);
  yield* writeRegister(
    fn,
    MSI_CONTROL,
    msi,
    insertFields(MSI_CONTROL, control, { enable: 1, multipleMessageEnable: 0 }),
  );
  return { kind: 'msi', vector };
}

/** Bus address of entry 0 of the MSI-X table, if its BAR was assigned. */
function* tableAddress(fn: HostFunction, msix: number): HostProcess<number | undefined> {
  const place = yield* readRegister(fn, MSIX_TABLE, msix);
  const index = extractField(MSIX_TABLE, 'bar', place);
  const bar = fn.bars.find((candidate) => candidate.index === index && candidate.space === 'memory');
  return bar?.address === undefined ? undefined : bar.address + extractField(MSIX_TABLE, 'offsetQwords', place) * 8;
}

/** Stores entry 0 of the MSI-X table, unmasked. Nothing for the other kinds. */
export function* programTable(route: InterruptRoute): HostProcess<void> {
  if (route.kind !== 'msix') return;
  yield* mmioWrite32(route.tableEntry, lowDword(MESSAGE_ADDRESS));
  yield* mmioWrite32(route.tableEntry + 4, highDword(MESSAGE_ADDRESS));
  yield* mmioWrite32(route.tableEntry + 8, route.vector);
  yield* mmioWrite32(route.tableEntry + 12, 0);
}
