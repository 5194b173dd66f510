/*
 * The root complex: root ports below one or more host bridges, host memory, functions inside it, the CPU's way out.
 *
 *        CPU ─┐   ┌─ host memory
 *             RC ─┼─ root-complex integrated endpoints          internal ports
 *   ┌─────────┴───┴────────┐
 *   root port   root port   conventional bridge                 ports with windows
 *
 * Requests route by the ports' own windows, then to interrupts, then to RAM; what nobody claims is unsupported (R-5).
 */

import { CONFIG_LATENCY_PS } from '../../pcie/deviceLatencies.ts';
import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT } from '../../pcie/counters.ts';
import { COMPLETION_STATUS, type CompletionStatus, DATA_CREDIT_BYTES, TLP_CLASS } from '../../pcie/tlp.ts';
import { bdf } from '../../pcie/bdf.ts';
import { addTo, byteAt, itemAt } from '../../sim/cells.ts';
import type { InterruptSink } from '../hardware.ts';
import { AddressMap } from './addressMap.ts';
import {
  type CompletionPath,
  completeRegister,
  completeWithStatus,
  releaseBuffer,
  wantsCompletion,
} from './completions.ts';
import { answerConfig, isConfigRequest, passBridge, targetBus } from './configRequests.ts';
import { isAtomic } from './atomics.ts';
import type { DelayLine } from './delayLine.ts';
import type { Fabric } from './fabric.ts';
import { type GuardedHost, GuardedRequests } from './guardedRequests.ts';
import { corruptPayload, peerPolicy } from './hostBridge.ts';
import type { HostMemory } from './hostMemory.ts';
import { MemoryCompleter, type MemoryCompleterParts } from './memoryCompleter.ts';
import { PeerCrossing } from './peerCrossing.ts';
import { peerDecision } from './portAcs.ts';
import { AddressCuts } from './routeMemory.ts';
import { repacketise } from './repacketise.ts';
import { RequesterSubstitution } from './requesterSubstitution.ts';
import type { RequestTranslator } from './requestTranslator.ts';
import {
  isProcessor,
  ownIdOf,
  pathOf,
  reporterOf,
  type RootComplexPort,
  type RootPort,
  routesAtomics,
} from './rootPorts.ts';
import { ADDRESS_TYPE, NONE, type TlpPool } from './tlpPool.ts';
import type { Receiver } from './fabricParts.ts';
import type { Transmitter } from './transmitter.ts';

/** Message-signalled interrupts are writes to this range. */
export const INTERRUPT_BASE = 0xfee0_0000;
const INTERRUPT_END = 0xfef0_0000;

/** Targets of requests that are not a port. */
const MEMORY = -1;
const INTERRUPTS = -2;
const NOBODY = -3;

export type RootComplexParts = MemoryCompleterParts;

/**
 * @spec semantics reference; performance reference, sections 5 and 6
 * @simplifies Virtual channel 0 only; I/O requests do not exist.
 */
export class RootComplex implements Receiver {
  interruptSink: InterruptSink | undefined;
  /** The IOMMU; undefined while it is off or passes everything through. Set before traffic. */
  translator: RequestTranslator | undefined;
  private readonly _fabric: Fabric;
  private readonly _memory: HostMemory;
  private readonly _pool: TlpPool;
  private readonly _configLine: DelayLine;
  private readonly _ports: RootComplexPort[] = [];
  private readonly _map = new AddressMap();
  private readonly _cuts = new AddressCuts();
  private readonly _crossing: PeerCrossing;
  private readonly _guarded: GuardedRequests;
  private readonly _substitution: RequesterSubstitution;
  /** Data credits of the largest payload that every root port takes. */
  private _payloadCredits = 0;
  private readonly _completer: MemoryCompleter;
  /** By port: how answers of the port itself leave. */
  private _ownPaths: readonly CompletionPath[] = [];

