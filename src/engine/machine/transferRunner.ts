/*
 * A transfer as one flow of a run.
 */
import type { Result } from '../../base/result.ts';
import { ok } from '../../base/result.ts';
import type { LegPlan, Refusal } from '../../core/host/transfer/jobPlan.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { FlowWork } from '../../topology/document.ts';
import type { RunCheck } from '../protocol.ts';
import { compareData, type DataComparison } from './dataCheck.ts';
import { type FlowPart, type FlowRunner, Once } from './flowRunner.ts';
import type { FlowStart } from './flowRunners.ts';
import { type PreparedJob, prepareJob } from './jobSetup.ts';
import { deliveryChecks } from './trafficChecks.ts';
import type { Workshop } from './workshop.ts';

type TransferWork = Extract<FlowWork, { kind: 'transfer' }>;

export interface TransferRunner extends FlowRunner {
  readonly prepared: PreparedJob;
  /** Bytes at both ends, as they are after the run. */
  comparison(): DataComparison;
}

/** Prepares a transfer. */
export function prepareTransfer(
  workshop: Workshop,
  work: TransferWork,
  start: FlowStart,
): Result<TransferRunner, Refusal> {
  const { number, isBackground, onPhase } = start;
  const made = prepareJob(workshop, { transfer: work, way: work.way, flow: number, isBackground, onPhase });
  if (!made.ok) return made;
  const prepared = made.value;
  const { job } = prepared;
  const compared = new Once(() => compareData(prepared.source, prepared.target, work.bytes));
  const comparison = (): DataComparison => compared.value;
  return ok({
    ...start,
    prepared,
    comparison,
    plan: prepared.plan,
    get progress() {
      return job.progress;
    },
    get over_ps() {
      return job.progress.finished_ps;
    },
    probe: () => job.probe(),
    run: () => job.run(isBackground),
    stop: () => job.stop(),
    checks: () => (start.isBackground ? [] : transferChecks(workshop, work, prepared, start, comparison)),
    latency: () => undefined,
    software: [job, compared],
    processes: processesOf(prepared),
    get parts() {
      return prepared.plan.legs.map((leg, index) => partOf(workshop, leg, job.progress.cpu_ps[index] ?? 0));
    },
  });
}

/** The job itself, one for each leg by the CPU, two for each by an engine, and the handlers of interrupts. */
function processesOf({ plan }: PreparedJob): number {
  if (plan.legs.length === 1) return 2;
  return plan.legs.reduce((sum, { engine }) => sum + (engine === 'cpu' ? 1 : 3), 1);
}

function partOf(workshop: Workshop, leg: LegPlan, cpu_ps: number): FlowPart {
  return {
    worker: leg.engine === 'cpu' ? 'cpu' : nodeOf(workshop, leg.engine),
    operation: leg.operation,
    usesMemory: leg.from === 'host' || leg.to === 'host',
    cpu_ps,
  };
}

function nodeOf({ booted }: Workshop, fn: number): NodeId {
  return booted.names.functions[fn]?.id ?? `function ${fn}`;
}

/** Of a background flow nothing is checked: how often it has written the same bytes is not known beforehand. */
function transferChecks(
  { booted }: Workshop,
  work: TransferWork,
  prepared: PreparedJob,
  start: FlowStart,
  comparison: () => DataComparison,
): readonly RunCheck[] {
  if (prepared.job.progress.state !== 'finished') return [];
  return [comparison().check, ...deliveryChecks(booted, prepared, work, start.number)];
}
