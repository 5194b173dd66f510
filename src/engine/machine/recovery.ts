/*
 * What the operating system does when functions come out of a reset or are plugged in again: it writes their
 * configuration back as it was after boot, through configuration requests of the running machine.
 */
import { countText } from '../../base/format.ts';
import { runAtBoot } from '../../core/host/enumerate.ts';
import { type Restored, type SavedFunction, restoreConfiguration, saveConfiguration } from '../../core/host/hotplug.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import type { Cpu } from '../../core/models/cpu.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { HostProcess } from '../../core/pcie/requests.ts';
import type { BootedHardware } from './boot.ts';

/**
 * @simplifies Software is told of a reset or a new device without an interrupt. Drivers are not started anew: a device
 * answers again where it did, but what its driver had told it (rings, MSI-X table) is lost.
 */
export class Recovery {
  readonly #booted: BootedHardware;
  readonly #saved: readonly SavedFunction[];

  /** Before the first fault, after drivers have been probed. */
  constructor(booted: BootedHardware, cpu: Cpu) {
    this.#booted = booted;
    const { hardware, view } = booted;
    this.#saved = runAtBoot(saveConfiguration(view.functions), hardware.configFabric);
    hardware.onReady((nodes) => cpu.start(this.#restore(nodes)));
  }

  *#restore(nodes: readonly NodeId[]): HostProcess<void> {
    const wanted = new Set(nodes.map((node) => indexOfId(this.#booted.names, node)));
    const saved = this.#saved.filter(({ fn }) => wanted.has(fn.index));
    if (saved.length === 0) return;
    this.#tell(nodes, yield* restoreConfiguration(saved));
  }

  #tell(nodes: readonly NodeId[], restored: readonly Restored[]): void {
    const problems = restored.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
    const done = restored.length - problems.length;
    const sentence = [
      `Software has written back the configuration of ${countText(done, 'function')}.`,
      ...problems,
    ].join(' ');
    this.#booted.hardware.note(nodes[0], 'Configuration restored', sentence, done > 0 ? 'configured again' : 'none');
  }
}
