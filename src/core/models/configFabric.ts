/*
 * Configuration requests without time: from (segment, bus, device, function) to a configuration space by
 * walking the bridges' own bus-number registers, as type 1 requests do.
 *
 *   host bridge, root bus 00
 *   └── 00:01.0 secondary 01 … subordinate 03      bus 03: 01 < 03 ≤ 03, stays type 1
 *       └── 01:00.0 secondary 02 … subordinate 03  bus 03: 02 < 03 ≤ 03, stays type 1
 *           └── 02:00.0 secondary 03               bus 03 = secondary: becomes type 0, device 0 answers
 */
import { invariant } from '../../base/invariant.ts';
import type { Bdf } from '../../base/units.ts';
import { findCapability } from '../config/capability.ts';
import type { ConfigSpace } from '../config/configSpace.ts';
import { bridgeBuses, readField } from '../config/decode.ts';
import { DEVICE_CONTROL_2, EXPRESS, LINK_CONTROL_DOWNSTREAM, ROOT_CONTROL } from '../config/expressCapability.ts';
import { pokeLinkStatus } from '../config/expressInstance.ts';
import {
  SRIOV,
  SRIOV_CONTROL,
  SRIOV_FIRST_VF_OFFSET,
  SRIOV_NUM_VFS,
  SRIOV_VF_STRIDE,
} from '../config/extendedCapabilities.ts';
import type { LinkState } from '../config/places.ts';
import { LINK_DOWN, hasLinkBelow, isBridgeKind, placesOf } from '../config/places.ts';
import { onSecondaryBusReset } from '../config/sideEffects.ts';
import { busOf } from '../pcie/bdf.ts';
import type { HostRoutine } from '../pcie/hostRoutine.ts';
import type { FunctionSpec, HostBridgeSpec, MachineSpec, NodeId } from '../pcie/machineSpec.ts';

const VENDOR_ID_OFFSET = 0;
/** What a root port with retry visibility makes of a vendor ID that is not there yet. */
const RETRY_VENDOR_ID = 0x0001;

interface FabricNode {
  readonly spec: FunctionSpec;
  readonly config: ConfigSpace;
  readonly segment: number;
  readonly isBridge: boolean;
  /** Root port above, or the node itself; undefined for what is not below a root port. */
  readonly rootPort: FabricNode | undefined;
  /** On the secondary bus, without virtual functions. */
  readonly children: FabricNode[];
  readonly virtualFunctions: FabricNode[];
  /** The link below this port as trained; undefined without one. */
  link: LinkState | undefined;
  inReset: boolean;
  /** Link Disable as it was last seen. */
  linkDisabled: boolean;
  /** Configuration reads it will still answer with "retry" (C-4). */
  retries: number;
  /** Bus and device number captured from the last type 0 write. */
  captured: Bdf | undefined;
  /** Offset of the PCI Express capability. */
  readonly express: number | undefined;
}

/** Where a request ended. */
export interface ConfigTarget {
  readonly node: NodeId;
  readonly config: ConfigSpace;
}

/** Somebody who writes down what software asks before time 0. `node` is undefined where nobody answers. */
export interface ConfigObserver {
  onRoutine(routine: HostRoutine | undefined): void;
  onRead(node: NodeId | undefined, segment: number, bdf: Bdf, offset: number, bytes: number, value: number): void;
  onWrite(node: NodeId | undefined, segment: number, bdf: Bdf, offset: number, bytes: number, value: number): void;
}

export class ConfigFabric {
  private readonly _nodes = new Map<NodeId, FabricNode>();
  /** The function that answered last: software asks the same one many times in a row. */
  private _lastNode: FabricNode | undefined;
  private _lastSegment = -1;
  private _lastBdf = -1;
  private _observer: ConfigObserver | undefined;
  private readonly _roots: { readonly bridge: HostBridgeSpec; readonly children: FabricNode[] }[];

