/*
 * The result of a run, from counters and memories.
 */
import { at } from '../../base/invariant.ts';
import { PS_PER_SECOND } from '../../base/units.ts';
import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT, MACHINE_COUNTER, MEMORY_COUNTER } from '../../core/pcie/counters.ts';
import type { Cpu } from '../../core/models/cpu.ts';
import type { FlowReport } from '../../core/pcie/flowReport.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { Refusal } from '../../core/host/transfer/jobPlan.ts';
import type { TransferSpec } from '../../topology/document.ts';
import type { RunCheck, RunReport, RunWay } from '../protocol.ts';
import type { BootedHardware } from './boot.ts';
import { flowChecks, flowReports } from './flowReports.ts';
import type { PreparedFlows } from './flowRunners.ts';
import type { PreparedJob } from './jobSetup.ts';
import { limitingLink, linkShares, payloadBytes } from './linkShares.ts';
import { memoryBytes, trafficChecks } from './trafficChecks.ts';
import type { TransferRunner } from './transferRunner.ts';

export interface ReportInput {
  readonly booted: BootedHardware;
  readonly transfer: TransferSpec;
  readonly way: RunWay;
  readonly flows: PreparedFlows;
  readonly cpu: Pick<Cpu, 'requestCount'>;
  /** Planned faults that could not be injected, and why. */
  readonly faultNotes: string[];
}

/** A run that was refused before it began. */
export function refusedReport(input: ReportInput, refusal: Refusal): RunReport {
  const { way, transfer } = input;
  return {
    way,
    outcome: 'refused',
    reason: refusal.message,
    bytes: transfer.bytes,
    duration_ps: 0,
    firstByte_ps: 0,
    throughputBytesPerSecond: 0,
    uplink: undefined,
    memoryWrittenBytes: 0,
    memoryReadBytes: 0,
    cpuBusy_ps: 0,
    interrupts: 0,
    tlps: 0,
    events: 0,
    links: [],
    limitingLink: undefined,
    sourceCrc32: 0,
    destinationCrc32: 0,
    checks: [],
    flows: flowReports(input, undefined),
    traceHash: input.booted.hardware.traceHash(),
  };
}

/** The link above the switch a function sits under. */
function uplinkAbove(booted: BootedHardware, node: NodeId): number | undefined {
  const specs = booted.hardware.spec.functions;
  const find = (id: NodeId): FunctionSpec | undefined => specs.find((fn) => fn.id === id);
  for (let fn = find(node); fn !== undefined; fn = find(fn.parent)) {
    if (fn.kind === 'upstreamPort') return booted.hardware.functionOf(fn.id).link;
  }
  return undefined;
}

function describeUplink(input: ReportInput): RunReport['uplink'] {
  const { booted, transfer } = input;
  const link = uplinkAbove(booted, transfer.to) ?? uplinkAbove(booted, transfer.from);
  if (link === undefined) return undefined;
  const { linkCounters } = booted.hardware;
  return {
    link,
    upBytes: payloadBytes(linkCounters, link * 2 + 1, 'job'),
    downBytes: payloadBytes(linkCounters, link * 2, 'job'),
  };
}

/** Engines of flows that failed may be left in the middle of something. */
function checkDevices({ booted, flows }: ReportInput): RunCheck {
  const failed = flows.runners.filter(({ progress }) => progress.state !== 'finished');
  const excused = new Set(failed.flatMap(({ parts }) => parts.map(({ worker }) => worker)));
  const busy = [...booted.devices.values()]
    .filter((device) => !device.isIdle && !excused.has(device.spec.id))
    .map(({ spec }) => spec.name);
  const detail = busy.length === 0 ? 'no descriptor, read or buffer is in use' : `still at work: ${busy.join(', ')}`;
  return { name: 'All engines are idle', ok: busy.length === 0, detail };
}

/** Whether the engines' last writes were confirmed by a read. Not a fault where it was not: the bytes are compared. */
function describeConfirmation({ job, plan }: PreparedJob): RunCheck {
  const peer = plan.legs.some(({ target }) => target.kind === 'window');
  const usual = peer
    ? 'a read from the target came back behind it'
    : 'the last write goes to memory of the host or inside a device';
  const { notes } = job.progress;
  return { name: 'Last write', ok: true, detail: notes.length === 0 ? usual : notes.join('; ') };
}

/** Requests of all functions and of the CPU; completions are not counted. */
function countRequests({ booted, cpu }: ReportInput): number {
  const { functionCounters, functions } = booted.hardware;
  return functions.reduce(
    (sum, { index }) => sum + at(functionCounters, index * FUNCTION_COUNTER_COUNT + FUNCTION_COUNTER.requests),
    cpu.requestCount,
  );
}

/** The transfer's own result: bytes at both ends, and what was counted on the way. */
function transferChecks(input: ReportInput, runner: TransferRunner): readonly RunCheck[] {
  const { booted, transfer, flows } = input;
  const traffic = trafficChecks(booted, runner.prepared, transfer, flows.beside.length === 0);
  return [runner.comparison().check, ...traffic];
}

function faultChecks({ faultNotes }: ReportInput): readonly RunCheck[] {
  if (faultNotes.length === 0) return [];
  return [{ name: 'Planned faults that could not be injected', ok: true, detail: faultNotes.join('; ') }];
}

