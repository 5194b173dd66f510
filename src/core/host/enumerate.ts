/*
 * Enumeration: from "there are host bridges" to a HostView, through configuration requests only.
 *
 *   find functions, number buses → size BARs → claim what firmware left → size windows → assign
 *   → write registers → enable → payload sizes → ACS → virtual functions → view
 */
import type { Diagnostic } from '../../base/diagnostic.ts';
import { COMMAND } from '../config/header.ts';
import type { HostProcess } from '../pcie/requests.ts';
import { applyAcsPolicy } from './acsPolicy.ts';
import { claimFirmware } from './claimFirmware.ts';
import type { ConfigPlace } from './configRequests.ts';
import { configRead, during } from './configRequests.ts';
import { scanBuses } from './enumerateBuses.ts';
import type { EnumerateOptions } from './enumerateOptions.ts';
import { rootBusOf, sizingRulesOf } from './enumerateOptions.ts';
import type { NumberingContext } from './enumerateBuses.ts';
import { addVirtualFunctions } from './enumerateVirtual.ts';
import { initialiseExpress } from './expressPolicy.ts';
import type { FoundBus, FoundFunction } from './hostTree.ts';
import { functionsFrom } from './hostTree.ts';
import type { HostView } from './hostView.ts';
import { buildHostView } from './hostViewBuilder.ts';
import type { KernelParameters } from './kernelParameters.ts';
import { parseKernelParameters } from './kernelParameters.ts';
import { applyPayloadPolicy, setPayloadSizes } from './payloadPolicy.ts';
import { enableFunction, programBars, programWindows } from './programDevices.ts';
import { reassignUntilItFits } from './reallocate.ts';
import { assignBelow } from './windowAssignment.ts';
import { sizeWindowsBelow } from './windowSizing.ts';

export { runAtBoot } from './configRequests.ts';
export type { ConfigAccess } from './configRequests.ts';
export { enumerateOptionsOf } from './enumerateOptions.ts';
export type { EnumerateOptions, HostBridgeDescription, PayloadSettings } from './enumerateOptions.ts';

/**
 * Enumerates a machine: bus numbers, windows, BARs, enables, payload sizes, ACS.
 * @returns what software knows afterwards; what went wrong is in its `diagnostics`, in the kernel's words.
 * @spec enumeration reference, sections 2–6; semantics reference, 3.3 and 10
 */
export function* enumerate(options: EnumerateOptions): HostProcess<HostView> {
  const parameters = parseKernelParameters(options.kernelParameters);
  const context: NumberingContext = { parameters, diagnostics: [], firmware: new Map() };
  const startDrivers = options.startDrivers ?? options.start === 'cold';
  const roots: FoundBus[] = [];
  for (const [index, description] of options.hostBridges.entries()) {
    const root = rootBusOf(description, index);
    roots.push(root);
    yield* scanBuses(context, root, 0);
    yield* assignResources(context, root, options);
  }
  for (const root of roots) yield* startFunctions(root, options, parameters, startDrivers, context.diagnostics);
  return yield* buildHostView(roots, options, context.diagnostics);
}

/** Keeps what firmware left in the registers of everything that was found. */
export function* claimFound(context: NumberingContext, root: FoundBus): HostProcess<void> {
  const decoding = new Set<FoundFunction>();
  for (const entry of functionsFrom(root)) {
    const place = placeOf(entry);
    const command = yield* during('claimFirmware', place, configRead(place, COMMAND.offsetBytes, 2));
    if ((command & 0x3) !== 0) decoding.add(entry);
  }
  claimFirmware(root, context.firmware, (entry) => decoding.has(entry), context.diagnostics);
}

function placeOf(entry: FoundFunction): ConfigPlace {
  return { segment: entry.bus.segment, bdf: entry.bdf };
}

function* assignResources(context: NumberingContext, root: FoundBus, options: EnumerateOptions): HostProcess<void> {
  const functions = functionsFrom(root);
  if (options.start === 'firmware') yield* claimFound(context, root);
  const rules = sizingRulesOf(options);
  sizeWindowsBelow(root, rules);
  const problems: Diagnostic[] = [];
  assignBelow(root, problems);
  context.diagnostics.push(...(context.parameters.reallocate ? reassignUntilItFits(root, rules, problems) : problems));
  for (const entry of functions) {
    yield* programWindows(entry);
    yield* programBars(entry, context.diagnostics);
  }
}

function* startFunctions(
  root: FoundBus,
  options: EnumerateOptions,
  parameters: KernelParameters,
  startDrivers: boolean,
  diagnostics: Diagnostic[],
): HostProcess<void> {
  const functions = functionsFrom(root);
  if (startDrivers) {
    for (const entry of functions) yield* during('initialise', placeOf(entry), initialiseExpress(entry));
    yield* applyPayloadPolicy(root, parameters.payloadPolicy, diagnostics);
  }
  for (const entry of functions) {
    const place = placeOf(entry);
    yield* during('setAcs', place, applyAcsPolicy(entry, { asked: options.iommu !== 'off', parameters }));
    if (startDrivers && entry.kind !== 'hostBridge') yield* during('enable', place, enableFunction(entry, diagnostics));
    const settings = options.payloadSettings?.(entry.bus.segment, entry.bdf);
    if (settings !== undefined && entry.express !== undefined) {
      const write = setPayloadSizes({ entry, express: entry.express }, settings.mpsBytes, settings.mrrsBytes);
      yield* during('setSizes', place, write);
    }
  }
  yield* addVirtualFunctions(root);
}