  /** @param configs one for each function of `machine`. */
  constructor(machine: MachineSpec, configs: ReadonlyMap<NodeId, ConfigSpace>) {
    this._roots = machine.hostBridges.map((bridge) => ({ bridge, children: [] }));
    const places = placesOf(machine);
    for (const spec of parentsFirst(machine)) this.#add(spec, configs, places.get(spec.id)?.link);
    for (const node of this._nodes.values()) this.#connect(node);
  }

  /** What routing depends on has changed. */
  #forgetRoute(): void {
    this._lastBdf = -1;
  }

  /** The function that answers, or undefined where the request ends as unsupported (C-2, C-3). */
  target(segment: number, bdf: Bdf): ConfigTarget | undefined {
    const node = this.#route(segment, bdf);
    return node === undefined ? undefined : { node: node.spec.id, config: node.config };
  }

  /** Identity of the function that answers at a routing ID now. */
  nodeAt(segment: number, bdf: Bdf): NodeId | undefined {
    return this.#route(segment, bdf)?.spec.id;
  }

  /** The root port above shows retries of vendor IDs to software instead of repeating them (C-4). */
  showsRetry(segment: number, bdf: Bdf): boolean {
    return retryIsVisible(this.#route(segment, bdf)?.rootPort);
  }

  /** From now on tells somebody of every request. */
  observe(observer: ConfigObserver): void {
    this._observer = observer;
  }

  /** Software says what its next requests are for. */
  routine(routine: HostRoutine | undefined): void {
    this._observer?.onRoutine(routine);
  }

  /** What a CPU sees: all ones where nothing answers (C-3); 0001 for a vendor ID that is not ready (C-4). */
  read(segment: number, bdf: Bdf, offset: number, bytes: number): number {
    const value = this.#answer(segment, bdf, offset, bytes);
    if (this._observer === undefined) return value;
    this._observer.onRead(this.nodeAt(segment, bdf), segment, bdf, offset, bytes, value);
    return value;
  }

  #answer(segment: number, bdf: Bdf, offset: number, bytes: number): number {
    const node = this.#route(segment, bdf);
    if (node === undefined) return 2 ** (8 * bytes) - 1;
    if (node.retries > 0) {
      const visible = offset === VENDOR_ID_OFFSET && bytes >= 2 && retryIsVisible(node.rootPort);
      if (visible) {
        node.retries--;
        return bytes === 2 ? RETRY_VENDOR_ID : 0xffff0000 + RETRY_VENDOR_ID;
      }
      // The root complex repeats the request by itself until it is answered.
      node.retries = 0;
    }
    return node.config.read(offset, bytes);
  }

  /** A write; it vanishes where nothing answers. */
  write(segment: number, bdf: Bdf, offset: number, bytes: number, value: number): void {
    const node = this.#route(segment, bdf);
    this.#put(node, bdf, offset, bytes, value);
    this._observer?.onWrite(node?.spec.id, segment, bdf, offset, bytes, value);
  }

  #put(node: FabricNode | undefined, bdf: Bdf, offset: number, bytes: number, value: number): void {
    if (node === undefined) return;
    if (node.captured !== bdf) {
      node.captured = bdf;
      this.#forgetRoute();
    }
    node.config.write(offset, bytes, value);
  }

  /** Routing ID a function uses as requester: captured from the last configuration write to it. */
  routingIdOf(node: NodeId): Bdf | undefined {
    return this.#node(node).captured;
  }

  /** Segment of the host bridge above a function. */
  segmentOf(node: NodeId): number {
    return this.#node(node).segment;
  }

  /** The link below a port as it is now: down while disabled, in reset, or empty. */
  linkBelow(node: NodeId): LinkState {
    return linkBelow(this.#node(node));
  }

  /** The link below a port trains to `link`, or fails. Both ends' Link Status follow. */
  setLinkBelow(node: NodeId, link: LinkState): void {
    const port = this.#node(node);
    port.link = link;
    this.#reportLink(port);
  }

  /** The next `reads` configuration reads of a function are answered with "retry" (C-4). */
  setNotReady(node: NodeId, reads: number): void {
    this.#node(node).retries = reads;
  }

  /** Hot reset of everything below a port or bridge. */
  resetBelow(node: NodeId): void {
    for (const child of this.#node(node).children) resetTree(child);
  }

  #node(id: NodeId): FabricNode {
    const node = this._nodes.get(id);
    invariant(node !== undefined, () => `no function ${id}`);
    return node;
  }

  #add(spec: FunctionSpec, configs: ReadonlyMap<NodeId, ConfigSpace>, link: LinkState | undefined): void {
    const config = configs.get(spec.id);
    invariant(config !== undefined, () => `no configuration space for ${spec.id}`);
    const parent = this._nodes.get(spec.parent);
    const root = this._roots.find((candidate) => candidate.bridge.id === spec.parent);
    invariant(parent !== undefined || root !== undefined, () => `${spec.id}: parent ${spec.parent} does not exist`);
    const node: FabricNode = {
      spec,
      config,
      segment: parent?.segment ?? root?.bridge.segment ?? 0,
      isBridge: isBridgeKind(spec.kind),
      rootPort: spec.kind === 'rootPort' ? undefined : (parent?.rootPort ?? rootPortOrNone(parent)),
      children: [],
      virtualFunctions: [],
      link: hasLinkBelow(spec.kind) ? link : undefined,
      inReset: false,
      linkDisabled: false,
      retries: 0,
      captured: undefined,
      express: findCapability(config, EXPRESS),
    };
    this._nodes.set(spec.id, node);
    const physical = spec.virtualFunctionOf === undefined ? undefined : this._nodes.get(spec.virtualFunctionOf);
    if (physical !== undefined) physical.virtualFunctions.push(node);
    else (parent?.children ?? root?.children)?.push(node);
  }

  /** Reset and link control of a bridge act on what is below it. */
  #connect(node: FabricNode): void {
    if (node.isBridge || node.virtualFunctions.length > 0) {
      node.config.onWrite(() => this.#forgetRoute());
      node.config.onReset(() => this.#forgetRoute());
    }
    if (!node.isBridge) return;
    node.config.onReset(() => {
      node.inReset = false;
    });
    onSecondaryBusReset(node.config, (asserted) => {
      node.inReset = asserted;
      if (asserted) for (const child of node.children) resetTree(child);
      if (hasLinkBelow(node.spec.kind)) this.#reportLink(node);
    });
    if (!hasLinkBelow(node.spec.kind) || node.express === undefined) return;
    node.linkDisabled = isLinkDisabled(node);
    node.config.onReset(() => {
      node.linkDisabled = isLinkDisabled(node);
    });
    node.config.onRegisterWrite(LINK_CONTROL_DOWNSTREAM, node.express, () => {
      if (isLinkDisabled(node) === node.linkDisabled) return;
      node.linkDisabled = !node.linkDisabled;
      if (node.linkDisabled) for (const child of node.children) resetTree(child);
      this.#reportLink(node);
    });
  }

  #reportLink(port: FabricNode): void {
    this.#forgetRoute();
    const link = linkBelow(port);
    pokeLinkStatus(port.config, link, true);
    for (const child of port.children) pokeLinkStatus(child.config, link, false);
  }

  #route(segment: number, bdf: Bdf): FabricNode | undefined {
    if (bdf === this._lastBdf && segment === this._lastSegment) return this._lastNode;
    const node = this.#walk(segment, bdf);
    this._lastNode = node;
    this._lastSegment = segment;
    this._lastBdf = bdf;
    return node;
  }

  #walk(segment: number, bdf: Bdf): FabricNode | undefined {
    const bus = busOf(bdf);
    for (const { bridge, children } of this._roots) {
      if (bridge.segment !== segment || bus < bridge.rootBus || bus > bridge.lastBus) continue;
      return bus === bridge.rootBus ? onBus(children, bdf) : this.#descend(children, bus, bdf);
    }
    return undefined;
  }

  /** A type 1 request on a bus: the bridge whose secondary…subordinate contains the number takes it. */
  #descend(functions: readonly FabricNode[], bus: number, bdf: Bdf): FabricNode | undefined {
    for (const bridge of functions) {
      if (!bridge.isBridge) continue;
      const { secondary, subordinate } = bridgeBuses(bridge.config);
      if (bus < secondary || bus > subordinate) continue;
      if (bridge.inReset || (hasLinkBelow(bridge.spec.kind) && !linkBelow(bridge).up)) return undefined;
      if (bus > secondary) return this.#descend(bridge.children, bus, bdf);
      return isReachableDevice(bridge, bdf) ? onBus(bridge.children, bdf) : undefined;
    }
    return virtualOnBus(functions, bdf);
  }
}

