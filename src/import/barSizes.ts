/*
 * Sizes of BARs. `lspci -v` prints them; registers do not hold them. Where no text says it, a size is taken
 * from the resizable-BAR capability, or bounded by what must be true: a BAR is aligned to its size (B-6), ends
 * before the next resource on its bus begins, and lies inside the window of the bridge above.
 */
import { KIB, MIB } from '../base/units.ts';
import type { BarSpec } from '../core/pcie/machineSpec.ts';
import { deviceRole } from './deviceModels.ts';
import type { BarFacts, Range } from './facts.ts';
import type { ImportLog } from './importLog.ts';
import { isRootBus, type ImportedTree, type TreeNode } from './tree.ts';

const SMALLEST_MEMORY_BYTES = 16;
const SMALLEST_IO_BYTES = 4;
const SMALLEST_ROM_BYTES = 2 * KIB;
const LARGEST_BYTES = 2 ** 48;

/** Registers rarely need more than this; a window that is larger says little about the BAR in it. */
const USUAL_REGISTER_BYTES: ReadonlyMap<string, number> = new Map([
  ['nvme', 16 * KIB],
  ['nic', 512 * KIB],
  ['gpu', 16 * MIB],
  ['vga', 16 * MIB],
]);
const USUAL_BYTES = 64 * KIB;
const USUAL_IO_BYTES = 32;
const USUAL_ROM_BYTES = 64 * KIB;

function powerBelow(value: number): number {
  return value < 1 ? 1 : 2 ** Math.floor(Math.log2(value));
}

/** The largest power of two that divides an address. */
function alignmentOf(address: number): number {
  let alignment = 1;
  while (alignment < LARGEST_BYTES && address % (alignment * 2) === 0) alignment *= 2;
  return alignment;
}

/** Where resources on one bus begin, ascending; and the windows of the bridge above it. */
interface BusMap {
  readonly memory: readonly number[];
  readonly io: readonly number[];
  readonly windows: readonly Range[];
}

function busMap(siblings: readonly TreeNode[], parent: TreeNode | undefined): BusMap {
  const memory: number[] = [];
  const io: number[] = [];
  for (const { facts } of siblings) {
    for (const bar of facts.bars)
      if (bar.address !== undefined) (bar.space === 'memory' ? memory : io).push(bar.address);
    for (const window of [facts.windows?.memory, facts.windows?.prefetchable])
      if (window !== undefined) memory.push(window.base);
    if (facts.windows?.io !== undefined) io.push(facts.windows.io.base);
    if (facts.rom?.address !== undefined) memory.push(facts.rom.address);
    memory.push(...(facts.sriov?.barStarts ?? []));
  }
  const windows = parent?.facts.windows;
  return {
    memory: memory.sort((a, b) => a - b),
    io: io.sort((a, b) => a - b),
    windows: [windows?.io, windows?.memory, windows?.prefetchable].filter((window) => window !== undefined),
  };
}

/** The most a resource at `address` can have. */
function room(address: number, starts: readonly number[], windows: readonly Range[]): number {
  const next = starts.find((start) => start > address) ?? Infinity;
  const window = windows.find((range) => range.base <= address && address <= range.limit);
  return powerBelow(Math.min(alignmentOf(address), next - address, (window?.limit ?? Infinity) + 1 - address));
}

/** Bytes that the interrupt table needs in its BAR. */
function tableBytes(node: TreeNode, bar: number): number {
  const msix = node.facts.msix;
  if (msix === undefined || msix.bar !== bar) return 0;
  const end = Math.max(msix.tableOffset + 16 * msix.vectors, msix.pbaOffset + 8);
  return 2 ** Math.ceil(Math.log2(end));
}

function usualBytes(node: TreeNode, bar: BarFacts): number {
  if (bar.space === 'io') return USUAL_IO_BYTES;
  const table = tableBytes(node, bar.index);
  // A BAR that is not the first and holds the interrupt table usually holds nothing else.
  if (table > 0 && bar.index > 0 && !bar.prefetchable) return Math.max(4 * KIB, table);
  if (bar.prefetchable) return bar.address === undefined ? MIB : LARGEST_BYTES;
  return Math.max(USUAL_REGISTER_BYTES.get(deviceRole(node.facts)) ?? USUAL_BYTES, table);
}

function inferredBytes(node: TreeNode, bar: BarFacts, map: BusMap): number {
  const least = bar.space === 'io' ? SMALLEST_IO_BYTES : SMALLEST_MEMORY_BYTES;
  const most = bar.widthBits === 32 ? 2 ** 31 : LARGEST_BYTES;
  const bound =
    bar.address === undefined
      ? LARGEST_BYTES
      : room(bar.address, bar.space === 'io' ? map.io : map.memory, map.windows);
  return Math.max(least, Math.min(most, bound, usualBytes(node, bar)));
}

