/*
 * Page tables as software writes them: a copy of each table to work on, and which of them memory does not have yet.
 */
import { at, invariant } from '../../../base/invariant.ts';
import {
  addressIn,
  entryOffset,
  PAGE_LARGE,
  PAGE_READ,
  PAGE_WRITE,
  pageBytesOf,
  putEntry,
  TABLE_BYTES,
  TABLE_LEVELS,
} from '../../config/iommuTables.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import { memoryWrite } from '../processRequests.ts';

/** Memory for tables: gives pages of 4 KiB, as physical addresses. */
export type PageSource = () => number;

/** What a device may do with a mapping. */
export type DmaDirection = 'toDevice' | 'fromDevice' | 'both';

const FLAGS: Readonly<Record<DmaDirection, number>> = {
  toDevice: PAGE_READ,
  fromDevice: PAGE_WRITE,
  both: PAGE_READ | PAGE_WRITE,
};

/** Tables of one machine, by address. */
export class TableStore {
  private readonly _tables = new Map<number, Uint8Array>();
  private readonly _unwritten = new Set<number>();
  private readonly _pages: PageSource;

  constructor(pages: PageSource) {
    this._pages = pages;
  }

  /** A new empty table. @returns its address. */
  add(): number {
    const address = this._pages();
    this._tables.set(address, new Uint8Array(TABLE_BYTES));
    this._unwritten.add(address);
    return address;
  }

  /** A table to read. */
  view(address: number): DataView {
    const bytes = this._tables.get(address);
    invariant(bytes !== undefined, () => `no table at ${address}`);
    return new DataView(bytes.buffer);
  }

  /** A table to change. */
  change(address: number): DataView {
    this._unwritten.add(address);
    return this.view(address);
  }

  /** Puts bytes into a table. */
  put(address: number, offset: number, bytes: Uint8Array): void {
    const view = this.change(address);
    for (const [index, byte] of bytes.entries()) view.setUint8(offset + index, byte);
  }

  /** Stores every table that has changed. */
  *write(): HostProcess<void> {
    const addresses = [...this._unwritten];
    this._unwritten.clear();
    for (const address of addresses) {
      const bytes = this._tables.get(address);
      if (bytes !== undefined) yield* memoryWrite(address, bytes.slice());
    }
  }
}

/** The four levels of one domain. */
export class DomainTables {
  readonly root: number;
  private readonly _store: TableStore;

  constructor(store: TableStore) {
    this._store = store;
    this.root = store.add();
  }

  /**
   * Maps whole pages.
   * @param largestBytes pages of up to this size are used where both addresses allow: 4 KiB, 2 MiB or 1 GiB.
   */
  map(iova: number, physical: number, lengthBytes: number, direction: DmaDirection, largestBytes: number): void {
    for (let done = 0; done < lengthBytes;) {
      const left = lengthBytes - done;
      const level = levelFor(iova + done, physical + done, left, largestBytes);
      const table = this.#tableFor(iova + done, level);
      const flags = FLAGS[direction] | (level === 0 ? 0 : PAGE_LARGE);
      putEntry(this._store.change(table), entryOffset(iova + done, level), physical + done, flags);
      done += pageBytesOf(level);
    }
  }

  /** The table of a level that an address leads to; made where it is missing. */
  #tableFor(iova: number, level: number): number {
    let table = this.root;
    for (let above = TABLE_LEVELS - 1; above > level; above--) {
      const offset = entryOffset(iova, above);
      const view = this._store.view(table);
      const low = view.getUint32(offset, true);
      let next = addressIn(low, view.getUint32(offset + 4, true));
      if (low === 0) {
        next = this._store.add();
        putEntry(this._store.change(table), offset, next, PAGE_READ | PAGE_WRITE);
      }
      invariant((low & PAGE_LARGE) === 0, () => `a large page is mapped at ${iova} already`);
      table = next;
    }
    return table;
  }
}

const LARGEST_FIRST: readonly number[] = [2, 1, 0];

function levelFor(iova: number, physical: number, left: number, largestBytes: number): number {
  const fits = LARGEST_FIRST.find((level) => {
    const size = pageBytesOf(level);
    return size <= largestBytes && size <= left && iova % size === 0 && physical % size === 0;
  });
  return fits ?? at(LARGEST_FIRST, LARGEST_FIRST.length - 1);
}
