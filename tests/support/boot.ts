/*
 * Hardware registers and software's view of one machine, enumerated.
 */
import { buildConfigSpaces } from '../../src/core/config/buildConfigSpace.ts';
import type { ConfigSpace } from '../../src/core/config/configSpace.ts';
import type { EnumerateOptions } from '../../src/core/host/enumerate.ts';
import { enumerate, enumerateOptionsOf, runAtBoot } from '../../src/core/host/enumerate.ts';
import type { HostFunction, HostView } from '../../src/core/host/hostView.ts';
import { ConfigFabric } from '../../src/core/models/configFabric.ts';
import { segmentBdfText } from '../../src/core/pcie/bdf.ts';
import type { MachineSpec, NodeId } from '../../src/core/pcie/machineSpec.ts';

export interface BootedMachine {
  readonly view: HostView;
  readonly fabric: ConfigFabric;
  readonly configs: ReadonlyMap<NodeId, ConfigSpace>;
  /** `0000:03:00.0` → function. */
  readonly at: (bdf: string) => HostFunction | undefined;
}

/** Builds the registers of `spec` and enumerates them. */
export function boot(spec: MachineSpec, options: Partial<EnumerateOptions> = {}): BootedMachine {
  const configs = buildConfigSpaces(spec);
  const fabric = new ConfigFabric(spec, configs);
  const view = runAtBoot(enumerate({ ...enumerateOptionsOf(spec), ...options }), fabric);
  const byBdf = new Map(view.functions.map((entry) => [segmentBdfText(entry.segment, entry.bdf), entry]));
  return { view, fabric, configs, at: (bdf) => byBdf.get(bdf) };
}
