/* What the registers of a function say at a place of the film: numbers, windows, addresses, what is switched on. */
import { bridgeBuses, bridgeWindows, type AddressWindow } from '../../../core/config/decode.ts';
import { barAddress, commandOf, deviceControlOf, headerLayoutOf } from '../../../core/config/decode.ts';
import { findCapability, type ConfigReader } from '../../../core/config/capability.ts';
import { EXPRESS } from '../../../core/config/expressCapability.ts';
import { BAR_BASE, COMMAND } from '../../../core/config/header.ts';
import { hex } from '../../../base/bits.ts';
import { groupedHex, sizeText } from '../../../base/format.ts';
import type { NodeId } from '../../../core/pcie/machineSpec.ts';
import type { MachineDescription } from '../../../engine/protocol.ts';
import type { Film } from '../../../store/film.ts';
import type { TopologyDocument } from '../../../topology/document.ts';
import { bytesReader } from '../../faults/aerRegisters.ts';

/** One line of the tree: a host bridge, or a function below what is above it. */
export interface TreeRow {
  readonly node: NodeId;
  readonly name: string;
  /** Position in the recording; −1 for host bridges. */
  readonly fn: number;
  readonly depth: number;
  /** Root bus of a host bridge, with its domain where that is not the first; undefined for functions. */
  readonly rootBus: string | undefined;
}

/** Every function under its bridge, by device and function number. */
export function treeRows(document: TopologyDocument, film: Film): readonly TreeRow[] {
  const below = new Map<NodeId, TopologyDocument['functions'][number][]>();
  for (const fn of document.functions) {
    const siblings = below.get(fn.parent);
    if (siblings === undefined) below.set(fn.parent, [fn]);
    else siblings.push(fn);
  }
  const rows: TreeRow[] = [];
  const visit = (parent: NodeId, depth: number): void => {
    const children = (below.get(parent) ?? []).toSorted((a, b) => a.device - b.device || a.fn - b.fn);
    for (const { id, name } of children) {
      rows.push({ node: id, name, fn: film.placeOf(id), depth, rootBus: undefined });
      visit(id, depth + 1);
    }
  };
  for (const { id, name, segment, rootBus } of document.hostBridges) {
    const domain = segment === 0 ? '' : `${hex(segment, 4)}:`;
    rows.push({ node: id, name, fn: -1, depth: 0, rootBus: `${domain}${hex(rootBus, 2)}` });
    visit(id, 1);
  }
  return rows;
}

export interface Range extends AddressWindow {
  readonly label: string;
  readonly kind: 'memory' | 'prefetchable' | 'io' | 'bar';
}

/** What a bridge passes down, and what a function answers, by its registers as they are at the place. */
export function rangesOf(film: Film, fn: number, machine: MachineDescription | undefined): readonly Range[] {
  const bytes = film.bytes(fn);
  if (bytes === undefined || !film.isFound(fn)) return [];
  const config = bytesReader(bytes);
  const ranges: Range[] = [];
  if (headerLayoutOf(config) === 1 && hasOpenWindows(config)) {
    const { io, memory, prefetchable } = bridgeWindows(config);
    // A window that nobody has written reads as one at zero.
    if (memory !== undefined && memory.base > 0) ranges.push({ ...memory, label: 'mem', kind: 'memory' });
    if (prefetchable !== undefined && prefetchable.base > 0) {
      ranges.push({ ...prefetchable, label: 'pref', kind: 'prefetchable' });
    }
    if (io !== undefined && io.base > 0) ranges.push({ ...io, label: 'I/O', kind: 'io' });
  }
  const step = film.steps[film.step];
  const isSizing = step?.fn === fn && step.routine === 'sizeBar';
  for (const bar of machine?.functions[fn]?.bars ?? []) {
    const base = barAddress(config, bar.index);
    if (base === 0 || (isSizing && step.detail === bar.index && film.done < step.end)) continue;
    const kind = bar.space === 'io' ? 'io' : 'bar';
    ranges.push({ base, limit: base + bar.sizeBytes - 1, label: `BAR${bar.index}`, kind });
  }
  return ranges;
}

