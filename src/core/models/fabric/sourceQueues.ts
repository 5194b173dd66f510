/*
 * What waits for one transmitter: for each source (ingress port of the node, or function of a device) one queue for
 * each class, and the order in which sources take turns.
 *
 *   source 0   P: ■■■   NP: ■   Cpl: –
 *   source 1   P: –     NP: –   Cpl: ■■        turns: 0 → 1 → 0 …
 *
 * Between sources: round robin. Within a source: the oldest TLP that may go, where a non-posted request or a
 * completion never passes an older posted one (semantics reference, section 8), and nothing waits for a class that
 * merely lacks credits.
 */
import { invariant } from '../../../base/invariant.ts';
import { TLP_CLASS } from '../../pcie/tlp.ts';
import { int32At } from '../../sim/cells.ts';
import type { CreditAccount } from './creditAccount.ts';
import { NONE, type TlpPool } from './tlpPool.ts';

const CLASSES = 3;

export class SourceQueues {
  readonly #pool: TlpPool;
  readonly #credits: CreditAccount;
  /** First and last TLP of each queue: [source · 3 + class]. */
  #heads = new Int32Array(0);
  #tails = new Int32Array(0);
  /** Sources with something to send, as a list in the order of their turns. */
  #nextActive = new Int32Array(0);
  #firstActive = NONE;
  #lastActive = NONE;
  #sources = 0;
  #order = 0;
  #waiting = 0;

  constructor(pool: TlpPool, credits: CreditAccount) {
    this.#pool = pool;
    this.#credits = credits;
  }

  /** TLPs waiting. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Adds a source and returns its number. Before the first TLP only. */
  addSource(): number {
    invariant(this.#waiting === 0, () => 'sources are added before traffic');
    const source = this.#sources++;
    this.#heads = new Int32Array(this.#sources * CLASSES).fill(NONE);
    this.#tails = new Int32Array(this.#sources * CLASSES).fill(NONE);
    this.#nextActive = new Int32Array(this.#sources).fill(NONE);
    return source;
  }

  /** Puts a TLP at the end of its source's queue for its class. */
  add(slot: number, source: number): void {
    const pool = this.#pool;
    const heads = this.#heads;
    const base = source * CLASSES;
    const queue = base + pool.classOf(slot);
    this.#order = (this.#order + 1) | 0;
    pool.setOrder(slot, this.#order);
    pool.setSource(slot, source);
    pool.setNext(slot, NONE);
    this.#waiting++;
    const wasIdle = (int32At(heads, base) & int32At(heads, base + 1) & int32At(heads, base + 2)) === NONE;
    const tail = int32At(this.#tails, queue);
    if (tail === NONE) heads[queue] = slot;
    else pool.setNext(tail, slot);
    this.#tails[queue] = slot;
    if (wasIdle) this.#appendActive(source);
  }

  /**
   * Removes and returns the TLP that goes next, or NONE if nothing waits or everything that waits lacks credits.
   */
  take(): number {
    let previous = NONE;
    for (let source = this.#firstActive; source !== NONE; source = int32At(this.#nextActive, source)) {
      const slot = this.#choose(source);
      if (slot !== NONE) {
        this.#remove(slot, source, previous);
        return slot;
      }
      previous = source;
    }
    return NONE;
  }

  /** The oldest TLP of a source that may go, or NONE. */
  #choose(source: number): number {
    const heads = this.#heads;
    const base = source * CLASSES;
    const posted = int32At(heads, base + TLP_CLASS.posted);
    const nonPosted = int32At(heads, base + TLP_CLASS.nonPosted);
    const completion = int32At(heads, base + TLP_CLASS.completion);
    let best = NONE;
    if (posted !== NONE && this.#affordable(posted, TLP_CLASS.posted)) best = posted;
    if (
      nonPosted !== NONE &&
      (posted === NONE || this.#isOlder(nonPosted, posted)) &&
      this.#affordable(nonPosted, TLP_CLASS.nonPosted) &&
      (best === NONE || this.#isOlder(nonPosted, best))
    ) {
      best = nonPosted;
    }
    if (
      completion !== NONE &&
      (posted === NONE || this.#pool.isRelaxed(completion) || this.#isOlder(completion, posted)) &&
      this.#affordable(completion, TLP_CLASS.completion) &&
      (best === NONE || this.#isOlder(completion, best))
    ) {
      best = completion;
    }
    return best;
  }

  #affordable(slot: number, tlpClass: number): boolean {
    return this.#credits.affords(tlpClass, this.#pool.dataCredits(slot));
  }

  #isOlder(slot: number, other: number): boolean {
    const pool = this.#pool;
    return ((pool.order(slot) - pool.order(other)) | 0) < 0;
  }

  /** Takes a TLP off its queue and gives its source the last turn. */
  #remove(slot: number, source: number, previousSource: number): void {
    const pool = this.#pool;
    const heads = this.#heads;
    const base = source * CLASSES;
    const queue = base + pool.classOf(slot);
    const following = pool.next(slot);
    heads[queue] = following;
    if (following === NONE) this.#tails[queue] = NONE;
    this.#waiting--;
    const isIdle = (int32At(heads, base) & int32At(heads, base + 1) & int32At(heads, base + 2)) === NONE;
    if (!isIdle && this.#lastActive === source) return;
    const nextSource = int32At(this.#nextActive, source);
    if (previousSource === NONE) this.#firstActive = nextSource;
    else this.#nextActive[previousSource] = nextSource;
    if (this.#lastActive === source) this.#lastActive = previousSource;
    if (!isIdle) this.#appendActive(source);
  }

  #appendActive(source: number): void {
    this.#nextActive[source] = NONE;
    if (this.#lastActive === NONE) this.#firstActive = source;
    else this.#nextActive[this.#lastActive] = source;
    this.#lastActive = source;
  }
}
