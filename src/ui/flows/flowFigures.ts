/* What the table of flows shows: from the report once there is one, else from the counters as they stand. */
import { durationText, NO_VALUE, rateText } from '../../base/format.ts';
import { PS_PER_SECOND } from '../../base/units.ts';
import { FLOW_COUNTER, flowRow, JOB_STATE } from '../../core/pcie/counters.ts';
import type { FlowReport } from '../../core/pcie/flowReport.ts';
import type { RunReport } from '../../engine/protocol.ts';
import type { LaneState } from '../../store/session.ts';
import type { FlowSpec } from '../../topology/document.ts';
import { machineCounter } from '../../store/metrics.ts';
import { goalBytes, OUTCOME_WORDS } from './flowWords.ts';

type LaneParts = Pick<LaneState, 'machine' | 'view' | 'report'>;

/** One cell of a flow's counters; 0 while there is no machine. */
export function flowCounter({ machine, view }: LaneParts, flow: number, field: keyof typeof FLOW_COUNTER): number {
  if (machine === undefined || view === undefined) return 0;
  return view.flowCounters[flowRow(flow, machine.links.length * 2) + FLOW_COUNTER[field]] ?? 0;
}

export function reportOfFlow({ report }: LaneParts, id: string): FlowReport | undefined {
  return report?.flows?.find((flow) => flow.id === id);
}

/** Why a flow of this machine will not run, before anything ran. */
export function refusalOfFlow({ machine }: LaneParts, id: string): string | undefined {
  return machine?.flows?.find((flow) => flow.id === id)?.refused?.message;
}

/** @param flow its number: place in the document, from 1. */
export function stateText(lane: LaneParts, flow: number, id: string): string {
  const report = reportOfFlow(lane, id);
  if (report !== undefined) return OUTCOME_WORDS[report.outcome];
  if (refusalOfFlow(lane, id) !== undefined) return 'refused';
  const state = flowCounter(lane, flow, 'state');
  if (state === JOB_STATE.finished) return 'finished';
  if (state === JOB_STATE.failed) return 'failed';
  return state === JOB_STATE.running ? 'runs' : 'waits';
}

/** Mean rate since the flow began. */
export function throughputText(lane: LaneParts, flow: number, id: string): string {
  const report = reportOfFlow(lane, id);
  if (report !== undefined) {
    return report.bytes === 0 ? NO_VALUE : rateText(report.throughputBytesPerSecond);
  }
  const begun_ps = flowCounter(lane, flow, 'begun_ps');
  if (lane.view === undefined || begun_ps === 0) return NO_VALUE;
  const finished_ps = flowCounter(lane, flow, 'finished_ps');
  const until_ps = finished_ps > 0 ? finished_ps : machineCounter(lane.view, 'now_ps');
  const span_ps = until_ps - begun_ps;
  return span_ps <= 0 ? NO_VALUE : rateText((flowCounter(lane, flow, 'arrivedBytes') * PS_PER_SECOND) / span_ps);
}

export function latencyText(lane: LaneParts, id: string): string {
  const latency = reportOfFlow(lane, id)?.latency_ps;
  return latency === undefined ? NO_VALUE : durationText(latency.median);
}

/** Share of the bytes of all flows somebody waits for that have arrived, 0…1. */
export function progressOf(lane: LaneParts, flows: readonly FlowSpec[]): number {
  let goal = 0;
  let arrived = 0;
  for (const [index, { id, work, background }] of flows.entries()) {
    if (background === true || refusalOfFlow(lane, id) !== undefined) continue;
    const bytes = goalBytes(work);
    goal += bytes;
    arrived += Math.min(bytes, flowCounter(lane, index + 1, 'arrivedBytes'));
  }
  return goal === 0 ? 0 : arrived / goal;
}

/**
 * The rates of the flows that were waited for, added up: what flows one after another reach is no rate of anything.
 */
export function togetherText({ flows = [] }: Pick<RunReport, 'flows'>): string {
  const finished = flows.filter(({ outcome, bytes }) => outcome === 'finished' && bytes > 0);
  if (finished.length === 0) return 'finished';
  const begun_ps = Math.max(...finished.map((flow) => flow.begun_ps));
  if (finished.some((flow) => flow.finished_ps <= begun_ps)) return 'one after another';
  const sum = finished.reduce((total, flow) => total + flow.throughputBytesPerSecond, 0);
  return finished.length === 1 ? rateText(sum) : `${rateText(sum)} in all`;
}