/** Parents before children, physical functions before virtual ones; else the order of the document. */
function parentsFirst(machine: MachineSpec): readonly FunctionSpec[] {
  const byId = new Map(machine.functions.map((spec) => [spec.id, spec]));
  const done = new Set<NodeId>();
  const ordered: FunctionSpec[] = [];
  const visit = (spec: FunctionSpec, depth: number): void => {
    if (done.has(spec.id)) return;
    invariant(depth < machine.functions.length + 1, () => `${spec.id} is its own ancestor`);
    for (const before of [spec.parent, spec.virtualFunctionOf]) {
      const other = before === undefined ? undefined : byId.get(before);
      if (other !== undefined) visit(other, depth + 1);
    }
    if (done.has(spec.id)) return;
    done.add(spec.id);
    ordered.push(spec);
  };
  for (const spec of machine.functions) visit(spec, 0);
  return ordered;
}

function rootPortOrNone(parent: FabricNode | undefined): FabricNode | undefined {
  return parent?.spec.kind === 'rootPort' ? parent : undefined;
}

function retryIsVisible(rootPort: FabricNode | undefined): boolean {
  if (rootPort?.express === undefined) return false;
  return readField(rootPort.config, ROOT_CONTROL, rootPort.express, 'retryVisibility') === 1;
}

