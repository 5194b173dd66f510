/*
 * What joins several links: a switch, a conventional bridge, or a multi-function device that contains one.
 *
 *            link above                    up        port 0
 *   ┌────────────┴────────────┐
 *   │ upstream port(s)        │
 *   │   ├── downstream port ──┼── link     down      own windows, below those of its upstream port
 *   │   ├── downstream port ──┼── link     down
 *   │ sibling function ───────┼── inside   local     its BARs
 *   └─────────────────────────┘
 *
 * A non-blocking crossbar: each egress arbitrates for itself; a TLP that waits for one egress holds nothing but its own
 * receive buffer. Routing follows the semantics reference, R-1 to R-8, from the ports' live registers.
 */
import { CONFIG_LATENCY_PS } from '../../pcie/deviceLatencies.ts';
import { invariant } from '../../../base/invariant.ts';
import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT } from '../../pcie/counters.ts';
import { COMPLETION_STATUS, type CompletionStatus, DATA_CREDIT_BYTES, TLP_CLASS, TLP_KIND } from '../../pcie/tlp.ts';
import { addTo, itemAt } from '../../sim/cells.ts';
import { AddressMap } from './addressMap.ts';
import { type CompletionPath, completeWithStatus, releaseBuffer, wantsCompletion } from './completions.ts';
import { answerConfig, isConfigRequest, passBridge, targetBus } from './configRequests.ts';
import type { DelayLine } from './delayLine.ts';
import type { Endpoint } from './endpoint.ts';
import { EVENT, eventWord } from './events.ts';
import { peerDecision } from './portAcs.ts';
import type { BridgeRegisters } from './registers.ts';
import { AddressCuts } from './routeMemory.ts';
import { ADDRESS_TYPE, NONE, type TlpPool } from './tlpPool.ts';
import type { FabricParts, Receiver } from './fabricParts.ts';
import type { Transmitter } from './transmitter.ts';

/** Number of the port towards the root. */
export const UP_PORT = 0;
/** Routing outcomes that are not a port. */
const UNSUPPORTED = -1;
const VIOLATION = -2;

export interface DownPort {
  readonly kind: 'down';
  readonly functionIndex: number;
  readonly registers: BridgeRegisters;
  /** Upstream port of the same switch; undefined for a bridge that has both sides in one function. */
  readonly above: BridgeRegisters | undefined;
  readonly egress: Transmitter;
  /** A bridge to a conventional bus: requests from below carry its secondary bus (semantics reference G-1). */
  readonly takesOver: boolean;
  /** Turns in a row at an egress with weighted arbitration. */
  readonly weight: number;
}

export interface LocalPort {
  readonly kind: 'local';
  readonly endpoint: Endpoint;
  readonly egress: Transmitter;
}

export interface UpPort {
  readonly kind: 'up';
  /** Function that reports errors of the whole device. */
  readonly functionIndex: number;
  readonly registers: BridgeRegisters;
  readonly egress: Transmitter;
  readonly weight: number;
}

type Port = UpPort | DownPort | LocalPort;

export interface SwitchOptions {
  readonly functionCounters: Float64Array;
  /** Pin to pin. */
  readonly latency_ps: number;
  readonly forwarding: 'cutThrough' | 'storeAndForward';
  readonly arbitration: 'roundRobin' | 'weighted';
}

/**
 * @spec semantics reference
 * @simplifies Egress control vectors know peers by device number; functions beside the ports of a switch are not in them.
 * Virtual channel 0 only; I/O requests do not exist.
 */
export class Switch implements Receiver {
  readonly options: SwitchOptions;
  private readonly _parts: FabricParts;
  private readonly _pool: TlpPool;
  private readonly _configLine: DelayLine;
  private readonly _ports: Port[] = [];
  /** Which port, other than up, claims an address on the internal bus. */
  private readonly _map = new AddressMap();
  private readonly _cuts = new AddressCuts();
  /** The union of the upstream ports' windows. */
  private _upstreamPorts: readonly BridgeRegisters[] = [];
  /** Data credits of the largest payload that every port takes. */
  private _payloadCredits = 0;

