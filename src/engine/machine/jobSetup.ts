/*
 * Prepares the job: what drivers know, the plan, the source's bytes, where arriving bytes are counted.
 */
import { at } from '../../base/invariant.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { Kernel } from '../../core/host/drivers/kernel.ts';
import { runAtBoot } from '../../core/host/enumerate.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import { peerVerdict } from '../../core/host/p2pdma/verdict.ts';
import { type DeviceCapability, capabilitiesOf } from '../../core/host/transfer/capabilities.ts';
import type { JobPlan, Party, Refusal } from '../../core/host/transfer/jobPlan.ts';
import { planTransfer } from '../../core/host/transfer/plan.ts';
import { TransferJob } from '../../core/host/transfer/transferJob.ts';
import { PatternSource } from '../../core/models/devices/pattern.ts';
import { SystemAddressMap } from '../../core/models/systemAddressMap.ts';
import type { ByteSource } from '../../core/models/ports.ts';
import type { SparseMemory } from '../../core/sim/sparseMemory.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { TransferSpec } from '../../topology/document.ts';
import type { RunWay } from '../protocol.ts';
import type { BootedHardware } from './boot.ts';

/** The bytes are held at both ends: more than this would not fit into the memory of a page. */
const LARGEST_HELD_BYTES = 8 * 2 ** 30;
const FILL_BYTES = 64 * 1024;

/** Bytes of the job at its source. */
export interface JobSource {
  readonly bytes: ByteSource;
  readonly offset: number;
}

/** Where they belong at its destination. */
export interface JobTarget {
  readonly memory: SparseMemory;
  readonly offset: number;
}

/** A job that can be started at time 0. */
export interface PreparedJob {
  readonly plan: JobPlan;
  readonly job: TransferJob;
  readonly source: JobSource;
  readonly target: JobTarget;
}

export interface JobRequest {
  readonly transfer: TransferSpec;
  readonly way: RunWay;
  readonly seed: number;
}

function partyOf(booted: BootedHardware, node: string): Result<Party, Refusal> {
  if (node === 'host') return ok('host');
  const index = indexOfId(booted.names, node);
  if (index !== undefined) return ok(index);
  return err({
    code: 'TRANSFER_NO_FUNCTION',
    message: `${node} has no bus number after enumeration, so no software can reach it.`,
    fix: 'Look at the diagnostics of the enumeration.',
  });
}

function knownCapabilities(booted: BootedHardware): ReadonlyMap<number, DeviceCapability> {
  const knowledge = [...booted.devices.values()].flatMap(({ spec }) => {
    const fn = indexOfId(booted.names, spec.id);
    return fn === undefined ? [] : [{ fn, model: spec.model ?? ({ type: 'generic' } as const) }];
  });
  return capabilitiesOf(booted.view, knowledge);
}

/** Plans the transfer, fills the source and does everything else that comes before time 0. */
export function prepareJob(booted: BootedHardware, request: JobRequest): Result<PreparedJob, Refusal> {
  const { transfer, way } = request;
  if (way === 'flows') {
    return err({ code: 'FLOWS_NONE', message: 'This machine has no flows to run alone.', fix: 'Add a flow.' });
  }
  const from = partyOf(booted, transfer.from);
  if (!from.ok) return from;
  const to = partyOf(booted, transfer.to);
  if (!to.ok) return to;
  if (transfer.bytes > LARGEST_HELD_BYTES) {
    const message = `${transfer.bytes} bytes are more than this simulator holds at once.`;
    return err({ code: 'TRANSFER_TOO_LARGE', message, fix: `Transfer at most ${LARGEST_HELD_BYTES} bytes.` });
  }
  const addresses = new SystemAddressMap(booted.hardware.spec.hostBridges, booted.hardware.hostMemory);
  const kernel = new Kernel(addresses.usableRam());
  const capabilities = knownCapabilities(booted);
  const nameOf = (fn: number): string => at(booted.names.functions, fn).name;
  const verdictOf = (provider: number, client: number) => peerVerdict(booted.view, { provider, client }, booted.names);
  const board = { view: booted.view, capabilities, nameOf, verdictOf, freeHostBytes: kernel.largestFreeBytes };
  const plan = planTransfer(board, {
    from: from.value,
    to: to.value,
    bytes: transfer.bytes,
    method: way,
    chunkBytes: transfer.bounce.chunkBytes,
    buffers: transfer.bounce.buffers,
    force: transfer.force ?? false,
  });
  if (!plan.ok) return plan;
  const { completion } = transfer.bounce;
  const job = new TransferJob(plan.value, { kernel, view: booted.view, capabilities, nameOf, completion });
  runAtBoot(job.probe(), booted.hardware.configFabric);
  const source = prepareSource(booted, request, job);
  const target = watchTarget(booted, transfer, job);
  if (source === undefined || target === undefined) {
    const message = `${source === undefined ? transfer.from : transfer.to} has no bytes the model can follow.`;
    return err({ code: 'TRANSFER_NO_STORE', message });
  }
  return ok({ plan: plan.value, job, source, target });
}

/** Puts the job's bytes where it will find them. */
function prepareSource(
  booted: BootedHardware,
  { transfer, seed }: JobRequest,
  job: TransferJob,
): JobSource | undefined {
  const pattern = new PatternSource(seed);
  if (transfer.from === 'host') {
    const offset = booted.hardware.hostMemory.offsetOf(job.hostAddress ?? -1);
    fill(booted.hardware.hostMemory.memory, offset, transfer.bytes, pattern);
    return { bytes: booted.hardware.hostMemory.memory, offset };
  }
  const device = booted.devices.get(transfer.from);
  if (device?.store === undefined) return undefined;
  device.offer(transfer.bytes);
  if (device.store.fillable !== undefined) fill(device.store.fillable, 0, transfer.bytes, pattern);
  return { bytes: device.store.source, offset: 0 };
}

function fill(memory: SparseMemory, offset: number, lengthBytes: number, pattern: PatternSource): void {
  const piece = new Uint8Array(FILL_BYTES);
  for (let done = 0; done < lengthBytes; done += FILL_BYTES) {
    const count = Math.min(FILL_BYTES, lengthBytes - done);
    pattern.readInto(done, count, piece, 0);
    memory.writeFrom(offset + done, count, piece, 0);
  }
}

/** Has arriving bytes counted: by the fabric where it stores them, by the device where they go on inside it. */
function watchTarget(booted: BootedHardware, transfer: TransferSpec, job: TransferJob): JobTarget | undefined {
  const { hardware } = booted;
  if (transfer.to === 'host') {
    hardware.watchArrival({ kind: 'hostMemory' });
    return { memory: hardware.hostMemory.memory, offset: hardware.hostMemory.offsetOf(job.hostAddress ?? -1) };
  }
  const device = booted.devices.get(transfer.to);
  const arrived = device?.store?.arrived;
  if (device === undefined || arrived === undefined) return undefined;
  const counters = hardware.machineCounters;
  device.onInsideArrival((lengthBytes) => {
    if (counters[MACHINE_COUNTER.firstByte_ps] === 0) counters[MACHINE_COUNTER.firstByte_ps] = hardware.now_ps;
    counters[MACHINE_COUNTER.arrivedBytes] = at(counters, MACHINE_COUNTER.arrivedBytes) + lengthBytes;
  });
  // Memory behind a BAR is filled by peers as well as by the device's own engine.
  if (device.store?.isInside === false) hardware.watchArrival({ kind: 'function', node: transfer.to });
  return { memory: arrived.memory, offset: 0 };
}
