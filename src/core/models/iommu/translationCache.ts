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
  readonly #indexOf = new Map<number, number>();
  readonly #keys: Float64Array;
  /** Physical address of the page. */
  readonly #pages: Float64Array;
  /** The translation is there from this time on. */
  readonly #ready_ps: Float64Array;
  readonly #levels: Int32Array;
  readonly #flags: Int32Array;
  readonly #newer: Int32Array;
  readonly #older: Int32Array;
  readonly #unused: number[];
  #newest = NONE;
  #oldest = NONE;
  /** By level: how many entries are pages of that size. */
  readonly #atLevel = new Int32Array(PAGE_LEVELS);

  constructor(entries: number) {
    this.#keys = new Float64Array(entries);
    this.#pages = new Float64Array(entries);
    this.#ready_ps = new Float64Array(entries);
    this.#levels = new Int32Array(entries);
    this.#flags = new Int32Array(entries);
    this.#newer = new Int32Array(entries);
    this.#older = new Int32Array(entries);
    this.#unused = Array.from({ length: entries }, (_, index) => entries - 1 - index);
  }

  /** Translations in it now. */
  get count(): number {
    return this.#keys.length - this.#unused.length;
  }

  /** The entry for an address of a domain, now the most recently used; −1 if there is none. */
  find(domain: number, address: number): number {
    for (let level = 0; level < PAGE_LEVELS; level++) {
      if (int32At(this.#atLevel, level) === 0) continue;
      const key = keyOf(domain, address, level);
      // Requests of one stream stay in a page for a while.
      if (this.#newest >= 0 && doubleAt(this.#keys, this.#newest) === key) return this.#newest;
      const index = this.#indexOf.get(key);
      if (index === undefined) continue;
      this.#unlink(index);
      this.#linkNewest(index);
      return index;
    }
    return NONE;
  }

  /** Physical address for an address in an entry's page. */
  addressOf(index: number, address: number): number {
    return doubleAt(this.#pages, index) + (address % pageBytesOf(int32At(this.#levels, index)));
  }

  flagsOf(index: number): number {
    return int32At(this.#flags, index);
  }

  levelOf(index: number): number {
    return int32At(this.#levels, index);
  }

  ready_ps(index: number): number {
    return doubleAt(this.#ready_ps, index);
  }

  /** Adds a page of a level; the least recently used entry makes room. */
  add(
    domain: number,
    address: number,
    page: { level: number; address: number; flags: number },
    ready_ps: number,
  ): void {
    if (this.#unused.length === 0) this.#drop(this.#oldest);
    const index = this.#unused.pop() ?? NONE;
    const key = keyOf(domain, address, page.level);
    this.#keys[index] = key;
    this.#pages[index] = page.address;
    this.#ready_ps[index] = ready_ps;
    this.#levels[index] = page.level;
    this.#flags[index] = page.flags;
    this.#indexOf.set(key, index);
    this.#atLevel[page.level] = int32At(this.#atLevel, page.level) + 1;
    this.#linkNewest(index);
  }

  /** Forgets all translations of a domain. */
  invalidate(domain: number): void {
    for (const [key, index] of this.#indexOf) if (domainIn(key) === domain) this.#drop(index);
  }

  #drop(index: number): void {
    this.#unlink(index);
    this.#indexOf.delete(doubleAt(this.#keys, index));
    this.#unused.push(index);
    const level = int32At(this.#levels, index);
    this.#atLevel[level] = int32At(this.#atLevel, level) - 1;
  }

  #unlink(index: number): void {
    const newer = int32At(this.#newer, index);
    const older = int32At(this.#older, index);
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
  }

  #linkNewest(index: number): void {
    this.#newer[index] = NONE;
    this.#older[index] = this.#newest;
    if (this.#newest === NONE) this.#oldest = index;
    else this.#newer[this.#newest] = index;
    this.#newest = index;
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
