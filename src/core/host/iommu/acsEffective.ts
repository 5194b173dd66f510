/*
 * Whether the kernel takes a function as isolated from its peers. Not what its ACS control says alone: what a
 * function does not offer counts as hard-wired, and single functions have no peers inside their device.
 */
import { ACS_BITS } from '../../pcie/acs.ts';
import { functionOf } from '../../pcie/bdf.ts';
import type { HostFunction, HostView } from '../hostView.ts';
import { functionAt, upstreamBridgeOf } from '../p2pdma/chain.ts';

/** What grouping asks for: source validation, request redirect, completion redirect, upstream forwarding. */
export const GROUP_FLAGS =
  ACS_BITS.sourceValidation |
  ACS_BITS.p2pRequestRedirect |
  ACS_BITS.p2pCompletionRedirect |
  ACS_BITS.upstreamForwarding;

const INTEL = 0x8086;

/**
 * Root ports of Intel platform controller hubs without an ACS capability that isolate by registers of their own, which
 * the kernel sets when an IOMMU driver asks for ACS: first and last device ID of each family.
 * @spec Linux drivers/pci/quirks.c, pci_quirk_intel_pch_acs_ids
 */
const HUB_ROOT_PORTS: readonly (readonly [first: number, last: number])[] = [
  [0x3b42, 0x3b51],
  [0x1c10, 0x1c1f],
  [0x1d10, 0x1d1e],
  [0x1e10, 0x1e1f],
  [0x8c10, 0x8c1f],
  [0x8c90, 0x8c9e],
  [0x8d10, 0x8d1e],
  [0x9c10, 0x9c1b],
  [0x9c90, 0x9c9b],
];

/** True if the function shares its device with others. Virtual functions do not count as such. */
export function isInMultiFunctionDevice(fn: HostFunction): boolean {
  return fn.physicalFunction === undefined && (fn.multiFunction || functionOf(fn.bdf) > 0);
}

/**
 * The kernel's test "ACS is enabled" for a set of control bits.
 * @param flags bits 6:0 of the control register that must be in force.
 * @spec semantics reference A-9
 * @simplifies Of the quirks that answer in place of the capability only Intel's platform controller hubs are known.
 */
export function acsEffective(fn: HostFunction, flags: number): boolean {
  if (isHubRootPort(fn)) return (flags & ~GROUP_FLAGS) === 0;
  if (fn.pcieOffset === undefined) return false;
  switch (fn.kind) {
    case 'rootPort':
    case 'downstreamPort':
      return controlHas(fn, flags);
    case 'endpoint':
    case 'legacyEndpoint':
    case 'rcEndpoint':
    case 'upstreamPort':
    case 'hostBridge':
      return !isInMultiFunctionDevice(fn) || controlHas(fn, flags);
    case 'pcieToPciBridge':
    case 'pciToPcieBridge':
    case 'pciBridge':
    case 'pciDevice':
    case 'rcEventCollector':
      return false;
  }
}

function isHubRootPort(fn: HostFunction): boolean {
  return (
    fn.vendorId === INTEL &&
    fn.kind === 'rootPort' &&
    fn.acs === undefined &&
    HUB_ROOT_PORTS.some(([first, last]) => fn.deviceId >= first && fn.deviceId <= last)
  );
}

/** Flags that are not offered are taken as hard-wired on, egress control never is. */
function controlHas({ acs }: HostFunction, flags: number): boolean {
  if (acs === undefined) return false;
  const asked = flags & (acs.capability | ACS_BITS.p2pEgressControl);
  return (acs.control & asked) === asked;
}

/**
 * The test for a function and every bridge above it up to the root bus.
 * @spec semantics reference A-9
 */
export function pathEffective(view: HostView, index: number, flags: number): boolean {
  for (let next: number | undefined = index; next !== undefined; next = upstreamBridgeOf(view, next)) {
    if (!acsEffective(functionAt(view, next), flags)) return false;
  }
  return true;
}
