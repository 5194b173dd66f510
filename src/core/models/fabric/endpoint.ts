/*
 * The far end of a link: one device with one or more functions. It serves memory BARs itself, hands register
 * accesses to the device models, and gives completions to the function that asked.
 */
import { CONFIG_LATENCY_PS } from '../../pcie/deviceLatencies.ts';
import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT } from '../../pcie/counters.ts';
import { COMPLETION_STATUS, DATA_CREDIT_BYTES, FLOW, TLP_CLASS } from '../../pcie/tlp.ts';
import { invariant } from '../../../base/invariant.ts';
import { addTo, byteAt, doubleAt, itemAt } from '../../sim/cells.ts';
import { CompleterFaults } from '../faults/completerFaults.ts';
import type { BarBehaviour } from '../ports.ts';
import { AddressMap } from './addressMap.ts';
import { completeAtomic, isAtomic, performAtomic } from './atomics.ts';
import type { Arrivals } from './arrivals.ts';
import {
  type CompletionPath,
  completeRead,
  completeRegister,
  completeWithStatus,
  releaseBuffer,
  type Spoiler,
  wantsCompletion,
} from './completions.ts';
import { answerConfig, isConfigRequest } from './configRequests.ts';
import type { DelayLine } from './delayLine.ts';
import {
  type CompleterPolicy,
  type EndpointBar,
  endpointBar,
  ENDPOINT_POLICY,
  type MemoryBehaviour,
  refreshBar,
} from './endpointBar.ts';
import type { FunctionRegisters } from './registers.ts';
import { AddressCuts, RouteMemory } from './routeMemory.ts';
import type { RequesterPort } from './requesterPort.ts';
import { ADDRESS_TYPE, DIGEST, NONE, TLP_ATTRIBUTE, type TlpPool } from './tlpPool.ts';
import type { FabricParts, Receiver } from './fabricParts.ts';
import type { Transmitter } from './transmitter.ts';

const PS_PER_SECOND = 1e12;

/** What an endpoint shares with the machine. */
export interface EndpointParts extends FabricParts {
  readonly functionCounters: Float64Array;
  readonly arrivals: Arrivals;
}

/** A function of the device, whether or not a model is attached to it. */
export interface EndpointFunction {
  readonly functionIndex: number;
  readonly registers: FunctionRegisters;
}

export class Endpoint implements Receiver {
  readonly functions: readonly EndpointFunction[];
  private readonly _parts: EndpointParts;
  private readonly _pool: TlpPool;
  private readonly _policy: CompleterPolicy;
  private readonly _configLine: DelayLine;
  private readonly _bars: EndpointBar[] = [];
  private readonly _ports: RequesterPort[] = [];
  private readonly _map = new AddressMap();
  private readonly _cuts = new AddressCuts();
  private readonly _lastTarget = new RouteMemory();
  private _uplink: Transmitter | undefined;
  /** Source of answers that no attached function gives. */
  private _ownSource = NONE;
  private _inside: Transmitter | undefined;
  /** Of the largest payload it takes. */
  private _payloadCredits = 4096 / DATA_CREDIT_BYTES;
  /** What its answers are spoiled with; undefined almost always. */
  private _faults: CompleterFaults | undefined;
  /** Requests up to this serial number were in the device when it was reset, or taken out. A fraction first: see Transmitter. */
  private _forgotten = 0.5;

