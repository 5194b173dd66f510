/*
 * What the scene is told of one transaction it follows: stops in the order of time, each of them a crossing of a link,
 * the way between two crossings, an access of memory, or the device that turns a request into its answer.
 */
import type { NodeId } from '../../core/pcie/machineSpec.ts';

export interface PathStop {
  readonly at: 'link' | 'inside' | 'turn' | 'memory';
  readonly leg: 'request' | 'completion';
  /** Segment, address and length of the crossing, or of the one before. */
  readonly segment: number;
  readonly address: number;
  readonly lengthBytes: number;
  readonly node: NodeId | undefined;
  readonly from_ps: number;
  readonly to_ps: number;
}

export interface PathLeg {
  /** Beside the packet: `MRd 512 B`. */
  readonly label: string;
  /** Word of the hop record (counters.ts, HOP.what): it gives the packet its shape. */
  readonly what: number;
}

export interface ScenePath {
  readonly request: PathLeg;
  readonly completion: PathLeg | undefined;
  /** Requester ID: where the way begins, if that is inside the host. */
  readonly requester: number;
  readonly stops: readonly PathStop[];
}
