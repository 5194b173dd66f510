/*
 * From a document to a machine that has booted: hardware built, enumerated, its functions known by name.
 */
import { enumerate, enumerateOptionsOf, runAtBoot } from '../../core/host/enumerate.ts';
import type { HostView } from '../../core/host/hostView.ts';
import { type ViewNames, nameView } from '../../core/host/p2pdma/names.ts';
import { buildHardware } from '../../core/models/buildHardware.ts';
import type { AttachedDevice } from '../../core/models/devices/attachedDevice.ts';
import { attachDevices } from '../../core/models/devices/attachDevices.ts';
import type { Hardware, HardwareOptions } from '../../core/models/hardware.ts';
import type { MachineSpec, NodeId } from '../../core/pcie/machineSpec.ts';

export interface BootOptions extends HardwareOptions {
  /** Told when the hardware stands and no software has touched it. */
  readonly onBuilt?: (hardware: Hardware) => void;
}

export interface BootedHardware {
  readonly hardware: Hardware;
  readonly view: HostView;
  readonly names: ViewNames;
  readonly devices: ReadonlyMap<NodeId, AttachedDevice>;
}

/**
 * Builds a machine, enumerates it as the document says, and puts its devices into their slots.
 * @param attach puts something else there: test equipment.
 */
export function bootHardware(
  spec: MachineSpec,
  options: BootOptions,
  attach: typeof attachDevices = attachDevices,
): BootedHardware {
  const hardware = buildHardware(spec, options);
  const { configFabric } = hardware;
  options.onBuilt?.(hardware);
  // Before enumeration: what software writes then decides which addresses the devices answer.
  const devices = attach(hardware, spec.functions, options.seed);
  const settings = new Map(spec.functions.map((fn) => [fn.id, payloadSettingsOf(fn)]));
  const process = enumerate({
    ...enumerateOptionsOf(spec),
    payloadSettings: (segment, bdf) => {
      const node = configFabric.nodeAt(segment, bdf);
      return node === undefined ? undefined : settings.get(node);
    },
  });
  const view = runAtBoot(process, configFabric);
  return { hardware, view, names: nameView(view, spec), devices };
}

function payloadSettingsOf(fn: MachineSpec['functions'][number]): { mpsBytes?: number; mrrsBytes?: number } {
  return {
    ...(fn.mpsBytes === undefined ? {} : { mpsBytes: fn.mpsBytes }),
    ...(fn.mrrsBytes === undefined ? {} : { mrrsBytes: fn.mrrsBytes }),
  };
}