  constructor(parts: EndpointParts, functions: readonly EndpointFunction[], policy: CompleterPolicy = ENDPOINT_POLICY) {
    this._parts = parts;
    this._pool = parts.pool;
    this.functions = functions;
    this._policy = policy;
    this._configLine = parts.addLine((slot) => this.#answerConfig(slot));
    this._forgotten = -1;
  }

  /** Spoils its next answers. */
  get faults(): CompleterFaults {
    this._faults ??= new CompleterFaults(this._pool);
    return this._faults;
  }

  /** Reset or taken out of its slot: requests it was serving are never answered. */
  forgetRequests(): void {
    this._forgotten = this._pool.made;
  }

  /** Names the transmitter towards the fabric. Once, before traffic. */
  connect(uplink: Transmitter): void {
    this._uplink = uplink;
    this._ownSource = uplink.addSource();
  }

  /**
   * Names the way between its own functions (semantics reference R-10), or between the devices of one conventional bus
   * which needs no port above. Once, before models are attached.
   */
  connectInside(inside: Transmitter): void {
    this._inside = inside;
  }

  /** The way between its own functions; undefined where there is one function only. */
  get inside(): Transmitter | undefined {
    return this._inside;
  }

  /** The transmitter towards the fabric. */
  get uplink(): Transmitter {
    const uplink = this._uplink;
    invariant(uplink !== undefined, () => 'an endpoint without a link');
    return uplink;
  }

  /** A model is attached to one of its functions: its BARs behave in the given ways. */
  addPort(port: RequesterPort, behaviours: ReadonlyMap<number, BarBehaviour>): void {
    this._ports.push(port);
    for (const [index, behaviour] of behaviours) {
      this._bars.push(
        endpointBar({
          port,
          index,
          behaviour,
          policy: this._policy,
          uplink: this.uplink,
          inside: this._inside ?? this.uplink,
          addLine: () => this._parts.addLine((slot) => this.onServed(slot)),
        }),
      );
    }
    this.refresh();
  }

  /** Registers of its functions have changed. */
  refresh(): void {
    for (const bar of this._bars) refreshBar(bar);
    for (const port of this._ports) port.refresh();
    const payloads = this.functions.map(({ registers }) => registers.acceptsBytes);
    this._payloadCredits = Math.max(...payloads) / DATA_CREDIT_BYTES;
    const ranges = this.ranges();
    this._map.set(ranges);
    this._cuts.set(ranges);
    this._lastTarget.forget();
  }

  /** Addresses its BARs answer at now (inclusive); `target` counts the BARs. */
  ranges(): readonly { readonly base: number; readonly limit: number; readonly target: number }[] {
    return this._bars.flatMap((bar, target) => {
      const { registers } = bar.port;
      if (!registers.memoryEnable || bar.base < 0) return [];
      return [{ base: bar.base, limit: bar.base + doubleAt(registers.barSize, bar.index) - 1, target }];
    });
  }

  /** True if one of its BARs answers at an address now. */
  claims(address: number): boolean {
    return this.#targetOf(address) !== NONE;
  }

  /** True if this is where a requester port is. */
  hasPort(port: RequesterPort): boolean {
    return this._ports.includes(port);
  }

  /** True if one of its functions has this requester ID. */
  isRequester(id: number): boolean {
    return this.functions.some((fn) => fn.registers.requesterId === id);
  }

  onArrive(slot: number): void {
    const pool = this._pool;
    if (pool.dataCredits(slot) > this._payloadCredits && this.#endsMalformed(slot)) return;
    if (pool.classOf(slot) === TLP_CLASS.completion) {
      const port = this._parts.ports[pool.origin(slot)];
      if (port !== undefined && port.isIn(this)) port.onCompletion(slot);
      else this.#unexpected(slot);
      this.#end(slot);
      return;
    }
    if (isConfigRequest(pool, slot)) {
      this._parts.events.due_ps = this._parts.events.now_ps + CONFIG_LATENCY_PS;
      this._configLine.add(slot);
      return;
    }
    const target = this.#targetOf(pool.address(slot));
    if (target === NONE) return this.#unsupported(slot);
    const bar = itemAt(this._bars, target);
    const { behaviour } = bar;
    if (pool.isSpoiled(slot) && this.#refuses(slot, bar)) return;
    if (this._faults !== undefined && this.#isFaulted(slot, bar, this._faults)) return;
    pool.setTarget(slot, target);
    const isRead = wantsCompletion(pool, slot);
    // Translation requests are for the IOMMU: a bus address can lead one here.
    if (isRead && pool.addressType(slot) === ADDRESS_TYPE.translationRequest) return this.#unsupported(slot);
    if (behaviour.type === 'memory') {
      this.#bookMemory(bar, behaviour, slot, isRead);
    } else if (isRead) {
      this._parts.events.due_ps = this._parts.events.now_ps + behaviour.latency_ps;
      bar.reads.add(slot);
    } else {
      this.#writeRegisters(slot, bar);
    }
  }

  /**
   * A payload longer than Max_Payload_Size (semantics reference T-3).
   * @simplifies A device takes what the largest setting of its functions allows.
   */
  #endsMalformed(slot: number): boolean {
    const limitBytes = Math.max(...this.functions.map(({ registers }) => registers.acceptsBytes));
    if (this._pool.lengthBytes(slot) <= limitBytes) return false;
    this._parts.reporter.malformed(itemAt(this.functions, 0).functionIndex, slot);
    this.#end(slot);
    return true;
  }

  /** The BAR that claims an address, or NONE. */
  #targetOf(address: number): number {
    const last = this._lastTarget;
    if (address >= last.base && address <= last.limit) return last.target;
    const target = this._map.find(address);
    if (target !== NONE) this._cuts.remember(last, address, target);
    return target;
  }

  onForward(): void {
    invariant(false, () => 'an endpoint forwards nothing');
  }

  onServed(slot: number): void {
    const pool = this._pool;
    const bar = itemAt(this._bars, pool.target(slot));
    const { behaviour } = bar;
    const offset = pool.address(slot) - bar.base;
    const length = pool.lengthBytes(slot);
    if (pool.serial(slot) <= this._forgotten) return this.#end(slot);
    // The BAR may have been moved or cleared meanwhile.
    if (offset < 0 || offset + length > bar.sizeBytes) return this.#unsupported(slot);
    if (!wantsCompletion(pool, slot)) return this.#store(slot, bar);
    this.#count(bar.port.functionIndex, FUNCTION_COUNTER.readBytes, length);
    const path = this._inside !== undefined && this.#answersInside(slot, bar) ? bar.insidePath : bar.path;
    if (isAtomic(pool, slot)) return this.#performAtomic(slot, bar, path);
    if (behaviour.type === 'memory') {
      const spoil = this._faults === undefined ? undefined : this.#spoilerOf(bar.port.functionIndex, this._faults);
      completeRead(pool, slot, behaviour.memory, behaviour.memoryOffset + offset, bar.limits, path, spoil);
    } else {
      this.#readRegisters(slot, bar, path);
    }
  }

  /** Answers for another function of the device stay inside, unless completion redirect sends them out. */
  #answersInside(slot: number, bar: EndpointBar): boolean {
    const { completionRedirect } = bar.port.registers.acs;
    if (completionRedirect && !this._pool.isRelaxed(slot)) return false;
    return this.hasPort(itemAt(this._parts.ports, this._pool.origin(slot)));
  }

  /** Memory carries out atomic operations; registers refuse them. */
  #performAtomic(slot: number, bar: EndpointBar, path: CompletionPath): void {
    const pool = this._pool;
    const { behaviour } = bar;
    if (behaviour.type === 'memory') {
      performAtomic(pool, slot, behaviour.memory, behaviour.memoryOffset + pool.address(slot) - bar.base);
      return completeAtomic(pool, slot, path);
    }
    this._parts.reporter.completerAbort(bar.port.functionIndex, slot);
    completeWithStatus(pool, slot, COMPLETION_STATUS.CA, path);
  }

