/*
 * Queue depth: a device's own access generator keeps so many reads under way, each of one request. P2P reads from the
 * other end of the transfer, Bounce from host memory, where a bounce has its staging.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import { KIB, MIB } from '../base/units.ts';
import type { FlowSpec, TopologyDocument, TransferWay } from '../topology/document.ts';

const FLOW_IDS = { p2p: 'depthPeer', bounce: 'depthHost' } as const;
const STANDARD_REQUEST = 512;
/** Enough to fill the deepest queue several times over. */
const LEAST_OPERATIONS = 4096;
const MOST_WINDOW = MIB;

function depthFlow(
  document: TopologyDocument,
  engine: NodeId,
  target: NodeId,
  depth: number,
): Pick<FlowSpec, 'start_ps' | 'work'> {
  const operationBytes = document.functions.find(({ id }) => id === engine)?.mrrsBytes ?? STANDARD_REQUEST;
  return {
    start_ps: 0,
    work: {
      kind: 'accesses',
      engine,
      target,
      operation: 'read',
      operationBytes,
      windowBytes: Math.max(64 * KIB, Math.min(MOST_WINDOW, document.transfer.bytes)),
      pattern: 'sequential',
      operations: Math.max(LEAST_OPERATIONS, Math.ceil(document.transfer.bytes / operationBytes)),
      outstanding: depth,
    },
  };
}

/** Whom an engine reads from peer to peer: the other end of the transfer. */
function peerOf(document: TopologyDocument, engine: NodeId): NodeId {
  return engine === document.transfer.to ? document.transfer.from : document.transfer.to;
}

/** The machine with both reads of that depth as its flows, and no others. */
export function withDepth(document: TopologyDocument, engine: NodeId, depth: number): TopologyDocument {
  return {
    ...document,
    flows: [
      {
        id: FLOW_IDS.p2p,
        name: 'Reads from the peer',
        ...depthFlow(document, engine, peerOf(document, engine), depth),
      },
      { id: FLOW_IDS.bounce, name: 'Reads from host memory', ...depthFlow(document, engine, 'host', depth) },
    ],
  };
}

/** The same with only the reads of one way; undefined for a CPU copy, which has no queue in a device. */
export function depthFlowOf(document: TopologyDocument, way: TransferWay): TopologyDocument | undefined {
  if (way === 'copy') return undefined;
  return { ...document, flows: (document.flows ?? []).filter(({ id }) => id === FLOW_IDS[way]) };
}
