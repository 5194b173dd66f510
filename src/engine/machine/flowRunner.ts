/*
 * One flow of a run, whatever it does: prepared before time 0, then a process that keeps a record.
 */
import type { JobPlan, LegPlan } from '../../core/host/transfer/jobPlan.ts';
import type { FlowReport } from '../../core/pcie/flowReport.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { HostProcess } from '../../core/pcie/requests.ts';
import type { SparseMemory } from '../../core/sim/sparseMemory.ts';
import type { RunCheck } from '../protocol.ts';

/** How far a flow is. Written by its process. */
export interface FlowProgress {
  readonly state: 'ready' | 'running' | 'finished' | 'failed';
  /** The first byte could be asked for, and everything was done, picoseconds; 0 = not yet. */
  readonly begun_ps: number;
  readonly finished_ps: number;
  readonly failure: string | undefined;
}

/** One part of a flow that somebody works on: a leg of a transfer, the operations of a generator, a core's. */
export interface FlowPart {
  /** Who works: its waits say what kept it. */
  readonly worker: NodeId | 'cpu';
  /** Generator channel of the worker; undefined = its DMA engine. */
  readonly channel?: number;
  readonly operation: LegPlan['operation'];
  /** Operations a generator keeps under way. */
  readonly outstanding?: number;
  /** Host memory is one end. */
  readonly usesMemory: boolean;
  /** Time a core has worked for this part. */
  readonly cpu_ps: number;
}

export interface FlowRunner {
  readonly number: number;
  readonly id: NodeId;
  readonly name: string;
  readonly isBackground: boolean;
  readonly start_ps: number;
  readonly progress: FlowProgress;
  /** When software knew that it was over; 0 = not yet. */
  readonly over_ps: number;
  /** Before time 0: configuration requests of its drivers. */
  probe(): HostProcess<void>;
  run(): HostProcess<void>;
  /** Begin nothing more. */
  stop(): void;
  /** The run is over, and software may have lost its device: whoever still moves bytes for it begins nothing more. */
  halt?(): void;
  /** After its end: the bytes, and what else can be checked. */
  checks(): readonly RunCheck[];
  /** Latency of single operations, where it has them. */
  latency(): FlowReport['latency_ps'];
  /** Processes of host software that it has at once. */
  readonly processes: number;
  readonly parts: readonly FlowPart[];
  /** Of a transfer. */
  readonly plan?: JobPlan;
  /** What its process and its drivers remember: goes back when the machine does. */
  readonly software: object;
  /** Memories of its own, which hardware writes to. */
  readonly memories?: readonly SparseMemory[];
}

/** Makes a value at the first call, and gives the same one ever after: comparing bytes takes time. */
export class Once<T> {
  private readonly _make: () => T;
  private _made: { readonly value: T } | undefined;

  constructor(make: () => T) {
    this._make = make;
  }

  get value(): T {
    this._made ??= { value: this._make() };
    return this._made.value;
  }
}