  /** Registers are read in pieces of at most four bytes; what is longer than eight is refused. */
  #readRegisters(slot: number, bar: EndpointBar, path: CompletionPath): void {
    const pool = this._pool;
    const offset = pool.address(slot) - bar.base;
    const length = pool.lengthBytes(slot);
    if (length > 8) {
      this._parts.reporter.completerAbort(bar.port.functionIndex, slot);
      return completeWithStatus(pool, slot, COMPLETION_STATUS.CA, path);
    }
    const { handler } = bar.port;
    const low = handler.onRegisterRead(bar.index, offset, Math.min(length, 4));
    const high = length > 4 ? handler.onRegisterRead(bar.index, offset + 4, length - 4) : 0;
    completeRegister(pool, slot, low, high, path);
  }

  /** A memory BAR takes an access: when its rate allows, and reads after its latency. */
  #bookMemory(bar: EndpointBar, behaviour: MemoryBehaviour, slot: number, isRead: boolean): void {
    const { events } = this._parts;
    let ready_ps = events.now_ps;
    if (behaviour.bytesPerSecond !== undefined) {
      if (bar.freeAt_ps > ready_ps) ready_ps = bar.freeAt_ps;
      ready_ps += Math.round((this._pool.lengthBytes(slot) * PS_PER_SECOND) / behaviour.bytesPerSecond);
      bar.freeAt_ps = ready_ps;
    }
    if (isRead) {
      events.due_ps = ready_ps + behaviour.readLatency_ps;
      bar.reads.add(slot);
    } else if (ready_ps > events.now_ps) {
      events.due_ps = ready_ps;
      bar.writes.add(slot);
    } else {
      this.#store(slot, bar);
    }
  }

  /** The bytes of a write reach the memory. */
  #store(slot: number, bar: EndpointBar): void {
    const pool = this._pool;
    const { behaviour } = bar;
    const address = pool.address(slot);
    if (behaviour.type === 'memory' && !(behaviour.dropUnalignedWrites === true && address % 4 !== 0)) {
      const length = pool.lengthBytes(slot);
      behaviour.memory.writeFrom(
        behaviour.memoryOffset + address - bar.base,
        length,
        pool.payload,
        slot * pool.strideBytes,
      );
      this.#count(bar.port.functionIndex, FUNCTION_COUNTER.storedBytes, length);
      const flow = pool.flow(slot);
      if ((flow & 3) !== FLOW.control) this._parts.arrivals.atFunction(bar.port.functionIndex, length, flow);
    }
    this.#end(slot);
  }

  /** A write to registers: double words in ascending order. */
  #writeRegisters(slot: number, bar: EndpointBar): void {
    const pool = this._pool;
    const offset = pool.address(slot) - bar.base;
    const length = pool.lengthBytes(slot);
    const start = slot * pool.strideBytes;
    this.#count(bar.port.functionIndex, FUNCTION_COUNTER.storedBytes, length);
    for (let done = 0; done < length;) {
      const count = Math.min(4 - ((offset + done) % 4), length - done);
      let value = 0;
      for (let index = count - 1; index >= 0; index--) value = value * 256 + byteAt(pool.payload, start + done + index);
      bar.port.handler.onRegisterWrite(bar.index, offset + done, count, value);
      done += count;
    }
    this.#end(slot);
  }

  #answerConfig(slot: number): void {
    if (this._pool.serial(slot) <= this._forgotten) return this.#end(slot);
    const { segment } = itemAt(this._parts.ports, this._pool.origin(slot)).registers;
    answerConfig(this._pool, slot, this._parts.config, segment, this.#ownPath());
  }

  /** For answers that no BAR gives. */
  #ownPath(): CompletionPath {
    const { registers } = itemAt(this.functions, 0);
    const stamp = (registers.requesterId << 16) | (registers.attributes & TLP_ATTRIBUTE.digest);
    return { egress: this.uplink, source: this._ownSource, digestBytes: registers.digestBytes, stamp };
  }

  /** Nobody claims the address (semantics reference 9.1). */
  #unsupported(slot: number): void {
    const pool = this._pool;
    const { functionIndex } = itemAt(this.functions, 0);
    this.#count(functionIndex, FUNCTION_COUNTER.unsupported, 1);
    this._parts.reporter.unsupportedRequest(functionIndex, slot);
    if (!wantsCompletion(pool, slot)) return this.#end(slot);
    completeWithStatus(pool, slot, COMPLETION_STATUS.UR, this.#ownPath());
  }

  /** A completion for another device. */
  #unexpected(slot: number): void {
    const { functionIndex } = itemAt(this.functions, 0);
    this.#count(functionIndex, FUNCTION_COUNTER.unsupported, 1);
    this._parts.reporter.unexpectedCompletion(functionIndex, slot);
  }

  /** Poisoned data is not stored (semantics reference 9.1), a request with a wrong digest is none. @returns true if it is gone. */
  #refuses(slot: number, bar: EndpointBar): boolean {
    const pool = this._pool;
    const { functionIndex, registers } = bar.port;
    if (pool.digest(slot) === DIGEST.bad && registers.checksEcrc) {
      this._parts.reporter.ecrcError(functionIndex, slot);
      this.#end(slot);
      return true;
    }
    if (!pool.isPoisoned(slot)) return false;
    this._parts.reporter.poisonedReceived(functionIndex, slot);
    if (wantsCompletion(pool, slot)) completeWithStatus(pool, slot, COMPLETION_STATUS.UR, bar.path);
    else this.#end(slot);
    return true;
  }

  /** A request that is refused or swallowed on purpose. @returns true if it is gone. */
  #isFaulted(slot: number, bar: EndpointBar, faults: CompleterFaults): boolean {
    const pool = this._pool;
    const { functionIndex } = bar.port;
    if (faults.takes(functionIndex, 'completerAbort')) {
      this._parts.reporter.completerAbort(functionIndex, slot);
      if (wantsCompletion(pool, slot)) completeWithStatus(pool, slot, COMPLETION_STATUS.CA, bar.path);
      else this.#end(slot);
    } else if (wantsCompletion(pool, slot) && faults.takes(functionIndex, 'noAnswer')) {
      this.#end(slot);
    } else {
      return false;
    }
    this.#dropSpentFaults(faults);
    return true;
  }

  #spoilerOf(functionIndex: number, faults: CompleterFaults): Spoiler {
    return (slot) => {
      faults.spoil(functionIndex, slot);
      this.#dropSpentFaults(faults);
    };
  }

  #dropSpentFaults(faults: CompleterFaults): void {
    if (faults.isDone) this._faults = undefined;
  }

  #count(functionIndex: number, field: number, amount: number): void {
    addTo(this._parts.functionCounters, functionIndex * FUNCTION_COUNTER_COUNT + field, amount);
  }

  #end(slot: number): void {
    releaseBuffer(this._pool, slot, this.uplink);
    this._pool.free(slot);
  }
}
