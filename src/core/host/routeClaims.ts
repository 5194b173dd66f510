/*
 * Who claims a packet: by address (a function's BAR, a bridge's windows) or by ID (bus numbers).
 *
 * A target without an assigned memory BAR has no address. It is then claimed as if a BAR of its own lay in
 * the windows of every bridge above it, which is what the resource assignment would give.
 */
import { busOf } from '../pcie/bdf.ts';
import type { HostFunction, HostView } from './hostView.ts';
import { chainOf, functionAt, isBridge, upstreamBridgeOf } from './p2pdma/chain.ts';

/** What a packet is routed by, and the function it is for. */
export type PacketTarget =
  /** Memory request to a byte of a BAR of `fn`; `address` undefined = its BAR is not assigned. */
  | { readonly by: 'address'; readonly fn: number; readonly address: number | undefined }
  /** Completion to the requester `fn`. */
  | { readonly by: 'id'; readonly fn: number };

/** Whether a bridge would take the packet from its primary side down to its secondary side. */
export function bridgeClaims(view: HostView, bridge: number, target: PacketTarget): boolean {
  const port = functionAt(view, bridge);
  if (!isBridge(port)) return false;
  if (target.by === 'address') {
    return target.address === undefined ? isBelow(view, bridge, target.fn) : inWindows(port, target.address);
  }
  const requester = functionAt(view, target.fn);
  const bus = busOf(requester.bdf);
  return (
    port.buses !== undefined &&
    port.hostBridge === requester.hostBridge &&
    bus >= port.buses.secondary &&
    bus <= port.buses.subordinate
  );
}

/** The function on one bus that takes the packet: the target itself, or a bridge that claims it. */
export function claimantOnBus(
  view: HostView,
  bus: { readonly bridge: number | undefined; readonly hostBridge: number },
  target: PacketTarget,
  except?: number,
): number | undefined {
  for (const fn of view.functions) {
    if (fn.index === except || fn.hostBridge !== bus.hostBridge) continue;
    if (upstreamBridgeOf(view, fn.index) !== bus.bridge) continue;
    if (fn.index === target.fn || bridgeClaims(view, fn.index, target)) return fn.index;
  }
  return undefined;
}

function isBelow(view: HostView, bridge: number, fn: number): boolean {
  return fn !== bridge && chainOf(view, fn).includes(bridge);
}

function inWindows(port: HostFunction, address: number): boolean {
  const { memory, prefetchable } = port.windows ?? { memory: undefined, prefetchable: undefined };
  return [memory, prefetchable].some(
    (window) => window !== undefined && address >= window.base && address <= window.limit,
  );
}

/**
 * Address of the first byte of the memory a peer would use: the largest assigned memory BAR, prefetchable
 * first among equals. Undefined if none is assigned.
 */
export function peerMemoryAddress(fn: HostFunction): number | undefined {
  let best: HostFunction['bars'][number] | undefined;
  for (const bar of fn.bars) {
    if (bar.space !== 'memory' || bar.address === undefined) continue;
    const isBetter =
      best === undefined ||
      bar.sizeBytes > best.sizeBytes ||
      (bar.sizeBytes === best.sizeBytes && bar.prefetchable && !best.prefetchable);
    if (isBetter) best = bar;
  }
  return best?.address;
}
