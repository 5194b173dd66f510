/*
 * What enumeration is told: the firmware's description of the host bridges, and the kernel's settings.
 */
import type { Bdf } from '../../base/units.ts';
import type { MachineSpec } from '../pcie/machineSpec.ts';
import type { RootWindow } from '../pcie/rootWindows.ts';
import { rootWindows } from '../pcie/rootWindows.ts';
import { AddressSpace } from './addressSpace.ts';
import type { FoundBus } from './hostTree.ts';
import type { CpuView, HostView } from './hostView.ts';
import { parseKernelParameters } from './kernelParameters.ts';
import type { SizingRules, SizingVariant, WindowRule } from './windowSizing.ts';

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

/** An empty root bus with the windows of its host bridge. */
export function rootBusOf(description: HostBridgeDescription, index: number): FoundBus {
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

/** How windows are sized under these options. */
export function sizingRulesOf(options: EnumerateOptions): SizingRules {
  return {
    windowRule: options.windowRule,
    variant: options.sizingVariant ?? 'v7',
    parameters: parseKernelParameters(options.kernelParameters),
  };
}
