/** Samples kept; beyond them every second one is dropped, again and again. */
const KEPT = 2 ** 16;

/**
 * Times of single operations. Minimum and maximum are exact; median and percentiles come from up to 65 536 samples,
 * evenly spread over the run.
 */
export class LatencySamples {
  #samples = new Float64Array(64);
  #kept = 0;
  #stride = 1;
  #skip = 0;
  minimum_ps = Infinity;
  maximum_ps = 0;

  add(latency_ps: number): void {
    if (latency_ps < this.minimum_ps) this.minimum_ps = latency_ps;
    if (latency_ps > this.maximum_ps) this.maximum_ps = latency_ps;
    if (this.#skip > 0) {
      this.#skip -= 1;
      return;
    }
    this.#skip = this.#stride - 1;
    if (this.#kept === this.#samples.length) this.#makeRoom();
    this.#samples[this.#kept++] = latency_ps;
  }

  get isEmpty(): boolean {
    return this.#kept === 0;
  }

  /** @param fraction 0…1. */
  quantile(fraction: number): number {
    const sorted = this.#samples.slice(0, this.#kept).sort();
    return sorted[Math.min(this.#kept - 1, Math.floor(fraction * this.#kept))] ?? 0;
  }

  #makeRoom(): void {
    if (this.#samples.length < KEPT) {
      const grown = new Float64Array(this.#samples.length * 2);
      grown.set(this.#samples);
      this.#samples = grown;
      return;
    }
    for (let index = 0; index < KEPT / 2; index++) this.#samples[index] = this.#samples[index * 2] ?? 0;
    this.#kept = KEPT / 2;
    this.#stride *= 2;
    this.#skip = this.#stride - 1;
  }
}