/** `16 KiB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value} ${units[unit] ?? 'B'}`;
}

export interface SizedFunction {
  readonly bars: readonly BarSpec[];
  readonly romBytes: number | undefined;
  /** Indices of BARs whose size is a guess. */
  readonly guessed: readonly number[];
}

/** Of a function without BARs. */
export const NOTHING_SIZED: SizedFunction = { bars: [], romBytes: undefined, guessed: [] };

function sizeFunction(node: TreeNode, map: BusMap): SizedFunction {
  const guessed: number[] = [];
  const bars = node.facts.bars.map((bar): BarSpec => {
    const resizable = node.facts.resizable.find((entry) => entry.index === bar.index && bar.space === 'memory');
    const stated =
      bar.sizeBytes ??
      (resizable?.sizesBytes.includes(resizable.currentBytes) === true ? resizable.currentBytes : undefined);
    const possible = stated !== undefined && (bar.widthBits === 64 || stated <= 2 ** 31);
    const sizeBytes = possible ? stated : inferredBytes(node, bar, map);
    if (!possible) guessed.push(bar.index);
    bar.sizeBytes = sizeBytes;
    const offered = resizable?.sizesBytes.includes(sizeBytes) === true ? resizable.sizesBytes : undefined;
    return {
      index: bar.index,
      space: bar.space,
      widthBits: bar.widthBits,
      prefetchable: bar.prefetchable,
      sizeBytes,
      ...(offered === undefined ? {} : { resizableBytes: offered }),
    };
  });
  return { bars, romBytes: romBytes(node, map), guessed };
}

/** A ROM outside the windows above was never mapped: its address is left over, and nothing will claim it. */
function romBytes(node: TreeNode, map: BusMap): number | undefined {
  const rom = node.facts.rom;
  if (rom?.address === undefined) return undefined;
  const address = rom.address;
  const reachable =
    isRootBus(node.parent) || map.windows.some((window) => window.base <= address && address <= window.limit);
  if (!reachable) return undefined;
  const stated = rom.sizeBytes ?? 0;
  if (stated >= SMALLEST_ROM_BYTES && stated <= 2 ** 31 && Number.isInteger(Math.log2(stated))) return stated;
  return Math.max(SMALLEST_ROM_BYTES, Math.min(USUAL_ROM_BYTES, room(address, map.memory, map.windows)));
}

/** Root buses of one segment share its addresses. */
function rootNodes(tree: ImportedTree, segment: number): readonly TreeNode[] {
  return tree.roots.filter((root) => root.segment === segment).flatMap((root) => root.nodes);
}

/**
 * BARs of all nodes, with sizes; guesses are written back into the facts, so that every later question about a
 * BAR gets one answer. Virtual functions have none: their memory belongs to the physical function's capability
 * (enumeration reference B-1).
 */
export function sizeBars(tree: ImportedTree): ReadonlyMap<TreeNode, SizedFunction> {
  const sized = new Map<TreeNode, SizedFunction>();
  const maps = new Map<unknown, BusMap>();
  for (const node of tree.nodes) {
    if (node.physicalFunction !== undefined) {
      sized.set(node, NOTHING_SIZED);
      continue;
    }
    let map = maps.get(node.parent);
    if (map === undefined) {
      map = isRootBus(node.parent)
        ? busMap(rootNodes(tree, node.parent.segment), undefined)
        : busMap(node.parent.children, node.parent);
      maps.set(node.parent, map);
    }
    sized.set(node, sizeFunction(node, map));
  }
  return sized;
}

/** Lists the guesses, once nodes have ids. */
export function noteGuessedSizes(sized: ReadonlyMap<TreeNode, SizedFunction>, log: ImportLog): void {
  for (const [node, { bars, guessed }] of sized) {
    const parts = bars
      .filter((bar) => guessed.includes(bar.index))
      .map((bar) => `BAR ${bar.index} has ${sizeText(bar.sizeBytes)}`);
    if (parts.length > 0) {
      log.assume(
        'BAR_SIZE_ASSUMED',
        [node.id],
        `${node.id}: ${parts.join(', ')}.`,
        'Registers hold no sizes; this follows from alignment, neighbours and windows. lspci -vvv prints them.',
      );
    }
    if (node.facts.cpuAddressed.length > 0) {
      log.assume(
        'BAR_ADDRESS_UNKNOWN',
        [node.id],
        'BARs whose bus address is not in the text get new addresses.',
        'The text shows addresses of the processor above 4 GiB for 32-bit BARs; lspci -xxxx shows those of the bus.',
      );
    }
    if (!node.facts.barIndicesKnown && bars.length > 0) {
      log.assume(
        'BAR_INDEX_ASSUMED',
        [node.id],
        'BARs are numbered in the order in which they are printed.',
        'lspci -v does not print their numbers; lspci -vv does.',
      );
    }
  }
}
