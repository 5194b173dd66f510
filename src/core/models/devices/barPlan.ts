/*
 * What lies behind each BAR of a device: registers, or memory of its own.
 */

import { findCapability } from '../../config/capability.ts';
import { MSIX, MSIX_TABLE } from '../../config/legacyCapabilities.ts';
import type { BarSpec, FunctionSpec } from '../../pcie/machineSpec.ts';
import { MEMORY_LATENCY_PS, REGISTER_LATENCY_PS } from '../../pcie/deviceLatencies.ts';
import { SparseMemory } from '../../sim/sparseMemory.ts';
import type { BarBehaviour } from '../ports.ts';
import type { DeviceMemory, DeviceSite } from './attachedDevice.ts';

export interface BarPlan {
  readonly behaviours: Map<number, BarBehaviour>;
  readonly memories: DeviceMemory[];
}

export interface MemoryBarOptions {
  readonly label: string;
  readonly readLatency_ps: number;
  readonly dropUnalignedWrites?: boolean;
}

/** Puts a memory of the BAR's size behind it. */
export function addMemoryBar(
  plan: BarPlan,
  site: DeviceSite,
  spec: FunctionSpec,
  bar: BarSpec,
  options: MemoryBarOptions,
): DeviceMemory {
  const memory = new SparseMemory(site.arena, bar.sizeBytes);
  const entry: DeviceMemory = { node: spec.id, label: options.label, memory, bar: bar.index };
  plan.memories.push(entry);
  plan.behaviours.set(bar.index, {
    type: 'memory',
    memory,
    memoryOffset: 0,
    readLatency_ps: options.readLatency_ps,
    ...(options.dropUnalignedWrites === true ? { dropUnalignedWrites: true } : {}),
  });
  return entry;
}

/**
 * Plans the BARs nobody planned yet: `registers` (the engine's, the MSI-X table's) are handed to the device, the
 * rest is plain memory.
 * @simplifies Memory BARs whose purpose the model does not know are plain memory. I/O BARs answer nothing.
 */
export function addOtherBars(
  plan: BarPlan,
  site: DeviceSite,
  spec: FunctionSpec,
  registers: readonly (number | undefined)[],
): void {
  for (const bar of spec.bars) {
    if (bar.space !== 'memory' || plan.behaviours.has(bar.index)) continue;
    if (registers.includes(bar.index)) {
      plan.behaviours.set(bar.index, { type: 'registers', latency_ps: REGISTER_LATENCY_PS });
    } else {
      addMemoryBar(plan, site, spec, bar, { label: `BAR ${bar.index}`, readLatency_ps: MEMORY_LATENCY_PS });
    }
  }
}

/** Index of the BAR that holds the function's MSI-X table, by its configuration space. */
export function msixBarOf(site: DeviceSite, spec: FunctionSpec): number | undefined {
  const { config } = site.functionOf(spec.id);
  const offset = findCapability(config, MSIX);
  return offset === undefined ? undefined : config.field(MSIX_TABLE, offset, 'bar');
}
