/*
 * The way packets of a pair really take, as far as they come: where a port or a root complex refuses them, the rest of
 * the way is not taken.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { PeerVerdict, PhysicsAnswer, RouteEnd, RouteHop } from '../core/pcie/verdict.ts';

export type RouteKind = 'write' | 'readData';

/** Where and why packets come no further. */
export interface RouteStop {
  readonly node: NodeId;
  /** A few words for a mark. */
  readonly words: string;
  readonly reason: string;
}

export interface TakenRoute {
  readonly hops: readonly RouteHop[];
  readonly stop: RouteStop | undefined;
}

const END_WORDS: Readonly<Record<RouteEnd['status'], string>> = {
  acsViolation: 'Stopped: ACS violation',
  unsupportedRequest: 'Stopped: unsupported request',
};

const OUTCOME_WORDS: Readonly<Record<PhysicsAnswer['outcome'], string | undefined>> = {
  arrives: undefined,
  arrivesCorrupt: undefined,
  dropped: 'Stopped: dropped',
  unsupportedRequest: 'Stopped: unsupported request',
  completerAbort: 'Stopped: completer abort',
  timeout: 'Stopped: never answered',
  iommuFault: 'Stopped: IOMMU fault',
};

/**
 * The way of writes, or of the data that a read brings back. Data of a read whose request is refused never comes: then
 * it is the way of that request.
 */
export function takenRoute(verdict: PeerVerdict, kind: RouteKind): TakenRoute {
  const { route, physics } = verdict;
  const hops = route[kind];
  const end = kind === 'write' ? route.writeEnd : route.readDataEnd;
  if (end !== undefined) return { hops, stop: { node: end.node, words: END_WORDS[end.status], reason: end.reason } };
  const answer = kind === 'write' ? physics?.write : physics?.read;
  const words = answer === undefined ? undefined : OUTCOME_WORDS[answer.outcome];
  if (answer?.at === undefined || words === undefined) return { hops, stop: undefined };
  const { at: node, sentence: reason } = answer;
  return { hops: hopsUpTo(verdict, hops, node), stop: { node, words, reason } };
}

function hopsUpTo(verdict: PeerVerdict, hops: readonly RouteHop[], node: NodeId): readonly RouteHop[] {
  // What its sender may not send crosses nothing.
  if (node === verdict.client) return [];
  const last = verdict.route.write.findIndex((hop) => hop.node === node);
  return last < 0 ? hops : verdict.route.write.slice(0, last + 1);
}
