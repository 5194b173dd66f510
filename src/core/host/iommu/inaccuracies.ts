/*
 * Where the kernel's groups are known to promise more isolation than there is. The partition stays the kernel's;
 * these sentences say what it hides.
 */
import { bdfText, busOf, deviceOf } from '../../pcie/bdf.ts';
import type { HostFunction, HostView } from '../hostView.ts';
import { upstreamBridgeOf } from '../p2pdma/chain.ts';
import { acsEffective, GROUP_FLAGS, isInMultiFunctionDevice } from './acsEffective.ts';

export interface GroupInaccuracy {
  readonly rule: 'G-6' | 'G-7';
  /** Functions of different groups that reach each other all the same. */
  readonly functions: readonly number[];
  readonly sentence: string;
}

/** All of them, in the order of the view. @spec semantics reference G-6, G-7 */
export function groupInaccuracies(view: HostView, groups: readonly (readonly number[])[]): readonly GroupInaccuracy[] {
  const numberOf = new Map(groups.flatMap((members, group) => members.map((fn) => [fn, group] as const)));
  return [...openSwitches(view, numberOf), ...openDevices(view, numberOf)];
}

/** G-6: downstream ports of one switch without effective ACS, in different groups. */
function openSwitches(view: HostView, numberOf: ReadonlyMap<number, number>): readonly GroupInaccuracy[] {
  const found: GroupInaccuracy[] = [];
  for (const upstream of view.functions.filter((fn) => fn.kind === 'upstreamPort')) {
    const ports = view.functions.filter(
      (fn) => fn.kind === 'downstreamPort' && upstreamBridgeOf(view, fn.index) === upstream.index,
    );
    const open = ports.filter((fn) => !acsEffective(fn, GROUP_FLAGS));
    if (open.length === 0 || ports.length < 2) continue;
    const apart = open.some((fn) =>
      ports.some((other) => other !== fn && numberOf.get(other.index) !== numberOf.get(fn.index)),
    );
    if (!apart) continue;
    found.push({
      rule: 'G-6',
      functions: ports.flatMap((port) => [port.index, ...below(view, port.index)]),
      sentence:
        `The groups below switch ${bdfText(upstream.bdf)} say that its ports are isolated from each other, but ACS is ` +
        `not effective on ${listOf(open)}: what is below there reaches the other ports inside the switch. ` +
        'The kernel looks at the ports above the switch only.',
    });
  }
  return found;
}

/** G-7: functions of one device, some with ACS of their own, some without. */
function openDevices(view: HostView, numberOf: ReadonlyMap<number, number>): readonly GroupInaccuracy[] {
  const found: GroupInaccuracy[] = [];
  const slots = new Map<string, HostFunction[]>();
  for (const fn of view.functions) {
    if (!isInMultiFunctionDevice(fn)) continue;
    const key = `${fn.segment}:${busOf(fn.bdf)}:${deviceOf(fn.bdf)}`;
    slots.set(key, [...(slots.get(key) ?? []), fn]);
  }
  for (const functions of slots.values()) {
    const closed = functions.filter((fn) => acsEffective(fn, GROUP_FLAGS));
    const open = functions.filter((fn) => !acsEffective(fn, GROUP_FLAGS));
    const apart = closed.filter((fn) => open.some((other) => numberOf.get(other.index) !== numberOf.get(fn.index)));
    if (open.length === 0 || apart.length === 0) continue;
    found.push({
      rule: 'G-7',
      functions: functions.map((fn) => fn.index),
      sentence:
        `${listOf(apart)} has a group of its own because of its ACS, but ${listOf(open)} of the same device has none: ` +
        'that function reaches it inside the device.',
    });
  }
  return found;
}

function below(view: HostView, bridge: number): readonly number[] {
  return view.functions
    .filter((fn) => upstreamBridgeOf(view, fn.index) === bridge)
    .flatMap((fn) => [fn.index, ...below(view, fn.index)]);
}

function listOf(functions: readonly HostFunction[]): string {
  return functions.map((fn) => bdfText(fn.bdf)).join(', ');
}

/** The inaccuracies that concern two functions in different groups. */
export function inaccuraciesOf(
  inaccuracies: readonly GroupInaccuracy[],
  pair: { readonly provider: number; readonly client: number },
): readonly GroupInaccuracy[] {
  return inaccuracies.filter(({ functions }) => functions.includes(pair.provider) && functions.includes(pair.client));
}
