/*
 * The IOMMU of a machine: every request of a device that arrives at the root complex is translated by the page tables
 * its requester ID leads to, or refused.
 *
 *   requester ID ── context (cached) ── domain ── IOTLB ── hit: at once
 *                                                  └─ miss: a walk, one of a few at once
 */
import { PAGE_READ, PAGE_WRITE, TRANSLATION_TYPE } from '../../config/iommuTables.ts';
import type { ContextEntry } from '../../config/iommuTables.ts';
import { FLOW_NUMBERS } from '../../pcie/tlp.ts';
import type { HostSpec } from '../../pcie/machineSpec.ts';
import { addTo, doubleAt } from '../../sim/cells.ts';
import type { HardwareHostMemory } from '../hardware.ts';
import { PageWalker } from './pageWalker.ts';
import { TranslationCache } from './translationCache.ts';

/** Performance reference, section 6. */
const DEFAULT_ENTRIES = 64;
const DEFAULT_MISS_PS = 280_000;
const DEFAULT_WALKS = 5;

/** Outcomes of a translation that are no address. */
export const FAULT = {
  /** Software has not given the requester a context. */
  noContext: -1,
  notMapped: -2,
  notReadable: -3,
  notWritable: -4,
  /** A translated request, or a translation request, of a function that may not send any. */
  notTrusted: -5,
} as const;

export const FAULT_REASONS: Readonly<Record<number, string>> = {
  [FAULT.noContext]: 'it has no context',
  [FAULT.notMapped]: 'nothing is mapped there',
  [FAULT.notReadable]: 'the page may not be read',
  [FAULT.notWritable]: 'the page may not be written',
  [FAULT.notTrusted]: 'it is not trusted to translate by itself',
};

/** What has happened since the start of the run. */
export interface IommuCounters {
  readonly hits: number;
  readonly misses: number;
  readonly faults: number;
  /** Waiting for a free walker, and for walks to end, over all requests. */
  readonly queued_ps: number;
  readonly waited_ps: number;
  /** Translation requests of devices (ATS) that were answered. */
  readonly translationRequests: number;
}

interface CachedContext extends ContextEntry {
  readonly requesterId: number;
}

/**
 * @spec semantics reference; performance reference, section 6
 * @simplifies A walk takes a stated time whatever levels it reads, and books no DRAM time. Contexts are found without delay.
 * The tables are read when a walk begins. Interrupts are not remapped: writes to 0xfee00000…0xfeefffff pass untranslated.
 */
export class Iommu {
  readonly missLatency_ps: number;
  /** By flow number: time its requests have waited for translations. */
  readonly waitedByFlow_ps = new Float64Array(FLOW_NUMBERS);
  /** When the address of the latest translation is known. */
  ready_ps = 0.5;
  /** What the page of the latest translation allows (PAGE_READ, PAGE_WRITE), and its size as a level of the tables. */
  flags = 0;
  level = 0;
  private readonly _walker: PageWalker;
  private readonly _cache: TranslationCache;
  /** By walker: busy until then. */
  private readonly _freeAt_ps: Float64Array;
  /** Root tables by segment. */
  private readonly _rootTables = new Map<number, number>();
  /** By segment · 65536 + requester ID; undefined = known to have none. */
  private readonly _contexts = new Map<number, CachedContext | undefined>();
  private _lastKey = -1;
  private _lastContext: CachedContext | undefined;
  private _hits = 0;
  private _misses = 0;
  private _faults = 0;
  private _queued_ps = 0;
  private _waited_ps = 0;
  private _translationRequests = 0;

  constructor(
    memory: Pick<HardwareHostMemory, 'memory' | 'offsetOf'>,
    parameters: NonNullable<HostSpec['iommuParameters']> = {},
  ) {
    this.missLatency_ps = parameters.missLatency_ps ?? DEFAULT_MISS_PS;
    this._walker = new PageWalker(memory);
    this._cache = new TranslationCache(parameters.iotlbEntries ?? DEFAULT_ENTRIES);
    this._freeAt_ps = new Float64Array(parameters.walks ?? DEFAULT_WALKS);
  }

  get counters(): IommuCounters {
    return {
      hits: this._hits,
      misses: this._misses,
      faults: this._faults,
      queued_ps: this._queued_ps,
      waited_ps: this._waited_ps,
      translationRequests: this._translationRequests,
    };
  }

  /**
   * Software has written the root table pointer of a segment; translation is on from now on.
   * @simplifies The IOMMU's own registers have no address: this call stands for the stores that write them.
   */
  setRootTable(segment: number, address: number): void {
    this._rootTables.set(segment, address);
    this.forgetContexts();
  }

