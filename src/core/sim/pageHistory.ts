/*
 * What the pages of an arena held at the checkpoints of a run. Only pages that are written are copied, once between two
 * checkpoints, as they were before; going back exchanges them for what the pages hold, going forward exchanges them again.
 *
 *   checkpoint   0 ──────── 1 ──────── 2 ──────── now
 *   kept            pages of   pages of   pages as they were
 *                   0 (or 1)   1 (or 2)   at 2
 */
import { at, invariant } from '../../base/invariant.ts';
import { type MemoryArena, PAGE_BYTES, type PageObserver } from './memoryArena.ts';

/**
 * Pages that were handed out after a checkpoint need no copy: going back takes them from the arena and leaves their bytes
 * where they are; the tables that name them are pages, too.
 */
export class PageHistory implements PageObserver {
  private readonly _arena: MemoryArena;
  /** Between checkpoint i and i + 1: pages as they were at the one of them that the arena is not at. */
  private readonly _intervals: Map<number, Uint8Array>[] = [];
  /** Pages handed out at each checkpoint. */
  private readonly _pages: number[];
  /** The checkpoint the arena was at last. */
  private _at = 0;
  /** Pages written or handed out again since then, as they were there. */
  private _since = new Map<number, Uint8Array>();
  private _copies = 0;

  /** Takes checkpoint 0. */
  constructor(arena: MemoryArena) {
    this._arena = arena;
    this._pages = [arena.pages];
    arena.observe(this);
    arena.epoch += 1;
  }

  /** Bytes of the copies. */
  get keptBytes(): number {
    return (this._copies + this._since.size) * PAGE_BYTES;
  }

  beforeWrite(page: number): void {
    if (page >= at(this._pages, this._at) || this._since.has(page)) return;
    this._since.set(page, this._arena.pageBytes(page).slice());
  }

  beforeReuse(page: number): void {
    if (!this._since.has(page)) this._since.set(page, this._arena.pageBytes(page).slice());
  }

  /**
   * Takes the next checkpoint, or (after going back and running on) notes that the arena is at the next one again: pages
   * hold then what they held.
   */
  mark(): void {
    const pages = at(this._pages, this._at);
    for (const page of this._since.keys()) if (page >= pages) this._since.delete(page);
    const known = this._intervals[this._at];
    this._copies += this._since.size - (known?.size ?? 0);
    this._intervals[this._at] = this._since;
    this._at += 1;
    if (known === undefined) this._pages.push(this._arena.pages);
    invariant(this._arena.pages === this._pages[this._at], () => 'a run that was repeated used other pages');
    this.#beginInterval();
  }

  /** Brings all pages to what they held at a checkpoint. */
  goTo(checkpoint: number): void {
    invariant(checkpoint >= 0 && checkpoint < this._pages.length, () => `there is no checkpoint ${checkpoint}`);
    for (const [page, bytes] of this._since) this._arena.pageBytes(page).set(bytes);
    const carried = new Map<number, Uint8Array>();
    while (this._at > checkpoint) this.#carry(carried, at(this._intervals, --this._at));
    while (this._at < checkpoint) this.#carry(carried, at(this._intervals, this._at++));
    for (const [page, bytes] of carried) this._arena.pageBytes(page).set(bytes);
    this._arena.rewind(at(this._pages, checkpoint));
    this.#beginInterval();
  }

  /** Forgets the checkpoints after the one the arena was at last. */
  forgetLater(): void {
    for (const interval of this._intervals.splice(this._at)) this._copies -= interval.size;
    this._pages.length = this._at + 1;
  }

  /** Forgets one checkpoint between the first and the latest, which the arena must be at. */
  drop(checkpoint: number): void {
    invariant(checkpoint > 0 && checkpoint < this._at, () => `checkpoint ${checkpoint} cannot be dropped`);
    invariant(this._at === this._intervals.length, () => 'checkpoints are dropped at the latest one only');
    const before = at(this._intervals, checkpoint - 1);
    const after = at(this._intervals, checkpoint);
    const pages = at(this._pages, checkpoint - 1);
    this._copies -= before.size + after.size;
    for (const [page, bytes] of after) if (page < pages && !before.has(page)) before.set(page, bytes);
    this._copies += before.size;
    this._intervals.splice(checkpoint, 1);
    this._pages.splice(checkpoint, 1);
    this._at -= 1;
  }

  /**
   * Crosses an interval: what it kept is what its pages hold now, and it keeps what they held. However many intervals are
   * crossed, each page is copied once.
   */
  #carry(carried: Map<number, Uint8Array>, interval: Map<number, Uint8Array>): void {
    for (const [page, kept] of interval) {
      interval.set(page, carried.get(page) ?? this._arena.pageBytes(page).slice());
      carried.set(page, kept);
    }
  }

  #beginInterval(): void {
    this._since = new Map();
    this._arena.epoch += 1;
  }
}
