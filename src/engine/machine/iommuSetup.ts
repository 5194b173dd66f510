/*
 * The kernel's IOMMU driver starts before time 0: domains, contexts, tables in host memory, then the hardware is told.
 */
import type { Kernel } from '../../core/host/drivers/kernel.ts';
import { type ConfigAccess, runAtBoot } from '../../core/host/enumerate.ts';
import { IommuDriver } from '../../core/host/iommu/iommuDriver.ts';
import { at } from '../../base/invariant.ts';
import type { Hardware } from '../../core/models/hardware.ts';
import { rootWindows } from '../../core/pcie/rootWindows.ts';
import type { BootedHardware } from './boot.ts';

/** What answers software before time 0: registers, and the CPU's stores to its own memory. */
export function bootAccess(hardware: Hardware): ConfigAccess {
  const { configFabric, hostMemory } = hardware;
  return {
    read: (segment, id, offset, bytes) => configFabric.read(segment, id, offset, bytes),
    write: (segment, id, offset, bytes, value) => configFabric.write(segment, id, offset, bytes, value),
    writeMemory: (address, data) => hostMemory.memory.writeFrom(hostMemory.offsetOf(address), data.length, data, 0),
  };
}

/** Gives a kernel the IOMMU of its machine; nothing where that is off. */
export function startIommu({ hardware, view, names }: BootedHardware, kernel: Kernel): void {
  const { iommu, spec } = hardware;
  if (iommu === undefined || view.iommu === 'off') return;
  const pageBytes = spec.host.iommuParameters?.pageBytes;
  const withAts = new Set(spec.functions.filter((fn) => fn.capabilities?.atsEnabled === true).map(({ id }) => id));
  const driver = new IommuDriver({
    view,
    pages: () => kernel.allocateTable(),
    windows: rootWindows(spec.hostBridges)
      .flat()
      .filter(({ space }) => space === 'memory'),
    usesAts: (fn) => withAts.has(at(names.functions, fn).id),
    ...(pageBytes === undefined ? {} : { pageBytes }),
  });
  kernel.useIommu(driver);
  const access = bootAccess(hardware);
  runAtBoot(driver.enableAts(), access);
  runAtBoot(driver.writeTables(), access);
  for (const [segment, table] of driver.rootTables) iommu.setRootTable(segment, table);
}
