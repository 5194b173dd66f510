/*
 * What an engine needs of a machine. `SimulatedMachine` (engine/machine) is the one; tests of the engine's own
 * run loop use a small one whose every number is known.
 */
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Result } from '../../base/result.ts';
import type { StorageAllocator } from '../../base/storage.ts';
import type { BootRecorder } from '../../core/models/bootRecorder.ts';
import type { ErrorRecord, FaultSpec } from '../../core/pcie/faults.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../../core/pcie/verdict.ts';
import type { HopRecorder } from '../../core/sim/hopRecorder.ts';
import type { SparseMemory } from '../../core/sim/sparseMemory.ts';
import type { TopologyDocument, TransferSpec } from '../../topology/document.ts';
import type {
  AddressNames,
  AddressQuestion,
  MachineDescription,
  RunHistory,
  RunReport,
  RunWay,
  StepUnit,
} from '../protocol.ts';

export interface EngineMachineOptions {
  readonly document: TopologyDocument;
  readonly transfer: TransferSpec;
  readonly way: RunWay;
  readonly seed: number;
  /** Where counters and memories live. */
  readonly storage: StorageAllocator;
  readonly hops?: HopRecorder;
  /** Called with every new segment of memory. */
  readonly onSegment?: (buffer: ArrayBufferLike) => void;
  /** The machine shall be able to go back. */
  readonly keepsHistory?: boolean;
  /** Writes down what software does before time 0. */
  readonly bootRecorder?: BootRecorder;
}

/** Goes back and forward in the run of a machine. */
export interface MachineTravel {
  /** The machine is where this run has been before. */
  readonly isBehind: boolean;
  readonly state: RunHistory;
  /** Goes to a kept place not after an instant: the machine runs on to the instant from there. */
  approach(at_ps: number): void;
  /** Goes back to right after the last unit that was over before now. */
  stepBack(unit: StepUnit): void;
  /** Told when a change by hand has made what came after an instant void. */
  onBranch(listener: (at_ps: number) => void): void;
}

export interface EngineMachine {
  readonly description: MachineDescription;
  readonly machineCounters: Float64Array;
  readonly linkCounters: Float64Array;
  readonly functionCounters: Float64Array;
  readonly memoryCounters: Float64Array;
  readonly flowCounters: Float64Array;
  readonly memoryRoots: readonly ArrayBufferLike[];
  readonly segments: readonly ArrayBufferLike[];
  /** Simulated now: every event up to here has happened. */
  readonly now_ps: number;
  /** The result once the job has ended. */
  readonly report: RunReport | undefined;
  /** Undefined where the machine cannot go back. */
  readonly travel: MachineTravel | undefined;
  /** Runs every event up to and including `at_ps`, at most `maxEvents` of them. */
  runUntil(at_ps: number, maxEvents: number): 'reached' | 'budget' | 'finished';
  step(unit: StepUnit): void;
  verdict(provider: NodeId, client: NodeId): Result<PeerVerdict, Diagnostic>;
  readConfig(node: NodeId): Uint8Array | undefined;
  /** One register as it is now. */
  readRegister(node: NodeId, offset: number, bytes: 1 | 2 | 4): number | undefined;
  inject(fault: FaultSpec): string | undefined;
  errorsFrom(serial: number): { readonly records: readonly ErrorRecord[]; readonly total: number };
  writeConfig(node: NodeId, offset: number, bytes: 1 | 2 | 4, value: number): Uint8Array | undefined;
  /** Fills `target` with the credits and tags that are taken now (core/pcie/occupancy.ts). */
  readOccupancy(target: Float64Array): void;
  /** Fills `target` with how many there are: Infinity = they never run out, 0 = there are none. */
  readCapacity(target: Float64Array): void;
  readMemory(memory: number, offset: number, target: Uint8Array): void;
  /** In the order of `description.memories`; written by {@link pokeMemory} only. */
  readonly memories: readonly SparseMemory[];
  /** A debugger changes bytes of a memory: no TLP moves, no simulated time passes. */
  pokeMemory(memory: number, offset: number, bytes: Uint8Array): void;
  /** What an address is called elsewhere, as registers and tables are now. @returns undefined for an unknown function. */
  nameAddress(node: NodeId, question: AddressQuestion): AddressNames | undefined;
}

/** Builds and enumerates a machine, and prepares its job. */
export type CreateMachine = (options: EngineMachineOptions) => Result<EngineMachine, readonly Diagnostic[]>;
