/*
 * The root complex as completer for host memory: stores, fetches, atomic operations.
 */
import type { CompletionChunk, CompletionLimits } from '../../pcie/splitting.ts';
import { COMPLETION_STATUS, FLOW } from '../../pcie/tlp.ts';
import { itemAt } from '../../sim/cells.ts';
import { completeAtomic, isAtomic, performAtomic } from './atomics.ts';
import {
  type CompletionPath,
  completeRead,
  completeWithStatus,
  releaseBuffer,
  wantsCompletion,
} from './completions.ts';
import { EVENT, eventWord } from './events.ts';
import type { Fabric } from './fabric.ts';
import type { HostMemory } from './hostMemory.ts';
import { pathOf, reporterOf, type RootComplexPort } from './rootPorts.ts';
import { DIGEST, type TlpPool } from './tlpPool.ts';

export interface MemoryCompleterParts {
  readonly fabric: Fabric;
  readonly memory: HostMemory;
  /** How host memory's completions are cut. */
  readonly completionChunk: CompletionChunk;
}

/**
 * @simplifies Answers of host memory wait in the root complex, not in memory. Host memory carries out atomic operations
 * whatever the root port's completer bits say.
 */
export class MemoryCompleter {
  private readonly _fabric: Fabric;
  private readonly _memory: HostMemory;
  private readonly _chunk: CompletionChunk;
  private readonly _pool: TlpPool;
  private _ports: readonly RootComplexPort[] = [];
  /** By port: how answers through it are cut, and leave. */
  private _limits: readonly CompletionLimits[] = [];
  private _paths: readonly CompletionPath[] = [];

  constructor(parts: MemoryCompleterParts) {
    this._fabric = parts.fabric;
    this._memory = parts.memory;
    this._chunk = parts.completionChunk;
    this._pool = parts.fabric.pool;
  }

  /** Registers of the ports have changed. At their egresses host memory is the source after all ports. */
  refresh(ports: readonly RootComplexPort[]): void {
    this._ports = ports;
    this._limits = ports.map((port) => this.#limitsOf(port));
    this._paths = ports.map((port) => pathOf(port, ports.length, port.hostBridge.spec.rootBus << 8));
  }

  /** Bytes are stored, or fetched, in the order of arrival; the channels say when the request is done. */
  accept(slot: number, port: number): void {
    const pool = this._pool;
    const { journal, events } = this._fabric;
    const memory = this._memory;
    const offset = memory.offsetOf(pool.address(slot));
    const length = pool.lengthBytes(slot);
    const flow = pool.flow(slot);
    const isWrite = !wantsCompletion(pool, slot);
    pool.setTarget(slot, port);
    if (pool.isSpoiled(slot) && this.#refuses(slot, port)) return;
    if (isWrite) {
      memory.memory.writeFrom(offset, length, pool.payload, slot * pool.strideBytes);
      if ((flow & 3) !== FLOW.control) memory.noteStored(length, flow);
    } else if (isAtomic(pool, slot)) {
      performAtomic(pool, slot, memory.memory, offset);
    }
    if (memory.isDetailed) memory.accessorNode = itemAt(this._ports, port).hostBridge.spec.numaNode;
    const done_ps = isWrite ? memory.access(offset, length, true, flow) : memory.readReady_ps(offset, length, flow);
    journal.memoryAccess(slot, memory.segmentOf(isWrite), done_ps);
    if (done_ps > events.now_ps) events.schedule(done_ps, eventWord(EVENT.served, slot));
    else this.onServed(slot);
  }

  /** An access is done. */
  onServed(slot: number): void {
    const pool = this._pool;
    const port = pool.target(slot);
    if (!wantsCompletion(pool, slot)) return this.#end(slot, port);
    const path = itemAt(this._paths, port);
    if (isAtomic(pool, slot)) return completeAtomic(pool, slot, path);
    const { memory } = this._memory;
    completeRead(pool, slot, memory, this._memory.offsetOf(pool.address(slot)), itemAt(this._limits, port), path);
  }

  /**
   * Poisoned data is not stored (semantics reference 9.1); a request with a wrong digest is none, where the port checks.
   * @returns true if the request has ended.
   */
  #refuses(slot: number, port: number): boolean {
    const pool = this._pool;
    const { reporter } = this._fabric;
    const at = itemAt(this._ports, port);
    const checks = at.kind === 'root' && at.registers.checksEcrc;
    if (pool.digest(slot) === DIGEST.bad && checks) {
      reporter.ecrcError(reporterOf(at), slot);
      this.#end(slot, port);
      return true;
    }
    if (!pool.isPoisoned(slot)) return false;
    reporter.poisonedReceived(reporterOf(at), slot);
    if (wantsCompletion(pool, slot)) completeWithStatus(pool, slot, COMPLETION_STATUS.UR, itemAt(this._paths, port));
    else this.#end(slot, port);
    return true;
  }

  #limitsOf(port: RootComplexPort): CompletionLimits {
    const chunk = this._chunk;
    if (port.kind === 'root') return { mpsBytes: port.registers.mpsBytes, rcbBytes: port.registers.rcbBytes, chunk };
    const mpsBytes = Math.min(...port.endpoint.functions.map((fn) => fn.registers.mpsBytes));
    return { mpsBytes, rcbBytes: 64, chunk };
  }

  #end(slot: number, port: number): void {
    releaseBuffer(this._pool, slot, itemAt(this._ports, port).egress);
    this._pool.free(slot);
  }
}
