/*
 * What waits for one transmitter: for each source (ingress port of the node, or function of a device) one queue for
 * each class, and the order in which sources take turns.
 *
 *   source 0   P: ■■■   NP: ■   Cpl: –
 *   source 1   P: –     NP: –   Cpl: ■■        turns: 0 → 1 → 0 …
 *
 * Between sources: round robin, or weighted: a source keeps its turn for as many TLPs as its weight says. There is no
 * order between sources (semantics reference O-4). Within a source: the oldest TLP that may go, by the ordering table:
 *
 *   later \ earlier    posted                            non-posted         completion
 *   posted             waits; passes with RO or IDO      passes             passes
 *   non-posted         waits; passes with IDO (with      waits              passes
 *                      data: RO or IDO)
 *   completion         waits; passes with RO or IDO      passes             waits
 *
 * What "may" pass does so only where the earlier TLP lacks credits. RO counts if the later TLP has it, IDO if it has it
 * and comes from another function than every posted TLP it passes (O-1). Classes are in figures here (0 posted, 1
 * non-posted, 2 completion), see TlpPool.
 */
import { invariant } from '../../../base/invariant.ts';
import type { CreditAccount } from './creditAccount.ts';
import { NONE, type TlpPool } from './tlpPool.ts';

const CLASSES = 3;
/** A posted TLP is passed by no more than this many others of its queue: the exceptions starve nobody. */
const MOST_PASSES = 16;

export class SourceQueues {
  private readonly _pool: TlpPool;
  private readonly _credits: CreditAccount;
  /** First and last TLP of each queue: [source · 3 + class]. */
  private _heads = new Int32Array(0);
  private _tails = new Int32Array(0);
  /** Sources with something to send, as a list in the order of their turns. */
  private _nextActive = new Int32Array(0);
  private _firstActive = NONE;
  private _lastActive = NONE;
  private _sources = 0;
  private _order = 0;
  private _waiting = 0;
  /** TLPs waiting that have the RO or IDO attribute. */
  private _flexible = 0;
  /** By source: how often the head of its posted queue has been passed. */
  private _passes = new Int32Array(0);
  /** Arbitration is weighted; by source: turns in a row, and how many of them are left. */
  private _isWeighted = false;
  private _weights = new Int32Array(0);
  private _turnsLeft = new Int32Array(0);
  private readonly _exceptions: boolean;

  /**
   * @param exceptions false = within a source nothing passes anything, whatever waits for credits. Such a machine
   * deadlocks: it exists to show that.
   */
  constructor(pool: TlpPool, credits: CreditAccount, exceptions = true) {
    this._pool = pool;
    this._credits = credits;
    this._exceptions = exceptions;
  }

  /** TLPs waiting. */
  get waiting(): number {
    return this._waiting;
  }

  /** Adds a source and returns its number. Before the first TLP only. */
  addSource(): number {
    invariant(this._waiting === 0, () => 'sources are added before traffic');
    const source = this._sources++;
    this._heads = new Int32Array(this._sources * CLASSES).fill(NONE);
    this._tails = new Int32Array(this._sources * CLASSES).fill(NONE);
    this._nextActive = new Int32Array(this._sources).fill(NONE);
    this._passes = new Int32Array(this._sources);
    const weights = new Int32Array(this._sources).fill(1);
    weights.set(this._weights);
    this._weights = weights;
    this._turnsLeft = weights.slice();
    return source;
  }

  /** Gives a source several turns in a row. @param weight 1…16. Before the first TLP only. */
  setWeight(source: number, weight: number): void {
    invariant(weight >= 1 && weight <= 16 && this._waiting === 0, () => `not a weight: ${weight}`);
    this._weights[source] = weight;
    this._turnsLeft[source] = weight;
    this._isWeighted = true;
  }

  /** Puts a TLP at the end of its source's queue for its class. */
  add(slot: number, source: number): void {
    const pool = this._pool;
    const heads = this._heads;
    const base = source * 3;
    const queue = base + pool.classOf(slot);
    this._order = (this._order + 1) | 0;
    pool.setOrder(slot, this._order);
    pool.setSource(slot, source);
    pool.setNext(slot, -1);
    this._waiting++;
    // RO and IDO in figures.
    if ((pool.attributes(slot) & 3) !== 0) this._flexible++;
    const wasIdle = ((heads[base] as number) & (heads[base + 1] as number) & (heads[base + 2] as number)) < 0;
    const tail = this._tails[queue] as number;
    if (tail < 0) heads[queue] = slot;
    else pool.setNext(tail, slot);
    this._tails[queue] = slot;
    if (wasIdle) this.#appendActive(source);
  }

  /**
   * Removes and returns the TLP that goes next, or NONE if nothing waits or everything that waits lacks credits.
   */
  take(): number {
    let previous = -1;
    for (let source = this._firstActive; source >= 0; source = this._nextActive[source] as number) {
      const slot = this.#choose(source);
      if (slot >= 0) {
        this.#remove(slot, source, previous);
        return slot;
      }
      previous = source;
    }
    return -1;
  }

  /** Removes a TLP whatever its credits, or NONE: there is no link. */
  drop(): number {
    const source = this._firstActive;
    if (source < 0) return NONE;
    for (let queue = source * CLASSES; ; queue++) {
      const slot = this._heads[queue] as number;
      if (slot < 0) continue;
      this.#remove(slot, source, NONE);
      return slot;
    }
  }

