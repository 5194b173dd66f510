/*
 * For each place: packets or a band? Above 24 packets a second past one point on the screen nobody can follow
 * one, and they fade into a band; below 16 they come back (design, section 6).
 */
import type { LiveFigures } from '../live/liveFigures.ts';

export const BAND_ABOVE = 24;
const PACKETS_BELOW = 16;
const FADE_MS = 200;
const PS_PER_SECOND = 1e12;
/** Chevrons drift at one speed: world units a second. */
const DRIFT_PER_SECOND = 24;
const MS_PER_SECOND = 1000;
/** A longer frame does not make a longer jump. */
const LONGEST_STEP_MS = 50;

export class ViewModes {
  /** By place: 0 packets … 1 band. */
  readonly band: Float64Array;
  /** Way of the drift so far; stands still with the machine. */
  drift = 0;
  /** True while any place shows packets. */
  showsPackets = true;
  /** The figures' update these modes were chosen by. */
  updates = -1;
  readonly #wants: Uint8Array;
  #isMoving = false;
  #last_ms: number | undefined;
  #isFirst = true;

  constructor(places: number) {
    this.band = new Float64Array(places);
    this.#wants = new Uint8Array(places);
  }

  /** Chooses by the rate at which packets pass on the screen. A paused machine keeps what it shows. */
  choose(figures: LiveFigures, reduced: boolean): void {
    this.#isMoving = figures.speed_psPerSecond > 0 && !figures.ended && !reduced;
    if (reduced) this.#wants.fill(1);
    else if (figures.speed_psPerSecond > 0 && !figures.ended) {
      let fastest = 0;
      for (const { link, directions } of figures.loads) {
        for (const direction of [0, 1] as const) {
          const perSecond = (directions[direction].tlpsPerSecond * figures.speed_psPerSecond) / PS_PER_SECOND;
          fastest = Math.max(fastest, perSecond);
          const place = link.index * 2 + direction;
          if (perSecond > BAND_ABOVE) this.#wants[place] = 1;
          else if (perSecond < PACKETS_BELOW) this.#wants[place] = 0;
        }
      }
      // Inside the host there are no counters of packets: it follows the busiest link.
      const inside = fastest > BAND_ABOVE ? 1 : fastest < PACKETS_BELOW ? 0 : undefined;
      if (inside !== undefined) this.#wants.fill(inside, figures.loads.length * 2);
    }
    if (this.#isFirst)
      for (let place = 0; place < this.band.length; place += 1) this.band[place] = this.#wants[place] ?? 0;
    this.#isFirst = false;
  }

  /** Moves the fades and the drift to a frame's time. */
  animate(now_ms: number): void {
    const elapsed_ms = this.#last_ms === undefined ? 0 : Math.max(0, Math.min(LONGEST_STEP_MS, now_ms - this.#last_ms));
    this.#last_ms = now_ms;
    if (this.#isMoving) this.drift += (DRIFT_PER_SECOND * elapsed_ms) / MS_PER_SECOND;
    const step = elapsed_ms / FADE_MS;
    this.showsPackets = false;
    for (let place = 0; place < this.band.length; place += 1) {
      const wish = this.#wants[place] ?? 0;
      const now = this.band[place] ?? 0;
      this.band[place] = now < wish ? Math.min(wish, now + step) : Math.max(wish, now - step);
      if ((this.band[place] ?? 0) < 1) this.showsPackets = true;
    }
  }

  /** A way between two places is a band as soon as one of them is. */
  innerBand(from: number, to: number): number {
    return Math.max(this.band[from] ?? 0, this.band[to] ?? 0);
  }
}
