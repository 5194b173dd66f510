/*
 * Which root complexes the kernel believes to forward between their ports: a CPU test that needs no list,
 * and a list of host bridges by the vendor:device of a representative function.
 * Facts: semantics reference, sections 1.3 and 1.4.
 */
import { hex } from '../../../base/bits.ts';
import { segmentBdfText } from '../../pcie/bdf.ts';
import type { CpuView, HostFunction, HostView } from '../hostView.ts';
import { functionAt } from './chain.ts';

/** One row of the whitelist. */
export interface WhitelistEntry {
  readonly vendorId: number;
  /** Undefined = any device of this vendor. */
  readonly deviceId: number | undefined;
  readonly platform: string;
  /** The entry holds only for peers below the same host bridge. */
  readonly sameOnly: boolean;
}

const INTEL = 0x8086;
const GOOGLE = 0x1ae0;

const entry = (
  vendorId: number,
  deviceId: number | undefined,
  platform: string,
  sameOnly: boolean,
): WhitelistEntry => ({
  vendorId,
  deviceId,
  platform,
  sameOnly,
});

/** @spec semantics reference, section 1.4 */
export const HOST_BRIDGE_WHITELIST: readonly WhitelistEntry[] = [
  entry(INTEL, 0x3c00, 'Xeon E5 / Core i7 (Sandy Bridge-E)', true),
  entry(INTEL, 0x3c01, 'Xeon E5 / Core i7 (Sandy Bridge-E)', true),
  entry(INTEL, 0x2f00, 'Xeon E7 v3 / E5 v3 (Haswell)', true),
  entry(INTEL, 0x2f01, 'Xeon E7 v3 / E5 v3 (Haswell)', true),
  entry(INTEL, 0x2030, 'Skylake-E root port', false),
  entry(INTEL, 0x2031, 'Skylake-E root port', false),
  entry(INTEL, 0x2032, 'Skylake-E root port', false),
  entry(INTEL, 0x2033, 'Skylake-E root port', false),
  entry(INTEL, 0x2020, 'Skylake-E', false),
  entry(INTEL, 0x09a2, 'Ice Lake / Sapphire Rapids class', false),
  entry(GOOGLE, undefined, 'Google SoC', false),
];

/** AMD families from here on (Zen) are trusted as a whole. */
export const ZEN_FAMILY = 0x17;

/**
 * The CPU test: looks at CPU 0 only, at no PCI device, and covers every host bridge of the machine.
 * Hygon and every other vendor fail.
 * @spec semantics reference D-15, D-16
 */
export function cpuRulePasses(cpu: CpuView): boolean {
  return cpu.vendor === 'amd' && cpu.family >= ZEN_FAMILY;
}

/**
 * Index of the function that stands for a host bridge: the first device on its root bus, if it is at
 * 00.0 or is a root port.
 * @spec semantics reference D-17
 */
export function representativeOf(view: HostView, hostBridge: number): number | undefined {
  let first: HostFunction | undefined;
  for (const fn of view.functions) {
    if (fn.hostBridge !== hostBridge || fn.upstreamBridge !== undefined || fn.physicalFunction !== undefined) continue;
    if (first === undefined || fn.bdf < first.bdf) first = fn;
  }
  if (first === undefined) return undefined;
  return (first.bdf & 0xff) === 0 || first.kind === 'rootPort' ? first.index : undefined;
}

/** The whitelist row for one host bridge, with the function it was looked up by. */
export interface WhitelistLookup {
  readonly hostBridge: number;
  /** Index of the representative function; undefined when D-17 accepts none. */
  readonly representative: number | undefined;
  readonly entry: WhitelistEntry | undefined;
}

/** @spec semantics reference D-17, D-18 */
export function lookUpHostBridge(view: HostView, hostBridge: number): WhitelistLookup {
  const representative = representativeOf(view, hostBridge);
  if (representative === undefined) return { hostBridge, representative, entry: undefined };
  const { vendorId, deviceId } = functionAt(view, representative);
  const found = HOST_BRIDGE_WHITELIST.find(
    (row) => row.vendorId === vendorId && (row.deviceId === undefined || row.deviceId === deviceId),
  );
  return { hostBridge, representative, entry: found };
}

/** The answer of the whitelist for a pair, with everything it looked at. */
export interface WhitelistAnswer {
  /** One element when both functions are below one host bridge, else two: the provider's first. */
  readonly lookups: readonly WhitelistLookup[];
  readonly passes: boolean;
}

/**
 * One host bridge: it must be listed. Two: both must be, without the flag *same*.
 * @spec semantics reference D-19
 */
export function whitelistAnswer(view: HostView, providerBridge: number, clientBridge: number): WhitelistAnswer {
  const first = lookUpHostBridge(view, providerBridge);
  if (providerBridge === clientBridge) return { lookups: [first], passes: first.entry !== undefined };
  const lookups = [first, lookUpHostBridge(view, clientBridge)];
  return { lookups, passes: lookups.every((lookup) => lookup.entry !== undefined && !lookup.entry.sameOnly) };
}

/** `8086:29c0` */
export function identityText(fn: HostFunction): string {
  return `${hex(fn.vendorId, 4)}:${hex(fn.deviceId, 4)}`;
}

/** `0000:00:00.0` */
export function bdfTextOf(fn: HostFunction): string {
  return segmentBdfText(fn.segment, fn.bdf);
}
