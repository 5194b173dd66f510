/*
 * The result of a run, from counters and memories.
 */
import { at } from '../../base/invariant.ts';
import { PS_PER_SECOND } from '../../base/units.ts';
import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT, MACHINE_COUNTER, MEMORY_COUNTER } from '../../core/pcie/counters.ts';
import type { Cpu } from '../../core/models/cpu.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { Refusal } from '../../core/host/transfer/jobPlan.ts';
import type { TransferSpec } from '../../topology/document.ts';
import type { RunCheck, RunReport, RunWay } from '../protocol.ts';
import type { BootedHardware } from './boot.ts';
import { compareData } from './dataCheck.ts';
import type { PreparedJob } from './jobSetup.ts';
import { limitingLink, linkShares, payloadBytes } from './linkShares.ts';
import { memoryBytes, trafficChecks } from './trafficChecks.ts';

export interface ReportInput {
  readonly booted: BootedHardware;
  readonly transfer: TransferSpec;
  readonly way: RunWay;
  readonly cpu: Pick<Cpu, 'requestCount'>;
}

/** A run that was refused before it began. */
export function refusedReport({ way, transfer }: ReportInput, refusal: Refusal, traceHash: string): RunReport {
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
    traceHash,
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

function checkDevices(booted: BootedHardware): RunCheck {
  const busy = [...booted.devices.values()].filter((device) => !device.isIdle).map(({ spec }) => spec.name);
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

/** A run that has ended: everything is read from the machine as it stands, drained. */
export function endedReport(input: ReportInput, prepared: PreparedJob, before: Float64Array): RunReport {
  const { booted, way, transfer } = input;
  const { hardware } = booted;
  const { progress } = prepared.job;
  const counter = (field: number): number => at(hardware.machineCounters, field);
  const duration_ps = progress.finished_ps - progress.begun_ps;
  const data = compareData(prepared.source, prepared.target, transfer.bytes);
  const checks = [
    data.check,
    ...trafficChecks(booted, prepared, transfer.from, transfer.to),
    checkDevices(booted),
    describeConfirmation(prepared),
    ...hardware.checkConservation(),
  ];
  const firstByte_ps = counter(MACHINE_COUNTER.firstByte_ps);
  const links = linkShares(hardware.linkCounters, before, hardware.links.length, Math.max(duration_ps, 1));
  const broken = checks.find((check) => !check.ok);
  const good = progress.state === 'finished' && broken === undefined;
  return {
    way,
    outcome: good ? 'finished' : 'failed',
    reason: progress.failure ?? (broken === undefined ? undefined : `${broken.name}: ${broken.detail}`),
    bytes: transfer.bytes,
    duration_ps,
    firstByte_ps: firstByte_ps === 0 ? 0 : firstByte_ps - progress.begun_ps,
    throughputBytesPerSecond: duration_ps === 0 ? 0 : (transfer.bytes * PS_PER_SECOND) / duration_ps,
    uplink: describeUplink(input),
    memoryWrittenBytes: memoryBytes(hardware.memoryCounters, MEMORY_COUNTER.writtenBytes),
    memoryReadBytes: memoryBytes(hardware.memoryCounters, MEMORY_COUNTER.readBytes),
    cpuBusy_ps: counter(MACHINE_COUNTER.cpuBusy_ps),
    interrupts: counter(MACHINE_COUNTER.interrupts),
    tlps: countRequests(input),
    events: counter(MACHINE_COUNTER.events),
    links,
    limitingLink: limitingLink(links),
    sourceCrc32: data.sourceCrc32,
    destinationCrc32: data.destinationCrc32,
    checks,
    traceHash: hardware.traceHash(),
  };
}
