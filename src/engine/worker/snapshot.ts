import type { RingReader } from '../../base/ring.ts';
import { HOP_WORDS } from '../../core/pcie/counters.ts';
import type { SharedMemory } from '../protocol.ts';

/** At most sixty copies a second. */
export const SNAPSHOT_INTERVAL_ms = 1000 / 60;

/**
 * A copy of what a page without shared memory needs: all arrays as they are, of the hops only the records since
 * the last copy, oldest first, and no device memory (the page asks for the bytes it shows).
 */
export function copyMemory(memory: SharedMemory, hops: RingReader): SharedMemory {
  const records = new Float64Array(hops.length * HOP_WORDS);
  let end = 0;
  hops.drain((words, offset) => {
    for (let word = 0; word < HOP_WORDS; word += 1) records[end + word] = words[offset + word] ?? 0;
    end += HOP_WORDS;
  });
  return {
    control: memory.control.slice(0),
    hops: records.buffer,
    series: memory.series.slice(0),
    machineCounters: memory.machineCounters.slice(0),
    linkCounters: memory.linkCounters.slice(0),
    functionCounters: memory.functionCounters.slice(0),
    memoryCounters: memory.memoryCounters.slice(0),
    flowCounters: memory.flowCounters.slice(0),
    memoryRoots: [],
    segments: [],
  };
}
