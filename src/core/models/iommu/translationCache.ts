/*
 * The IOTLB: the latest translations, least recently used goes first. Entries are fixed; nothing is allocated for a
 * request.
 */
import { doubleAt, int32At } from '../../sim/cells.ts';
import { pageBytesOf, TABLE_LEVELS } from '../../config/iommuTables.ts';

const NONE = -1;
/** Level 3 entries are tables, never pages. */
const PAGE_LEVELS = TABLE_LEVELS - 1;

export class TranslationCache {
  private readonly _indexOf = new Map<number, number>();
  private readonly _keys: Float64Array;
  /** Physical address of the page. */
  private readonly _pages: Float64Array;
  /** The translation is there from this time on. */
  private readonly _ready_ps: Float64Array;
  private readonly _levels: Int32Array;
  private readonly _flags: Int32Array;
  private readonly _newer: Int32Array;
  private readonly _older: Int32Array;
  private readonly _unused: number[];
  private _newest = NONE;
  private _oldest = NONE;
  /** By level: how many entries are pages of that size. */
  private readonly _atLevel = new Int32Array(PAGE_LEVELS);

  constructor(entries: number) {
    this._keys = new Float64Array(entries);
    this._pages = new Float64Array(entries);
    this._ready_ps = new Float64Array(entries);
    this._levels = new Int32Array(entries);
    this._flags = new Int32Array(entries);
    this._newer = new Int32Array(entries);
    this._older = new Int32Array(entries);
    this._unused = Array.from({ length: entries }, (_, index) => entries - 1 - index);
  }

  /** Translations in it now. */
  get count(): number {
    return this._keys.length - this._unused.length;
  }

  /** The entry for an address of a domain, now the most recently used; −1 if there is none. */
  find(domain: number, address: number): number {
    for (let level = 0; level < PAGE_LEVELS; level++) {
      if (int32At(this._atLevel, level) === 0) continue;
      const key = keyOf(domain, address, level);
      // Requests of one stream stay in a page for a while.
      if (this._newest >= 0 && doubleAt(this._keys, this._newest) === key) return this._newest;
      const index = this._indexOf.get(key);
      if (index === undefined) continue;
      this.#unlink(index);
      this.#linkNewest(index);
      return index;
    }
    return NONE;
  }

  /** Physical address for an address in an entry's page. */
  addressOf(index: number, address: number): number {
    return doubleAt(this._pages, index) + (address % pageBytesOf(int32At(this._levels, index)));
  }

  flagsOf(index: number): number {
    return int32At(this._flags, index);
  }

  levelOf(index: number): number {
    return int32At(this._levels, index);
  }

  ready_ps(index: number): number {
    return doubleAt(this._ready_ps, index);
  }

  /** Adds a page of a level; the least recently used entry makes room. */
  add(
    domain: number,
    address: number,
    page: { level: number; address: number; flags: number },
    ready_ps: number,
  ): void {
    if (this._unused.length === 0) this.#drop(this._oldest);
    const index = this._unused.pop() ?? NONE;
    const key = keyOf(domain, address, page.level);
    this._keys[index] = key;
    this._pages[index] = page.address;
    this._ready_ps[index] = ready_ps;
    this._levels[index] = page.level;
    this._flags[index] = page.flags;
    this._indexOf.set(key, index);
    this._atLevel[page.level] = int32At(this._atLevel, page.level) + 1;
    this.#linkNewest(index);
  }

  /** Forgets all translations of a domain. */
  invalidate(domain: number): void {
    for (const [key, index] of this._indexOf) if (domainIn(key) === domain) this.#drop(index);
  }

  #drop(index: number): void {
    this.#unlink(index);
    this._indexOf.delete(doubleAt(this._keys, index));
    this._unused.push(index);
    const level = int32At(this._levels, index);
    this._atLevel[level] = int32At(this._atLevel, level) - 1;
  }

  #unlink(index: number): void {
    const newer = int32At(this._newer, index);
    const older = int32At(this._older, index);
    if (newer === NONE) this._newest = older;
    else this._older[newer] = older;
    if (older === NONE) this._oldest = newer;
    else this._newer[older] = newer;
  }

  #linkNewest(index: number): void {
    this._newer[index] = NONE;
    this._older[index] = this._newest;
    if (this._newest === NONE) this._oldest = index;
    else this._newer[this._newest] = index;
    this._newest = index;
  }
}

/** Domain, page number and level in one exact double: 14, 36 and 2 bits. */
const DOMAIN_SCALE = 2 ** 38;

function keyOf(domain: number, address: number, level: number): number {
  return domain * DOMAIN_SCALE + Math.floor(address / pageBytesOf(level)) * 4 + level;
}

function domainIn(key: number): number {
  return Math.floor(key / DOMAIN_SCALE);
}
