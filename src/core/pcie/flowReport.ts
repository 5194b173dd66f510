/*
 * What a run says of each of its flows. Plain data.
 */
import type { NodeId } from './machineSpec.ts';

/** What kept a flow from being faster. */
export type LimitKind =
  | 'wire'
  | 'credits'
  | 'tags'
  | 'memory'
  | 'rootComplex'
  | 'iommu'
  | 'device'
  | 'cpu'
  | 'software'
  | 'ordering'
  | 'none';

export interface FlowLimit {
  readonly kind: LimitKind;
  /** Link, function or host bridge concerned, if one is. */
  readonly node: NodeId | undefined;
  /** `credits of 02:01.0 posted data`, `wire of 00:01.0 down`, `tags of nic0`… */
  readonly text: string;
  /** Fraction of the flow's time this accounts for, 0…1, measured. */
  readonly share: number;
}

export interface FlowReport {
  readonly id: NodeId;
  readonly name: string;
  readonly outcome: 'finished' | 'failed' | 'refused' | 'background';
  readonly reason: string | undefined;
  readonly bytes: number;
  readonly operations: number;
  readonly begun_ps: number;
  readonly finished_ps: number;
  readonly throughputBytesPerSecond: number;
  /** Of single operations, where the flow has them: picoseconds. */
  readonly latency_ps?: {
    readonly minimum: number;
    readonly median: number;
    readonly p99: number;
    readonly maximum: number;
  };
  /** Largest first. */
  readonly limits: readonly FlowLimit[];
}
