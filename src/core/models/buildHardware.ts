/*
 * Builds a machine from its description: configuration spaces, the fabric, host memory.
 */
import { invariant } from '../../base/invariant.ts';
import { buildConfigSpaces } from '../config/buildConfigSpace.ts';
import type { ConfigSpace } from '../config/configSpace.ts';
import { deviceControlOf } from '../config/decode.ts';
import { hasLinkBelow, LINK_DOWN, placesOf } from '../config/places.ts';
import {
  flowRow,
  FUNCTION_COUNTER,
  FUNCTION_COUNTER_COUNT,
  LINK_COUNTER_COUNT,
  MACHINE_COUNTER,
  MACHINE_COUNTER_COUNT,
  MEMORY_COUNTER_COUNT,
} from '../pcie/counters.ts';
import type { FaultSpec } from '../pcie/faults.ts';
import { linkBytesPerSecond, type LinkGen } from '../pcie/link.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../pcie/machineSpec.ts';
import { rootWindows } from '../pcie/rootWindows.ts';
import { DATA_CREDIT_BYTES, FLOW_COUNT, type TlpClass } from '../pcie/tlp.ts';
import { addTo } from '../sim/cells.ts';
import { MemoryArena } from '../sim/sparseMemory.ts';
import { ConfigFabric } from './configFabric.ts';
import { checkConservation } from './conservation.ts';
import type { ConfigAccess } from './fabric/configRequests.ts';
import { ErrorLog } from './fabric/errorLog.ts';
import { Assembly, type BuiltLink } from './fabric/assembly.ts';
import type { Endpoint } from './fabric/endpoint.ts';
import { ErrorHandling } from './faults/errorHandling.ts';
import type { LostListener, ReadyListener } from './faults/linkLife.ts';
import { Fabric } from './fabric/fabric.ts';
import { HostMemory } from './fabric/hostMemory.ts';
import { linkTiming } from './fabric/linkTiming.ts';
import { RegisterWatch } from './fabric/registerWatch.ts';
import { RootComplex } from './fabric/rootComplex.ts';
import type {
  ArrivalWatch,
  ConservationCheck,
  CountedUnit,
  Hardware,
  HardwareFunction,
  HardwareLink,
  HardwareOptions,
  InterruptSink,
} from './hardware.ts';
import { AtsEnable, type TranslationAgent } from './iommu/ats.ts';
import { BuiltIommu } from './iommu/hardwareIommu.ts';
import { readCapacity, readOccupancy } from './occupancy.ts';
import type { BarBehaviour, DeviceHandler, FunctionPort, ProcessorPort } from './ports.ts';

const FOUR_GIB = 2 ** 32;
/** Where RAM ends below 4 GiB if no window says otherwise (enumeration reference, section 6). */
const DEFAULT_LOW_LIMIT = 0xc000_0000;
/** Outstanding reads that the tag field allows: 8 bits, 10 bits less a quarter, 14 bits (performance reference 3.4). */
const TAGS: Readonly<Record<LinkGen, number>> = { 1: 256, 2: 256, 3: 256, 4: 768, 5: 768, 6: 15_360 };
const INTERNAL_TAGS = 768;
const CPU_TAGS = 64;

/** Builds the hardware of a machine. @throws InvariantError if the description contradicts itself: check it before. */
export function buildHardware(spec: MachineSpec, options: HardwareOptions): Hardware {
  return new BuiltHardware(spec, options);
}

class BuiltHardware implements Hardware {
  readonly spec: MachineSpec;
  readonly functions: readonly HardwareFunction[];
  readonly links: readonly HardwareLink[];
  readonly configFabric: ConfigFabric;
  readonly hostMemory: HostMemory;
  readonly iommu: BuiltIommu | undefined;
  readonly arena: MemoryArena;
  readonly machineCounters: Float64Array;
  readonly linkCounters: Float64Array;
  readonly functionCounters: Float64Array;
  readonly memoryCounters: Float64Array;
  readonly flowCounters: Float64Array;
  readonly errors: ErrorLog;
  private readonly _fabric: Fabric;
  private readonly _root: RootComplex;
  private readonly _assembly: Assembly;
  private readonly _errorHandling: ErrorHandling;
  private readonly _byId: ReadonlyMap<NodeId, HardwareFunction>;
  /** Address translation caches of functions (ATS). */
  private readonly _agents = new Map<NodeId, TranslationAgent>();
  private readonly _enables: AtsEnable[] = [];

