/*
 * Prepares a transfer: the plan, the source's bytes, where arriving bytes are counted.
 */
import { at } from '../../base/invariant.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import type { JobPlan, Party, Refusal } from '../../core/host/transfer/jobPlan.ts';
import { planTransfer } from '../../core/host/transfer/plan.ts';
import { TransferJob, type TransferJobParts } from '../../core/host/transfer/transferJob.ts';
import { PatternSource } from '../../core/models/devices/pattern.ts';
import type { ByteSource } from '../../core/models/ports.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { SparseMemory } from '../../core/sim/sparseMemory.ts';
import type { TransferSpec, TransferWay } from '../../topology/document.ts';
import type { BootedHardware } from './boot.ts';
import type { Workshop } from './workshop.ts';

/** The bytes are held at both ends: more than this would not fit into the memory of a page. */
const LARGEST_HELD_BYTES = 8 * 2 ** 30;
const FILL_BYTES = 64 * 1024;
const PAGE_BYTES = 4096;
/** Ring and write-back word of an engine. */
const ENGINE_PAGES = 2;

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
  readonly way: TransferWay;
  /** Its number in flow bytes; 0 = the transfer. */
  readonly flow: number;
  /** It will be repeated: the far end of a wire never stops. */
  readonly isBackground?: boolean;
  readonly onPhase?: TransferJobParts['onPhase'];
}

/** A function software can reach, or the host. */
export function partyOf(booted: BootedHardware, node: string): Result<Party, Refusal> {
  if (node === 'host') return ok('host');
  const index = indexOfId(booted.names, node);
  if (index !== undefined) return ok(index);
  return err({
    code: 'TRANSFER_NO_FUNCTION',
    message: `${node} has no bus number after enumeration, so no software can reach it.`,
    fix: 'Look at the diagnostics of the enumeration.',
  });
}

/** Plans a transfer, fills its source and does everything else that comes before time 0. */
export function prepareJob(workshop: Workshop, request: JobRequest): Result<PreparedJob, Refusal> {
  const { booted, kernel } = workshop;
  const { transfer, way, flow } = request;
  const from = partyOf(booted, transfer.from);
  if (!from.ok) return from;
  const to = partyOf(booted, transfer.to);
  if (!to.ok) return to;
  if (transfer.bytes > LARGEST_HELD_BYTES) {
    const message = `${transfer.bytes} bytes are more than this simulator holds at once.`;
    return err({ code: 'TRANSFER_TOO_LARGE', message, fix: `Transfer at most ${LARGEST_HELD_BYTES} bytes.` });
  }
  const board = workshop.boardFor(flow);
  const order = {
    from: from.value,
    to: to.value,
    bytes: transfer.bytes,
    method: way,
    chunkBytes: transfer.bounce.chunkBytes,
    buffers: transfer.bounce.buffers,
    force: transfer.force ?? false,
  };
  const checked = planTransfer(board, order);
  if (!checked.ok) return checked;
  const places = placesOf(workshop, transfer);
  if (!places.ok) return places;
  const plan: JobPlan = { ...checked.value, order: { ...order, ...places.value } };
  const needed = stagingBytes(plan);
  if (needed > kernel.largestFreeBytes) {
    const message = `The transfer needs ${needed} bytes of host memory; ${kernel.largestFreeBytes} are free.`;
    return err({
      code: 'TRANSFER_NO_HOST_MEMORY',
      message,
      fix: 'Choose smaller chunks, or give the host more memory.',
    });
  }
  const { completion } = transfer.bounce;
  const { view } = booted;
  const { capabilities, drivers, nameOf } = workshop;
  const phases = request.onPhase === undefined ? {} : { onPhase: request.onPhase };
  const parts = { kernel, view, capabilities, drivers, nameOf, completion, flow, ...phases };
  const job = new TransferJob(plan, parts);
  const source = prepareSource(workshop, request, job);
  const target = watchTarget(booted, request, job);
  if (source === undefined || target === undefined) {
    const message = `${source === undefined ? transfer.from : transfer.to} has no bytes the model can follow.`;
    return err({ code: 'TRANSFER_NO_STORE', message });
  }
  return ok({ plan, job, source, target });
}

