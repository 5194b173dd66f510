/*
 * A transfer as the planner leaves it and the job runs it.
 */
import type { Flow } from '../../pcie/tlp.ts';
import type { AddressRange } from './capabilities.ts';

/** Index of a function of the view, or the host's own memory. */
export type Party = number | 'host';

export type TransferMethod = 'p2p' | 'bounce' | 'copy';

/** "Move N bytes from A to B", as host software is told. */
export interface TransferOrder {
  readonly from: Party;
  readonly to: Party;
  /** 1…2^36 */
  readonly bytes: number;
  readonly method: TransferMethod;
  /** 4 KiB…16 MiB. */
  readonly chunkBytes: number;
  readonly buffers: 1 | 2;
  /** Do what the kernel would refuse. */
  readonly force: boolean;
  /** Where its bytes begin in the memory, media or stream of either end. Default 0; a multiple of 4096. */
  readonly fromOffset?: number;
  readonly toOffset?: number;
}

/** One end of a leg. */
export type LegEnd =
  /** The inner side of the engine that works on this leg. */
  | { readonly kind: 'inner' }
  /** Bus addresses of a device's memory; byte k of the job is at `address` + k. */
  | { readonly kind: 'window'; readonly range: AddressRange }
  /** All of the job in host memory, which the job allocates. */
  | { readonly kind: 'hostMemory' }
  /** The buffers between this leg and its neighbour. */
  | { readonly kind: 'stage' };

export interface LegPlan {
  readonly from: Party;
  readonly to: Party;
  readonly source: LegEnd;
  readonly target: LegEnd;
  /** Function whose engine moves the bytes, or the CPU. */
  readonly engine: number | 'cpu';
  readonly operation: 'write' | 'read' | 'read and write';
  readonly flow: Flow;
  readonly sentence: string;
}

/** Buffers between two legs: in host memory, or in the memory of a device. */
export type StagePlan = { readonly kind: 'host' } | { readonly kind: 'peer'; readonly range: AddressRange };

export interface JobPlan {
  readonly order: TransferOrder;
  readonly legs: readonly LegPlan[];
  /** One less than legs. */
  readonly stages: readonly StagePlan[];
  /** Size of the staging buffers: the order's, less where the stage is small. */
  readonly chunkBytes: number;
}

export interface Refusal {
  /** Stable, UPPER_SNAKE. */
  readonly code: string;
  /** Plain words with the actual names and values. */
  readonly message: string;
  readonly fix?: string;
}
