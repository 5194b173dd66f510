import type { PlannedFault } from '../core/pcie/faults.ts';
import type { MachineSpec, NodeId } from '../core/pcie/machineSpec.ts';
import type { CpuMapping } from '../core/pcie/requests.ts';

/** The version this code writes. Older ones are migrated one step at a time (migrations.ts). */
export const DOCUMENT_VERSION = 1;

/** How a job's bytes travel. `copy` is the bounce in which the CPU moves the second leg. */
export type TransferWay = 'p2p' | 'bounce' | 'copy';

/** "Move N bytes from A to B." */
export interface TransferSpec {
  readonly from: NodeId;
  readonly to: NodeId;
  /** 1…2^36; the page offers up to 256 MiB. */
  readonly bytes: number;
  readonly bounce: {
    /** Staging chunk, 4 KiB…16 MiB. */
    readonly chunkBytes: number;
    readonly buffers: 1 | 2;
    readonly completion: 'interrupt' | 'polled';
  };
  /** Run a P2P transfer that the kernel would refuse, to see what the hardware does. */
  readonly force?: boolean;
}

export type { CpuMapping };

/** What one flow does. */
export type FlowWork =
  /** A transfer as the race runs it. */
  | ({ readonly kind: 'transfer'; readonly way: TransferWay } & TransferSpec)
  /** A device's own access generator, as PCIe test equipment has it: fixed-size operations on a window. */
  | {
      readonly kind: 'accesses';
      readonly engine: NodeId;
      /** `host` or a function with a memory BAR. */
      readonly target: NodeId;
      readonly operation: 'read' | 'write';
      readonly operationBytes: number;
      readonly windowBytes: number;
      readonly pattern: 'sequential' | 'random';
      readonly operations: number;
      /** Operations under way at once. */
      readonly outstanding: number;
      /** Socket whose memory is used, where target is `host`. Default: the engine's own. */
      readonly memoryNode?: number;
    }
  /** A core loads from or stores to a BAR. */
  | {
      readonly kind: 'cpu';
      readonly operation: 'load' | 'store';
      readonly target: NodeId;
      readonly mapping: CpuMapping;
      readonly accessBytes: 1 | 2 | 4 | 8 | 16 | 32 | 64;
      readonly bytes: number;
      /** Host bridge of the core's socket. Default: the first. */
      readonly hostBridge?: NodeId;
    };

/** One of several transfers that run at once. */
export interface FlowSpec {
  readonly id: NodeId;
  readonly name: string;
  readonly start_ps: number;
  /** Repeats until all others are done, and nobody waits for it. */
  readonly background?: boolean;
  readonly work: FlowWork;
}

/** Something an importer or a preset had to assume. Each can be changed afterwards. */
export interface Assumption {
  /** Stable, UPPER_SNAKE. */
  readonly code: string;
  /** Functions or host bridges concerned; empty = the whole machine. */
  readonly nodes: readonly NodeId[];
  /** One sentence: what was assumed. */
  readonly message: string;
  /** One sentence: why, with the values seen. */
  readonly reason: string;
}

/** The one thing that is edited, undone, saved, shared, imported and exported. Plain JSON. */
export interface TopologyDocument extends MachineSpec {
  readonly version: typeof DOCUMENT_VERSION;
  readonly name: string;
  readonly description: string;
  readonly transfer: TransferSpec;
  /** Run beside the transfer in a race, or alone (way `flows`). */
  readonly flows?: readonly FlowSpec[];
  /** Happen in every run at their times. */
  readonly faults?: readonly PlannedFault[];
  /** The published measurement this machine reproduces: its id in the validation table. */
  readonly measurement?: string;
  readonly assumptions: readonly Assumption[];
}
