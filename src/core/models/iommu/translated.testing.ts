/*
 * For tests: a machine whose IOMMU translates, with the kernel's driver that maps for its functions. Everything is as in
 * a run, only that no job drives it.
 */
import { privateStorage } from '../../../base/storage.ts';
import { invariant } from '../../../base/invariant.ts';
import { enumerate, enumerateOptionsOf, runAtBoot } from '../../host/enumerate.ts';
import type { HostView } from '../../host/hostView.ts';
import { IommuDriver } from '../../host/iommu/iommuDriver.ts';
import type { DmaDirection } from '../../host/iommu/pageTables.ts';
import { nameView } from '../../host/p2pdma/names.ts';
import type { HostSpec, MachineSpec, NodeId } from '../../pcie/machineSpec.ts';
import { rootWindows } from '../../pcie/rootWindows.ts';
import { buildHardware } from '../buildHardware.ts';
import type { Hardware } from '../hardware.ts';
import { machineSpec, type TestMachine } from '../machines.testing.ts';
import type { HopRecorder } from '../../sim/hopRecorder.ts';

export interface TranslatedOptions {
  readonly iommuParameters?: HostSpec['iommuParameters'];
  /** Functions with ATS on. */
  readonly ats?: readonly NodeId[];
  readonly hops?: HopRecorder;
  readonly tags?: number;
}

const KEEP_ACS = 'pci=config_acs=x@pci:0:0';
const TABLES_AT = 0x1000_0000;
const PAGE_BYTES = 4096;

/** The machine with its IOMMU on; ACS control stays as given. */
function specOf(machine: TestMachine, options: TranslatedOptions): MachineSpec {
  const spec = machineSpec(machine);
  const { iommuParameters } = options;
  return {
    ...spec,
    host: {
      ...spec.host,
      iommu: 'translate',
      kernelParameters: [KEEP_ACS],
      ...(iommuParameters === undefined ? {} : { iommuParameters }),
    },
    functions: spec.functions.map((fn) => ({
      ...fn,
      ...(options.tags === undefined || fn.kind !== 'endpoint'
        ? {}
        : { model: { type: 'dma' as const, tags: options.tags } }),
      ...(options.ats?.includes(fn.id) === true ? { capabilities: { ats: true, atsEnabled: true } } : {}),
    })),
  };
}

export class TranslatedMachine {
  readonly hardware: Hardware;
  readonly view: HostView;
  readonly spec: MachineSpec;
  private readonly _driver: IommuDriver;
  private readonly _names: readonly NodeId[];

  constructor(machine: TestMachine, options: TranslatedOptions = {}) {
    this.spec = specOf(machine, options);
    const { hops } = options;
    this.hardware = buildHardware(this.spec, {
      storage: privateStorage,
      seed: 1,
      ...(hops === undefined ? {} : { hops }),
    });
    this.view = runAtBoot(enumerate(enumerateOptionsOf(this.spec)), this.hardware.configFabric);
    this._names = nameView(this.view, this.spec).functions.map(({ id }) => id);
    let next = TABLES_AT;
    this._driver = new IommuDriver({
      view: this.view,
      pages: () => {
        next += PAGE_BYTES;
        return next - PAGE_BYTES;
      },
      windows: rootWindows(this.spec.hostBridges)
        .flat()
        .filter(({ space }) => space === 'memory'),
      usesAts: (fn) => options.ats?.includes(this._names[fn] ?? '') === true,
    });
    runAtBoot(this._driver.enableAts(), this.hardware.configFabric);
    this.#store();
    for (const [segment, table] of this._driver.rootTables) this.iommu.setRootTable(segment, table);
  }

  get iommu(): NonNullable<Hardware['iommu']> {
    const { iommu } = this.hardware;
    invariant(iommu !== undefined, () => 'no IOMMU');
    return iommu;
  }

  /** Maps bytes for a function. @returns the address it shall use. */
  map(node: NodeId, physical: number, lengthBytes: number, direction: DmaDirection = 'both'): number {
    const iova = this._driver.map(this._names.indexOf(node), physical, lengthBytes, direction);
    this.#store();
    return iova;
  }

  #store(): void {
    const { hostMemory } = this.hardware;
    for (const request of this._driver.writeTables()) {
      if (request.kind !== 'memoryWrite') continue;
      hostMemory.memory.writeFrom(hostMemory.offsetOf(request.address), request.data.length, request.data, 0);
    }
  }
}
