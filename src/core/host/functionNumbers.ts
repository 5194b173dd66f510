/*
 * Which device and function numbers of a bus are tried, and in which order.
 * Source: enumeration reference, section 2.
 */
import { at } from '../../base/invariant.ts';
import { bdf } from '../pcie/bdf.ts';
import { DEVICE_CAPABILITIES_2, DEVICE_CONTROL_2 } from '../config/expressCapability.ts';
import { ARI_CAPABILITY } from '../config/extendedCapabilities.ts';
import { extractField, insertFields } from '../config/register.ts';
import type { FunctionKind } from '../pcie/machineSpec.ts';
import type { HostProcess } from '../pcie/requests.ts';
import { configRead, configWrite, during } from './configRequests.ts';
import type { NumberingContext } from './enumerateBuses.ts';
import { readFunction, readIdentity } from './enumerateFunction.ts';
import type { FoundBus, FoundFunction } from './hostTree.ts';

const DEVICES = 32;
const FUNCTIONS = 8;
/** Below these only device 0 exists (F-1). */
const SINGLE_DEVICE_BELOW: ReadonlySet<FunctionKind> = new Set<FunctionKind>([
  'rootPort',
  'downstreamPort',
  'pciToPcieBridge',
]);

/** Fills `bus.functions` in ascending device and function order (F-5). */
export function* findInAscendingOrder(context: NumberingContext, bus: FoundBus): HostProcess<void> {
  const single = bus.bridge !== undefined && SINGLE_DEVICE_BELOW.has(bus.bridge.kind);
  for (let device = 0; device < (single ? 1 : DEVICES); device++) {
    const first = yield* tryFunction(context, bus, device * FUNCTIONS);
    if (first === undefined) continue;
    if (single && (yield* mayFollowAri(bus, first))) yield* followAriChain(context, bus, first);
    else if (first.multiFunction) {
      for (let fn = 1; fn < FUNCTIONS; fn++) yield* tryFunction(context, bus, device * FUNCTIONS + fn);
    }
  }
}

/** Looks at one device/function number (0…255). Function 0 must answer for the others to be looked at (F-2). */
function* tryFunction(
  context: NumberingContext,
  bus: FoundBus,
  number: number,
): HostProcess<FoundFunction | undefined> {
  const id = bdf(bus.number, number >> 3, number & 7);
  const place = { segment: bus.segment, bdf: id };
  const identity = yield* during('probe', place, readIdentity(place));
  if (identity === undefined) return undefined;
  const read = yield* readFunction(bus, id, identity);
  bus.functions.push(read.found);
  context.firmware.set(read.found, read.firmware);
  return read.found;
}

/** What has no ARI, or lies below no port, is not asked. */
function* mayFollowAri(bus: FoundBus, first: FoundFunction): HostProcess<boolean> {
  if (bus.bridge === undefined) return false;
  return yield* during('enableAri', { segment: bus.segment, bdf: bus.bridge.bdf }, enableAri(bus, first));
}

/**
 * ARI forwarding: on if the port above offers it and function 0 has the ARI capability (F-4).
 * @returns whether functions follow the chain.
 */
function* enableAri(bus: FoundBus, first: FoundFunction): HostProcess<boolean> {
  const port = bus.bridge;
  if (port?.express === undefined || first.ari === undefined) return false;
  const place = { segment: bus.segment, bdf: port.bdf };
  const able = yield* configRead(place, port.express + DEVICE_CAPABILITIES_2.offsetBytes, 4);
  if (extractField(DEVICE_CAPABILITIES_2, 'ariForwarding', able) === 0) return false;
  const offset = port.express + DEVICE_CONTROL_2.offsetBytes;
  const control = yield* configRead(place, offset, 2);
  const wanted = insertFields(DEVICE_CONTROL_2, control, { ariForwardingEnable: 1 });
  if (wanted !== control) yield* configWrite(place, offset, 2, wanted);
  return true;
}

/** Next-function numbers rise; 0 ends the chain. */
function* followAriChain(context: NumberingContext, bus: FoundBus, first: FoundFunction): HostProcess<void> {
  let current = first;
  while (current.ari !== undefined) {
    const place = { segment: bus.segment, bdf: current.bdf };
    const asked = configRead(place, current.ari + ARI_CAPABILITY.offsetBytes, 2);
    const value = yield* during('followAri', place, asked);
    const next = extractField(ARI_CAPABILITY, 'nextFunction', value);
    if (next <= current.bdf % 256) return;
    const found = yield* tryFunction(context, bus, next);
    if (found === undefined) return;
    current = at(bus.functions, bus.functions.length - 1);
  }
}
