/*
 * Finding functions and numbering buses: depth first, one counter, in the kernel's two passes.
 * Source: enumeration reference, sections 2 and 3.
 *
 *   bus b: pass 0 follows the bridges that firmware numbered consistently, pass 1 numbers the others
 *
 *   00.0 ┬ 01.0 → [01-03] ── 00.0 ┬ 00.0 → [02]      cold: pre-order of bridges
 *        │                        └ 01.0 → [03]
 *        └ 02.0 → [04]
 */
import { hex } from '../../base/bits.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import { findInAscendingOrder } from './functionNumbers.ts';
import { BUS_NUMBERS_OFFSET, SUBORDINATE_BUS } from '../config/header.ts';
import { at, invariant } from '../../base/invariant.ts';
import type { HostProcess, HostRequest, HostResponse } from '../pcie/requests.ts';
import type { ConfigPlace } from './configRequests.ts';
import { configRead, configWrite, during } from './configRequests.ts';
import type { FirmwareAddresses } from './enumerateFunction.ts';
import { enableRetryVisibility } from './expressPolicy.ts';
import { logLine } from './hostDiagnostics.ts';
import type { BridgeState, FoundBus, FoundFunction } from './hostTree.ts';
import { bridgesOn } from './hostTree.ts';
import type { KernelParameters } from './kernelParameters.ts';

/** What numbering needs to know and fills in. */
export interface NumberingContext {
  readonly parameters: KernelParameters;
  readonly diagnostics: Diagnostic[];
  /** What firmware had left, by function. */
  readonly firmware: Map<FoundFunction, FirmwareAddresses>;
}

/** A step of the scan: a request, or "scan this bus first and hand me the highest number used". */
interface ScanBelow {
  readonly kind: 'scanBelow';
  readonly bus: FoundBus;
  readonly spareBuses: number;
}
type ScanProcess<T> = Generator<HostRequest | ScanBelow, T, HostResponse>;

/**
 * Scans a bus and everything below it.
 * @param spareBuses numbers that the range given by firmware has left for this bus (N-7).
 * @returns the highest bus number used.
 * @spec enumeration reference, N-1…N-9
 */
export function* scanBuses(context: NumberingContext, root: FoundBus, spareBuses: number): HostProcess<number> {
  // An explicit stack: nested generators would pass every request through every level of the tree.
  const stack = [scanBus(context, root, spareBuses)];
  let answer: HostResponse;
  for (;;) {
    const step = at(stack, stack.length - 1).next(answer);
    if (step.done === true) {
      stack.pop();
      if (stack.length === 0) return step.value;
      answer = step.value;
    } else if (step.value.kind === 'scanBelow') {
      stack.push(scanBus(context, step.value.bus, step.value.spareBuses));
      answer = undefined;
    } else {
      answer = yield step.value;
    }
  }
}

function* scanBelow(bus: FoundBus, spareBuses: number): ScanProcess<number> {
  const highest = yield { kind: 'scanBelow', bus, spareBuses };
  invariant(typeof highest === 'number', () => 'a scan ends with a bus number');
  return highest;
}

interface FoundBridge {
  readonly owner: FoundFunction;
  readonly state: BridgeState;
}

function stateOf(owner: FoundFunction): readonly FoundBridge[] {
  return owner.bridge === undefined ? [] : [{ owner, state: owner.bridge }];
}

/** One bus: its functions, then pass 0 and pass 1 over its bridges. */
function* scanBus(context: NumberingContext, bus: FoundBus, spareBuses: number): ScanProcess<number> {
  yield* findInAscendingOrder(context, bus);
  let used = virtualBuses(bus);
  let highest = bus.number + used;
  const bridges = bridgesOn(bus).flatMap(stateOf);
  const hotPlugCount = bridges.filter(({ state }) => state.hotPlug).length;

  const toNumber: FoundBridge[] = [];
  for (const bridge of bridges) {
    const before = highest;
    const kept = yield* followConfigured(context, bus, bridge);
    if (kept === undefined) toNumber.push(bridge);
    else highest = Math.max(highest, kept);
    used += Math.max(1, highest - before);
  }
  for (const bridge of toNumber) {
    const spare = spareFor(bridge.state, bridges.length, hotPlugCount, spareBuses, used);
    const before = highest;
    highest = yield* numberBridge(context, bus, bridge, highest, spare);
    if (highest - before > 1) used += highest - before - 1;
  }
  return withHotPlugReserve(context, bus, highest, spareBuses);
}

/** Bus numbers that virtual functions of this bus need beyond it (N-2). */
function virtualBuses(bus: FoundBus): number {
  const lastBuses = bus.functions.map((entry) => {
    const virtual = entry.virtualFunctions;
    if (virtual === undefined || virtual.total === 0) return bus.number;
    return Math.floor((entry.bdf + virtual.firstOffset + (virtual.total - 1) * virtual.stride) / 256);
  });
  return Math.max(bus.number, ...lastBuses) - bus.number;
}

