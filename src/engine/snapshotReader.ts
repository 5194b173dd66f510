import { RingWriter } from '../base/ring.ts';
import { HOP_WORDS } from '../core/pcie/counters.ts';
import { privateStorage } from '../base/storage.ts';
import type { SharedMemory } from './protocol.ts';
import { allocateControl, allocateHops, doubleCells, hopRing, int32Cells } from './sharedLayout.ts';

/** The arrays that a snapshot replaces as a whole. */
const WHOLE = [
  'series',
  'machineCounters',
  'linkCounters',
  'functionCounters',
  'memoryCounters',
  'flowCounters',
] as const;

/**
 * The page's own copy of an engine's arrays, where memory is not shared. Snapshots are written into it, so that
 * views on it stay valid.
 */
export class SnapshotReader {
  readonly memory: SharedMemory;
  readonly #hops: RingWriter;

  /** @param first the copy that came with the machine; later ones have the same sizes. */
  constructor(first: SharedMemory) {
    const like = (buffer: ArrayBufferLike): ArrayBufferLike => privateStorage(buffer.byteLength);
    this.memory = {
      control: allocateControl(privateStorage),
      hops: allocateHops(privateStorage),
      series: like(first.series),
      machineCounters: like(first.machineCounters),
      linkCounters: like(first.linkCounters),
      functionCounters: like(first.functionCounters),
      memoryCounters: like(first.memoryCounters),
      flowCounters: like(first.flowCounters),
      memoryRoots: [],
      segments: [],
    };
    this.#hops = new RingWriter(hopRing(this.memory.control, this.memory.hops), HOP_WORDS);
    this.accept(first);
  }

  /** Takes over what `copyMemory` (worker/snapshot.ts) made. */
  accept(copy: SharedMemory): void {
    for (const name of WHOLE) new Uint8Array(this.memory[name]).set(new Uint8Array(copy[name]));
    const records = new Float64Array(copy.hops);
    for (let record = 0; record < records.length; record += HOP_WORDS) {
      const offset = this.#hops.claim();
      if (offset < 0) continue;
      this.#hops.words.set(records.subarray(record, record + HOP_WORDS), offset);
    }
    this.#hops.publish();
    const lostThere = doubleCells(copy.control, 'hopDropped')[0] ?? 0;
    doubleCells(this.memory.control, 'hopDropped')[0] = lostThere + this.#hops.dropped;
    for (const cell of ['seriesHeader', 'playState'] as const) {
      Atomics.store(int32Cells(this.memory.control, cell), 0, int32Cells(copy.control, cell)[0] ?? 0);
    }
  }
}
