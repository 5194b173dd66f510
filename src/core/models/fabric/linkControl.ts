/*
 * A link as one thing, both directions of it: what it has negotiated, and how it is broken and mended.
 *
 *   up ── retrain ──▶ Recovery (traffic waits) ──▶ up, perhaps slower
 *    └─── down ──▶ down (TLPs are lost) ── up ──▶ training ──▶ up
 */
import { invariant } from '../../../base/invariant.ts';
import type { LinkDirection } from '../../pcie/faults.ts';
import { type LinkGen, linkRate, type LinkWidth } from '../../pcie/link.ts';
import { DOWNSTREAM, UPSTREAM } from '../../pcie/counters.ts';
import { itemAt } from '../../sim/cells.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import { type AgendaItem, ITEM } from './agenda.ts';
import type { LinkLayer } from './linkLayer.ts';
import type { LinkErrorRelay } from './linkErrors.ts';
import type { Survivor } from './linkOutage.ts';
import type { LinkTiming } from './linkTiming.ts';
import type { Transmitter } from './transmitter.ts';

/**
 * Traffic stands still for so long in Recovery.
 * @simplifies One time for all speeds and widths, with or without a change of either; equalisation is not repeated.
 */
export const RECOVERY_PS = 10_000_000;
/** A hot reset lasts 2 ms once it is directed (PCIe Base 5.0 §4.2.6.11, from memory). */
export const HOT_RESET_PS = 2_000_000_000;
/** Polling sends at least 1024 training sequences of 16 symbols at 2.5 GT/s (PCIe Base 5.0 §4.2.6.2, from memory). */
export const TRAINING_PS = 1024 * 16 * linkRate(1).symbolTime_ps + RECOVERY_PS;
/** Highest probability of a wrong bit. */
const MAX_BIT_ERROR_RATE = 1e-3;

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
  readonly events: EventQueue;
  readonly linkErrors: LinkErrorRelay;
  /** Downstream direction first. */
  readonly transmitters: readonly [Transmitter, Transmitter];
  readonly up: boolean;
  readonly gen: LinkGen;
  readonly width: LinkWidth;
  /** Timing at a speed and width, with the present Max_Payload_Size. */
  readonly timingOf: (gen: LinkGen, width: LinkWidth) => LinkTiming;
  /** Probability of a wrong bit in both directions, as in the document. */
  readonly bitErrorRate?: number | undefined;
  /** Size of the replay buffers, if the document says one. */
  readonly replayBufferBytes?: number | undefined;
}

/**
 * @spec PCIe Base 5.0 §2.9.1 (DL_Down), §3.2 (link states); semantics reference 9.2
 * @simplifies The two directions go down and come up together. A TLP on the wire when Recovery begins is finished first.
 * Flow control initialisation takes no time of its own.
 */
export class LinkControl {
  private _negotiated: NegotiatedLink;
  private readonly _options: LinkControlOptions;
  private readonly _listeners: ((negotiated: NegotiatedLink) => void)[] = [];
  /** Both directions' data link layers, where something can go wrong. */
  private _layers: readonly LinkLayer[] | undefined;
  /** Counts what ends a training or a pause before its time. */
  private _attempt = 0;
  /** By direction, since when it pauses; undefined = it does not. */
  private _pausedSince_ps: readonly number[] | undefined;

  constructor(options: LinkControlOptions) {
    this._options = options;
    this._negotiated = { up: options.up, training: false, gen: options.gen, width: options.width };
    options.transmitters[DOWNSTREAM].end.onTraining = (item) => this.#onTraining(item);
    const { bitErrorRate = 0, replayBufferBytes } = options;
    if (bitErrorRate > 0) {
      this.setBitErrors('down', bitErrorRate);
      this.setBitErrors('up', bitErrorRate);
    }
    if (replayBufferBytes !== undefined) this.#armed();
  }

  get negotiated(): NegotiatedLink {
    return this._negotiated;
  }

  /** Told after every change of {@link negotiated}. */
  onChange(listener: (negotiated: NegotiatedLink) => void): void {
    this._listeners.push(listener);
  }

  /** Max_Payload_Size of an end has changed, or speed or width. */
  retime(): void {
    const { gen, width } = this._negotiated;
    const timing = this._options.timingOf(gen, width);
    for (const transmitter of this._options.transmitters) transmitter.setTiming(timing);
  }

