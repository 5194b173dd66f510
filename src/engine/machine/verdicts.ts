/*
 * Verdicts on a booted machine in all three layers: what the kernel says (with registers as they are now), the groups
 * it formed at boot, and what this hardware does.
 */
import { at, invariant } from '../../base/invariant.ts';
import { runAtBoot } from '../../core/host/enumerate.ts';
import { withCurrentAcs } from '../../core/host/hostViewBuilder.ts';
import { type IommuGroups, iommuGroups } from '../../core/host/iommu/groups.ts';
import { classifyPair } from '../../core/host/p2pdma/pair.ts';
import type { HardwareTruth } from '../../core/host/p2pdma/physics.ts';
import { peerVerdict } from '../../core/host/p2pdma/verdict.ts';
import { commandOf } from '../../core/config/decode.ts';
import type { HardwareFunction } from '../../core/models/hardware.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { MapType, PeerVerdict } from '../../core/pcie/verdict.ts';
import type { BootedHardware } from './boot.ts';

/** Indices of the host's view. */
export interface Pair {
  readonly provider: number;
  readonly client: number;
}

export class VerdictDesk {
  /** As formed at boot: later changes of ACS do not regroup. */
  readonly groups: IommuGroups;
  private readonly _booted: BootedHardware;
  private readonly _truth: HardwareTruth;
  /** Map types that mappings use, by provider and client (semantics reference D-10). */
  private readonly _stored = new Map<string, MapType>();

  /** Make it when drivers have been started: functions that are off then are taken as on as soon as one is. */
  constructor(booted: BootedHardware) {
    this._booted = booted;
    this.groups = iommuGroups(booted.view);
    this._truth = truthOf(booted);
  }

  /** Groups by the document's names; undefined where no IOMMU driver is active. */
  get groupNames(): readonly (readonly NodeId[])[] | undefined {
    if (!this.groups.active) return undefined;
    const { names } = this._booted;
    return this.groups.groups.map((members) => members.map((index) => at(names.functions, index).id));
  }

  /** Driver software has mapped memory of the provider for the client: the verdict of that moment stays with the mapping. */
  store(pair: Pair): void {
    this._stored.set(keyOf(pair), classifyPair(this._booted.view, pair.provider, pair.client).mapType);
  }

  verdict(pair: Pair): PeerVerdict {
    const { view, names, hardware } = this._booted;
    const now = runAtBoot(withCurrentAcs(view), hardware.configFabric);
    const storedMapType = this._stored.get(keyOf(pair));
    return peerVerdict(now, pair, names, {
      groups: this.groups,
      truth: this._truth,
      ...(storedMapType === undefined ? {} : { storedMapType }),
    });
  }
}

function keyOf({ provider, client }: Pair): string {
  return `${provider}<${client}`;
}

/** What a driver cannot read, and the enables as they are at each question. */
function truthOf({ hardware, names }: BootedHardware): HardwareTruth {
  const functionOf = (index: number): HardwareFunction => hardware.functionOf(at(names.functions, index).id);
  const isOff = (fn: HardwareFunction, bit: 'memoryEnable' | 'busMaster'): boolean => !commandOf(fn.config)[bit];
  const offNow = (bit: 'memoryEnable' | 'busMaster'): ReadonlySet<HardwareFunction> =>
    new Set(hardware.functions.filter((fn) => isOff(fn, bit)));
  const undriven = { memoryEnable: offNow('memoryEnable'), busMaster: offNow('busMaster') };
  const isOn = (index: number, bit: 'memoryEnable' | 'busMaster'): boolean => {
    const fn = functionOf(index);
    // The enables of a virtual function are its physical function's business.
    if (fn.spec.virtualFunctionOf !== undefined && bit === 'memoryEnable') return true;
    return undriven[bit].has(fn) || !isOff(fn, bit);
  };
  return {
    peerPolicy: (bridge, access) => {
      const { id } = at(names.hostBridges, bridge);
      const spec = hardware.spec.hostBridges.find((candidate) => candidate.id === id);
      invariant(spec !== undefined, () => `no host bridge ${id}`);
      return spec.peerToPeer?.[access] ?? 'forward';
    },
    memoryEnabled: (fn) => isOn(fn, 'memoryEnable'),
    busMasterEnabled: (fn) => isOn(fn, 'busMaster'),
    hasLostMappings: (fn) => hardware.iommu?.isUnmapped(at(names.functions, fn).id) === true,
    translatesItself: (fn) => functionOf(fn).spec.capabilities?.atsEnabled === true,
    relaxesOrdering: (fn) => functionOf(fn).spec.ordering?.relaxed === true,
  };
}
