/*
 * What a run says of each of its flows.
 */
import { at } from '../../base/invariant.ts';
import { PS_PER_SECOND } from '../../base/units.ts';
import type { Result } from '../../base/result.ts';
import type { Refusal } from '../../core/host/transfer/jobPlan.ts';
import { FLOW_COUNTER, flowRow } from '../../core/pcie/counters.ts';
import type { FlowReport } from '../../core/pcie/flowReport.ts';
import type { FlowWork } from '../../topology/document.ts';
import type { RunCheck } from '../protocol.ts';
import { limitsOf } from './flowLimits.ts';
import type { FlowLoad } from './flowLoads.ts';
import type { FlowRunner } from './flowRunner.ts';
import type { ReportInput } from './runReport.ts';

interface Entry {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly runner: Result<FlowRunner, Refusal>;
  readonly load: FlowLoad;
  readonly work: FlowWork | undefined;
}

function entriesOf({ flows }: ReportInput): readonly Entry[] {
  const { transfer, transferLoad, beside } = flows;
  if (transfer === undefined) return beside;
  const first = { number: 0, id: 'transfer', name: 'Transfer', runner: transfer, load: transferLoad, work: undefined };
  return [first, ...beside];
}

/** Checks of all flows but the transfer. */
export function flowChecks({ flows }: ReportInput): readonly RunCheck[] {
  const beside = flows.runners.filter(({ number }) => number !== 0);
  return beside.flatMap((runner) =>
    runner.checks().map((check) => ({ ...check, name: `${runner.name}: ${check.name}` })),
  );
}

/** @param stuck why flows that are not over can never end. */
export function flowReports(input: ReportInput, stuck: string | undefined): readonly FlowReport[] {
  return entriesOf(input).map((entry) => reportOf(input, entry, stuck));
}

function reportOf(input: ReportInput, entry: Entry, stuck: string | undefined): FlowReport {
  const { id, name, number } = entry;
  if (!entry.runner.ok) return { ...nothing(id, name), outcome: 'refused', reason: entry.runner.error.message };
  const runner = entry.runner.value;
  const { flowCounters, links, now_ps } = input.booted.hardware;
  const row = flowRow(number, links.length * 2);
  const { progress } = runner;
  const finished_ps = progress.finished_ps > 0 ? progress.finished_ps : now_ps;
  const bytes = at(flowCounters, row + FLOW_COUNTER.arrivedBytes);
  const span_ps = finished_ps - progress.begun_ps;
  const latency_ps = runner.latency();
  const ended = outcomeOf(runner, stuck);
  return {
    id,
    name,
    ...ended,
    bytes,
    operations: at(flowCounters, row + FLOW_COUNTER.operations),
    begun_ps: progress.begun_ps,
    finished_ps,
    throughputBytesPerSecond: span_ps > 0 ? (bytes * PS_PER_SECOND) / span_ps : 0,
    ...(latency_ps === undefined ? {} : { latency_ps }),
    limits: limitsOf(input, runner, entry.load),
  };
}

function outcomeOf(runner: FlowRunner, stuck: string | undefined): Pick<FlowReport, 'outcome' | 'reason'> {
  const { progress, isBackground } = runner;
  if (progress.state === 'failed') return { outcome: 'failed', reason: progress.failure };
  if (isBackground) return { outcome: 'background', reason: undefined };
  if (progress.state !== 'finished') return { outcome: 'failed', reason: stuck ?? 'it did not end' };
  const broken = runner.checks().find((check) => !check.ok);
  if (broken === undefined) return { outcome: 'finished', reason: undefined };
  return { outcome: 'failed', reason: `${broken.name}: ${broken.detail}` };
}

function nothing(id: string, name: string): Omit<FlowReport, 'outcome' | 'reason'> {
  return { id, name, bytes: 0, operations: 0, begun_ps: 0, finished_ps: 0, throughputBytesPerSecond: 0, limits: [] };
}
