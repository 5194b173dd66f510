/*
 * The shared memory of one machine, as tables: name, type, count, single writer. Offsets are computed from
 * them. The machine's own statistics (core/pcie/counters.ts) are laid out there and only sized here.
 *
 *   control   few cells: target and play state, heads and tails           CONTROL_LAYOUT
 *   hops      HOP_RING_RECORDS records of HOP_WORDS doubles               base/ring.ts
 *   series    two banks of SERIES_BINS rows of cumulative doubles,        seriesColumns()
 *             what can run short, and samples of how much of it is taken  occupancyCells()
 *   counters  machine, links, functions, memory                           written by the machine
 *   memory    a root table for each memory, segments of pages             core/sim/sparseMemory.ts
 */
import { alignUp } from '../base/bits.ts';
import { at, invariant, unreachable } from '../base/invariant.ts';
import type { RingStorage } from '../base/ring.ts';
import type { StorageAllocator } from '../base/storage.ts';
import {
  flowRow,
  FUNCTION_COUNTER_COUNT,
  HOP_WORDS,
  LINK_COUNTER_COUNT,
  MACHINE_COUNTER_COUNT,
  MEMORY_COUNTER_COUNT,
} from '../core/pcie/counters.ts';
import { occupancyCells } from '../core/pcie/occupancy.ts';
import { FLOW_COUNT } from '../core/pcie/tlp.ts';
import type { MachineDescription, SharedMemory } from './protocol.ts';

interface LayoutRow {
  readonly name: string;
  readonly type: 'i32' | 'i64' | 'f64';
  readonly count: number;
  /** The only side that writes it. Cells of different writers never share a cache line. */
  readonly writer: 'page' | 'engine';
}

const CONTROL_LAYOUT = [
  /** Run until here, picoseconds; {@link TARGET_UNLIMITED} = as fast as possible. Accessed with Atomics: never torn. */
  { name: 'target_ps', type: 'i64', count: 1, writer: 'page' },
  /** Hop records the page has read, modulo 2^32. */
  { name: 'hopTail', type: 'i32', count: 1, writer: 'page' },
  /** Hop records the engine has published, modulo 2^32. */
  { name: 'hopHead', type: 'i32', count: 1, writer: 'engine' },
  /** One of {@link PLAY_STATE}. */
  { name: 'playState', type: 'i32', count: 1, writer: 'engine' },
  /** exponent · 2^16 + bins filled (see {@link SERIES_BINS}): one cell, so that both are read together. */
  { name: 'seriesHeader', type: 'i32', count: 1, writer: 'engine' },
  /** Hop records that found no room. */
  { name: 'hopDropped', type: 'f64', count: 1, writer: 'engine' },
] as const satisfies readonly LayoutRow[];

type ControlRow = (typeof CONTROL_LAYOUT)[number];
type CellName<Type extends LayoutRow['type']> = Extract<ControlRow, { readonly type: Type }>['name'];

const BYTES_OF_TYPE = { i32: 4, i64: 8, f64: 8 } as const;
/** Common size of a cache line. */
const LINE_BYTES = 64;

/** Byte offsets of a layout's rows, in order; then its whole size. A new writer starts a new cache line. */
export function placeRows(rows: readonly LayoutRow[]): {
  readonly offsets: ReadonlyMap<string, number>;
  readonly byteLength: number;
} {
  const offsets = new Map<string, number>();
  let end = 0;
  let writer: LayoutRow['writer'] | undefined;
  for (const row of rows) {
    const start = alignUp(end, row.writer === writer ? BYTES_OF_TYPE[row.type] : LINE_BYTES);
    invariant(!offsets.has(row.name), () => `two rows of the layout are called ${row.name}`);
    offsets.set(row.name, start);
    end = start + row.count * BYTES_OF_TYPE[row.type];
    writer = row.writer;
  }
  return { offsets, byteLength: alignUp(end, LINE_BYTES) };
}

const CONTROL_PLACES = placeRows(CONTROL_LAYOUT);

function cellPlace(name: ControlRow['name']): { readonly offset: number; readonly count: number } {
  const offset = CONTROL_PLACES.offsets.get(name);
  const row = CONTROL_LAYOUT.find((candidate) => candidate.name === name);
  invariant(offset !== undefined && row !== undefined, () => `no control cell is called ${name}`);
  return { offset, count: row.count };
}

/** The 32-bit cells of that name in a control block. */
export function int32Cells(control: ArrayBufferLike, name: CellName<'i32'>): Int32Array {
  const place = cellPlace(name);
  return new Int32Array(control, place.offset, place.count);
}

/** The 64-bit integer cells of that name in a control block. */
export function int64Cells(control: ArrayBufferLike, name: CellName<'i64'>): BigInt64Array {
  const place = cellPlace(name);
  return new BigInt64Array(control, place.offset, place.count);
}

