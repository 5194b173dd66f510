import type { DeviceModel, FunctionSpec } from '../core/pcie/machineSpec.ts';

/** Models with an engine that sends requests by itself; iopmem and generic endpoints only answer. */
const INITIATORS: readonly DeviceModel['type'][] = ['nic', 'dma', 'nvme', 'gpu'];

/** Whether a function can master DMA. */
export function canMasterDma(fn: FunctionSpec): boolean {
  return fn.model !== undefined && INITIATORS.includes(fn.model.type);
}
