/*
 * The worked values of the performance reference, section 4, and equation 3.4 for reads, each with its machine.
 */
import {
  host,
  hostBridge,
  hostBridgeFunction,
  machineDocument,
  rootPort,
  switchPorts,
  transfer,
} from '../topology/build.ts';
import type { FlowSpec, FlowWork, TopologyDocument } from '../topology/document.ts';
import { accesses, card, flow } from '../topology/presets/measurementParts.ts';

const FLOW_OPERATIONS = 1000;
const PEER_READ_BYTES = 512;
/** 512-byte peer read of section 4. */
const PEER_READ_NS = 729;

/** What the test card does, and what is timed. */
export type LatencyMeasure =
  | { readonly kind: 'read'; readonly target: 'host' | 'card1'; readonly lengthBytes: number }
  | { readonly kind: 'write'; readonly lengthBytes: number }
  | { readonly kind: 'readRate'; readonly lengthBytes: number; readonly outstanding: number };

export interface LatencyCase {
  readonly id: string;
  readonly title: string;
  readonly unit: 'ns' | 'B/s';
  readonly expected: number;
  readonly document: TopologyDocument;
  readonly measure: LatencyMeasure;
}

function hostRead(title: string, ioCache: 'hit' | 'miss'): TopologyDocument {
  const base = host();
  return machineDocument({
    name: title,
    description: 'A test card on a Gen3 x8 root port reads 64 bytes of host memory at a time; the second card is idle.',
    host: { ...base, memory: { ...base.memory, ioCache } },
    hostBridges: [hostBridge('pcie0')],
    functions: [
      hostBridgeFunction('hb0', 'pcie0'),
      rootPort('rp0', { parent: 'pcie0', device: 1 }, { gen: 3, width: 8 }),
      card('card0', 'rp0', { gen: 3, width: 8 }),
      rootPort('rp1', { parent: 'pcie0', device: 2 }, { gen: 3, width: 8 }),
      card('card1', 'rp1', { gen: 3, width: 8 }),
    ],
    transfer: transfer('card0', 'card1'),
    flows: [flowOf({ operation: 'read', target: 'host', operationBytes: 64, outstanding: 1 })],
  });
}

function twoCards(
  title: string,
  forwarding: 'cutThrough' | 'storeAndForward',
  work: Pick<AccessWork, 'operation' | 'operationBytes' | 'outstanding'>,
): TopologyDocument {
  return machineDocument({
    name: title,
    description: 'Two test cards below one Gen4 x16 switch of 105 ns; card0 works on the memory of card1.',
    hostBridges: [hostBridge('pcie0')],
    functions: [
      hostBridgeFunction('hb0', 'pcie0'),
      rootPort('rp0', { parent: 'pcie0', device: 1 }, { gen: 4, width: 16 }),
      ...switchPorts(
        'sw0',
        { parent: 'rp0' },
        {
          upstream: { gen: 4, width: 16 },
          downstream: [
            { gen: 4, width: 16 },
            { gen: 4, width: 16 },
          ],
          latency_ps: 105_000,
          forwarding,
        },
      ),
      card('card0', 'sw0-p0', { gen: 4, width: 16 }),
      card('card1', 'sw0-p1', { gen: 4, width: 16 }),
    ],
    transfer: transfer('card0', 'card1'),
    flows: [flowOf({ ...work, target: 'card1' })],
  });
}

type AccessWork = Extract<FlowWork, { kind: 'accesses' }>;

function flowOf(work: Pick<AccessWork, 'operation' | 'target' | 'operationBytes' | 'outstanding'>): FlowSpec {
  return flow('accesses', 'Accesses of card0', accesses({ ...work, engine: 'card0', operations: FLOW_OPERATIONS }));
}

const peerReads = (title: string, outstanding: number): TopologyDocument =>
  twoCards(title, 'cutThrough', { operation: 'read', operationBytes: PEER_READ_BYTES, outstanding });

function rateCase(outstanding: number, expected: number): LatencyCase {
  const title = `${outstanding} peer read${outstanding === 1 ? '' : 's'} of 512 B in flight`;
  return {
    id: `latency-peer-read-${outstanding}`,
    title,
    unit: 'B/s',
    expected,
    document: peerReads(title, outstanding),
    measure: { kind: 'readRate', lengthBytes: PEER_READ_BYTES, outstanding },
  };
}

function readCase(id: string, title: string, ioCache: 'hit' | 'miss', expected: number): LatencyCase {
  const measure = { kind: 'read', target: 'host', lengthBytes: 64 } as const;
  return { id, title, unit: 'ns', expected, document: hostRead(title, ioCache), measure };
}

function writeCase(
  id: string,
  title: string,
  forwarding: 'cutThrough' | 'storeAndForward',
  expected: number,
): LatencyCase {
  const work = { operation: 'write', operationBytes: 256, outstanding: 1 } as const;
  const measure = { kind: 'write', lengthBytes: work.operationBytes } as const;
  return { id, title, unit: 'ns', expected, document: twoCards(title, forwarding, work), measure };
}

/** Equation 3.4 while tags are the limit: so many requests of 512 B in one round trip. */
const byTags = (outstanding: number): number => (outstanding * PEER_READ_BYTES * 1e9) / PEER_READ_NS;
/** One direction of Gen4 x16 full of 256-byte completions (performance reference 3.7). */
const FULL_LINK = 28.975e9;

export const LATENCY_CASES: readonly LatencyCase[] = [
  readCase('latency-read-hit', '64 B read, Gen3 x8, root port, last-level cache', 'hit', 412),
  readCase('latency-read-dram', '64 B read, Gen3 x8, root port, DRAM', 'miss', 487),
  writeCase('latency-write-cut', '256 B write, Gen4 x16, one cut-through switch', 'cutThrough', 242),
  writeCase('latency-write-store', '256 B write, Gen4 x16, one store-and-forward switch', 'storeAndForward', 251),
  {
    id: 'latency-peer-read',
    title: '512 B peer read, Gen4 x16, one switch, 250 ns completer',
    unit: 'ns',
    expected: PEER_READ_NS,
    document: peerReads('512 B peer read, Gen4 x16, one switch', 1),
    measure: { kind: 'read', target: 'card1', lengthBytes: PEER_READ_BYTES },
  },
  rateCase(1, byTags(1)),
  rateCase(4, byTags(4)),
  rateCase(16, byTags(16)),
  rateCase(64, FULL_LINK),
];