/** Host memory for staging, and the job's own where an end of it is there. */
function stagingBytes({ order, stages, legs, chunkBytes }: JobPlan): number {
  const whole = legs.some(({ source, target }) => source.kind === 'hostMemory' || target.kind === 'hostMemory');
  const staging = stages.filter((stage) => stage.kind === 'host').length * order.buffers * (chunkBytes + PAGE_BYTES);
  return staging + (whole ? order.bytes : 0) + ENGINE_PAGES * PAGE_BYTES * (legs.length + 1);
}

/** Where the bytes of the job lie at both ends: behind those of the flows prepared before. */
function placesOf(
  workshop: Workshop,
  transfer: TransferSpec,
): Result<{ readonly fromOffset: number; readonly toOffset: number }, Refusal> {
  const offsets = [];
  for (const [side, node] of [
    ['from', transfer.from],
    ['to', transfer.to],
  ] as const) {
    const offset = node === 'host' ? 0 : placeAt(workshop, side, node, transfer.bytes);
    if (offset === undefined) {
      return err({
        code: 'FLOW_NO_ROOM',
        message: `${node} has no room for ${transfer.bytes} bytes more beside those of the other flows.`,
        fix: 'Make the flows smaller, or the memory larger.',
      });
    }
    offsets.push(offset);
  }
  return ok({ fromOffset: at(offsets, 0), toOffset: at(offsets, 1) });
}

function placeAt(workshop: Workshop, side: 'from' | 'to', node: NodeId, bytes: number): number | undefined {
  const store = workshop.booted.devices.get(node)?.store;
  if (store === undefined) return 0;
  // What a wire brings and what is sent on it are two streams.
  const name = store.fillable === undefined ? `${node} ${side}` : node;
  return workshop.places.take(name, bytes, store.fillable?.sizeBytes ?? Infinity);
}

/** Puts the job's bytes where it will find them. */
function prepareSource(workshop: Workshop, request: JobRequest, job: TransferJob): JobSource | undefined {
  const { booted } = workshop;
  const { transfer } = request;
  const pattern = new PatternSource(flowSeed(workshop.seed, request.flow));
  if (transfer.from === 'host') {
    const offset = booted.hardware.hostMemory.offsetOf(job.hostAddress ?? -1);
    fill(booted.hardware.hostMemory.memory, offset, transfer.bytes, pattern);
    return { bytes: booted.hardware.hostMemory.memory, offset };
  }
  const device = booted.devices.get(transfer.from);
  if (device?.store === undefined) return undefined;
  const offset = job.plan.order.fromOffset ?? 0;
  device.offer(request.isBackground === true ? Infinity : transfer.bytes);
  if (device.store.fillable !== undefined) fill(device.store.fillable, offset, transfer.bytes, pattern);
  return { bytes: device.store.source, offset };
}

/** Seed of a flow's bytes; the transfer's is the run's. */
export function flowSeed(seed: number, flow: number): number {
  return (seed + Math.imul(flow, 0x6c8e9cf5)) | 0;
}

/** Writes a pattern into a memory. */
export function fill(memory: SparseMemory, offset: number, lengthBytes: number, pattern: PatternSource): void {
  const piece = new Uint8Array(FILL_BYTES);
  for (let done = 0; done < lengthBytes; done += FILL_BYTES) {
    const count = Math.min(FILL_BYTES, lengthBytes - done);
    pattern.readInto(done, count, piece, 0);
    memory.writeFrom(offset + done, count, piece, 0);
  }
}

/** Has arriving bytes counted: by the fabric where it stores them, by the device where they go on inside it (flowRunners.ts). */
function watchTarget(booted: BootedHardware, request: JobRequest, job: TransferJob): JobTarget | undefined {
  const { hardware } = booted;
  const { transfer, flow } = request;
  if (transfer.to === 'host') {
    hardware.watchArrival({ kind: 'hostMemory' }, flow);
    return { memory: hardware.hostMemory.memory, offset: hardware.hostMemory.offsetOf(job.hostAddress ?? -1) };
  }
  const device = booted.devices.get(transfer.to);
  const arrived = device?.store?.arrived;
  if (device === undefined || arrived === undefined) return undefined;
  // Memory behind a BAR is filled by peers as well as by the device's own engine.
  if (device.store?.isInside === false) hardware.watchArrival({ kind: 'function', node: transfer.to }, flow);
  return { memory: arrived.memory, offset: job.plan.order.toOffset ?? 0 };
}
