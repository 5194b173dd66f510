/*
 * What the receiver of a direction tells its sender: Acks, and UpdateFC for each class. Each kind has a pace: no two
 * closer together than the timer limit of the performance reference (3.2), and at once when there is less to tell.
 *
 *   something to tell ─▶ due ─▶ on the opposite wire, before its next TLP ─▶ under way ─▶ known to the sender
 *
 * None of this needs events while the sender has credits: when a DLLP is due it is certain where it will go, so it is
 * worked out when somebody next looks (`Transmitter.settle`), with the same result whenever that is.
 */
import { grownDoubles, grownInt32s } from '../../sim/cells.ts';
import type { CreditAccount } from './creditAccount.ts';

/** Kinds of DLLP: 0, 1, 2 = UpdateFC of that class. */
export const ACK = 3;
const KINDS = 4;
const INITIAL_UPDATES = 16;

/**
 * @spec performance reference, section 3.2
 * @simplifies While nothing can go wrong on a link, Acks only take their time on the wire; what they do otherwise is in
 * linkLayer.ts. UpdateFC goes by the timer alone, however few credits are left.
 */
export class Feedback {
  // Doubles travel in fields, see EventQueue.
  /** When the next DLLP is due; Infinity = nothing to tell. */
  next_ps = 0.5;
  /** When the next UpdateFC under way is known to the sender; Infinity = none is under way. */
  news_ps = 0.5;
  /** Argument of {@link plan} and {@link depart}, result of {@link takeDue}. */
  at_ps = 0.5;
  private readonly _credits: CreditAccount;
  private _timerLimit_ps = 0.5;
  /** By kind: when it is due (Infinity = nothing to tell) and when it was due last. */
  private readonly _due = new Float64Array(KINDS).fill(Infinity);
  private readonly _last = new Float64Array(KINDS);
  /** UpdateFCs under way, oldest first, as a ring: when they are known; class, header and data credits. */
  private _times = new Float64Array(INITIAL_UPDATES);
  private _amounts = new Int32Array(INITIAL_UPDATES * 3);
  private _first = 0;
  private _count = 0;

  constructor(credits: CreditAccount, timerLimit_ps: number) {
    this._credits = credits;
    this._timerLimit_ps = timerLimit_ps;
    this._last.fill(-timerLimit_ps);
    this.next_ps = Infinity;
    this.news_ps = Infinity;
    this.at_ps = 0;
  }

  set timerLimit_ps(limit_ps: number) {
    this._timerLimit_ps = limit_ps;
  }

  /** True if a DLLP of this kind waits for its time. */
  isPlanned(kind: number): boolean {
    return (this._due[kind] as number) !== Infinity;
  }

  /** True if a DLLP of this kind waits and is due at `at_ps` or later. */
  isPlannedFrom(kind: number): boolean {
    return (this._due[kind] as number) >= this.at_ps;
  }

  /** There is something to tell from `at_ps` on: a DLLP is due then, or as soon as its pace allows. */
  plan(kind: number): void {
    const paced_ps = (this._last[kind] as number) + this._timerLimit_ps;
    const due_ps = paced_ps > this.at_ps ? paced_ps : this.at_ps;
    this._due[kind] = due_ps;
    if (due_ps < this.next_ps) this.next_ps = due_ps;
  }

  /** {@link plan}, also if one of this kind is planned for a later time: it comes sooner then. */
  hasten(kind: number): void {
    const paced_ps = (this._last[kind] as number) + this._timerLimit_ps;
    if (paced_ps > this.at_ps) this.at_ps = paced_ps;
    this.planAt(kind);
  }

  /** A DLLP is due at `at_ps`, whatever the pace, unless one of its kind is due before. */
  planAt(kind: number): void {
    if ((this._due[kind] as number) <= this.at_ps) return;
    this._due[kind] = this.at_ps;
    if (this.at_ps < this.next_ps) this.next_ps = this.at_ps;
  }

