/*
 * What the kernel knows of a machine after enumeration: everything here was read through configuration
 * requests (and the firmware's description of its host bridges), nothing comes from a model or a document.
 */
import type { Bdf } from '../../base/units.ts';
import type { FunctionKind } from '../pcie/machineSpec.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';

export interface HostBar {
  readonly index: number;
  readonly space: 'memory' | 'io';
  readonly widthBits: 32 | 64;
  readonly prefetchable: boolean;
  readonly sizeBytes: number;
  /** Assigned bus address; undefined = not assigned. */
  readonly address: number | undefined;
}

export interface HostWindow {
  readonly base: number;
  readonly limit: number;
}

/** Access Control Services of a function, bits 6:0 of both registers. */
export interface HostAcs {
  /** Of the capability in configuration space. */
  readonly offset: number;
  readonly capability: number;
  readonly control: number;
  /** Bit n: requests to the peer port with device number n. 0 where egress control is not offered. Default 0. */
  readonly egressVector?: number;
}

export interface HostFunction {
  /** Index into {@link HostView.functions}. */
  readonly index: number;
  readonly segment: number;
  readonly bdf: Bdf;
  /** Index of the bridge that owns the bus this function sits on; undefined on a root bus. */
  readonly upstreamBridge: number | undefined;
  /** Index into {@link HostView.hostBridges}. */
  readonly hostBridge: number;
  /** From header type and the PCI Express capability's device/port type. */
  readonly kind: FunctionKind;
  readonly vendorId: number;
  readonly deviceId: number;
  readonly classCode: number;
  readonly headerType: 0 | 1;
  readonly multiFunction: boolean;
  readonly bars: readonly HostBar[];
  readonly buses: { readonly primary: number; readonly secondary: number; readonly subordinate: number } | undefined;
  readonly windows:
    | {
        readonly io: HostWindow | undefined;
        readonly memory: HostWindow | undefined;
        readonly prefetchable: HostWindow | undefined;
      }
    | undefined;
  readonly acs: HostAcs | undefined;
  /** Offset of the PCI Express capability; undefined on conventional functions. */
  readonly pcieOffset: number | undefined;
  readonly mpsBytes: number;
  readonly mpsSupportedBytes: number;
  readonly mrrsBytes: number;
  /** Bus of the physical function for a VF; the walk uses the PF's bus. */
  readonly physicalFunction: number | undefined;
}

export interface HostBridgeView {
  readonly segment: number;
  readonly rootBus: number;
  readonly lastBus: number;
  readonly numaNode: number;
}

export interface CpuView {
  readonly vendor: 'intel' | 'amd' | 'hygon' | 'other';
  readonly family: number;
}

export interface HostView {
  readonly hostBridges: readonly HostBridgeView[];
  /** Parents before children; siblings by device.function. */
  readonly functions: readonly HostFunction[];
  readonly cpu: CpuView;
  readonly iommu: 'off' | 'passThrough' | 'translate';
  /** What did not fit, was inconsistent, or surprised, in the kernel's order. */
  readonly diagnostics: readonly Diagnostic[];
}
