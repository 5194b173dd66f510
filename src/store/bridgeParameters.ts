/*
 * What the root complex really does with peer traffic, for each host bridge; what the kernel believes of it is
 * another matter (semantics reference, section 1.4). Presets: performance reference, section 6.
 */
import { PS_PER_NS } from '../base/units.ts';
import { linkBytesPerSecond } from '../core/pcie/link.ts';
import type { HostBridgeSpec, NodeId, PeerPolicy } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';
import {
  changedWhole,
  type AnyParameter,
  type Change,
  type ChoiceParameter,
  type NumberParameter,
} from './parameters.ts';

type PeerToPeer = NonNullable<HostBridgeSpec['peerToPeer']>;

const BYTES_PER_GB = 1e9;
/** What a root complex does when the document says nothing. */
const FORWARDS: PeerToPeer = { write: 'forward', read: 'forward' };

function bridgeOf(document: TopologyDocument, node: NodeId): HostBridgeSpec | undefined {
  return document.hostBridges.find((bridge) => bridge.id === node);
}

export function peerToPeerOf(document: TopologyDocument, node: NodeId): PeerToPeer {
  return bridgeOf(document, node)?.peerToPeer ?? FORWARDS;
}

function isStandard(peer: PeerToPeer): boolean {
  return Object.keys(peer).length === 2 && peer.write === 'forward' && peer.read === 'forward';
}

/** The document with what one host bridge does with peer traffic replaced. */
export function setPeerToPeer(document: TopologyDocument, node: NodeId, peer: PeerToPeer): TopologyDocument {
  return {
    ...document,
    hostBridges: document.hostBridges.map((bridge) => {
      if (bridge.id !== node) return bridge;
      const { peerToPeer: _replaced, ...rest } = bridge;
      return isStandard(peer) ? rest : { ...rest, peerToPeer: peer };
    }),
  };
}

function withPeer(document: TopologyDocument, node: NodeId, change: Change<PeerToPeer>): TopologyDocument {
  return setPeerToPeer(document, node, changedWhole(peerToPeerOf(document, node), change));
}

const POLICIES: readonly { readonly value: PeerPolicy; readonly label: string; readonly title: string }[] = [
  { value: 'forward', label: 'forward', title: 'It arrives.' },
  { value: 'drop', label: 'drop', title: 'A write vanishes, a read is never answered.' },
  { value: 'unsupported', label: 'refuse (UR)', title: 'Unsupported Request: an error is logged.' },
  { value: 'timeout', label: 'never answer', title: 'A read ends in a completion timeout, a write vanishes.' },
  { value: 'corrupt', label: 'corrupt', title: 'It arrives with wrong bytes.' },
];

function policy(id: 'write' | 'read', label: string): ChoiceParameter {
  return {
    kind: 'choice',
    id,
    label,
    help: `What becomes of a peer ${id} between two of its ports.`,
    inRow: false,
    options: POLICIES,
    read: (document, node) => peerToPeerOf(document, node)[id],
    write: (document, node, value) =>
      withPeer(document, node, { [id]: POLICIES.find((row) => row.value === value)?.value ?? 'forward' }),
  };
}

function cap(
  id: 'capBytesPerSecond' | 'readCapBytesPerSecond',
  row: Pick<NumberParameter, 'label' | 'help' | 'standard'>,
): NumberParameter {
  return {
    kind: 'number',
    id,
    ...row,
    unit: 'GB/s',
    minimum: 0.001,
    maximum: 10_000,
    whole: false,
    optional: true,
    read: (document, node) => {
      const value = peerToPeerOf(document, node)[id];
      return value === undefined ? undefined : value / BYTES_PER_GB;
    },
    write: (document, node, value) =>
      withPeer(document, node, { [id]: value === undefined ? undefined : value * BYTES_PER_GB }),
  };
}

const PIECES = [64, 128, 256] as const;

