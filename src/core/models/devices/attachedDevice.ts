import type { DeviceModel, FunctionSpec, NodeId } from '../../pcie/machineSpec.ts';
import type { Hardware } from '../hardware.ts';
import type { SparseMemory } from '../../sim/sparseMemory.ts';
import type { FlowByte } from '../../pcie/tlp.ts';
import type { ByteSource } from '../ports.ts';
import type { AccessGenerator } from './accessGenerator.ts';
import type { WaitClock } from './waitClock.ts';

/** A memory of a device, for inspectors. */
export interface DeviceMemory {
  readonly node: NodeId;
  readonly label: string;
  readonly memory: SparseMemory;
  /** BAR through which it is addressable, if it is. */
  readonly bar: number | undefined;
}

/** Where a job's bytes are when this device is its source, or have to be when it is its destination. */
export interface DeviceStore {
  /** What it gives away: its memory, its media, or what the far end of its wire sends. */
  readonly source: ByteSource;
  /** Memory that `source` reads and that can be filled before the run; undefined for a wire. */
  readonly fillable: SparseMemory | undefined;
  /** Where arriving bytes end up: its memory, its media, or what the far end of its wire has got. */
  readonly arrived: DeviceMemory | undefined;
  /** True if all bytes cross to `arrived` inside the device; otherwise the fabric stores those that peers write there. */
  readonly isInside: boolean;
}

/** A device model at its place in the machine. */
export interface AttachedDevice {
  readonly spec: FunctionSpec;
  readonly model: DeviceModel['type'];
  readonly memories: readonly DeviceMemory[];
  readonly store: DeviceStore | undefined;
  /** Lets the far end of a wire send this many bytes; nothing on other devices. */
  offer(lengthBytes: number): void;
  /** Told about bytes that the engine passes on inside: over the wire, onto the media, into memory it has read for. */
  onInsideArrival(listener: ((lengthBytes: number, flow: FlowByte) => void) | undefined): void;
  /** What its engine has waited for, if it has one. */
  readonly waits: WaitClock | undefined;
  /** Access generators, if it has an engine. */
  readonly generators: readonly AccessGenerator[];
  /** No descriptor, read or buffer is in use. */
  readonly isIdle: boolean;
}

/** What building a device may use of the machine around it. */
export type DeviceSite = Pick<Hardware, 'attach' | 'arena' | 'functionOf' | 'countExternal' | 'countOperation'>;
