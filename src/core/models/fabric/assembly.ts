/*
 * From the tree of functions to endpoints, switches and links.
 *
 *   root complex ── link 0 ── [switch sw0] ── link 1 ── [endpoint iopmem0]
 *               │                         └── link 2 ── [endpoint nic0]
 *               └── internal ── [endpoint dma0]
 *
 * What hangs from one link (or one conventional bus) is one node: an endpoint if it has no bridges, otherwise a switch.
 * Links of ports come first in the numbering, in the order of the document; ways inside devices and conventional buses
 * follow and are not traced.
 */
import { invariant } from '../../../base/invariant.ts';
import { bdf } from '../../pcie/bdf.ts';
import { hasLinkBelow, isBridgeKind, type LinkState } from '../../config/places.ts';
import type { LinkGen, LinkWidth } from '../../pcie/link.ts';
import type { FunctionSpec, HostBridgeSpec, MachineSpec, NodeId } from '../../pcie/machineSpec.ts';
import { Endpoint, type EndpointFunction } from './endpoint.ts';
import type { Fabric } from './fabric.ts';
import { LinkControl } from './linkControl.ts';
import {
  direction,
  type End,
  type InsideBuffers,
  insideDirection,
  lowest,
  supported,
  switchEnd,
  takesOverRequesters,
} from './linkEnds.ts';
import { DEFAULT_LINK_METRES, linkTiming, type LinkTiming } from './linkTiming.ts';
import type { RegisterWatch } from './registerWatch.ts';
import { type BridgeRegisters, FunctionRegisters } from './registers.ts';
import { HostBridge } from './hostBridge.ts';
import type { RootComplex } from './rootComplex.ts';
import { Switch, UP_PORT } from './switch.ts';
import type { TransmitterOptions } from './fabricParts.ts';
import type { Transmitter } from './transmitter.ts';

/** Pin to pin, by generation of the switch (performance reference, section 6; Gen1 as Gen2). */
const SWITCH_LATENCY_PS: Readonly<Record<LinkGen, number>> = {
  1: 140_000,
  2: 140_000,
  3: 150_000,
  4: 105_000,
  5: 115_000,
  6: 115_000,
};
/** Ways inside a root complex or device: 64 GB/s, no overhead, buffers for a few hundred TLPs. */
const INTERNAL_PS_PER_BYTE = 15.625;
const INTERNAL_CREDITS = { header: 256, data: 2048 };
/** Conventional PCI, 32 bits at 33 MHz. */
const CONVENTIONAL_PS_PER_BYTE = 1e12 / 133e6;
const CONVENTIONAL_CREDITS = { header: 16, data: 64 };
const CONVENTIONAL_BRIDGE_LATENCY_PS = 200_000;
/** A processor's loads and stores are at most one cache line. */
const CPU_PAYLOAD_BYTES = 64;

/** A link as built, for timing updates and checks. */
export interface BuiltLink {
  readonly port: FunctionSpec;
  readonly lower: FunctionSpec | undefined;
  readonly state: LinkState;
  readonly gen: LinkGen;
  readonly width: LinkWidth;
  readonly lengthMetres: number;
  readonly transmitters: readonly [Transmitter, Transmitter];
  /** What it has negotiated now, and how it is broken and mended. */
  readonly control: LinkControl;
}

export interface AssemblyParts {
  readonly machine: MachineSpec;
  readonly fabric: Fabric;
  readonly watch: RegisterWatch;
  readonly root: RootComplex;
  /** Negotiated state of the link below each port. */
  readonly linkOf: (port: NodeId) => LinkState;
  /** Position of each function in the document. */
  readonly indexOf: ReadonlyMap<NodeId, number>;
  readonly functionCounters: Float64Array;
}

/**
 * @simplifies Ways inside a root complex or a device carry 64 GB/s without overhead. A conventional bus is a full-duplex
 * link of 133 MB/s without arbitration between its devices. Expansion ROMs and I/O space answer nothing.
 */
