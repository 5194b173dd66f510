/*
 * What the operating system does when functions come out of a reset or are plugged in again: it writes their
 * configuration back as it was after boot, through configuration requests of the running machine.
 */
import { countText } from '../../base/format.ts';
import { runAtBoot } from '../../core/host/enumerate.ts';
import { type Restored, type SavedFunction, restoreConfiguration, saveConfiguration } from '../../core/host/hotplug.ts';
import type { EngineDrivers } from '../../core/host/drivers/engineDrivers.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import type { Cpu } from '../../core/models/cpu.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { HostProcess } from '../../core/pcie/requests.ts';
import type { BootedHardware } from './boot.ts';

/**
 * From now on drivers are told when their device is gone or was reset, and software writes back the configuration of
 * functions that come back. Before the first fault, after drivers have been probed.
 * @simplifies Software is told of a reset, a lost or a new device at once and without an interrupt. Drivers are not started anew: a device
 * answers again where it did, but what its driver had told it (rings, MSI-X table) is lost.
 */
export function recoverFunctions(booted: BootedHardware, cpu: Cpu, drivers: EngineDrivers): void {
  const { hardware, view, names } = booted;
  const kept = runAtBoot(saveConfiguration(view.functions), hardware.configFabric);
  hardware.onLost((nodes, why) => {
    for (const node of nodes) {
      const fn = indexOfId(names, node);
      const driver = fn === undefined ? undefined : drivers.of(fn);
      if (driver !== undefined) cpu.start(() => driver.abandon(why));
    }
  });
  hardware.onReady((nodes) => {
    const wanted = new Set(nodes.map((node) => indexOfId(names, node)));
    const saved = kept.filter(({ fn }) => wanted.has(fn.index));
    if (saved.length > 0) cpu.start(() => restore(hardware, nodes, saved));
  });
}

function* restore(
  hardware: BootedHardware['hardware'],
  nodes: readonly NodeId[],
  saved: readonly SavedFunction[],
): HostProcess<void> {
  tell(hardware, nodes, yield* restoreConfiguration(saved));
}

function tell(hardware: BootedHardware['hardware'], nodes: readonly NodeId[], restored: readonly Restored[]): void {
  const problems = restored.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  const done = restored.length - problems.length;
  // Links below a switch train before the one above it: nobody can be reached yet, and everything comes with that one.
  if (done === 0) return;
  const sentence = [`Software has written back the configuration of ${countText(done, 'function')}.`, ...problems];
  hardware.note(nodes[0], 'Configuration restored', sentence.join(' '), 'configured again');
}