  constructor(parts: FabricParts, options: SwitchOptions) {
    this._parts = parts;
    this._pool = parts.pool;
    this.options = options;
    this._configLine = parts.addLine((slot) => this.#answerConfig(slot));
  }

  /** Number the next port will have. */
  get nextPort(): number {
    return this._ports.length;
  }

  /** Adds a port; the first is the one up. At its egress, every port is a source, and the switch itself one more. */
  addPort(port: Port): number {
    invariant((this._ports.length === UP_PORT) === (port.kind === 'up'), () => 'the port up comes first');
    return this._ports.push(port) - 1;
  }

  /** All ports are there. */
  seal(): void {
    for (const port of this._ports) {
      for (let source = 0; source <= this._ports.length; source++) port.egress.addSource();
      if (this.options.arbitration === 'weighted') this.#weigh(port.egress);
    }
    this.refresh();
  }

  #weigh(egress: Transmitter): void {
    for (const [source, port] of this._ports.entries()) {
      if (port.kind !== 'local') egress.queues.setWeight(source, port.weight);
    }
  }

  /** Registers of its ports have changed. */
  refresh(): void {
    const ranges = [];
    const cuts = [];
    const upstream = new Set<BridgeRegisters>();
    for (const [target, port] of this._ports.entries()) {
      if (port.kind === 'up') continue;
      if (port.kind === 'local') {
        for (const range of port.endpoint.ranges()) ranges.push({ ...range, target });
        continue;
      }
      const { registers, above } = port;
      if (above !== undefined) upstream.add(above);
      cuts.push(...registers.windows());
      if (!registers.memoryEnable || !registers.linkUp) continue;
      for (const window of registers.windows()) ranges.push({ ...window, target });
    }
    const payloads = this._ports.map((port) => (port.kind === 'local' ? Infinity : port.registers.acceptsBytes));
    this._payloadCredits = Math.min(4096, ...payloads) / DATA_CREDIT_BYTES;
    this._upstreamPorts = [...upstream];
    this._map.set(ranges);
    this._cuts.set([...ranges, ...cuts, ...this._upstreamPorts.flatMap((port) => port.windows())]);
  }

  onArrive(slot: number, ingress: Transmitter): void {
    const pool = this._pool;
    const port = ingress.receiverPort;
    if (pool.dataCredits(slot) > this._payloadCredits && this.#endsMalformed(slot, port)) return;
    if (pool.isPoisoned(slot)) this.#notePoison(slot, port);
    if (pool.classOf(slot) === TLP_CLASS.completion) return this.#passCompletion(slot, port);
    // MRd and MWr in figures, see TlpPool.
    if (pool.kind(slot) > 1) return this.#arriveOther(slot, port);
    const { route } = ingress;
    const address = pool.address(slot);
    if (address >= route.base && address <= route.limit) return this.#forward(slot, route.target, port);
    const egress = this.#routeRequest(slot, port);
    if (egress < 0) return this.#refuse(slot, port, egress);
    if (!this.#isPerRequest(port)) this._cuts.remember(route, address, egress);
    this.#forward(slot, egress, port);
  }

  #passCompletion(slot: number, port: number): void {
    const egress = this.#routeCompletion(slot, port);
    if (egress >= 0) return this.#forward(slot, egress, port);
    this._parts.reporter.unexpectedCompletion(this.#reporterOf(port), slot);
    this.#drop(slot, port);
  }

  /** Configuration requests, messages, atomic operations. */
  #arriveOther(slot: number, port: number): void {
    const pool = this._pool;
    if (isConfigRequest(pool, slot)) return this.#routeConfig(slot, port);
    const kind = pool.kind(slot);
    if (kind === TLP_KIND.Msg || kind === TLP_KIND.MsgD) {
      // To the root complex; nobody sends any other way.
      return port === UP_PORT ? this.#drop(slot, port) : this.#forward(slot, UP_PORT, port);
    }
    const egress = this.#routeRequest(slot, port);
    if (egress < 0) return this.#refuse(slot, port, egress);
    const [from, to] = [itemAt(this._ports, port), itemAt(this._ports, egress)];
    const isRouted = [from, to].every((side) => side.kind === 'local' || side.registers.routesAtomics);
    if (!isRouted) return this.#refuse(slot, port, UNSUPPORTED);
    if (to.kind === 'local' || !to.registers.blocksAtomics) return this.#forward(slot, egress, port);
    this._parts.reporter.atomicEgressBlocked(to.functionIndex, slot);
    this.#answer(slot, port, COMPLETION_STATUS.UR);
  }

  /** A payload longer than the Max_Payload_Size of the port it came by, or of the one it would leave by (T-3, P-1). */
  #endsMalformed(slot: number, ingress: number): boolean {
    const egress = this.#isTooLongFor(slot, ingress) ? ingress : this.#egressOf(slot, ingress);
    if (egress < 0 || !this.#isTooLongFor(slot, egress)) return false;
    this._parts.reporter.malformed(this.#reporterOf(egress), slot);
    this.#drop(slot, ingress);
    return true;
  }

  #isTooLongFor(slot: number, index: number): boolean {
    const port = itemAt(this._ports, index);
    return port.kind !== 'local' && this._pool.lengthBytes(slot) > port.registers.acceptsBytes;
  }

  /** The port that a memory request or completion leaves by; negative if by none. */
  #egressOf(slot: number, ingress: number): number {
    const pool = this._pool;
    if (pool.classOf(slot) === TLP_CLASS.completion) return this.#routeCompletion(slot, ingress);
    // MRd and MWr in figures, see TlpPool.
    return pool.kind(slot) > 1 ? NONE : this.#routeRequest(slot, ingress);
  }

