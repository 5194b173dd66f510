/*
 * How long devices take where the document says nothing. Hardware takes these times; a waterfall names them.
 */
import { PS_PER_NS } from '../../base/units.ts';
import type { DeviceModel } from './machineSpec.ts';

/** A register in a device answers after this time. Part of a CPU load's 0.7 … 2.2 µs (performance reference, 7.3). */
export const REGISTER_LATENCY_PS = 400 * PS_PER_NS;
/** Memory behind a BAR: iopmem, FPGA DRAM (performance reference, section 6). */
export const MEMORY_LATENCY_PS = 250 * PS_PER_NS;
/** GPU BAR reads answer after this time (performance reference, section 6). */
export const GPU_LATENCY_PS = 800 * PS_PER_NS;
/** From the arrival of a configuration request at a function to its answer; an estimate like those of the performance reference. */
export const CONFIG_LATENCY_PS = 100 * PS_PER_NS;

/** How long a read of the memory of a device takes; undefined for a device whose memory nobody else can read. */
export function memoryReadLatency_ps(model: DeviceModel): number | undefined {
  if ('readLatency_ps' in model && model.readLatency_ps !== undefined) return model.readLatency_ps;
  switch (model.type) {
    case 'gpu':
      return GPU_LATENCY_PS;
    case 'iopmem':
    case 'generic':
    case 'nvme':
      return MEMORY_LATENCY_PS;
    default:
      return undefined;
  }
}
