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
import type { HostBridgeSpec } from '../../pcie/machineSpec.ts';
import { COMPLETION_STATUS, type CompletionStatus, FLOW, TLP_CLASS } from '../../pcie/tlp.ts';
import type { CompletionChunk, CompletionLimits } from '../../pcie/splitting.ts';
import { addTo, byteAt, doubleAt, int32At, itemAt } from '../../sim/cells.ts';
import type { InterruptSink } from '../hardware.ts';
import { AddressMap } from './addressMap.ts';
import { completeRead, completeWithStatus, releaseBuffer, wantsCompletion } from './completions.ts';
import type { Endpoint } from './endpoint.ts';
import { EVENT, EVENT_KIND_BITS } from './events.ts';
import type { Fabric } from './fabric.ts';
import type { HostMemory } from './hostMemory.ts';
import type { BridgeRegisters } from './registers.ts';
import { repacketise } from './repacketise.ts';
import type { RequesterPort } from './requesterPort.ts';
import { KIND_CLASS, NONE, type TlpPool } from './tlpPool.ts';
import type { Receiver, Transmitter } from './transmitter.ts';

/** Message-signalled interrupts are writes to this range. */
export const INTERRUPT_BASE = 0xfee0_0000;
const INTERRUPT_END = 0xfef0_0000;
/** Forwarding between root ports (performance reference, section 6). */
const PEER_LATENCY_PS = 200_000;
const PS_PER_SECOND = 1e12;

/** A root port, or a conventional bridge on a root bus. */
export interface RootPort {
  readonly kind: 'root';
  readonly functionIndex: number;
  readonly registers: BridgeRegisters;
  readonly egress: Transmitter;
  readonly hostBridge: HostBridge;
}

/** A function or processor inside the root complex. */
export interface InternalPort {
  readonly kind: 'internal';
  readonly endpoint: Endpoint;
  readonly egress: Transmitter;
  readonly hostBridge: HostBridge;
}

type Port = RootPort | InternalPort;

/** What a host bridge does with traffic between its root ports. */
export class HostBridge {
  readonly spec: HostBridgeSpec;
  readonly latency_ps: number;
  /** The way between ports is busy until then, if it has a rate. */
  freeAt_ps = 0;

  constructor(spec: HostBridgeSpec) {
    this.spec = spec;
    this.latency_ps = spec.peerToPeer?.latency_ps ?? PEER_LATENCY_PS;
  }
}

export interface RootComplexParts {
  readonly fabric: Fabric;
  readonly memory: HostMemory;
  /** How host memory's completions are cut. */
  readonly completionChunk: CompletionChunk;
}

export class RootComplex implements Receiver {
  interruptSink: InterruptSink | undefined;
  readonly #fabric: Fabric;
  readonly #memory: HostMemory;
  readonly #completionChunk: CompletionChunk;
  readonly #pool: TlpPool;
  readonly #ports: Port[] = [];
  readonly #map = new AddressMap();
  /** By port: how host memory's answers through it are cut. */
  #limits: readonly CompletionLimits[] = [];

  constructor(parts: RootComplexParts) {
    this.#fabric = parts.fabric;
    this.#memory = parts.memory;
    this.#completionChunk = parts.completionChunk;
    this.#pool = parts.fabric.pool;
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
    for (const [target, port] of this.#ports.entries()) {
      if (port.kind === 'internal') {
        for (const range of port.endpoint.ranges()) ranges.push({ ...range, target });
        continue;
      }
      const { registers } = port;
      if (!registers.memoryEnable || !registers.linkUp) continue;
      ranges.push({ base: registers.memoryBase, limit: registers.memoryLimit, target });
      ranges.push({ base: registers.prefetchableBase, limit: registers.prefetchableLimit, target });
    }
    this.#map.set(ranges);
    this.#limits = this.#ports.map((port) => this.#limitsOf(port));
  }

