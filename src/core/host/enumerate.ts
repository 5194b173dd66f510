/*
 * Enumeration: from "there are host bridges" to a HostView, through configuration requests only.
 *
 *   find functions, number buses → size BARs → claim what firmware left → size windows → assign
 *   → write registers → enable → payload sizes → ACS → virtual functions → view
 */
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Bdf } from '../../base/units.ts';
import { COMMAND } from '../config/header.ts';
import type { MachineSpec } from '../pcie/machineSpec.ts';
import type { HostProcess } from '../pcie/requests.ts';
import type { RootWindow } from '../pcie/rootWindows.ts';
import { rootWindows } from '../pcie/rootWindows.ts';
import { applyAcsPolicy } from './acsPolicy.ts';
import { AddressSpace } from './addressSpace.ts';
import { claimFirmware } from './claimFirmware.ts';
import { configRead } from './configRequests.ts';
import { scanBuses } from './enumerateBuses.ts';
import type { NumberingContext } from './enumerateBuses.ts';
import { addVirtualFunctions } from './enumerateVirtual.ts';
import { initialiseExpress } from './expressPolicy.ts';
import type { FoundBus, FoundFunction } from './hostTree.ts';
import { functionsFrom } from './hostTree.ts';
import type { CpuView, HostView } from './hostView.ts';
import { buildHostView } from './hostViewBuilder.ts';
import type { KernelParameters } from './kernelParameters.ts';
import { parseKernelParameters } from './kernelParameters.ts';
import { applyPayloadPolicy, setPayloadSizes } from './payloadPolicy.ts';
import { enableFunction, programBars, programWindows } from './programDevices.ts';
import { reassignUntilItFits } from './reallocate.ts';
import { assignBelow } from './windowAssignment.ts';
import type { SizingVariant, WindowRule } from './windowSizing.ts';
import { sizeWindowsBelow } from './windowSizing.ts';

export { runAtBoot } from './configRequests.ts';
export type { ConfigAccess } from './configRequests.ts';

/** What firmware tells software about a host bridge; it cannot be found by scanning (N-10). */
export interface HostBridgeDescription {
  readonly segment: number;
  readonly rootBus: number;
  readonly lastBus: number;
  readonly numaNode: number;
  /** In the order of the firmware's tables. */
  readonly windows: readonly RootWindow[];
}

/** Payload sizes an administrator sets after boot; undefined leaves one alone. */
export interface PayloadSettings {
  readonly mpsBytes?: number;
  readonly mrrsBytes?: number;
}

export interface EnumerateOptions {
  readonly hostBridges: readonly HostBridgeDescription[];
  /** cold: number and assign everything. firmware: keep what is consistent (N-3, X-9). */
  readonly start: 'cold' | 'firmware';
  readonly windowRule: WindowRule;
  /** Default `v7`: the reference's own rules. */
  readonly sizingVariant?: SizingVariant;
  readonly cpu: CpuView;
  readonly iommu: HostView['iommu'];
  readonly kernelParameters?: readonly string[];
  /**
   * Whether drivers start on all functions (decoding and bus mastering on, error reporting, payload policy).
   * Default: yes after a cold start; no where firmware or a dump already says how each function was left.
   */
  readonly startDrivers?: boolean;
  /** Asked for every function once it has its number: the sizes it shall run with. */
  readonly payloadSettings?: (segment: number, bdf: Bdf) => PayloadSettings | undefined;
}

/** Options for a machine as described: its host bridges' windows, CPU, IOMMU and command line. */
export function enumerateOptionsOf(machine: MachineSpec): EnumerateOptions {
  const windows = rootWindows(machine.hostBridges);
  const { cpu, iommu, kernelParameters } = machine.host;
  return {
    hostBridges: machine.hostBridges.map(({ segment, rootBus, lastBus, numaNode }, index) => ({
      segment,
      rootBus,
      lastBus,
      numaNode,
      windows: windows[index] ?? [],
    })),
    start: machine.start,
    windowRule: machine.windowRule,
    cpu: { vendor: cpu.vendor, family: cpu.family },
    iommu,
    ...(kernelParameters === undefined ? {} : { kernelParameters }),
  };
}

function rootBusOf(description: HostBridgeDescription, index: number): FoundBus {
  return {
    segment: description.segment,
    hostBridge: index,
    number: description.rootBus,
    end: description.lastBus,
    bridge: undefined,
    functions: [],
    rootSpaces: description.windows.map(
      ({ space, base, limit }) => new AddressSpace({ base, limit }, { space, prefetchable: false, is64: false }),
    ),
  };
}

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

function* assignResources(context: NumberingContext, root: FoundBus, options: EnumerateOptions): HostProcess<void> {
  const functions = functionsFrom(root);
  if (options.start === 'firmware') {
    const decoding = new Set<FoundFunction>();
    for (const entry of functions) {
      const command = yield* configRead({ segment: entry.bus.segment, bdf: entry.bdf }, COMMAND.offsetBytes, 2);
      if ((command & 0x3) !== 0) decoding.add(entry);
    }
    claimFirmware(root, context.firmware, (entry) => decoding.has(entry), context.diagnostics);
  }
  const rules = {
    windowRule: options.windowRule,
    variant: options.sizingVariant ?? 'v7',
    parameters: context.parameters,
  };
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
    for (const entry of functions) yield* initialiseExpress(entry);
    yield* applyPayloadPolicy(root, parameters.payloadPolicy, diagnostics);
  }
  for (const entry of functions) {
    yield* applyAcsPolicy(entry, { asked: options.iommu !== 'off', parameters });
    if (startDrivers && entry.kind !== 'hostBridge') yield* enableFunction(entry, diagnostics);
    const settings = options.payloadSettings?.(entry.bus.segment, entry.bdf);
    if (settings !== undefined && entry.express !== undefined) {
      yield* setPayloadSizes({ entry, express: entry.express }, settings.mpsBytes, settings.mrrsBytes);
    }
  }
  yield* addVirtualFunctions(root);
}
