import type { BarSpec } from '../../pcie/machineSpec.ts';
import { ENGINE_BLOCK_BYTES } from './engineRegisters.ts';

/** What the rule needs to know of a BAR; a document's and an enumerated one both have it. */
export type BarShape = Pick<BarSpec, 'index' | 'space' | 'sizeBytes'>;

/**
 * Where a device of this model has its engine registers: the first memory BAR that is not its memory.
 * @param memoryBar the aperture or controller memory buffer, if it has one.
 * @returns undefined where no BAR is left: such a device has no engine.
 */
export function engineBarOf<Bar extends BarShape>(
  bars: readonly Bar[],
  memoryBar: number | undefined,
): Bar | undefined {
  return bars
    .filter((bar) => bar.space === 'memory' && bar.index !== memoryBar && bar.sizeBytes >= ENGINE_BLOCK_BYTES)
    .sort((a, b) => a.index - b.index)[0];
}

/** A device without an engine shows this BAR as its memory: the largest memory BAR, the first of equals. */
export function largestMemoryBarOf<Bar extends BarShape>(bars: readonly Bar[]): Bar | undefined {
  return bars.filter((bar) => bar.space === 'memory').sort((a, b) => b.sizeBytes - a.sizeBytes || a.index - b.index)[0];
}
