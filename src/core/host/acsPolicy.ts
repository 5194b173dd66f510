/*
 * What Linux writes into ACS control registers at boot.
 * Source: semantics reference A-1…A-6.
 */
import { ACS_LINUX_MASK, ACS_REDIRECT_MASK } from '../pcie/acs.ts';
import { busOf, deviceOf, functionOf } from '../pcie/bdf.ts';
import { ACS_CAPABILITY, ACS_CONTROL } from '../config/extendedCapabilities.ts';
import type { HostProcess } from '../pcie/requests.ts';
import { configRead, configWrite } from './configRequests.ts';
import type { FoundFunction } from './hostTree.ts';
import type { KernelParameters } from './kernelParameters.ts';

export interface AcsPolicy {
  /** An IOMMU driver asked for ACS: the IOMMU is on, pass-through included. */
  readonly asked: boolean;
  readonly parameters: KernelParameters;
}

/**
 * The value of a control register after boot.
 * @param firmware what it held, bits 6:0.
 * @spec semantics reference A-2…A-5
 */
export function acsControlAfterBoot(
  policy: AcsPolicy,
  capability: number,
  firmware: number,
  matches: (device: string) => boolean,
): number {
  let control = policy.asked ? firmware | (capability & ACS_LINUX_MASK) : firmware;
  if (policy.parameters.disableAcsRedirect.some(matches)) control = firmware & ~ACS_REDIRECT_MASK;
  const forced = policy.parameters.configureAcs.find((entry) => matches(entry.device));
  if (forced !== undefined) control = (firmware | forced.on) & ~forced.off;
  return control & capability;
}

interface PathStep {
  readonly device: number;
  readonly fn: number;
}

function stepFrom(text: string): PathStep | undefined {
  const match = /^([0-9a-f]{1,2})\.([0-7])$/i.exec(text);
  return match === null ? undefined : { device: Number.parseInt(match[1] ?? '', 16), fn: Number(match[2]) };
}

/**
 * Whether a function is the `<dev>` of a kernel parameter: `[domain:]bus:dev.fn[/dev.fn…]` or
 * `pci:vendor:device[:subvendor:subdevice]` with 0 = any.
 * @param subsystem vendor and device of the subsystem, as the function reads them.
 */
export function matchesDevice(
  text: string,
  entry: FoundFunction,
  subsystem: { readonly vendorId: number; readonly deviceId: number },
): boolean {
  if (text.startsWith('pci:')) return matchesIdentity(text.slice(4), entry, subsystem);
  const [first = '', ...rest] = text.split('/');
  const match = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2}\.[0-7])$/i.exec(first);
  if (match === null) return false;
  const steps = [match[3] ?? '', ...rest].map(stepFrom);
  let current: FoundFunction | undefined = entry;
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index];
    if (current === undefined || step === undefined) return false;
    if (deviceOf(current.bdf) !== step.device || functionOf(current.bdf) !== step.fn) return false;
    if (index > 0) current = current.bus.bridge;
  }
  const segment = match[1] === undefined ? 0 : Number.parseInt(match[1], 16);
  return (
    current !== undefined &&
    current.bus.segment === segment &&
    busOf(current.bdf) === Number.parseInt(match[2] ?? '', 16)
  );
}

function matchesIdentity(
  text: string,
  entry: FoundFunction,
  subsystem: { readonly vendorId: number; readonly deviceId: number },
): boolean {
  const wanted = text.split(':').map((part) => Number.parseInt(part, 16));
  const own = [entry.vendorId, entry.deviceId, subsystem.vendorId, subsystem.deviceId];
  if (wanted.length < 2 || wanted.length > 4 || wanted.some((value) => Number.isNaN(value))) return false;
  return wanted.every((value, index) => value === 0 || value === own[index]);
}

const SUBSYSTEM_OFFSET = 0x2c;

/** Applies the policy to one function, if it has ACS. */
export function* applyAcsPolicy(entry: FoundFunction, policy: AcsPolicy): HostProcess<void> {
  if (entry.acs === undefined) return;
  const place = { segment: entry.bus.segment, bdf: entry.bdf };
  const capability = (yield* configRead(place, entry.acs + ACS_CAPABILITY.offsetBytes, 2)) & 0x7f;
  const firmware = (yield* configRead(place, entry.acs + ACS_CONTROL.offsetBytes, 2)) & 0x7f;
  const ids = entry.headerType === 0 ? yield* configRead(place, SUBSYSTEM_OFFSET, 4) : 0;
  const subsystem = { vendorId: ids % 2 ** 16, deviceId: Math.floor(ids / 2 ** 16) };
  const control = acsControlAfterBoot(policy, capability, firmware, (device) =>
    matchesDevice(device, entry, subsystem),
  );
  if (control !== firmware) yield* configWrite(place, entry.acs + ACS_CONTROL.offsetBytes, 2, control);
}
