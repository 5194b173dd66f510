/*
 * From a flat list of functions to what is drawn: devices (one card for all functions of a package), switches,
 * bridges, empty ports, and stacks of functions nobody asks for.
 *
 *   RootGroup pcie0
 *   ├── Outlet port rp0 ─ switch sw0 ┬ Outlet port sw0-p0 ─ device [iopmem0]
 *   │                                └ Outlet port sw0-p3 ─ empty
 *   ├── Outlet (no port) ─ device [integrated NVMe]
 *   ├── engines [dma0]
 *   └── quiet [LPC, SMBus, …]
 */
import type { FunctionKind, FunctionSpec, HostBridgeSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { isQuiet } from './deviceClasses.ts';

export type Branch =
  | { readonly kind: 'device'; readonly functions: readonly FunctionSpec[]; readonly quiet: boolean }
  | {
      readonly kind: 'plate';
      readonly of: 'switch' | 'bridge';
      readonly owner: FunctionSpec;
      readonly outlets: readonly Outlet[];
      /** Other functions of the same package, and furniture on its inner bus. */
      readonly extra: readonly FunctionSpec[];
    }
  /** Nothing is connected. */
  | { readonly kind: 'empty'; readonly hasSlot: boolean };

/** One way down from a host, switch or bridge. Without a port the branch hangs on the owner's bus itself. */
export interface Outlet {
  readonly port: FunctionSpec | undefined;
  readonly branch: Branch;
}

export interface RootGroup {
  readonly bridge: HostBridgeSpec;
  /** The function 00.0 that stands for the host bridge; it has no drawing of its own. */
  readonly self: readonly FunctionSpec[];
  readonly outlets: readonly Outlet[];
  readonly engines: readonly FunctionSpec[];
  readonly quiet: readonly FunctionSpec[];
}

const PORT_KINDS: readonly FunctionKind[] = ['rootPort', 'downstreamPort'];
const BRIDGE_KINDS: readonly FunctionKind[] = ['pcieToPciBridge', 'pciBridge', 'pciToPcieBridge'];

class Grouper {
  readonly #children = new Map<NodeId, FunctionSpec[]>();
  readonly #named: ReadonlySet<NodeId>;

  readonly #collapsed: ReadonlySet<NodeId>;

  constructor(document: TopologyDocument, collapsed: ReadonlySet<NodeId>) {
    this.#collapsed = collapsed;
    // The ends of the transfer always get a card.
    this.#named = new Set([document.transfer.from, document.transfer.to]);
    for (const fn of document.functions) {
      const list = this.#children.get(fn.parent);
      if (list === undefined) this.#children.set(fn.parent, [fn]);
      else list.push(fn);
    }
    for (const list of this.#children.values()) list.sort((a, b) => a.device - b.device || a.fn - b.fn);
  }

  root(bridge: HostBridgeSpec): RootGroup {
    const all = this.#childrenOf(bridge.id);
    const self = all.filter((fn) => fn.kind === 'hostBridge');
    const engines = all.filter((fn) => fn.model?.type === 'dma' && fn.kind !== 'hostBridge');
    const rest = all.filter((fn) => !self.includes(fn) && !engines.includes(fn));
    const quiet = rest.filter((fn) => this.#isQuiet(fn, true));
    return { bridge, self, engines, quiet, outlets: this.#outlets(rest.filter((fn) => !quiet.includes(fn))) };
  }

  #childrenOf(node: NodeId): readonly FunctionSpec[] {
    return this.#children.get(node) ?? [];
  }

  #isQuiet(fn: FunctionSpec, onRootBus: boolean): boolean {
    if (fn.kind === 'rcEventCollector') return true;
    const isBus = PORT_KINDS.includes(fn.kind) || BRIDGE_KINDS.includes(fn.kind) || fn.kind === 'upstreamPort';
    return !isBus && !this.#named.has(fn.id) && isQuiet(fn, onRootBus);
  }

  /** What hangs on a bus: ports with what is below them, bridges, and devices by device number. */
  #outlets(functions: readonly FunctionSpec[]): readonly Outlet[] {
    const outlets: Outlet[] = [];
    const packages = new Map<number, FunctionSpec[]>();
    for (const fn of functions) {
      if (PORT_KINDS.includes(fn.kind)) outlets.push({ port: fn, branch: this.#below(fn) });
      else if (BRIDGE_KINDS.includes(fn.kind)) outlets.push({ port: undefined, branch: this.#bridge(fn, []) });
      else if (fn.kind === 'upstreamPort') outlets.push({ port: undefined, branch: this.#switch(fn, []) });
      else {
        const members = packages.get(fn.device);
        if (members === undefined) {
          const made = [fn];
          packages.set(fn.device, made);
          outlets.push({ port: undefined, branch: { kind: 'device', functions: made, quiet: false } });
        } else members.push(fn);
      }
    }
    return outlets;
  }

  /** What is connected to a port's link. All endpoints there are one package, virtual functions included. */
  #below(port: FunctionSpec): Branch {
    const below = this.#childrenOf(port.id);
    if (below.length === 0) return { kind: 'empty', hasSlot: port.slot !== undefined };
    const upstream = below.find((fn) => fn.kind === 'upstreamPort');
    if (upstream !== undefined)
      return this.#switch(
        upstream,
        below.filter((fn) => fn !== upstream),
      );
    const bridge = below.find((fn) => BRIDGE_KINDS.includes(fn.kind));
    if (bridge !== undefined)
      return this.#bridge(
        bridge,
        below.filter((fn) => fn !== bridge),
      );
    return { kind: 'device', functions: below, quiet: below.every((fn) => this.#isQuiet(fn, false)) };
  }

  /** A plate as one card that stands for all below it. */
  #folded(owner: FunctionSpec, beside: readonly FunctionSpec[]): Branch {
    const functions = [owner, ...beside].flatMap((fn) => this.#family(fn));
    return { kind: 'device', functions, quiet: false };
  }

  #switch(owner: FunctionSpec, beside: readonly FunctionSpec[]): Branch {
    if (this.#collapsed.has(owner.id)) return this.#folded(owner, beside);
    const inner = this.#childrenOf(owner.id);
    const quiet = inner.filter((fn) => this.#isQuiet(fn, false));
    const extra = [...beside.flatMap((fn) => this.#family(fn)), ...quiet];
    return {
      kind: 'plate',
      of: 'switch',
      owner,
      outlets: this.#outlets(inner.filter((fn) => !quiet.includes(fn))),
      extra,
    };
  }

  #bridge(owner: FunctionSpec, beside: readonly FunctionSpec[]): Branch {
    if (this.#collapsed.has(owner.id)) return this.#folded(owner, beside);
    const extra = beside.flatMap((fn) => this.#family(fn));
    const outlets =
      owner.kind === 'pciToPcieBridge'
        ? [{ port: owner, branch: this.#below(owner) }]
        : this.#outlets(this.#childrenOf(owner.id));
    return { kind: 'plate', of: 'bridge', owner, outlets, extra };
  }

  /** A function and everything below it, for what is only counted. */
  #family(fn: FunctionSpec): readonly FunctionSpec[] {
    return [fn, ...this.#childrenOf(fn.id).flatMap((child) => this.#family(child))];
  }
}

const NONE: ReadonlySet<NodeId> = new Set();

/**
 * Groups of every host bridge, in document order. Every function of the document is in exactly one place.
 * @param collapsed switches and bridges that become one device with all below them.
 */
export function groupMachine(document: TopologyDocument, collapsed: ReadonlySet<NodeId> = NONE): readonly RootGroup[] {
  const grouper = new Grouper(document, collapsed);
  return document.hostBridges.map((bridge) => grouper.root(bridge));
}

/** Every function drawn by a branch, the owner of a plate first. */
export function functionsOf(outlet: Outlet): readonly FunctionSpec[] {
  const port = outlet.port === undefined ? [] : [outlet.port];
  const { branch } = outlet;
  switch (branch.kind) {
    case 'device':
      return [...port, ...branch.functions];
    case 'plate':
      return [...new Set([...port, branch.owner, ...branch.extra, ...branch.outlets.flatMap(functionsOf)])];
    case 'empty':
      return port;
    default:
      return [];
  }
}
