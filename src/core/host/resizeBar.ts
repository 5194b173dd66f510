/*
 * Giving a resizable BAR another size while the machine runs, with every window above it.
 * Source: enumeration reference, B-8…B-10.
 */
import { isPowerOfTwo } from '../../base/bits.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { walkExtendedCapabilities } from '../config/capability.ts';
import {
  RESIZABLE_BAR,
  RESIZABLE_BAR_CAPABILITY,
  RESIZABLE_BAR_CONTROL,
  RESIZABLE_BAR_ENTRY_BYTES,
} from '../config/extendedCapabilities.ts';
import { BAR_BASE, COMMAND } from '../config/header.ts';
import { extractField, insertFields } from '../config/register.ts';
import type { HostProcess } from '../pcie/requests.ts';
import type { ConfigPlace } from './configRequests.ts';
import { configRead, configWrite, walkByRequests } from './configRequests.ts';
import { claimFound } from './enumerate.ts';
import { scanBuses } from './enumerateBuses.ts';
import type { NumberingContext } from './enumerateBuses.ts';
import type { EnumerateOptions } from './enumerateOptions.ts';
import { rootBusOf, sizingRulesOf } from './enumerateOptions.ts';
import { addVirtualFunctions } from './enumerateVirtual.ts';
import type { FoundBus, FoundFunction, Resource } from './hostTree.ts';
import { functionsFrom } from './hostTree.ts';
import type { HostView } from './hostView.ts';
import { buildHostView } from './hostViewBuilder.ts';
import { parseKernelParameters } from './kernelParameters.ts';
import { programBars, programWindows } from './programDevices.ts';
import { unassign, windowFor } from './resourcePlacement.ts';
import { assignBelow } from './windowAssignment.ts';
import { sizeWindowsBelow } from './windowSizing.ts';

/**
 * busy: memory decoding is on. invalid: the size is not offered. notSupported: no such capability or entry.
 * noSpace: it does not fit; everything is as it was.
 */
export type ResizeFailure = 'busy' | 'invalid' | 'notSupported' | 'noSpace';

const SMALLEST_RESIZABLE_LOG2 = 20;
const MEMORY_DECODE = 0x2;

/** Base of the capability's entry for one BAR: where the register tables apply. */
function* findEntry(place: ConfigPlace, bar: number): HostProcess<number | undefined> {
  const all = yield* walkByRequests(place, walkExtendedCapabilities());
  const offset = all.find((entry) => entry.id === RESIZABLE_BAR.id)?.offset;
  if (offset === undefined) return undefined;
  const first = yield* configRead(place, offset + RESIZABLE_BAR_CONTROL.offsetBytes, 4);
  for (let index = 0; index < extractField(RESIZABLE_BAR_CONTROL, 'barCount', first); index++) {
    const base = offset + RESIZABLE_BAR_ENTRY_BYTES * index;
    const control = yield* configRead(place, base + RESIZABLE_BAR_CONTROL.offsetBytes, 4);
    if (extractField(RESIZABLE_BAR_CONTROL, 'barIndex', control) === bar) return base;
  }
  return undefined;
}

/** What lies directly in a window. */
function contentsOf(bridge: FoundFunction, window: Resource): readonly Resource[] {
  const functions = bridge.bridge?.child?.functions ?? [];
  return functions.flatMap((entry) =>
    entry.resources.filter((inside) => inside.parent !== undefined && inside.parent === window.inner),
  );
}

/**
 * Releases the device's resources that share the BAR's window, then every window above that is empty now.
 * @returns the bus below which everything has to be sized and assigned again.
 */
function release(owner: FoundFunction, bar: Resource): FoundBus {
  let bus = owner.bus;
  let wanted = bar;
  let bridge = bus.bridge;
  if (bridge === undefined) return bus;
  const shared = windowFor(bridge, bar);
  for (const other of owner.resources) if (bridge !== undefined && windowFor(bridge, other) === shared) unassign(other);
  while (bridge !== undefined) {
    const window = windowFor(bridge, wanted);
    if (window === undefined || contentsOf(bridge, window).length > 0) break;
    unassign(window);
    wanted = window;
    bus = bridge.bus;
    bridge = bus.bridge;
  }
  return bus;
}