  constructor(spec: MachineSpec, options: HardwareOptions) {
    this.spec = spec;
    const configs = buildConfigSpaces(spec);
    this.configFabric = new ConfigFabric(spec, configs);
    this.arena = new MemoryArena(options.storage, options.onSegment);
    const counters = (count: number): Float64Array => new Float64Array(options.storage(count * 8));
    this.machineCounters = counters(MACHINE_COUNTER_COUNT);
    this.errors = new ErrorLog(this.machineCounters);
    this.memoryCounters = counters(MEMORY_COUNTER_COUNT * FLOW_COUNT);
    // Processors come after the functions, ways inside devices after the links.
    this.functionCounters = counters((spec.functions.length + spec.hostBridges.length) * FUNCTION_COUNTER_COUNT);
    const linkCount = spec.functions.filter((fn) => hasLinkBelow(fn.kind)).length;
    this.linkCounters = counters(
      2 * (linkCount + 2 * spec.functions.length + spec.hostBridges.length) * LINK_COUNTER_COUNT,
    );

    this.flowCounters = counters(flowRow(options.flows ?? 1, 2 * linkCount));

    const payloadBytes = largestPayload(spec, configs);
    this._fabric = new Fabric({
      payloadBytes,
      hops: options.hops,
      machineCounters: this.machineCounters,
      linkCounters: this.linkCounters,
      functionCounters: this.functionCounters,
      flows: { flowCounters: this.flowCounters, segments: 2 * linkCount },
      orderingExceptions: options.orderingExceptions ?? true,
      config: configAccess(this.configFabric, (node) => this._errorHandling.injector.isNotReady(node)),
      seed: options.seed,
    });
    const { events, journal, arrivals } = this._fabric;
    const { arena, memoryCounters, machineCounters } = this;
    const segment = 2 * linkCount;
    const memoryParts = { events, journal, arrivals, arena, memoryCounters, machineCounters, segment };
    this.hostMemory = new HostMemory(memoryParts, spec.host.memory, lowMemoryLimit(spec));
    this._root = new RootComplex({ fabric: this._fabric, memory: this.hostMemory, completionChunk: 'mps' });
    const watch = new RegisterWatch(spec, configs, this.configFabric, payloadBytes);
    this.iommu = spec.host.iommu === 'off' ? undefined : this.#buildIommu(watch);
    this._root.translator = this.iommu?.translator;
    const places = placesOf(spec);
    this._assembly = new Assembly({
      machine: spec,
      fabric: this._fabric,
      watch,
      root: this._root,
      linkOf: (port) => places.get(port)?.link ?? LINK_DOWN,
      indexOf: new Map(spec.functions.map((fn, index) => [fn.id, index])),
      functionCounters: this.functionCounters,
    });
    this._fabric.watchRegisters(watch, () => {
      watch.refresh();
      this._assembly.refresh();
    });
    this._errorHandling = new ErrorHandling({
      machine: spec,
      configs,
      configFabric: this.configFabric,
      fabric: this._fabric,
      links: this._assembly.links,
      endpointOf: this._assembly.endpointOf,
      registersOf: (node) => watch.functionRegisters(node),
      machineCounters: this.machineCounters,
      log: this.errors,
      onInterrupt: (address, data, id) => this._root.interruptSink?.(address, data, id),
      markStale: () => {
        watch.isStale = true;
      },
      unmap: (node) => this.#unmap(node),
    });
    this.functions = spec.functions.map((fn, index) => this.#describe(fn, index, configs));
    this._byId = new Map(this.functions.map((fn) => [fn.spec.id, fn]));
    this.links = this._assembly.links.map(describeLink);
  }

  get now_ps(): number {
    return this._fabric.events.now_ps;
  }

  functionOf(node: NodeId): HardwareFunction {
    const fn = this._byId.get(node);
    invariant(fn !== undefined, () => `no function ${node}`);
    return fn;
  }

  attach(node: NodeId, handler: DeviceHandler, bars: ReadonlyMap<number, BarBehaviour>): FunctionPort {
    const fn = this.functionOf(node);
    const endpoint = this._assembly.endpointOf.get(node);
    invariant(endpoint !== undefined, () => `${node} is a bridge: no device model attaches to it`);
    const gen = fn.link === undefined ? undefined : this.links[fn.link]?.gen;
    const limit = gen === undefined ? INTERNAL_TAGS : TAGS[gen];
    const model = fn.spec.model;
    const wanted = model !== undefined && 'tags' in model ? model.tags : undefined;
    const hasAts = this.iommu !== undefined && fn.spec.capabilities?.atsEnabled === true;
    const tags = Math.max(hasAts ? 2 : 1, Math.min(limit, wanted ?? limit));
    const port = this.#attach(endpoint, fn.index, handler, bars, tags);
    fn.config.onReset(() => port.reset());
    if (hasAts) {
      const enable = new AtsEnable(fn.config);
      this._enables.push(enable);
      this._agents.set(
        node,
        port.useAts(() => enable.isOn),
      );
    }
    return port;
  }

  cpuPort(handler: DeviceHandler, hostBridge?: NodeId): ProcessorPort {
    const bridge = hostBridge ?? this.spec.hostBridges[0]?.id;
    const endpoint = bridge === undefined ? undefined : this._assembly.processors.get(bridge);
    invariant(endpoint !== undefined, () => `no host bridge ${bridge}`);
    const index = this.spec.functions.length + this.spec.hostBridges.findIndex((candidate) => candidate.id === bridge);
    return this.#attach(endpoint, index, handler, new Map(), CPU_TAGS);
  }

  onInterrupt(sink: InterruptSink): void {
    this._root.interruptSink = sink;
  }

  watchArrival(watch: ArrivalWatch | undefined, flow = 0): void {
    const { arrivals } = this._fabric;
    if (watch === undefined) arrivals.watchNothing(flow);
    else if (watch.kind === 'hostMemory') arrivals.watchHostMemory(flow);
    else arrivals.watchFunction(this.functionOf(watch.node).index, flow);
  }

  countArrival(flow: number, lengthBytes: number): void {
    this._fabric.arrivals.count(flow, lengthBytes);
  }

  scarceCredits(segment: number, tlpClass: TlpClass, payloadBytes: number): 'header' | 'data' {
    const transmitter = this._fabric.transmitters[segment];
    invariant(transmitter !== undefined, () => `no link direction ${segment}`);
    const { headers, data } = transmitter.credits.capacity(tlpClass, Math.ceil(payloadBytes / DATA_CREDIT_BYTES));
    return headers <= data ? 'header' : 'data';
  }

  readOccupancy(target: Float64Array): void {
    readOccupancy(this._fabric, this.links.length, target);
  }

  readCapacity(target: Float64Array): void {
    readCapacity(this._fabric, this.links.length, target);
  }

  settleCounters(): void {
    this._fabric.settle();
    this.hostMemory.settle();
  }

  countOperation(flow: number): void {
    this._fabric.arrivals.countOperation(flow);
  }

  countAllFlows(): void {
    this._fabric.arrivals.countAll();
  }

  countExternal(node: NodeId, direction: 'in' | 'out', lengthBytes: number): void {
    const field = direction === 'in' ? FUNCTION_COUNTER.externalInBytes : FUNCTION_COUNTER.externalOutBytes;
    addTo(this.functionCounters, this.functionOf(node).index * FUNCTION_COUNTER_COUNT + field, lengthBytes);
  }

  runUntil(at_ps: number, maxEvents: number): 'reached' | 'budget' | 'idle' {
    const { events } = this._fabric;
    this._fabric.run(at_ps, maxEvents);
    const next_ps = events.nextTime();
    const outcome = next_ps <= at_ps && next_ps !== Infinity ? 'budget' : next_ps === Infinity ? 'idle' : 'reached';
    if (outcome !== 'budget' && Number.isFinite(at_ps) && at_ps > events.now_ps) events.advanceTo(at_ps);
    this.#publish();
    return outcome;
  }

  step(): boolean {
    const ran = this._fabric.run(Infinity, 1);
    this.#publish();
    return ran > 0;
  }

  countOf(unit: CountedUnit): number {
    const { eventCount, journal, pool, ports } = this._fabric;
    switch (unit) {
      case 'event':
        return eventCount;
      case 'hop':
        return journal.hops;
      case 'tlp':
        return pool.made - pool.inUse;
      case 'transaction':
        return ports.reduce((sum, port) => sum + port.readsOver, pool.postedOver);
    }
  }

  nextEvent_ps(): number {
    return this._fabric.events.nextTime();
  }

  traceHash(): string {
    return this._fabric.journal.hash.text();
  }

  inject(fault: FaultSpec): string | undefined {
    return this._errorHandling.injector.inject(fault);
  }

  injectAt(at_ps: number, fault: FaultSpec): void {
    this._errorHandling.injector.injectAt(at_ps, fault);
  }

  onReady(listener: ReadyListener): void {
    this._errorHandling.links.onReady(listener);
  }

  onLost(listener: LostListener): void {
    this._errorHandling.links.onLost(listener);
  }

  note(node: NodeId | undefined, name: string, sentence: string, recovery: string): void {
    this._errorHandling.errors.note(node, name, sentence, recovery);
  }

  #unmap(node: NodeId): string | undefined {
    return this.iommu === undefined ? 'The IOMMU is off: there are no mappings to lose.' : this.iommu.unmapAll(node);
  }

