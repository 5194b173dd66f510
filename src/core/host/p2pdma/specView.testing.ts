/*
 * For tests only: what a host would see of a machine, built from the description without enumerating anything.
 * Bus numbers are given depth first; BARs and windows stay unassigned. The other view, through configuration
 * reads, is compared with this one.
 */
import { bdf } from '../../pcie/bdf.ts';
import type { FunctionKind, FunctionSpec, MachineSpec } from '../../pcie/machineSpec.ts';
import type { HostFunction, HostView } from '../hostView.ts';

const BRIDGES: readonly FunctionKind[] = [
  'rootPort',
  'upstreamPort',
  'downstreamPort',
  'pcieToPciBridge',
  'pciToPcieBridge',
  'pciBridge',
];

/** Offset at which the ACS capability is said to be. */
const ACS_OFFSET = 0x148;

export function viewOfSpec(spec: MachineSpec): HostView {
  const functions: HostFunction[] = [];
  const indexOf = new Map<string, number>();
  spec.hostBridges.forEach((bridge, hostBridge) => {
    let lastBus = bridge.rootBus;
    const addBus = (parent: string, bus: number, upstreamBridge: number | undefined): void => {
      const onBus = spec.functions
        .filter((fn) => fn.parent === parent)
        .sort((a, b) => a.device - b.device || a.fn - b.fn);
      const first = functions.length;
      for (const fn of onBus) {
        indexOf.set(fn.id, functions.length);
        functions.push(
          functionOf({
            fn,
            bus,
            segment: bridge.segment,
            upstreamBridge,
            hostBridge,
            index: functions.length,
            indexOf,
          }),
        );
      }
      onBus.forEach((fn, offset) => {
        if (!BRIDGES.includes(fn.kind)) return;
        const index = first + offset;
        lastBus += 1;
        const secondary = lastBus;
        addBus(fn.id, secondary, index);
        const known = functions[index];
        if (known !== undefined) {
          functions[index] = { ...known, buses: { primary: bus, secondary, subordinate: lastBus } };
        }
      });
    };
    addBus(bridge.id, bridge.rootBus, undefined);
  });
  for (const [index, fn] of functions.entries()) {
    const hasSibling = functions.some(
      (other) =>
        other !== fn &&
        other.physicalFunction === undefined &&
        other.segment === fn.segment &&
        other.bdf >> 3 === fn.bdf >> 3,
    );
    functions[index] = { ...fn, multiFunction: fn.physicalFunction === undefined && hasSibling };
  }
  return {
    hostBridges: spec.hostBridges.map(({ segment, rootBus, lastBus, numaNode }) => ({
      segment,
      rootBus,
      lastBus,
      numaNode,
    })),
    functions,
    cpu: { vendor: spec.host.cpu.vendor, family: spec.host.cpu.family },
    iommu: spec.host.iommu,
    diagnostics: [],
  };
}

function functionOf(place: {
  readonly fn: FunctionSpec;
  readonly bus: number;
  readonly segment: number;
  readonly upstreamBridge: number | undefined;
  readonly hostBridge: number;
  readonly index: number;
  readonly indexOf: ReadonlyMap<string, number>;
}): HostFunction {
  const { fn, bus, segment, upstreamBridge, hostBridge, index, indexOf } = place;
  const isBridge = BRIDGES.includes(fn.kind);
  return {
    index,
    segment,
    bdf: bdf(bus, fn.device, fn.fn),
    upstreamBridge,
    hostBridge,
    kind: fn.kind,
    vendorId: fn.identity.vendorId,
    deviceId: fn.identity.deviceId,
    classCode: fn.identity.classCode,
    headerType: isBridge ? 1 : 0,
    multiFunction: false,
    bars: fn.bars.map((bar) => ({ ...bar, address: undefined })),
    buses: undefined,
    windows: isBridge ? { io: undefined, memory: undefined, prefetchable: undefined } : undefined,
    acs: fn.acs === undefined ? undefined : { offset: ACS_OFFSET, ...fn.acs },
    pcieOffset: 0x80,
    mpsBytes: 128,
    mpsSupportedBytes: 256,
    mrrsBytes: 512,
    physicalFunction: fn.virtualFunctionOf === undefined ? undefined : indexOf.get(fn.virtualFunctionOf),
  };
}