export const BRIDGE_PARAMETERS: readonly AnyParameter[] = [
  policy('write', 'Peer writes'),
  policy('read', 'Peer reads'),
  cap('capBytesPerSecond', {
    label: 'Peer rate cap',
    help: 'Payload a second that peer traffic gets through.',
    standard: 'as links',
  }),
  cap('readCapBytesPerSecond', {
    label: 'Peer read cap',
    help: 'The same for the data of peer reads.',
    standard: 'as above',
  }),
  {
    kind: 'choice',
    id: 'repacketise',
    label: 'Re-packetise',
    help: 'Cuts what it forwards into pieces of at most this size: more headers for the same bytes.',
    inRow: true,
    options: [{ value: '', label: 'No' }, ...PIECES.map((bytes) => ({ value: String(bytes), label: `${bytes} B` }))],
    read: (document, node) => String(peerToPeerOf(document, node).repacketiseBytes ?? ''),
    write: (document, node, value) =>
      withPeer(document, node, { repacketiseBytes: PIECES.find((bytes) => String(bytes) === value) }),
  },
  {
    kind: 'number',
    id: 'latency',
    label: 'Extra latency',
    help: 'Added to a peer request on its way through the root complex.',
    unit: 'ns',
    minimum: 0,
    maximum: 100_000,
    whole: false,
    standard: '200',
    optional: true,
    read: (document, node) => {
      const value = peerToPeerOf(document, node).latency_ps;
      return value === undefined ? undefined : value / PS_PER_NS;
    },
    write: (document, node, value) =>
      withPeer(document, node, { latency_ps: value === undefined ? undefined : Math.round(value * PS_PER_NS) }),
  },
  {
    kind: 'number',
    id: 'crossSocket',
    label: 'Cross-socket factor',
    help: 'Rate to another host bridge as a fraction of the cap, or of the links.',
    unit: '',
    minimum: 0.01,
    maximum: 1,
    whole: false,
    standard: '1',
    optional: true,
    idle: (document) => (document.hostBridges.length > 1 ? undefined : 'There is one host bridge.'),
    read: (document, node) => peerToPeerOf(document, node).crossSocketFactor,
    write: (document, node, value) => withPeer(document, node, { crossSocketFactor: value }),
  },
];

/** Rate of the widest link on a root port of this host bridge; 0 where there is none. */
function widestLink(document: TopologyDocument, node: NodeId): number {
  const rates = document.functions.flatMap((fn) =>
    fn.kind === 'rootPort' && fn.parent === node && fn.link !== undefined
      ? [linkBytesPerSecond(fn.link.maxGen, fn.link.maxWidth)]
      : [],
  );
  return Math.max(0, ...rates);
}

export interface PeerPreset {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly peer: (document: TopologyDocument, node: NodeId) => PeerToPeer;
}

const SERVER_GOOD = 0.87;
const BROADWELL_CAP = 7.1 * BYTES_PER_GB;

/** Performance reference, section 6 and 7.2. */
export const PEER_PRESETS: readonly PeerPreset[] = [
  {
    id: 'ideal',
    label: 'Ideal',
    note: 'Forwards at the rate of the links, 200 ns more.',
    peer: () => FORWARDS,
  },
  {
    id: 'server-good',
    label: 'Good server',
    note: '0.87 of the link, both ways.',
    peer: (document, node) => {
      const widest = widestLink(document, node);
      return widest === 0 ? FORWARDS : { ...FORWARDS, capBytesPerSecond: Math.round(SERVER_GOOD * widest) };
    },
  },
  {
    id: 'bdw',
    label: 'Broadwell',
    note: 'Capped at 7.1 GB/s, as measured with SSDs writing to a GPU.',
    peer: () => ({ ...FORWARDS, capBytesPerSecond: BROADWELL_CAP }),
  },
  {
    id: 'repack64',
    label: '64 B pieces',
    note: 'Forwards in pieces of 64 B.',
    peer: () => ({ ...FORWARDS, repacketiseBytes: 64 }),
  },
  {
    id: 'client',
    label: 'Client',
    note: 'Writes arrive, reads are never answered.',
    peer: () => ({ write: 'forward', read: 'timeout' }),
  },
  {
    id: 'blocked',
    label: 'Blocked',
    note: 'Writes vanish, reads are never answered.',
    peer: () => ({ write: 'drop', read: 'timeout' }),
  },
];

/** The preset a host bridge is set to exactly, if any. */
export function peerPresetOf(document: TopologyDocument, node: NodeId): PeerPreset | undefined {
  const own = JSON.stringify(sortedFields(peerToPeerOf(document, node)));
  return PEER_PRESETS.find((preset) => JSON.stringify(sortedFields(preset.peer(document, node))) === own);
}

function sortedFields(peer: PeerToPeer): readonly (readonly [string, unknown])[] {
  return Object.entries(peer).toSorted(([a], [b]) => a.localeCompare(b));
}
