/*
 * Distance and map type of every ordered pair, in the text format of a kernel that prints its answers.
 */
import { at } from '../../../base/invariant.ts';
import type { HostView } from '../hostView.ts';
import { functionAt, isBridge, upstreamBridgeOf } from './chain.ts';
import { bdfTextOf } from './hostBridgeBelief.ts';
import { classifyPair } from './pair.ts';
import type { PairAnswer } from './pair.ts';

export const PAIRS_HEADER = '# provider client distance map_type';

/** One line of the pairs text: `0000:03:00.0 0000:04:00.0 4 BUS_ADDR`. */
export function pairLine(view: HostView, answer: PairAnswer): string {
  const provider = bdfTextOf(functionAt(view, answer.provider));
  const client = bdfTextOf(functionAt(view, answer.client));
  return `${provider} ${client} ${answer.chainDistance} ${answer.mapType}`;
}

/** Every ordered pair of functions that are not bridges, providers and clients in the kernel's order. */
export function allPairs(view: HostView): readonly PairAnswer[] {
  const functions = scanOrder(view).filter((index) => !isBridge(functionAt(view, index)));
  return functions.flatMap((provider) => functions.map((client) => classifyPair(view, provider, client)));
}

/** The pairs text, with its header line and a newline at the end. */
export function pairsText(view: HostView): string {
  return [PAIRS_HEADER, ...allPairs(view).map((answer) => pairLine(view, answer))].map((line) => `${line}\n`).join('');
}

/**
 * The order in which the kernel adds functions: a whole bus, then what is below each of its bridges; virtual
 * functions when their driver enables them, after all others.
 */
export function scanOrder(view: HostView): readonly number[] {
  const order: number[] = [];
  for (const hostBridge of hostBridgeOrder(view)) scanBus(view, undefined, hostBridge, order);
  for (const fn of view.functions) {
    if (fn.physicalFunction !== undefined) order.push(fn.index);
  }
  return order;
}

function scanBus(view: HostView, bridge: number | undefined, hostBridge: number, order: number[]): void {
  const onBus = view.functions
    .filter((fn) => fn.hostBridge === hostBridge && fn.physicalFunction === undefined)
    .filter((fn) => upstreamBridgeOf(view, fn.index) === bridge)
    .sort((a, b) => a.bdf - b.bdf);
  order.push(...onBus.map((fn) => fn.index));
  for (const fn of onBus) {
    if (isBridge(fn)) scanBus(view, fn.index, hostBridge, order);
  }
}

const QEMU_EXPANDER_BRIDGE = { vendorId: 0x1b36, deviceId: 0x000b };

/**
 * Host bridges in the order of the view, which is the firmware's. On machines with QEMU expander bridges the
 * firmware names the newest expander first, and a dump cannot show that: their buses come in descending order.
 */
function hostBridgeOrder(view: HostView): readonly number[] {
  const order = view.hostBridges.map((_, index) => index);
  const hasExpander = view.functions.some(
    (fn) => fn.vendorId === QEMU_EXPANDER_BRIDGE.vendorId && fn.deviceId === QEMU_EXPANDER_BRIDGE.deviceId,
  );
  if (!hasExpander) return order;
  return order.sort((a, b) => {
    const first = at(view.hostBridges, a);
    const second = at(view.hostBridges, b);
    return first.segment - second.segment || expanderRank(first.rootBus) - expanderRank(second.rootBus);
  });
}

function expanderRank(rootBus: number): number {
  return rootBus === 0 ? -256 : -rootBus;
}
