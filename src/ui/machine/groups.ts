import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { MachineDescription } from '../../engine/protocol.ts';

export interface IommuGroup {
  /** In the order in which they appear; the kernel's own numbers mean nothing either. */
  readonly number: number;
  readonly members: readonly NodeId[];
}

/** Colours that tell groups apart beside their numbers. */
export const GROUP_COLOURS = 6;

/** The group of each function; empty where no IOMMU driver is active. */
export function groupsOf(machine: MachineDescription): ReadonlyMap<NodeId, IommuGroup> {
  return new Map(
    (machine.groups ?? []).flatMap((members, number) =>
      members.map((member) => [member, { number, members }] as const),
    ),
  );
}
