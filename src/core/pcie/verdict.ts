/*
 * The answer to "which path do the bytes take, and why": policy (what the kernel decides) beside
 * physics (where a TLP goes). Plain data: it crosses the worker border and is printed by the command.
 */
import type { NodeId } from './machineSpec.ts';

/** What the kernel decides for a pair (semantics reference, section 1). */
export type MapType = 'BUS_ADDR' | 'THRU_HOST_BRIDGE' | 'NOT_SUPPORTED';

/** One step of the reasoning, in the order the kernel takes it. */
export interface VerdictStep {
  /** Rule of the semantics reference, e.g. `D-5`. */
  readonly rule: string;
  /** The function looked at, if one was. */
  readonly node?: NodeId;
  /** `03:00.0`, or the vendor:device of a host bridge. */
  readonly where?: string;
  /** What was read: `ACS control 0x0015`, `no ACS`. */
  readonly evidence: string;
  /** What follows: `redirects requests`, `clear`, `common bridge`. */
  readonly outcome: string;
  /** True for the step that decided the verdict. */
  readonly deciding: boolean;
}

export interface Redirector {
  readonly node: NodeId;
  /** `0000:02:01.0` */
  readonly bdf: string;
  readonly acsControl: number;
  /** Configuration-space offset of the ACS Control register. */
  readonly registerOffset: number;
}

export interface HostBridgeBelief {
  readonly hostBridge: NodeId;
  /** First device on its root bus if D-17 accepts it: `0000:00:00.0 8086:29c0`. */
  readonly representative?: string;
  readonly whitelisted: boolean;
  /** The entry holds only for peers below the same host bridge. */
  readonly sameOnly: boolean;
}

/** Where the requests of the client really go (semantics reference ), one element a hop. */
export interface RouteHop {
  readonly node: NodeId;
  /** `up` and `down`: the link of that port, towards or away from the root. `inside`: a switch or root complex. */
  readonly direction: 'up' | 'down' | 'inside';
  /** Path notation of the semantics reference: `02:01.0↑`, `X(01:00.0)`, `RC(pcie0)`. */
  readonly text: string;
}

export type RouteClass = 'internal' | 'belowSwitch' | 'rootComplex' | 'betweenRootComplexes';

/** Where a packet was refused instead of arriving. */
export interface RouteEnd {
  readonly node: NodeId;
  readonly status: 'unsupportedRequest' | 'acsViolation';
  readonly reason: string;
}

export interface PeerRoute {
  /** Farthest place the client's requests go through. */
  readonly routeClass: RouteClass;
  /** The same of the data that comes back when the client reads: one-sided ACS makes them differ. */
  readonly readDataRouteClass?: RouteClass;
  /**
   * What the client puts on the wire as address: decides whether a switch can recognise it. `translated`: it is given an
   * IOVA and has translated it itself (ATS).
   */
  readonly addressForm?: 'bus' | 'physical' | 'iova' | 'translated';
  readonly write: readonly RouteHop[];
  /** Path of the completions when the client reads the provider; empty if the read request never arrives. */
  readonly readData: readonly RouteHop[];
  /** Set when the packet does not arrive. */
  readonly writeEnd?: RouteEnd;
  readonly readDataEnd?: RouteEnd;
  /** The port whose register sent the request where it went, with that register. */
  readonly deciding?: { readonly node: NodeId; readonly register: string; readonly reason: string };
}

/** The second layer: IOMMU groups (semantics reference, section 4). */
export interface IsolationAnswer {
  /** Groups exist only where an IOMMU driver is active. */
  readonly active: boolean;
  /** Members of the group, by function; empty where there are none. */
  readonly providerGroup: readonly NodeId[];
  readonly clientGroup: readonly NodeId[];
  readonly sameGroup: boolean;
  /** Known inaccuracies of the kernel's grouping that concern this pair (G-6, G-7). */
  readonly inaccuracies: readonly { readonly rule: 'G-6' | 'G-7'; readonly sentence: string }[];
  readonly sentence: string;
}

/** The third layer: what becomes of a request in this hardware, whatever the kernel believes. */
export interface PhysicsAnswer {
  readonly outcome:
    | 'arrives'
    | 'arrivesCorrupt'
    | 'dropped'
    | 'unsupportedRequest'
    | 'completerAbort'
    | 'timeout'
    | 'iommuFault';
  /** Where it ends if it does not arrive. */
  readonly at: NodeId | undefined;
  readonly sentence: string;
}

/** Where two of the layers contradict each other: this is what bites users. */
export interface LayerDisagreement {
  /** Stable, UPPER_SNAKE, e.g. `POLICY_YES_DATA_CORRUPT`, `POLICY_HOST_BRIDGE_SWITCH_SHORTCUTS`. */
  readonly code: string;
  readonly between: readonly ['policy' | 'isolation' | 'physics', 'policy' | 'isolation' | 'physics'];
  readonly severity: 'error' | 'warning' | 'note';
  readonly sentence: string;
}

/** The whole verdict for one ordered pair (semantics reference D-22). */
export interface PeerVerdict {
  readonly provider: NodeId;
  readonly client: NodeId;
  readonly providerBdf: string;
  readonly clientBdf: string;
  readonly mapType: MapType;
  /** D-2 / D-3. */
  readonly chainDistance: number;
  /** D-11: −1 when not supported. */
  readonly returned: number;
  readonly providerChain: readonly NodeId[];
  readonly clientChain: readonly NodeId[];
  readonly commonBridge?: NodeId;
  readonly redirectors: readonly Redirector[];
  readonly hostBridges: readonly HostBridgeBelief[];
  readonly cpuRulePasses: boolean;
  /** What topology matrices of other tools print (semantics reference, section 6). */
  readonly label: 'same device' | 'PIX' | 'PXB' | 'PHB' | 'NODE' | 'SYS';
  readonly steps: readonly VerdictStep[];
  readonly route: PeerRoute;
  /** One plain sentence with the names and values. */
  readonly sentence: string;
  /** Kernel parameter that would clear the redirect, if one would. */
  readonly kernelParameter?: string;
  readonly isolation?: IsolationAnswer;
  /** The client writes into the provider, and reads from it. */
  readonly physics?: { readonly write: PhysicsAnswer; readonly read: PhysicsAnswer };
  readonly disagreements?: readonly LayerDisagreement[];
  /** Map type stored by an earlier query, where it differs: mappings still use it (semantics reference D-10). */
  readonly staleMapType?: MapType;
}