export class Assembly {
  /** By link number. */
  readonly links: BuiltLink[] = [];
  readonly switches: Switch[] = [];
  readonly endpoints: Endpoint[] = [];
  /** Endpoint of every function that has one. */
  readonly endpointOf = new Map<NodeId, Endpoint>();
  /** The CPU's way out, by host bridge. */
  readonly processors = new Map<NodeId, Endpoint>();
  private readonly _parts: AssemblyParts;
  private readonly _linkNumber: ReadonlyMap<NodeId, number>;
  private _nextInternal: number;

  constructor(parts: AssemblyParts) {
    this._parts = parts;
    const ports = parts.machine.functions.filter((spec) => hasLinkBelow(spec.kind));
    this._linkNumber = new Map(ports.map((spec, index) => [spec.id, index]));
    this._nextInternal = 2 * ports.length;
    for (const bridge of parts.machine.hostBridges) this.#buildRootBus(new HostBridge(bridge));
    parts.root.seal();
  }

  /** Number of the link below a port. */
  linkNumber(port: NodeId): number | undefined {
    return this._linkNumber.get(port);
  }

  /** Registers have changed: address maps and timers follow. */
  refresh(): void {
    for (const endpoint of this.endpoints) endpoint.refresh();
    for (const node of this.switches) node.refresh();
    this._parts.root.refresh();
    for (const transmitter of this._parts.fabric.transmitters) transmitter.route.forget();
    for (const link of this.links) link.control.retime();
  }