  constructor(parts: RootComplexParts) {
    this._fabric = parts.fabric;
    this._memory = parts.memory;
    this._pool = parts.fabric.pool;
    this._configLine = parts.fabric.addLine((slot) => this.#answerConfig(slot));
    this._crossing = new PeerCrossing({
      fabric: parts.fabric,
      egressOf: (port) => itemAt(this._ports, port).egress,
      onThrough: (slot) => this.onForward(slot),
    });
    this._guarded = new GuardedRequests(parts.fabric, this.#guardedHost());
    this._substitution = new RequesterSubstitution(parts.fabric.pool);
    this._completer = new MemoryCompleter(parts);
  }

  /** Number the next port will have. */
  get nextPort(): number {
    return this._ports.length;
  }

  /** Adds a port and returns its number. */
  addPort(port: RootComplexPort): number {
    return this._ports.push(port) - 1;
  }

  /** All ports are there: at each egress every port is a source, then host memory, then the root complex itself. */
  seal(): void {
    for (const port of this._ports) {
      for (let source = 0; source < this._ports.length + 2; source++) port.egress.addSource();
    }
    this._guarded.seal(this._ports.length);
    this.refresh();
  }

  /** Registers of its ports have changed. */
  refresh(): void {
    const ranges = [];
    const cuts = [];
    for (const [target, port] of this._ports.entries()) {
      if (port.kind === 'internal') {
        for (const range of port.endpoint.ranges()) ranges.push({ ...range, target });
        continue;
      }
      const { registers } = port;
      cuts.push(...registers.windows());
      if (!registers.memoryEnable || !registers.linkUp) continue;
      for (const window of registers.windows()) ranges.push({ ...window, target });
    }
    const ram = this._memory.ranges.map(({ base, sizeBytes }) => ({ base, limit: base + sizeBytes - 1 }));
    this._map.set(ranges);
    this._cuts.set([...ranges, ...cuts, ...ram, { base: INTERRUPT_BASE, limit: INTERRUPT_END - 1 }]);
    this._completer.refresh(this._ports);
    this._ownPaths = this._ports.map((port) => pathOf(port, this._ports.length + 1, ownIdOf(port)));
    const payloads = this._ports.map((port) => (port.kind === 'root' ? port.registers.acceptsBytes : Infinity));
    this._payloadCredits = Math.min(4096, ...payloads) / DATA_CREDIT_BYTES;
  }

  onArrive(slot: number, ingress: Transmitter): void {
    const pool = this._pool;
    const port = ingress.receiverPort;
    if (pool.dataCredits(slot) > this._payloadCredits && this.#endsMalformed(slot, port)) return;
    const { translator } = this;
    if (translator !== undefined && this._guarded.concerns(slot, port))
      return this._guarded.arrive(slot, port, translator);
    if (pool.classOf(slot) === TLP_CLASS.completion) return this.#returnCompletion(slot, port);
    // MRd and MWr in figures, see TlpPool.
    if (pool.kind(slot) > 1 && !isAtomic(pool, slot)) return this.#arriveOther(slot, port);
    const { route } = ingress;
    const address = pool.address(slot);
    if (address >= route.base && address <= route.limit) return this.#serve(slot, port, route.target);
    const from = itemAt(this._ports, port);
    const target = this.#targetOf(address);
    if (from.kind === 'root') {
      if (!this.#accepts(from, slot, port, target)) return;
      if (!from.registers.acs.isPerRequest && !from.takesOver) this._cuts.remember(route, address, target);
    } else {
      this._cuts.remember(route, address, target);
    }
    this.#serve(slot, port, target);
  }

  /** Configuration requests and messages. */
  #arriveOther(slot: number, port: number): void {
    if (isConfigRequest(this._pool, slot)) return this.#routeConfig(slot, port);
    const at = itemAt(this._ports, port);
    this._fabric.reporter.messageReceived(reporterOf(at), slot);
    this.#end(slot, at.egress);
  }

  /** A request goes where its address belongs. */
  #serve(slot: number, port: number, target: number): void {
    if (target >= 0) this.#toPort(slot, port, target);
    else if (target === INTERRUPTS && !wantsCompletion(this._pool, slot)) {
      this.#interrupt(slot, itemAt(this._ports, port));
    } else if (target === MEMORY) this._completer.accept(slot, port);
    else this.#reject(slot, port, COMPLETION_STATUS.UR);
  }

  /** A payload longer than the port's Max_Payload_Size (semantics reference T-3). */
  #endsMalformed(slot: number, port: number): boolean {
    const at = itemAt(this._ports, port);
    if (at.kind !== 'root' || this._pool.lengthBytes(slot) <= at.registers.acceptsBytes) return false;
    this._fabric.reporter.malformed(at.functionIndex, slot);
    this.#end(slot, at.egress);
    return true;
  }

  #guardedHost(): GuardedHost {
    const portAt = (port: number): RootComplexPort => itemAt(this._ports, port);
    const targetOf = (slot: number): number => this.#targetOf(this._pool.address(slot));
    return {
      isProcessor: (port) => isProcessor(portAt(port)),
      accepts: (slot, port) => {
        const from = portAt(port);
        return from.kind === 'internal' || this.#accepts(from, slot, port, targetOf(slot));
      },
      isInterrupt: (slot) => targetOf(slot) === INTERRUPTS,
      goesStraight: (slot, port) => {
        const target = targetOf(slot);
        return target >= 0 && !this.#isRedirected(slot, port, target);
      },
      proceed: (slot, port) => {
        if (this._pool.classOf(slot) === TLP_CLASS.completion) this.#returnCompletion(slot, port);
        else this.#serve(slot, port, targetOf(slot));
      },
      answer: (slot, port) => this.#answerTranslation(slot, port),
      fault: (slot, port) => this.#fault(slot, port),
    };
  }

