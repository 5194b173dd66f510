/*
 * IOMMU groups as the kernel forms them: sets of functions that it cannot keep apart. A group is decided once,
 * when a function appears; later changes of ACS do not regroup.
 *
 *   RP0 (ACS on) ── USP ─┬─ DSP0 (no ACS) ── P     groups {RP0} {USP} {DSP0 P} {DSP1 C}, although C reaches P
 *                        └─ DSP1 (no ACS) ── C     inside the switch: the known inaccuracy G-6
 */
import { busOf, deviceOf } from '../../pcie/bdf.ts';
import type { HostFunction, HostView } from '../hostView.ts';
import { functionAt, upstreamBridgeOf } from '../p2pdma/chain.ts';
import { scanOrder } from '../p2pdma/pairsText.ts';
import { acsEffective, GROUP_FLAGS, isInMultiFunctionDevice, pathEffective } from './acsEffective.ts';
import { groupInaccuracies } from './inaccuracies.ts';
import type { GroupInaccuracy } from './inaccuracies.ts';

export interface IommuGroups {
  /** Groups exist only where an IOMMU driver is active. */
  readonly active: boolean;
  /** Indices of functions, each group and the list in the order in which the kernel forms them. */
  readonly groups: readonly (readonly number[])[];
  /** Where the kernel's partition is known to say less than the hardware allows (G-6, G-7). */
  readonly inaccuracies: readonly GroupInaccuracy[];
}

const NO_GROUPS: IommuGroups = { active: false, groups: [], inaccuracies: [] };

/** Groups of a machine with the ACS registers as they are in the view; none where no IOMMU driver is active. */
export function iommuGroups(view: HostView): IommuGroups {
  return view.iommu === 'off' ? NO_GROUPS : groupsWithDriver(view);
}

/**
 * The partition an active IOMMU driver makes of a machine, whether or not the view has one.
 * @spec semantics reference G-1 … G-7
 */
export function groupsWithDriver(view: HostView): IommuGroups {
  const groups = hidesRootComplex(view) ? groupsByHostBridge(view) : new Grouping(view).run();
  return { active: true, groups, inaccuracies: groupInaccuracies(view, groups) };
}

/** Members of the group a function is in; empty if it is in none. */
export function groupOf({ groups }: IommuGroups, fn: number): readonly number[] {
  return groups.find((members) => members.includes(fn)) ?? [];
}

const AMD = 0x1022;
const IOMMU_CLASS = 0x0806;
const HOST_BRIDGE_CLASS = 0x0600;

/**
 * Whether the IOMMU driver takes a function at all. AMD's IOMMU is a PCI function and does not translate itself. Where
 * a device tree or IORT describes the IOMMU, a function is taken when a driver is about to bind, and host bridges have none.
 */
function isTaken(view: HostView, fn: HostFunction): boolean {
  const classOf = fn.classCode >> 8;
  if (fn.vendorId === AMD && classOf === IOMMU_CLASS) return false;
  return !(view.cpu.vendor === 'other' && classOf === HOST_BRIDGE_CLASS);
}

/**
 * Paravirtual host bridges (POWER) show endpoints on the root bus and nothing of the root complex.
 * @simplifies That is how they are recognised; the kernel knows them from the device tree.
 */
function hidesRootComplex(view: HostView): boolean {
  const onRoot = view.functions.filter((fn) => fn.upstreamBridge === undefined && fn.physicalFunction === undefined);
  return (
    view.cpu.vendor === 'other' &&
    onRoot.some((fn) => fn.kind === 'endpoint' || fn.kind === 'legacyEndpoint') &&
    onRoot.every((fn) => fn.classCode >> 8 !== HOST_BRIDGE_CLASS)
  );
}

/** There everything below one host bridge is one partitionable unit. */
function groupsByHostBridge(view: HostView): readonly (readonly number[])[] {
  const order = scanOrder(view);
  return view.hostBridges
    .map((_, hostBridge) => order.filter((index) => functionAt(view, index).hostBridge === hostBridge))
    .filter((members) => members.length > 0);
}

/** State while the kernel goes from function to function. */
class Grouping {
  private readonly _view: HostView;
  private readonly _groups: number[][] = [];
  /** By function. */
  private readonly _groupOf = new Map<number, number[]>();

  constructor(view: HostView) {
    this._view = view;
  }

  run(): readonly (readonly number[])[] {
    for (const index of scanOrder(this._view)) {
      if (!isTaken(this._view, functionAt(this._view, index))) continue;
      const group = this.#groupFor(index);
      group.push(index);
      this._groupOf.set(index, group);
    }
    return this._groups;
  }

  #groupFor(index: number): number[] {
    const alias = this.#aliasStep(index);
    if (alias.group !== undefined) return alias.group;
    const isolated = this.#isolationWalk(alias.at);
    if (isolated.group !== undefined) return isolated.group;
    return this._groupOf.get(isolated.at) ?? this.#siblingGroup(isolated.at) ?? this.#newGroup();
  }

  /** G-1: conventional bridges take over the requester ID of what is behind them. */
  #aliasStep(index: number): { readonly at: number; readonly group: number[] | undefined } {
    let topmost = index;
    for (let next: number | undefined = index; next !== undefined; next = upstreamBridgeOf(this._view, next)) {
      if (next !== index && !takesOverRequests(functionAt(this._view, next))) continue;
      topmost = next;
      const group = this._groupOf.get(next);
      if (group !== undefined) return { at: next, group };
    }
    return { at: topmost, group: undefined };
  }

  /** G-2: up to the first bridge from which everything to the root is isolated. */
  #isolationWalk(from: number): { readonly at: number; readonly group: number[] | undefined } {
    let at = from;
    for (
      let bridge = upstreamBridgeOf(this._view, from);
      bridge !== undefined;
      bridge = upstreamBridgeOf(this._view, bridge)
    ) {
      if (pathEffective(this._view, bridge, GROUP_FLAGS)) break;
      at = bridge;
      const group = this._groupOf.get(bridge);
      if (group !== undefined) return { at, group };
    }
    return { at, group: undefined };
  }

  /** G-4: functions of one device that are not isolated from each other. */
  #siblingGroup(index: number): number[] | undefined {
    const fn = functionAt(this._view, index);
    if (!isInMultiFunctionDevice(fn) || acsEffective(fn, GROUP_FLAGS)) return undefined;
    for (const [other, group] of this._groupOf) {
      const candidate = functionAt(this._view, other);
      if (other !== index && shareSlot(fn, candidate) && !acsEffective(candidate, GROUP_FLAGS)) return group;
    }
    return undefined;
  }

  #newGroup(): number[] {
    const group: number[] = [];
    this._groups.push(group);
    return group;
  }
}

function takesOverRequests(bridge: HostFunction): boolean {
  return bridge.kind === 'pcieToPciBridge' || bridge.kind === 'pciToPcieBridge' || bridge.kind === 'pciBridge';
}

function shareSlot(a: HostFunction, b: HostFunction): boolean {
  return a.segment === b.segment && busOf(a.bdf) === busOf(b.bdf) && deviceOf(a.bdf) === deviceOf(b.bdf);
}