  #childrenOf(parent: NodeId): readonly FunctionSpec[] {
    return this._parts.machine.functions.filter((spec) => spec.parent === parent);
  }

  #buildRootBus(hostBridge: HostBridge): void {
    const { root, watch } = this._parts;
    const { spec } = hostBridge;
    this.#buildProcessor(hostBridge, spec);
    const devices = new Map<number, FunctionSpec[]>();
    for (const child of this.#childrenOf(spec.id)) {
      if (!isBridgeKind(child.kind)) {
        devices.set(child.device, [...(devices.get(child.device) ?? []), child]);
        continue;
      }
      const port = root.nextPort;
      const upper: End = { receiver: root, port, kind: 'rootPort', credits: child.credits, mpsBytes: supported(child) };
      const egress = this.#buildBelow(child, upper);
      const registers = watch.bridgeRegisters(child.id);
      const takesOver = takesOverRequesters(child);
      root.addPort({ kind: 'root', functionIndex: this.#indexOf(child), registers, egress, hostBridge, takesOver });
    }
    for (const functions of devices.values()) {
      const endpoint = this.#endpoint(functions);
      const upper: End = { receiver: root, port: root.nextPort, kind: 'internal', credits: undefined, mpsBytes: 0 };
      const [egress, uplink] = this.#internalLink(
        upper,
        this.#endpointEnd(endpoint, functions),
        INTERNAL_PS_PER_BYTE,
        INTERNAL_CREDITS,
      );
      endpoint.connect(uplink);
      root.addPort({ kind: 'internal', isProcessor: false, endpoint, egress, hostBridge });
    }
  }

  /** The processors of a host bridge send as its function 00.0. */
  #buildProcessor(hostBridge: HostBridge, spec: HostBridgeSpec): void {
    const { root, machine, fabric } = this._parts;
    const registers = new FunctionRegisters({
      requesterId: bdf(spec.rootBus, 0, 0),
      segment: spec.segment,
      mpsBytes: CPU_PAYLOAD_BYTES,
      mrrsBytes: CPU_PAYLOAD_BYTES,
      mayRequest: true,
      memoryEnable: false,
    });
    const functionIndex = machine.functions.length + machine.hostBridges.indexOf(spec);
    const endpoint = new Endpoint(fabric, [{ functionIndex, registers }]);
    const upper: End = { receiver: root, port: root.nextPort, kind: 'internal', credits: undefined, mpsBytes: 0 };
    const lower: End = { receiver: endpoint, port: 0, kind: 'internal', credits: undefined, mpsBytes: 0 };
    const [egress, uplink] = this.#internalLink(upper, lower, INTERNAL_PS_PER_BYTE, INTERNAL_CREDITS);
    endpoint.connect(uplink);
    root.addPort({ kind: 'internal', isProcessor: true, endpoint, egress, hostBridge });
    this.endpoints.push(endpoint);
    this.processors.set(spec.id, endpoint);
  }

  /** Everything below a bridge that has a link or a conventional bus. @returns the transmitter towards it. */
  #buildBelow(port: FunctionSpec, upper: End): Transmitter {
    const functions = this.#childrenOf(port.id);
    const bridges = functions.filter((spec) => isBridgeKind(spec.kind));
    if (bridges.length > 0) return this.#buildSwitch(port, upper, functions, bridges);
    const endpoint = this.#endpoint(functions);
    const [egress, uplink] = this.#link(port, upper, this.#endpointEnd(endpoint, functions), lowest(functions));
    endpoint.connect(uplink);
    return egress;
  }

  #buildSwitch(
    port: FunctionSpec,
    upper: End,
    functions: readonly FunctionSpec[],
    bridges: readonly FunctionSpec[],
  ): Transmitter {
    const first = lowest(bridges) ?? port;
    const isConventional = first.kind !== 'upstreamPort';
    const node = new Switch(this._parts.fabric, {
      functionCounters: this._parts.functionCounters,
      latency_ps:
        first.switch?.latency_ps ??
        (isConventional ? CONVENTIONAL_BRIDGE_LATENCY_PS : SWITCH_LATENCY_PS[first.link?.maxGen ?? 1]),
      forwarding: first.switch?.forwarding ?? (isConventional ? 'storeAndForward' : 'cutThrough'),
      arbitration: first.switch?.arbitration ?? 'roundRobin',
    });
    this.switches.push(node);
    const [egress, uplink] = this.#link(port, upper, switchEnd(node, UP_PORT, first), lowest(functions));
    node.addPort({
      kind: 'up',
      functionIndex: this.#indexOf(first),
      registers: this._parts.watch.bridgeRegisters(first.id),
      egress: uplink,
      weight: first.arbitrationWeight ?? 1,
    });
    for (const bridge of bridges) this.#addBelowBridge(node, bridge);
    this.#addLocal(
      node,
      functions.filter((spec) => !isBridgeKind(spec.kind)),
    );
    node.seal();
    return egress;
  }

  /** The ports that one upstream port or conventional bridge of a node leads to. */
  #addBelowBridge(node: Switch, bridge: FunctionSpec): void {
    const { watch } = this._parts;
    if (bridge.kind !== 'upstreamPort') {
      this.#addDownPort(node, bridge, undefined);
      return;
    }
    const inside = this.#childrenOf(bridge.id);
    const above = watch.bridgeRegisters(bridge.id);
    for (const port of inside.filter((spec) => isBridgeKind(spec.kind))) this.#addDownPort(node, port, above);
    this.#addLocal(
      node,
      inside.filter((spec) => !isBridgeKind(spec.kind)),
    );
  }

  #addDownPort(node: Switch, bridge: FunctionSpec, above: BridgeRegisters | undefined): void {
    const egress = this.#buildBelow(bridge, switchEnd(node, node.nextPort, bridge));
    node.addPort({
      kind: 'down',
      functionIndex: this.#indexOf(bridge),
      registers: this._parts.watch.bridgeRegisters(bridge.id),
      above,
      egress,
      takesOver: takesOverRequesters(bridge),
      weight: bridge.arbitrationWeight ?? 1,
    });
  }

  /** Functions inside a node, beside its bridges. */
  #addLocal(node: Switch, functions: readonly FunctionSpec[]): void {
    if (functions.length === 0) return;
    const endpoint = this.#endpoint(functions);
    const upper: End = { receiver: node, port: node.nextPort, kind: 'internal', credits: undefined, mpsBytes: 0 };
    const [egress, uplink] = this.#internalLink(
      upper,
      this.#endpointEnd(endpoint, functions),
      INTERNAL_PS_PER_BYTE,
      INTERNAL_CREDITS,
    );
    endpoint.connect(uplink);
    node.addPort({ kind: 'local', endpoint, egress });
  }

  #endpoint(functions: readonly FunctionSpec[]): Endpoint {
    const served: readonly EndpointFunction[] = functions.map((spec) => ({
      functionIndex: this.#indexOf(spec),
      registers: this._parts.watch.functionRegisters(spec.id),
    }));
    const endpoint = new Endpoint(this._parts.fabric, served);
    this.endpoints.push(endpoint);
    for (const spec of functions) this.endpointOf.set(spec.id, endpoint);
    if (functions.length > 1) {
      const self: End = { receiver: endpoint, port: 0, kind: 'internal', credits: undefined, mpsBytes: 0 };
      const [inside] = this.#internalLink(self, self, INTERNAL_PS_PER_BYTE, INTERNAL_CREDITS);
      endpoint.connectInside(inside);
    }
    return endpoint;
  }

  #endpointEnd(endpoint: Endpoint, functions: readonly FunctionSpec[]): End {
    const first = lowest(functions);
    const mpsBytes = Math.max(128, ...functions.map(supported));
    return { receiver: endpoint, port: 0, kind: 'endpoint', credits: first?.credits, mpsBytes };
  }

  /** The link below a port, or the conventional bus below a bridge. */
  #link(
    port: FunctionSpec,
    upper: End,
    lower: End,
    lowerSpec: FunctionSpec | undefined,
  ): readonly [Transmitter, Transmitter] {
    const number = this._linkNumber.get(port.id);
    if (number === undefined) return this.#internalLink(upper, lower, CONVENTIONAL_PS_PER_BYTE, CONVENTIONAL_CREDITS);
    const state = this._parts.linkOf(port.id);
    const shape = {
      state,
      gen: state.gen,
      width: state.width === 0 ? (1 as const) : state.width,
      lengthMetres: port.link?.lengthMetres ?? DEFAULT_LINK_METRES,
    };
    const timing = this.#timingOf(port, lowerSpec, shape);
    const transmitters = this._parts.fabric.addLink(
      2 * number,
      direction(upper, lower, timing, shape.gen),
      direction(lower, upper, timing, shape.gen),
    );
    const control = new LinkControl({
      events: this._parts.fabric.events,
      linkErrors: this._parts.fabric.linkErrors,
      transmitters,
      up: state.up,
      gen: shape.gen,
      width: shape.width,
      timingOf: (gen, width) => this.#timingOf(port, lowerSpec, { ...shape, gen, width }),
      bitErrorRate: port.link?.bitErrorRate,
      replayBufferBytes: port.link?.replayBufferBytes,
    });
    this.links[number] = { port, lower: lowerSpec, transmitters, control, ...shape };
    return transmitters;
  }

  /** Timers follow the smaller Max_Payload_Size of both ends. */
  #timingOf(
    port: FunctionSpec,
    lower: FunctionSpec | undefined,
    shape: Pick<BuiltLink, 'gen' | 'width' | 'lengthMetres'>,
  ): LinkTiming {
    const ends = lower === undefined ? [port] : [port, lower];
    const mpsBytes = Math.min(...ends.map((spec) => this._parts.watch.functionRegisters(spec.id).mpsBytes));
    return linkTiming(shape.gen, shape.width, mpsBytes, shape.lengthMetres, port.link?.retimers);
  }

  #internalLink(
    upper: End,
    lower: End,
    psPerByte: number,
    buffers: InsideBuffers,
  ): readonly [Transmitter, Transmitter] {
    const first = this._nextInternal;
    this._nextInternal += 2;
    const one = (to: End): Omit<TransmitterOptions, 'index'> => insideDirection(to, psPerByte, buffers);
    return this._parts.fabric.addLink(first, one(lower), one(upper));
  }

  #indexOf(spec: FunctionSpec): number {
    const index = this._parts.indexOf.get(spec.id);
    invariant(index !== undefined, () => `no function ${spec.id}`);
    return index;
  }
}
