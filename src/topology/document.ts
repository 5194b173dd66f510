import type { MachineSpec, NodeId } from '../core/pcie/machineSpec.ts';

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
  readonly assumptions: readonly Assumption[];
}
