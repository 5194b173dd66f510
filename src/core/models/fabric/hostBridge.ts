/*
 * What a root complex does with traffic between its ports: what hardware does, whatever software believes of it.
 */
import type { HostBridgeSpec, PeerPolicy } from '../../pcie/machineSpec.ts';
import { byteAt } from '../../sim/cells.ts';
import type { TlpPool } from './tlpPool.ts';

/** Forwarding between root ports (performance reference, section 6). */
const PEER_LATENCY_PS = 200_000;
const PS_PER_SECOND = 1e12;
/** What wrong bytes are made of: none of these bits is ever right. */
const DAMAGE = 0xa5;

/** One host bridge, as it passes on peer traffic. */
export class HostBridge {
  readonly spec: HostBridgeSpec;
  readonly latency_ps: number;
  /** Of payload between ports; 0 = as fast as the links. */
  readonly psPerByte: number;
  /** The same of completions. */
  readonly readPsPerByte: number;
  /** Completions do not share the rate of requests. */
  readonly hasReadCap: boolean;
  /** Largest piece in which payload leaves; Infinity = as it came. */
  readonly pieceBytes: number;
  /** Rate to another host bridge as a fraction of the rate inside this one. */
  readonly crossFactor: number;
  /** The way between ports is busy until then, if it has a rate. */
  private _freeAt_ps = 0;
  private _readFreeAt_ps = 0;

  constructor(spec: HostBridgeSpec) {
    const policy = spec.peerToPeer;
    this.spec = spec;
    this.latency_ps = policy?.latency_ps ?? PEER_LATENCY_PS;
    this.psPerByte = policy?.capBytesPerSecond === undefined ? 0 : PS_PER_SECOND / policy.capBytesPerSecond;
    this.hasReadCap = policy?.readCapBytesPerSecond !== undefined;
    this.readPsPerByte =
      policy?.readCapBytesPerSecond === undefined ? this.psPerByte : PS_PER_SECOND / policy.readCapBytesPerSecond;
    this.pieceBytes = policy?.repacketiseBytes ?? Infinity;
    this.crossFactor = policy?.crossSocketFactor ?? 1;
  }

  /** Nothing caps peer traffic or cuts it. */
  get isUnlimited(): boolean {
    return this.psPerByte === 0 && this.readPsPerByte === 0 && this.pieceBytes === Infinity;
  }

  /** @param isRead non-posted requests and their completions, as against posted writes. */
  policy(isRead: boolean): PeerPolicy {
    const policy = this.spec.peerToPeer;
    return (isRead ? policy?.read : policy?.write) ?? 'forward';
  }

  /**
   * Books the way between ports for payload.
   * @returns when it begins to cross, ≥ now.
   */
  book(now_ps: number, lengthBytes: number, isCompletion: boolean): number {
    const psPerByte = isCompletion ? this.readPsPerByte : this.psPerByte;
    if (psPerByte === 0) return now_ps;
    const ownServer = isCompletion && this.hasReadCap;
    const free_ps = ownServer ? this._readFreeAt_ps : this._freeAt_ps;
    const start_ps = free_ps > now_ps ? free_ps : now_ps;
    const end_ps = start_ps + Math.round(lengthBytes * psPerByte);
    if (ownServer) this._readFreeAt_ps = end_ps;
    else this._freeAt_ps = end_ps;
    return start_ps;
  }
}

/** What both bridges on a way make of peer traffic: the worse of the two. */
export function peerPolicy(from: HostBridge, to: HostBridge, isRead: boolean): PeerPolicy {
  const one = from.policy(isRead);
  const other = to.policy(isRead);
  // No closure: this is asked for every TLP.
  for (const policy of SEVERITY) if (policy === one || policy === other) return policy;
  return 'forward';
}

const SEVERITY: readonly PeerPolicy[] = ['unsupported', 'drop', 'timeout', 'corrupt'];

/**
 * Turns every byte of a payload into a wrong one, the same way each time.
 * @spec semantics reference 1.4 (`rcP2P` corrupt)
 */
export function corruptPayload(pool: TlpPool, slot: number): void {
  const start = slot * pool.strideBytes;
  const end = start + pool.lengthBytes(slot);
  for (let at = start; at < end; at++) pool.payload[at] = byteAt(pool.payload, at) ^ DAMAGE;
}
