/*
 * The IOMMU driver of the kernel and the DMA API above it: one domain for each group, an address of its own for each
 * mapping, tables in host memory that the hardware walks.
 */
import { alignDown, alignUp } from '../../../base/bits.ts';
import { invariant } from '../../../base/invariant.ts';
import { walkExtendedCapabilities } from '../../config/capability.ts';
import { ATS, ATS_CONTROL } from '../../config/extendedCapabilities.ts';
import {
  contextEntryBytes,
  rootEntryBytes,
  TABLE_BYTES,
  TRANSLATION_TYPE,
  wideEntryOffset,
} from '../../config/iommuTables.ts';
import { insertFields } from '../../config/register.ts';
import { busOf } from '../../pcie/bdf.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import { walkByRequests } from '../configRequests.ts';
import { readRegister, writeRegister } from '../drivers/functionSetup.ts';
import type { HostView } from '../hostView.ts';
import { functionAt } from '../p2pdma/chain.ts';
import { iommuGroups } from './groups.ts';
import { type AddressRange, IovaSpace } from './iovaSpace.ts';
import { type DmaDirection, DomainTables, type PageSource, TableStore } from './pageTables.ts';

export interface IommuDriverOptions {
  readonly view: HostView;
  readonly pages: PageSource;
  /** Memory windows of the host bridges: no I/O virtual address lies in one. */
  readonly windows: readonly AddressRange[];
  /** Largest page that is mapped. Default 4 KiB. */
  readonly pageBytes?: number;
  /** Functions whose own translation cache is on (ATS). */
  readonly usesAts?: (fn: number) => boolean;
}

interface Domain {
  readonly number: number;
  readonly tables: DomainTables;
  readonly addresses: IovaSpace;
  readonly mappings: Mapping[];
}

interface Mapping {
  readonly physical: number;
  readonly iova: number;
  readonly lengthBytes: number;
  readonly direction: DmaDirection;
}

/**
 * @spec semantics reference 1.5, D-20
 * @simplifies Nothing is unmapped while a job runs, so nothing has to be invalidated.
 */
export class IommuDriver {
  /** Root table of each segment: what software writes into the IOMMU's root table pointer. */
  readonly rootTables: ReadonlyMap<number, number>;
  private readonly _options: IommuDriverOptions;
  private readonly _store: TableStore;
  private readonly _roots = new Map<number, number>();
  /** By segment and bus. */
  private readonly _contextTables = new Map<string, number>();
  /** By function. */
  private readonly _domainOf = new Map<number, Domain>();

  /** The view's `iommu` decides whether functions are translated or passed through; it is not off. */
  constructor(options: IommuDriverOptions) {
    const { view } = options;
    invariant(view.iommu !== 'off', () => 'no IOMMU driver without an IOMMU');
    this._options = options;
    this._store = new TableStore(options.pages);
    this.rootTables = this._roots;
    for (const [index, members] of iommuGroups(view).groups.entries()) this.#addDomain(index + 1, members);
  }

  get translates(): boolean {
    return this._options.view.iommu === 'translate';
  }

  /**
   * Maps a range for a function.
   * @param physical any bytes the root complex can reach: RAM, or the BAR of a peer.
   * @returns the address the function shall use for `physical`: an I/O virtual one, or itself in pass-through mode.
   */
  map(fn: number, physical: number, lengthBytes: number, direction: DmaDirection): number {
    if (!this.translates) return physical;
    const domain = this._domainOf.get(fn);
    if (domain === undefined) return physical;
    const known = addressIn(domain, physical, lengthBytes, direction);
    if (known !== undefined) return known;
    const first = alignDown(physical, TABLE_BYTES);
    const length = alignUp(physical + lengthBytes, TABLE_BYTES) - first;
    const largest = this._options.pageBytes ?? TABLE_BYTES;
    const align = length >= largest ? largest : TABLE_BYTES;
    const iova = domain.addresses.take(length, align, first % align);
    invariant(iova !== undefined, () => `no I/O virtual address left for ${lengthBytes} bytes`);
    domain.tables.map(iova, first, length, direction, largest);
    domain.mappings.push({ physical: first, iova, lengthBytes: length, direction });
    return iova + (physical - first);
  }

  /** The address a function uses for one it has mapped in that direction; `physical` where nothing is mapped for it. */
  addressFor(fn: number, physical: number, direction: DmaDirection): number {
    const domain = this._domainOf.get(fn);
    return domain === undefined ? physical : (addressIn(domain, physical, 1, direction) ?? physical);
  }

  /** Switches the translation caches on of the functions that shall use theirs. Configuration requests only. */
  *enableAts(): HostProcess<void> {
    const { view, usesAts } = this._options;
    for (const index of this.translates ? this._domainOf.keys() : []) {
      if (usesAts?.(index) !== true) continue;
      const fn = functionAt(view, index);
      const chain = yield* walkByRequests(fn, walkExtendedCapabilities());
      const found = chain.find(({ id }) => id === ATS.id);
      if (found === undefined) continue;
      const control = yield* readRegister(fn, ATS_CONTROL, found.offset);
      yield* writeRegister(fn, ATS_CONTROL, found.offset, insertFields(ATS_CONTROL, control, { enable: 1 }));
    }
  }

  /** Stores all tables that memory does not have yet. */
  *writeTables(): HostProcess<void> {
    yield* this._store.write();
  }

  #addDomain(number: number, members: readonly number[]): void {
    const { view, windows } = this._options;
    const domain: Domain = {
      number,
      tables: new DomainTables(this._store),
      addresses: new IovaSpace(windows),
      mappings: [],
    };
    for (const index of members) {
      const fn = functionAt(view, index);
      this._domainOf.set(index, domain);
      const type = this.#typeOf(index);
      const bytes = contextEntryBytes({ type, table: domain.tables.root, domain: number });
      this._store.put(this.#contextTable(fn.segment, busOf(fn.bdf)), wideEntryOffset(fn.bdf & 0xff), bytes);
      // Requests that come from behind a bridge to conventional PCI carry its secondary bus and 00.0.
      const secondary = fn.buses?.secondary;
      if (secondary === undefined || !(fn.kind === 'pcieToPciBridge' || fn.kind === 'pciBridge')) continue;
      this._store.put(this.#contextTable(fn.segment, secondary), wideEntryOffset(0), bytes);
    }
  }

  #typeOf(index: number): number {
    if (!this.translates) return TRANSLATION_TYPE.passThrough;
    return this._options.usesAts?.(index) === true ? TRANSLATION_TYPE.withAts : TRANSLATION_TYPE.untranslated;
  }

  #contextTable(segment: number, bus: number): number {
    const key = `${segment}:${bus}`;
    const known = this._contextTables.get(key);
    if (known !== undefined) return known;
    const table = this._store.add();
    this._contextTables.set(key, table);
    this._store.put(this.#rootTable(segment), wideEntryOffset(bus), rootEntryBytes(table));
    return table;
  }

  #rootTable(segment: number): number {
    const known = this._roots.get(segment);
    if (known !== undefined) return known;
    const table = this._store.add();
    this._roots.set(segment, table);
    return table;
  }
}

/** @param direction what the mapping must allow. */
function addressIn(domain: Domain, physical: number, lengthBytes: number, direction: DmaDirection): number | undefined {
  const end = physical + lengthBytes;
  const found = domain.mappings.find(
    (mapping) =>
      physical >= mapping.physical &&
      end <= mapping.physical + mapping.lengthBytes &&
      (mapping.direction === 'both' || mapping.direction === direction),
  );
  return found === undefined ? undefined : found.iova + (physical - found.physical);
}
