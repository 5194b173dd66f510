import type { HostBridgeSpec } from '../pcie/machineSpec.ts';
import { rootWindows } from '../pcie/rootWindows.ts';
import type { HardwareHostMemory } from './hardware.ts';

type MappedMemory = Pick<HardwareHostMemory, 'offsetOf' | 'ranges'> & Partial<Pick<HardwareHostMemory, 'nodeRanges'>>;

export interface UsableRange {
  readonly base: number;
  readonly sizeBytes: number;
  /** Socket it belongs to, where there are several. */
  readonly node?: number;
}

/**
 * What an address of the CPU means: the host bridges' windows come first, then RAM. RAM that lies under a
 * window is hidden, as without remapping.
 */
export class SystemAddressMap {
  private readonly _windows: readonly { readonly base: number; readonly limit: number }[];
  private readonly _memory: MappedMemory;

  constructor(hostBridges: readonly HostBridgeSpec[], memory: MappedMemory) {
    this._windows = rootWindows(hostBridges)
      .flat()
      .filter((window) => window.space === 'memory')
      .sort((a, b) => a.base - b.base);
    this._memory = memory;
  }

  /** Offset into host memory of an address, −1 if a device or nobody answers there. */
  ramOffsetOf(address: number): number {
    for (const { base, limit } of this._windows) if (address >= base && address <= limit) return -1;
    return this._memory.offsetOf(address);
  }

  /** RAM that software can use, as firmware describes it: without what windows hide. Ascending. */
  usableRam(): readonly UsableRange[] {
    const nodes = this._memory.nodeRanges ?? [];
    const last = nodes.at(-1)?.node ?? 0;
    if (last === 0) return this.#withoutWindows(this._memory.ranges);
    return Array.from({ length: last + 1 }, (_, node) => this.usableRamOf(node)).flat();
  }

  /** The part of it that belongs to one socket. */
  usableRamOf(node: number): readonly UsableRange[] {
    const own = (this._memory.nodeRanges ?? []).filter((range) => range.node === node);
    return this.#withoutWindows(own).map((range) => ({ ...range, node }));
  }

  #withoutWindows(ranges: readonly UsableRange[]): readonly UsableRange[] {
    let usable = ranges.map(({ base, sizeBytes }) => ({ base, end: base + sizeBytes }));
    for (const window of this._windows) {
      usable = usable.flatMap(({ base, end }) => [
        { base, end: Math.min(end, window.base) },
        { base: Math.max(base, window.limit + 1), end },
      ]);
      usable = usable.filter(({ base, end }) => base < end);
    }
    return usable.map(({ base, end }) => ({ base, sizeBytes: end - base }));
  }
}
