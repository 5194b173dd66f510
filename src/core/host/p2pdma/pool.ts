/*
 * Peer-to-peer memory as the kernel keeps it: parts of BARs that a driver has registered, in one pool for each
 * function, given out in pages. Only bookkeeping: no byte is moved here.
 *
 *   registered ── published ── found by distance (D-13), or named by another driver
 *        └──── mapped by user space or its own driver, published or not
 */
import { alignUp } from '../../../base/bits.ts';
import { err, ok } from '../../../base/result.ts';
import type { Result } from '../../../base/result.ts';
import type { HostBar, HostView } from '../hostView.ts';
import { functionAt } from './chain.ts';

const PAGE_BYTES = 4096;
/** What sysfs reports as size of `allocate`: a dummy, so that wrappers of mmap accept it (M-4). */
const ALLOCATE_FILE_BYTES = 2 ** 40;

/** Errors by the names user space sees. */
export type PoolError = 'EINVAL' | 'ENOMEM' | 'ENODEV';

export interface Registration {
  readonly bar: number;
  /** 0 = to the end of the BAR. */
  readonly sizeBytes: number;
  readonly offset: number;
}

/** Pages someone has; they return to the pool with the last reference. */
export interface PeerPages {
  /** Bus address of each page. */
  readonly pages: readonly number[];
  /** I/O begins and ends on them. */
  hold(): void;
  release(): void;
  /** User space gives its mapping up. */
  unmap(): void;
}

/** The files of the group `p2pmem` in sysfs (M-4). */
export interface PoolFiles {
  readonly size: string;
  readonly available: string;
  readonly published: '0\n' | '1\n';
  readonly allocate: { readonly mode: number; readonly sizeBytes: number };
}

/** @spec semantics reference M-1 … M-8 */
export class PeerMemory {
  readonly fn: number;
  private readonly _bars: readonly HostBar[];
  private readonly _free: number[] = [];
  private readonly _held = new Set<Held>();
  private _totalPages = 0;
  private _isPublished = false;
  private _isRemoved = false;

  constructor(view: HostView, fn: number) {
    this.fn = fn;
    this._bars = functionAt(view, fn).bars;
  }

  /** The CPU reaches it as device memory: uncached, without prefetch, never by the kernel's own memcpy (M-6). */
  readonly cpuAccess = { mapping: 'uncached', kernelMayCopy: false } as const;

  /** Memory BARs that page-less users (dma-buf) can export without any registration (M-8). */
  get providers(): readonly { readonly bar: number; readonly address: number; readonly sizeBytes: number }[] {
    return this._bars.flatMap(({ index, space, address, sizeBytes }) =>
      space === 'memory' && address !== undefined ? [{ bar: index, address, sizeBytes }] : [],
    );
  }

  /** True if user pages of it can be handed to O_DIRECT: only the pool has page structures (M-8). */
  get supportsDirectIo(): boolean {
    return this._totalPages > 0;
  }

  get isPublished(): boolean {
    return this._isPublished;
  }

  /** Adds a part of a BAR to the pool; does not publish it (M-1, M-2). */
  register({ bar, sizeBytes, offset }: Registration): Result<undefined, PoolError> {
    const found = this._bars.find(({ index }) => index === bar);
    if (found?.space !== 'memory' || found.address === undefined) return err('EINVAL');
    if (offset < 0 || offset >= found.sizeBytes) return err('EINVAL');
    const length = sizeBytes === 0 ? found.sizeBytes - offset : sizeBytes;
    if (length < 0 || offset + length > found.sizeBytes) return err('EINVAL');
    const first = alignUp(found.address + offset, PAGE_BYTES);
    const pages = Math.floor((found.address + offset + length - first) / PAGE_BYTES);
    for (let page = 0; page < pages; page++) this._free.push(first + page * PAGE_BYTES);
    this._totalPages += pages;
    return ok(undefined);
  }

  /** Only a flag: it decides whether `find` sees this memory (M-3). */
  publish(isPublished: boolean): void {
    this._isPublished = isPublished;
  }

  /** What sysfs shows; undefined before the first registration. */
  get files(): PoolFiles | undefined {
    if (this._totalPages === 0) return undefined;
    return {
      size: `${this._totalPages * PAGE_BYTES}\n`,
      available: `${this._free.length * PAGE_BYTES}\n`,
      published: this._isPublished ? '1\n' : '0\n',
      allocate: { mode: 0o660, sizeBytes: ALLOCATE_FILE_BYTES },
    };
  }