/** The cells of doubles of that name in a control block. */
export function doubleCells(control: ArrayBufferLike, name: CellName<'f64'>): Float64Array {
  const place = cellPlace(name);
  return new Float64Array(control, place.offset, place.count);
}

/** Whether the engine is going round its loop. A parked engine must be woken with `play` after the target moved. */
export const PLAY_STATE = { parked: 0, running: 1 } as const;

const TARGET_UNLIMITED = -1n;

/** Stores a target. @param at_ps not negative; Infinity = as fast as possible. Fractions are cut off. */
export function storeTarget(cells: BigInt64Array, at_ps: number): void {
  invariant(at_ps >= 0, () => `a target must not be negative: ${at_ps}`);
  Atomics.store(cells, 0, at_ps <= Number.MAX_SAFE_INTEGER ? BigInt(Math.floor(at_ps)) : TARGET_UNLIMITED);
}

/** @returns the target in picoseconds; Infinity = as fast as possible. */
export function loadTarget(cells: BigInt64Array): number {
  const target = Atomics.load(cells, 0);
  return target === TARGET_UNLIMITED ? Infinity : Number(target);
}

/** Records in the ring of hops: 1 MiB. What one frame leaves unread beyond that is dropped and counted. */
export const HOP_RING_RECORDS = 2 ** 14;

/** The ring of hop records inside the control block and the buffer of hops. */
export function hopRing(control: ArrayBufferLike, hops: ArrayBufferLike): RingStorage {
  return {
    words: new Float64Array(hops),
    head: int32Cells(control, 'hopHead'),
    tail: int32Cells(control, 'hopTail'),
    dropped: doubleCells(control, 'hopDropped'),
  };
}

/*
 * Series. Row `bin` of a bank holds cumulative values at simulated time (bin + 1) · bin width; the width is
 * SERIES_FIRST_BIN_ps · 2^exponent. When all bins are used, every second row is copied to the other bank and the
 * exponent grows by one, so a reader that took the header before finishes its frame on the bank it started with.
 */
export const SERIES_BINS = 512;
export const SERIES_FIRST_BIN_ps = 1_000;
export const SERIES_BANKS = 2;

/**
 * Columns of one row, then two for each link: downstream and upstream payload; then two for each link: time without
 * credits; then what each flow has delivered.
 */
export const SERIES_COLUMN = {
  arrived: 0,
  memory: 1,
  dramRead: 2,
  dramWritten: 3,
  background: 4,
  cpuBusy_ps: 5,
  links: 6,
} as const;

/** What the size of a series depends on. */
export interface SeriesShape {
  readonly links: number;
  readonly flows: number;
  /** Rows of the function counters: functions, then processors. */
  readonly requesters: number;
}

/** The shape of a machine's series. @param functionCounterBytes size of its function counters. */
export function seriesShape(
  machine: Pick<MachineDescription, 'links' | 'flows'>,
  functionCounterBytes: number,
): SeriesShape {
  return {
    links: machine.links.length,
    flows: flowCount(machine),
    requesters: functionCounterBytes / (FUNCTION_COUNTER_COUNT * Float64Array.BYTES_PER_ELEMENT),
  };
}

/** Doubles in one row. */
export function seriesColumns({ links, flows }: Pick<SeriesShape, 'links' | 'flows'>): number {
  return SERIES_COLUMN.links + links * 4 + flows;
}

/** Column of one direction of a link: its payload, or the time it waited for credits. */
export function linkColumn(links: number, segment: number, what: 'payload' | 'stall_ps'): number {
  return SERIES_COLUMN.links + (what === 'payload' ? 0 : links * 2) + segment;
}

/**
 * Samples: how much of each cell of core/pcie/occupancy.ts is taken, SERIES_SAMPLES times in every bin, at equal
 * distances, the last time at its end. Kept are the mean of these and the highest of them; when the width of the bins
 * doubles, the mean of two means and the higher of two. Both are fractions of what there is, in steps of 1/65535.
 */
export const SERIES_SAMPLES = 4;
export const SAMPLE_ONE = 0xffff;
/** Mean and highest. */
export const SAMPLE_VALUES = 2;

/** The parts of one series in its buffer. */
export interface SeriesArrays {
  /** Cumulative values by {@link seriesRow}. */
  readonly rows: Float64Array;
  /** How much there is, by cell of core/pcie/occupancy.ts; Infinity = it never runs out, 0 = there is none. */
  readonly capacity: Float64Array;
  /** [bank][bin][cell][mean, highest] */
  readonly samples: Uint16Array;
}

