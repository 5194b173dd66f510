/*
 * Words for published measurements: what was measured, how the model is asked for the same figure, and what its
 * agreement is worth.
 */
import type { LimitKind } from '../core/pcie/flowReport.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { RunWay } from '../engine/protocol.ts';
import type { PointRole, PointUnit, Span } from './points.ts';

/** Which figure of a run is the one that was published. */
export type Figure =
  /** Of the document's transfer. */
  | { readonly kind: 'transferRate' }
  | { readonly kind: 'flowRate'; readonly flow: NodeId }
  /** All flows together. */
  | { readonly kind: 'sumOfRates' }
  | { readonly kind: 'rateRatio'; readonly of: NodeId; readonly to: NodeId }
  /** Of single operations, in ns. */
  | { readonly kind: 'medianLatency'; readonly flow: NodeId }
  /** Of accesses that follow each other, in ns. */
  | { readonly kind: 'timePerAccess'; readonly flow: NodeId; readonly accessBytes: number }
  | { readonly kind: 'latencyDifference'; readonly of: NodeId; readonly minus: NodeId }
  /** Largest window whose rate is still 0.95 of the first one's, bytes. */
  | { readonly kind: 'knee'; readonly windows: readonly { readonly flow: NodeId; readonly windowBytes: number }[] }
  /** DRAM bytes read and written for each byte of payload. */
  | { readonly kind: 'dramPerByte' }
  /** Share of its time in which the busiest link direction carried anything. */
  | { readonly kind: 'busiestLink' }
  /** 1 if these flows finished and those did not. */
  | { readonly kind: 'outcomes'; readonly finished: readonly NodeId[]; readonly failed: readonly NodeId[] }
  /** 1 if the transfer ended with wrong bytes. */
  | { readonly kind: 'dataIsWrong' };

/** One run of a preset's machine and a figure of it, or two of them combined. */
export type MeasurementRun =
  | { readonly preset: string; readonly way: RunWay; readonly figure: Figure }
  | { readonly combine: 'ratio' | 'difference'; readonly of: SingleRun; readonly by: SingleRun };

export type SingleRun = Extract<MeasurementRun, { readonly preset: string }>;

/**
 * reproduce: the model has to give it. bound: hardware reached it, so the model may not give less. order: good for
 * more or less only. context: described, not measured alike.
 */
export type MeasurementUse = 'reproduce' | 'bound' | 'order' | 'context';

export interface PublishedMeasurement {
  readonly id: string;
  readonly title: string;
  readonly unit: PointUnit;
  /** The published range in `unit`. */
  readonly published: Span;
  /** As printed, where `published` was worked out from it. */
  readonly printed?: Span;
  readonly accepted: Span;
  /** Where the accepted range comes from. */
  readonly tolerance: string;
  readonly conditions: string;
  readonly source: string;
  readonly url: string;
  readonly confidence: string;
  readonly use: MeasurementUse;
  readonly role: PointRole;
  /** Parameters set from this figure; given where the role is `calibrated`. */
  readonly calibrates?: string;
  readonly run: MeasurementRun;
  /** What has to be the limit of every flow that the figure is read from, as the run itself names it. */
  readonly limit?: LimitKind;
  readonly checks?: readonly { readonly text: string; readonly run: MeasurementRun; readonly accepted: Span }[];
  /** Said beside a miss: why, where the reason is known. */
  readonly knownReason?: string;
}

/** A published figure that no run is compared with: it is a parameter of the model, or context. */
export interface ListedMeasurement {
  readonly id: string;
  readonly title: string;
  /** As printed, with its unit. */
  readonly published: string;
  readonly low: number | string;
  readonly high: number | string;
  readonly conditions: string;
  readonly source: string;
  readonly url: string;
  readonly use: 'parameter' | 'context';
  /** Which parameter it is, or why nothing is compared with it. */
  readonly where: string;
}

/** Preset that stands for a measurement: the one its figure, or the first of two, comes from. */
export function presetOf(run: MeasurementRun): string {
  return 'preset' in run ? run.preset : run.of.preset;
}
