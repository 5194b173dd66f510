import { RingWriter } from '../../base/ring.ts';
import type { RingStorage } from '../../base/ring.ts';
import { HOP, HOP_WORDS } from '../../core/pcie/counters.ts';
import type { HopRecorder } from '../../core/sim/hopRecorder.ts';

/** Writes hop records into a ring, one for each link crossing. Allocates nothing. */
export class HopRingRecorder implements HopRecorder {
  readonly #ring: RingWriter;
  readonly #words: Float64Array;

  constructor(storage: RingStorage) {
    this.#ring = new RingWriter(storage, HOP_WORDS);
    this.#words = this.#ring.words;
  }

  /** Fields as in core/pcie/counters.ts, HOP. */
  record(
    start_ps: number,
    end_ps: number,
    segment: number,
    what: number,
    address: number,
    lengthBytes: number,
    transaction: number,
    serial: number,
  ): void {
    const offset = this.#ring.claim();
    if (offset < 0) return;
    const words = this.#words;
    words[offset + HOP.start_ps] = start_ps;
    words[offset + HOP.end_ps] = end_ps;
    words[offset + HOP.segment] = segment;
    words[offset + HOP.what] = what;
    words[offset + HOP.address] = address;
    words[offset + HOP.lengthBytes] = lengthBytes;
    words[offset + HOP.transaction] = transaction;
    words[offset + HOP.serial] = serial;
  }

  /** Makes what was recorded visible to the page. */
  publish(): void {
    this.#ring.publish();
  }
}
