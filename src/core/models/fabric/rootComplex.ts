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

import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT } from '../../pcie/counters.ts';
import { COMPLETION_STATUS, type CompletionStatus, DATA_CREDIT_BYTES, FLOW, TLP_CLASS } from '../../pcie/tlp.ts';
import { bdf } from '../../pcie/bdf.ts';
import type { CompletionChunk, CompletionLimits } from '../../pcie/splitting.ts';
import { addTo, byteAt, itemAt } from '../../sim/cells.ts';
import type { InterruptSink } from '../hardware.ts';
import { AddressMap } from './addressMap.ts';
import {
  type CompletionPath,
  completeRead,
  completeRegister,
  completeWithStatus,
  releaseBuffer,
  wantsCompletion,
} from './completions.ts';
import { answerConfig, CONFIG_LATENCY_PS, isConfigRequest, passBridge, targetBus } from './configRequests.ts';
import { completeAtomic, isAtomic, performAtomic } from './atomics.ts';
import type { Endpoint } from './endpoint.ts';
import type { DelayLine } from './delayLine.ts';
import { EVENT, eventWord } from './events.ts';
import type { Fabric } from './fabric.ts';
import { corruptPayload, type HostBridge, peerPolicy } from './hostBridge.ts';
import type { HostMemory } from './hostMemory.ts';
import { PeerCrossing } from './peerCrossing.ts';
import { peerDecision } from './portAcs.ts';
import type { BridgeRegisters } from './registers.ts';
import { AddressCuts } from './routeMemory.ts';
import { repacketise } from './repacketise.ts';
import { RequesterSubstitution } from './requesterSubstitution.ts';
import type { RequestTranslator } from './requestTranslator.ts';
import { ADDRESS_TYPE, DIGEST, NONE, type TlpPool } from './tlpPool.ts';
import { TranslationGate } from './translationGate.ts';
import type { Receiver } from './fabricParts.ts';
import type { Transmitter } from './transmitter.ts';

/** Message-signalled interrupts are writes to this range. */
export const INTERRUPT_BASE = 0xfee0_0000;
const INTERRUPT_END = 0xfef0_0000;

/** Targets of requests that are not a port. */
const MEMORY = -1;
const INTERRUPTS = -2;
const NOBODY = -3;

/** A root port, or a conventional bridge on a root bus. */
export interface RootPort {
  readonly kind: 'root';
  readonly functionIndex: number;
  readonly registers: BridgeRegisters;
  readonly egress: Transmitter;
  readonly hostBridge: HostBridge;
  /** A conventional bridge on a root bus: requests from below carry its secondary bus. */
  readonly takesOver: boolean;
}

/** A function or processor inside the root complex. */
export interface InternalPort {
  readonly kind: 'internal';
  /** Its requests are the host's own: no policy for peers and no IOMMU concerns them. */
  readonly isProcessor: boolean;
  readonly endpoint: Endpoint;
  readonly egress: Transmitter;
  readonly hostBridge: HostBridge;
}

type Port = RootPort | InternalPort;

export interface RootComplexParts {
  readonly fabric: Fabric;
  readonly memory: HostMemory;
  /** How host memory's completions are cut. */
  readonly completionChunk: CompletionChunk;
}

/**
 * @spec semantics reference; performance reference, sections 5 and 6
 * @simplifies Answers of host memory wait in the root complex, not in memory. Host memory carries out atomic operations
 * whatever the root port's completer bits say. Virtual channel 0 only; I/O requests do not exist.
 */
export class RootComplex implements Receiver {
  interruptSink: InterruptSink | undefined;
  /** The IOMMU; undefined while it is off or passes everything through. Set before traffic. */
  translator: RequestTranslator | undefined;
  readonly #fabric: Fabric;
  readonly #memory: HostMemory;
  readonly #completionChunk: CompletionChunk;
  readonly #pool: TlpPool;
  readonly #configLine: DelayLine;
  readonly #ports: Port[] = [];
  readonly #map = new AddressMap();
  readonly #cuts = new AddressCuts();
  readonly #crossing: PeerCrossing;
  readonly #gate: TranslationGate;
  readonly #substitution: RequesterSubstitution;
  /** Data credits of the largest payload that every root port takes. */
  #payloadCredits = 0;
  /** By port: how host memory's answers through it are cut. */
  #limits: readonly CompletionLimits[] = [];
  /** By port: how answers of host memory leave, and those of the port itself. */
  #memoryPaths: readonly CompletionPath[] = [];
  #ownPaths: readonly CompletionPath[] = [];

