import { RingWriter } from '../../base/ring.ts';
import type { RingStorage } from '../../base/ring.ts';
import { HOP, HOP_WORDS } from '../../core/pcie/counters.ts';
import type { HopRecorder } from '../../core/sim/hopRecorder.ts';
import type { HopListener } from './breakpoints.ts';

/** Writes hop records into a ring, one for each link crossing. Allocates nothing. */
export class HopRingRecorder implements HopRecorder {
  readonly #ring: RingWriter;
  readonly #words: Float64Array;
  /** The page has these records: nothing is written. */
  isMuted = false;
  /** Sees each record that is written. */
  listener: HopListener | undefined;
  /** Stands in for the ring while that is full. */
  readonly #spare = new Float64Array(HOP_WORDS);

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
    if (this.isMuted) return;
    const claimed = this.#ring.claim();
    if (claimed < 0 && this.listener === undefined) return;
    const words = claimed < 0 ? this.#spare : this.#words;
    const offset = claimed < 0 ? 0 : claimed;
    words[offset + HOP.start_ps] = start_ps;
    words[offset + HOP.end_ps] = end_ps;
    words[offset + HOP.segment] = segment;
    words[offset + HOP.what] = what;
    words[offset + HOP.address] = address;
    words[offset + HOP.lengthBytes] = lengthBytes;
    words[offset + HOP.transaction] = transaction;
    words[offset + HOP.serial] = serial;
    this.listener?.onHop(words, offset);
  }

  /** Makes what was recorded visible to the page. */
  publish(): void {
    this.#ring.publish();
  }
}
