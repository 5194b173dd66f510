/*
 * A function's own address translation cache (ATS): it asks the IOMMU once for a page, keeps the answer, and sends its
 * requests with physical addresses that say so (AT = 10).
 *
 *   request ── page known ─────────────────────────▶ translated, on its way
 *           └─ unknown ── MRd AT=01 ── CplD ─┐
 *              held, and all behind it ◀─────┘
 */
import { findCapability } from '../../config/capability.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import { readField } from '../../config/decode.ts';
import { ATS, ATS_CONTROL } from '../../config/extendedCapabilities.ts';
import { ATS_ENTRY_BYTES, ATS_READ, ATS_SIZE, ATS_WRITE, addressIn, TABLE_BYTES } from '../../config/iommuTables.ts';
import { wantsCompletion } from '../fabric/completions.ts';
import { ADDRESS_TYPE, TLP_ATTRIBUTE, type TlpPool } from '../fabric/tlpPool.ts';

/** Whether ATS Enable of a function is set, as cheap as the last write allows; never without the capability. */
export class AtsEnable {
  private readonly _config: ConfigSpace;
  private readonly _base: number | undefined;
  private _generation = -1;
  private _isOn = false;

  constructor(config: ConfigSpace) {
    this._config = config;
    this._base = findCapability(config, ATS);
  }

  get isOn(): boolean {
    const config = this._config;
    if (this._base === undefined || this._generation === config.generation) return this._isOn;
    this._generation = config.generation;
    this._isOn = readField(config, ATS_CONTROL, this._base, 'enable') === 1;
    return this._isOn;
  }
}

/** Pages a function remembers. */
const CACHED_PAGES = 64;
const INTERRUPT_BASE = 0xfee0_0000;
const INTERRUPT_LIMIT = 0xfeef_ffff;

/** What the cache needs of the port it works for. */
export interface TranslationPort {
  /** ATS Enable is set in the function's configuration space, and an IOMMU is there. */
  readonly isEnabled: boolean;
  /** Sends a translation request for a page; its completion comes back by `tag`. @returns the tag, −1 if none is free. */
  requestTranslation(page: number): number;
  /** Sends a request that was held. */
  sendHeld(slot: number): void;
  /** Ends a request that was held and will never be sent. */
  dropHeld(slot: number): void;
}

interface CachedPage {
  readonly page: number;
  readonly sizeBytes: number;
  readonly physical: number;
  /** ATS_READ, ATS_WRITE; 0 = the IOMMU has no translation. */
  readonly flags: number;
}

/**
 * @spec semantics reference
 * @simplifies One translation is asked for at a time, and requests keep their order behind it. Pages without a translation
 * are remembered, too: requests to them go untranslated. Invalidations act at once, without messages.
 */
export class TranslationAgent {
  private readonly _pool: TlpPool;
  private readonly _port: TranslationPort;
  /** Oldest use first. */
  private readonly _pages = new Map<number, CachedPage>();
  private readonly _held: number[] = [];
  /** Tag of the translation request that is out, or −1; the page it is for; the answer so far. */
  private _tag = -1;
  private _asked = -1;
  private readonly _answer = new DataView(new ArrayBuffer(ATS_ENTRY_BYTES));
  private _isDraining = false;
  private _requests = 0;

  constructor(pool: TlpPool, port: TranslationPort) {
    this._pool = pool;
    this._port = port;
  }

  /** Translation requests sent so far. */
  get requests(): number {
    return this._requests;
  }

  /** Translates a request that is about to be sent. @returns true if it has to wait; `sendHeld` sends it then. */
  holds(slot: number): boolean {
    if (this._held.length === 0 && this.#translate(slot)) return false;
    this._held.push(slot);
    this.#ask();
    return true;
  }

  /** True if a tag is the translation request's. */
  owns(tag: number): boolean {
    return tag === this._tag;
  }

  onData(offset: number, lengthBytes: number, payload: Uint8Array, payloadOffset: number): void {
    for (let index = 0; index < lengthBytes; index++) {
      this._answer.setUint8(offset + index, payload[payloadOffset + index] ?? 0);
    }
  }

  /** The translation request is over. */
  onDone(isAnswered: boolean): void {
    this.#keep(isAnswered ? pageIn(this._asked, this._answer) : NO_TRANSLATION(this._asked));
    this._tag = -1;
    // Sending makes room, so the device may send more meanwhile: behind those that are held.
    this._isDraining = true;
    while (this._held.length > 0 && this.#translate(this._held[0] ?? -1)) {
      const slot = this._held.shift();
      if (slot !== undefined) this._port.sendHeld(slot);
    }
    this._isDraining = false;
    this.#ask();
  }

  /** A tag may be free again. */
  poke(): void {
    if (this._held.length > 0) this.#ask();
  }

  /** Software has taken mappings away. */
  invalidate(): void {
    this._pages.clear();
  }

  reset(): void {
    this._pages.clear();
    this._tag = -1;
    for (const slot of this._held.splice(0)) this._port.dropHeld(slot);
  }

  /** Gives a request its physical address if that is known. @returns false if the page has to be asked for. */
  #translate(slot: number): boolean {
    const pool = this._pool;
    const address = pool.address(slot);
    const isInterrupt = address >= INTERRUPT_BASE && address <= INTERRUPT_LIMIT;
    if (isInterrupt || !this._port.isEnabled) return true;
    const found = this.#find(address);
    if (found === undefined) return false;
    const needed = wantsCompletion(pool, slot) ? ATS_READ : ATS_WRITE;
    if ((found.flags & needed) === 0) return true;
    pool.setAddress(slot, found.physical + (address - found.page));
    pool.addAttributes(slot, ADDRESS_TYPE.translated * ADDRESS_TYPE_UNIT);
    return true;
  }

  #find(address: number): CachedPage | undefined {
    for (const [key, cached] of this._pages) {
      if (address < cached.page || address >= cached.page + cached.sizeBytes) continue;
      this._pages.delete(key);
      this._pages.set(key, cached);
      return cached;
    }
    return undefined;
  }

  #keep(page: CachedPage): void {
    for (const key of this._pages.keys()) {
      if (this._pages.size < CACHED_PAGES) break;
      this._pages.delete(key);
    }
    this._pages.set(page.page, page);
  }

  #ask(): void {
    const [first] = this._held;
    if (this._tag >= 0 || first === undefined || this._isDraining) return;
    const address = this._pool.address(first);
    this._asked = address - (address % TABLE_BYTES);
    this._tag = this._port.requestTranslation(this._asked);
    if (this._tag >= 0) this._requests++;
  }
}

/** Lowest bit of the AT field. */
const ADDRESS_TYPE_UNIT = TLP_ATTRIBUTE.addressType & -TLP_ATTRIBUTE.addressType;

const NO_TRANSLATION = (page: number): CachedPage => ({ page, sizeBytes: TABLE_BYTES, physical: page, flags: 0 });

/** A translation as it came: of 4 KiB, or of what the address bits below the lowest zero say. */
function pageIn(asked: number, answer: DataView): CachedPage {
  const low = answer.getUint32(0, true);
  const flags = low & (ATS_READ | ATS_WRITE);
  if (flags === 0) return NO_TRANSLATION(asked);
  let sizeBytes = TABLE_BYTES;
  if ((low & ATS_SIZE) !== 0) {
    for (let bit = TABLE_BYTES; (low & bit) !== 0; bit *= 2) sizeBytes *= 2;
    sizeBytes *= 2;
  }
  const address = addressIn(low, answer.getUint32(4, true));
  return { page: asked - (asked % sizeBytes), sizeBytes, physical: address - (address % sizeBytes), flags };
}
