/*
 * Where a TLP really goes, predicted from what the host has read: bridges' windows and bus numbers, and the
 * ACS control of the port the packet enters. The kernel's opinion plays no part here (that is p2pdma/).
 *
 *   RC ── RP0 ── USP ─┬─ DSP0 ── P        write by C to P, nothing redirects:  DSP1^ X(USP) DSP0v
 *                     └─ DSP1 ── C        with request redirect at DSP1:       DSP1^ X(USP) RP0^ RC RP0v X(USP) DSP0v
 */
import { ACS_BITS } from '../pcie/acs.ts';
import { deviceOf } from '../pcie/bdf.ts';
import type { HostFunction, HostView } from './hostView.ts';
import { functionAt, inSameSlot, isBridge, upstreamBridgeOf } from './p2pdma/chain.ts';
import { bridgeClaims, claimantOnBus } from './routeClaims.ts';
import type { PacketTarget } from './routeClaims.ts';

/** One element of a path; indices into the view's functions or host bridges. */
export type PathElement =
  /** The link or bus below a port or bridge, towards or away from the root. */
  | { readonly kind: 'up' | 'down'; readonly port: number }
  /** The inside of the switch with this upstream port. */
  | { readonly kind: 'switch'; readonly upstreamPort: number }
  /** A conventional bus whose functions reach each other directly, named by the bridge that owns it. */
  | { readonly kind: 'bus'; readonly bridge: number }
  | { readonly kind: 'rootComplex'; readonly hostBridge: number }
  /** Inside one function. */
  | { readonly kind: 'insideFunction'; readonly fn: number }
  /** Between the functions of one device. */
  | { readonly kind: 'insideDevice'; readonly fn: number };

/** Where a packet was dropped or refused instead of arriving. */
export interface PathEnd {
  /** Index of the function that refused it; undefined = the root complex. */
  readonly fn: number | undefined;
  readonly status: 'unsupportedRequest' | 'acsViolation';
  readonly reason: string;
}

/** The register that sent a packet one way and not the other. */
export interface PathDecision {
  /** Undefined = the IOMMU of the root complex. */
  readonly fn: number | undefined;
  readonly register: string;
  readonly reason: string;
}

export interface Path {
  readonly elements: readonly PathElement[];
  /** Undefined = it arrived. */
  readonly end: PathEnd | undefined;
  readonly decision: PathDecision | undefined;
}

export interface PathOptions {
  /** The address on the wire is an IOVA: only the IOMMU knows what it means, no window claims it (D-20). */
  readonly iova?: boolean;
  /** The client has translated the address itself (ATS): the request says so, and DT acts on it. */
  readonly translated?: boolean;
  /** Completions carry the Relaxed Ordering attribute: completion redirect does not act on them. */
  readonly relaxed?: boolean;
}

/**
 * Predicts the path of one packet.
 * @param from index of the function that sends it.
 * @returns the path up to the target or to whoever refused the packet; never fails.
 * @throws InvariantError if an index is outside the view.
 * @spec semantics reference R-1 … …
 */
export function predictPath(view: HostView, from: number, target: PacketTarget, options: PathOptions = {}): Path {
  return new PathWalk(view, target, options).walk(from);
}

const FORBIDDEN = 'P2P Egress Control forbids this peer port, and request redirect is clear';

/** State of one prediction: the hops so far, and what ended or decided it. */
class PathWalk {
  private readonly _view: HostView;
  private readonly _target: PacketTarget;
  private readonly _elements: PathElement[] = [];
  private readonly _options: PathOptions;
  /** True until the IOMMU has turned the IOVA into a bus address. */
  private _isIova: boolean;
  private _end: PathEnd | undefined;
  private _decision: PathDecision | undefined;

  constructor(view: HostView, target: PacketTarget, options: PathOptions) {
    this._view = view;
    this._target = target;
    this._options = options;
    this._isIova = options.iova === true && target.by === 'address';
  }

  walk(from: number): Path {
    if (from === this._target.fn) this._elements.push({ kind: 'insideFunction', fn: from });
    else this.#climbFrom(from);
    return { elements: this._elements, end: this._end, decision: this._decision };
  }

