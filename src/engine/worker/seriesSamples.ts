import { SAMPLE_ONE, SAMPLE_VALUES, SERIES_BANKS, SERIES_BINS, type SeriesArrays } from '../sharedLayout.ts';
import type { EngineMachine } from './engineMachine.ts';

/**
 * Samples of what goes up and down: how many of the machine's credits and tags are taken. Each look reads the state of
 * the machine as it is at that instant. A bin keeps the mean of its looks and the highest of them; what was shorter than
 * the time between two looks may be missed.
 */
export class SeriesSamples {
  readonly #machine: EngineMachine;
  readonly #kept: Uint16Array;
  readonly #cells: number;
  /** By cell: what turns a count into a fraction in steps of 1/65535; 0 = there is nothing to count. */
  readonly #scale: Float64Array;
  readonly #seen: Float64Array;
  readonly #held: Float64Array;
  readonly #sum: Float64Array;
  readonly #most: Float64Array;
  /** Since the last bin was closed. */
  #looks = 0;

  constructor(machine: EngineMachine, { capacity, samples }: SeriesArrays) {
    this.#machine = machine;
    this.#kept = samples;
    this.#cells = capacity.length;
    machine.readCapacity(capacity);
    this.#scale = capacity.map((limit) => (limit > 0 && limit !== Infinity ? SAMPLE_ONE / limit : 0));
    this.#seen = new Float64Array(this.#cells);
    this.#held = new Float64Array(this.#cells);
    this.#sum = new Float64Array(this.#cells);
    this.#most = new Float64Array(this.#cells);
  }

  /** Counts the machine's state as it is now. */
  look(): void {
    this.#machine.readOccupancy(this.#seen);
    this.#count(this.#seen);
  }

  /** Remembers the state for {@link lookHeld}. */
  hold(): void {
    this.#machine.readOccupancy(this.#held);
  }

  lookHeld(): void {
    this.#count(this.#held);
  }

  #count(seen: Float64Array): void {
    this.#looks += 1;
    const sum = this.#sum;
    const most = this.#most;
    for (let cell = 0; cell < this.#cells; cell += 1) {
      const value = seen[cell] ?? 0;
      sum[cell] = (sum[cell] ?? 0) + value;
      if (value > (most[cell] ?? 0)) most[cell] = value;
    }
  }

  /** A bin has ended, with at least one look: keeps what its looks have found and begins anew. */
  close(exponent: number, bin: number): void {
    const first = this.#place(exponent, bin);
    for (let cell = 0; cell < this.#cells; cell += 1) {
      const scale = this.#scale[cell] ?? 0;
      this.#kept[first + cell * SAMPLE_VALUES] = Math.round(((this.#sum[cell] ?? 0) / this.#looks) * scale);
      this.#kept[first + cell * SAMPLE_VALUES + 1] = Math.round((this.#most[cell] ?? 0) * scale);
    }
    this.forget();
  }

  /** Gives up the looks of a bin that will not be closed. */
  forget(): void {
    this.#looks = 0;
    this.#sum.fill(0);
    this.#most.fill(0);
  }

  /** Joins every two bins, in the other bank. */
  double(exponent: number): void {
    const kept = this.#kept;
    const values = this.#cells * SAMPLE_VALUES;
    for (let bin = 0; bin < SERIES_BINS / 2; bin += 1) {
      const from = this.#place(exponent, bin * 2);
      const to = this.#place(exponent + 1, bin);
      for (let value = 0; value < values; value += SAMPLE_VALUES) {
        const early = from + value;
        const late = early + values;
        kept[to + value] = Math.round(((kept[early] ?? 0) + (kept[late] ?? 0)) / 2);
        kept[to + value + 1] = Math.max(kept[early + 1] ?? 0, kept[late + 1] ?? 0);
      }
    }
  }

  #place(exponent: number, bin: number): number {
    return ((exponent % SERIES_BANKS) * SERIES_BINS + bin) * this.#cells * SAMPLE_VALUES;
  }
}