  /** mmap of the file `allocate`: fresh pages each time (M-5). */
  map(request: {
    readonly isShared: boolean;
    readonly offset: number;
    readonly lengthBytes: number;
  }): Result<PeerPages, PoolError> {
    if (this._isRemoved || this._totalPages === 0) return err('ENODEV');
    if (!request.isShared || request.offset !== 0 || request.lengthBytes <= 0) return err('EINVAL');
    return this.#take(request.lengthBytes);
  }

  /** Its own driver takes pages, published or not (M-3). */
  allocate(lengthBytes: number): Result<PeerPages, PoolError> {
    return this._isRemoved ? err('ENODEV') : this.#take(lengthBytes);
  }

  /**
   * The driver goes away: user mappings are undone first, then all references are waited for (M-7).
   * @returns true if nothing is left; otherwise ask again when I/O has ended.
   */
  remove(): boolean {
    this._isRemoved = true;
    this._isPublished = false;
    for (const held of this._held) held.unmap();
    return this._held.size === 0;
  }

  #take(lengthBytes: number): Result<PeerPages, PoolError> {
    const count = alignUp(lengthBytes, PAGE_BYTES) / PAGE_BYTES;
    if (count === 0) return err('EINVAL');
    if (count > this._free.length) return err('ENOMEM');
    const held: Held = new Held(this._free.splice(0, count), () => {
      this._held.delete(held);
      this._free.push(...held.pages);
    });
    this._held.add(held);
    return ok(held);
  }
}

class Held implements PeerPages {
  readonly pages: readonly number[];
  private readonly _onGone: () => void;
  private _references = 1;
  private _isMapped = true;

  constructor(pages: readonly number[], onGone: () => void) {
    this.pages = pages;
    this._onGone = onGone;
  }

  hold(): void {
    if (this._references > 0) this._references++;
  }

  release(): void {
    if (this._references === 0) return;
    this._references--;
    if (this._references === 0) this._onGone();
  }

  unmap(): void {
    if (!this._isMapped) return;
    this._isMapped = false;
    this.release();
  }
}

/** All peer memory of a machine. */
export class PeerMemories {
  private readonly _view: HostView;
  private readonly _byFunction = new Map<number, PeerMemory>();

  constructor(view: HostView) {
    this._view = view;
  }

  /** The pool of a function, made when first asked for. */
  of(fn: number): PeerMemory {
    const known = this._byFunction.get(fn);
    if (known !== undefined) return known;
    const made = new PeerMemory(this._view, fn);
    this._byFunction.set(fn, made);
    return made;
  }

  /** Functions whose memory `find` may choose (D-13). */
  get published(): readonly number[] {
    return [...this._byFunction.values()].filter(({ isPublished }) => isPublished).map(({ fn }) => fn);
  }

  /** Another driver names a function: it must be there and published, else there is no such device (W26). */
  named(fn: number): Result<PeerMemory, PoolError> {
    const found = this._byFunction.get(fn);
    return found?.isPublished === true ? ok(found) : err('ENODEV');
  }
}

/** Smallest unit in which memory of a BAR can be given page structures on x86-64. */
const HOTPLUG_ALIGNMENT_BYTES = 2 * 1024 * 1024;

/**
 * Whether the NVMe driver registers a controller memory buffer: its size and the BAR's start must be multiples of the
 * memory hot-plug alignment.
 * @spec semantics reference 1.6
 */
export function canRegisterCmb(view: HostView, fn: number, bar: number): boolean {
  const found = functionAt(view, fn).bars.find(({ index }) => index === bar);
  if (found?.address === undefined || found.space !== 'memory') return false;
  return found.address % HOTPLUG_ALIGNMENT_BYTES === 0 && found.sizeBytes % HOTPLUG_ALIGNMENT_BYTES === 0;
}

/** BAR that the notional driver of the iopmem device registers. */
export const IOPMEM_BAR = 4;

/** What drivers have registered and published after boot. */
export function peerMemoriesAfterBoot(
  view: HostView,
  models: readonly { readonly fn: number; readonly type: string; readonly cmbBar?: number }[],
): PeerMemories {
  const memories = new PeerMemories(view);
  for (const { fn, type, cmbBar } of models) {
    const bars = functionAt(view, fn).bars;
    const bar = type === 'iopmem' ? (bars.find(({ index }) => index === IOPMEM_BAR) ?? bars[0])?.index : cmbBar;
    if (bar === undefined || (type !== 'iopmem' && !canRegisterCmb(view, fn, bar))) continue;
    const pool = memories.of(fn);
    if (pool.register({ bar, sizeBytes: 0, offset: 0 }).ok) pool.publish(true);
  }
  return memories;
}