  /** What software has written there; undefined before. */
  rootTable(segment: number): number | undefined {
    return this._rootTables.get(segment);
  }

  /** Software invalidates the context cache. */
  forgetContexts(): void {
    this._contexts.clear();
    this._lastKey = -1;
  }

  /** Takes a function's context away, in memory and in the caches. @returns false if it had none. */
  unmap(segment: number, requesterId: number): boolean {
    const rootTable = this._rootTables.get(segment);
    const context = this.#contextOf(segment, requesterId);
    if (rootTable === undefined || context === undefined) return false;
    this._walker.clearContext(rootTable, requesterId);
    this.forgetContexts();
    this._cache.invalidate(context.domain);
    return true;
  }

  /**
   * Translates an untranslated request; before software has set the segment's root table, addresses are physical.
   * @returns the physical address, known at `ready_ps`, or a FAULT, known then, too.
   */
  translate(segment: number, requesterId: number, address: number, isWrite: boolean, now_ps: number): number {
    this.ready_ps = now_ps;
    if (!this._rootTables.has(segment)) return address;
    const context = this.#contextOf(segment, requesterId);
    if (context === undefined) return this.#fault(FAULT.noContext);
    if (context.type === TRANSLATION_TYPE.passThrough) return address;
    return this.#lookUp(context, address, isWrite, now_ps);
  }

  /** Whether a translated request (AT = 10) of this function is believed. */
  trusts(segment: number, requesterId: number): boolean {
    const trusted = this.#contextOf(segment, requesterId)?.type === TRANSLATION_TYPE.withAts;
    if (!trusted) this.#fault(FAULT.notTrusted);
    return trusted;
  }

  /**
   * Answers a translation request: as translate, for a requester that may ask; `flags` say what the page allows.
   */
  answer(segment: number, requesterId: number, address: number, now_ps: number): number {
    this.ready_ps = now_ps;
    const context = this.#contextOf(segment, requesterId);
    if (context?.type !== TRANSLATION_TYPE.withAts) return this.#fault(FAULT.notTrusted);
    this._translationRequests++;
    return this.#lookUp(context, address, undefined, now_ps);
  }

  /** Books time that a request of a flow waited. */
  noteWait(flowNumber: number, duration_ps: number): void {
    this._waited_ps += duration_ps;
    addTo(this.waitedByFlow_ps, flowNumber, duration_ps);
  }

  #lookUp(context: ContextEntry, address: number, isWrite: boolean | undefined, now_ps: number): number {
    const cache = this._cache;
    let index = cache.find(context.domain, address);
    if (index >= 0) {
      this._hits++;
      const ready_ps = cache.ready_ps(index);
      if (ready_ps > now_ps) this.ready_ps = ready_ps;
    } else {
      this._misses++;
      this.ready_ps = this.#walkUntil(now_ps);
      const page = this._walker.page(context.table, address);
      if (page === undefined) return this.#fault(FAULT.notMapped);
      cache.add(context.domain, address, page, this.ready_ps);
      index = cache.find(context.domain, address);
    }
    this.flags = cache.flagsOf(index);
    this.level = cache.levelOf(index);
    if (isWrite === true && (this.flags & PAGE_WRITE) === 0) return this.#fault(FAULT.notWritable);
    if (isWrite === false && (this.flags & PAGE_READ) === 0) return this.#fault(FAULT.notReadable);
    return cache.addressOf(index, address);
  }

  /** Takes the walker that is free first. @returns when the walk ends. */
  #walkUntil(now_ps: number): number {
    const freeAt = this._freeAt_ps;
    let first = 0;
    for (let walker = 1; walker < freeAt.length; walker++) {
      if (doubleAt(freeAt, walker) < doubleAt(freeAt, first)) first = walker;
    }
    const free_ps = doubleAt(freeAt, first);
    const start_ps = free_ps > now_ps ? free_ps : now_ps;
    this._queued_ps += start_ps - now_ps;
    const end_ps = start_ps + this.missLatency_ps;
    freeAt[first] = end_ps;
    return end_ps;
  }

  #contextOf(segment: number, requesterId: number): CachedContext | undefined {
    const key = segment * 0x1_0000 + requesterId;
    if (key === this._lastKey) return this._lastContext;
    this._lastKey = key;
    if (this._contexts.has(key)) {
      this._lastContext = this._contexts.get(key);
      return this._lastContext;
    }
    const rootTable = this._rootTables.get(segment);
    const found = rootTable === undefined ? undefined : this._walker.context(rootTable, requesterId);
    this._lastContext = found === undefined ? undefined : { ...found, requesterId };
    this._contexts.set(key, this._lastContext);
    return this._lastContext;
  }

  #fault(kind: number): number {
    this._faults++;
    return kind;
  }
}