  /**
   * The link goes down at once: what is on the wire, in the replay buffers and in the queues is lost (linkOutage.ts).
   * @param port what becomes of the device above the link; the one below is reset.
   */
  down(port: Survivor = 'kept'): void {
    this._attempt++;
    if (!this._negotiated.up) {
      if (this._negotiated.training) this.#become({ training: false });
      return;
    }
    this.#endPause();
    this.#become({ up: false, training: false });
    for (const [direction, transmitter] of this._options.transmitters.entries()) {
      const lost = transmitter.end.goDown(direction === DOWNSTREAM ? 'reset' : port);
      if (lost > 0) this._options.linkErrors.sink?.lost?.(transmitter, lost);
    }
  }

  /**
   * The link trains; after {@link TRAINING_PS} it is up at its former speed and width. Credits then are what the
   * receivers' buffers have free. Nothing happens to a link that is up.
   */
  up(): void {
    this.#train(TRAINING_PS);
  }

  /** Recovery, with another speed or width if one is given. Traffic waits, nothing is lost. Nothing happens when down. */
  retrain(gen: LinkGen = this._negotiated.gen, width: LinkWidth = this._negotiated.width): void {
    if (!this._negotiated.up) return;
    const isOther = gen !== this._negotiated.gen || width !== this._negotiated.width;
    if (isOther) this.#become({ gen, width });
    this.#pause();
    if (isOther) this.retime();
  }

  /**
   * Down, and up again after the time a hot reset and training take. The functions below are the caller’s business.
   * @param port as in {@link down}.
   */
  hotReset(port: Survivor = 'kept'): void {
    this.down(port);
    this.#train(HOT_RESET_PS + TRAINING_PS);
  }

  /** From now on a received bit of this direction is wrong with this probability, 0…1e-3. */
  setBitErrors(direction: LinkDirection, rate: number): void {
    invariant(rate >= 0 && rate <= MAX_BIT_ERROR_RATE, () => `a bit error rate of ${rate} is outside 0…1e-3`);
    this.#layer(direction).bitErrorRate = rate;
  }

  /** The next `count` TLPs that the receiver of this direction waits for arrive with a bad LCRC. */
  corruptNext(direction: LinkDirection, count: number): void {
    this.#layer(direction).corruptTlps += count;
  }

  /** The next `count` Acks for TLPs of this direction are lost. */
  loseAcks(direction: LinkDirection, count: number): void {
    this.#layer(direction).loseAcks += count;
  }

  #layer(direction: LinkDirection): LinkLayer {
    return itemAt(this.#armed(), direction === 'down' ? DOWNSTREAM : UPSTREAM);
  }

  /** The data link layers of both directions: one's Acks travel with the other. */
  #armed(): readonly LinkLayer[] {
    const { replayBufferBytes, transmitters } = this._options;
    const retrain = (): void => this.retrain();
    this._layers ??= transmitters.map(({ end, timing }) => end.arm({ timing, replayBufferBytes, retrain }));
    return this._layers;
  }

  #train(duration_ps: number): void {
    const { up, training } = this._negotiated;
    if (up || training) return;
    const { events, transmitters } = this._options;
    this.#become({ training: true });
    transmitters[DOWNSTREAM].end.agenda.add(events.now_ps + duration_ps, ITEM.trained, ++this._attempt);
  }

  #pause(): void {
    this.#endPause();
    const { events, transmitters } = this._options;
    // A TLP that is on the wire is finished first; both directions go on together.
    const until_ps = Math.max(events.now_ps, ...transmitters.map(({ end }) => end.freeAt_ps)) + RECOVERY_PS;
    this._pausedSince_ps = transmitters.map((transmitter) => transmitter.end.pauseUntil(until_ps));
    transmitters[DOWNSTREAM].end.agenda.add(until_ps, ITEM.resume, ++this._attempt);
  }

  /** Counts the time of a pause up to now. */
  #endPause(): void {
    for (const [direction, since_ps] of (this._pausedSince_ps ?? []).entries()) {
      itemAt(this._options.transmitters, direction).end.countPause(since_ps);
    }
    this._pausedSince_ps = undefined;
  }

  #onTraining({ kind, value }: AgendaItem): void {
    if (value !== this._attempt) return;
    if (kind === ITEM.resume) {
      this.#endPause();
      return;
    }
    for (const transmitter of this._options.transmitters) transmitter.end.comeUp();
    this.#become({ up: true, training: false });
  }

  #become(change: Partial<NegotiatedLink>): void {
    this._negotiated = { ...this._negotiated, ...change };
    for (const listener of this._listeners) listener(this._negotiated);
  }
}
