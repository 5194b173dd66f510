import { at } from '../base/invariant.ts';
import { RingReader } from '../base/ring.ts';
import { HOP_WORDS } from '../core/pcie/counters.ts';
import type { MachineView, SeriesView } from './clientInterface.ts';
import type { MachineDescription, SharedMemory } from './protocol.ts';
import {
  hopRing,
  int32Cells,
  linkColumn,
  SAMPLE_ONE,
  SAMPLE_VALUES,
  SERIES_BANKS,
  SERIES_BINS,
  SERIES_COLUMN,
  SERIES_FIRST_BIN_ps,
  type SeriesArrays,
  seriesArrays,
  seriesColumns,
  seriesExponent,
  seriesLength,
  seriesRow,
  type SeriesShape,
  seriesShape,
} from './sharedLayout.ts';

/** How a view gets the bytes of a memory. @returns false if they are not at hand yet. */
export type ReadMemory = (memory: number, offset: number, target: Uint8Array) => boolean;

/** The page's window on one machine; allocates nothing after it is made. */
export class SharedMachineView implements MachineView {
  readonly machineCounters: Float64Array;
  readonly linkCounters: Float64Array;
  readonly functionCounters: Float64Array;
  readonly memoryCounters: Float64Array;
  readonly flowCounters: Float64Array;
  readonly series: SeriesView;
  readonly readMemory: ReadMemory;
  readonly #hops: RingReader;

  constructor(memory: SharedMemory, machine: MachineDescription, readMemory: ReadMemory) {
    this.machineCounters = new Float64Array(memory.machineCounters);
    this.linkCounters = new Float64Array(memory.linkCounters);
    this.functionCounters = new Float64Array(memory.functionCounters);
    this.memoryCounters = new Float64Array(memory.memoryCounters);
    this.flowCounters = new Float64Array(memory.flowCounters);
    this.series = new SharedSeriesView(memory, seriesShape(machine, memory.functionCounters.byteLength));
    this.readMemory = readMemory;
    this.#hops = new RingReader(hopRing(memory.control, memory.hops), HOP_WORDS);
  }

  drainHops(visit: (words: Float64Array, offset: number) => void): number {
    this.#hops.drain(visit);
    return this.#hops.dropped;
  }
}

/**
 * Reads the series. The engine may start a new bin width at any time, so reading {@link length} fixes which state
 * of the series `bin_ps` and the values refer to, until it is read again.
 */
export class SharedSeriesView implements SeriesView {
  readonly capacity: Float64Array;
  readonly #header: Int32Array;
  readonly #arrays: SeriesArrays;
  readonly #links: number;
  readonly #columns: number;
  readonly #firstFlow: number;
  #seen: number;

  constructor(memory: Pick<SharedMemory, 'control' | 'series'>, shape: SeriesShape) {
    this.#header = int32Cells(memory.control, 'seriesHeader');
    this.#arrays = seriesArrays(memory.series, shape);
    this.capacity = this.#arrays.capacity;
    this.#links = shape.links;
    this.#columns = seriesColumns(shape);
    this.#firstFlow = this.#columns - shape.flows;
    this.#seen = Atomics.load(this.#header, 0);
  }

  get length(): number {
    this.#seen = Atomics.load(this.#header, 0);
    return seriesLength(this.#seen);
  }

  get bin_ps(): number {
    return SERIES_FIRST_BIN_ps * 2 ** seriesExponent(this.#seen);
  }

  arrived(bin: number): number {
    return this.#value(bin, SERIES_COLUMN.arrived);
  }

  memory(bin: number): number {
    return this.#value(bin, SERIES_COLUMN.memory);
  }

  dram(bin: number, what: 'dramRead' | 'dramWritten' | 'background'): number {
    return this.#value(bin, SERIES_COLUMN[what]);
  }

  cpuBusy(bin: number): number {
    return this.#value(bin, SERIES_COLUMN.cpuBusy_ps);
  }

  link(bin: number, link: number, direction: 0 | 1): number {
    return this.#value(bin, linkColumn(this.#links, link * 2 + direction, 'payload'));
  }

  creditStall(bin: number, link: number, direction: 0 | 1): number {
    return this.#value(bin, linkColumn(this.#links, link * 2 + direction, 'stall_ps'));
  }

  flow(bin: number, flow: number): number {
    return this.#value(bin, this.#firstFlow + flow);
  }

  taken(bin: number, cell: number): number {
    return this.#sample(bin, cell, 0);
  }

  mostTaken(bin: number, cell: number): number {
    return this.#sample(bin, cell, 1);
  }

  #value(bin: number, column: number): number {
    if (bin < 0) return 0;
    return at(this.#arrays.rows, seriesRow(seriesExponent(this.#seen), bin, this.#columns) + column);
  }

  #sample(bin: number, cell: number, which: 0 | 1): number {
    const capacity = at(this.capacity, cell);
    if (bin < 0 || capacity === 0 || capacity === Infinity) return 0;
    const row = (seriesExponent(this.#seen) % SERIES_BANKS) * SERIES_BINS + bin;
    const fraction = at(this.#arrays.samples, (row * this.capacity.length + cell) * SAMPLE_VALUES + which) / SAMPLE_ONE;
    return fraction * capacity;
  }
}