function seriesSizes(shape: SeriesShape): { readonly rows: number; readonly cells: number; readonly samples: number } {
  const cells = occupancyCells(shape.links, shape.requesters);
  const bins = SERIES_BANKS * SERIES_BINS;
  return { rows: bins * seriesColumns(shape), cells, samples: bins * cells * SAMPLE_VALUES };
}

export function seriesArrays(series: ArrayBufferLike, shape: SeriesShape): SeriesArrays {
  const { rows, cells, samples } = seriesSizes(shape);
  const wide = Float64Array.BYTES_PER_ELEMENT;
  return {
    rows: new Float64Array(series, 0, rows),
    capacity: new Float64Array(series, rows * wide, cells),
    samples: new Uint16Array(series, (rows + cells) * wide, samples),
  };
}

/** Index of the first double of a row. */
export function seriesRow(exponent: number, bin: number, columns: number): number {
  return ((exponent % SERIES_BANKS) * SERIES_BINS + bin) * columns;
}

/** @returns exponent and number of filled bins in one integer. */
export function packSeriesHeader(exponent: number, length: number): number {
  return (exponent << 16) | length;
}

/** Exponent of the bin width. */
export function seriesExponent(header: number): number {
  return header >> 16;
}

/** Filled bins, 0…SERIES_BINS. */
export function seriesLength(header: number): number {
  return header & 0xffff;
}

/** The control block; it exists before the machine does. */
export function allocateControl(storage: StorageAllocator): ArrayBufferLike {
  return storage(CONTROL_PLACES.byteLength);
}

/** The ring of hop records; it exists before the machine does. */
export function allocateHops(storage: StorageAllocator): ArrayBufferLike {
  return storage(HOP_RING_RECORDS * HOP_WORDS * Float64Array.BYTES_PER_ELEMENT);
}

function seriesDoubles(shape: SeriesShape): number {
  const { rows, cells, samples } = seriesSizes(shape);
  const wide = Float64Array.BYTES_PER_ELEMENT;
  return rows + cells + alignUp(samples * Uint16Array.BYTES_PER_ELEMENT, wide) / wide;
}

/** The series of a machine and its run. */
export function allocateSeries(storage: StorageAllocator, shape: SeriesShape): ArrayBufferLike {
  return storage(seriesDoubles(shape) * Float64Array.BYTES_PER_ELEMENT);
}

/** What {@link checkShared} must know of a machine. */
export type SharedSizes = Pick<MachineDescription, 'links' | 'functions' | 'flows'>;

/** Rows of flow counters: one for the transfer, one for each flow beside it. */
export function flowCount(machine: Pick<MachineDescription, 'flows'>): number {
  return machine.flows?.length ?? 1;
}

/** The arrays that are counted in doubles. */
const DOUBLE_ARRAYS = [
  'hops',
  'series',
  'machineCounters',
  'linkCounters',
  'functionCounters',
  'memoryCounters',
  'flowCounters',
] as const;

function doublesOf(name: (typeof DOUBLE_ARRAYS)[number], sizes: SharedSizes): number {
  switch (name) {
    case 'hops':
      return HOP_RING_RECORDS * HOP_WORDS;
    case 'series':
      return seriesDoubles({
        links: sizes.links.length,
        flows: flowCount(sizes),
        requesters: sizes.functions.length,
      });
    case 'machineCounters':
      return MACHINE_COUNTER_COUNT;
    case 'linkCounters':
      return sizes.links.length * 2 * LINK_COUNTER_COUNT;
    case 'functionCounters':
      return sizes.functions.length * FUNCTION_COUNTER_COUNT;
    case 'memoryCounters':
      return MEMORY_COUNTER_COUNT * FLOW_COUNT;
    case 'flowCounters':
      return flowRow(flowCount(sizes), sizes.links.length * 2);
    default:
      return unreachable(name);
  }
}

/**
 * Checks that both sides of the border agree on the layout.
 * @throws InvariantError if an array is smaller than the tables say. Larger is right: hardware also counts inside the host.
 */
export function checkShared(memory: SharedMemory, sizes: SharedSizes): void {
  const controlBytes = memory.control.byteLength;
  invariant(controlBytes >= CONTROL_PLACES.byteLength, () => `the control block has only ${controlBytes} bytes`);
  for (const name of DOUBLE_ARRAYS) {
    const bytes = memory[name].byteLength;
    const doubles = doublesOf(name, sizes);
    invariant(
      bytes >= doubles * Float64Array.BYTES_PER_ELEMENT,
      () => `${name} has ${bytes} bytes for ${doubles} doubles`,
    );
  }
}

/** Payload of the job in one row of counters: all flows but control. `base` is the index of FLOW.control. */
export function jobPayload(counters: Float64Array, base: number): number {
  let total = 0;
  for (let flow = 1; flow < FLOW_COUNT; flow += 1) total += at(counters, base + flow);
  return total;
}
