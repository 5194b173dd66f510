import { at } from '../../base/invariant.ts';
import {
  DOWNSTREAM,
  FLOW_COUNTER,
  flowRow,
  LINK_COUNTER,
  LINK_COUNTER_COUNT,
  MACHINE_COUNTER,
  MEMORY_COUNTER,
  UPSTREAM,
} from '../../core/pcie/counters.ts';
import { FLOW_COUNT } from '../../core/pcie/tlp.ts';
import {
  flowCount,
  jobPayload,
  packSeriesHeader,
  SERIES_BINS,
  SERIES_COLUMN,
  SERIES_FIRST_BIN_ps,
  seriesColumns,
  seriesRow,
} from '../sharedLayout.ts';
import type { EngineMachine } from './engineMachine.ts';

/**
 * Keeps the load of the whole run in equal bins of simulated time: whoever runs the machine stops at
 * {@link nextEdge_ps} and calls {@link capture}. So the result depends on simulated time alone, however the
 * run was cut into slices.
 */
export class SeriesRecorder {
  readonly #machine: EngineMachine;
  readonly #header: Int32Array;
  readonly #values: Float64Array;
  readonly #columns: number;
  readonly #links: number;
  readonly #flows: number;
  /** Row kept by {@link hold}. */
  readonly #held: Float64Array;
  #exponent = 0;
  #length = 0;

  /** @param header the `seriesHeader` cell. @param series as made by `allocateSeries` for that machine's links. */
  constructor(machine: EngineMachine, header: Int32Array, series: ArrayBufferLike) {
    this.#machine = machine;
    this.#header = header;
    this.#values = new Float64Array(series);
    this.#links = machine.description.links.length;
    this.#flows = flowCount(machine.description);
    this.#columns = seriesColumns(this.#links, this.#flows);
    this.#held = new Float64Array(this.#columns);
    this.#publish();
  }

  /** End of the bin being filled, in picoseconds. */
  get nextEdge_ps(): number {
    return (this.#length + 1) * SERIES_FIRST_BIN_ps * 2 ** this.#exponent;
  }

  /** The machine has run to {@link nextEdge_ps}: its counters are the values at the end of that bin. */
  capture(): void {
    this.#read(this.#values, seriesRow(this.#exponent, this.#length, this.#columns));
    this.#advance();
  }

  /** Before a step of unknown length: remembers the counters. */
  hold(): void {
    this.#read(this.#held, 0);
  }

  /**
   * After that step: bins that ended before `at_ps` had the remembered values at their end.
   * @simplifies A step of a whole TLP counts for bins inside it as if everything had happened at its end.
   */
  captureHeld(at_ps: number): void {
    while (this.nextEdge_ps < at_ps) {
      this.#values.set(this.#held, seriesRow(this.#exponent, this.#length, this.#columns));
      this.#advance();
    }
  }

  #read(target: Float64Array, offset: number): void {
    const { machineCounters, memoryCounters, linkCounters, flowCounters } = this.#machine;
    target[offset + SERIES_COLUMN.arrived] = at(machineCounters, MACHINE_COUNTER.arrivedBytes);
    target[offset + SERIES_COLUMN.memory] =
      jobPayload(memoryCounters, MEMORY_COUNTER.writtenBytes * FLOW_COUNT) +
      jobPayload(memoryCounters, MEMORY_COUNTER.readBytes * FLOW_COUNT);
    for (let link = 0; link < this.#links; link += 1) {
      for (const direction of [DOWNSTREAM, UPSTREAM]) {
        const base = (link * 2 + direction) * LINK_COUNTER_COUNT + LINK_COUNTER.payload;
        target[offset + SERIES_COLUMN.links + link * 2 + direction] = jobPayload(linkCounters, base);
      }
    }
    const first = offset + this.#columns - this.#flows;
    for (let flow = 0; flow < this.#flows; flow += 1) {
      target[first + flow] = at(flowCounters, flowRow(flow, this.#links * 2) + FLOW_COUNTER.arrivedBytes);
    }
  }

  #advance(): void {
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
    this.#exponent += 1;
    this.#length = SERIES_BINS / 2;
  }

  #publish(): void {
    Atomics.store(this.#header, 0, packSeriesHeader(this.#exponent, this.#length));
  }
}
