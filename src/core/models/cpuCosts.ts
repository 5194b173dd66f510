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

/** Between two instructions that a core has all it needs for: three in a nanosecond (estimate). */
export const INSTRUCTION_PS = 1000 / 3;
/** Largest uncached load or store. */
export const UNCACHED_BYTES = 8;
/** Narrowest load that fetches a line from a write-combining mapping (MOVNTDQA). */
export const STREAMING_BYTES = 16;
/** From a core through the mesh to the root complex, and back (estimate). */
export const CORE_TO_ROOT_PS = 50 * PS_PER_NS;
/** Lines that gather stores, or wait to leave (Intel: 10 to 12 line-fill buffers do this, too). */
export const WRITE_COMBINING_BUFFERS = 12;
/** Lines of one core on their way to the root complex: the entries of its second-level cache's request queue. */
export const EVICTIONS_UNDER_WAY = 16;
/**
 * Until the root complex has taken such a line: the reference's issue cost. Sixteen of them in this time are 10.2 GB/s.
 */
export const WRITE_COMBINING_EVICTION_PS = 100 * PS_PER_NS;
/** A process that others wait for gives its core up after this long (the kernel's smallest slice). */
export const TIME_SLICE_PS = 750 * PS_PER_US;
