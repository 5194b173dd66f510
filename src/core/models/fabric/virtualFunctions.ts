/*
 * Where the BARs of virtual functions are: the SR-IOV capability of their physical function says so, their own header
 * says nothing.
 */
import { fromDwords } from '../../../base/bits.ts';
import { findCapability } from '../../config/capability.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import { readField } from '../../config/decode.ts';
import { SRIOV, SRIOV_CONTROL, SRIOV_VF_BAR_OFFSET } from '../../config/extendedCapabilities.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../../pcie/machineSpec.ts';
import type { FunctionRegisters } from './registers.ts';
import { NONE } from './tlpPool.ts';

/** A virtual function's registers beside its own. */
export interface VirtualPlace {
  readonly physical: ConfigSpace;
  /** Of the SR-IOV capability there. */
  readonly offset: number;
  /** Counts from 0. */
  readonly index: number;
}

/** Undefined for a function that is not virtual. */
export function virtualPlace(
  spec: FunctionSpec,
  machine: MachineSpec,
  configs: ReadonlyMap<NodeId, ConfigSpace>,
): VirtualPlace | undefined {
  const owner = spec.virtualFunctionOf;
  const physical = owner === undefined ? undefined : configs.get(owner);
  const offset = physical === undefined ? undefined : findCapability(physical, SRIOV);
  if (physical === undefined || offset === undefined) return undefined;
  const siblings = machine.functions.filter((other) => other.virtualFunctionOf === owner);
  return { physical, offset, index: siblings.indexOf(spec) };
}

/**
 * BARs of the virtual functions of one device lie behind each other, in the order of the functions.
 * @spec PCIe Base 5.0 §9.3.3.14
 */
export function decodeVirtual(
  { physical, offset, index }: VirtualPlace,
  spec: FunctionSpec,
  registers: FunctionRegisters,
): void {
  const isSet = (name: 'vfEnable' | 'vfMemorySpaceEnable'): boolean =>
    readField(physical, SRIOV_CONTROL, offset, name) === 1;
  registers.memoryEnable = isSet('vfEnable') && isSet('vfMemorySpaceEnable');
  for (const bar of spec.bars) {
    if (bar.space !== 'memory') continue;
    const register = offset + SRIOV_VF_BAR_OFFSET + 4 * bar.index;
    const low = (physical.read(register, 4) & ~0xf) >>> 0;
    const base = bar.widthBits === 64 ? fromDwords(physical.read(register + 4, 4), low) : low;
    registers.barBase[bar.index] = base === 0 ? NONE : base + index * bar.sizeBytes;
  }
}
