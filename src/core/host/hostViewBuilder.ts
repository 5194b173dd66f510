/*
 * From the tree that enumeration built to the view that the rest of the host works on. Register values are
 * read once more, so that the view says what is, not what was meant.
 */
import { invariant } from '../../base/invariant.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import { ACS_CAPABILITY, ACS_CONTROL } from '../config/extendedCapabilities.ts';
import { DEVICE_CAPABILITIES, DEVICE_CONTROL, payloadSizeFromCode } from '../config/expressCapability.ts';
import { extractField } from '../config/register.ts';
import type { HostProcess } from '../pcie/requests.ts';
import { configRead } from './configRequests.ts';
import type { EnumerateOptions } from './enumerateOptions.ts';
import type { FoundBus, FoundFunction, Resource } from './hostTree.ts';
import { RESOURCE_SLOT, functionsFrom } from './hostTree.ts';
import type { HostBar, HostFunction, HostView } from './hostView.ts';
import { rangeOf } from './programDevices.ts';

const CONVENTIONAL_BYTES = 128;

function barOf(entry: Resource): HostBar {
  return {
    index: entry.slot,
    space: entry.space,
    widthBits: entry.is64 ? 64 : 32,
    prefetchable: entry.prefetchable,
    sizeBytes: entry.sizeBytes,
    address: entry.address,
  };
}

/** A virtual function's part of its physical function's VF BARs. */
function virtualBarsOf(found: FoundFunction): readonly HostBar[] {
  const physical = found.physical;
  if (physical === undefined) return [];
  return physical.resources
    .filter((entry) => entry.kind === 'virtualBar')
    .map((entry) => ({
      ...barOf(entry),
      index: entry.slot - RESOURCE_SLOT.virtualBar,
      // The alignment of the whole is the size of one.
      sizeBytes: entry.alignment,
      address: entry.address === undefined ? undefined : entry.address + found.virtualIndex * entry.alignment,
    }));
}

function* readAcs(found: FoundFunction): HostProcess<HostFunction['acs']> {
  if (found.acs === undefined) return undefined;
  const place = { segment: found.bus.segment, bdf: found.bdf };
  return {
    offset: found.acs,
    capability: (yield* configRead(place, found.acs + ACS_CAPABILITY.offsetBytes, 2)) & 0x7f,
    control: (yield* configRead(place, found.acs + ACS_CONTROL.offsetBytes, 2)) & 0x7f,
  };
}

function* readPayload(
  found: FoundFunction,
): HostProcess<Pick<HostFunction, 'mpsBytes' | 'mpsSupportedBytes' | 'mrrsBytes'>> {
  if (found.express === undefined) {
    return { mpsBytes: CONVENTIONAL_BYTES, mpsSupportedBytes: CONVENTIONAL_BYTES, mrrsBytes: CONVENTIONAL_BYTES };
  }
  const place = { segment: found.bus.segment, bdf: found.bdf };
  const control = yield* configRead(place, found.express + DEVICE_CONTROL.offsetBytes, 2);
  const capabilities = yield* configRead(place, found.express + DEVICE_CAPABILITIES.offsetBytes, 4);
  return {
    mpsBytes: payloadSizeFromCode(extractField(DEVICE_CONTROL, 'maxPayloadSize', control)),
    mpsSupportedBytes: payloadSizeFromCode(extractField(DEVICE_CAPABILITIES, 'maxPayloadSizeSupported', capabilities)),
    mrrsBytes: payloadSizeFromCode(extractField(DEVICE_CONTROL, 'maxReadRequestSize', control)),
  };
}

function bridgePart(found: FoundFunction): Pick<HostFunction, 'buses' | 'windows'> {
  const state = found.bridge;
  if (state === undefined) return { buses: undefined, windows: undefined };
  const { primary, secondary, subordinate } = state;
  return {
    buses: state.child === undefined ? undefined : { primary, secondary, subordinate },
    windows: {
      io: state.io === undefined ? undefined : rangeOf(state.io),
      memory: rangeOf(state.memory),
      prefetchable: state.prefetchable === undefined ? undefined : rangeOf(state.prefetchable),
    },
  };
}

/** Reads what is left to read and makes the view. */
export function* buildHostView(
  roots: readonly FoundBus[],
  options: EnumerateOptions,
  diagnostics: readonly Diagnostic[],
): HostProcess<HostView> {
  const all = roots.flatMap((root) => functionsFrom(root));
  const indexOf = new Map(all.map((found, index) => [found, index]));
  const position = (found: FoundFunction | undefined): number | undefined => {
    if (found === undefined) return undefined;
    const index = indexOf.get(found);
    invariant(index !== undefined, () => `a function that is not in the tree`);
    return index;
  };
  const functions: HostFunction[] = [];
  for (const [index, found] of all.entries()) {
    functions.push({
      index,
      segment: found.bus.segment,
      bdf: found.bdf,
      upstreamBridge: position(found.bus.bridge),
      hostBridge: found.bus.hostBridge,
      kind: found.kind,
      vendorId: found.vendorId,
      deviceId: found.deviceId,
      classCode: found.classCode,
      headerType: found.headerType,
      multiFunction: found.multiFunction,
      bars:
        found.physical === undefined
          ? found.resources.filter((entry) => entry.kind === 'bar').map(barOf)
          : virtualBarsOf(found),
      ...bridgePart(found),
      acs: yield* readAcs(found),
      pcieOffset: found.express,
      ...(yield* readPayload(found)),
      physicalFunction: position(found.physical),
    });
  }
  return {
    hostBridges: options.hostBridges.map(({ segment, rootBus, lastBus, numaNode }) => ({
      segment,
      rootBus,
      lastBus,
      numaNode,
    })),
    functions,
    cpu: options.cpu,
    iommu: options.iommu,
    diagnostics,
  };
}
