/*
 * How large each bridge window must be: children before parents.
 * Source: enumeration reference, W-1…W-6.
 *
 *   USP window = DSP0 256M + DSP1 64M + DSP2 2M (+ DSP3 2M optional)   need = Σ max(size, alignment)
 */
import { alignUp } from '../../base/bits.ts';
import { AddressSpace } from './addressSpace.ts';
import { IO_WINDOW_GRANULARITY, MEMORY_WINDOW_GRANULARITY } from '../config/bridgeWindows.ts';
import type { FoundBus, FoundFunction, Resource } from './hostTree.ts';
import { bridgesOn } from './hostTree.ts';
import type { KernelParameters } from './kernelParameters.ts';
import { inPlacementOrder, unassignedOn, windowFor } from './resourcePlacement.ts';

/**
 * packed: a window is never smaller than what its contents take when placed (W-6).
 * strict: the kernel's sum only, so nested windows of mixed sizes may not fit.
 */
export type WindowRule = 'packed' | 'strict';

/**
 * Which kernels' details of sizing (reference, section 11). v7: the reference's own rules. v6: up to 6.x, which
 * reduce the alignment of a window, round its size up to that alignment, and require disabled ROMs too.
 */
export type SizingVariant = 'v7' | 'v6';

export interface SizingRules {
  readonly windowRule: WindowRule;
  readonly variant: SizingVariant;
  readonly parameters: KernelParameters;
}

/** Sizes all windows below a bus. Assigned ones (claimed from firmware) stay as they are. */
export function sizeWindowsBelow(bus: FoundBus, rules: SizingRules): void {
  if (rules.variant === 'v6') requireRoms(bus);
  for (const bridge of bridgesOn(bus)) {
    const child = bridge.bridge?.child;
    if (child === undefined) continue;
    sizeWindowsBelow(child, rules);
    for (const window of [bridge.bridge?.io, bridge.bridge?.memory, bridge.bridge?.prefetchable]) {
      if (window !== undefined && window.address === undefined) sizeWindow(bridge, child, window, rules);
    }
  }
}

function requireRoms(bus: FoundBus): void {
  for (const rom of bus.functions.flatMap((entry) => entry.resources.filter((wanted) => wanted.kind === 'rom'))) {
    rom.sizeBytes += rom.optionalBytes;
    rom.optionalBytes = 0;
  }
}

/** What a hot-plug port wants for devices to come (W-4). */
function hotPlugBytes(window: Resource, parameters: KernelParameters): number {
  if (window.space === 'io') return parameters.hotPlugIoBytes;
  return window.prefetchable ? parameters.hotPlugPrefetchableBytes : parameters.hotPlugMemoryBytes;
}

function sizeWindow(bridge: FoundFunction, child: FoundBus, window: Resource, rules: SizingRules): void {
  const contents = unassignedOn(child).filter((wanted) => windowFor(bridge, wanted) === window);
  const granularity = window.space === 'io' ? IO_WINDOW_GRANULARITY : MEMORY_WINDOW_GRANULARITY;
  const required = contents.filter((wanted) => wanted.sizeBytes > 0);
  const need = required.reduce((sum, wanted) => sum + Math.max(wanted.sizeBytes, wanted.alignment), 0);
  const extra = bridge.bridge?.hotPlug === true ? hotPlugBytes(window, rules.parameters) : 0;
  const optional = contents.reduce((sum, wanted) => sum + wanted.optionalBytes, 0);

  window.alignment = Math.max(granularity, requiredAlignment(required, rules.variant));
  window.optionalAlignment = Math.max(
    window.alignment,
    ...contents.map((wanted) => optionalAlignmentOf(wanted, rules)),
  );
  const roundTo = rules.variant === 'v6' && window.space === 'memory' ? window.alignment : granularity;
  const withExtras = alignUp(Math.max(need, extra) + optional, roundTo);
  window.sizeBytes = alignUp(need, roundTo);
  let full = withExtras;
  if (rules.windowRule === 'packed') {
    window.sizeBytes = Math.max(
      window.sizeBytes,
      packedSpan(required, (wanted) => [wanted.sizeBytes, wanted.alignment], granularity),
    );
    full = Math.max(
      full,
      packedSpan(
        contents,
        (wanted) => [wanted.sizeBytes + wanted.optionalBytes, wanted.optionalAlignment],
        granularity,
      ),
    );
  }
  window.optionalBytes = Math.max(0, full - window.sizeBytes);
}

/** An optional part counts for the alignment only under the reference's rule; v6 keeps its own reduction. */
function optionalAlignmentOf(wanted: Resource, rules: SizingRules): number {
  if (wanted.optionalBytes === 0) return 0;
  return rules.variant === 'v6' && wanted.kind === 'window' ? 0 : wanted.optionalAlignment;
}

function requiredAlignment(required: readonly Resource[], variant: SizingVariant): number {
  if (variant === 'v6' && required.every((wanted) => wanted.space === 'memory')) return reducedAlignment(required);
  return required.reduce((largest, wanted) => Math.max(largest, wanted.alignment), 0);
}

/**
 * The alignment of kernels up to 6.x: half of the next larger one where smaller contents cannot fill it.
 * @spec enumeration reference, section 11 ("iterative minimum alignment, may be half of the largest BAR")
 */
function reducedAlignment(required: readonly Resource[]): number {
  const sums = new Map<number, number>();
  for (const { alignment, sizeBytes } of required) {
    const rounded = Math.max(alignment, MEMORY_WINDOW_GRANULARITY);
    // Only contents no larger than their alignment count.
    if (sizeBytes <= alignment) sums.set(rounded, (sums.get(rounded) ?? 0) + rounded);
    else sums.set(rounded, sums.get(rounded) ?? 0);
  }
  const largest = Math.max(0, ...sums.keys());
  let total = 0;
  let result = 0;
  for (let alignment = MEMORY_WINDOW_GRANULARITY; alignment <= largest; alignment *= 2) {
    if (total === 0) result = alignment;
    else if (alignUp(total + result, result) < alignment) result = alignment / 2;
    total += sums.get(alignment) ?? 0;
  }
  return result;
}

/** Bytes from the window's start to the end of its last content when all are placed as say (W-6). */
function packedSpan(
  contents: readonly Resource[],
  need: (wanted: Resource) => readonly [sizeBytes: number, alignment: number],
  granularity: number,
): number {
  const empty = new AddressSpace({ base: 0, limit: 2 ** 52 }, { space: 'memory', prefetchable: false, is64: true });
  for (const wanted of inPlacementOrder(contents, (entry) => need(entry)[1])) {
    const [sizeBytes, alignment] = need(wanted);
    const base = empty.find(sizeBytes, alignment, 0, 2 ** 52);
    if (base !== undefined) empty.take({ base, limit: base + sizeBytes - 1 });
  }
  return empty.lastTaken === undefined ? 0 : alignUp(empty.lastTaken + 1, granularity);
}