/** The ranges of all functions, decoded again only where registers have changed. */
export class RangeCache {
  readonly #film: Film;
  readonly #machine: MachineDescription | undefined;
  readonly #kept = new Map<number, { readonly stamp: number; readonly ranges: readonly Range[] }>();

  constructor(film: Film, machine: MachineDescription | undefined) {
    this.#film = film;
    this.#machine = machine;
  }

  of(fn: number): readonly Range[] {
    if (fn < 0 || !this.#film.isFound(fn)) return [];
    const stamp = this.#film.stamp(fn);
    const kept = this.#kept.get(fn);
    const isCurrent = this.#film.steps[this.#film.step]?.fn === fn;
    // While a BAR of it is sized what counts is the step as well.
    if (kept?.stamp === stamp && !isCurrent) return kept.ranges;
    const ranges = rangesOf(this.#film, fn, this.#machine);
    if (!isCurrent) this.#kept.set(fn, { stamp, ranges });
    return ranges;
  }
}

function hasOpenWindows(config: ConfigReader): boolean {
  return bridgeBuses(config).secondary > 0;
}

export function rangeText({ label, base, limit }: Range): string {
  return `${label} ${groupedHex(base, 1)} ${sizeText(limit - base + 1)}`;
}

/** One line of a function: what its registers say now. */
export interface RowFacts {
  readonly buses: { readonly primary: number; readonly secondary: number; readonly subordinate: number } | undefined;
  readonly addresses: string;
  /** Decoding and bus mastering, as short words; empty where all is off. */
  readonly on: string;
  readonly mpsBytes: number | undefined;
}

export function factsOf(film: Film, fn: number, machine: MachineDescription | undefined): RowFacts | undefined {
  const bytes = film.bytes(fn);
  if (bytes === undefined || !film.isFound(fn)) return undefined;
  const config = bytesReader(bytes);
  const buses = headerLayoutOf(config) === 1 ? bridgeBuses(config) : undefined;
  const { memoryEnable, ioEnable, busMaster } = commandOf(config);
  const on = [memoryEnable ? 'mem' : '', busMaster ? 'bm' : '', ioEnable ? 'I/O' : ''].filter((word) => word !== '');
  const express = findCapability(config, EXPRESS);
  return {
    buses: buses === undefined || buses.secondary === 0 ? undefined : buses,
    addresses: rangesOf(film, fn, machine).map(rangeText).join('  '),
    on: on.join(' '),
    mpsBytes: express === undefined ? undefined : deviceControlOf(config, express).mpsBytes,
  };
}

export type ChangedColumn = 'buses' | 'addresses' | 'on' | 'mps';

const BUS_DWORD = 0x18;
const WINDOW_END = 0x34;
const DEVICE_CONTROL = 8;

/** Which columns of a function the changes of one step are seen in. */
export function changedColumns(film: Film, fn: number, from: number, to: number): ReadonlySet<ChangedColumn> {
  const { fn: owners, offset: offsets } = film.recording.changes;
  const bytes = film.bytes(fn);
  const columns = new Set<ChangedColumn>();
  if (bytes === undefined) return columns;
  const config = bytesReader(bytes);
  const isBridge = headerLayoutOf(config) === 1;
  const express = findCapability(config, EXPRESS);
  for (let change = from; change < to; change += 1) {
    if (owners[change] !== fn) continue;
    const offset = offsets[change] ?? 0;
    if (offset === COMMAND.offsetBytes) columns.add('on');
    else if (isBridge && offset === BUS_DWORD) columns.add('buses');
    else if (offset >= BAR_BASE && offset < WINDOW_END) columns.add('addresses');
    else if (express !== undefined && offset === express + DEVICE_CONTROL) columns.add('mps');
  }
  return columns;
}
