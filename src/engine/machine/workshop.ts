/*
 * What all flows of one machine are prepared with: kernel, drivers, capabilities, and who has which bytes where.
 */
import { alignDown, alignUp } from '../../base/bits.ts';
import { at } from '../../base/invariant.ts';
import { EngineDrivers } from '../../core/host/drivers/engineDrivers.ts';
import { Kernel } from '../../core/host/drivers/kernel.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import { peerVerdict } from '../../core/host/p2pdma/verdict.ts';
import { type DeviceCapability, capabilitiesOf } from '../../core/host/transfer/capabilities.ts';
import type { PlanningBoard } from '../../core/host/transfer/planningBoard.ts';
import type { AccessGenerator } from '../../core/models/devices/accessGenerator.ts';
import { SystemAddressMap } from '../../core/models/systemAddressMap.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { FlowWork } from '../../topology/document.ts';
import type { BootedHardware } from './boot.ts';
import { startIommu } from './iommuSetup.ts';

const PAGE_BYTES = 4096;
const LINE_BYTES = 64;

/** Gives out pieces of the memories, media and streams of devices, so that no two flows share bytes. */
export class Places {
  private readonly _taken = new Map<string, number>();

  /**
   * A piece of its own, page-aligned.
   * @param store any name of the memory. @param capacityBytes its size. @returns its offset; undefined if it is full.
   */
  take(store: string, lengthBytes: number, capacityBytes: number): number | undefined {
    const offset = alignUp(this._taken.get(store) ?? 0, PAGE_BYTES);
    if (offset + lengthBytes > capacityBytes) return undefined;
    this._taken.set(store, offset + lengthBytes);
    return offset;
  }
}

export interface Workshop {
  readonly booted: BootedHardware;
  readonly seed: number;
  readonly addresses: SystemAddressMap;
  readonly kernel: Kernel;
  readonly drivers: EngineDrivers;
  readonly places: Places;
  readonly capabilities: ReadonlyMap<number, DeviceCapability>;
  readonly nameOf: (fn: number) => string;
  /** An access generator of a device that no other flow has; undefined if there is none. */
  takeGenerator(node: NodeId): AccessGenerator | undefined;
  /** What the planner of one flow sees: addressable buffers of devices that several flows use are shared out. */
  boardFor(flow: number): PlanningBoard;
}

/** @param works by flow number; undefined = that flow does not run. */
export function makeWorkshop(booted: BootedHardware, works: readonly (FlowWork | undefined)[], seed: number): Workshop {
  const addresses = new SystemAddressMap(booted.hardware.spec.hostBridges, booted.hardware.hostMemory);
  const kernel = new Kernel(addresses.usableRam());
  startIommu(booted, kernel);
  const capabilities = knownCapabilities(booted);
  const nameOf = (fn: number): string => at(booted.names.functions, fn).name;
  const verdictOf = (provider: number, client: number) => peerVerdict(booted.view, { provider, client }, booted.names);
  const generatorsTaken = new Map<NodeId, number>();
  return {
    booted,
    seed,
    addresses,
    kernel,
    drivers: new EngineDrivers(kernel),
    places: new Places(),
    capabilities,
    nameOf,
    takeGenerator: (node) => {
      const next = generatorsTaken.get(node) ?? 0;
      generatorsTaken.set(node, next + 1);
      return booted.devices.get(node)?.generators[next];
    },
    boardFor: (flow) => ({
      view: booted.view,
      capabilities: sharedOut(booted, capabilities, works, flow),
      nameOf,
      verdictOf,
      freeHostBytes: kernel.largestFreeBytes,
    }),
  };
}

function knownCapabilities(booted: BootedHardware): ReadonlyMap<number, DeviceCapability> {
  const knowledge = [...booted.devices.values()].flatMap(({ spec }) => {
    const fn = indexOfId(booted.names, spec.id);
    return fn === undefined ? [] : [{ fn, model: spec.model ?? ({ type: 'generic' } as const) }];
  });
  return capabilitiesOf(booted.view, knowledge);
}

function touches(work: FlowWork | undefined, node: NodeId): boolean {
  if (work === undefined) return false;
  return work.kind === 'transfer' ? work.from === node || work.to === node : work.target === node;
}

/** Each flow that touches a device with an addressable buffer has a part of that buffer. */
function sharedOut(
  booted: BootedHardware,
  capabilities: ReadonlyMap<number, DeviceCapability>,
  works: readonly (FlowWork | undefined)[],
  flow: number,
): ReadonlyMap<number, DeviceCapability> {
  const shared = new Map(capabilities);
  for (const [fn, capability] of capabilities) {
    const node = booted.names.functions[fn]?.id;
    if (capability.buffer === undefined || node === undefined) continue;
    const users = works.flatMap((work, number) => (touches(work, node) ? [number] : []));
    const place = users.indexOf(flow);
    if (users.length < 2 || place < 0) continue;
    const sizeBytes = alignDown(capability.buffer.sizeBytes / users.length, LINE_BYTES);
    shared.set(fn, { ...capability, buffer: { address: capability.buffer.address + place * sizeBytes, sizeBytes } });
  }
  return shared;
}