/** Spare numbers go to the only bridge of a bus, or evenly to its hot-plug ports (N-7). */
function spareFor(
  state: BridgeState,
  bridgeCount: number,
  hotPlugCount: number,
  spareBuses: number,
  used: number,
): number {
  if (hotPlugCount === 0) return bridgeCount === 1 ? spareBuses : 0;
  if (!state.hotPlug) return 0;
  return Math.max(0, Math.min(Math.floor(spareBuses / hotPlugCount), spareBuses - used + 1));
}

/** A hot-plug port keeps at least `hpbussize` numbers, and what firmware's range has spare (N-7). */
function withHotPlugReserve(context: NumberingContext, bus: FoundBus, highest: number, spareBuses: number): number {
  if (bus.bridge?.bridge?.hotPlug !== true) return highest;
  const wanted = Math.max(spareBuses, context.parameters.hotPlugBusses - 1);
  return Math.max(highest, Math.min(bus.number + wanted, bus.end));
}

/**
 * Pass 0: a consistently numbered bridge is kept and scanned behind (N-3); another is cleared (N-4).
 * @returns the highest number behind it, or undefined if it needs a number.
 */
function* followConfigured(
  context: NumberingContext,
  bus: FoundBus,
  bridge: FoundBridge,
): ScanProcess<number | undefined> {
  const { owner, state } = bridge;
  const place = { segment: bus.segment, bdf: owner.bdf };
  const { primary, secondary, subordinate } = state;
  const hardWired = primary === 0 && bus.number !== 0 && secondary !== 0 && subordinate !== 0;
  const consistent = (primary === bus.number || hardWired) && secondary > bus.number && secondary <= subordinate;
  if (!consistent || context.parameters.assignBusses) {
    if (!consistent && (secondary !== 0 || subordinate !== 0)) {
      const range = `[bus ${hex(secondary, 2)}-${hex(subordinate, 2)}]`;
      context.diagnostics.push(
        logLine('BRIDGE_RECONFIGURED', 'warning', owner, `bridge configuration invalid (${range}), reconfiguring`),
      );
    }
    yield* during('clearBuses', place, writeBuses(place, 0));
    Object.assign(state, { primary: 0, secondary: 0, subordinate: 0 });
    return undefined;
  }
  const child = childBus(bus, owner, secondary, subordinate);
  state.child = child;
  const highest = yield* scanBelow(child, subordinate - secondary);
  if (highest > subordinate) {
    const text = `bridge has subordinate ${hex(subordinate, 2)} but max busn ${hex(highest, 2)}`;
    context.diagnostics.push(logLine('BRIDGE_RANGE_EXCEEDED', 'warning', owner, text));
  }
  return subordinate;
}

/** Writes the three bus numbers; the latency timer above them stays. */
function* writeBuses(place: ConfigPlace, numbers: number): HostProcess<void> {
  const latency = (yield* configRead(place, BUS_NUMBERS_OFFSET, 4)) >>> 24;
  yield* configWrite(place, BUS_NUMBERS_OFFSET, 4, numbers + latency * 2 ** 24);
}

function childBus(bus: FoundBus, owner: FoundFunction, number: number, end: number): FoundBus {
  return {
    segment: bus.segment,
    hostBridge: bus.hostBridge,
    number,
    end,
    bridge: owner,
    functions: [],
    rootSpaces: [],
  };
}

/** Pass 1: the next number, with the parent's end as temporary subordinate, until what is below is known (N-5). */
function* numberBridge(
  context: NumberingContext,
  bus: FoundBus,
  bridge: FoundBridge,
  highest: number,
  spareBuses: number,
): ScanProcess<number> {
  const { owner, state } = bridge;
  const secondary = highest + 1;
  if (secondary > bus.end) {
    context.diagnostics.push(
      logLine(
        'NO_BUS_NUMBER',
        'error',
        owner,
        `no bus number left: [bus ${hex(bus.number, 2)}-${hex(bus.end, 2)}] is used up; nothing below this bridge can be reached`,
        'Give the host bridge a larger bus range, or move functions to another one.',
      ),
    );
    return highest;
  }
  const place = { segment: bus.segment, bdf: owner.bdf };
  yield* during('enableRetry', place, enableRetryVisibility(owner));
  const numbers = bus.number + secondary * 2 ** 8 + bus.end * 2 ** 16;
  yield* during('openBuses', place, writeBuses(place, numbers), secondary);
  const child = childBus(bus, owner, secondary, bus.end);
  state.child = child;
  const last = yield* scanBelow(child, Math.max(0, spareBuses - 1));
  child.end = last;
  Object.assign(state, { primary: bus.number, secondary, subordinate: last });
  yield* during('closeBuses', place, configWrite(place, SUBORDINATE_BUS.offsetBytes, 1, last), last);
  return last;
}
