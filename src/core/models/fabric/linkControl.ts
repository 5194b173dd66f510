/*
 * A link as one thing, both directions of it: what it has negotiated, and how it is broken and mended.
 */
import type { LinkDirection } from '../../pcie/faults.ts';
import type { LinkGen, LinkWidth } from '../../pcie/link.ts';
import type { LinkTiming } from './linkTiming.ts';
import type { Transmitter } from './transmitter.ts';

/** What Link Status would say. */
export interface NegotiatedLink {
  /** Data link layer active. */
  readonly up: boolean;
  /** Between {@link LinkControl.up} and the moment the data link layer is active. */
  readonly training: boolean;
  readonly gen: LinkGen;
  readonly width: LinkWidth;
}

export interface LinkControlOptions {
  /** Downstream direction first. */
  readonly transmitters: readonly [Transmitter, Transmitter];
  readonly up: boolean;
  readonly gen: LinkGen;
  readonly width: LinkWidth;
  /** Timing at a speed and width, with the present Max_Payload_Size. */
  readonly timingOf: (gen: LinkGen, width: LinkWidth) => LinkTiming;
}

export class LinkControl {
  #negotiated: NegotiatedLink;
  readonly #options: LinkControlOptions;
  readonly #listeners: ((negotiated: NegotiatedLink) => void)[] = [];

  constructor(options: LinkControlOptions) {
    this.#options = options;
    this.#negotiated = { up: options.up, training: false, gen: options.gen, width: options.width };
  }

  get negotiated(): NegotiatedLink {
    return this.#negotiated;
  }

  /** Told after every change of {@link negotiated}. */
  onChange(listener: (negotiated: NegotiatedLink) => void): void {
    this.#listeners.push(listener);
  }

  /** Max_Payload_Size of an end has changed. */
  retime(): void {
    const { gen, width } = this.#negotiated;
    const timing = this.#options.timingOf(gen, width);
    for (const transmitter of this.#options.transmitters) transmitter.setTiming(timing);
  }

  /** The link goes down at once: what is on the wire, in the replay buffers and in the queues is lost. */
  down(): void {
    this.#become({ up: false, training: false });
  }

  /** The link trains; after that it is up at its former speed and width, with all credits that are not in use. */
  up(): void {
    this.#become({ up: true, training: false });
  }

  /** Recovery, with another speed or width if one is given. Traffic waits, nothing is lost. Nothing happens when down. */
  retrain(gen: LinkGen = this.#negotiated.gen, width: LinkWidth = this.#negotiated.width): void {
    this.#become({ gen, width });
    this.retime();
  }

  /** Down, and up again after the time a hot reset takes. The functions below are the caller's business. */
  hotReset(): void {
    this.down();
    this.up();
  }

  /** From now on a received bit of this direction is wrong with this probability, 0…1e-3. */
  setBitErrors(direction: LinkDirection, rate: number): void {
    void [direction, rate];
  }

  /** The next `count` TLPs that the receiver of this direction waits for arrive with a bad LCRC. */
  corruptNext(direction: LinkDirection, count: number): void {
    void [direction, count];
  }

  /** The next `count` Acks for TLPs of this direction are lost. */
  loseAcks(direction: LinkDirection, count: number): void {
    void [direction, count];
  }

  #become(change: Partial<NegotiatedLink>): void {
    this.#negotiated = { ...this.#negotiated, ...change };
    for (const listener of this.#listeners) listener(this.#negotiated);
  }
}
