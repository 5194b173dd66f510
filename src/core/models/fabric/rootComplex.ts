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
import { COMPLETION_STATUS, type CompletionStatus, FLOW, TLP_CLASS } from '../../pcie/tlp.ts';
import type { CompletionChunk, CompletionLimits } from '../../pcie/splitting.ts';
import { addTo, byteAt, itemAt } from '../../sim/cells.ts';
import type { InterruptSink } from '../hardware.ts';
import { AddressMap } from './addressMap.ts';
import { completeRead, completeWithStatus, releaseBuffer, wantsCompletion } from './completions.ts';
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
import { ADDRESS_TYPE, NONE, type TlpPool } from './tlpPool.ts';
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
 * @simplifies Addresses are not translated. Answers of host memory wait in the root complex, not in memory; between host
 * bridges the latencies of both add up.
 */
export class RootComplex implements Receiver {
  interruptSink: InterruptSink | undefined;
  readonly #fabric: Fabric;
  readonly #memory: HostMemory;
  readonly #completionChunk: CompletionChunk;
  readonly #pool: TlpPool;
  readonly #configLine: DelayLine;
  readonly #ports: Port[] = [];
  readonly #map = new AddressMap();
  readonly #cuts = new AddressCuts();
  /** By port: how host memory's answers through it are cut. */
  #limits: readonly CompletionLimits[] = [];

  constructor(parts: RootComplexParts) {
    this.#fabric = parts.fabric;
    this.#memory = parts.memory;
    this.#completionChunk = parts.completionChunk;
    this.#pool = parts.fabric.pool;
    this.#configLine = parts.fabric.addLine((slot) => this.#answerConfig(slot));
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
  }

  onArrive(slot: number, ingress: Transmitter): void {
    const pool = this.#pool;
    const port = ingress.receiverPort;
    if (pool.classOf(slot) === TLP_CLASS.completion) return this.#returnCompletion(slot, port);
    if (isConfigRequest(pool, slot)) return this.#routeConfig(slot, port);
    const { route } = ingress;
    const address = pool.address(slot);
    if (address < route.base || address > route.limit) {
      const target = this.#routeRequest(slot, port, address);
      if (target === REFUSED) return;
      this.#cuts.remember(route, address, target);
    }
    const { target } = route;
    if (this.#validatesSource(port)) route.forget();
    if (target >= 0) this.#toPort(slot, port, target);
    else if (target === INTERRUPTS && !wantsCompletion(pool, slot)) this.#interrupt(slot, itemAt(this.#ports, port));
    else if (target === MEMORY) this.#toMemory(slot, this.#memory.offsetOf(address));
    else this.#reject(slot, port, COMPLETION_STATUS.UR);
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
      return this.#send(slot, source, target);
    }
    events.due_ps = events.now_ps + CONFIG_LATENCY_PS;
    this.#configLine.add(slot);
  }

  #answerConfig(slot: number): void {
    const { egress } = itemAt(this.#ports, this.#portOf(slot));
    const { segment } = itemAt(this.#fabric.ports, this.#pool.origin(slot)).registers;
    answerConfig(this.#pool, slot, this.#fabric.config, segment, {
      egress,
      source: this.#ports.length + 1,
      digestBytes: 0,
    });
  }

