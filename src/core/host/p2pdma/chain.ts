/*
 * The way from a function to its root bus, as the kernel walks it.
 *
 *   host bridge (never part of a chain)
 *   └── RP0                 chain(C) = C, DSP1, USP, RP0
 *       └── USP             chain(P) = P, DSP0, USP, RP0
 *           ├── DSP0 ── P   common bridge = USP, distance 2 + 2
 *           └── DSP1 ── C
 */
import { at } from '../../../base/invariant.ts';
import { deviceOf } from '../../pcie/bdf.ts';
import type { HostFunction, HostView } from '../hostView.ts';

/** The function at an index of the view. @throws InvariantError if there is none. */
export function functionAt(view: HostView, index: number): HostFunction {
  return at(view.functions, index);
}

/**
 * Index of the bridge that owns the bus this function sits on, or undefined on a root bus.
 * A virtual function is taken from its physical function's bus.
 * @spec semantics reference, section 0 (upstream bridge)
 */
export function upstreamBridgeOf(view: HostView, index: number): number | undefined {
  const fn = functionAt(view, index);
  return fn.physicalFunction === undefined ? fn.upstreamBridge : functionAt(view, fn.physicalFunction).upstreamBridge;
}

/** Indices of the function, its upstream bridge, and so on up to the last one before the root bus. */
export function chainOf(view: HostView, index: number): readonly number[] {
  const chain: number[] = [];
  for (let next: number | undefined = index; next !== undefined; next = upstreamBridgeOf(view, next)) {
    chain.push(next);
  }
  return chain;
}

/** Two functions in one slot: one bus, one device number. Virtual functions count with their physical function. */
export function inSameSlot(view: HostView, a: number, b: number): boolean {
  const first = physicalOf(view, a);
  const second = physicalOf(view, b);
  return (
    first.hostBridge === second.hostBridge &&
    first.bdf >> 8 === second.bdf >> 8 &&
    deviceOf(first.bdf) === deviceOf(second.bdf)
  );
}

function physicalOf(view: HostView, index: number): HostFunction {
  const fn = functionAt(view, index);
  return fn.physicalFunction === undefined ? fn : functionAt(view, fn.physicalFunction);
}

/** Bridges have a type 1 header: root, upstream and downstream ports, and bridges to or of conventional PCI. */
export function isBridge(fn: HostFunction): boolean {
  return fn.headerType === 1;
}