  /** Poisoned data passes (semantics reference E-4). */
  #notePoison(slot: number, ingress: number): void {
    this._parts.reporter.poisonedForwarded(this.#reporterOf(ingress), slot);
  }

  /** Downwards by bus number; what is for a function of this device is answered here. */
  #routeConfig(slot: number, ingress: number): void {
    const pool = this._pool;
    const bus = targetBus(pool, slot);
    if (ingress !== UP_PORT) return this.#refuse(slot, ingress, UNSUPPORTED);
    for (let index = UP_PORT + 1; index < this._ports.length; index++) {
      const port = itemAt(this._ports, index);
      if (port.kind !== 'down' || !port.registers.leadsTo(bus)) continue;
      if (!port.registers.linkUp) return this.#refuse(slot, ingress, UNSUPPORTED);
      passBridge(pool, slot, port.registers);
      return this.#forward(slot, index, ingress);
    }
    this._parts.events.due_ps = this._parts.events.now_ps + CONFIG_LATENCY_PS;
    this._configLine.add(slot);
  }

  #answerConfig(slot: number): void {
    const { segment } = itemAt(this._parts.ports, this._pool.origin(slot)).registers;
    answerConfig(this._pool, slot, this._parts.config, segment, this.#pathOf(UP_PORT));
  }

  onForward(slot: number): void {
    const pool = this._pool;
    const egress = itemAt(this._ports, pool.egress(slot)).egress;
    egress.enqueue(slot, pool.source(slot));
  }

  onServed(): void {
    invariant(false, () => 'a switch serves nothing');
  }

  /** @simplifies Of TLPs that turn out bad, only memory requests and completions have been passed on by then. */
  cutThroughEgress(slot: number, ingress: Transmitter): Transmitter | undefined {
    const egress = this.#egressOf(slot, ingress.receiverPort);
    return egress < 0 ? undefined : itemAt(this._ports, egress).egress;
  }

  onUndeliverable(slot: number): void {
    const ingress = itemAt(this._parts.transmitters, this._pool.via(slot));
    this.#refuse(slot, ingress.receiverPort, UNSUPPORTED);
  }

  /** Into the egress queue: now, or as late as needed for the last bit not to overtake the ingress. */
  #forward(slot: number, port: number, source: number): void {
    const pool = this._pool;
    const { egress } = itemAt(this._ports, port);
    if (egress.canCutThrough(slot)) {
      egress.enqueue(slot, source);
      return;
    }
    // `due_ps` is set.
    pool.setSource(slot, source);
    pool.setEgress(slot, port);
    this._parts.events.add(eventWord(EVENT.forward, slot));
  }

  /** The port a request leaves through, UNSUPPORTED or VIOLATION. */
  #routeRequest(slot: number, ingress: number): number {
    const address = this._pool.address(slot);
    const target = this._map.find(address);
    if (ingress === UP_PORT) return this.#fromAbove(address, target);
    const port = itemAt(this._ports, ingress);
    return port.kind === 'down' ? this.#fromBelow(slot, address, target, ingress, port) : UP_PORT;
  }

  /** Where more than the address matters, no decision is remembered. */
  #isPerRequest(ingress: number): boolean {
    const port = itemAt(this._ports, ingress);
    return port.kind === 'down' && (port.registers.acs.isPerRequest || port.takesOver);
  }

  /** From the root: to whoever claims the address, if its upstream port passes it on. */
  #fromAbove(address: number, target: number): number {
    if (target === NONE) return UNSUPPORTED;
    const port = itemAt(this._ports, target);
    if (port.kind !== 'down' || port.above === undefined) return target;
    return port.above.memoryEnable && port.above.claims(address) ? target : UNSUPPORTED;
  }

  /** From below a downstream port, with the port's ACS bits. */
  #fromBelow(slot: number, address: number, target: number, ingress: number, port: DownPort): number {
    const { registers, above } = port;
    const { acs } = registers;
    const pool = this._pool;
    const type = pool.addressType(slot);
    if (port.takesOver) pool.setTransaction(slot, registers.secondary << 8, pool.tag(slot), pool.origin(slot));
    if (acs.sourceValidation && !registers.leadsTo(pool.requesterId(slot) >> 8)) return VIOLATION;
    if (acs.translationBlocking && type !== ADDRESS_TYPE.untranslated) return VIOLATION;
    if (!registers.busMaster) return UNSUPPORTED;
    if (target === ingress || registers.claims(address)) return acs.upstreamForwarding ? UP_PORT : UNSUPPORTED;
    if (target !== NONE && above !== undefined) {
      const peer = itemAt(this._ports, target);
      const number = peer.kind === 'down' ? peer.registers.portNumber : NONE;
      const decision = peerDecision(acs, type === ADDRESS_TYPE.translated, number);
      return decision === 'direct' ? target : decision === 'redirect' ? UP_PORT : VIOLATION;
    }
    if (above === undefined) return UP_PORT;
    return !above.busMaster || this.#isInside(address) ? UNSUPPORTED : UP_PORT;
  }

  /** True for an address that the windows of the upstream ports claim from above. */
  #isInside(address: number): boolean {
    for (let index = 0; index < this._upstreamPorts.length; index++) {
      const upstream = itemAt(this._upstreamPorts, index);
      if (upstream.memoryEnable && upstream.claims(address)) return true;
    }
    return false;
  }

  /** Completions go to the bus of the requester. */
  #routeCompletion(slot: number, ingress: number): number {
    const pool = this._pool;
    const port = itemAt(this._ports, ingress);
    const target = this.#portToBus(pool.requesterId(slot) >> 8, slot);
    if (ingress === UP_PORT) return target === NONE ? UNSUPPORTED : target;
    if (port.kind === 'down' && target === ingress) {
      return port.registers.acs.upstreamForwarding ? UP_PORT : UNSUPPORTED;
    }
    if (target === NONE) return UP_PORT;
    const redirected = port.kind === 'down' && port.registers.acs.completionRedirect && !pool.isRelaxed(slot);
    return redirected ? UP_PORT : target;
  }

  #portToBus(bus: number, slot: number): number {
    for (let index = UP_PORT + 1; index < this._ports.length; index++) {
      const port = itemAt(this._ports, index);
      if (port.kind === 'down' && port.registers.leadsTo(bus)) return index;
      if (port.kind === 'local' && port.endpoint.isRequester(this._pool.requesterId(slot))) return index;
    }
    return NONE;
  }

  /** A request ends here. @param outcome UNSUPPORTED or VIOLATION. */
  #refuse(slot: number, ingress: number, outcome: number): void {
    const isViolation = outcome === VIOLATION;
    const reporter = this.#reporterOf(ingress);
    if (isViolation) this._parts.reporter.acsViolation(reporter, slot);
    else this._parts.reporter.unsupportedRequest(reporter, slot);
    this.#answer(slot, ingress, isViolation ? COMPLETION_STATUS.CA : COMPLETION_STATUS.UR);
  }

  /** Function that reports errors of a port. */
  #reporterOf(ingress: number): number {
    const port = itemAt(this._ports, ingress);
    const reporter = port.kind === 'local' ? itemAt(this._ports, UP_PORT) : port;
    return reporter.kind === 'local' ? NONE : reporter.functionIndex;
  }

  /** Ends a request; a non-posted one is answered through the port it came by. */
  #answer(slot: number, ingress: number, status: CompletionStatus): void {
    const counter = this.#reporterOf(ingress) * FUNCTION_COUNTER_COUNT + FUNCTION_COUNTER.unsupported;
    addTo(this.options.functionCounters, counter, 1);
    if (wantsCompletion(this._pool, slot)) completeWithStatus(this._pool, slot, status, this.#pathOf(ingress));
    else this.#drop(slot, ingress);
  }

  /** How the switch's own answers leave through a port. */
  #pathOf(ingress: number): CompletionPath {
    const port = itemAt(this._ports, ingress);
    const reporter = port.kind === 'local' ? itemAt(this._ports, UP_PORT) : port;
    const id = reporter.kind === 'local' ? 0 : reporter.registers.id;
    return { egress: port.egress, source: this._ports.length, digestBytes: 0, stamp: id << 16 };
  }

  #drop(slot: number, ingress: number): void {
    releaseBuffer(this._pool, slot, itemAt(this._ports, ingress).egress);
    this._pool.free(slot);
  }
}
