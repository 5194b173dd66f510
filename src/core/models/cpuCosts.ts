/*
 * What software costs on a core. Source: performance reference, section 6, unless a line says otherwise.
 */
import { PS_PER_NS, PS_PER_US } from '../../base/units.ts';

export const CPU_COSTS = {
  /** Between two uncached stores of one core (50 … 300 ns). */
  uncachedStore_ps: 100 * PS_PER_NS,
  /** A load of a line from idle DRAM; a status word a device has just written is in DRAM or the cache. */
  memoryLoad_ps: 85 * PS_PER_NS,
  /** A store of a line to the core's own memory: it goes to the cache (estimate). */
  memoryStore_ps: 5 * PS_PER_NS,
  /** A configuration access from a running driver (estimate: an uncached load through the host bridge). */
  configAccess_ps: 500 * PS_PER_NS,
  /**
   * From an interrupt message to the process that waits for it. A bounce needs two for each chunk: they make
   * the 2 µs of the reference's t_sync.
   */
  interrupt_ps: 1 * PS_PER_US,
  /** Before the first write-combined store of a copy. */
  writeCombiningStart_ps: 100 * PS_PER_NS,
} as const;

/** One core copying memory to memory, unless the document says otherwise. */
export const DEFAULT_COPY_BYTES_PER_SECOND = 10e9;
/** Streaming loads from a write-combining BAR, 64 B each (0.44 … 0.79 GB/s measured). */
export const BAR_LOAD_BYTES_PER_SECOND = 0.5e9;
/** Line-fill buffers of one core: outstanding 64 B loads. */
export const LINE_FILL_BUFFERS = 10;
/** One write-combining buffer, one line. */
export const LINE_BYTES = 64;
/** Memory-to-memory copies are booked in pieces of this size. */
export const COPY_PIECE_BYTES = 4096;