  /** Sends the packet upwards from one function after the other until someone takes it. */
  #climbFrom(from: number): void {
    for (let emitter: number | undefined = from; emitter !== undefined;) {
      emitter = this.#leave(emitter);
    }
  }

  /** One step up: the emitter puts the packet on its primary side. @returns the next emitter, if it goes on upwards. */
  #leave(emitter: number): number | undefined {
    const bridge = upstreamBridgeOf(this._view, emitter);
    if (this.#takenInsideDevice(emitter, bridge)) return undefined;
    if (bridge === undefined) return this.#crossRootComplex(emitter);
    switch (functionAt(this._view, bridge).kind) {
      case 'rootPort':
      case 'downstreamPort':
      case 'pciToPcieBridge':
        return this.#crossLink(bridge);
      case 'upstreamPort':
        return this.#crossSwitch(emitter, bridge);
      default:
        return this.#crossBus(emitter, bridge);
    }
  }

  /** functions of one device reach each other inside it, unless ACS of the sending function says otherwise. */
  #takenInsideDevice(emitter: number, bridge: number | undefined): boolean {
    const fn = functionAt(this._view, emitter);
    if (fn.kind === 'rootPort' || fn.kind === 'downstreamPort') return false;
    const sibling = this.#claimant({ bridge, hostBridge: fn.hostBridge }, emitter);
    if (sibling === undefined || !inSameSlot(this._view, emitter, sibling)) return false;
    if (this.#decisionAt(fn, undefined) !== 'direct') {
      this.#decideRedirect(fn, sibling);
      return false;
    }
    this._elements.push({ kind: 'insideDevice', fn: emitter });
    this.#deliver(sibling);
    return true;
  }

  /** R-3(2), R-5: the packet enters a port from its link. */
  #crossLink(port: number): number | undefined {
    this._elements.push({ kind: 'up', port });
    const fn = functionAt(this._view, port);
    if (this._options.translated === true && this.#isSet(fn, 'translationBlocking')) {
      return this.#refuse({
        fn: port,
        status: 'acsViolation',
        reason: 'its address is translated already, and Translation Blocking is set',
      });
    }
    if (fn.kind !== 'downstreamPort' || !this.#claims(port)) return port;
    if (this.#isSet(fn, 'upstreamForwarding')) return port;
    return this.#refuse({
      fn: port,
      status: 'unsupportedRequest',
      reason: 'it came from below, is addressed below the same port, and Upstream Forwarding is clear',
    });
  }

  /** R-3(3), R-3(4), R-4: from a downstream port through the inside of its switch. */
  #crossSwitch(emitter: number, upstreamPort: number): number | undefined {
    const port = functionAt(this._view, emitter);
    const peer = this.#claims(emitter)
      ? undefined
      : this.#claimant({ bridge: upstreamPort, hostBridge: port.hostBridge }, emitter);
    const decision = peer === undefined ? 'direct' : this.#decisionAt(port, functionAt(this._view, peer));
    // The port itself refuses: the packet does not get inside.
    if (decision === 'violation') return this.#refuse({ fn: emitter, status: 'acsViolation', reason: FORBIDDEN });
    this._elements.push({ kind: 'switch', upstreamPort });
    if (this.#claims(emitter)) return upstreamPort;
    if (peer === undefined) {
      if (!this.#claims(upstreamPort)) return upstreamPort;
      return this.#refuse({
        fn: upstreamPort,
        status: 'unsupportedRequest',
        reason: 'it lies in the window of the switch but in no window of its downstream ports',
      });
    }
    if (decision === 'redirect') {
      this.#decideRedirect(port, peer);
      return upstreamPort;
    }
    this._decision ??= { fn: emitter, register: 'ACS Control', reason: this.#directReason(port) };
    this.#deliver(peer);
    return undefined;
  }

  /** a conventional bus. */
  #crossBus(emitter: number, bridge: number): number | undefined {
    const { hostBridge } = functionAt(this._view, emitter);
    const neighbour = this.#claimant({ bridge, hostBridge }, emitter);
    if (neighbour !== undefined) {
      this._elements.push({ kind: 'bus', bridge });
      this.#deliver(neighbour);
      return undefined;
    }
    this._elements.push({ kind: 'up', port: bridge });
    if (!this.#claims(bridge)) return bridge;
    return this.#refuse({
      fn: bridge,
      status: 'unsupportedRequest',
      reason: 'it lies in the window of the bridge but nobody on the bus below answers',
    });
  }

  /** host bridges pass it to whichever root bus claims it, their own first. */
  #crossRootComplex(emitter: number): undefined {
    const { hostBridge } = functionAt(this._view, emitter);
    this._elements.push({ kind: 'rootComplex', hostBridge });
    if (this._isIova) {
      this._isIova = false;
      this._decision ??= {
        fn: undefined,
        register: 'IOMMU page tables',
        reason: 'the address is an IOVA: no window of a switch claims it, only the root complex can translate it',
      };
    }
    const others = this._view.hostBridges.map((_, index) => index).filter((index) => index !== hostBridge);
    for (const candidate of [hostBridge, ...others]) {
      const claimant = this.#claimant({ bridge: undefined, hostBridge: candidate });
      if (claimant === undefined) continue;
      if (
        claimant !== emitter &&
        this.#decisionAt(functionAt(this._view, emitter), functionAt(this._view, claimant)) === 'violation'
      )
        return this.#refuse({ fn: emitter, status: 'acsViolation', reason: FORBIDDEN });
      if (candidate !== hostBridge) this._elements.push({ kind: 'rootComplex', hostBridge: candidate });
      this.#decideAtRoot(emitter, claimant);
      this.#deliver(claimant);
      return undefined;
    }
    return this.#refuse({ fn: undefined, status: 'unsupportedRequest', reason: 'no root port claims it' });
  }

  /** Downwards from a function that has claimed the packet. */
  #deliver(claimant: number): void {
    for (let index = claimant; index !== this._target.fn;) {
      const fn = functionAt(this._view, index);
      this._elements.push(
        fn.kind === 'upstreamPort' ? { kind: 'switch', upstreamPort: index } : { kind: 'down', port: index },
      );
      const next = this.#claimant({ bridge: index, hostBridge: fn.hostBridge });
      if (next === undefined) {
        this.#refuse({ fn: index, status: 'unsupportedRequest', reason: 'nobody below this port claims it' });
        return;
      }
      index = next;
    }
  }

  #claims(bridge: number): boolean {
    return !this._isIova && bridgeClaims(this._view, bridge, this._target);
  }

  #claimant(
    bus: { readonly bridge: number | undefined; readonly hostBridge: number },
    except?: number,
  ): number | undefined {
    return this._isIova ? undefined : claimantOnBus(this._view, bus, this._target, except);
  }

  #isSet(fn: HostFunction, bit: keyof typeof ACS_BITS): boolean {
    return fn.acs !== undefined && (fn.acs.control & ACS_BITS[bit]) !== 0;
  }

  /** What ACS of the function a packet leaves does with it on its way to a peer: a port, or a function of its device. */
  #decisionAt(fn: HostFunction, peer: HostFunction | undefined): 'direct' | 'redirect' | 'violation' {
    if (this._target.by === 'id') {
      const redirects = this.#isSet(fn, 'p2pCompletionRedirect') && this._options.relaxed !== true;
      return redirects ? 'redirect' : 'direct';
    }
    if (this._options.translated === true && this.#isSet(fn, 'directTranslatedP2p')) return 'direct';
    const redirects = this.#isSet(fn, 'p2pRequestRedirect');
    const isPort = peer !== undefined && (peer.kind === 'downstreamPort' || peer.kind === 'rootPort');
    if (!this.#isSet(fn, 'p2pEgressControl') || !isPort) return redirects ? 'redirect' : 'direct';
    const isForbidden = (((fn.acs?.egressVector ?? 0) >>> deviceOf(peer.bdf)) & 1) !== 0;
    if (!isForbidden) return 'direct';
    return redirects ? 'redirect' : 'violation';
  }

  #decideRedirect(fn: HostFunction, peer: number): void {
    const bit = this._target.by === 'id' ? 'P2P Completion Redirect' : 'P2P Request Redirect';
    const where = isBridge(functionAt(this._view, peer)) ? 'a peer port' : 'a peer function';
    this._decision ??= {
      fn: fn.index,
      register: 'ACS Control',
      reason: `${bit} is set, so what is meant for ${where} goes to the root complex`,
    };
  }

  #directReason(port: HostFunction): string {
    if (port.acs === undefined) return 'the port has no ACS, so it passes on to its peer port directly';
    if (this._target.by === 'id') {
      return this.#isSet(port, 'p2pCompletionRedirect')
        ? 'completions with relaxed ordering are not redirected'
        : 'P2P Completion Redirect is clear, so it passes on to its peer port directly';
    }
    if (!this.#isSet(port, 'p2pRequestRedirect')) {
      return 'P2P Request Redirect is clear, so it passes on to its peer port directly';
    }
    return this._options.translated === true && this.#isSet(port, 'directTranslatedP2p')
      ? 'Direct Translated P2P is set, and the client has translated the address itself'
      : 'P2P Egress Control is set and allows this peer port';
  }

  #decideAtRoot(emitter: number, claimant: number): void {
    this._decision ??= {
      fn: claimant,
      register: isBridge(functionAt(this._view, claimant)) ? 'Memory Base and Limit' : 'BAR',
      reason:
        emitter === claimant
          ? 'it was sent up to the root port, whose own window it is in'
          : 'no port on the way up claims it; on the root bus this function does',
    };
  }

  #refuse(end: PathEnd): undefined {
    this._end = end;
    return undefined;
  }
}