  constructor(parts: RootComplexParts) {
    this.#fabric = parts.fabric;
    this.#memory = parts.memory;
    this.#completionChunk = parts.completionChunk;
    this.#pool = parts.fabric.pool;
    this.#configLine = parts.fabric.addLine((slot) => this.#answerConfig(slot));
    this.#crossing = new PeerCrossing({
      fabric: parts.fabric,
      egressOf: (port) => itemAt(this.#ports, port).egress,
      onThrough: (slot) => this.onForward(slot),
    });
    this.#gate = new TranslationGate(parts.fabric, (slot, port) => this.#afterGate(slot, port));
    this.#substitution = new RequesterSubstitution(parts.fabric.pool);
  }

  /** Number the next port will have. */
  get nextPort(): number {
    return this.#ports.length;
  }

  /** Adds a port and returns its number. */
  addPort(port: Port): number {
    return this.#ports.push(port) - 1;
  }

  /** All ports are there: at each egress every port is a source, then host memory, then the root complex itself. */
  seal(): void {
    for (const port of this.#ports) {
      for (let source = 0; source < this.#ports.length + 2; source++) port.egress.addSource();
    }
    this.#gate.seal(this.#ports.length);
    this.refresh();
  }

  /** Registers of its ports have changed. */
  refresh(): void {
    const ranges = [];
    const cuts = [];
    for (const [target, port] of this.#ports.entries()) {
      if (port.kind === 'internal') {
        for (const range of port.endpoint.ranges()) ranges.push({ ...range, target });
        continue;
      }
      const { registers } = port;
      cuts.push(...registers.windows());
      if (!registers.memoryEnable || !registers.linkUp) continue;
      for (const window of registers.windows()) ranges.push({ ...window, target });
    }
    const ram = this.#memory.ranges.map(({ base, sizeBytes }) => ({ base, limit: base + sizeBytes - 1 }));
    this.#map.set(ranges);
    this.#cuts.set([...ranges, ...cuts, ...ram, { base: INTERRUPT_BASE, limit: INTERRUPT_END - 1 }]);
    this.#limits = this.#ports.map((port) => this.#limitsOf(port));
    const sources = this.#ports.length;
    this.#memoryPaths = this.#ports.map((port) => pathOf(port, sources, port.hostBridge.spec.rootBus << 8));
    this.#ownPaths = this.#ports.map((port) => pathOf(port, sources + 1, ownIdOf(port)));
    const payloads = this.#ports.map((port) => (port.kind === 'root' ? port.registers.acceptsBytes : Infinity));
    this.#payloadCredits = Math.min(4096, ...payloads) / DATA_CREDIT_BYTES;
  }

  onArrive(slot: number, ingress: Transmitter): void {
    const pool = this.#pool;
    const port = ingress.receiverPort;
    if (pool.dataCredits(slot) > this.#payloadCredits && this.#endsMalformed(slot, port)) return;
    if (this.translator !== undefined && this.#isGuarded(slot, port)) return this.#arriveGuarded(slot, port);
    if (pool.classOf(slot) === TLP_CLASS.completion) return this.#returnCompletion(slot, port);
    // MRd and MWr in figures, see TlpPool.
    if (pool.kind(slot) > 1 && !isAtomic(pool, slot)) return this.#arriveOther(slot, port);
    const { route } = ingress;
    const address = pool.address(slot);
    if (address >= route.base && address <= route.limit) return this.#serve(slot, port, route.target);
    const from = itemAt(this.#ports, port);
    const target = this.#targetOf(address);
    if (from.kind === 'root') {
      if (!this.#accepts(from, slot, port, target)) return;
      if (!from.registers.acs.isPerRequest && !from.takesOver) this.#cuts.remember(route, address, target);
    } else {
      this.#cuts.remember(route, address, target);
    }
    this.#serve(slot, port, target);
  }

  /** Configuration requests and messages. */
  #arriveOther(slot: number, port: number): void {
    if (isConfigRequest(this.#pool, slot)) return this.#routeConfig(slot, port);
    const at = itemAt(this.#ports, port);
    this.#fabric.reporter.messageReceived(reporterOf(at), slot);
    this.#end(slot, at.egress);
  }

  /** A request goes where its address belongs. */
  #serve(slot: number, port: number, target: number): void {
    if (target >= 0) this.#toPort(slot, port, target);
    else if (target === INTERRUPTS && !wantsCompletion(this.#pool, slot)) {
      this.#interrupt(slot, itemAt(this.#ports, port));
    } else if (target === MEMORY) this.#toMemory(slot, this.#memory.offsetOf(this.#pool.address(slot)));
    else this.#reject(slot, port, COMPLETION_STATUS.UR);
  }

  /** A payload longer than the port's Max_Payload_Size (semantics reference T-3). */
  #endsMalformed(slot: number, port: number): boolean {
    const at = itemAt(this.#ports, port);
    if (at.kind !== 'root' || this.#pool.lengthBytes(slot) <= at.registers.acceptsBytes) return false;
    this.#fabric.reporter.malformed(at.functionIndex, slot);
    this.#end(slot, at.egress);
    return true;
  }

  /** What comes from devices passes the IOMMU, or stays behind what does. */
  #isGuarded(slot: number, port: number): boolean {
    const at = itemAt(this.#ports, port);
    if (at.kind === 'internal' && at.isProcessor) return false;
    if (this.#pool.classOf(slot) === TLP_CLASS.completion) return this.#gate.isHolding(port);
    return this.#pool.kind(slot) <= 1 || isAtomic(this.#pool, slot);
  }

  /** With an IOMMU: the address is translated first, where the rules ask for it. */
  #arriveGuarded(slot: number, port: number): void {
    const pool = this.#pool;
    const { now_ps } = this.#fabric.events;
    const from = itemAt(this.#ports, port);
    let ready_ps = now_ps;
    if (pool.classOf(slot) !== TLP_CLASS.completion) {
      const target = this.#targetOf(pool.address(slot));
      if (from.kind === 'root' && !this.#accepts(from, slot, port, target)) return;
      if (target !== INTERRUPTS) ready_ps = this.#translate(slot, port, target);
      if (ready_ps < 0) return this.#fault(slot, port);
    }
    if (ready_ps > now_ps || this.#gate.isHolding(port)) this.#gate.hold(slot, port, ready_ps);
    else this.#afterGate(slot, port);
  }

  /** When a request may go on; its address is physical then. Negative = a fault. */
  #translate(slot: number, port: number, target: number): number {
    const pool = this.#pool;
    const { translator } = this;
    const { now_ps } = this.#fabric.events;
    if (translator === undefined) return now_ps;
    const type = pool.addressType(slot);
    if (type === ADDRESS_TYPE.translated) return translator.trusts(slot, port) ? now_ps : NONE;
    if (type === ADDRESS_TYPE.translationRequest) return translator.lookUp(slot, port);
    if (target >= 0 && !this.#isRedirected(slot, port, target)) return now_ps;
    return translator.translate(slot, port);
  }

  /** Request redirect at a root port, or of a function, sends requests for peers through the IOMMU. */
  #isRedirected(slot: number, port: number, target: number): boolean {
    const from = itemAt(this.#ports, port);
    const { acs } =
      from.kind === 'root' ? from.registers : itemAt(this.#fabric.ports, this.#pool.origin(slot)).registers;
    return peerDecision(acs, false, this.#peerNumber(port, target)) !== 'direct';
  }

  /** Number of a target in egress control vectors; NONE for what is not another root port. */
  #peerNumber(port: number, target: number): number {
    if (target < 0 || target === port) return NONE;
    const to = itemAt(this.#ports, target);
    return to.kind === 'root' ? to.registers.portNumber : NONE;
  }

  /** A TLP goes on after the IOMMU. */
  #afterGate(slot: number, port: number): void {
    const pool = this.#pool;
    const { translator } = this;
    if (pool.classOf(slot) === TLP_CLASS.completion) return this.#returnCompletion(slot, port);
    if (translator === undefined || pool.addressType(slot) !== ADDRESS_TYPE.translationRequest)
      return this.#serve(slot, port, this.#targetOf(pool.address(slot)));
    completeRegister(pool, slot, translator.answerLow(slot), translator.answerHigh(slot), itemAt(this.#ownPaths, port));
  }

  #fault(slot: number, port: number): void {
    const pool = this.#pool;
    this.#fabric.reporter.translationFault(pool.requesterId(slot), slot);
    if (wantsCompletion(pool, slot)) completeWithStatus(pool, slot, COMPLETION_STATUS.UR, itemAt(this.#ownPaths, port));
    else this.#end(slot, itemAt(this.#ports, port).egress);
  }

  /** Configuration requests of processors: to a root port by bus number, or to a function on a root bus. */
  #routeConfig(slot: number, source: number): void {
    const pool = this.#pool;
    const { events } = this.#fabric;
    if (itemAt(this.#ports, source).kind === 'root') return this.#reject(slot, source, COMPLETION_STATUS.UR);
    const { segment } = itemAt(this.#fabric.ports, pool.origin(slot)).registers;
    const bus = targetBus(pool, slot);
    for (const [target, port] of this.#ports.entries()) {
      if (port.kind !== 'root' || port.registers.segment !== segment || !port.registers.leadsTo(bus)) continue;
      if (!port.registers.linkUp) return this.#reject(slot, source, COMPLETION_STATUS.UR);
      passBridge(pool, slot, port.registers);
      return this.#send(slot, source, target, Infinity);
    }
    events.due_ps = events.now_ps + CONFIG_LATENCY_PS;
    this.#configLine.add(slot);
  }

  #answerConfig(slot: number): void {
    const { segment } = itemAt(this.#fabric.ports, this.#pool.origin(slot)).registers;
    answerConfig(this.#pool, slot, this.#fabric.config, segment, itemAt(this.#ownPaths, this.#portOf(slot)));
  }

  /** Who answers an address: a port, MEMORY, INTERRUPTS or NOBODY. */
  #targetOf(address: number): number {
    const target = this.#map.find(address);
    if (target !== NONE) return target;
    if (address >= INTERRUPT_BASE && address < INTERRUPT_END) return INTERRUPTS;
    return this.#memory.offsetOf(address) === NONE ? NOBODY : MEMORY;
  }

  /** The way between two ports has been crossed. */
  onForward(slot: number): void {
    const pool = this.#pool;
    const source = pool.source(slot);
    const target = pool.egress(slot);
    const { hostBridge } = itemAt(this.#ports, source);
    this.#send(slot, source, target, hostBridge.pieceBytes);
  }

  onUndeliverable(slot: number): void {
    this.#reject(slot, this.#portOf(slot), COMPLETION_STATUS.UR);
  }

  /** Host memory has done an access. */
  onServed(slot: number): void {
    const pool = this.#pool;
    const port = pool.target(slot);
    if (!wantsCompletion(pool, slot)) return this.#end(slot, itemAt(this.#ports, port).egress);
    const memory = this.#memory;
    const offset = memory.offsetOf(pool.address(slot));
    const path = itemAt(this.#memoryPaths, port);
    if (isAtomic(pool, slot)) completeAtomic(pool, slot, path);
    else completeRead(pool, slot, memory.memory, offset, itemAt(this.#limits, port), path);
  }

  #limitsOf(port: Port): CompletionLimits {
    const chunk = this.#completionChunk;
    if (port.kind === 'root') return { mpsBytes: port.registers.mpsBytes, rcbBytes: port.registers.rcbBytes, chunk };
    const mpsBytes = Math.min(...port.endpoint.functions.map((fn) => fn.registers.mpsBytes));
    return { mpsBytes, rcbBytes: 64, chunk };
  }

  /** ACS and the port's own enables, for a request from below. Ends the request if it may not pass. */
  #accepts(from: RootPort, slot: number, port: number, target: number): boolean {
    const pool = this.#pool;
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
    const pool = this.#pool;
    const from = itemAt(this.#ports, source);
    const to = itemAt(this.#ports, target);
    if (isProcessor(from) || isProcessor(to)) return this.#send(slot, source, target, Infinity);
    if (isAtomic(pool, slot) && !(routesAtomics(from) && routesAtomics(to)))
      return this.#reject(slot, source, COMPLETION_STATUS.UR);
    const policy = peerPolicy(from.hostBridge, to.hostBridge, wantsCompletion(pool, slot));
    if (policy === 'unsupported') return this.#reject(slot, source, COMPLETION_STATUS.UR);
    if (policy === 'drop' || policy === 'timeout') return this.#end(slot, from.egress);
    if (policy === 'corrupt' && pool.dataCredits(slot) > 0) corruptPayload(pool, slot);
    const { segment, rootBus } = to.hostBridge.spec;
    if (segment !== from.hostBridge.spec.segment) this.#substitution.replace(slot, rootBus << 8);
    this.#forwardPeer(slot, source, target);
  }

  /**
   * Across the inside of the root complex.
   * @simplifies The extra latency is that from root port to root port: where an integrated endpoint takes part it is left
   * out, unless the host bridge limits the traffic or it goes to another one.
   */
  #forwardPeer(slot: number, source: number, target: number): void {
    const pool = this.#pool;
    const from = itemAt(this.#ports, source);
    const to = itemAt(this.#ports, target);
    const isInside = from.kind === 'internal' || to.kind === 'internal';
    if (isInside && from.hostBridge === to.hostBridge && from.hostBridge.isUnlimited)
      return this.#send(slot, source, target, Infinity);
    pool.setSource(slot, source);
    pool.setEgress(slot, target);
    this.#crossing.enter(slot, from, to);
  }

  /** Into the egress queue, in pieces if the port's Max_Payload_Size or the bridge asks for it (semantics reference P-2). */
  #send(slot: number, source: number, target: number, pieceBytes: number): void {
    const port = itemAt(this.#ports, target);
    const pool = this.#pool;
    if (port.kind === 'root' && pool.dataCredits(slot) > 0) {
      const { mpsBytes } = port.registers;
      const limitBytes = mpsBytes < pieceBytes ? mpsBytes : pieceBytes;
      if (pool.lengthBytes(slot) > limitBytes) return repacketise(pool, slot, limitBytes, port.egress, source);
    }
    port.egress.enqueue(slot, source);
  }

  /** Completions return to the port their requester is behind, with its own ID. */
  #returnCompletion(slot: number, source: number): void {
    const pool = this.#pool;
    const from = itemAt(this.#ports, source);
    const { segment } = itemAt(this.#fabric.ports, pool.origin(slot)).registers;
    const isForeign = segment !== from.hostBridge.spec.segment && this.#isSubstituted(slot);
    const isExpected = !isForeign || this.#substitution.restore(slot);
    const target = isExpected ? this.#portToward(slot, segment) : NONE;
    if (target === NONE) {
      this.#fabric.reporter.unexpectedCompletion(reporterOf(from), slot);
      return this.#end(slot, from.egress);
    }
    const to = itemAt(this.#ports, target);
    if (isProcessor(from) || isProcessor(to)) return this.#send(slot, source, target, Infinity);
    if (pool.dataCredits(slot) > 0 && peerPolicy(to.hostBridge, from.hostBridge, true) === 'corrupt')
      corruptPayload(pool, slot);
    this.#forwardPeer(slot, source, target);
  }

  /** The ID on the wire is not the requester's own: the root complex has put it there. */
  #isSubstituted(slot: number): boolean {
    const requester = itemAt(this.#fabric.ports, this.#pool.origin(slot));
    return !this.#ports.some((port) => isProcessor(port) && port.endpoint.hasPort(requester));
  }

  /** The port behind which the requester ID of a completion is; functions inside know their own. */
  #portToward(slot: number, segment: number): number {
    const bus = this.#pool.requesterId(slot) >> 8;
    const requester = itemAt(this.#fabric.ports, this.#pool.origin(slot));
    return this.#ports.findIndex((port) =>
      port.kind === 'root'
        ? port.registers.segment === segment && port.registers.leadsTo(bus)
        : port.endpoint.hasPort(requester),
    );
  }

  #interrupt(slot: number, from: Port): void {
    const pool = this.#pool;
    const start = slot * pool.strideBytes;
    let data = 0;
    for (let index = 3; index >= 0; index--) data = data * 256 + byteAt(pool.payload, start + index);
    const address = pool.address(slot);
    const id = pool.requesterId(slot);
    const requesterId = bdf(id >> 8, (id >> 3) & 31, id & 7);
    this.#end(slot, from.egress);
    this.interruptSink?.(address, data, requesterId);
  }

  /** Bytes are stored, or fetched, in the order of arrival; the channels say when the request is done. */
  #toMemory(slot: number, offset: number): void {
    const pool = this.#pool;
    const { journal, events } = this.#fabric;
    const memory = this.#memory;
    const length = pool.lengthBytes(slot);
    const flow = pool.flow(slot);
    const isWrite = !wantsCompletion(pool, slot);
    pool.setTarget(slot, this.#portOf(slot));
    if (pool.isSpoiled(slot) && this.#refusesData(slot)) return;
    if (isWrite) {
      memory.memory.writeFrom(offset, length, pool.payload, slot * pool.strideBytes);
      if ((flow & 3) !== FLOW.control) memory.noteStored(length, flow);
    } else if (isAtomic(pool, slot)) {
      performAtomic(pool, slot, memory.memory, offset);
    }
    if (memory.isDetailed) memory.accessorNode = itemAt(this.#ports, pool.target(slot)).hostBridge.spec.numaNode;
    const done_ps = isWrite ? memory.access(offset, length, true, flow) : memory.readReady_ps(offset, length, flow);
    journal.memoryAccess(slot, memory.segmentOf(isWrite), done_ps);
    if (done_ps > events.now_ps) events.schedule(done_ps, eventWord(EVENT.served, slot));
    else this.onServed(slot);
  }

  /**
   * Poisoned data is not stored (semantics reference 9.1); a request with a wrong digest is none, where the port checks.
   * @returns true if the request has ended.
   */
  #refusesData(slot: number): boolean {
    const pool = this.#pool;
    const { reporter } = this.#fabric;
    const at = itemAt(this.#ports, pool.target(slot));
    const checks = at.kind === 'root' && at.registers.checksEcrc;
    if (pool.digest(slot) === DIGEST.bad && checks) {
      reporter.ecrcError(reporterOf(at), slot);
      this.#end(slot, at.egress);
      return true;
    }
    if (!pool.isPoisoned(slot)) return false;
    reporter.poisonedReceived(reporterOf(at), slot);
    if (wantsCompletion(pool, slot))
      completeWithStatus(pool, slot, COMPLETION_STATUS.UR, itemAt(this.#ownPaths, pool.target(slot)));
    else this.#end(slot, at.egress);
    return true;
  }

  /** The port a TLP has come in by. */
  #portOf(slot: number): number {
    return itemAt(this.#fabric.transmitters, this.#pool.via(slot)).receiverPort;
  }

  #reject(slot: number, source: number, status: CompletionStatus): void {
    const pool = this.#pool;
    const port = itemAt(this.#ports, source);
    const reporter = reporterOf(port);
    if (status === COMPLETION_STATUS.CA) this.#fabric.reporter.acsViolation(reporter, slot);
    else this.#fabric.reporter.unsupportedRequest(reporter, slot);
    addTo(this.#fabric.functionCounters, reporter * FUNCTION_COUNTER_COUNT + FUNCTION_COUNTER.unsupported, 1);
    if (!wantsCompletion(pool, slot)) return this.#end(slot, port.egress);
    completeWithStatus(pool, slot, status, itemAt(this.#ownPaths, source));
  }

  #end(slot: number, anyTransmitter: Transmitter): void {
    releaseBuffer(this.#pool, slot, anyTransmitter);
    this.#pool.free(slot);
  }
}

/** Function that reports errors of a port. */
function reporterOf(port: Port): number {
  return port.kind === 'root' ? port.functionIndex : itemAt(port.endpoint.functions, 0).functionIndex;
}

function isProcessor(port: Port): port is InternalPort {
  return port.kind === 'internal' && port.isProcessor;
}

/** Atomic operations pass between root ports only if both say so; functions inside need nothing. */
function routesAtomics(port: Port): boolean {
  return port.kind === 'internal' || (port.registers.routesAtomics && !port.registers.blocksAtomics);
}

/** How answers leave through a port. @param id of the completer. */
function pathOf(port: Port, source: number, id: number): CompletionPath {
  return { egress: port.egress, source, digestBytes: 0, stamp: id << 16 };
}

/** Who answers for a port itself. */
function ownIdOf(port: Port): number {
  return port.kind === 'root' ? port.registers.id : port.hostBridge.spec.rootBus << 8;
}
