/*
 * The far end of a link: one device with one or more functions. It serves memory BARs itself, hands register
 * accesses to the device models, and gives completions to the function that asked.
 */
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
import { answerConfig, CONFIG_LATENCY_PS, isConfigRequest } from './configRequests.ts';
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
  readonly #parts: EndpointParts;
  readonly #pool: TlpPool;
  readonly #policy: CompleterPolicy;
  readonly #configLine: DelayLine;
  readonly #bars: EndpointBar[] = [];
  readonly #ports: RequesterPort[] = [];
  readonly #map = new AddressMap();
  readonly #cuts = new AddressCuts();
  readonly #lastTarget = new RouteMemory();
  #uplink: Transmitter | undefined;
  /** Source of answers that no attached function gives. */
  #ownSource = NONE;
  #inside: Transmitter | undefined;
  /** Of the largest payload it takes. */
  #payloadCredits = 4096 / DATA_CREDIT_BYTES;
  /** What its answers are spoiled with; undefined almost always. */
  #faults: CompleterFaults | undefined;
  /** Requests up to this serial number were in the device when it was reset, or taken out. A fraction first: see Transmitter. */
  #forgotten = 0.5;

  constructor(parts: EndpointParts, functions: readonly EndpointFunction[], policy: CompleterPolicy = ENDPOINT_POLICY) {
    this.#parts = parts;
    this.#pool = parts.pool;
    this.functions = functions;
    this.#policy = policy;
    this.#configLine = parts.addLine((slot) => this.#answerConfig(slot));
    this.#forgotten = -1;
  }

  /** Spoils its next answers. */
  get faults(): CompleterFaults {
    this.#faults ??= new CompleterFaults(this.#pool);
    return this.#faults;
  }

  /** Reset or taken out of its slot: requests it was serving are never answered. */
  forgetRequests(): void {
    this.#forgotten = this.#pool.made;
  }

  /** Names the transmitter towards the fabric. Once, before traffic. */
  connect(uplink: Transmitter): void {
    this.#uplink = uplink;
    this.#ownSource = uplink.addSource();
  }

  /**
   * Names the way between its own functions (semantics reference R-10), or between the devices of one conventional bus
   * which needs no port above. Once, before models are attached.
   */
  connectInside(inside: Transmitter): void {
    this.#inside = inside;
  }

  /** The way between its own functions; undefined where there is one function only. */
  get inside(): Transmitter | undefined {
    return this.#inside;
  }

  /** The transmitter towards the fabric. */
  get uplink(): Transmitter {
    const uplink = this.#uplink;
    invariant(uplink !== undefined, () => 'an endpoint without a link');
    return uplink;
  }

  /** A model is attached to one of its functions: its BARs behave in the given ways. */
  addPort(port: RequesterPort, behaviours: ReadonlyMap<number, BarBehaviour>): void {
    this.#ports.push(port);
    for (const [index, behaviour] of behaviours) {
      this.#bars.push(
        endpointBar({
          port,
          index,
          behaviour,
          policy: this.#policy,
          uplink: this.uplink,
          inside: this.#inside ?? this.uplink,
          addLine: () => this.#parts.addLine((slot) => this.onServed(slot)),
        }),
      );
    }
    this.refresh();
  }

  /** Registers of its functions have changed. */
  refresh(): void {
    for (const bar of this.#bars) refreshBar(bar);
    for (const port of this.#ports) port.refresh();
    const payloads = this.functions.map(({ registers }) => registers.acceptsBytes);
    this.#payloadCredits = Math.max(...payloads) / DATA_CREDIT_BYTES;
    const ranges = this.ranges();
    this.#map.set(ranges);
    this.#cuts.set(ranges);
    this.#lastTarget.forget();
  }

  /** Addresses its BARs answer at now (inclusive); `target` counts the BARs. */
  ranges(): readonly { readonly base: number; readonly limit: number; readonly target: number }[] {
    return this.#bars.flatMap((bar, target) => {
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
    return this.#ports.includes(port);
  }

  /** True if one of its functions has this requester ID. */
  isRequester(id: number): boolean {
    return this.functions.some((fn) => fn.registers.requesterId === id);
  }

  onArrive(slot: number): void {
    const pool = this.#pool;
    if (pool.dataCredits(slot) > this.#payloadCredits && this.#endsMalformed(slot)) return;
    if (pool.classOf(slot) === TLP_CLASS.completion) {
      const port = this.#parts.ports[pool.origin(slot)];
      if (port !== undefined && port.isIn(this)) port.onCompletion(slot);
      else this.#unexpected(slot);
      this.#end(slot);
      return;
    }
    if (isConfigRequest(pool, slot)) {
      this.#parts.events.due_ps = this.#parts.events.now_ps + CONFIG_LATENCY_PS;
      this.#configLine.add(slot);
      return;
    }
    const target = this.#targetOf(pool.address(slot));
    if (target === NONE) return this.#unsupported(slot);
    const bar = itemAt(this.#bars, target);
    const { behaviour } = bar;
    if (pool.isSpoiled(slot) && this.#refuses(slot, bar)) return;
    if (this.#faults !== undefined && this.#isFaulted(slot, bar, this.#faults)) return;
    pool.setTarget(slot, target);
    const isRead = wantsCompletion(pool, slot);
    // Translation requests are for the IOMMU: a bus address can lead one here.
    if (isRead && pool.addressType(slot) === ADDRESS_TYPE.translationRequest) return this.#unsupported(slot);
    if (behaviour.type === 'memory') {
      this.#bookMemory(bar, behaviour, slot, isRead);
    } else if (isRead) {
      this.#parts.events.due_ps = this.#parts.events.now_ps + behaviour.latency_ps;
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
    if (this.#pool.lengthBytes(slot) <= limitBytes) return false;
    this.#parts.reporter.malformed(itemAt(this.functions, 0).functionIndex, slot);
    this.#end(slot);
    return true;
  }

  /** The BAR that claims an address, or NONE. */
  #targetOf(address: number): number {
    const last = this.#lastTarget;
    if (address >= last.base && address <= last.limit) return last.target;
    const target = this.#map.find(address);
    if (target !== NONE) this.#cuts.remember(last, address, target);
    return target;
  }

  onForward(): void {
    invariant(false, () => 'an endpoint forwards nothing');
  }

  onServed(slot: number): void {
    const pool = this.#pool;
    const bar = itemAt(this.#bars, pool.target(slot));
    const { behaviour } = bar;
    const offset = pool.address(slot) - bar.base;
    const length = pool.lengthBytes(slot);
    if (pool.serial(slot) <= this.#forgotten) return this.#end(slot);
    // The BAR may have been moved or cleared meanwhile.
    if (offset < 0 || offset + length > bar.sizeBytes) return this.#unsupported(slot);
    if (!wantsCompletion(pool, slot)) return this.#store(slot, bar);
    this.#count(bar.port.functionIndex, FUNCTION_COUNTER.readBytes, length);
    const path = this.#inside !== undefined && this.#answersInside(slot, bar) ? bar.insidePath : bar.path;
    if (isAtomic(pool, slot)) return this.#performAtomic(slot, bar, path);
    if (behaviour.type === 'memory') {
      const spoil = this.#faults === undefined ? undefined : this.#spoilerOf(bar.port.functionIndex, this.#faults);
      completeRead(pool, slot, behaviour.memory, behaviour.memoryOffset + offset, bar.limits, path, spoil);
    } else {
      this.#readRegisters(slot, bar, path);
    }
  }

  /** Answers for another function of the device stay inside, unless completion redirect sends them out. */
  #answersInside(slot: number, bar: EndpointBar): boolean {
    const { completionRedirect } = bar.port.registers.acs;
    if (completionRedirect && !this.#pool.isRelaxed(slot)) return false;
    return this.hasPort(itemAt(this.#parts.ports, this.#pool.origin(slot)));
  }

  /** Memory carries out atomic operations; registers refuse them. */
  #performAtomic(slot: number, bar: EndpointBar, path: CompletionPath): void {
    const pool = this.#pool;
    const { behaviour } = bar;
    if (behaviour.type === 'memory') {
      performAtomic(pool, slot, behaviour.memory, behaviour.memoryOffset + pool.address(slot) - bar.base);
      return completeAtomic(pool, slot, path);
    }
    this.#parts.reporter.completerAbort(bar.port.functionIndex, slot);
    completeWithStatus(pool, slot, COMPLETION_STATUS.CA, path);
  }

  /** Registers are read in pieces of at most four bytes; what is longer than eight is refused. */
  #readRegisters(slot: number, bar: EndpointBar, path: CompletionPath): void {
    const pool = this.#pool;
    const offset = pool.address(slot) - bar.base;
    const length = pool.lengthBytes(slot);
    if (length > 8) {
      this.#parts.reporter.completerAbort(bar.port.functionIndex, slot);
      return completeWithStatus(pool, slot, COMPLETION_STATUS.CA, path);
    }
    const { handler } = bar.port;
    const low = handler.onRegisterRead(bar.index, offset, Math.min(length, 4));
    const high = length > 4 ? handler.onRegisterRead(bar.index, offset + 4, length - 4) : 0;
    completeRegister(pool, slot, low, high, path);
  }

  /** A memory BAR takes an access: when its rate allows, and reads after its latency. */
  #bookMemory(bar: EndpointBar, behaviour: MemoryBehaviour, slot: number, isRead: boolean): void {
    const { events } = this.#parts;
    let ready_ps = events.now_ps;
    if (behaviour.bytesPerSecond !== undefined) {
      if (bar.freeAt_ps > ready_ps) ready_ps = bar.freeAt_ps;
      ready_ps += Math.round((this.#pool.lengthBytes(slot) * PS_PER_SECOND) / behaviour.bytesPerSecond);
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
    const pool = this.#pool;
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
      if ((flow & 3) !== FLOW.control) this.#parts.arrivals.atFunction(bar.port.functionIndex, length, flow);
    }
    this.#end(slot);
  }

  /** A write to registers: double words in ascending order. */
  #writeRegisters(slot: number, bar: EndpointBar): void {
    const pool = this.#pool;
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
    if (this.#pool.serial(slot) <= this.#forgotten) return this.#end(slot);
    const { segment } = itemAt(this.#parts.ports, this.#pool.origin(slot)).registers;
    answerConfig(this.#pool, slot, this.#parts.config, segment, this.#ownPath());
  }

  /** For answers that no BAR gives. */
  #ownPath(): CompletionPath {
    const { registers } = itemAt(this.functions, 0);
    const stamp = (registers.requesterId << 16) | (registers.attributes & TLP_ATTRIBUTE.digest);
    return { egress: this.uplink, source: this.#ownSource, digestBytes: registers.digestBytes, stamp };
  }

  /** Nobody claims the address (semantics reference 9.1). */
  #unsupported(slot: number): void {
    const pool = this.#pool;
    const { functionIndex } = itemAt(this.functions, 0);
    this.#count(functionIndex, FUNCTION_COUNTER.unsupported, 1);
    this.#parts.reporter.unsupportedRequest(functionIndex, slot);
    if (!wantsCompletion(pool, slot)) return this.#end(slot);
    completeWithStatus(pool, slot, COMPLETION_STATUS.UR, this.#ownPath());
  }

  /** A completion for another device. */
  #unexpected(slot: number): void {
    const { functionIndex } = itemAt(this.functions, 0);
    this.#count(functionIndex, FUNCTION_COUNTER.unsupported, 1);
    this.#parts.reporter.unexpectedCompletion(functionIndex, slot);
  }

  /** Poisoned data is not stored (semantics reference 9.1), a request with a wrong digest is none. @returns true if it is gone. */
  #refuses(slot: number, bar: EndpointBar): boolean {
    const pool = this.#pool;
    const { functionIndex, registers } = bar.port;
    if (pool.digest(slot) === DIGEST.bad && registers.checksEcrc) {
      this.#parts.reporter.ecrcError(functionIndex, slot);
      this.#end(slot);
      return true;
    }
    if (!pool.isPoisoned(slot)) return false;
    this.#parts.reporter.poisonedReceived(functionIndex, slot);
    if (wantsCompletion(pool, slot)) completeWithStatus(pool, slot, COMPLETION_STATUS.UR, bar.path);
    else this.#end(slot);
    return true;
  }

  /** A request that is refused or swallowed on purpose. @returns true if it is gone. */
  #isFaulted(slot: number, bar: EndpointBar, faults: CompleterFaults): boolean {
    const pool = this.#pool;
    const { functionIndex } = bar.port;
    if (faults.takes(functionIndex, 'completerAbort')) {
      this.#parts.reporter.completerAbort(functionIndex, slot);
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
    if (faults.isDone) this.#faults = undefined;
  }

  #count(functionIndex: number, field: number, amount: number): void {
    addTo(this.#parts.functionCounters, functionIndex * FUNCTION_COUNTER_COUNT + field, amount);
  }

  #end(slot: number): void {
    releaseBuffer(this.#pool, slot, this.uplink);
    this.#pool.free(slot);
  }
}