function linkBelow(port: FabricNode): LinkState {
  return port.link === undefined || port.inReset || isLinkDisabled(port) ? LINK_DOWN : port.link;
}

function isLinkDisabled(port: FabricNode): boolean {
  return (
    port.express !== undefined && readField(port.config, LINK_CONTROL_DOWNSTREAM, port.express, 'linkDisable') === 1
  );
}

/** Below a port only device 0 answers, unless ARI forwarding lets one device have 256 functions (C-3). */
function isReachableDevice(bridge: FabricNode, bdf: Bdf): boolean {
  if (!hasLinkBelow(bridge.spec.kind) || bdf % 256 < 8) return true;
  return (
    bridge.express !== undefined &&
    readField(bridge.config, DEVICE_CONTROL_2, bridge.express, 'ariForwardingEnable') === 1
  );
}

function onBus(functions: readonly FabricNode[], bdf: Bdf): FabricNode | undefined {
  const number = bdf % 256;
  return functions.find((node) => ((node.spec.device << 3) | node.spec.fn) === number) ?? virtualOnBus(functions, bdf);
}

/** Virtual functions lie at First VF Offset + n · VF Stride from their physical function, also on the next bus. */
function virtualOnBus(functions: readonly FabricNode[], bdf: Bdf): FabricNode | undefined {
  for (const physical of functions) {
    if (physical.virtualFunctions.length === 0 || physical.captured === undefined) continue;
    const sriov = findCapability(physical.config, SRIOV);
    if (sriov === undefined || readField(physical.config, SRIOV_CONTROL, sriov, 'vfEnable') === 0) continue;
    const offset = readField(physical.config, SRIOV_FIRST_VF_OFFSET, sriov, 'offset');
    const stride = readField(physical.config, SRIOV_VF_STRIDE, sriov, 'stride');
    const count = readField(physical.config, SRIOV_NUM_VFS, sriov, 'count');
    const index = (bdf - physical.captured - offset) / Math.max(stride, 1);
    if (Number.isInteger(index) && index >= 0 && index < count) return physical.virtualFunctions[index];
  }
  return undefined;
}

function resetTree(node: FabricNode): void {
  for (const virtual of node.virtualFunctions) virtual.config.reset('hot');
  node.captured = undefined;
  node.config.reset('hot');
  for (const child of node.children) resetTree(child);
}