/**
 * Resizes a BAR: writes the size, releases what shares its window and the windows above, sizes and assigns
 * again, programs all. If it does not fit, the old size and address are put back.
 * @param options as at boot. @param bar 0…5. @param sizeBytes power of two.
 * @returns the machine as software sees it afterwards.
 * @spec enumeration reference, B-9, B-10
 * @simplifies Software reads the whole machine again instead of keeping its tables from boot.
 */
export function* resizeBar(
  options: EnumerateOptions,
  place: ConfigPlace,
  bar: number,
  sizeBytes: number,
): HostProcess<Result<HostView, ResizeFailure>> {
  const entry = yield* findEntry(place, bar);
  if (entry === undefined) return err('notSupported');
  const code = Math.log2(sizeBytes) - SMALLEST_RESIZABLE_LOG2;
  const able = yield* configRead(place, entry + RESIZABLE_BAR_CAPABILITY.offsetBytes, 4);
  const offered = extractField(RESIZABLE_BAR_CAPABILITY, 'supportedSizes', able);
  if (!isPowerOfTwo(sizeBytes) || code < 0 || Math.floor(offered / 2 ** code) % 2 === 0) return err('invalid');
  if (((yield* configRead(place, COMMAND.offsetBytes, 2)) & MEMORY_DECODE) !== 0) return err('busy');

  const offset = entry + RESIZABLE_BAR_CONTROL.offsetBytes;
  const oldControl = yield* configRead(place, offset, 4);
  const oldLow = yield* configRead(place, BAR_BASE + 4 * bar, 4);
  const oldHigh = yield* configRead(place, BAR_BASE + 4 * bar + 4, 4);
  yield* configWrite(place, offset, 4, insertFields(RESIZABLE_BAR_CONTROL, oldControl, { sizeCode: code }));
  const fitted = yield* reassign(options, place, bar);
  if (fitted === undefined) {
    yield* configWrite(place, offset, 4, oldControl);
    yield* configWrite(place, BAR_BASE + 4 * bar, 4, oldLow);
    yield* configWrite(place, BAR_BASE + 4 * bar + 4, 4, oldHigh);
    return err('noSpace');
  }
  return ok(fitted);
}

/** @returns the machine with the resized BAR in place and programmed, or undefined with nothing programmed. */
function* reassign(options: EnumerateOptions, place: ConfigPlace, bar: number): HostProcess<HostView | undefined> {
  const context: NumberingContext = {
    parameters: parseKernelParameters(options.kernelParameters),
    diagnostics: [],
    firmware: new Map(),
  };
  const roots: FoundBus[] = [];
  for (const [index, description] of options.hostBridges.entries()) {
    const root = rootBusOf(description, index);
    roots.push(root);
    yield* scanBuses(context, root, 0);
    yield* claimFound(context, root);
  }
  const all = roots.flatMap((root) => functionsFrom(root));
  const owner = all.find((candidate) => candidate.bus.segment === place.segment && candidate.bdf === place.bdf);
  const wanted = owner?.resources.find((resource) => resource.kind === 'bar' && resource.slot === bar);
  if (owner === undefined || wanted === undefined) return undefined;
  const top = release(owner, wanted);
  sizeWindowsBelow(top, sizingRulesOf(options));
  const problems: Diagnostic[] = [];
  assignBelow(top, problems);
  if (wanted.address === undefined || problems.some(({ severity }) => severity === 'error')) return undefined;
  for (const found of all) {
    yield* programWindows(found);
    yield* programBars(found, context.diagnostics);
  }
  for (const root of roots) yield* addVirtualFunctions(root);
  return yield* buildHostView(roots, options, [...context.diagnostics, ...problems]);
}
