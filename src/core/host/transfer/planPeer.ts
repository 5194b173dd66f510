/*
 * Plans a peer-to-peer transfer: no byte of it touches host memory.
 */
import type { Result } from '../../../base/result.ts';
import { err, ok } from '../../../base/result.ts';
import { FLOW, type Flow } from '../../pcie/tlp.ts';
import type { JobPlan, LegEnd, LegPlan, Refusal, StagePlan, TransferOrder } from './jobPlan.ts';
import { type PairVerdict, type PartyView, type PlanningBoard, partyView } from './planningBoard.ts';
import type { DeviceCapability } from './capabilities.ts';
import { isInRootComplex, thirdEngines, verdictFor } from './thirdEngine.ts';

interface Candidate {
  readonly legs: readonly LegPlan[];
  readonly stages: readonly StagePlan[];
  /** What the kernel says to each engine that reaches into another device. */
  readonly verdicts: readonly PairVerdict[];
}

const INNER: LegEnd = { kind: 'inner' };

/** Bus addresses of a party's own bytes, if they have some. */
function addressable(party: PartyView): LegEnd | undefined {
  if (party.party === 'host') return { kind: 'hostMemory' };
  const range = party.capability?.window;
  return range === undefined ? undefined : { kind: 'window', range };
}

function hasInnerEngine(party: PartyView): boolean {
  return party.capability?.engine?.inner === true;
}

function flowBetween(a: PartyView, b: PartyView): Flow {
  if (a.party === 'host') return FLOW.bounceOut;
  return b.party === 'host' ? FLOW.bounceIn : FLOW.p2p;
}

/** A's engine writes into B, or B's engine reads from A. */
function directCandidates(board: PlanningBoard, a: PartyView, b: PartyView): readonly Candidate[] {
  const found: Candidate[] = [];
  const flow = flowBetween(a, b);
  const base = { from: a.party, to: b.party, flow };
  const target = addressable(b);
  if (hasInnerEngine(a) && typeof a.party === 'number' && target !== undefined) {
    const sentence = `The engine of ${a.name} writes straight into ${memoryName(b)}.`;
    const leg: LegPlan = { ...base, source: INNER, target, engine: a.party, operation: 'write', sentence };
    found.push({ legs: [leg], stages: [], verdicts: verdictList(verdictFor(board, b, a.party)) });
  }
  const source = addressable(a);
  if (hasInnerEngine(b) && typeof b.party === 'number' && source !== undefined) {
    const sentence = `The engine of ${b.name} reads straight from ${memoryName(a)}.`;
    const leg: LegPlan = { ...base, source, target: INNER, engine: b.party, operation: 'read', sentence };
    found.push({ legs: [leg], stages: [], verdicts: verdictList(verdictFor(board, a, b.party)) });
  }
  return found;
}

/** Both have engines and one has a buffer that the other can reach. */
function bufferCandidates(board: PlanningBoard, a: PartyView, b: PartyView): readonly Candidate[] {
  if (!hasInnerEngine(a) || !hasInnerEngine(b)) return [];
  if (typeof a.party !== 'number' || typeof b.party !== 'number') return [];
  const found: Candidate[] = [];
  const base = { from: a.party, to: b.party, flow: FLOW.p2p };
  const stage: LegEnd = { kind: 'stage' };
  const intoB = b.capability?.buffer;
  if (intoB !== undefined) {
    const first = `The engine of ${a.name} writes into the controller memory buffer of ${b.name}.`;
    const second = `${b.name} moves the bytes from there to its media, inside itself.`;
    const legs: LegPlan[] = [
      { ...base, source: INNER, target: stage, engine: a.party, operation: 'write', sentence: first },
      { ...base, from: b.party, source: stage, target: INNER, engine: b.party, operation: 'read', sentence: second },
    ];
    const verdicts = [board.verdictOf(b.party, a.party)];
    found.push({ legs, stages: [{ kind: 'peer', range: intoB }], verdicts });
  }
  const fromA = a.capability?.buffer;
  if (fromA !== undefined) {
    const first = `${a.name} moves the bytes from its media to its controller memory buffer, inside itself.`;
    const second = `The engine of ${b.name} reads them from there.`;
    const legs: LegPlan[] = [
      { ...base, to: a.party, source: INNER, target: stage, engine: a.party, operation: 'write', sentence: first },
      { ...base, source: stage, target: INNER, engine: b.party, operation: 'read', sentence: second },
    ];
    const verdicts = [board.verdictOf(a.party, b.party)];
    found.push({ legs, stages: [{ kind: 'peer', range: fromA }], verdicts });
  }
  return found;
}

