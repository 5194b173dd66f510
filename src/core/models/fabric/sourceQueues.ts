/*
 * What waits for one transmitter: for each source (ingress port of the node, or function of a device) one queue for
 * each class, and the order in which sources take turns.
 *
 *   source 0   P: ■■■   NP: ■   Cpl: –
 *   source 1   P: –     NP: –   Cpl: ■■        turns: 0 → 1 → 0 …
 *
 * Between sources: round robin. Within a source: the oldest TLP that may go, where a non-posted request or a
 * completion never passes an older posted one (semantics reference, section 8), and nothing waits for a class that
 * merely lacks credits. Classes are in figures here (0 posted, 1 non-posted, 2 completion), see TlpPool.
 */
import { invariant } from '../../../base/invariant.ts';
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
    const base = source * 3;
    const queue = base + pool.classOf(slot);
    this.#order = (this.#order + 1) | 0;
    pool.setOrder(slot, this.#order);
    pool.setSource(slot, source);
    pool.setNext(slot, -1);
    this.#waiting++;
    const wasIdle = (int32At(heads, base) & int32At(heads, base + 1) & int32At(heads, base + 2)) < 0;
    const tail = int32At(this.#tails, queue);
    if (tail < 0) heads[queue] = slot;
    else pool.setNext(tail, slot);
    this.#tails[queue] = slot;
    if (wasIdle) this.#appendActive(source);
  }

  /**
   * Removes and returns the TLP that goes next, or NONE if nothing waits or everything that waits lacks credits.
   */
  take(): number {
    let previous = -1;
    for (let source = this.#firstActive; source >= 0; source = int32At(this.#nextActive, source)) {
      const slot = this.#choose(source);
      if (slot >= 0) {
        this.#remove(slot, source, previous);
        return slot;
      }
      previous = source;
    }
    return -1;
  }

  /** True if {@link take} would find a TLP. */
  canSend(): boolean {
    for (let source = this.#firstActive; source >= 0; source = int32At(this.#nextActive, source)) {
      if (this.#choose(source) >= 0) return true;
    }
    return false;
  }

  /** The oldest TLP of a source that may go, or NONE. */
  #choose(source: number): number {
    const heads = this.#heads;
    const base = source * 3;
    const posted = int32At(heads, base);
    const nonPosted = int32At(heads, base + 1);
    const completion = int32At(heads, base + 2);
    let best = -1;
    if (posted >= 0 && this.#affordable(posted, 0)) best = posted;
    if (
      nonPosted >= 0 &&
      (posted < 0 || this.#isOlder(nonPosted, posted)) &&
      this.#affordable(nonPosted, 1) &&
      (best < 0 || this.#isOlder(nonPosted, best))
    ) {
      best = nonPosted;
    }
    if (
      completion >= 0 &&
      (posted < 0 || this.#pool.isRelaxed(completion) || this.#isOlder(completion, posted)) &&
      this.#affordable(completion, 2) &&
      (best < 0 || this.#isOlder(completion, best))
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
    const base = source * 3;
    const queue = base + pool.classOf(slot);
    const following = pool.next(slot);
    heads[queue] = following;
    if (following < 0) this.#tails[queue] = -1;
    this.#waiting--;
    const isIdle = (int32At(heads, base) & int32At(heads, base + 1) & int32At(heads, base + 2)) < 0;
    if (!isIdle && this.#lastActive === source) return;
    const nextSource = int32At(this.#nextActive, source);
    if (previousSource < 0) this.#firstActive = nextSource;
    else this.#nextActive[previousSource] = nextSource;
    if (this.#lastActive === source) this.#lastActive = previousSource;
    if (!isIdle) this.#appendActive(source);
  }

  #appendActive(source: number): void {
    this.#nextActive[source] = -1;
    if (this.#lastActive < 0) this.#firstActive = source;
    else this.#nextActive[this.#lastActive] = source;
    this.#lastActive = source;
  }
}
