/** Samples kept; beyond them every second one is dropped, again and again. */
const KEPT = 2 ** 16;

/**
 * Times of single operations. Minimum and maximum are exact; median and percentiles come from up to 65 536 samples,
 * evenly spread over the run.
 */
export class LatencySamples {
  private _samples = new Float64Array(64);
  private _kept = 0;
  private _stride = 1;
  private _skip = 0;
  minimum_ps = Infinity;
  maximum_ps = 0;

  add(latency_ps: number): void {
    if (latency_ps < this.minimum_ps) this.minimum_ps = latency_ps;
    if (latency_ps > this.maximum_ps) this.maximum_ps = latency_ps;
    if (this._skip > 0) {
      this._skip -= 1;
      return;
    }
    this._skip = this._stride - 1;
    if (this._kept === this._samples.length) this.#makeRoom();
    this._samples[this._kept++] = latency_ps;
  }

  get isEmpty(): boolean {
    return this._kept === 0;
  }

  /** @param fraction 0…1. */
  quantile(fraction: number): number {
    const sorted = this._samples.slice(0, this._kept).sort();
    return sorted[Math.min(this._kept - 1, Math.floor(fraction * this._kept))] ?? 0;
  }

  #makeRoom(): void {
    if (this._samples.length < KEPT) {
      const grown = new Float64Array(this._samples.length * 2);
      grown.set(this._samples);
      this._samples = grown;
      return;
    }
    for (let index = 0; index < KEPT / 2; index++) this._samples[index] = this._samples[index * 2] ?? 0;
    this._kept = KEPT / 2;
    this._stride *= 2;
    this._skip = this._stride - 1;
  }
}
