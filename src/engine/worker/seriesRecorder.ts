import { at } from '../../base/invariant.ts';
import {
  FLOW_COUNTER,
  flowRow,
  LINK_COUNTER,
  LINK_COUNTER_COUNT,
  MACHINE_COUNTER,
  MEMORY_COUNTER,
} from '../../core/pcie/counters.ts';
import { FLOW_COUNT } from '../../core/pcie/tlp.ts';
import {
  jobPayload,
  linkColumn,
  packSeriesHeader,
  SERIES_BINS,
  SERIES_COLUMN,
  SERIES_FIRST_BIN_ps,
  SERIES_SAMPLES,
  seriesArrays,
  seriesColumns,
  seriesRow,
  type SeriesShape,
  seriesShape,
} from '../sharedLayout.ts';
import type { EngineMachine } from './engineMachine.ts';
import { SeriesSamples } from './seriesSamples.ts';

/**
 * Keeps what happens in the whole run in equal bins of simulated time: whoever runs the machine stops at
 * {@link nextEdge_ps} and calls {@link capture}. So the result depends on simulated time alone, however the
 * run was cut into slices. Times only grow: a machine that has gone back is recorded again where it gets further than
 * it ever was.
 *
 * What adds up (bytes, times) is read at the end of each bin. What goes up and down (credits, tags) is sampled inside
 * the bin as well, see {@link SeriesSamples}.
 */
export class SeriesRecorder {
  readonly #machine: EngineMachine;
  readonly #header: Int32Array;
  readonly #values: Float64Array;
  readonly #samples: SeriesSamples;
  readonly #shape: SeriesShape;
  readonly #columns: number;
  /** Row kept by {@link hold}. */
  readonly #held: Float64Array;
  #exponent = 0;
  #length = 0;
  /** Parts of the bin being filled that are over. */
  #taken = 0;
  /** The last bin has been closed by the end of the run. */
  #isClosed = false;

  /** @param header the `seriesHeader` cell. @param series as made by `allocateSeries` for that machine. */
  constructor(machine: EngineMachine, header: Int32Array, series: ArrayBufferLike) {
    this.#machine = machine;
    this.#header = header;
    this.#shape = seriesShape(machine.description, machine.functionCounters.byteLength);
    const arrays = seriesArrays(series, this.#shape);
    this.#values = arrays.rows;
    this.#samples = new SeriesSamples(machine, arrays);
    this.#columns = seriesColumns(this.#shape);
    this.#held = new Float64Array(this.#columns);
    this.#publish();
  }

  /** When to look at the machine next, in picoseconds: the end of a bin, or a part of one. */
  get nextEdge_ps(): number {
    const bin_ps = SERIES_FIRST_BIN_ps * 2 ** this.#exponent;
    return this.#length * bin_ps + ((this.#taken + 1) * bin_ps) / SERIES_SAMPLES;
  }

  /** The machine has run to {@link nextEdge_ps}, or its run has ended before: then the bin ends here. */
  capture(): void {
    const isOver = this.#machine.report !== undefined;
    if (isOver && this.#isClosed) return;
    this.#isClosed = isOver;
    this.#samples.look();
    this.#taken += 1;
    if (this.#taken < SERIES_SAMPLES && !isOver) return;
    this.#read(this.#values, seriesRow(this.#exponent, this.#length, this.#columns));
    this.#advance();
  }

  /** Before a step of unknown length: remembers the counters. */
  hold(): void {
    this.#read(this.#held, 0);
    this.#samples.hold();
  }

  /**
   * After that step: bins that ended before `at_ps` had the remembered values at their end.
   * @simplifies A step of a whole TLP counts for bins inside it as if everything had happened at its end.
   */
  captureHeld(at_ps: number): void {
    while (this.nextEdge_ps < at_ps) {
      this.#samples.lookHeld();
      this.#taken += 1;
      if (this.#taken < SERIES_SAMPLES) continue;
      this.#values.set(this.#held, seriesRow(this.#exponent, this.#length, this.#columns));
      this.#advance();
    }
  }

  /**
   * The machine was changed by hand at an instant it had already been beyond: what was recorded after that belongs to
   * another run, and is given up. The bin of that instant has the looks that are still to come.
   */
  branch(at_ps: number): void {
    const bin_ps = SERIES_FIRST_BIN_ps * 2 ** this.#exponent;
    const parts = Math.floor((at_ps / bin_ps) * SERIES_SAMPLES);
    if (parts >= this.#length * SERIES_SAMPLES + this.#taken) return;
    this.#length = Math.floor(parts / SERIES_SAMPLES);
    this.#taken = parts % SERIES_SAMPLES;
    this.#isClosed = false;
    this.#samples.forget();
    this.#publish();
  }

  #read(target: Float64Array, offset: number): void {
    const { machineCounters, memoryCounters, linkCounters, flowCounters } = this.#machine;
    const written = MEMORY_COUNTER.writtenBytes * FLOW_COUNT;
    const read = MEMORY_COUNTER.readBytes * FLOW_COUNT;
    target[offset + SERIES_COLUMN.arrived] = at(machineCounters, MACHINE_COUNTER.arrivedBytes);
    target[offset + SERIES_COLUMN.memory] = jobPayload(memoryCounters, written) + jobPayload(memoryCounters, read);
    target[offset + SERIES_COLUMN.dramRead] = at(memoryCounters, read) + jobPayload(memoryCounters, read);
    target[offset + SERIES_COLUMN.dramWritten] = at(memoryCounters, written) + jobPayload(memoryCounters, written);
    target[offset + SERIES_COLUMN.background] = at(machineCounters, MACHINE_COUNTER.backgroundBytes);
    target[offset + SERIES_COLUMN.cpuBusy_ps] = at(machineCounters, MACHINE_COUNTER.cpuBusy_ps);
    const { links, flows } = this.#shape;
    const payload = offset + linkColumn(links, 0, 'payload');
    const stall = offset + linkColumn(links, 0, 'stall_ps');
    for (let segment = 0; segment < links * 2; segment += 1) {
      const base = segment * LINK_COUNTER_COUNT;
      target[payload + segment] = jobPayload(linkCounters, base + LINK_COUNTER.payload);
      target[stall + segment] = at(linkCounters, base + LINK_COUNTER.creditStall_ps);
    }
    const first = offset + this.#columns - flows;
    for (let flow = 0; flow < flows; flow += 1) {
      target[first + flow] = at(flowCounters, flowRow(flow, links * 2) + FLOW_COUNTER.arrivedBytes);
    }
  }

  #advance(): void {
    this.#samples.close(this.#exponent, this.#length);
    this.#taken = 0;
    this.#length += 1;
    if (this.#length === SERIES_BINS) this.#double();
    this.#publish();
  }

  /** Keeps the end of every second bin, in the other bank. */
  #double(): void {
    for (let bin = 0; bin < SERIES_BINS / 2; bin += 1) {
      const from = seriesRow(this.#exponent, bin * 2 + 1, this.#columns);
      this.#values.copyWithin(seriesRow(this.#exponent + 1, bin, this.#columns), from, from + this.#columns);
    }
    this.#samples.double(this.#exponent);
    this.#exponent += 1;
    this.#length = SERIES_BINS / 2;
  }

  #publish(): void {
    Atomics.store(this.#header, 0, packSeriesHeader(this.#exponent, this.#length));
  }
}
