/*
 * One leg of a job at work: addresses of each chunk, the engine's descriptors, the CPU's copies.
 */
import { alignDown } from '../../../base/bits.ts';
import { invariant } from '../../../base/invariant.ts';
import { ENGINE_OPERATION, type EngineOperation } from '../../config/devices/engineRegisters.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import { flowByteOf } from '../../pcie/tlp.ts';
import type { CompletionStyle, EngineDriver, EngineOutcome, EngineWork } from '../drivers/engineDriver.ts';
import type { DmaDirection } from '../iommu/pageTables.ts';
import { copyBytes, mmioRead32, now } from '../processRequests.ts';
import type { JobPlan, LegEnd, LegPlan, StagePlan } from './jobPlan.ts';
import type { JobRecord } from './jobProgress.ts';

/** A piece of the job on one leg. */
export interface Chunk {
  /** Offset in the job. */
  readonly offset: number;
  readonly lengthBytes: number;
  /** Bus address of its staging buffer before and after this leg, where there is one. */
  readonly fromStage: number | undefined;
  readonly toStage: number | undefined;
  readonly isLast: boolean;
}

/** What all legs of a job share. */
export interface JobParts {
  readonly plan: JobPlan;
  readonly record: JobRecord;
  readonly drivers: ReadonlyMap<number, EngineDriver>;
  readonly nameOf: (fn: number) => string;
  /** Bus address of the whole job in host memory, if an end is there. */
  readonly hostAddress: number | undefined;
  /** Address that a function uses for one that was mapped for it. */
  readonly deviceAddress: (fn: number, address: number, direction: DmaDirection) => number;
  /** How its engines' work is waited for. */
  readonly completion: CompletionStyle;
  /** Number of the flow in the TLPs' flow bytes. */
  readonly flow: number;
  /** Its engines work for other jobs, too. */
  readonly isShared: boolean;
  /** Set from outside: begin nothing more. */
  readonly control: { isStopped: boolean };
}

/** Offset of a chunk in the memory, media or stream of the job's source or destination. */
function placeAt(parts: JobParts, side: 'source' | 'target', chunk: Chunk): number {
  const { fromOffset, toOffset } = parts.plan.order;
  return chunk.offset + ((side === 'source' ? fromOffset : toOffset) ?? 0);
}

/** Bus address of a chunk at one end of a leg; undefined = the engine's inner side. */
function addressAt(parts: JobParts, leg: LegPlan, side: 'source' | 'target', chunk: Chunk): number | undefined {
  const end: LegEnd = leg[side];
  const stage = side === 'source' ? chunk.fromStage : chunk.toStage;
  switch (end.kind) {
    case 'inner':
      return undefined;
    case 'window':
      return end.range.address + placeAt(parts, side, chunk);
    case 'hostMemory':
      invariant(parts.hostAddress !== undefined, () => 'the job has no memory of its own');
      return parts.hostAddress + chunk.offset;
    case 'stage':
      invariant(stage !== undefined, () => 'a leg without its staging buffer');
      return stage;
  }
}

/** The stage a leg writes into, by the leg's number. */
function stageAfter(plan: JobPlan, leg: number): StagePlan | undefined {
  return plan.stages[leg];
}

/** True if software must know that the bytes are at a peer, not only on their way, when a chunk of this leg is done. */
function needsFlush(parts: JobParts, leg: number, chunk: Chunk): boolean {
  const { target } = legOf(parts, leg);
  if (target.kind === 'stage') return stageAfter(parts.plan, leg)?.kind === 'peer';
  return target.kind === 'window' && chunk.isLast;
}

export function legOf(parts: JobParts, leg: number): LegPlan {
  const found = parts.plan.legs[leg];
  invariant(found !== undefined, () => `no leg ${leg}`);
  return found;
}

/** The driver of a leg's engine; undefined if the CPU works on it. */
export function driverOf(parts: JobParts, leg: number): EngineDriver | undefined {
  const { engine } = legOf(parts, leg);
  if (engine === 'cpu') return undefined;
  const driver = parts.drivers.get(engine);
  invariant(driver !== undefined, () => `no driver for ${engine}`);
  return driver;
}

/** The same as the leg's engine addresses it. */
function mappedAt(parts: JobParts, leg: LegPlan, side: 'source' | 'target', chunk: Chunk): number | undefined {
  const address = addressAt(parts, leg, side, chunk);
  if (address === undefined || leg.engine === 'cpu') return address;
  return parts.deviceAddress(leg.engine, address, side === 'source' ? 'toDevice' : 'fromDevice');
}

/** The descriptor that moves a chunk on a leg. */
export function engineWork(parts: JobParts, leg: number, chunk: Chunk, report: boolean): EngineWork {
  const plan = legOf(parts, leg);
  const source = mappedAt(parts, plan, 'source', chunk);
  const target = mappedAt(parts, plan, 'target', chunk);
  // A device moving between its own buffer and its media does not write to a peer.
  const insideDevice = plan.from === plan.to;
  const common = {
    lengthBytes: chunk.lengthBytes,
    flow: flowByteOf(plan.flow, parts.flow),
    report,
    flush: !insideDevice && needsFlush(parts, leg, chunk),
  };
  const make = (operation: EngineOperation, busAddress: number, other: number): EngineWork => ({
    ...common,
    operation,
    busAddress,
    other,
  });
  if (source !== undefined && target !== undefined) return make(ENGINE_OPERATION.busToBus, source, target);
  if (source !== undefined) return make(ENGINE_OPERATION.busToLocal, source, placeAt(parts, 'target', chunk));
  invariant(target !== undefined, () => 'a leg with two inner sides');
  return make(ENGINE_OPERATION.localToBus, target, placeAt(parts, 'source', chunk));
}

/** The CPU moves a chunk on a leg. */
export function* cpuWork(parts: JobParts, leg: number, chunk: Chunk): HostProcess<void> {
  const plan = legOf(parts, leg);
  const source = addressAt(parts, plan, 'source', chunk);
  const target = addressAt(parts, plan, 'target', chunk);
  invariant(source !== undefined && target !== undefined, () => 'the CPU copies between addresses');
  const begun_ps = yield* now();
  yield* copyBytes(source, target, chunk.lengthBytes, flowByteOf(plan.flow, parts.flow));
  parts.record.countCpu(leg, (yield* now()) - begun_ps);
  // Its last store is on its way; a load from the same place comes back behind it.
  if (needsFlush(parts, leg, chunk)) yield* mmioRead32(alignDown(target + chunk.lengthBytes - 1, 4));
}

/** Notes what an engine said. @returns false if the job has failed. */
export function accept(parts: JobParts, leg: number, outcome: EngineOutcome): boolean {
  if (outcome.kind === 'ok') return true;
  const { engine } = legOf(parts, leg);
  const name = engine === 'cpu' ? 'the CPU' : parts.nameOf(engine);
  if (outcome.kind === 'failed') {
    parts.record.fail(`${name}: ${outcome.reason}`);
    return false;
  }
  parts.record.note(`${name}: the read that should confirm its writes was not answered with data`);
  return true;
}