/** Neither has an engine for it: a third one reads from A and writes to B. */
function thirdCandidates(board: PlanningBoard, a: PartyView, b: PartyView): readonly Candidate[] {
  const source = addressable(a);
  const target = addressable(b);
  if (source === undefined || target === undefined) return [];
  const hasHost = a.party === 'host' || b.party === 'host';
  const candidates = thirdEngines(board).map((engine): Candidate => {
    const sentence = `${board.nameOf(engine.fn)} reads from ${memoryName(a)} and writes into ${memoryName(b)}.`;
    const operation = 'read and write';
    const ends = { from: a.party, to: b.party, source, target };
    return {
      legs: [{ ...ends, engine: engine.fn, operation, flow: flowBetween(a, b), sentence }],
      stages: [],
      verdicts: [a, b].flatMap((party) => thirdVerdicts(board, party, engine, hasHost)),
    };
  });
  const through = ({ verdicts }: Candidate): number => verdicts.filter(({ mapType }) => mapType !== 'BUS_ADDR').length;
  return candidates.sort((x, y) => through(x) - through(y));
}

/** Between host memory and a device, an engine inside the root complex needs no verdict (see {@link engineForWindow}). */
function thirdVerdicts(
  board: PlanningBoard,
  party: PartyView,
  engine: DeviceCapability,
  hasHost: boolean,
): readonly PairVerdict[] {
  if (hasHost && isInRootComplex(board, engine)) return [];
  return verdictList(verdictFor(board, party, engine.fn));
}

function memoryName(party: PartyView): string {
  return party.party === 'host' ? 'host memory' : `the memory of ${party.name}`;
}

function verdictList(verdict: PairVerdict | undefined): readonly PairVerdict[] {
  return verdict === undefined ? [] : [verdict];
}

function isAllowed(candidate: Candidate): boolean {
  return candidate.verdicts.every(({ mapType }) => mapType !== 'NOT_SUPPORTED');
}

export function planPeer(board: PlanningBoard, order: TransferOrder): Result<JobPlan, Refusal> {
  const a = partyView(board, order.from);
  const b = partyView(board, order.to);
  const candidates = [
    ...directCandidates(board, a, b),
    ...bufferCandidates(board, a, b),
    ...thirdCandidates(board, a, b),
  ];
  const chosen = candidates.find(isAllowed) ?? (order.force ? candidates[0] : undefined);
  if (chosen !== undefined) {
    const { legs, stages } = chosen;
    const room = Math.min(...stages.map((stage) => (stage.kind === 'peer' ? stage.range.sizeBytes : Infinity)));
    return ok({ order, legs, stages, chunkBytes: Math.min(order.chunkBytes, Math.floor(room / order.buffers)) });
  }
  const first = candidates[0];
  return err(first === undefined ? noEngine(board, a, b) : notAllowed(first));
}

function notAllowed(candidate: Candidate): Refusal {
  const verdict = candidate.verdicts.find(({ mapType }) => mapType === 'NOT_SUPPORTED');
  return {
    code: 'P2P_NOT_SUPPORTED',
    message: verdict?.sentence ?? 'The kernel does not allow it.',
    fix: 'Bounce through host memory, or force the transfer to see what the hardware does.',
  };
}

function noEngine(board: PlanningBoard, a: PartyView, b: PartyView): Refusal {
  const fix = 'Bounce through host memory, or choose a destination whose memory has addresses.';
  if (hasInnerEngine(a) && hasInnerEngine(b)) {
    const message = `${a.name} and ${b.name} both have DMA engines, but neither has memory the other could address.`;
    return { code: 'P2P_NO_ADDRESSABLE_MEMORY', message, fix };
  }
  const engines = thirdEngines(board).length;
  if (engines === 0) {
    return {
      code: 'P2P_NO_ENGINE',
      message: `Neither ${a.name} nor ${b.name} can initiate: both are memory, and the machine has no other DMA engine.`,
      fix: 'Add a DMA engine to the machine, or choose a device that has one.',
    };
  }
  const blocked = addressable(a) === undefined ? a : b;
  const reason = blocked.capability?.missing ?? 'its memory has no bus addresses';
  return { code: 'P2P_NO_ADDRESSABLE_MEMORY', message: `${blocked.name} cannot be reached by a peer: ${reason}.`, fix };
}
