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
import { invariant } from '../../../base/invariant.ts';
import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT } from '../../pcie/counters.ts';
import { COMPLETION_STATUS, type CompletionStatus, TLP_CLASS } from '../../pcie/tlp.ts';
import { addTo, itemAt } from '../../sim/cells.ts';
import { AddressMap } from './addressMap.ts';
import { completeWithStatus, releaseBuffer, wantsCompletion } from './completions.ts';
import { answerConfig, CONFIG_LATENCY_PS, isConfigRequest, passBridge, targetBus } from './configRequests.ts';
import type { DelayLine } from './delayLine.ts';
import type { Endpoint } from './endpoint.ts';
import { EVENT, eventWord } from './events.ts';
import type { BridgeRegisters } from './registers.ts';
import { AddressCuts } from './routeMemory.ts';
import { NONE, type TlpPool } from './tlpPool.ts';
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
  readonly egress: Transmitter;
}

type Port = UpPort | DownPort | LocalPort;

export interface SwitchOptions {
  readonly functionCounters: Float64Array;
  /** Pin to pin. */
  readonly latency_ps: number;
  readonly forwarding: 'cutThrough' | 'storeAndForward';
}

/**
 * @spec semantics reference
 * @simplifies The egress control vector of ACS reads as zero. Translation blocking and direct translated P2P have nothing to
 * act on: no request is translated. Violations are counted, not logged in AER.
 */
export class Switch implements Receiver {
  readonly options: SwitchOptions;
  readonly #parts: FabricParts;
  readonly #pool: TlpPool;
  readonly #configLine: DelayLine;
  readonly #ports: Port[] = [];
  /** Which port, other than up, claims an address on the internal bus. */
  readonly #map = new AddressMap();
  readonly #cuts = new AddressCuts();
  /** The union of the upstream ports' windows. */
  #upstreamPorts: readonly BridgeRegisters[] = [];

  constructor(parts: FabricParts, options: SwitchOptions) {
    this.#parts = parts;
    this.#pool = parts.pool;
    this.options = options;
    this.#configLine = parts.addLine((slot) => this.#answerConfig(slot));
  }

  /** Number the next port will have. */
  get nextPort(): number {
    return this.#ports.length;
  }

