/*
 * Before a job runs, everything its engines will reach is mapped for them: buffers in host memory, and memory of peers
 * as the kernel's verdict for the pair says.
 */
import type { Kernel } from '../drivers/kernel.ts';
import type { HostView } from '../hostView.ts';
import { classifyPair } from '../p2pdma/pair.ts';
import type { JobPlan, LegPlan } from './jobPlan.ts';

/**
 * Maps memory of a peer. A pair that goes direct uses bus addresses, which no IOMMU translates; anything else is mapped
 * like a buffer, where an IOMMU translates. What the kernel refuses is mapped likewise: whoever forces a transfer maps
 * the BAR as device memory.
 * @returns the address the client shall use.
 * @spec semantics reference 1.5
 */
export function mapPeer(
  kernel: Kernel,
  view: HostView,
  pair: { readonly provider: number; readonly client: number },
  range: { readonly address: number; readonly lengthBytes: number },
): number {
  if (classifyPair(view, pair.provider, pair.client).mapType === 'BUS_ADDR') return range.address;
  return kernel.mapForDevice(pair.client, range.address, range.lengthBytes, 'both');
}

export interface LegMapping {
  readonly kernel: Kernel;
  readonly view: HostView;
  readonly plan: JobPlan;
  /** The job's bytes in host memory, if an end is there. */
  readonly hostAddress: number | undefined;
  /** Addresses of the staging buffers, by stage. */
  readonly stages: readonly (readonly number[])[];
}

/** Maps all ends of all legs for their engines. The CPU needs no mapping. */
export function mapLegs(mapping: LegMapping): void {
  for (const [index, leg] of mapping.plan.legs.entries()) {
    mapEnd(mapping, leg, 'source', index - 1);
    mapEnd(mapping, leg, 'target', index);
  }
}

function mapEnd(mapping: LegMapping, leg: LegPlan, side: 'source' | 'target', stage: number): void {
  const { kernel, plan, hostAddress } = mapping;
  const { engine } = leg;
  if (engine === 'cpu') return;
  const end = leg[side];
  const direction = side === 'source' ? 'toDevice' : 'fromDevice';
  if (end.kind === 'hostMemory' && hostAddress !== undefined) {
    kernel.mapForDevice(engine, hostAddress, plan.order.bytes, direction);
  } else if (end.kind === 'window') {
    const offset = (side === 'source' ? plan.order.fromOffset : plan.order.toOffset) ?? 0;
    mapOther(mapping, leg, side, { address: end.range.address + offset, lengthBytes: plan.order.bytes });
  } else if (end.kind === 'stage') {
    for (const address of mapping.stages[stage] ?? []) {
      if (plan.stages[stage]?.kind === 'host') kernel.mapForDevice(engine, address, plan.chunkBytes, direction);
      else mapOther(mapping, leg, side, { address, lengthBytes: plan.chunkBytes });
    }
  }
}

/** Memory of a device: the engine's own needs no mapping. */
function mapOther(
  { kernel, view }: LegMapping,
  leg: LegPlan,
  side: 'source' | 'target',
  range: { readonly address: number; readonly lengthBytes: number },
): void {
  const owner = side === 'source' ? leg.from : leg.to;
  const { engine } = leg;
  if (typeof owner !== 'number' || engine === 'cpu' || owner === engine) return;
  mapPeer(kernel, view, { provider: owner, client: engine }, range);
}