  checkConservation(): readonly ConservationCheck[] {
    return checkConservation(this._fabric);
  }

  #buildIommu(watch: RegisterWatch): BuiltIommu {
    return new BuiltIommu({
      fabric: this._fabric,
      memory: this.hostMemory,
      host: this.spec.host,
      errors: this.errors,
      nodeAt: (segment, id) => this.configFabric.nodeAt(segment, id),
      placeOf: (node) => watch.functionRegisters(node),
      onUnmapped: (node) => this._agents.get(node)?.invalidate(),
    });
  }

  #attach(
    endpoint: Endpoint,
    functionIndex: number,
    handler: DeviceHandler,
    bars: ReadonlyMap<number, BarBehaviour>,
    tags: number,
  ) {
    const served = endpoint.functions.find((candidate) => candidate.functionIndex === functionIndex);
    invariant(served !== undefined, () => `function ${functionIndex} is not in its endpoint`);
    return this._fabric.attach(endpoint, { functionIndex, handler, registers: served.registers, tags }, bars);
  }

  /** What the page reads without asking. */
  #publish(): void {
    const counters = this.machineCounters;
    this.hostMemory.settle();
    counters[MACHINE_COUNTER.now_ps] = this._fabric.events.now_ps;
    counters[MACHINE_COUNTER.events] = this._fabric.eventCount;
    counters[MACHINE_COUNTER.hops] = this._fabric.journal.hops;
  }

  #describe(spec: FunctionSpec, index: number, configs: ReadonlyMap<NodeId, ConfigSpace>): HardwareFunction {
    const config = configs.get(spec.id);
    invariant(config !== undefined, () => `no configuration space for ${spec.id}`);
    const link = this._assembly.linkNumber(spec.id) ?? this._assembly.linkNumber(spec.parent);
    return { index, spec, config, link };
  }
}

