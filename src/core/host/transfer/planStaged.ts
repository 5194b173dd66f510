/*
 * Plans transfers through host memory: by engines on both legs (bounce), or with the CPU on the second (copy).
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { FLOW, type Flow } from '../../pcie/tlp.ts';
import type { JobPlan, LegEnd, LegPlan, Refusal, StagePlan, TransferOrder } from './jobPlan.ts';
import { type PartyView, type PlanningBoard, partyView } from './planningBoard.ts';
import { engineForWindow } from './thirdEngine.ts';

const INNER: LegEnd = { kind: 'inner' };
const STAGE: LegEnd = { kind: 'stage' };
const HOST_STAGE: StagePlan = { kind: 'host' };

/** Bus addresses of the party's own bytes. */
function ownBytes(party: PartyView): LegEnd | undefined {
  const range = party.capability?.window;
  return range === undefined ? undefined : { kind: 'window', range };
}

function innerEngine(party: PartyView): number | undefined {
  return party.capability?.engine?.inner === true ? party.capability.fn : undefined;
}

/** The leg from A into host memory, by its own engine or by a third one. */
function legIn(board: PlanningBoard, order: TransferOrder, a: PartyView): LegPlan | undefined {
  const base = { from: a.party, to: 'host', target: STAGE, flow: FLOW.bounceIn } as const;
  const own = innerEngine(a);
  if (own !== undefined) {
    const sentence = `The engine of ${a.name} writes into a buffer in host memory.`;
    return { ...base, source: INNER, engine: own, operation: 'write', sentence };
  }
  const source = ownBytes(a);
  const third = engineForWindow(board, a, order.force);
  if (source === undefined || third === undefined) return undefined;
  const sentence = `${board.nameOf(third.fn)} reads from ${a.name} and writes into a buffer in host memory.`;
  return { ...base, source, engine: third.fn, operation: 'read and write', sentence };
}

/** The leg from host memory to B, by its own engine or by a third one. */
function legOut(board: PlanningBoard, order: TransferOrder, b: PartyView): LegPlan | undefined {
  const base = { from: 'host', to: b.party, source: STAGE, flow: FLOW.bounceOut } as const;
  const own = innerEngine(b);
  if (own !== undefined) {
    const sentence = `The engine of ${b.name} reads it from there.`;
    return { ...base, target: INNER, engine: own, operation: 'read', sentence };
  }
  const target = ownBytes(b);
  const third = engineForWindow(board, b, order.force);
  if (target === undefined || third === undefined) return undefined;
  const sentence = `${board.nameOf(third.fn)} reads it from there and writes into ${b.name}.`;
  return { ...base, target, engine: third.fn, operation: 'read and write', sentence };
}

function noEngineFor(party: PartyView, direction: 'out of' | 'into'): Refusal {
  return {
    code: 'BOUNCE_NO_ENGINE',
    message: `No DMA engine can move bytes ${direction} ${party.name}: it has none, and the machine has no other.`,
    fix: 'Let the CPU copy, or add a DMA engine to the machine.',
  };
}

/** Both legs by DMA engines. */
export function planBounce(board: PlanningBoard, order: TransferOrder): Result<JobPlan, Refusal> {
  const a = partyView(board, order.from);
  const b = partyView(board, order.to);
  const first = legIn(board, order, a);
  if (first === undefined) return err(noEngineFor(a, 'out of'));
  const second = legOut(board, order, b);
  if (second === undefined) return err(noEngineFor(b, 'into'));
  return ok({ order, legs: [first, second], stages: [HOST_STAGE], chunkBytes: order.chunkBytes });
}

function cpuLeg(
  from: PartyView | undefined,
  to: PartyView | undefined,
  ends: readonly [LegEnd, LegEnd],
  flow: Flow,
  sentence: string,
): LegPlan {
  const [source, target] = ends;
  const parties = { from: from?.party ?? 'host', to: to?.party ?? 'host' };
  return { ...parties, source, target, engine: 'cpu', operation: 'read and write', flow, sentence };
}

/** The second leg by the CPU; the first by an engine if there is one. */
export function planCopy(board: PlanningBoard, order: TransferOrder): Result<JobPlan, Refusal> {
  const a = partyView(board, order.from);
  const b = partyView(board, order.to);
  const source = ownBytes(a);
  const loads = `The CPU loads from ${a.name} and stores into a buffer in host memory.`;
  const first = legIn(board, order, a) ?? (source && cpuLeg(a, undefined, [source, STAGE], FLOW.bounceIn, loads));
  if (first === undefined) return err(noEngineFor(a, 'out of'));
  const target = ownBytes(b);
  if (target !== undefined) {
    const stores = `The CPU reads the buffer and stores into ${b.name}, 64 bytes at a time.`;
    const second = cpuLeg(undefined, b, [STAGE, target], FLOW.bounceOut, stores);
    return ok({ order, legs: [first, second], stages: [HOST_STAGE], chunkBytes: order.chunkBytes });
  }
  const third = legOut(board, order, b);
  if (third === undefined) return err(noEngineFor(b, 'into'));
  const copies = 'The CPU copies the buffer to a second one.';
  const second = cpuLeg(undefined, undefined, [STAGE, STAGE], FLOW.bounceOut, copies);
  return ok({ order, legs: [first, second, third], stages: [HOST_STAGE, HOST_STAGE], chunkBytes: order.chunkBytes });
}