  /** Request redirect at a root port, or of a function, sends requests for peers through the IOMMU. */
  #isRedirected(slot: number, port: number, target: number): boolean {
    const from = itemAt(this._ports, port);
    const { acs } =
      from.kind === 'root' ? from.registers : itemAt(this._fabric.ports, this._pool.origin(slot)).registers;
    return peerDecision(acs, false, this.#peerNumber(port, target)) !== 'direct';
  }

  /** Number of a target in egress control vectors; NONE for what is not another root port. */
  #peerNumber(port: number, target: number): number {
    if (target < 0 || target === port) return NONE;
    const to = itemAt(this._ports, target);
    return to.kind === 'root' ? to.registers.portNumber : NONE;
  }

  #answerTranslation(slot: number, port: number): void {
    const { translator } = this;
    if (translator === undefined) return this.#fault(slot, port);
    const [low, high] = [translator.answerLow(slot), translator.answerHigh(slot)];
    completeRegister(this._pool, slot, low, high, itemAt(this._ownPaths, port));
  }

  #fault(slot: number, port: number): void {
    const pool = this._pool;
    this._fabric.reporter.translationFault(pool.requesterId(slot), slot);
    if (wantsCompletion(pool, slot)) completeWithStatus(pool, slot, COMPLETION_STATUS.UR, itemAt(this._ownPaths, port));
    else this.#end(slot, itemAt(this._ports, port).egress);
  }

  /** Configuration requests of processors: to a root port by bus number, or to a function on a root bus. */
  #routeConfig(slot: number, source: number): void {
    const pool = this._pool;
    const { events } = this._fabric;
    if (itemAt(this._ports, source).kind === 'root') return this.#reject(slot, source, COMPLETION_STATUS.UR);
    const { segment } = itemAt(this._fabric.ports, pool.origin(slot)).registers;
    const bus = targetBus(pool, slot);
    for (const [target, port] of this._ports.entries()) {
      if (port.kind !== 'root' || port.registers.segment !== segment || !port.registers.leadsTo(bus)) continue;
      if (!port.registers.linkUp) return this.#reject(slot, source, COMPLETION_STATUS.UR);
      passBridge(pool, slot, port.registers);
      return this.#send(slot, source, target, Infinity);
    }
    events.due_ps = events.now_ps + CONFIG_LATENCY_PS;
    this._configLine.add(slot);
  }

  #answerConfig(slot: number): void {
    const { segment } = itemAt(this._fabric.ports, this._pool.origin(slot)).registers;
    answerConfig(this._pool, slot, this._fabric.config, segment, itemAt(this._ownPaths, this.#portOf(slot)));
  }

  /** Who answers an address: a port, MEMORY, INTERRUPTS or NOBODY. */
  #targetOf(address: number): number {
    const target = this._map.find(address);
    if (target !== NONE) return target;
    if (address >= INTERRUPT_BASE && address < INTERRUPT_END) return INTERRUPTS;
    return this._memory.offsetOf(address) === NONE ? NOBODY : MEMORY;
  }

  /** The way between two ports has been crossed. */
  onForward(slot: number): void {
    const pool = this._pool;
    const source = pool.source(slot);
    const target = pool.egress(slot);
    const { hostBridge } = itemAt(this._ports, source);
    this.#send(slot, source, target, hostBridge.pieceBytes);
  }

  onServed(slot: number): void {
    this._completer.onServed(slot);
  }

  onUndeliverable(slot: number): void {
    this.#reject(slot, this.#portOf(slot), COMPLETION_STATUS.UR);
  }

  /** ACS and the port's own enables, for a request from below. Ends the request if it may not pass. */
  #accepts(from: RootPort, slot: number, port: number, target: number): boolean {
    const pool = this._pool;
    const { registers } = from;
    const { acs } = registers;
    const type = pool.addressType(slot);
    if (from.takesOver) {
      pool.setTransaction(slot, registers.secondary << 8, pool.tag(slot), pool.origin(slot));
    }
    const isForeign = acs.sourceValidation && !registers.leadsTo(pool.requesterId(slot) >> 8);
    const isBlocked = acs.translationBlocking && type !== ADDRESS_TYPE.untranslated;
    const isViolation =
      peerDecision(acs, type === ADDRESS_TYPE.translated, this.#peerNumber(port, target)) === 'violation';
    if (isForeign || isBlocked || isViolation) {
      this.#reject(slot, port, COMPLETION_STATUS.CA);
      return false;
    }
    if (registers.busMaster) return true;
    this.#reject(slot, port, COMPLETION_STATUS.UR);
    return false;
  }

  /** To another port, or back down the same one after a redirect. Between devices the policy decides. */
  #toPort(slot: number, source: number, target: number): void {
    const pool = this._pool;
    const from = itemAt(this._ports, source);
    const to = itemAt(this._ports, target);
    if (isProcessor(from) || isProcessor(to)) return this.#send(slot, source, target, Infinity);
    if (isAtomic(pool, slot) && !(routesAtomics(from) && routesAtomics(to)))
      return this.#reject(slot, source, COMPLETION_STATUS.UR);
    const policy = peerPolicy(from.hostBridge, to.hostBridge, wantsCompletion(pool, slot));
    if (policy === 'unsupported') return this.#reject(slot, source, COMPLETION_STATUS.UR);
    if (policy === 'drop' || policy === 'timeout') return this.#end(slot, from.egress);
    if (policy === 'corrupt' && pool.dataCredits(slot) > 0) corruptPayload(pool, slot);
    const { segment, rootBus } = to.hostBridge.spec;
    if (segment !== from.hostBridge.spec.segment) this._substitution.replace(slot, rootBus << 8);
    this.#forwardPeer(slot, source, target);
  }

  /**
   * Across the inside of the root complex.
   * @simplifies The extra latency is that from root port to root port: where an integrated endpoint takes part it is left
   * out, unless the host bridge limits the traffic or it goes to another one.
   */
  #forwardPeer(slot: number, source: number, target: number): void {
    const pool = this._pool;
    const from = itemAt(this._ports, source);
    if (pool.isPoisoned(slot)) this._fabric.reporter.poisonedForwarded(reporterOf(from), slot);
    const to = itemAt(this._ports, target);
    const isInside = from.kind === 'internal' || to.kind === 'internal';
    if (isInside && from.hostBridge === to.hostBridge && from.hostBridge.isUnlimited)
      return this.#send(slot, source, target, Infinity);
    pool.setSource(slot, source);
    pool.setEgress(slot, target);
    this._crossing.enter(slot, from, to);
  }

  /** Into the egress queue, in pieces if the port's Max_Payload_Size or the bridge asks for it (semantics reference P-2). */
  #send(slot: number, source: number, target: number, pieceBytes: number): void {
    const port = itemAt(this._ports, target);
    const pool = this._pool;
    if (port.kind === 'root' && pool.dataCredits(slot) > 0) {
      const { mpsBytes } = port.registers;
      const limitBytes = mpsBytes < pieceBytes ? mpsBytes : pieceBytes;
      if (pool.lengthBytes(slot) > limitBytes) return repacketise(pool, slot, limitBytes, port.egress, source);
    }
    port.egress.enqueue(slot, source);
  }

  /** Completions return to the port their requester is behind, with its own ID. */
  #returnCompletion(slot: number, source: number): void {
    const pool = this._pool;
    const from = itemAt(this._ports, source);
    const { segment } = itemAt(this._fabric.ports, pool.origin(slot)).registers;
    const isForeign = segment !== from.hostBridge.spec.segment && this.#isSubstituted(slot);
    const isExpected = !isForeign || this._substitution.restore(slot);
    const target = isExpected ? this.#portToward(slot, segment) : NONE;
    if (target === NONE) {
      this._fabric.reporter.unexpectedCompletion(reporterOf(from), slot);
      return this.#end(slot, from.egress);
    }
    const to = itemAt(this._ports, target);
    if (isProcessor(from) || isProcessor(to)) return this.#send(slot, source, target, Infinity);
    if (pool.dataCredits(slot) > 0 && peerPolicy(to.hostBridge, from.hostBridge, true) === 'corrupt')
      corruptPayload(pool, slot);
    this.#forwardPeer(slot, source, target);
  }

  /** The ID on the wire is not the requester's own: the root complex has put it there. */
  #isSubstituted(slot: number): boolean {
    const requester = itemAt(this._fabric.ports, this._pool.origin(slot));
    return !this._ports.some((port) => isProcessor(port) && port.endpoint.hasPort(requester));
  }

  /** The port behind which the requester ID of a completion is; functions inside know their own. */
  #portToward(slot: number, segment: number): number {
    const bus = this._pool.requesterId(slot) >> 8;
    const requester = itemAt(this._fabric.ports, this._pool.origin(slot));
    return this._ports.findIndex((port) =>
      port.kind === 'root'
        ? port.registers.segment === segment && port.registers.leadsTo(bus)
        : port.endpoint.hasPort(requester),
    );
  }

  #interrupt(slot: number, from: RootComplexPort): void {
    const pool = this._pool;
    const start = slot * pool.strideBytes;
    let data = 0;
    for (let index = 3; index >= 0; index--) data = data * 256 + byteAt(pool.payload, start + index);
    const address = pool.address(slot);
    const id = pool.requesterId(slot);
    const requesterId = bdf(id >> 8, (id >> 3) & 31, id & 7);
    this.#end(slot, from.egress);
    this.interruptSink?.(address, data, requesterId);
  }

  /** The port a TLP has come in by. */
  #portOf(slot: number): number {
    return itemAt(this._fabric.transmitters, this._pool.via(slot)).receiverPort;
  }

  #reject(slot: number, source: number, status: CompletionStatus): void {
    const pool = this._pool;
    const port = itemAt(this._ports, source);
    const reporter = reporterOf(port);
    if (status === COMPLETION_STATUS.CA) this._fabric.reporter.acsViolation(reporter, slot);
    else this._fabric.reporter.unsupportedRequest(reporter, slot);
    addTo(this._fabric.functionCounters, reporter * FUNCTION_COUNTER_COUNT + FUNCTION_COUNTER.unsupported, 1);
    if (!wantsCompletion(pool, slot)) return this.#end(slot, port.egress);
    completeWithStatus(pool, slot, status, itemAt(this._ownPaths, source));
  }

  #end(slot: number, anyTransmitter: Transmitter): void {
    releaseBuffer(this._pool, slot, anyTransmitter);
    this._pool.free(slot);
  }
}