/** A link as it is whenever somebody looks. */
function describeLink({ port, lower, control, lengthMetres }: BuiltLink, index: number): HardwareLink {
  return {
    index,
    upper: port.id,
    lower: lower?.id,
    get up() {
      return control.negotiated.up;
    },
    get gen() {
      return control.negotiated.gen;
    },
    get width() {
      return control.negotiated.width;
    },
    get bytesPerSecond() {
      return linkBytesPerSecond(this.gen, this.width);
    },
    propagation_ps: linkTiming(1, 1, 128, lengthMetres, port.link?.retimers).propagation_ps,
  };
}

/** Configuration requests that arrive as TLPs end at the functions' registers. */
function configAccess(fabric: ConfigFabric, isNotReady: (node: NodeId) => boolean): ConfigAccess {
  return {
    isNotReady: (segment, id) => {
      const node = fabric.nodeAt(segment, id);
      return node !== undefined && isNotReady(node);
    },
    showsRetry: (segment, id) => fabric.showsRetry(segment, id),
    isPresent: (segment, id) => fabric.target(segment, id) !== undefined,
    read: (segment, id, offset, bytes) => fabric.read(segment, id, offset, bytes),
    write: (segment, id, offset, bytes, value) => fabric.write(segment, id, offset, bytes, value),
  };
}

/** The largest payload that any function can be set to. */
function largestPayload(spec: MachineSpec, configs: ReadonlyMap<NodeId, ConfigSpace>): number {
  return Math.max(
    128,
    ...spec.functions.map((fn) => Math.max(fn.mpsSupportedBytes ?? 256, fn.mpsBytes ?? 0)),
    ...[...configs.values()].map((config) => deviceControlOf(config).mpsBytes),
  );
}

/** RAM below 4 GiB ends where the lowest 32-bit window for devices begins. */
function lowMemoryLimit(spec: MachineSpec): number {
  const low = rootWindows(spec.hostBridges)
    .flat()
    .filter((window) => window.space === 'memory' && window.base < FOUR_GIB);
  // Legacy VGA and expansion ROM ranges lie in the first megabyte and do not end RAM.
  const bases = low.map((window) => window.base).filter((base) => base >= 2 ** 20);
  return Math.min(DEFAULT_LOW_LIMIT, ...bases);
}