  /** True if {@link take} would find a TLP. */
  canSend(): boolean {
    for (let source = this._firstActive; source >= 0; source = this._nextActive[source] as number) {
      if (this.#choose(source) >= 0) return true;
    }
    return false;
  }

  /** The oldest TLP of a source that may go, or NONE. */
  #choose(source: number): number {
    const heads = this._heads;
    const base = source * 3;
    const posted = heads[base] as number;
    const nonPosted = heads[base + 1] as number;
    const completion = heads[base + 2] as number;
    if (!this._exceptions) return this.#chooseOldest(posted, nonPosted, completion);
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
      (posted < 0 || this.#isOlder(completion, posted)) &&
      this.#affordable(completion, 2) &&
      (best < 0 || this.#isOlder(completion, best))
    ) {
      best = completion;
    }
    if (best < 0 && posted >= 0 && this._flexible > 0) return this.#choosePassing(source, posted);
    return best;
  }

  /** Without exceptions: whatever came first goes first. */
  #chooseOldest(posted: number, nonPosted: number, completion: number): number {
    let oldest = posted;
    if (nonPosted >= 0 && (oldest < 0 || this.#isOlder(nonPosted, oldest))) oldest = nonPosted;
    if (completion >= 0 && (oldest < 0 || this.#isOlder(completion, oldest))) oldest = completion;
    return oldest >= 0 && this.#affordable(oldest, this._pool.classOf(oldest)) ? oldest : -1;
  }

  /** The oldest posted TLP lacks credits, and so does everything before it: a TLP whose attributes let it pass. */
  #choosePassing(source: number, posted: number): number {
    const completion = this._heads[source * 3 + 2] as number;
    if (completion >= 0 && this.#affordable(completion, 2) && this.#mayPass(completion, posted)) return completion;
    const nonPosted = this._heads[source * 3 + 1] as number;
    if (nonPosted >= 0 && this.#affordable(nonPosted, 1) && this.#mayPass(nonPosted, posted)) return nonPosted;
    if ((this._passes[source] as number) >= MOST_PASSES) return -1;
    const pool = this._pool;
    for (let later = pool.next(posted); later >= 0; later = pool.next(later)) {
      if (this.#affordable(later, 0) && this.#mayPass(later, posted)) return later;
    }
    return -1;
  }

  /** True if a TLP may pass all posted ones of its source that are older, by the attributes it has (O-1). */
  #mayPass(later: number, firstPosted: number): boolean {
    const pool = this._pool;
    // A read request passes with IDO only: its order carries meaning that its completion would lose.
    const isRead = pool.classOf(later) === 1 && pool.dataCredits(later) === 0;
    if (pool.isRelaxed(later) && !isRead) return true;
    if (!pool.isIdOrdered(later)) return false;
    const id = pool.classOf(later) === 2 ? pool.completerId(later) : pool.requesterId(later);
    for (let earlier = firstPosted; earlier >= 0; earlier = pool.next(earlier)) {
      if (earlier === later || !this.#isOlder(earlier, later)) return true;
      if (pool.requesterId(earlier) === id) return false;
    }
    return true;
  }

  #affordable(slot: number, tlpClass: number): boolean {
    return this._credits.affords(tlpClass, this._pool.dataCredits(slot));
  }

  #isOlder(slot: number, other: number): boolean {
    const pool = this._pool;
    return ((pool.order(slot) - pool.order(other)) | 0) < 0;
  }

  /** Takes a TLP off its queue and gives its source the last turn, or another one if it has turns left. */
  #remove(slot: number, source: number, previousSource: number): void {
    const pool = this._pool;
    const heads = this._heads;
    const base = source * 3;
    const queue = base + pool.classOf(slot);
    const following = pool.next(slot);
    if ((heads[queue] as number) !== slot) {
      this.#takeOut(slot, source, queue);
    } else {
      heads[queue] = following;
      if (following < 0) this._tails[queue] = -1;
    }
    this._waiting--;
    if (this._flexible > 0) this.#countPass(slot, source, queue);
    const isIdle = ((heads[base] as number) & (heads[base + 1] as number) & (heads[base + 2] as number)) < 0;
    if (this._isWeighted && this.#keepsTurn(source, isIdle)) return;
    if (!isIdle && this._lastActive === source) return;
    const nextSource = this._nextActive[source] as number;
    if (previousSource < 0) this._firstActive = nextSource;
    else this._nextActive[previousSource] = nextSource;
    if (this._lastActive === source) this._lastActive = previousSource;
    if (!isIdle) this.#appendActive(source);
  }

  /** A TLP that passes others leaves from the middle of its queue. */
  #takeOut(slot: number, source: number, queue: number): void {
    const pool = this._pool;
    let before = this._heads[queue] as number;
    while (pool.next(before) !== slot) before = pool.next(before);
    pool.setNext(before, pool.next(slot));
    if ((this._tails[queue] as number) === slot) this._tails[queue] = before;
    this._passes[source] = (this._passes[source] as number) + 1;
  }

  /** Keeps count of attributes; once the head of the posted queue has left, passing it starts anew. */
  #countPass(slot: number, source: number, queue: number): void {
    const pool = this._pool;
    if ((pool.attributes(slot) & 3) !== 0) this._flexible--;
    const head = this._heads[queue] as number;
    if (pool.classOf(slot) === 0 && (head < 0 || this.#isOlder(slot, head))) this._passes[source] = 0;
  }

  /** Weighted arbitration: one turn is used. @returns true if the source stays where it is in the list. */
  #keepsTurn(source: number, isIdle: boolean): boolean {
    const left = (this._turnsLeft[source] as number) - 1;
    const isOver = left === 0 || isIdle;
    this._turnsLeft[source] = isOver ? (this._weights[source] as number) : left;
    return !isOver;
  }

  #appendActive(source: number): void {
    this._nextActive[source] = -1;
    if (this._lastActive < 0) this._firstActive = source;
    else this._nextActive[this._lastActive] = source;
    this._lastActive = source;
  }
}