  /** The link is down: no DLLP travels, and what was freed or under way is known to the sender. */
  flush(): void {
    while (this._count > 0) this.absorb();
    for (let tlpClass = 0; tlpClass < ACK; tlpClass++) {
      const header = this._credits.freedHeader(tlpClass);
      const data = this._credits.freedData(tlpClass);
      this._credits.depart(tlpClass);
      this._credits.arrive(tlpClass, header, data);
    }
    this._due.fill(Infinity);
    this.next_ps = Infinity;
  }

  /** Takes the DLLP that is due first off the plan. @returns its kind; `at_ps` is its time. */
  takeDue(): number {
    const due = this._due;
    let kind = 0;
    let next_ps = Infinity;
    let first_ps = due[0] as number;
    for (let other = 1; other < 4; other++) {
      const due_ps = due[other] as number;
      if (due_ps < first_ps) {
        next_ps = first_ps;
        first_ps = due_ps;
        kind = other;
      } else if (due_ps < next_ps) {
        next_ps = due_ps;
      }
    }
    due[kind] = Infinity;
    this._last[kind] = first_ps;
    this.at_ps = first_ps;
    this.next_ps = next_ps;
    return kind;
  }

  /** When the next UpdateFC is due; Infinity if none is planned. */
  nextUpdate_ps(): number {
    const due = this._due;
    return Math.min(due[0] as number, due[1] as number, due[2] as number);
  }

  /** What has been freed in a class goes on its way; the sender knows at `at_ps`. */
  depart(tlpClass: number): void {
    if (this._count === this._times.length) this.#grow();
    const mask = this._times.length - 1;
    // Nearly always last; releases noted ahead on links without DLLPs may overtake each other.
    let place = (this._first + this._count++) & mask;
    while (place !== this._first) {
      const before = (place - 1) & mask;
      if ((this._times[before] as number) <= this.at_ps) break;
      this._times[place] = this._times[before] as number;
      this._amounts.copyWithin(place * 3, before * 3, before * 3 + 3);
      place = before;
    }
    this._times[place] = this.at_ps;
    this._amounts[place * 3] = tlpClass;
    this._amounts[place * 3 + 1] = this._credits.freedHeader(tlpClass);
    this._amounts[place * 3 + 2] = this._credits.freedData(tlpClass);
    this._credits.depart(tlpClass);
    if (place === this._first) this.news_ps = this.at_ps;
  }

  /** The sender takes in the first UpdateFC under way. */
  absorb(): void {
    const place = this._first;
    this._credits.arrive(
      this._amounts[place * 3] as number,
      this._amounts[place * 3 + 1] as number,
      this._amounts[place * 3 + 2] as number,
    );
    this._first = (place + 1) & (this._times.length - 1);
    this._count--;
    this.news_ps = this._count === 0 ? Infinity : (this._times[this._first] as number);
  }

  /** Credits of a class that are known to the sender by `now_ps`, though nobody has taken them in. @param part 0 = headers, 1 = data. */
  arrived(tlpClass: number, part: 0 | 1, now_ps: number): number {
    if (this.news_ps > now_ps) return 0;
    const mask = this._times.length - 1;
    let credits = 0;
    for (let index = 0; index < this._count; index++) {
      const place = (this._first + index) & mask;
      if ((this._times[place] as number) > now_ps) break;
      if ((this._amounts[place * 3] as number) === tlpClass) credits += this._amounts[place * 3 + 1 + part] as number;
    }
    return credits;
  }

  /** Doubles the ring and moves its beginning to 0. */
  #grow(): void {
    const { length } = this._times;
    const times = grownDoubles(this._times, 0);
    const amounts = grownInt32s(this._amounts, 0);
    for (let index = 0; index < length; index++) {
      const from = (this._first + index) & (length - 1);
      times[index] = this._times[from] as number;
      for (let word = 0; word < 3; word++) amounts[index * 3 + word] = this._amounts[from * 3 + word] as number;
    }
    this._times = times;
    this._amounts = amounts;
    this._first = 0;
  }
}