/** When the run's own work began and ended: the transfer's, or all that somebody waits for. */
function spanOf({ flows }: ReportInput): { readonly begun_ps: number; readonly finished_ps: number } {
  if (flows.transfer?.ok === true) return flows.transfer.value.progress;
  const waitedFor = flows.runners.filter(({ isBackground }) => !isBackground).map(({ progress }) => progress);
  const begun = waitedFor.map(({ begun_ps }) => begun_ps).filter((at_ps) => at_ps > 0);
  return {
    begun_ps: begun.length === 0 ? 0 : Math.min(...begun),
    finished_ps: Math.max(0, ...waitedFor.map(({ finished_ps }) => finished_ps)),
  };
}

function sharesOf({ booted, flows }: ReportInput): RunReport['links'] {
  const { begun, ended } = flows.transfer === undefined ? flows.loads.whole : flows.transferLoad;
  const last = ended ?? flows.loads.take();
  if (begun === undefined) return [];
  return linkShares(last.links, begun.links, booted.hardware.links.length, Math.max(last.at_ps - begun.at_ps, 1));
}

/** What the CPU's own load on memory got while the job ran. */
function backgroundOf({ booted, flows }: ReportInput): Pick<RunReport, 'background'> {
  const askedBytesPerSecond = booted.hardware.spec.host.memory.backgroundBytesPerSecond ?? 0;
  const { begun, ended } = flows.transfer === undefined ? flows.loads.whole : flows.transferLoad;
  if (askedBytesPerSecond === 0 || begun === undefined) return {};
  const last = ended ?? flows.loads.take();
  const span_ps = Math.max(1, last.at_ps - begun.at_ps);
  const moved = last.backgroundBytes - begun.backgroundBytes;
  return { background: { askedBytesPerSecond, achievedBytesPerSecond: (moved * PS_PER_SECOND) / span_ps } };
}

/** In pass-through mode nothing is looked up. */
function iommuOf({ booted }: ReportInput): Pick<RunReport, 'iommu'> {
  const { iommu, spec } = booted.hardware;
  if (iommu === undefined || spec.host.iommu !== 'translate') return {};
  const { hits, misses, faults, waited_ps } = iommu.counters;
  return { iommu: { hits, misses, faults, waited_ps } };
}

/**
 * A run that has ended: everything is read from the machine as it stands, drained.
 * @param stuck why flows that are not over can never end; undefined if all are.
 */
export function endedReport(input: ReportInput, stuck: string | undefined): RunReport {
  const { booted, way, transfer, flows } = input;
  const { hardware } = booted;
  const counter = (field: number): number => at(hardware.machineCounters, field);
  const runner = flows.transfer?.ok === true ? flows.transfer.value : undefined;
  const prepared = runner?.prepared;
  const reports = flowReports(input, stuck);
  const machine = [
    checkDevices(input),
    ...(prepared === undefined ? [] : [describeConfirmation(prepared)]),
    ...hardware.checkConservation(),
    ...faultChecks(input),
  ];
  const checks = [...(runner === undefined ? flowChecks(input) : transferChecks(input, runner)), ...machine];
  const { begun_ps, finished_ps } = spanOf(input);
  const duration_ps = Math.max(0, finished_ps - begun_ps);
  const bytes = prepared === undefined ? counter(MACHINE_COUNTER.arrivedBytes) : transfer.bytes;
  const firstByte_ps = counter(MACHINE_COUNTER.firstByte_ps);
  const links = sharesOf(input);
  const reason = reasonOf(prepared, checks, reports, stuck);
  return {
    way,
    outcome: reason === undefined ? 'finished' : 'failed',
    reason,
    bytes,
    duration_ps,
    firstByte_ps: firstByte_ps === 0 ? 0 : firstByte_ps - begun_ps,
    throughputBytesPerSecond: duration_ps === 0 ? 0 : (bytes * PS_PER_SECOND) / duration_ps,
    uplink: prepared === undefined ? undefined : describeUplink(input),
    memoryWrittenBytes: memoryBytes(hardware.memoryCounters, MEMORY_COUNTER.writtenBytes),
    memoryReadBytes: memoryBytes(hardware.memoryCounters, MEMORY_COUNTER.readBytes),
    ...backgroundOf(input),
    ...iommuOf(input),
    cpuBusy_ps: counter(MACHINE_COUNTER.cpuBusy_ps),
    interrupts: counter(MACHINE_COUNTER.interrupts),
    tlps: countRequests(input),
    events: counter(MACHINE_COUNTER.events),
    links,
    limitingLink: limitingLink(links),
    sourceCrc32: runner?.comparison().sourceCrc32 ?? 0,
    destinationCrc32: runner?.comparison().destinationCrc32 ?? 0,
    checks,
    flows: reports,
    errors: { ...hardware.errors.bySeverity },
    traceHash: hardware.traceHash(),
  };
}

/** Why a run failed; undefined if it did not. */
function reasonOf(
  prepared: PreparedJob | undefined,
  checks: readonly RunCheck[],
  reports: readonly FlowReport[],
  stuck: string | undefined,
): string | undefined {
  const broken = checks.find((check) => !check.ok);
  const failed = prepared === undefined ? reports.find(({ outcome }) => outcome === 'failed') : undefined;
  if (prepared !== undefined && prepared.job.progress.state !== 'finished') {
    return prepared.job.progress.failure ?? stuck ?? 'the transfer did not end';
  }
  if (failed !== undefined) return `${failed.name}: ${failed.reason ?? 'failed'}`;
  return broken === undefined ? undefined : `${broken.name}: ${broken.detail}`;
}