  /** Adds a port; the first is the one up. At its egress, every port is a source, and the switch itself one more. */
  addPort(port: Port): number {
    invariant((this.#ports.length === UP_PORT) === (port.kind === 'up'), () => 'the port up comes first');
    return this.#ports.push(port) - 1;
  }

  /** All ports are there. */
  seal(): void {
    for (const port of this.#ports) {
      for (let source = 0; source <= this.#ports.length; source++) port.egress.addSource();
    }
    this.refresh();
  }

  /** Registers of its ports have changed. */
  refresh(): void {
    const ranges = [];
    const cuts = [];
    const upstream = new Set<BridgeRegisters>();
    for (const [target, port] of this.#ports.entries()) {
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
    this.#upstreamPorts = [...upstream];
    this.#map.set(ranges);
    this.#cuts.set([...ranges, ...cuts, ...this.#upstreamPorts.flatMap((port) => port.windows())]);
  }

  onArrive(slot: number, ingress: Transmitter): void {
    const pool = this.#pool;
    const port = ingress.receiverPort;
    if (pool.classOf(slot) === TLP_CLASS.completion) {
      const egress = this.#routeCompletion(slot, port);
      if (egress < 0) this.#reject(slot, port, COMPLETION_STATUS.UR);
      else this.#forward(slot, egress, port);
      return;
    }
    if (isConfigRequest(pool, slot)) return this.#routeConfig(slot, port);
    const { route } = ingress;
    const address = pool.address(slot);
    if (address < route.base || address > route.limit) {
      const egress = this.#routeRequest(slot, port);
      if (egress < 0)
        return this.#reject(slot, port, egress === VIOLATION ? COMPLETION_STATUS.CA : COMPLETION_STATUS.UR);
      this.#cuts.remember(route, address, egress);
    }
    this.#forward(slot, route.target, port);
    if (this.#validatesSource(port)) route.forget();
  }

  /** Downwards by bus number; what is for a function of this device is answered here. */
  #routeConfig(slot: number, ingress: number): void {
    const pool = this.#pool;
    const bus = targetBus(pool, slot);
    if (ingress !== UP_PORT) return this.#reject(slot, ingress, COMPLETION_STATUS.UR);
    for (let index = UP_PORT + 1; index < this.#ports.length; index++) {
      const port = itemAt(this.#ports, index);
      if (port.kind !== 'down' || !port.registers.leadsTo(bus)) continue;
      if (!port.registers.linkUp) return this.#reject(slot, ingress, COMPLETION_STATUS.UR);
      passBridge(pool, slot, port.registers);
      return this.#forward(slot, index, ingress);
    }
    this.#parts.events.due_ps = this.#parts.events.now_ps + CONFIG_LATENCY_PS;
    this.#configLine.add(slot);
  }

  #answerConfig(slot: number): void {
    const { segment } = itemAt(this.#parts.ports, this.#pool.origin(slot)).registers;
    const path = { egress: itemAt(this.#ports, UP_PORT).egress, source: this.#ports.length, digestBytes: 0 };
    answerConfig(this.#pool, slot, this.#parts.config, segment, path);
  }

  onForward(slot: number): void {
    const pool = this.#pool;
    const egress = itemAt(this.#ports, pool.egress(slot)).egress;
    egress.enqueue(slot, pool.source(slot));
  }

  onServed(): void {
    invariant(false, () => 'a switch serves nothing');
  }

  /** Into the egress queue: now, or as late as needed for the last bit not to overtake the ingress. */
  #forward(slot: number, port: number, source: number): void {
    const pool = this.#pool;
    const { egress } = itemAt(this.#ports, port);
    if (egress.canCutThrough(slot)) {
      egress.enqueue(slot, source);
      return;
    }
    // `due_ps` is set.
    pool.setSource(slot, source);
    pool.setEgress(slot, port);
    this.#parts.events.add(eventWord(EVENT.forward, slot));
  }

  /** The port a request leaves through, UNSUPPORTED or VIOLATION. */
  #routeRequest(slot: number, ingress: number): number {
    const address = this.#pool.address(slot);
    const target = this.#map.find(address);
    if (ingress === UP_PORT) return this.#fromAbove(address, target);
    const port = itemAt(this.#ports, ingress);
    return port.kind === 'down' ? this.#fromBelow(slot, address, target, ingress, port) : UP_PORT;
  }

  /** Where the requester matters too, no decision is remembered. */
  #validatesSource(ingress: number): boolean {
    const port = itemAt(this.#ports, ingress);
    return port.kind === 'down' && port.registers.acs.sourceValidation;
  }

  /** From the root: to whoever claims the address, if its upstream port passes it on. */
  #fromAbove(address: number, target: number): number {
    if (target === NONE) return UNSUPPORTED;
    const port = itemAt(this.#ports, target);
    if (port.kind !== 'down' || port.above === undefined) return target;
    return port.above.memoryEnable && port.above.claims(address) ? target : UNSUPPORTED;
  }

  /** From below a downstream port, with the port's ACS bits. */
  #fromBelow(slot: number, address: number, target: number, ingress: number, port: DownPort): number {
    const { registers, above } = port;
    const { acs } = registers;
    if (acs.sourceValidation && !registers.leadsTo(this.#pool.requesterId(slot) >> 8)) return VIOLATION;
    if (!registers.busMaster) return UNSUPPORTED;
    if (target === ingress || registers.claims(address)) return acs.upstreamForwarding ? UP_PORT : UNSUPPORTED;
    if (target !== NONE && above !== undefined) {
      // Egress control with a clear vector bit lets requests pass directly even if redirect is set.
      return acs.requestRedirect && !acs.egressControl ? UP_PORT : target;
    }
    if (above === undefined) return UP_PORT;
    return !above.busMaster || this.#isInside(address) ? UNSUPPORTED : UP_PORT;
  }

  /** True for an address that the windows of the upstream ports claim from above. */
  #isInside(address: number): boolean {
    for (let index = 0; index < this.#upstreamPorts.length; index++) {
      const upstream = itemAt(this.#upstreamPorts, index);
      if (upstream.memoryEnable && upstream.claims(address)) return true;
    }
    return false;
  }

  /** Completions go to the bus of the requester. */
  #routeCompletion(slot: number, ingress: number): number {
    const pool = this.#pool;
    const port = itemAt(this.#ports, ingress);
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
    for (let index = UP_PORT + 1; index < this.#ports.length; index++) {
      const port = itemAt(this.#ports, index);
      if (port.kind === 'down' && port.registers.leadsTo(bus)) return index;
      if (port.kind === 'local' && port.endpoint.isRequester(this.#pool.requesterId(slot))) return index;
    }
    return NONE;
  }

  /** A request ends here; a non-posted one is answered through the port it came by. */
  #reject(slot: number, ingress: number, status: CompletionStatus): void {
    const pool = this.#pool;
    const port = itemAt(this.#ports, ingress);
    const reporter = port.kind === 'local' ? itemAt(this.#ports, UP_PORT) : port;
    if (reporter.kind !== 'local') {
      const counter = reporter.functionIndex * FUNCTION_COUNTER_COUNT + FUNCTION_COUNTER.unsupported;
      addTo(this.options.functionCounters, counter, 1);
    }
    if (wantsCompletion(pool, slot)) {
      completeWithStatus(pool, slot, status, { egress: port.egress, source: this.#ports.length, digestBytes: 0 });
      return;
    }
    releaseBuffer(pool, slot, port.egress);
    pool.free(slot);
  }
}
