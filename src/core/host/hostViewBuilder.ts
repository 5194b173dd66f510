/*
 * From the tree that enumeration built to the view that the rest of the host works on. Register values are
 * read once more, so that the view says what is, not what was meant.
 */
import { invariant } from '../../base/invariant.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import { ACS_CAPABILITY, ACS_CONTROL, ACS_EGRESS_VECTOR } from '../config/extendedCapabilities.ts';
import { DEVICE_CAPABILITIES, DEVICE_CONTROL, payloadSizeFromCode } from '../config/expressCapability.ts';
import { extractField } from '../config/register.ts';
import { ACS_BITS } from '../pcie/acs.ts';
import type { HostProcess } from '../pcie/requests.ts';
import { configRead, during } from './configRequests.ts';
import type { EnumerateOptions } from './enumerateOptions.ts';
import type { FoundBus, FoundFunction, Resource } from './hostTree.ts';
import { RESOURCE_SLOT, functionsFrom } from './hostTree.ts';
import type { HostAcs, HostBar, HostFunction, HostView } from './hostView.ts';
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
  return yield* acsAt({ segment: found.bus.segment, bdf: found.bdf }, found.acs);
}

/** Reads the ACS registers of a function as they are now. */
function* acsAt(place: Pick<HostFunction, 'segment' | 'bdf'>, offset: number): HostProcess<HostAcs> {
  const capability = (yield* configRead(place, offset + ACS_CAPABILITY.offsetBytes, 2)) & 0x7f;
  const control = (yield* configRead(place, offset + ACS_CONTROL.offsetBytes, 2)) & 0x7f;
  if ((capability & ACS_BITS.p2pEgressControl) === 0) return { offset, capability, control };
  return {
    offset,
    capability,
    control,
    egressVector: yield* configRead(place, offset + ACS_EGRESS_VECTOR.offsetBytes, 4),
  };
}

/**
 * The view with ACS registers as they are now: they may have been written since boot.
 * @spec semantics reference D-10 (a query recomputes)
 */
export function* withCurrentAcs(view: HostView): HostProcess<HostView> {
  const functions: HostFunction[] = [];
  for (const fn of view.functions) {
    functions.push(fn.acs === undefined ? fn : { ...fn, acs: yield* acsAt(fn, fn.acs.offset) });
  }
  return { ...view, functions };
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
    const place = { segment: found.bus.segment, bdf: found.bdf };
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
      acs: yield* during('readBack', place, readAcs(found)),
      pcieOffset: found.express,
      ...(yield* during('readBack', place, readPayload(found))),
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
