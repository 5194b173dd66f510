/*
 * The IOMMU as the machine around it sees it: made with the hardware, set up by software's tables, looked at by the page.
 */
import type { Bdf } from '../../../base/units.ts';
import type { HostSpec, NodeId } from '../../pcie/machineSpec.ts';
import type { ErrorLog } from '../fabric/errorLog.ts';
import type { Fabric } from '../fabric/fabric.ts';
import type { RequestTranslator } from '../fabric/requestTranslator.ts';
import type { HardwareHostMemory } from '../hardware.ts';
import { Iommu, type IommuCounters } from './iommu.ts';
import { IommuTranslator } from './requestTranslator.ts';

export interface HardwareIommu {
  readonly counters: IommuCounters;
  /** By flow number: time its requests have waited for translations, picoseconds. */
  readonly waitedByFlow_ps: Float64Array;
  /** Software writes the root table pointer of a PCI segment: translation is on there from now on. */
  setRootTable(segment: number, address: number): void;
  /** Physical address of a segment's root table; undefined = translation is not on there. */
  rootTable(segment: number): number | undefined;
  /**
   * Takes away everything that is mapped for a function: its requests fault from now on.
   * @returns why that cannot be done, or undefined if it was.
   */
  unmapAll(node: NodeId): string | undefined;
  /** True once everything of a function has been taken away. */
  isUnmapped(node: NodeId): boolean;
}

export interface BuiltIommuParts {
  readonly fabric: Fabric;
  readonly memory: Pick<HardwareHostMemory, 'memory' | 'offsetOf'>;
  readonly host: HostSpec;
  readonly errors: ErrorLog;
  readonly nodeAt: (segment: number, requesterId: Bdf) => NodeId | undefined;
  /** Segment and requester ID of a function now. */
  readonly placeOf: (node: NodeId) => { readonly segment: number; readonly requesterId: number } | undefined;
  /** Functions that keep translations themselves are told to forget them. */
  readonly onUnmapped: (node: NodeId) => void;
}

/** The IOMMU of a machine whose host has one that is not off. */
export class BuiltIommu implements HardwareIommu {
  /** What the root complex asks. */
  readonly translator: RequestTranslator;
  private readonly _iommu: Iommu;
  private readonly _parts: BuiltIommuParts;
  private readonly _unmapped = new Set<NodeId>();

  constructor(parts: BuiltIommuParts) {
    const { fabric, errors, nodeAt, memory, host } = parts;
    const { events, pool, ports } = fabric;
    this._parts = parts;
    this._iommu = new Iommu(memory, host.iommuParameters);
    this.translator = new IommuTranslator({ iommu: this._iommu, events, pool, ports, errors, nodeAt });
  }

  get counters(): IommuCounters {
    return this._iommu.counters;
  }

  get waitedByFlow_ps(): Float64Array {
    return this._iommu.waitedByFlow_ps;
  }

  setRootTable(segment: number, address: number): void {
    this._iommu.setRootTable(segment, address);
  }

  rootTable(segment: number): number | undefined {
    return this._iommu.rootTable(segment);
  }

  unmapAll(node: NodeId): string | undefined {
    const place = this._parts.placeOf(node);
    if (place === undefined) return `${node} has no requester ID.`;
    if (!this._iommu.unmap(place.segment, place.requesterId)) return `The IOMMU has nothing mapped for ${node}.`;
    this._unmapped.add(node);
    this._parts.onUnmapped(node);
    return undefined;
  }

  isUnmapped(node: NodeId): boolean {
    return this._unmapped.has(node);
  }
}