  onArrive(slot: number, ingress: Transmitter): void {
    const pool = this.#pool;
    const port = ingress.receiverPort;
    const from = itemAt(this.#ports, port);
    if (byteAt(KIND_CLASS, byteAt(pool.kind, slot)) === TLP_CLASS.completion) return this.#returnCompletion(slot, port);
    if (from.kind === 'root' && !this.#accepts(from.registers, slot)) return;
    const address = doubleAt(pool.address, slot);
    const target = this.#map.find(address);
    if (target !== NONE) return this.#toPort(slot, port, target);
    if (address >= INTERRUPT_BASE && address < INTERRUPT_END && !wantsCompletion(pool, slot))
      return this.#interrupt(slot, from);
    const offset = this.#memory.offsetOf(address);
    if (offset === NONE) return this.#reject(slot, port, COMPLETION_STATUS.UR);
    this.#toMemory(slot, offset);
  }

  /** The way between two ports has been crossed. */
  onForward(slot: number): void {
    const pool = this.#pool;
    this.#send(slot, int32At(pool.source, slot), int32At(pool.egress, slot));
  }

  /** Host memory has done an access. */
  onServed(slot: number): void {
    const pool = this.#pool;
    const port = int32At(pool.target, slot);
    const { egress } = itemAt(this.#ports, port);
    if (!wantsCompletion(pool, slot)) return this.#end(slot, egress);
    const memory = this.#memory;
    const offset = memory.offsetOf(doubleAt(pool.address, slot));
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
    const bus = int32At(this.#pool.requesterId, slot) >> 8;
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
    const policies = [from.hostBridge, to.hostBridge].map(({ spec }) =>
      isRead ? spec.peerToPeer?.read : spec.peerToPeer?.write,
    );
    if (policies.includes('unsupported')) return this.#reject(slot, source, COMPLETION_STATUS.UR);
    if (policies.includes('drop')) return this.#end(slot, from.egress);
    this.#forwardPeer(slot, source, target);
  }

  /** Across the inside of the root complex: extra latency, and the rate of the way if it has one. */
  #forwardPeer(slot: number, source: number, target: number): void {
    const pool = this.#pool;
    const from = itemAt(this.#ports, source).hostBridge;
    const to = itemAt(this.#ports, target).hostBridge;
    const cap = from.spec.peerToPeer?.capBytesPerSecond;
    const now_ps = this.#fabric.events.now_ps;
    let start_ps = now_ps;
    if (cap !== undefined && int32At(pool.wirePayloadBytes, slot) > 0) {
      start_ps = Math.max(now_ps, from.freeAt_ps);
      from.freeAt_ps = start_ps + Math.round((int32At(pool.lengthBytes, slot) * PS_PER_SECOND) / cap);
    }
    pool.source[slot] = source;
    pool.egress[slot] = target;
    const latency_ps = from.latency_ps + (from === to ? 0 : to.latency_ps);
    this.#fabric.events.schedule(start_ps + latency_ps, EVENT.forward | (slot << EVENT_KIND_BITS));
  }

  /** Into the egress queue, in pieces if the port's Max_Payload_Size asks for it (semantics reference P-2). */
  #send(slot: number, source: number, target: number): void {
    const port = itemAt(this.#ports, target);
    const pool = this.#pool;
    if (port.kind === 'root' && int32At(pool.wirePayloadBytes, slot) > port.registers.mpsBytes) {
      repacketise(pool, slot, port.registers.mpsBytes, port.egress, source);
    } else {
      port.egress.enqueue(slot, source);
    }
  }

  /** Completions return to the port their requester is behind. */
  #returnCompletion(slot: number, source: number): void {
    const pool = this.#pool;
    const requester = itemAt(this.#fabric.ports, int32At(pool.origin, slot));
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
    const address = doubleAt(pool.address, slot);
    const requester = itemAt(this.#fabric.ports, int32At(pool.origin, slot));
    this.#end(slot, from.egress);
    this.interruptSink?.(address, data, requester.registers.requesterId);
  }

  /** Bytes are stored, or fetched, in the order of arrival; the channels say when the request is done. */
  #toMemory(slot: number, offset: number): void {
    const pool = this.#pool;
    const { journal, events } = this.#fabric;
    const memory = this.#memory;
    const length = int32At(pool.lengthBytes, slot);
    const flow = byteAt(pool.flow, slot);
    const isWrite = !wantsCompletion(pool, slot);
    pool.target[slot] = this.#portOf(slot);
    if (isWrite) {
      memory.memory.writeFrom(offset, length, pool.payload, slot * pool.strideBytes);
      if (flow !== FLOW.control) memory.noteStored(length);
    }
    const done_ps = isWrite ? memory.access(offset, length, true, flow) : memory.readReady_ps(offset, length, flow);
    journal.hop(slot, memory.segmentOf(isWrite), events.now_ps, done_ps);
    if (done_ps > events.now_ps) events.schedule(done_ps, EVENT.served | (slot << EVENT_KIND_BITS));
    else this.onServed(slot);
  }

  /** The port a TLP has come in by. */
  #portOf(slot: number): number {
    return itemAt(this.#fabric.transmitters, int32At(this.#pool.via, slot)).receiverPort;
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