  /** Who answers an address: a port, MEMORY, INTERRUPTS or NOBODY; REFUSED if the port does not let it in. */
  #routeRequest(slot: number, port: number, address: number): number {
    const from = itemAt(this.#ports, port);
    if (from.kind === 'root' && !this.#accepts(from.registers, slot)) return REFUSED;
    const target = this.#map.find(address);
    if (target !== NONE) return target;
    if (address >= INTERRUPT_BASE && address < INTERRUPT_END) return INTERRUPTS;
    return this.#memory.offsetOf(address) === NONE ? NOBODY : MEMORY;
  }

  /** Where the requester matters too, no decision is remembered. */
  #validatesSource(ingress: number): boolean {
    const port = itemAt(this.#ports, ingress);
    return port.kind === 'root' && port.registers.acs.sourceValidation;
  }

  /** The way between two ports has been crossed. */
  onForward(slot: number): void {
    const pool = this.#pool;
    this.#send(slot, pool.source(slot), pool.egress(slot));
  }

  /** Host memory has done an access. */
  onServed(slot: number): void {
    const pool = this.#pool;
    const port = pool.target(slot);
    const { egress } = itemAt(this.#ports, port);
    if (!wantsCompletion(pool, slot)) return this.#end(slot, egress);
    const memory = this.#memory;
    const offset = memory.offsetOf(pool.address(slot));
    const path = { egress, source: this.#ports.length, digestBytes: 0 };
    completeRead(pool, slot, memory.memory, offset, itemAt(this.#limits, port), path);
  }

  #limitsOf(port: Port): CompletionLimits {
    const chunk = this.#completionChunk;
    if (port.kind === 'root') return { mpsBytes: port.registers.mpsBytes, rcbBytes: port.registers.rcbBytes, chunk };
    const mpsBytes = Math.min(...port.endpoint.functions.map((fn) => fn.registers.mpsBytes));
    return { mpsBytes, rcbBytes: 64, chunk };
  }

  /** Source validation and the port's own enables. Ends the request if it may not pass. */
  #accepts(registers: BridgeRegisters, slot: number): boolean {
    const bus = this.#pool.requesterId(slot) >> 8;
    if (registers.acs.sourceValidation && !registers.leadsTo(bus)) {
      this.#reject(slot, this.#portOf(slot), COMPLETION_STATUS.CA);
      return false;
    }
    if (registers.busMaster) return true;
    this.#reject(slot, this.#portOf(slot), COMPLETION_STATUS.UR);
    return false;
  }

  /** To another port, or back down the same one after a redirect. Between root ports the policy decides. */
  #toPort(slot: number, source: number, target: number): void {
    const pool = this.#pool;
    const from = itemAt(this.#ports, source);
    const to = itemAt(this.#ports, target);
    if (from.kind === 'internal' || to.kind === 'internal') {
      this.#send(slot, source, target);
      return;
    }
    const isRead = wantsCompletion(pool, slot);
    if (from.hostBridge.refuses(isRead) || to.hostBridge.refuses(isRead))
      this.#reject(slot, source, COMPLETION_STATUS.UR);
    else if (from.hostBridge.drops(isRead) || to.hostBridge.drops(isRead)) this.#end(slot, from.egress);
    else this.#forwardPeer(slot, source, target);
  }

  /**
   * Across the inside of the root complex: extra latency, and the rate of the way if it has one. The port's receive
   * buffer is free once a TLP is inside, unless the buffers in there are full: then the port fills, and its sender waits.
   * @simplifies The root complex's own buffers hold what crosses it, and a stated number of TLPs before each port.
   */
  #forwardPeer(slot: number, source: number, target: number): void {
    const pool = this.#pool;
    const { events } = this.#fabric;
    const from = itemAt(this.#ports, source).hostBridge;
    const to = itemAt(this.#ports, target).hostBridge;
    pool.setSource(slot, source);
    pool.setEgress(slot, target);
    let start_ps = events.now_ps;
    if (from.psPerByte > 0) {
      if (from.freeAt_ps > start_ps) start_ps = from.freeAt_ps;
      if (pool.dataCredits(slot) > 0) {
        from.freeAt_ps = start_ps + Math.round(pool.lengthBytes(slot) * from.psPerByte);
      }
    }
    const { egress } = itemAt(this.#ports, target);
    const hasRoom = start_ps - events.now_ps <= from.latency_ps && egress.queues.waiting < PEER_BUFFER_TLPS;
    if (hasRoom) releaseBuffer(pool, slot, egress);
    events.due_ps = start_ps + from.latency_ps + (from === to ? 0 : to.latency_ps);
    this.#wayBetween(from, to).add(slot);
  }

  /** TLPs between two host bridges stay in order. */
  #wayBetween(from: HostBridge, to: HostBridge): DelayLine {
    return from.ways.get(to) ?? this.#newWay(from, to);
  }

  #newWay(from: HostBridge, to: HostBridge): DelayLine {
    const way = this.#fabric.addLine((slot) => this.onForward(slot));
    from.ways.set(to, way);
    return way;
  }

  /** Into the egress queue, in pieces if the port's Max_Payload_Size asks for it (semantics reference P-2). */
  #send(slot: number, source: number, target: number): void {
    const port = itemAt(this.#ports, target);
    const pool = this.#pool;
    if (port.kind === 'root' && pool.dataCredits(slot) > 0 && pool.lengthBytes(slot) > port.registers.mpsBytes) {
      repacketise(pool, slot, port.registers.mpsBytes, port.egress, source);
    } else {
      port.egress.enqueue(slot, source);
    }
  }

  /** Completions return to the port their requester is behind. */
  #returnCompletion(slot: number, source: number): void {
    const pool = this.#pool;
    const requester = itemAt(this.#fabric.ports, pool.origin(slot));
    const target = this.#portToward(requester);
    if (target === NONE) return this.#end(slot, itemAt(this.#ports, source).egress);
    const isPeer = itemAt(this.#ports, source).kind === 'root' && itemAt(this.#ports, target).kind === 'root';
    if (isPeer) this.#forwardPeer(slot, source, target);
    else this.#send(slot, source, target);
  }

  /**
   * @simplifies A completion finds the right one of several PCI segments by its requester itself; hardware replaces the
   * requester ID where segments meet.
   */
  #portToward(requester: RequesterPort): number {
    const { requesterId, segment } = requester.registers;
    return this.#ports.findIndex((port) =>
      port.kind === 'root'
        ? port.registers.segment === segment && port.registers.leadsTo(requesterId >> 8)
        : port.endpoint.hasPort(requester),
    );
  }

  #interrupt(slot: number, from: Port): void {
    const pool = this.#pool;
    const start = slot * pool.strideBytes;
    let data = 0;
    for (let index = 3; index >= 0; index--) data = data * 256 + byteAt(pool.payload, start + index);
    const address = pool.address(slot);
    const requester = itemAt(this.#fabric.ports, pool.origin(slot));
    this.#end(slot, from.egress);
    this.interruptSink?.(address, data, requester.registers.requesterId);
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
    if (isWrite) {
      memory.memory.writeFrom(offset, length, pool.payload, slot * pool.strideBytes);
      if ((flow & 3) !== FLOW.control) memory.noteStored(length, flow);
    }
    if (memory.isDetailed) memory.accessorNode = itemAt(this.#ports, pool.target(slot)).hostBridge.spec.numaNode;
    const done_ps = isWrite ? memory.access(offset, length, true, flow) : memory.readReady_ps(offset, length, flow);
    journal.memoryAccess(slot, memory.segmentOf(isWrite), done_ps);
    if (done_ps > events.now_ps) events.schedule(done_ps, eventWord(EVENT.served, slot));
    else this.onServed(slot);
  }

  /** The port a TLP has come in by. */
  #portOf(slot: number): number {
    return itemAt(this.#fabric.transmitters, this.#pool.via(slot)).receiverPort;
  }

  #reject(slot: number, source: number, status: CompletionStatus): void {
    const pool = this.#pool;
    const port = itemAt(this.#ports, source);
    const reporter = port.kind === 'root' ? port.functionIndex : itemAt(port.endpoint.functions, 0).functionIndex;
    addTo(this.#fabric.functionCounters, reporter * FUNCTION_COUNTER_COUNT + FUNCTION_COUNTER.unsupported, 1);
    if (!wantsCompletion(pool, slot)) return this.#end(slot, port.egress);
    completeWithStatus(pool, slot, status, { egress: port.egress, source: this.#ports.length + 1, digestBytes: 0 });
  }

  #end(slot: number, anyTransmitter: Transmitter): void {
    releaseBuffer(this.#pool, slot, anyTransmitter);
    this.#pool.free(slot);
  }
}
