/*
 * Max_Payload_Size and Max_Read_Request_Size as Linux sets them.
 * Source: semantics reference, section 10.
 */
import type { Diagnostic } from '../../base/diagnostic.ts';
import {
  DEVICE_CAPABILITIES,
  DEVICE_CONTROL,
  payloadSizeCode,
  payloadSizeFromCode,
} from '../config/expressCapability.ts';
import { extractField, insertFields } from '../config/register.ts';
import type { HostProcess } from '../pcie/requests.ts';
import { configRead, configWrite, during } from './configRequests.ts';
import { logLine } from './hostDiagnostics.ts';
import type { FoundBus, FoundFunction } from './hostTree.ts';
import { functionsFrom } from './hostTree.ts';
import type { PayloadPolicy } from './kernelParameters.ts';

const SMALLEST_BYTES = 128;

/** A function with the PCI Express capability. */
interface ExpressFunction {
  readonly entry: FoundFunction;
  readonly express: number;
}

function expressOf(entry: FoundFunction | undefined): ExpressFunction | undefined {
  return entry?.express === undefined ? undefined : { entry, express: entry.express };
}

/** What Device Capabilities allow. */
export function* mpsSupported(owner: ExpressFunction): HostProcess<number> {
  const place = { segment: owner.entry.bus.segment, bdf: owner.entry.bdf };
  const value = yield* configRead(place, owner.express + DEVICE_CAPABILITIES.offsetBytes, 4);
  return payloadSizeFromCode(extractField(DEVICE_CAPABILITIES, 'maxPayloadSizeSupported', value));
}

function* readControl(owner: ExpressFunction): HostProcess<number> {
  const place = { segment: owner.entry.bus.segment, bdf: owner.entry.bdf };
  return yield* configRead(place, owner.express + DEVICE_CONTROL.offsetBytes, 2);
}

/** Writes Device Control fields, if they differ. Sizes in bytes; undefined leaves one alone. */
export function* setPayloadSizes(
  owner: ExpressFunction,
  mpsBytes: number | undefined,
  mrrsBytes: number | undefined,
): HostProcess<void> {
  const place = { segment: owner.entry.bus.segment, bdf: owner.entry.bdf };
  const now = yield* readControl(owner);
  const wanted = insertFields(DEVICE_CONTROL, now, {
    ...(mpsBytes === undefined ? {} : { maxPayloadSize: payloadSizeCode(mpsBytes) }),
    ...(mrrsBytes === undefined ? {} : { maxReadRequestSize: payloadSizeCode(mrrsBytes) }),
  });
  if (wanted !== now) yield* configWrite(place, owner.express + DEVICE_CONTROL.offsetBytes, 2, wanted);
}

function* mpsOf(owner: ExpressFunction): HostProcess<number> {
  return payloadSizeFromCode(extractField(DEVICE_CONTROL, 'maxPayloadSize', yield* readControl(owner)));
}

/** Each new function takes over its upstream bridge's MPS; a root port is lowered to a function that can do less. */
function* configureNewFunction(owner: ExpressFunction, diagnostics: Diagnostic[]): HostProcess<void> {
  const { entry } = owner;
  const supported = yield* mpsSupported(owner);
  if (entry.kind === 'rcEndpoint') {
    yield* setPayloadSizes(owner, supported, undefined);
    return;
  }
  const bridge = expressOf(entry.bus.bridge);
  if (bridge === undefined) return;
  let wanted = yield* mpsOf(bridge);
  if ((yield* mpsOf(owner)) === wanted) return;
  if (supported < wanted && bridge.entry.kind === 'rootPort') {
    yield* setPayloadSizes(bridge, supported, undefined);
    wanted = supported;
  }
  if (supported < wanted) {
    const text = `can't set Max Payload Size to ${wanted}; if necessary, use "pci=pcie_bus_safe" and report a bug`;
    diagnostics.push(logLine('PAYLOAD_SIZE_MISMATCH', 'warning', entry, text));
    return;
  }
  yield* setPayloadSizes(owner, wanted, undefined);
}

function* warnOnMismatch(owner: ExpressFunction, diagnostics: Diagnostic[]): HostProcess<void> {
  const bridge = expressOf(owner.entry.bus.bridge);
  if (bridge === undefined) return;
  const [own, above] = [yield* mpsOf(owner), yield* mpsOf(bridge)];
  if (own === above) return;
  const text = `Max Payload Size ${own}, but upstream ${logName(bridge.entry)} set to ${above}; if necessary, use "pci=pcie_bus_safe" and report a bug`;
  diagnostics.push(logLine('PAYLOAD_SIZE_MISMATCH', 'warning', owner.entry, text));
}

function logName(entry: FoundFunction): string {
  return entry.kind === 'rootPort' ? 'root port' : 'bridge';
}

/** `safe`: everything below a root port gets what all of it supports; 128 if a hot-plug port other than the root port is inside. */
function* configureSafely(port: ExpressFunction, below: readonly ExpressFunction[]): HostProcess<void> {
  let smallest = yield* mpsSupported(port);
  for (const owner of below) {
    smallest = Math.min(smallest, yield* mpsSupported(owner));
    if (owner.entry.bridge?.hotPlug === true) smallest = SMALLEST_BYTES;
  }
  for (const owner of [port, ...below]) yield* setPayloadSizes(owner, smallest, undefined);
}

/** `performance`: top down, the smaller of a function's own maximum and its parent's setting; MRRS = MPS. */
function* configureForPerformance(owner: ExpressFunction): HostProcess<void> {
  const bridge = expressOf(owner.entry.bus.bridge);
  const own = yield* mpsSupported(owner);
  const mps = bridge === undefined ? own : Math.min(own, yield* mpsOf(bridge));
  yield* setPayloadSizes(owner, mps, mps);
}

function under(owner: ExpressFunction, process: HostProcess<void>): HostProcess<void> {
  return during('setPayload', { segment: owner.entry.bus.segment, bdf: owner.entry.bdf }, process);
}

/** What is done with each function when it is found. */
function* configureByPolicy(
  owner: ExpressFunction,
  policy: PayloadPolicy,
  diagnostics: Diagnostic[],
): HostProcess<void> {
  if (policy === 'tuneOff') yield* warnOnMismatch(owner, diagnostics);
  else if (policy === 'peerToPeer') yield* setPayloadSizes(owner, SMALLEST_BYTES, undefined);
  else yield* configureNewFunction(owner, diagnostics);
}

/**
 * Applies a policy to everything on and below a root bus.
 * @spec semantics reference, section 10
 */
export function* applyPayloadPolicy(
  root: FoundBus,
  policy: PayloadPolicy,
  diagnostics: Diagnostic[],
): HostProcess<void> {
  const all = functionsFrom(root).flatMap((entry) => expressOf(entry) ?? []);
  for (const owner of all) {
    yield* under(owner, configureByPolicy(owner, policy, diagnostics));
  }
  if (policy !== 'safe' && policy !== 'performance') return;
  for (const port of root.functions.flatMap((entry) => (entry.kind === 'rootPort' ? (expressOf(entry) ?? []) : []))) {
    const child = port.entry.bridge?.child;
    const below = child === undefined ? [] : functionsFrom(child).flatMap((entry) => expressOf(entry) ?? []);
    if (policy === 'safe') yield* under(port, configureSafely(port, below));
    else for (const owner of [port, ...below]) yield* under(owner, configureForPerformance(owner));
  }
}
